"""Which rows of quality reviews are sealed in the chain (docs/trust.md L-03)."""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from supervision.models import SampleDraw, SampleEvent


def register() -> None:
    """Make them known; called once, when the app is ready."""
    seal(
        Sealed(
            "sample_draw",
            SampleDraw,
            content=(
                *("number", "office", "since", "until", "organ_ids", "per_cent", "seed", "algorithm"),
                *("population", "population_sha256", "numbers", "drawn_by", "drawn_at", "cut_off"),
            ),
        ),
        Sealed(
            "sample_event",
            SampleEvent,
            content=(
                *("sheet", "number", "action", "actor", "actor_organ", "at", "from_state", "to_state"),
                "data",
            ),
            texts=("text",),
        ),
    )
