"""
Scores counted anew after a step of two persons, before publication and after it (docs/domain.md 8.6).

After publication nothing moves quietly: the correction is an event with its reason, the data is frozen once more beside
what was frozen before, and what everybody reads says that it was corrected.
"""

from targets.appraisal import computing, consequences, disclosed, snapshots
from targets.appraisal.enums import AppraisalState
from targets.appraisal.workflow import Step


def count_anew(step: Step) -> None:
    """Let what was confirmed count: the total of the sheet, and grades and ranks of all."""
    sheet = step.of_sheet
    computing.grading(step.appraisal)
    sheet.refresh_from_db(fields=computing.GRADED)


def published_anew(step: Step) -> None:
    """Freeze and announce a published appraisal once more, after a correction."""
    appraisal = step.appraisal
    if appraisal.state != AppraisalState.PUBLISHED:
        return
    snapshots.take(appraisal, by=step.person, at=step.at)
    consequences.follow(appraisal, at=step.at)
    disclosed.announce(appraisal, by=step.person, at=step.at)
