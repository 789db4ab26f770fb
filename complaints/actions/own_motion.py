"""Going on with a matter that its complainant took back, where public interest is touched (docs/domain.md 4.6)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import workflow
from complaints.actions import neutral
from complaints.actions.acting import action
from complaints.actions.filing import file_from
from complaints.models import Case, CaseEvent
from efficiency import checks
from efficiency.access.models import User


@action
def take_up(
    case: Case, /, *, by: User, at: datetime, version: int, reason: str, title: str, description: str
) -> CaseEvent:
    """
    Go on with the matter of a withdrawn case as a new one, of the office's own motion and in its own words.

    The new case comes from nobody: it holds neither the complainant's identity nor a run of their words, and whoever
    reads it does not learn of the one that was withdrawn, but for the office. That one stays withdrawn, and its
    complainant is told nothing.

    :raises Invalid: no reason; a field does not do; a run of words of the complaint, the number of the case, or what
        tells who complained stands in it
    :raises NotInState: the case was not withdrawn, or the office has gone on with it already
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    step = workflow.begin(case, "take_up", by=by, at=at, version=version)
    why = checks.text("reason", reason, _("Please say which public interest is touched."), at_most=1000)
    neutral.check("title", title, case)
    neutral.check("description", description, case)
    own = file_from(case, step=step, title=title, description=description)
    return workflow.finish(step, internal_text=why, data={"taken_up": own.pk})
