"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.figures import (
    FigureCell,
    FigureChange,
    FigureState,
    FigureSubject,
    ImportedCount,
    SubjectKind,
)

__all__ = [
    "FigureCell",
    "FigureChange",
    "FigureState",
    "FigureSubject",
    "ImportedCount",
    "SubjectKind",
]
