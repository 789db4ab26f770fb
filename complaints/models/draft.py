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

    # Of person, form and case: what the content is sealed for.
    name = models.CharField(max_length=100, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The form for somebody who calls belongs to no case yet.
    case = models.ForeignKey(Case, on_delete=models.CASCADE, null=True, related_name="+")
    content = models.BinaryField()
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("draft of a form")
        verbose_name_plural = _("drafts of forms")
        indexes = [models.Index(fields=["saved_at"], name="form_draft_age")]

    def __str__(self) -> str:
        return self.name
