"""The field by which files come with a form; its value is a list of cleaned files (docs/trust.md U-01)."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from efficiency.files import store
from efficiency.files.clean import LIMITS_TEXT, CleanFile, clean_all
from efficiency.files.drafts import Draft
from efficiency.files.rules import KINDS, MAX_FILE_BYTES, MAX_FILES

ACCEPT = ",".join(f".{extension}" for kind in KINDS for extension in kind.extensions)


# What ``static/js/upload.js`` reads (docs/ui.md).
HOOKS = {
    "data-portal-files": True,
    "data-portal-max-count": MAX_FILES,
    "data-portal-max-bytes": MAX_FILE_BYTES,
    "data-portal-remove": _("Take {name} off again"),
    "data-portal-remove-word": _("Take off"),
    "data-portal-too-many": _("At most {n} files can be sent at once. Please take some off."),
    "data-portal-too-large": _("The file {name} is too large. Please take it off or choose a smaller one."),
    "data-portal-units": "B KB MB",
}
# Said of an answer with errors whose good files are kept by the portal (``efficiency.pages.form_files``): the browser
# need not give them back.
KEPT_HOOK = "data-portal-kept"


class MultiFileInput(forms.FileInput):
    """A file input that takes several files at once and says which kinds."""

    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"accept": ACCEPT, **HOOKS, **(attrs or {})})


class MultiFileField(forms.FileField):
    """
    Several files; each bad one is named with its reason, and the good ones are kept in ``accepted`` all the same.

    Before the form is cleaned, the view puts what is already kept for it into ``kept``: the limits count it too.
    """

    widget = MultiFileInput
    default_error_messages = {
        "required": _("Please choose at least one file."),
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", LIMITS_TEXT)
        super().__init__(**kwargs)
        self.accepted: list[CleanFile] = []
        self.kept: Sequence[Draft] = ()

    def clean(self, data: Any, initial: Any = None) -> list[CleanFile]:  # type: ignore[override]  # a list, not one
        """
        Return the copies of the files that came.

        :raises ValidationError: one error for each bad file, or one for all together
        """
        self.accepted = []
        uploads = [upload for upload in data or () if isinstance(upload, UploadedFile)]
        if not uploads:
            if self.required and not self.kept:
                raise ValidationError(self.error_messages["required"], code="required")
            return []
        if not store.has_room():
            raise ValidationError(store.NoRoom().message, code="no_room")  # type: ignore[arg-type]  # likewise
        self.accepted, refused = clean_all(uploads, kept=[draft.size for draft in self.kept])
        if refused:
            raise ValidationError([ValidationError(bad.message, code=bad.code) for bad in refused])  # type: ignore[arg-type]
        return list(self.accepted)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Say whether files came."""
        return bool(data)
