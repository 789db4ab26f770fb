"""
Whoever handles a case asks the complainant something, one question at a time (询问, docs/domain.md 4.7 no. 7).

The organ needs to know nobody for it: the question stands on the tracking page, and the answer is given there. The
clock of the reply runs on.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from complaints import deadlines, holds, obstacles, traces, workflow
from complaints.actions import recusal
from complaints.actions.acting import action, once
from complaints.actions.identity import known_to_office
from complaints.actions.summarising import withhold_if_given_away
from complaints.models import Case, CaseEvent, Question
from complaints.querysets import ASKED_IN
from complaints.refusals import GivesAway, Invalid, NotInState, TooLate
from complaints.uploads import attaching
from efficiency import checks
from efficiency.access.models import User
from efficiency.deadlines.models import DeadlineState
from efficiency.deadlines.tending import each
from efficiency.organs.models import Role
from efficiency.timing.due import local_day

if TYPE_CHECKING:
    from efficiency.files.clean import CleanFile

# A question says what is asked, and is no letter.
LEAST_QUESTION, LONGEST_QUESTION = 10, 1000
# A later answer would come to a case that has gone on.
MOST_DAYS = 10


@action
def ask_question(
    case: Case, /, *, by: User, at: datetime, version: int, question: str, days: int | None = None
) -> CaseEvent:
    """
    Ask the complainant something about the matter; the answer helps within ``days`` working days, by default five.

    The complainant reads the question on the tracking page and answers there or not; no clock stops for it.

    :raises Invalid: the question is too short or too long, or ``days`` are none or too many
    :raises GivesAway: the office wrote who complained, where the organ reads it and may not know
    :raises NotInState: a question waits for its answer already
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "ask_question", by=by, at=at, version=version)
    asked = checks.text("question", question, _("Please write what you want to know."), at_most=LONGEST_QUESTION)
    if len(asked) < LEAST_QUESTION:
        raise Invalid("question", _("Please ask in a whole sentence, with at least %(count)d characters.") % _LEAST)
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Invalid("days", _("Please give 1 to %(count)d working days.") % {"count": MOST_DAYS})
    _check_for_organ(step, asked)
    event = workflow.finish(step, public_text=asked, data={"days": days} if days else {})
    (promise,) = deadlines.running_of(case, [deadlines.QUESTION]).values()
    Question.objects.create(case=case, asked=event, deadline=promise)
    return event


_LEAST = {"count": LEAST_QUESTION}


def _check_for_organ(step: workflow.Step, asked: str) -> None:
    """
    Refuse what the office writes of a complainant who is unknown to the organ, which reads the question too (P-06).

    What the organ writes is not compared: it knows nothing, and a refusal would tell it that it had guessed right.
    """
    case = step.case
    is_of_office = step.seat is not None and step.seat.role == Role.OFFICE_OFFICER
    if not is_of_office or case.consent or case.is_own_handling:
        return
    if traces.gives_away(known_to_office(case), asked):
        raise GivesAway(
            "question",
            _("The handling organ reads this too, and it tells who complained. Please leave name and contact out."),
        )


@action
@once
def answer_question(
    case: Case, /, *, at: datetime, text: str, files: Sequence["CleanFile"] = (), asked: int | None = None
) -> CaseEvent:
    """
    Take the complainant's answer to the question that waits for one; no clock moves.

    ``asked`` is the key of the question that stood above the form: no answer is taken for one to another.

    It is text of the complainant like what is added unasked: it can hold the case with the office (docs/trust.md Z-08)
    and is withheld from an organ to which it would give the complainant away (P-06).

    :raises Invalid: there is no text
    :raises TooLate: the time for it is over
    :raises NotInState: nothing is asked, or something else since
    :raises NoRoom: files cannot be kept at the moment
    """
    step = workflow.begin_for_citizen(case, "answer_question", at=at)
    promise = deadlines.running(case, deadlines.QUESTION)
    # The worker may not have seen yet that the time is over.
    if promise is None or at >= promise.overdue_at:
        raise TooLate(_("The time for the answer is over. You can still add it as material."))
    if asked is not None and not case.questions.filter(pk=asked, ended__isnull=True).exists():
        raise NotInState(_("Another question has been asked since. Please look at it before you answer."))
    words = checks.text("text", text, _("Please write your answer."), at_most=5000)
    holds.hold_if_added_text_names(case, words, local_day(at))
    recusal.keep_named_out(case, words, at=at)
    withhold_if_given_away(case, words)
    event = workflow.finish(step, public_text=words, data={"files": len(files)})
    if files:
        attaching.attach(case, event, files, sealed=obstacles.is_known(case), at=at)
    return event


def lapse_questions(*, at: datetime) -> int:
    """
    Go on without the answers that did not come by ``at``; return how many they were.

    Safe to run twice, and two at once.
    """
    late = Question.objects.filter(ended__isnull=True, deadline__state=DeadlineState.LAPSED)
    cases = Case.objects.filter(state__in=ASKED_IN, pk__in=late.values("case_id"))
    return each(cases.order_by("id").iterator(chunk_size=200), lambda case: _lapse(case, at=at))


@action
def _lapse(case: Case, /, *, at: datetime) -> bool:
    step = workflow.begin_for_system(case, "lapse_question", at=at)
    question = obstacles.open_question(case)
    if step is None or question is None or question.deadline.state != DeadlineState.LAPSED:
        return False
    workflow.finish(step)
    return True
