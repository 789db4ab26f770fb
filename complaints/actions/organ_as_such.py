"""An organ complained of as such 单位整体被投诉: neither it nor what is of it has the case (docs/domain.md 4.3)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from complaints import together, workflow
from complaints.actions import merging, recusal
from complaints.actions.acting import action
from complaints.models import Case, CaseEvent
from complaints.refusals import Invalid
from efficiency import checks
from efficiency.access.models import User
from efficiency.organs.models import Organ


@action
def link_organ(case: Case, /, *, by: User, at: datetime, version: int, organ: Organ | None, reason: str) -> CaseEvent:
    """
    Say that ``organ`` as such is complained of, or that none is after all (``organ`` None).

    The case leaves the organ for the office, and can be given to organs above it alone; one about an efficiency office
    goes to the office above (docs/trust.md Z-09). Parts of organs that must not have one end. What the people of the
    organ were told of the case is withheld. A mark that is taken back leaves the case where it lies.

    :raises Invalid: no reason, no organ although none is marked, or the one that is marked already
    :raises Absent, NotAllowed, StaleCase, NotInState: as ``workflow.begin``
    """
    together.lock(case)
    step = workflow.begin(case, "link_organ", by=by, at=at, version=version)
    explanation = checks.text("reason", reason, _("Please say what shows that the organ as such is complained of."))
    if (organ.pk if organ else None) == case.about_organ_id:
        raise Invalid("organ", _("Please choose the organ that is complained of as such."))
    case.about_organ = organ
    moved_to = None
    if organ is not None:
        moved_to = recusal.leave_excluded(case, at=at)
        recusal.release_handler(case, at=at)
        recusal.take_back_messages(case)
    merging.share_link(case, by=by, at=at, resolves=False)
    return workflow.finish(step, to=moved_to, internal_text=explanation, data={"organ": organ.pk if organ else None})
