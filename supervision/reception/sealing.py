"""Which rows of reception days are sealed in the chain (docs/trust.md L-03)."""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from supervision.models import ReceptionBookingEvent, ReceptionDayEvent, ReceptionErasure, ReceptionLook

STEP = ("number", "action", "actor", "actor_organ", "at", "from_state", "to_state", "data")


def register() -> None:
    """Make them known; called once, when the app is ready."""
    seal(
        Sealed("reception_day_event", ReceptionDayEvent, content=("day", *STEP), texts=("text",)),
        Sealed(
            "reception_booking_event", ReceptionBookingEvent, content=("booking", "actor_kind", *STEP), texts=("text",)
        ),
        Sealed(
            "reception_look", ReceptionLook, content=("booking", "by", "organ", "at", "category"), texts=("reason",)
        ),
        Sealed("reception_erasure", ReceptionErasure, content=("booking", "at")),
    )
