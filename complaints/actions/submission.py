"""Registration 登记 and submission 呈批: the office proposes a way, its head decides (docs/domain.md 4.6)."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import holds, obstacles, people, workflow
from complaints.actions import holding, unclear
from complaints.actions.acting import action
from complaints.enums import Duty, Handling, State, Wording
from complaints.models import Case, CaseEvent
from complaints.refusals import Invalid
from complaints.workflow import Step
from efficiency import checks
from efficiency.access.models import User
from efficiency.organs.models import Organ, OrganKind


@action
def register(case: Case, /, *, by: User, at: datetime, version: int, way: str) -> CaseEvent:
    """
    Enter the case in the register, with the way in which the office proposes to handle it (拟办意见).

    Number, date, channel, parties and subject are the case's own; the entry adds ``way``.

    :raises Invalid: no proposal
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "register", by=by, at=at, version=version)
    return workflow.finish(step, internal_text=checks.text("way", way, _("Please propose how to handle the case.")))


@action
def submit(
    case: Case,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    handling: str = "",
    organ: Organ | None = None,
    proposal: str,
) -> CaseEvent:
    """
    Submit the case for instruction, with a proposal: own handling by the office, or assignment to ``organ``.

    A name of somebody of that organ in the text holds the case with the office (docs/trust.md Z-08). Of an urgent case
    that was assigned first the sheet is handed in afterwards: what was instructed stands, ``proposal`` says why.

    :raises Invalid: a field does not do
    :raises NotAllowed: ``by`` gave the instruction that came first
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "submit", by=by, at=at, version=version)
    if case.state != State.REGISTERED:
        return _submit_afterwards(step, proposal)
    case.handling = _handling(handling)
    case.proposed_organ = _organ(step, organ) if case.handling == Handling.ASSIGNED else None
    reasons = checks.text("proposal", proposal, _("Please write the proposal for the head of the office."))
    holds.hold_if_named(case, case.proposed_organ, timezone.localdate(at))
    return workflow.finish(
        step, internal_text=reasons, data={"handling": case.handling, "organ": case.proposed_organ_id}
    )


def _submit_afterwards(step: Step, proposal: str) -> CaseEvent:
    words = checks.text("proposal", proposal, _("Please write down why the case was assigned at once, and to whom."))
    instructed = step.case.events.filter(action="instruct", data__first=True).latest("number")
    done = {name: instructed.data[name] for name in ("handling", "organ")}
    return workflow.finish(step, internal_text=words, data={**done, "afterwards": True})


@action
def instruct(
    case: Case,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    handling: str,
    organ: Organ | None = None,
    instruction: str = "",
    ground: str = "",
) -> CaseEvent:
    """
    Decide who handles the case: ``organ``, which then signs it in, or the office itself (批示).

    Whoever submitted it cannot decide (docs/trust.md Z-10). An urgent case may be decided on as soon as it is
    registered; another person then hands in the sheet on the same day (``submit``). It does not go to an organ while a
    person named in it is not linked, nor to the organ of a head or deputy whom it is about (Z-08, Z-09), nor to any
    organ while its text gives away a complainant who stays unknown to it (P-06).

    Where it is not clear whose duty the case is, this designates the lead organ, on a ``ground`` of docs/domain.md 4.7:
    the organ cannot return it.

    :raises Invalid: a field does not do, or the case must not go to ``organ``; ``ground`` does not fit the organs
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "instruct", by=by, at=at, version=version)
    way = _handling(handling)
    text = checks.optional_text("instruction", instruction)
    comes_first, is_unclear = case.state == State.REGISTERED, case.duty == Duty.UNCLEAR
    case.handling = way
    designated: dict[str, str] = {}
    if way is Handling.ASSIGNED:
        target = _organ(step, organ)
        refuse_if_barred(case, target, at)
        refuse_if_withheld(case)
        if is_unclear:
            designated["ground"] = unclear.ground_for(case, target, ground).value
        holding.hand_over(case, target, at=at)
        case.duty = Duty.DESIGNATED if is_unclear else ""
    else:
        target = case.office
        holding.hand_over(case, target, at=at)
        case.handler = _proposer(case, at)
    data = {"handling": way.value, "organ": target.pk} | ({"first": True} if comes_first else {}) | designated
    return workflow.finish(step, way=way, internal_text=text, data=data)


def refuse_if_barred(case: Case, organ: Organ, at: datetime) -> None:
    """
    Refuse to let a case go to an organ that must not have it (docs/trust.md Z-08, Z-09).

    :raises Invalid: with the reason
    """
    if why := holds.obstacle(case, organ, timezone.localdate(at)):
        raise Invalid("organ", why)


def refuse_if_withheld(case: Case) -> None:
    """
    Refuse to let a case go to an organ in the words in which it stands, where these give the complainant away (P-06).

    :raises Invalid: the neutral summary has to be written first
    """
    if case.wording == Wording.WITHHELD:
        raise Invalid(
            "organ",
            _("The text gives away who complains. First write the neutral summary that the organ reads in its place."),
        )


def _handling(value: str) -> Handling:
    return checks.choice("handling", value, Handling, _("Please choose own handling or assignment to an organ."))


def _organ(step: Step, organ: Organ | None) -> Organ:
    if organ is None:
        raise Invalid("organ", _("Please choose the organ that is to handle the case."))
    return assignable(step, organ)


def assignable(step: Step, organ: Organ) -> Organ:
    """
    Return ``organ`` if the office from which the step is taken may give it a case.

    :raises Invalid: it is an efficiency office, has ended, or lies outside the office's block
    """
    on = timezone.localdate(step.at)
    if organ.kind == OrganKind.EFFICIENCY_OFFICE:
        raise Invalid("organ", _("What an efficiency office handles is own handling; choose that instead."))
    if organ.until is not None and organ.until <= on:
        raise Invalid("organ", _("This organ no longer exists."))
    if step.seat is None or organ.pk not in step.seat.organ_ids:
        raise Invalid("organ", _("This organ is not under the government of your office."))
    return organ


def _proposer(case: Case, at: datetime) -> User | None:
    """In own handling whoever submitted the case handles it, if they still may."""
    submitted = case.events.filter(action__in=obstacles.SUBMISSIONS).select_related("actor").order_by("-number").first()
    if submitted is None or submitted.actor_id is None:
        return None
    officers = people.officers(case, timezone.localdate(at))
    return submitted.actor if submitted.actor_id in officers else None
