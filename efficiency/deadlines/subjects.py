"""What every subject of promises needs of them: all of them, its lock, the column of what is due next."""

from collections.abc import Collection
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, OuterRef, QuerySet

from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline, DeadlineState


def all_of(subject: Model) -> list[Deadline]:
    """Return all promises about a subject, the newest first."""
    rows = engine.of_subject(subject).select_related("organ").prefetch_related("suspensions", "extensions")
    return list(rows.order_by("-started_at", "-id"))


def lock(model: type[Model], promises: QuerySet[Deadline]) -> None:
    """Lock the rows of these promises, in the order of their ids, before the promises are counted anew."""
    rows: QuerySet[Any] = _of(model, promises).order_by("pk")
    len(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def refresh_next_due(model: type[Model], moved: QuerySet[Deadline]) -> None:
    """Set ``next_due_at`` anew of the rows whose promises moved with the calendar, in one statement."""
    _refresh(model, _of(model, moved))


def refresh_next_due_of(model: type[Model], ids: Collection[int]) -> None:
    """Set ``next_due_at`` anew of these rows, whose promises were opened or ended together, in one statement."""
    _refresh(model, model._default_manager.filter(pk__in=ids))


def _refresh(model: type[Model], rows: QuerySet[Any]) -> None:
    """As ``engine.next_due_at`` says of one: the next open promise of the government."""
    type_ = ContentType.objects.get_for_model(model)
    open_ = Deadline.objects.filter(content_type=type_, object_id=OuterRef("pk"), state=DeadlineState.OPEN)
    rows.update(next_due_at=open_.of_government().order_by("due_at").values("due_at")[:1])


def _of(model: type[Model], promises: QuerySet[Deadline]) -> QuerySet[Any]:
    found = promises.filter(content_type=ContentType.objects.get_for_model(model)).order_by().values("object_id")
    return model._default_manager.filter(pk__in=found)
