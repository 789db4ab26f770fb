"""
What the holder of a post leaves behind: promises that run and are owed by them at the organ (docs/domain.md 7).

Nothing of it is without an owner for a moment: the apps pass it on in the transaction in which the end is confirmed,
and where a tenure ends later by its date, in tasks that look every few minutes.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Tenure


@dataclass(frozen=True, slots=True)
class Owed:
    """Promises of one kind: how many run, and when the first of them is due."""

    label: str
    number: int
    due_at: datetime


def owed_by(tenure: Tenure) -> list[Owed]:
    """Return what runs and is owed by the person at the organ of the post, the most urgent kind first."""
    running = Deadline.objects.running().filter(responsible_id=tenure.user_id, organ_id=tenure.post.organ_id)
    rows = running.order_by().values("kind").annotate(number=Count("pk"), due_at=Min("due_at"))
    ordered = rows.order_by("due_at", "kind")
    return [Owed(str(registry.get(row["kind"]).label), row["number"], row["due_at"]) for row in ordered]
