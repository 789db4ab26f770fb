"""What of the complaints is sealed in the chain of hashes (docs/trust.md L-03)."""

from complaints.models import (
    CaseEvent,
    CaseSummary,
    ClosingReport,
    Erasure,
    Evaluation,
    MailLook,
    MatterReport,
    Recusal,
    Reveal,
)
from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal


def register() -> None:
    """Have the rows of record sealed; called once, when the app is ready."""
    seal(
        Sealed(
            "case_event",
            CaseEvent,
            content=(
                *("case", "number", "action", "actor", "actor_kind", "actor_organ", "actor_post", "at"),
                *("from_state", "to_state", "data"),
            ),
            texts=("public_text", "internal_text", "data.addressee"),
        ),
        Sealed("recusal", Recusal, content=("case", "user", "ground", "by", "at"), texts=("reason",)),
        Sealed(
            "closing_report",
            ClosingReport,
            content=("case", "by", "at"),
            texts=("facts", "basis", "measures", "responsible"),
        ),
        Sealed(
            "evaluation",
            Evaluation,
            content=("case", "reply", "grade", "contacted_in_time", "solved", "at"),
            texts=("text",),
        ),
        Sealed("case_summary", CaseSummary, content=("case", "replaces_text", "by", "at"), texts=("title", "text")),
        Sealed("erasure", Erasure, content=("case", "at")),
        Sealed("reveal", Reveal, content=("case", "by", "organ", "at", "category"), texts=("reason",)),
        Sealed("mail_look", MailLook, content=("mail", "by", "at", "category"), texts=("reason",)),
        Sealed(
            "matter_report",
            MatterReport,
            content=(
                *("organ", "matter", "report_id", "kind", "at", "item", "step", "ground", "outcome", "corrects"),
                *("days", "approver", "right_at", "received_at", "key", "uploaded_by", "post", "reason"),
            ),
        ),
    )
