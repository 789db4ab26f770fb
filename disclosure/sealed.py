"""What of disclosure is sealed in the chain of hashes (docs/trust.md L-03)."""

from disclosure.models import (
    DisputeFigures,
    DocumentEvent,
    RequestErasure,
    RequestEvent,
    RequestLook,
    SecrecyReview,
)
from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal


def register() -> None:
    """Have the rows of record sealed; called once, when the app is ready."""
    seal(
        Sealed(
            "document_event", DocumentEvent, content=("document", "version", "action", "by", "at", "note", "sha256")
        ),
        Sealed(
            "secrecy_review",
            SecrecyReview,
            content=(
                *("event", "ground", "no_state_secret", "no_danger", "no_private_matter"),
                "no_internal_matter",
            ),
        ),
        Sealed(
            "request_event",
            RequestEvent,
            content=(
                *("request", "number", "action", "actor", "actor_kind", "actor_organ", "at"),
                *("from_state", "to_state", "data"),
            ),
            texts=("public_text", "internal_text"),
        ),
        Sealed("request_look", RequestLook, content=("request", "by", "organ", "at", "category"), texts=("reason",)),
        Sealed("request_erasure", RequestErasure, content=("request", "at")),
        Sealed("dispute_figures", DisputeFigures, content=("organ", "year", "figures", "entered_by", "entered_at")),
    )
