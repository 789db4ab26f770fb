"""The clock of a reply: stopped for a listed ground; and more time, given once (docs/domain.md 3.1 rule 9, 3.4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Q
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, obstacles, workflow
from complaints.actions.acting import action
from complaints.enums import SuspensionGround
from complaints.models import (
    NO_LONGER_MEANT,
    Case,
    CaseEvent,
    ExtensionRequest,
    Request,
    RequestState,
    SuspensionRequest,
)
from complaints.refusals import Invalid, NotInState, TooLate
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.deadlines import refusals as engine_refusals
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.deadlines.tending import each
from efficiency.timing.due import Limit, Unit


@contextmanager
def _refusals_of_the_engine() -> Iterator[None]:
    """Say what the engine refuses in the words of case handling, beside the field it belongs to."""
    try:
        yield
    except engine_refusals.TooLate as refusal:
        raise TooLate(refusal.message) from refusal
    except engine_refusals.Refused as refusal:
        if refusal.field:
            raise Invalid("days" if refusal.field == "limit" else refusal.field, refusal.message) from refusal
        raise NotInState(refusal.message) from refusal


@action
def ask_suspension(case: Case, /, *, by: User, at: datetime, version: int, ground: str, reason: str) -> CaseEvent:
    """
    Ask the office for the handling organ to stop the clock of the reply, before the last day is over. It runs on.

    ``reason`` is what the citizen would be told: the office may stop the clock in these words.

    :raises Invalid: no ground, no reason, or material was asked for before
    :raises TooLate: the last day is over: a suspension is never dated back
    :raises NotInState: it has been asked for already, or no clock runs
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_suspension", by=by, at=at, version=version)
    asked_for = _ground(case, ground)
    reasons = checks.text("reason", reason, _("Please say why the clock should stop."), at_most=2000)
    promise = deadlines.running(case, deadlines.REPLY)
    if promise is None or case.handling_organ is None:
        raise NotInState(_("No reply is promised at the moment."))
    if at >= promise.overdue_at:
        raise TooLate(_("The last day is over: the promise can no longer be suspended."))
    # What an organ asked that no longer has the case is not meant any more.
    waiting = case.suspension_requests.filter(state=RequestState.ASKED)
    waiting.update(state=RequestState.LAPSED, decided_at=at)
    SuspensionRequest.objects.create(
        case=case,
        deadline=promise,
        organ=case.handling_organ,
        ground=asked_for.value,
        reason=reasons,
        asked_by=by,
        asked_at=at,
    )
    return workflow.finish(step, internal_text=reasons, data={"ground": asked_for.value})


@action
def suspend(case: Case, /, *, by: User, at: datetime, version: int, ground: str, reason: str) -> CaseEvent:
    """
    Stop the clock of the reply for one of the listed grounds; the citizen is told ground and reason.

    Where the ground is material of the complainant, the reason says what is needed, and ten working days begin in
    which it can be handed in. What the handling organ asked for is granted by it, whatever ground the office finds.

    :raises Invalid: no ground, no reason, or material was asked for before
    :raises NotAllowed: ``by`` asked for it
    :raises TooLate: the last day is over: a suspension is never dated back
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "suspend", by=by, at=at, version=version)
    stopped_by = _ground(case, ground)
    told = checks.text("reason", reason, _("Please tell the citizen why the clock stops."), at_most=2000)
    _settle(obstacles.asked_suspension(case), RequestState.GRANTED, by=by, at=at)
    with _refusals_of_the_engine():
        engine.suspend(case, deadlines.REPLY, at=at, ground=stopped_by.value, reason=told, by=by)
    return workflow.finish(step, public_text=told, data={"ground": stopped_by.value})


@action
def refuse_suspension(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Let the clock run on although the handling organ asked to stop it; the organ reads why.

    :raises Invalid: no reason
    :raises NotInState: nobody has asked
    :raises NotAllowed: ``by`` asked for it
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "refuse_suspension", by=by, at=at, version=version)
    return _refuse(step, obstacles.asked_suspension(case), reason, _("Please say why the clock runs on."))


def lapse_suspensions(*, at: datetime) -> int:
    """
    Put aside the requests that nobody decided before the last day was over; return how many that were.

    One that is not meant any more, as the case was answered, stopped or went to another organ, goes without a word.
    Safe to run twice, and two at once.
    """
    waiting = SuspensionRequest.objects.filter(state=RequestState.ASKED)
    late = waiting.filter(Q(deadline__overdue_at__lte=at) | NO_LONGER_MEANT).select_related("case").order_by("case_id")
    return each(late.iterator(chunk_size=200), lambda request: _lapse_suspension(request.case, at=at))


@action
def _lapse_suspension(case: Case, /, *, at: datetime) -> bool:
    step = workflow.begin_for_system(case, "lapse_suspension", at=at)
    request = obstacles.asked_suspension(case)
    if step is not None and request is not None and request.deadline.overdue_at <= at:
        _settle(request, RequestState.LAPSED, by=None, at=at)
        workflow.finish(step)
        return True
    ended = case.suspension_requests.filter(NO_LONGER_MEANT, state=RequestState.ASKED)
    return bool(ended.update(state=RequestState.LAPSED, decided_at=at))


@action
def keep_suspended(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Leave the clock stopped after looking into it: the ground lasts. The next look is promised from here on.

    A stopped clock has no date of its own, and what has none is forgotten; so the office looks again and again.

    :raises Invalid: no reason
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "keep_suspended", by=by, at=at, version=version)
    return workflow.finish(
        step, internal_text=checks.text("reason", reason, _("Please write down why the ground lasts."))
    )


@action
def resume(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Let the clock of the reply run again; the citizen is told why and sees the new date.

    :raises Invalid: no reason
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "resume", by=by, at=at, version=version)
    told = checks.text("reason", reason, _("Please tell the citizen why the clock runs again."), at_most=2000)
    with _refusals_of_the_engine():
        engine.resume(case, deadlines.REPLY, at=at, by=by)
    return workflow.finish(step, public_text=told)


@action
def ask_extension(case: Case, /, *, by: User, at: datetime, version: int, days: int, reason: str) -> CaseEvent:
    """
    Ask the head of the office for ``days`` more working days, before the last day is over. The clock runs on.

    For the reply while the case is handled, for the reply after rework, and for what the complainant was asked for
    (docs/domain.md 3.5).

    :raises Invalid: more days than can be given, or no reason
    :raises TooLate: the last day is over
    :raises NotInState: time was asked for or given before, or nothing runs that could be extended
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_extension", by=by, at=at, version=version)
    reasons = checks.text("reason", reason, _("Please say why the time does not suffice."))
    promise = _promise(case)
    if days < 1:
        raise Invalid("days", _("Please give the number of working days."))
    with _refusals_of_the_engine():
        engine.check_extension(promise, Limit(days, Unit.WORKING_DAY), at=at)
    ExtensionRequest.objects.create(
        case=case, deadline=promise, days=days, reason=reasons, asked_by=by, asked_at=at, state=RequestState.ASKED
    )
    return workflow.finish(step, internal_text=reasons, data={"days": days, "promise": promise.kind})


