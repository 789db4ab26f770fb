"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.bulletins import (
    Bulletin,
    BulletinEvent,
    BulletinToken,
    FigureCorrection,
    FrozenFigure,
    OfficeContact,
)

__all__ = [
    "Bulletin",
    "BulletinEvent",
    "BulletinToken",
    "FigureCorrection",
    "FrozenFigure",
    "OfficeContact",
]
