"""Report closing 报结, close 办结 and archive 归档 (docs/domain.md 4.6, 4.9)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import checks, workflow
from complaints.actions import holding
from complaints.actions.acting import action
from complaints.enums import Retention, State
from complaints.models import Case, CaseEvent, ClosingReport
from efficiency.access.models import User


@action
def report(
    case: Case,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    facts: str,
    basis: str,
    measures: str,
    responsible: str = "",
) -> CaseEvent:
    """
    Hand in the closing report. The organ's clock stops here, the office's starts.

    :raises Invalid: facts, basis or measures are missing
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "report", by=by, at=at, version=version)
    handed_in = ClosingReport.objects.create(
        case=case,
        facts=checks.text("facts", facts, _("Please report the facts.")),
        basis=checks.text("basis", basis, _("Please name the rule on which the result rests.")),
        measures=checks.text("measures", measures, _("Please report what was done.")),
        responsible=checks.optional_text("responsible", responsible),
        by=by,
        at=at,
    )
    holding.release(case, at=at)
    return workflow.finish(step, data={"report": handed_in.pk})


@action
def close(case: Case, /, *, by: User, at: datetime, version: int, conclusion: str) -> CaseEvent:
    """
    Close the case after the review of its report. Evaluation and review stay possible for their whole time.

    :raises Invalid: no conclusion
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "close", by=by, at=at, version=version)
    return workflow.finish(
        step, internal_text=checks.text("conclusion", conclusion, _("Please write the conclusion of the office."))
    )


@action
def archive(case: Case, /, *, by: User, at: datetime, version: int, note: str = "", retention: str = "") -> CaseEvent:
    """
    Put the file of the case away: one case, one file. ``retention`` left out follows from what happened to it.

    Archiving never shortens the time for evaluation or review (docs/domain.md 4.6).

    :raises Invalid: the retention is none of docs/domain.md 4.9
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "archive", by=by, at=at, version=version)
    kept = checks.choice(
        "retention", retention or retention_of(case), Retention, _("Please choose how long the file is kept.")
    )
    text = checks.optional_text("note", note)
    return workflow.finish(step, internal_text=text, data={"retention": kept.value})


def retention_of(case: Case) -> Retention:
    """
    Return how long the file of a case is kept (docs/domain.md 4.9).

    Not handled: 10 years. With a leader's instruction and a result: permanently. Handled otherwise: 30 years.
    """
    if case.state == State.REJECTED:
        return Retention.TEN_YEARS
    instructed = case.events.filter(action="instruct").exclude(internal_text="").exists()
    return Retention.PERMANENT if instructed and case.outcome else Retention.THIRTY_YEARS
