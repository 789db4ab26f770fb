"""Handling 办理: an organ signs the case in, contacts the complainant, or the office transfers it."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from complaints import workflow
from complaints.actions import holding, unclear
from complaints.actions.acting import action
from complaints.actions.submission import assignable, refuse_if_barred, refuse_if_withheld
from complaints.enums import Duty, Handling
from complaints.models import Case, CaseEvent
from complaints.refusals import Invalid
from efficiency import checks
from efficiency.access.models import User
from efficiency.organs.models import Organ


@action
def sign_in(case: Case, /, *, by: User, at: datetime, version: int) -> CaseEvent:
    """
    Take the case into one's hands for the organ: ``by`` is its handler from now on (签收).

    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "sign_in", by=by, at=at, version=version)
    case.handler = by
    return workflow.finish(step)


@action
def return_to_office(
    case: Case, /, *, by: User, at: datetime, version: int, reason: str, basis: str, organ: Organ | None = None
) -> CaseEvent:
    """
    Give the case back before it was signed in, because it is not this organ's duty. The time for the reply runs on.

    The head of the office rules on it; after two returns the ruling binds (docs/domain.md 4.6).

    :raises Invalid: no reason, or no rule that it rests on
    :raises NotInState: the organ has returned the case before, or the office's ruling binds
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "return", by=by, at=at, version=version)
    reasons = checks.text("reason", reason, _("Please say why the case is not your organ's duty."))
    rule = checks.text("basis", basis, _("Please name the rule on which this rests."))
    from_organ = case.handling_organ_id
    holding.release(case, at=at)
    case.handling_organ, case.handler, case.proposed_organ = None, None, organ
    return workflow.finish(
        step,
        internal_text=f"{reasons}\n{rule}",
        data={"from_organ": from_organ, "organ": organ.pk if organ else None},
    )


@action
def record_contact(case: Case, /, *, by: User, at: datetime, version: int, text: str, reached: bool) -> CaseEvent:
    """
    Record that the complainant was called or written to; only one who was reached has been contacted.

    A confidential complainant is contacted through the office, which records it (docs/domain.md 4.3).

    :raises Invalid: no record of what was said or tried
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "record_contact", by=by, at=at, version=version)
    record = checks.text("text", text, _("Please write down what was said, or what was tried."))
    return workflow.finish(step, internal_text=record, data={"reached": bool(reached)})


@action
def transfer(
    case: Case, /, *, by: User, at: datetime, version: int, organ: Organ, reason: str, ground: str = ""
) -> CaseEvent:
    """
    Give the case to another organ, which signs it in anew. No clock restarts (docs/domain.md 4.6).

    From an organ that was designated it goes to another that is designated, by the leader and on a ``ground`` (4.7).

    :raises Invalid: no reason, the case must not go to ``organ``, or ``ground`` does not fit the organs in question
    :raises NotAllowed: an organ was designated, and ``by`` is not who designates
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "transfer", by=by, at=at, version=version)
    reasons = checks.text("reason", reason, _("Please give the reason for the transfer."))
    assignable(step, organ)
    if organ.pk == case.handling_organ_id:
        raise Invalid("organ", _("The case is with this organ already."))
    refuse_if_barred(case, organ, at)
    refuse_if_withheld(case)
    data: dict[str, Any] = {"from_organ": case.handling_organ_id, "organ": organ.pk}
    is_ruled = case.duty == Duty.DESIGNATED
    if is_ruled:
        data["ground"] = unclear.ground_for(case, organ, ground).value
    holding.hand_over(case, organ, at=at)
    case.duty = Duty.DESIGNATED if is_ruled else ""
    case.handling, case.transfer_count = Handling.ASSIGNED, case.transfer_count + 1
    return workflow.finish(step, internal_text=reasons, data=data)
