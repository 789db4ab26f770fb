"""What is missing is asked for once, in one list; without an answer the case is withdrawn (docs/domain.md 4.7)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, doubts, holds, obstacles, together, workflow
from complaints.actions import holding, merging, recusal
from complaints.actions.acting import action, once
from complaints.actions.summarising import withhold_if_given_away, withhold_letter
from complaints.enums import State
from complaints.models import Case, CaseEvent
from complaints.refusals import TooLate
from complaints.uploads import attaching
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.deadlines.tending import each

if TYPE_CHECKING:
    from efficiency.files.clean import CleanFile


@action
def ask_supplement(
    case: Case, /, *, by: User, at: datetime, version: int, missing: str, made_necessary: bool = False
) -> CaseEvent:
    """
    Tell the citizen all that is missing, in one list; the time for the decision begins anew with the answer.

    A second list is counted against the office, unless what the citizen handed in has ``made_necessary`` to ask again
    (一次性告知, docs/domain.md 4.7 no. 2).

    :raises Invalid: the list is empty
    :raises NotInState: it was asked for twice before
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_supplement", by=by, at=at, version=version)
    listed = checks.text("missing", missing, _("Please list everything that is missing."), at_most=2000)
    again = {"again": True, "made_necessary": bool(made_necessary)} if obstacles.has_been_asked(case) else {}
    if again and not made_necessary:
        case.flags = sorted({*case.flags, doubts.SECOND_LIST})
    return workflow.finish(step, public_text=listed, data=again)


@action
@once
def supplement(
    case: Case, /, *, at: datetime, text: str, files: Sequence["CleanFile"] = (), by_mail: bool = False
) -> CaseEvent:
    """
    Take what the citizen hands in: a case before its acceptance is decided on anew, a stopped clock runs again.

    ``by_mail``: it is a letter of the mailbox, whose text counts as identity (docs/trust.md Z-16).

    :raises Invalid: there is no text
    :raises TooLate: the time for it is over
    :raises NotInState: nothing was asked for
    :raises NoRoom: files cannot be kept at the moment
    """
    step = workflow.begin_for_citizen(case, "supplement", at=at)
    asked = deadlines.running(case, deadlines.SUPPLEMENT)
    # The worker may not have seen yet that the time is over.
    if asked is None or at >= asked.overdue_at:
        raise TooLate(_("The time for handing this in is over."))
    words = checks.text("text", text, _("Please write what you hand in."), at_most=5000)
    holds.hold_if_added_text_names(case, words, timezone.localdate(at))
    recusal.keep_named_out(case, words, at=at)
    _withhold(case, words, by_mail=by_mail)
    if case.state == State.SUSPENDED:
        engine.resume(case, deadlines.REPLY, at=at, by=None)
    event = workflow.finish(step, public_text=words, data={"files": len(files)})
    if files:
        attaching.attach(case, event, files, sealed=obstacles.is_known(case), at=at)
    return event


@action
@once
def add_material(
    case: Case, /, *, at: datetime, text: str, files: Sequence["CleanFile"] = (), by_mail: bool = False
) -> CaseEvent:
    """
    Take what the citizen adds of their own accord while the reply is still to come; no clock moves.

    What names somebody of the organ that handles the case keeps it with the office until the name is resolved, as in
    the filing (docs/trust.md Z-08), and all that is answered together with it. ``by_mail`` as for ``supplement``.

    :raises Invalid: there is no text
    :raises NotInState: the reply was sent, or material was added often enough
    :raises NoRoom: files cannot be kept at the moment
    """
    together.lock(case)
    step = workflow.begin_for_citizen(case, "add_material", at=at)
    words = checks.text("text", text, _("Please write what you add."), at_most=5000)
    holds.hold_if_added_text_names(case, words, timezone.localdate(at), of=case.answering)
    recusal.keep_named_out(case, words, at=at)
    _withhold(case, words, by_mail=by_mail)
    event = workflow.finish(step, public_text=words, data={"files": len(files)})
    if files:
        attaching.attach(case, event, files, sealed=obstacles.is_known(case), at=at)
    return event


def _withhold(case: Case, words: str, *, by_mail: bool) -> None:
    if by_mail:
        withhold_letter(case)
    else:
        withhold_if_given_away(case, words)


def lapse_supplements(*, at: datetime) -> int:
    """
    Go on without what was asked for and not handed in by ``at``; return how many cases that were.

    A case that waited for its acceptance counts as withdrawn. Where the clock of a reply was stopped for it, the clock
    runs again: the organ answers with what it has. Safe to run twice, and two at once.
    """
    lapsed = Deadline.objects.filter(
        content_type=deadlines.content_type(), object_id=OuterRef("pk"), kind=deadlines.SUPPLEMENT
    )
    waiting = Case.objects.filter(
        Exists(lapsed.filter(state=DeadlineState.LAPSED)),
        ~Exists(lapsed.filter(state=DeadlineState.OPEN)),
        state__in=[State.SUPPLEMENTING, State.SUSPENDED],
    )
    return each(waiting.order_by("id").iterator(chunk_size=200), lambda case: _lapse(case, at=at))


@action
def _lapse(case: Case, /, *, at: datetime) -> bool:
    step = workflow.begin_for_system(case, "lapse", at=at)
    if step is None or deadlines.running(case, deadlines.SUPPLEMENT) is not None:
        return False
    if case.state == State.SUPPLEMENTING:
        holding.release(case, at=at)
    elif not _was_stopped_for_it(case):
        return False
    else:
        # Whenever the worker comes by: a late one must move no date of the citizen's.
        engine.resume(case, deadlines.REPLY, at=_ended_at(case), by=None)
    workflow.finish(step)
    if case.state == State.WITHDRAWN:
        merging.set_free(case, at=at)
    return True


def _ended_at(case: Case) -> datetime:
    """Return the moment at which the time for what was asked for was over."""
    asked = Deadline.objects.filter(content_type=deadlines.content_type(), object_id=case.pk, kind=deadlines.SUPPLEMENT)
    return asked.filter(state=DeadlineState.LAPSED).latest("generation").overdue_at


def _was_stopped_for_it(case: Case) -> bool:
    """Whether the suspension that lasts waits for the citizen, and not for a court or the end of a flood."""
    last = case.events.filter(action="suspend").order_by("-number").first()
    return last is not None and last.data["ground"] == "supplement"
