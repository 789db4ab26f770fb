"""Files of forms that came back with an error; what every table of kept files has."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class DraftFile(models.Model):
    """A good file of a form that had an error elsewhere: kept 24 hours for the same form (docs/trust.md P-10)."""

    token_hash = models.BinaryField(max_length=32, db_index=True)
    position = models.PositiveSmallIntegerField()
    # The citizen's own name for the file is identity and lies encrypted (docs/trust.md P-01).
    original_name = models.BinaryField()
    content_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.BinaryField(max_length=32)
    storage_name = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("draft file")
        verbose_name_plural = _("draft files")
        indexes = [models.Index(fields=["created_at"], name="kept_file_age")]

    def __str__(self) -> str:
        return self.storage_name


class FileCopy(models.Model):
    """
    The cleaned copy of a file that goes with a row of another table, the only thing people get (U-01 to U-08).

    ``of`` names the field of that row, which every concrete class has, with ``related_name="files"``.
    """

    of: ClassVar[str]

    position = models.PositiveSmallIntegerField(_("position"))
    content_type = models.CharField(_("type"), max_length=80)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.BinaryField(max_length=32)
    storage_name = models.CharField(max_length=80)
    created_at = models.DateTimeField(_("received at"))
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    harmful = models.CharField(_("harmful"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{getattr(self, f'{self.of}_id')}/{self.position}"


class ErasableCopy(FileCopy):
    """A copy whose time runs out: then the row stays, without its file (docs/trust.md P-10)."""

    storage_name = models.CharField(max_length=80, blank=True)
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    class Meta:
        abstract = True


class PictureCopy(ErasableCopy):
    """A copy that pages show as a small picture, where it is a photograph (``efficiency.files.pictures``)."""

    # Empty until a page first shows it.
    preview_name = models.CharField(max_length=80, blank=True)
    preview_sha256 = models.BinaryField(max_length=32, null=True, blank=True)

    class Meta:
        abstract = True
