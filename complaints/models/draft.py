"""What a member of staff has typed into a long form and not sent yet (docs/trust.md P-10)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Case


class FormDraft(models.Model):
    """
    The fields of one form of one person, for one case or for none: kept 24 hours after the last change, for them alone.

    Sealed as a whole (docs/trust.md P-01): what somebody dictates on the telephone tells who they are. Read through
    ``complaints.actions.drafting`` alone.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The name of a step, or of the form for somebody who calls, which belongs to no case yet.
    form = models.CharField(max_length=40)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="+")
    content = models.BinaryField()
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("draft of a form")
        verbose_name_plural = _("drafts of forms")
        constraints = [
            models.UniqueConstraint(name="form_draft_once", fields=["owner", "form", "case"], nulls_distinct=False),
        ]
        indexes = [models.Index(fields=["saved_at"], name="form_draft_age")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.form} {self.case_id or ''}".strip()
