"""The audit record: who did what to what, with which outcome; append-only (docs/trust.md L-01, L-02)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from efficiency.audit.append_only import append_only
from efficiency.audit.labels import label_of

# Who logged in and out is kept for a year and a few days at most, everything else for good (docs/trust.md P-10).
LOG_INS = ("account.log_in", "account.log_out")


class Outcome(models.TextChoices):
    """How an act ended."""

    DONE = "done", _("done")
    REFUSED = "refused", _("refused")
    FAILED = "failed", _("failed")


class AuditRecord(models.Model):
    """One act. Holds no content and no identity, only names of fields and ids (docs/trust.md P-08, P-12)."""

    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    action = models.CharField(_("action"), max_length=80)
    object_type = models.CharField(_("object type"), max_length=60, blank=True)
    object_id = models.CharField(_("object"), max_length=60, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.DONE)
    detail = models.JSONField(_("detail"), default=dict, blank=True)
    request_id = models.CharField(_("request id"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("audit record")
        verbose_name_plural = _("audit records")
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            models.Index(fields=["object_type", "object_id", "-at"], name="audit_of_object"),
            models.Index(fields=["actor", "-at"], name="audit_of_actor"),
        ]
        # Erased by one function of the owner's, which the runtime role may call and nothing else (``audit.retention``).
        triggers = append_only("audit", may_be_erased=f"OLD.action IN {LOG_INS} AND OLD.at < now() - interval '1 year'")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {label_of(self.action)}"
