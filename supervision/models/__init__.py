"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.desk import DeskExport, DeskView, ExportState
from supervision.models.figures import FigureCell, FigureChange, FigureState, FigureSubject, ImportedCount, SubjectKind

__all__ = [
    "DeskExport",
    "DeskView",
    "ExportState",
    "FigureCell",
    "FigureChange",
    "FigureState",
    "FigureSubject",
    "ImportedCount",
    "SubjectKind",
]
