"""
What of fault accountability is sealed in the chain of hashes (docs/trust.md L-03).

A sanction and a clause change once: what was answered, that it was revoked, when it ended. They are not sealed
themselves; each of these acts is a row of events, and those are.
"""

from accountability.models import (
    CardEvent,
    CardTerm,
    CorrectionEvent,
    Evidence,
    EvidenceRelease,
    FaultEvent,
    FaultLook,
    FaultNotice,
    FaultVote,
    Paper,
    PaperRevocation,
    SanctionClause,
    SanctionEvent,
    Statement,
)
from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal


def register() -> None:
    """Have the rows of record sealed; called once, when the app is ready."""
    step = ("number", "action", "actor", "at", "from_state", "to_state")
    seal(
        Sealed("card_event", CardEvent, content=("card", *step, "actor_organ", "data"), texts=("text",)),
        Sealed("card_term", CardTerm, content=("of", "rule", "points", "valid_from", "reason", "set_by", "set_at")),
        Sealed(
            "correction_event",
            CorrectionEvent,
            content=("correction", *step, "actor_organ", "is_internal", "data"),
            texts=("text",),
        ),
        Sealed(
            "fault_event", FaultEvent, content=("case", *step, "actor_kind", "actor_organ", "data"), texts=("text",)
        ),
        Sealed(
            "evidence",
            Evidence,
            content=(
                "case",
                "number",
                "kind",
                "title",
                "interviewed_at",
                "content_type",
                "object_id",
                "added_by",
                "at",
            ),
            texts=("text", "interviewed"),
        ),
        Sealed("evidence_release", EvidenceRelease, content=("evidence", "respondent", "by", "at")),
        Sealed(
            "fault_statement", Statement, content=("respondent", "kind", "made_on", "entered_by", "at"), texts=("text",)
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
        Sealed("sanction_clause", SanctionClause, content=("sanction", "clause")),
        Sealed("sanction_event", SanctionEvent, content=("sanction", *step), texts=("text",)),
    )
