"""The models of supervision: one app label, one chain of migrations."""

from supervision.models.bulletins import (
    Bulletin,
    BulletinEvent,
    BulletinToken,
    FigureCorrection,
    FrozenFigure,
    OfficeContact,
)
from supervision.models.desk import DeskExport, DeskView, ExportState
from supervision.models.figures import FigureCell, FigureChange, FigureState, FigureSubject, ImportedCount, SubjectKind
from supervision.models.surveys import (
    Survey,
    SurveyAnswer,
    SurveyBatch,
    SurveyCode,
    SurveyEvent,
    SurveyOrgan,
    SurveyQuestion,
    SurveyToken,
    SurveyValue,
)

__all__ = [
    "Bulletin",
    "BulletinEvent",
    "BulletinToken",
    "DeskExport",
    "DeskView",
    "ExportState",
    "FigureCell",
    "FigureChange",
    "FigureCorrection",
    "FigureState",
    "FigureSubject",
    "FrozenFigure",
    "ImportedCount",
    "OfficeContact",
    "SubjectKind",
    "Survey",
    "SurveyAnswer",
    "SurveyBatch",
    "SurveyCode",
    "SurveyEvent",
    "SurveyOrgan",
    "SurveyQuestion",
    "SurveyToken",
    "SurveyValue",
]
