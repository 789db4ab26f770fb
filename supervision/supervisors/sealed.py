"""What of this part is sealed in the chain of hashes (docs/trust.md L-03)."""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from supervision.models import AppointmentEvent, GatheringEvent, ObservationEvent, ObservationResult

_STEP = ("number", "action", "actor", "at", "from_state", "to_state", "actor_organ", "data")


def register() -> None:
    """Have the rows of record sealed; called once, when the app is ready."""
    seal(
        Sealed("appointment_event", AppointmentEvent, content=("appointment", *_STEP), texts=("text",)),
        Sealed("gathering_event", GatheringEvent, content=("gathering", *_STEP), texts=("text",)),
        Sealed(
            "observation_event",
            ObservationEvent,
            content=("observation", *_STEP, "is_internal"),
            texts=("text",),
        ),
        Sealed(
            "observation_result",
            ObservationResult,
            content=("observation", "content_type", "object_id", "noted_by", "noted_at"),
        ),
    )
