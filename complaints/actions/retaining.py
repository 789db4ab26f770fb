"""Holds: what a court, an audit or an inquiry still needs is not erased in its time (docs/trust.md P-10)."""

from datetime import date, datetime

from django.utils import timezone

from complaints import workflow
from complaints.actions.acting import action
from complaints.enums import State
from complaints.models import Case, RetentionHold
from complaints.refusals import Absent, NotAllowed, NotInState
from efficiency.access.models import User
from efficiency.holds import Holding
from efficiency.timing.limits import add_months

# So long after the closing somebody may need to know who filed a case (docs/domain.md 4.9).
SEALED_AFTER_YEARS = 2
_holding: Holding[Case, RetentionHold] = Holding(
    RetentionHold,
    name="case",
    lock=workflow.lock,
    absent=Absent,
    not_allowed=NotAllowed,
    not_in_state=NotInState,
)


@action
def place_hold(case: Case, /, *, by: User, at: datetime, until: date, reason: str) -> RetentionHold:
    """
    Keep everything of the case from being erased until the end of the local day ``until``.

    :raises Invalid, Absent, NotAllowed: as ``efficiency.holds.Holding.place``
    """
    return _holding.place(case, by=by, at=at, until=until, reason=reason)


@action
def lift_hold(case: Case, /, *, by: User, at: datetime, hold: int, reason: str) -> RetentionHold:
    """
    Let what is kept of the case be erased in its time again, as far as no other hold stands.

    :raises Invalid, NotInState, Absent, NotAllowed: as ``efficiency.holds.Holding.lift``
    """
    return _holding.lift(case, by=by, at=at, hold=hold, reason=reason)


def is_held(case: Case, at: datetime) -> bool:
    """Say whether a hold keeps anything of the case from being erased at ``at``."""
    return _holding.is_held(case, at)


def is_past(case: Case, at: datetime) -> bool:
    """
    Say whether name and contact stay sealed for everybody: two years after the closing, unless a hold needs them.

    Until then the case is archived and they are erased; this holds as well where the archiving was late (4.9).
    """
    if case.state not in (State.CLOSED, State.ARCHIVED) or case.closed_at is None:
        return False
    until = add_months(timezone.localdate(case.closed_at), 12 * SEALED_AFTER_YEARS)
    return timezone.localdate(at) >= until and not is_held(case, at)
