"""The models of supervision: one app label, one chain of migrations."""

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
