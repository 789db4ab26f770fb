"""
Scores counted anew after a step of two persons, before publication and after it (docs/domain.md 8.6).

After publication nothing moves quietly: the correction is an event with its reason, the data is frozen once more beside
what was frozen before, and what everybody reads says that it was corrected.
"""

from typing import Any

from efficiency import patience
from targets.appraisal import computing, consequences, disclosed, messages, snapshots
from targets.appraisal.workflow import Step
from targets.models import Appraisal, AppraisalEvent


def count_anew(step: Step) -> list[dict[str, Any]]:
    """
    Let what was confirmed count: the total of the sheet, and grades and ranks of all.

    Return the sheets whose grade or rank it moved, with what both were and are, in the order of their keys.
    """
    patience.for_this_transaction()
    sheet = step.of_sheet
    before = _places(step.appraisal)
    computing.grading(step.appraisal)
    sheet.refresh_from_db(fields=computing.GRADED)
    return [
        {"sheet": pk, "grade": [before[pk][0], grade], "rank": [before[pk][1], rank]}
        for pk, (grade, rank) in _places(step.appraisal).items()
        if before[pk] != (grade, rank)
    ]


def _places(appraisal: Appraisal) -> dict[int, tuple[str, int | None]]:
    rows = appraisal.sheets.order_by("pk").values_list("pk", "grade", "rank")
    return {pk: (grade, rank) for pk, grade, rank in rows}


def published_anew(step: Step, event: AppraisalEvent) -> None:
    """Freeze and announce a published appraisal once more, after a correction, and tell whom it moved."""
    appraisal = step.appraisal
    if not appraisal.is_public:
        return
    messages.tell_moved(event)
    messages.tell_raised(event, event.data["moved"])
    _frozen_anew(step)


def recounted(step: Step, event: AppraisalEvent) -> None:
    """Freeze and announce a published appraisal once more after it was recounted; everybody appraised is told by it."""
    messages.tell_raised(event, event.data["places"])
    _frozen_anew(step)


def _frozen_anew(step: Step) -> None:
    appraisal = step.appraisal
    snapshots.take(appraisal, by=step.person, at=step.at)
    consequences.follow(appraisal, at=step.at)
    disclosed.announce(appraisal, by=step.person, at=step.at)
