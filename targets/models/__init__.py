"""The models of target management: one app label, one chain of migrations, as they point at each other."""

from targets.models.plans import (
    Block,
    Indicator,
    Milestone,
    Plan,
    PlanEvent,
    PlanFile,
    PlanSignature,
    PlanToken,
    Revision,
)

__all__ = [
    "Block",
    "Indicator",
    "Milestone",
    "Plan",
    "PlanEvent",
    "PlanFile",
    "PlanSignature",
    "PlanToken",
    "Revision",
]
