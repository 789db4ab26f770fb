"""A list that somebody sent and has not applied yet."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class TableUpload(models.Model):
    """
    A workbook between its preview and its being applied: the file, and what was there when it was looked at.

    Only whoever sent it sees it. It goes with its being applied, or after a day.
    """

    kind = models.CharField(_("list"), max_length=40)
    name = models.CharField(_("name of the file"), max_length=120)
    content = models.BinaryField(_("content"))
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    # What the preview was compared with; another one at the time of applying is refused.
    base = models.CharField(_("fingerprint of what was there"), max_length=64)
    uploaded_at = models.DateTimeField(_("sent at"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("sent by")
    )

    class Meta:
        verbose_name = _("list that was sent")
        verbose_name_plural = _("lists that were sent")
        indexes = [models.Index(fields=["uploaded_at"], name="table_upload_age")]

    def __str__(self) -> str:
        return f"{self.kind} · {self.name}"
