"""What of the foundation is sealed. The parts above it register their own."""

from efficiency.audit.models import LOG_INS, AuditRecord
from efficiency.chain.models import Redaction
from efficiency.chain.registry import Sealed, register
from efficiency.deadlines.models import (
    Acknowledgement,
    ClockConfirmation,
    DueDateChange,
    Escalation,
    Extension,
    LimitRule,
)
from efficiency.organs.models import Absence, Tenure

_RECORD = ("at", "actor", "action", "object_type", "object_id", "outcome", "detail", "request_id")
_LOG_INS = f"t.action IN {LOG_INS}"
# pghistory's own columns of a history; the context of a request is none of the row's.
_HISTORY = ("pgh_created_at", "pgh_label", "pgh_obj", "id")


def register_foundation() -> None:
    """Have the foundation's rows of record sealed; called once, when the app is ready."""
    register(
        Sealed("audit", AuditRecord, content=_RECORD, where=f"NOT {_LOG_INS}"),
        # Deleted after a year (docs/trust.md P-10): their kind stands in the chain, so that no other row can be said
        # to have been one of them.
        Sealed("log_in", AuditRecord, content=_RECORD, where=_LOG_INS, kept_until="t.at + interval '1 year'"),
        Sealed(
            "escalation",
            Escalation,
            content=(
                *("deadline", "level", "passed_at", "found_at", "kind", "content_type", "object_id"),
                *("organ", "post", "responsible"),
            ),
        ),
        Sealed("acknowledgement", Acknowledgement, content=("escalation", "by", "at"), texts=("note",)),
        # What was reported goes when it is corrected; the reports are sealed.
        Sealed(
            "extension",
            Extension,
            content=("deadline", "number", "unit", "granted_at", "granted_by"),
            texts=("reason",),
            where="t.granted_by_id IS NOT NULL",
        ),
        Sealed(
            "due_date_change",
            DueDateChange,
            content=("deadline", "cause", "changed_at", "due_before", "due_after"),
        ),
        Sealed(
            "limit_rule",
            LimitRule,
            content=(
                *("kind", "variant", "number", "unit", "extension_number", "red_after", "fourth_after"),
                *("valid_from", "reason", "set_by", "set_at"),
            ),
        ),
        Sealed("clock_confirmation", ClockConfirmation, content=("at", "steady_seconds", "boot", "last_sweep_id")),
        Sealed(
            "tenure_history",
            Tenure.pgh_event_model,  # type: ignore[attr-defined]  # made by pghistory
            content=(*_HISTORY, "user", "post", "kind", "since", "until", "reason"),
        ),
        Sealed(
            "absence_history",
            Absence.pgh_event_model,  # type: ignore[attr-defined]  # made by pghistory
            content=(
                *(*_HISTORY, "tenure", "stand_in", "since", "until", "reason"),
                *("recorded_at", "recorded_by", "withdrawn_at", "withdrawn_by"),
            ),
            texts=("note",),
        ),
        Sealed("redaction", Redaction, content=("kind", "row_id", "at", "by", "why")),
    )
