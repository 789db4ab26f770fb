"""What every subject of promises needs of them: all of them, its lock, the column of what is due next."""

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
    """Set ``next_due_at`` anew (``actions.next_due_at``) of the rows whose promises moved, in one statement."""
    open_ = Deadline.objects.of_government().filter(
        content_type=ContentType.objects.get_for_model(model), object_id=OuterRef("pk"), state=DeadlineState.OPEN
    )
    _of(model, moved).update(next_due_at=open_.order_by("due_at").values("due_at")[:1])


def _of(model: type[Model], promises: QuerySet[Deadline]) -> QuerySet[Any]:
    found = promises.filter(content_type=ContentType.objects.get_for_model(model)).order_by().values("object_id")
    return model._default_manager.filter(pk__in=found)
