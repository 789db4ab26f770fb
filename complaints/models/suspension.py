"""Requests of the handling organ to stop the clock 中止申请, each decided by the office (docs/domain.md 3.4, 4.6)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from complaints.enums import State, SuspensionGround
from complaints.models.case import Case
from complaints.models.request import Request, RequestState, decision_is_whole
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import Organ

# A request that can be decided: the organ that asked still handles the case, and the clock of the reply runs.
STILL_MEANT = Q(
    state=RequestState.ASKED,
    case__state=State.HANDLING,
    deadline__state=DeadlineState.OPEN,
    organ=F("case__handling_organ"),
)

# One that is put aside: the case was answered, stopped or has gone on from that organ.
NO_LONGER_MEANT = (
    Q(case__handling_organ__isnull=True)
    | ~Q(organ=F("case__handling_organ"))
    | ~Q(case__state=State.HANDLING)
    | ~Q(deadline__state=DeadlineState.OPEN)
)


class SuspensionRequest(Request):
    """A ground for which the handling organ asks to stop the clock. Changes through ``complaints.actions``."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="suspension_requests")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    ground = models.CharField(_("ground"), max_length=20, choices=SuspensionGround)

    class Meta:
        verbose_name = _("request to stop the clock")
        verbose_name_plural = _("requests to stop the clock")
        constraints = [
            models.UniqueConstraint(
                name="suspension_request_one_waits",
                fields=["case"],
                condition=Q(state="asked"),
                violation_error_message=_("It has been asked for already and waits for the office."),
            ),
            models.CheckConstraint(name="suspension_request_has_reason", condition=~Q(reason="")),
            decision_is_whole("suspension_request_decision_is_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.ground}"
