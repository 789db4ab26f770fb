"""What of accountability is sealed in the chain of hashes (docs/trust.md L-03)."""

from accountability.models import (
    CardEvent,
    CardTerm,
    Clause,
    CorrectionEvent,
    Evidence,
    EvidenceRelease,
    FaultEvent,
    FaultLook,
    FaultNotice,
    FaultVote,
    Paper,
    PaperRevocation,
    Sanction,
    SanctionClause,
    SanctionEvent,
    SanctionRuling,
    Statement,
)
from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal

_ENTERED = ("entered_by", "entered_at")
_STEP = ("number", "action", "actor", "at", "from_state", "to_state")


def register() -> None:
    """Have the rows of record sealed; called once, when the app is ready."""
    seal(
        Sealed("card_event", CardEvent, content=("card", *_STEP, "actor_organ", "data"), texts=("text",)),
        Sealed(
            "card_term",
            CardTerm,
            content=("of", "rule", "points", "valid_from", "reason", "set_by", "set_at"),
        ),
        Sealed(
            "correction_event",
            CorrectionEvent,
            content=("correction", *_STEP, "actor_organ", "is_internal", "data"),
            texts=("text",),
        ),
        Sealed(
            "fault_event",
            FaultEvent,
            content=("case", *_STEP, "actor_kind", "actor_organ", "data"),
            texts=("text",),
        ),
        Sealed(
            "evidence",
            Evidence,
            content=(
                *("case", "number", "kind", "title", "interviewed_at", "content_type", "object_id"),
                *("added_by", "at"),
            ),
            texts=("text", "interviewed"),
        ),
        Sealed("evidence_release", EvidenceRelease, content=("evidence", "respondent", "by", "at")),
        Sealed(
            "fault_statement",
            Statement,
            content=("respondent", "kind", "made_on", "entered_by", "at"),
            texts=("text",),
        ),
        Sealed("fault_vote", FaultVote, content=("decision", "member", "vote", "at"), texts=("opinion",)),
        Sealed("fault_look", FaultLook, content=("case", "by", "organ", "at"), texts=("reason",)),
        Sealed(
            "fault_notice",
            FaultNotice,
            content=("card", "case", "organ", "post", "person", "is_serious", "issued_by", "at"),
        ),
        Sealed(
            "paper",
            Paper,
            content=(
                *("kind", "content_type", "object_id", "edition", "number", "public_title", "issuer", "content"),
                *("content_sha256", "storage_name", "size", "sha256", "code", "issued_at", "issued_by"),
            ),
        ),
        Sealed("paper_revocation", PaperRevocation, content=("paper", "at", "by", "reason")),
        Sealed(
            "clause",
            Clause,
            content=(
                "code",
                "number",
                "kind",
                "fault_type",
                "text",
                "source",
                "valid_from",
                "entered_by",
                "entered_at",
            ),
            filled_later=Clause.FILLED_LATER,
        ),
        # What became of a proposal, and that it was revoked, its steps say.
        Sealed(
            "sanction",
            Sanction,
            content=(
                *("respondent", "case_number", "against", "organ", "post", "person", "fault_type", "fault_on"),
                *("responsibility", "severity", "circumstances", "measure", "proposed_by"),
                *("proposed_at", "answer_due_on", "replaces"),
            ),
            filled_later=Sanction.FILLED_LATER,
        ),
        Sealed("sanction_clause", SanctionClause, content=("sanction", "clause")),
        Sealed("sanction_event", SanctionEvent, content=("sanction", *_STEP), texts=("text",)),
        Sealed(
            "sanction_ruling",
            SanctionRuling,
            content=(
                *("sanction", "position", "kind", "body_name", "paper", "ruled_on", "effect", "measure"),
                *("text", "recorded_by", "recorded_at", "late_reason"),
            ),
            filled_later=SanctionRuling.FILLED_LATER,
        ),
    )
