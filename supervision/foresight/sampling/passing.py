"""Review sheets of reviewers who left go on to whoever follows, else back to the office (docs/domain.md 7)."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef

from efficiency import handing_over
from efficiency.access.models import User
from efficiency.deadlines.tending import each
from efficiency.organs.models import Role, Tenure
from efficiency.timing.zone import local_day
from supervision.foresight.sampling import access, workflow
from supervision.foresight.sampling.enums import State
from supervision.foresight.sampling.refusals import NotInState
from supervision.models import SampleSheet

REVIEWING = (Role.OFFICE_OFFICER, Role.INSPECTOR)


def pass_on(at: datetime, user: User | None) -> Mapping[int, int]:
    """Take sheets from reviewers who review nothing any more, as a step of each; whoever has one now is told by it."""
    running = Tenure.objects.running(local_day(at)).filter(
        user=OuterRef("reviewer"), post__role__in=REVIEWING, user__is_active=True
    )
    left = SampleSheet.objects.filter(~Exists(running), state=State.ASSIGNED).order_by("pk")
    if user is None:
        each(left.iterator(chunk_size=200), lambda sheet: _pass_on(sheet, at), faster=NotInState)
        return {}
    for sheet in left.filter(reviewer=user):  # part of a step, which is taken whole or not at all
        _pass_on(sheet, at)
    return {}


def _pass_on(sheet: SampleSheet, at: datetime) -> bool:
    workflow.steps.lock(sheet)
    gone = sheet.reviewer
    if sheet.state != State.ASSIGNED or gone is None:
        return False
    follow = handing_over.followers_of(gone, sheet.draw.office_id, REVIEWING, local_day(at))
    next_ = next((person for person in follow if not access.why_not_review(person, sheet)), None)
    step = workflow.begin_itself(sheet, "release" if next_ is None else "pass_on", at=at)
    sheet.reviewer = next_
    workflow.finish(step, data={"from_reviewer": gone.pk} | ({"reviewer": next_.pk} if next_ else {}))
    return True
