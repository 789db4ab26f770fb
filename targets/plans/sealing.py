"""Which rows of plans are sealed in the chain (docs/trust.md L-03)."""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from targets.models import PlanEvent, PlanSignature


def register() -> None:
    """Make them known; called once, when the app is ready."""
    seal(
        Sealed(
            "plan_event",
            PlanEvent,
            content=(
                *("plan", "number", "action", "actor", "actor_organ", "at", "from_state", "to_state"),
                *("is_internal", "data"),
            ),
            texts=("text",),
        ),
        Sealed(
            "plan_signature",
            PlanSignature,
            content=("plan", "revision", "side", "user", "post", "at", "sha256"),
        ),
    )
