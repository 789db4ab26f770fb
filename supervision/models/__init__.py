"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.inspections import (
    CheckAnswer,
    Checklist,
    ChecklistItem,
    ChecklistVersion,
    Finding,
    Inspection,
    InspectionEvent,
    InspectionMember,
    InspectionToken,
    Visit,
    VisitEvent,
    VisitFile,
    VisitToken,
)

__all__ = [
    "CheckAnswer",
    "Checklist",
    "ChecklistItem",
    "ChecklistVersion",
    "Finding",
    "Inspection",
    "InspectionEvent",
    "InspectionMember",
    "InspectionToken",
    "Visit",
    "VisitEvent",
    "VisitFile",
    "VisitToken",
]
