"""What the office makes of results, and of wishes for more time (docs/domain.md 11)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from accountability import behind
from accountability.corrections import deadlines, following, papers, workflow
from accountability.corrections.answering import LONGEST_REASON, waiting_extension
from accountability.corrections.deadlines import FINISH
from accountability.corrections.enums import MOST_ROUNDS, ExtensionState
from accountability.corrections.refusals import NotAllowed, NotInState, Refused
from accountability.corrections.workflow import action, once
from accountability.models import Correction, CorrectionEvent, CorrectionExtension
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from efficiency.deadlines.tending import each
from efficiency.timing.due import Limit, Unit

BATCH = 200
# Why a paper holds no more: that of the second round replaces it.
ISSUED_AGAIN = "已重新下发"


@once
@action
def accept(correction: Correction, /, *, by: User, at: datetime, version: int, remark: str = "") -> CorrectionEvent:
    """
    Accept the result or the answer; nothing more is asked for.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who handed it in (Z-10)
    :raises Invalid: the remark is too long
    """
    step = workflow.begin(correction, "accept", by=by, at=at, version=version)
    _not_own(step)
    words = checks.optional_text("remark", remark, at_most=LONGEST_REASON)
    behind.check("remark", words, correction)
    return workflow.finish(step, text=words)


@once
@action
def send_back(correction: Correction, /, *, by: User, at: datetime, version: int, reason: str) -> CorrectionEvent:
    """
    Find the result insufficient, with the reasons: the first time it can be issued again, the second it has failed.

    What is not put right is told to those who follow it, as a clue (``following``).

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who handed it in (Z-10)
    :raises Invalid: no reason
    """
    name = send_back_row(correction)
    step = workflow.begin(correction, name, by=by, at=at, version=version)
    _not_own(step)
    words = _reason(reason, correction)
    correction.found_by = by
    event = workflow.finish(step, text=words)
    if name == "fail":
        following.tell(correction, at)
    return event


def send_back_row(correction: Correction) -> str:
    """Return which row of the table it is to find the result of this round insufficient."""
    return "find_insufficient" if correction.round < MOST_ROUNDS else "fail"


@once
@action
def issue_again(correction: Correction, /, *, by: User, at: datetime, version: int, wanted: str) -> CorrectionEvent:
    """
    Issue it once more, saying what is still wanted; all its time begins anew (docs/domain.md 11: once).

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who found the result
        insufficient (Z-10)
    :raises Invalid: nothing is wanted
    """
    step = workflow.begin(correction, "issue_again", by=by, at=at, version=version)
    if correction.found_by is not None and is_same_person(by, correction.found_by):
        raise NotAllowed(_("Whoever found the result insufficient does not issue it again."))
    words = checks.text("wanted", wanted, _("Please say what is still wanted."), at_most=5000)
    behind.check("wanted", words, correction)
    papers.revoke(correction, by=by, at=at, reason=ISSUED_AGAIN)
    correction.round += 1
    correction.found_by = None
    correction.is_adopted = None
    return workflow.finish(step, text=words, data={"round": correction.round})


def _not_own(step: workflow.Step) -> None:
    reported_by = step.subject.reported_by
    if step.by is not None and reported_by is not None and is_same_person(step.by, reported_by):
        raise NotAllowed(_("Whoever handed in the result does not decide on it."))


def _reason(reason: str, correction: Correction) -> str:
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    behind.check("reason", words, correction)
    return words


# --- More time --------------------------------------------------------------------------------------------------------


@once
@action
def extend(correction: Correction, /, *, by: User, at: datetime, version: int, reason: str) -> CorrectionEvent:
    """
    Give the time that was asked for, counted on from the old last day, before that is over.

    :raises Absent, NotAllowed, Changed, NotInState: as ``workflow.begin``; NotAllowed also for who asked (Z-10),
        NotInState where the last day is over
    :raises Invalid: no reason
    """
    step = workflow.begin(correction, "extend", by=by, at=at, version=version)
    wish = _wish_to_decide(step)
    words = _reason(reason, correction)
    engine.extend(correction, FINISH, at=at, limit=Limit(wish.days, Unit.WORKING_DAY), reason=words, by=by)
    return _decided(step, wish, ExtensionState.GRANTED, words)


@once
@action
def refuse_extension(
    correction: Correction, /, *, by: User, at: datetime, version: int, reason: str
) -> CorrectionEvent:
    """
    Refuse the time that was asked for; the old last day stays.

    :raises Absent, NotAllowed, Changed, NotInState: as ``extend``
    :raises Invalid: no reason
    """
    step = workflow.begin(correction, "refuse_extension", by=by, at=at, version=version)
    wish = _wish_to_decide(step)
    return _decided(step, wish, ExtensionState.REFUSED, _reason(reason, correction))


def _wish_to_decide(step: workflow.Step) -> CorrectionExtension:
    wish = waiting_extension(step.subject)
    if wish is None:
        raise NotInState(_("Nobody asks for more time."))
    if step.by is not None and is_same_person(step.by, wish.asked_by):
        raise NotAllowed(_("Whoever asked for more time does not decide on it."))
    return wish


def _decided(step: workflow.Step, wish: CorrectionExtension, state: ExtensionState, words: str) -> CorrectionEvent:
    wish.state, wish.decided_by, wish.decided_at = state, step.by, step.at
    wish.save(update_fields=["state", "decided_by", "decided_at"])
    return workflow.finish(step, text=words, data={"days": wish.days})


def lapse_extensions(*, at: datetime) -> int:
    """
    Put aside what was asked for in time and not decided before the end (docs/domain.md 3.1 rule 9); return how many.

    Each in a transaction of its own; safe to run twice, and two at once.
    """
    over = Deadline.objects.running().filter(kind=FINISH, overdue_at__lte=at).values("object_id")
    waiting = Correction.objects.filter(extensions__state=ExtensionState.ASKED, pk__in=over).order_by("pk")
    return each(waiting[:BATCH], lambda correction: _lapse_one(correction, at=at), faster=Refused)


@action
def _lapse_one(correction: Correction, /, *, at: datetime) -> int:
    step = workflow.begin_itself(correction, "lapse_extension", at=at)
    wish = waiting_extension(correction)
    promise = deadlines.running(correction, FINISH)
    if wish is None or promise is None or at < promise.overdue_at:
        return 0
    wish.state, wish.decided_at = ExtensionState.LAPSED, at
    wish.save(update_fields=["state", "decided_at"])
    workflow.finish(step)
    return 1
