"""What every subject of promises needs of them: all of them, its lock, the column of what is due next."""

from collections.abc import Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, OuterRef, Q, QuerySet

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
    open_ = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(model), object_id=OuterRef("pk"), state=DeadlineState.OPEN
    )
    _of(model, moved).update(next_due_at=open_.order_by("due_at").values("due_at")[:1])


def _of(model: type[Model], promises: QuerySet[Deadline]) -> QuerySet[Any]:
    found = promises.filter(content_type=ContentType.objects.get_for_model(model)).order_by().values("object_id")
    return model._default_manager.filter(pk__in=found)


# --- Subjects with parts that are promised things of their own --------------------------------------------------------


def lock_whole(model: type[Model], promises: QuerySet[Deadline], *, parts: Mapping[type[Model], str]) -> None:
    """
    Lock the subjects of these promises and of those about their parts, as ``lock`` does.

    ``parts`` says by model of a part which of its keys leads to the subject.
    """
    rows = _whole(model, promises, parts).order_by("pk")
    len(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def refresh_next_due_of_whole(
    model: type[Model], moved: QuerySet[Deadline], *, parts: Mapping[type[Model], str]
) -> None:
    """Set ``next_due_at`` anew of the subjects of these promises and of those about their parts, in one statement."""
    types = ContentType.objects.get_for_models(model, *parts)
    about = Q(content_type=types[model], object_id=OuterRef("pk"))
    for part, key in parts.items():
        theirs = part._default_manager.filter(**{key: OuterRef(OuterRef("pk"))})
        about |= Q(content_type=types[part], object_id__in=theirs.values("pk"))
    open_ = Deadline.objects.of_government().filter(about, state=DeadlineState.OPEN)
    _whole(model, moved, parts).update(next_due_at=open_.order_by("due_at").values("due_at")[:1])


def _whole(model: type[Model], promises: QuerySet[Deadline], parts: Mapping[type[Model], str]) -> QuerySet[Any]:
    types = ContentType.objects.get_for_models(model, *parts)
    rows = promises.order_by()
    found = Q(pk__in=rows.filter(content_type=types[model]).values("object_id"))
    for part, key in parts.items():
        theirs = part._default_manager.filter(pk__in=rows.filter(content_type=types[part]).values("object_id"))
        found |= Q(pk__in=theirs.order_by().values(f"{key}_id"))
    return model._default_manager.filter(found)
