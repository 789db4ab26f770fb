"""Files of forms that came back with an error, kept for the same form."""

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
