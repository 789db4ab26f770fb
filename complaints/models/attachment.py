"""Files that came with a case (docs/trust.md U-01 to U-07)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Case, CaseEvent
from complaints.models.reply import Reply
from complaints.querysets import AttachmentQuerySet


class Attachment(models.Model):
    """A file of a case: the cleaned copy that handlers get and, of a named case, the sealed original (U-03)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments", verbose_name=_("case"))
    event = models.ForeignKey(CaseEvent, on_delete=models.PROTECT, null=True, related_name="attachments")
    # Of a file that goes with a reply; the complainant has it once that was sent.
    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    position = models.PositiveSmallIntegerField(_("position"))
    content_type = models.CharField(_("type"), max_length=80)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.BinaryField(max_length=32)
    storage_name = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField(_("received at"))
    # What cannot be cleaned goes to the office only.
    office_only = models.BooleanField(_("for the office only"), default=False)
    # The citizen's own file name and the sealed original, encrypted; empty for an anonymous case (P-05).
    original_name = models.BinaryField(blank=True, default=b"")
    sealed_name = models.CharField(max_length=80, blank=True)
    sealed_sha256 = models.BinaryField(max_length=32, blank=True, default=b"")
    # The original's own key, sealed with the portal's: without it the file can be read by nobody.
    sealed_key = models.BinaryField(blank=True, default=b"")
    # When a scanner looked at it, and what it found; staff fetch nothing harmful (docs/trust.md U-08).
    scanned_at = models.DateTimeField(_("scanned at"), null=True, blank=True)
    harmful = models.CharField(_("harmful"), max_length=120, blank=True, default="", db_default="")
    # When the file itself was erased, its time having run out; what it was (type, size, hash) stays on record (P-10).
    erased_at = models.DateTimeField(_("erased at"), null=True, blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        constraints = [
            models.UniqueConstraint(name="attachment_position", fields=["case", "position"]),
            models.UniqueConstraint(
                name="attachment_sealed_once", fields=["sealed_name"], condition=~Q(sealed_name="")
            ),
            models.CheckConstraint(
                name="attachment_sealed_has_key",
                condition=Q(sealed_name="", sealed_key=b"") | (~Q(sealed_name="") & ~Q(sealed_key=b"")),
                violation_error_message=_("A sealed original has its key."),
            ),
            models.CheckConstraint(
                name="attachment_of_reply_is_for_all",
                condition=Q(reply__isnull=True) | Q(office_only=False, sealed_name=""),
                violation_error_message=_("What goes with a reply is read by the complainant."),
            ),
            models.CheckConstraint(
                name="attachment_erased_whole",
                condition=Q(erased_at__isnull=True) | Q(sealed_name="", original_name=b""),
                violation_error_message=_("Of an erased file neither original nor name is kept."),
            ),
        ]
        # Which files are old enough to be looked at by the nightly erasure.
        indexes = [
            models.Index(fields=["created_at"], name="attachment_age", condition=Q(erased_at__isnull=True)),
            # Which ones a scanner has still to look at.
            models.Index(
                fields=["-created_at", "-id"],
                name="attachment_unscanned",
                condition=Q(erased_at__isnull=True, scanned_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.position}"
