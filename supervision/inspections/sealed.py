"""What of inspections is sealed in the chain of hashes (docs/trust.md L-03)."""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from supervision.models import ChecklistItem, ChecklistVersion, InspectionEvent, VisitEvent

_STEP = ("number", "action", "actor", "actor_organ", "at", "from_state", "to_state", "data")


def register() -> None:
    """Have the rows of record sealed; called once, when the app is ready."""
    seal(
        Sealed("inspection_event", InspectionEvent, content=("inspection", *_STEP), texts=("text",)),
        Sealed("visit_event", VisitEvent, content=("visit", *_STEP, "is_internal"), texts=("text",)),
        Sealed("checklist_version", ChecklistVersion, content=("checklist", "number", "reason", "by", "at")),
        Sealed("checklist_item", ChecklistItem, content=("version", "position", "category", "text", "norm")),
    )
