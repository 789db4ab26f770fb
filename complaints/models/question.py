"""Questions to the complainant 询问, one at a time, answered on the tracking page (docs/domain.md 4.7 no. 7)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Case, CaseEvent
from efficiency.deadlines.models import Deadline


class Question(models.Model):
    """
    One question: the step that asked it holds its words, the step that ended it says what became of it.

    That is the answer, the end of the time for it, or whatever led the case on. Changes through ``complaints.actions``.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="questions")
    asked = models.OneToOneField(CaseEvent, on_delete=models.PROTECT, related_name="+")
    deadline = models.OneToOneField(Deadline, on_delete=models.PROTECT, related_name="+", verbose_name=_("promise"))
    ended = models.OneToOneField(CaseEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("question to the complainant")
        verbose_name_plural = _("questions to the complainant")
        constraints = [
            models.UniqueConstraint(
                name="question_one_open",
                fields=["case"],
                condition=Q(ended__isnull=True),
                violation_error_message=_("A question waits for its answer; the next one can be asked after it."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.asked_id}"
