"""Cases have supervision orders of their own (docs/domain.md 4.6): what is proposed about one is ordered there."""

from datetime import datetime

from accountability.corrections import elsewhere
from accountability.corrections.refusals import NotInState
from complaints import actions
from complaints.models import Case
from efficiency.access.models import User

# The promise to answer such an order: there is no second order about it.
SUPERVISE = "complaints.supervise"


def order(key: int, *, by: User, at: datetime, text: str) -> None:
    """
    Order supervision of the case with this key.

    :raises NotInState: the case refuses it, such as where the order before waits for its answer
    """
    case = Case.objects.get(pk=key)
    try:
        actions.order_supervision(case, by=by, at=at, version=case.version, text=text)
    except actions.Refused as refusal:
        raise NotInState(refusal.message, refusal.field) from refusal


def register() -> None:
    """Make it known; called once, when the app is ready."""
    elsewhere.register(Case, order, leaves_out=(SUPERVISE,))
