"""Questions to the complainant beside a case that goes on: where they end without an answer (docs/domain.md 4.7)."""

from complaints import deadlines
from complaints.models import CaseEvent
from complaints.querysets import ASKED_IN
from efficiency.deadlines import actions as engine

# With these a question ends wherever the case stands.
ENDING = frozenset({"answer_question", "lapse_question"})


def settle(event: CaseEvent) -> None:
    """
    End the open question of a case with the step of ``event``: it was answered, lapsed, or the case has gone on.

    What the complainant was asked is of no use any more where nobody handles the case; the case is locked.
    """
    if event.from_state not in ASKED_IN or (event.to_state in ASKED_IN and event.action not in ENDING):
        return
    if event.case.questions.filter(ended__isnull=True).update(ended=event):
        # Where a rule moved the case besides, the table did not name the promise.
        engine.cancel(event.case, [deadlines.QUESTION], at=event.at)
