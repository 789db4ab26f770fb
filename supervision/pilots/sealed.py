"""What of this part is sealed in the chain of hashes (docs/trust.md L-03)."""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from supervision.models import ParticipantEvent, PilotCheck, PilotMilestoneEvent, ProgrammeEvent

_STEP = ("number", "action", "actor", "at", "from_state", "to_state", "actor_organ", "data")


def register() -> None:
    """Have the rows of record sealed; called once, when the app is ready."""
    seal(
        Sealed("pilot_event", ProgrammeEvent, content=("programme", *_STEP), texts=("text",)),
        Sealed("pilot_organ_event", ParticipantEvent, content=("participant", *_STEP), texts=("text",)),
        Sealed("pilot_milestone_event", PilotMilestoneEvent, content=("milestone", *_STEP), texts=("text",)),
        Sealed(
            "pilot_check",
            PilotCheck,
            content=("participant", "kind", "checked_on", "inspection", "has_findings", "by", "at"),
            texts=("result",),
        ),
    )
