"""What of corrections is sealed in the chain of hashes (docs/trust.md L-03)."""

from accountability.models import CorrectionEvent
from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal


def register() -> None:
    """Have the steps with corrections sealed; called once, when the app is ready."""
    seal(
        Sealed(
            "correction_event",
            CorrectionEvent,
            content=(
                *("correction", "number", "action", "actor", "actor_organ", "at", "from_state", "to_state"),
                *("is_internal", "data"),
            ),
            texts=("text",),
        )
    )
