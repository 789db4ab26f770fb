"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.desk import DeskExport, DeskView, ExportState

__all__ = ["DeskExport", "DeskView", "ExportState"]
