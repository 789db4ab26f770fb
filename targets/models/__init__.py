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
from targets.models.reports import (
    LeaderComment,
    MilestoneResult,
    Report,
    ReportEvent,
    ReportExtension,
    ReportFile,
    ReportToken,
    ReportValue,
)

__all__ = [
    "Block",
    "Indicator",
    "LeaderComment",
    "Milestone",
    "MilestoneResult",
    "Plan",
    "PlanEvent",
    "PlanFile",
    "PlanSignature",
    "PlanToken",
    "Report",
    "ReportEvent",
    "ReportExtension",
    "ReportFile",
    "ReportToken",
    "ReportValue",
    "Revision",
]