@action
def extend(case: Case, /, *, by: User, at: datetime, version: int, days: int, reason: str) -> CaseEvent:
    """
    Give ``days`` more working days, once, counted on from the last day; the citizen is told.

    What may be extended is the reply, the reply after rework, and the time for what the complainant was asked for.

    :raises Invalid: more days than the promise allows, or no reason
    :raises TooLate: the last day is over
    :raises NotAllowed: ``by`` asked for it, or handles the case
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "extend", by=by, at=at, version=version)
    told = checks.text("reason", reason, _("Please tell the citizen why more time is needed."), at_most=2000)
    promise = _promise(case)
    if days < 1:
        raise Invalid("days", _("Please give the number of working days."))
    with _refusals_of_the_engine():
        engine.extend(case, promise.kind, at=at, limit=Limit(days, Unit.WORKING_DAY), reason=told, by=by)
    _settle(obstacles.waiting_request(case), RequestState.GRANTED, by=by, at=at)
    return workflow.finish(step, public_text=told, data={"days": days, "promise": promise.kind})


@action
def refuse_extension(case: Case, /, *, by: User, at: datetime, version: int, reason: str) -> CaseEvent:
    """
    Refuse the time that was asked for: the old end stays, and whoever holds the case is told.

    :raises Invalid: no reason
    :raises NotInState: nobody has asked
    :raises NotAllowed: ``by`` asked for it
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "refuse_extension", by=by, at=at, version=version)
    return _refuse(step, obstacles.waiting_request(case), reason, _("Please say why there is no more time."))


def lapse_extensions(*, at: datetime) -> int:
    """
    Refuse what nobody has decided when the old time is over; return how many requests that were (docs/domain.md 3.1).

    A request for a promise that has ended meanwhile is put aside without a word. Safe to run twice, and two at once.
    """
    waiting = ExtensionRequest.objects.filter(state=RequestState.ASKED)
    over = Q(deadline__state=DeadlineState.OPEN, deadline__overdue_at__lte=at)
    late = waiting.filter(over | ~Q(deadline__state__in=obstacles.STILL_RUN)).select_related("case").order_by("case_id")
    return each(late.iterator(chunk_size=200), lambda request: _lapse(request.case, at=at))


@action
def _lapse(case: Case, /, *, at: datetime) -> bool:
    step = workflow.begin_for_system(case, "lapse_extension", at=at)
    over = case.extension_requests.filter(deadline__state=DeadlineState.OPEN, deadline__overdue_at__lte=at)
    request = over.filter(state=RequestState.ASKED).first()
    if step is not None and request is not None:
        _settle(request, RequestState.LAPSED, by=None, at=at)
        workflow.finish(step)
        return True
    ended = case.extension_requests.filter(state=RequestState.ASKED).exclude(deadline__state__in=obstacles.STILL_RUN)
    return bool(ended.update(state=RequestState.LAPSED, decided_at=at))


def _promise(case: Case) -> Deadline:
    promise = obstacles.extendable(case)
    if promise is None:
        raise NotInState(_("Nothing that could be given more time is promised at the moment."))
    return promise


def _ground(case: Case, ground: str) -> SuspensionGround:
    """Return the ground, if it is a listed one; material is asked for once (docs/domain.md 3.4)."""
    chosen = checks.choice("ground", ground, SuspensionGround, _("Please choose the ground."))
    if chosen is SuspensionGround.SUPPLEMENT and obstacles.is_of_own_motion(case):
        raise Invalid("ground", _("The office took the case up itself: there is nobody who could answer."))
    if chosen is SuspensionGround.SUPPLEMENT and obstacles.has_been_asked(case):
        raise Invalid("ground", _("The complainant has been asked for material before; that is done once."))
    return chosen


def _refuse(step: workflow.Step, request: Request | None, reason: str, if_missing: Lazy) -> CaseEvent:
    why = checks.text("reason", reason, if_missing)
    _settle(request, RequestState.REFUSED, by=step.by, at=step.at)
    return workflow.finish(step, internal_text=why)


def _settle(request: Request | None, state: RequestState, *, by: User | None, at: datetime) -> None:
    if request is not None:
        request.state, request.decided_by, request.decided_at = state, by, at
        request.save(update_fields=["state", "decided_by", "decided_at"])
