"""Which rows of appraisals are sealed in the chain (docs/trust.md L-03)."""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from targets.models import AppraisalEvent, AppraisalTerms, Opinion, Snapshot, SurveyResult, VetoTerm


def register() -> None:
    """Make them known; called once, when the app is ready."""
    seal(
        Sealed(
            "appraisal_event",
            AppraisalEvent,
            content=(
                *("appraisal", "sheet", "number", "action", "actor", "actor_organ", "at", "from_state", "to_state"),
                *("is_internal", "data"),
            ),
            texts=("text",),
        ),
        Sealed("appraisal_opinion", Opinion, content=("sheet", "kind", "by", "at", "score"), texts=("text",)),
        Sealed("appraisal_snapshot", Snapshot, content=("appraisal", "number", "content", "sha256", "taken_by", "at")),
        Sealed(
            "survey_result",
            SurveyResult,
            content=("organ", "year", "span", "score", "answers", "source", "entered_by", "entered_at"),
            filled_later=SurveyResult.FILLED_LATER,
        ),
        Sealed(
            "appraisal_terms",
            AppraisalTerms,
            content=("office", "valid_from", "terms", "reason", "entered_by", "entered_at"),
            filled_later=AppraisalTerms.FILLED_LATER,
        ),
        Sealed(
            "veto_term",
            VetoTerm,
            content=("office", "cause", "is_on", "valid_from", "reason", "set_by", "set_at"),
        ),
    )
