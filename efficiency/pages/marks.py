"""
The city's own mark in the header, where the office has set one; without it stands the portal's clock face.

Use of the national emblem is regulated by law and not this setting's affair; an administrator puts here what the city
may carry. Whatever is chosen is drawn anew as a small PNG, so that nothing of the file itself reaches a visitor.
"""

import hashlib
import io
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps, UnidentifiedImageError

from efficiency.pages.forms import PortalModelForm
from efficiency.pages.models import SiteIdentity

SIDE_PIXELS = 176  # four times the 44 pixels at which it is shown
MAX_BYTES = 2 * 1024 * 1024
MAX_SIDE_PIXELS = 4096
FORMATS = ("PNG", "JPEG", "WEBP")


def as_mark(content: bytes) -> bytes:
    """
    Return an image as a square PNG of ``SIDE_PIXELS``, its sides kept in proportion, without anything hidden in it.

    :raises ValueError: not an image of ``FORMATS``, or larger than ``MAX_SIDE_PIXELS`` on a side
    """
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if max(image.size) > MAX_SIDE_PIXELS:
                raise ValueError(image.size)
            drawn = ImageOps.pad(image.convert("RGBA"), (SIDE_PIXELS, SIDE_PIXELS), color=(0, 0, 0, 0))
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as fault:
        raise ValueError(str(fault)) from fault
    out = io.BytesIO()
    drawn.save(out, "PNG", optimize=True)
    return out.getvalue()


class SecureURLField(forms.URLField):
    """An address that is https where nothing else is said."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("assume_scheme", "https")
        super().__init__(**kwargs)


class SiteIdentityForm(PortalModelForm):
    """The facts about the site, and its mark as a file."""

    mark_file = forms.FileField(
        label=_("mark of the city"),
        required=False,
        help_text=_("A square PNG, JPEG or WebP image; it is shown 44 pixels high on the blue ground of the header."),
        widget=forms.FileInput(attrs={"accept": ".png,.jpg,.jpeg,.webp"}),
    )
    mark_removed = forms.BooleanField(label=_("show the portal's own mark again"), required=False)

    class Meta:
        model = SiteIdentity
        fields = "__all__"  # one row of settings; the admin class names what is shown
        field_classes = {"government_mark_url": SecureURLField, "find_mistake_url": SecureURLField}

    def clean_mark_file(self) -> bytes | None:
        """Return the mark as it will be shown."""
        upload: UploadedFile | None = self.cleaned_data.get("mark_file")
        if not upload:
            return None
        if (upload.size or 0) > MAX_BYTES:
            raise ValidationError(_("The image is larger than 2 MB. Please choose a smaller one."))
        try:
            return as_mark(upload.read())
        except ValueError as fault:
            raise ValidationError(
                _("The file is not a PNG, JPEG or WebP image of at most 4096 pixels a side. Please choose another one.")
            ) from fault

    def save(self, commit: bool = True) -> Any:
        """Keep the mark with the row; its digest is part of its address, so that browsers see a change at once."""
        mark = self.cleaned_data.get("mark_file") or (b"" if self.cleaned_data.get("mark_removed") else None)
        if mark is not None:
            self.instance.mark = mark
            self.instance.mark_digest = hashlib.sha256(mark).hexdigest()[:16] if mark else ""
        return super().save(commit)
