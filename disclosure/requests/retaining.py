"""Holds: what a suit or an inquiry still needs of a request is not erased in its time (docs/trust.md P-10)."""

from datetime import date, datetime

from disclosure.models import InformationRequest, RequestHold
from disclosure.requests import workflow
from disclosure.requests.refusals import Absent, NotAllowed, NotInState
from disclosure.requests.workflow import action
from efficiency.access.models import User
from efficiency.holds import Holding

holding: Holding[InformationRequest, RequestHold] = Holding(
    RequestHold,
    name="inforequest",
    lock=workflow.lock,
    absent=Absent,
    not_allowed=NotAllowed,
    not_in_state=NotInState,
)


@action
def place_hold(request: InformationRequest, /, *, by: User, at: datetime, until: date, reason: str) -> RequestHold:
    """
    Keep everything of the request from being erased until the end of the local day ``until``.

    :raises Invalid, Absent, NotAllowed: as ``efficiency.holds.Holding.place``
    """
    return holding.place(request, by=by, at=at, until=until, reason=reason)


@action
def lift_hold(request: InformationRequest, /, *, by: User, at: datetime, hold: int, reason: str) -> RequestHold:
    """
    Let what is kept of the request be erased in its time again, as far as no other hold stands.

    :raises Invalid, NotInState, Absent, NotAllowed: as ``efficiency.holds.Holding.lift``
    """
    return holding.lift(request, by=by, at=at, hold=hold, reason=reason)
