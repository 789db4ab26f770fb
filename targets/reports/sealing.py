"""Which rows of reports are sealed in the chain (docs/trust.md L-03)."""

from efficiency.chain.registry import Sealed
from efficiency.chain.registry import register as seal
from targets.models import LeaderComment, ReportEvent
from targets.models.reports import WORDS


def register() -> None:
    """Make them known; called once, when the app is ready."""
    seal(
        Sealed(
            "report_event",
            ReportEvent,
            content=(
                *("report", "number", "action", "actor", "actor_organ", "at", "from_state", "to_state"),
                "data",
            ),
            texts=("text", *(f"data.{key}" for key in WORDS)),
        ),
        Sealed(
            "leader_comment",
            LeaderComment,
            content=("plan", "report", "indicator_key", "by", "organ", "at"),
            texts=("text",),
        ),
    )
