"""
What the holder of a post leaves behind: promises that run and are owed by them at the organ (docs/domain.md 7).

Nothing of it is without an owner for a moment: the apps pass it on in the transaction in which the end is confirmed,
and where a tenure ends later by its date, in tasks that look every few minutes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, Min, QuerySet

from efficiency.access.rows import about
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Tenure
from efficiency.outbox import registry as subjects

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User


@dataclass(frozen=True, slots=True)
class Owed:
    """Promises of one kind: how many run, and when the first of them is due."""

    label: str
    number: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """One promise that is left behind: what is promised, for what, where that is looked at, by when."""

    label: str
    subject: str
    href: str
    due_at: datetime


def owed_by(tenure: Tenure) -> list[Owed]:
    """Return what runs and is owed by the person at the organ of the post, the most urgent kind first."""
    rows = _running(tenure).order_by().values("kind").annotate(number=Count("pk"), due_at=Min("due_at"))
    ordered = rows.order_by("due_at", "kind")
    return [Owed(str(registry.get(row["kind"]).label), row["number"], row["due_at"]) for row in ordered]


def known_to(viewer: "User | AnonymousUser", tenure: Tenure) -> QuerySet[Deadline]:
    """Return of that what the viewer may know of, the most urgent first; all else is in the numbers alone (Z-02)."""
    running = _running(tenure)
    types = ContentType.objects.filter(pk__in=running.order_by().values("content_type"))
    models = [model for each in types if (model := each.model_class()) is not None]
    return running.filter(about(viewer, models)).order_by("due_at", "pk")


def shown(promises: Iterable[Deadline]) -> Sequence[Left]:
    """Return promises as they are listed, with number and page of what each is about; one question for each model."""
    rows = [(row, _type_of(row)) for row in promises]
    labels = subjects.labels_of((each, row.object_id) for row, each in rows)
    return [
        Left(str(registry.get(row.kind).label), *labels.get((each, row.object_id), ("–", "")), row.due_at)
        for row, each in rows
    ]


def _type_of(promise: Deadline) -> str:
    about_ = ContentType.objects.get_for_id(promise.content_type_id)
    return f"{about_.app_label}.{about_.model}"


def _running(tenure: Tenure) -> QuerySet[Deadline]:
    """Return what the person owes: what they have time for, as a statement in a fault case, is theirs to the end."""
    owed = Deadline.objects.running().of_government()
    return owed.filter(responsible_id=tenure.user_id, organ_id=tenure.post.organ_id)
