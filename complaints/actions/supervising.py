"""Supervision orders 督办单: the office or an inspector orders, whoever holds the case answers (docs/domain.md 4.6)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import obstacles, workflow
from complaints.actions.acting import action
from complaints.models import Case, CaseEvent, SupervisionOrder
from complaints.refusals import NotInState
from efficiency import checks
from efficiency.access.models import User


@action
def order_supervision(case: Case, /, *, by: User, at: datetime, version: int, text: str) -> CaseEvent:
    """
    Order whoever holds the case to move it on, and to answer for it within the limit.

    :raises Invalid: nothing is ordered
    :raises NotInState: the order before this one waits for its answer
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "order_supervision", by=by, at=at, version=version)
    ordered = checks.text("text", text, _("Please say what is ordered."))
    number = case.supervision_orders.count() + 1
    event = workflow.finish(step, internal_text=ordered, data={"order": number})
    SupervisionOrder.objects.create(
        case=case,
        event=event,
        organ=case.handling_organ or case.office,
        text=ordered,
        by=by,
        at=at,
        generation=number,
    )
    return event


@action
def answer_supervision(
    case: Case, /, *, by: User, at: datetime, version: int, text: str, order: SupervisionOrder | None = None
) -> CaseEvent:
    """
    Answer the supervision order that waits; ``order`` says which one the answer was written to.

    :raises Invalid: no answer
    :raises NotInState: no order waits, or it is not this one
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "answer_supervision", by=by, at=at, version=version)
    waiting = obstacles.unanswered_order(case)
    if waiting is None or (order is not None and order.pk != waiting.pk):
        raise NotInState(_("This supervision order has been answered already."))
    waiting.answer = checks.text("text", text, _("Please answer what was done."))
    waiting.answered_by, waiting.answered_at = by, at
    waiting.save(update_fields=["answer", "answered_by", "answered_at"])
    return workflow.finish(step, internal_text=waiting.answer, data={"order": waiting.generation})
