"""What every subject of promises needs of them: all of them, its lock, the column of what is due next."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Model, OuterRef, Q, QuerySet

from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline, DeadlineState, Promise


def all_of(subject: Model) -> list[Deadline]:
    """Return all promises about a subject, the newest first."""
    rows = engine.of_subject(subject).select_related("organ").prefetch_related("suspensions", "extensions")
    return list(rows.order_by("-started_at", "-id"))


# What was open is looked up for the subjects that moved alone, and rows that are right already are not written.
_REFRESH = """
UPDATE {table} AS s
   SET next_due_at = due.at
  FROM (SELECT d.object_id, min(d.due_at) FILTER (WHERE d.state = 'open' AND d.promise <> %s) AS at
          FROM efficiency_deadline AS d
         WHERE d.content_type_id = %s AND d.object_id IN ({subjects})
         GROUP BY d.object_id) AS due
 WHERE s.id = due.object_id AND s.next_due_at IS DISTINCT FROM due.at
"""


def lock(model: type[Model], promises: QuerySet[Deadline]) -> None:
    """
    Lock the rows of these promises, in the order of their ids, before the promises are counted anew.

    A step holds its subject when it comes to the promises. Without this the recount, which ends with
    ``refresh_next_due``, would take the subjects last, and the two would wait for each other.
    """
    rows: QuerySet[Any] = _of(model, promises).order_by("pk")
    len(rows.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))


def refresh_next_due(model: type[Model], moved: QuerySet[Deadline]) -> None:
    """
    Set ``next_due_at`` anew of the rows whose promises moved with the calendar, in one statement.

    What a citizen owes does not count: it is nobody's work.
    """
    type_id = ContentType.objects.get_for_model(model).pk
    of_model = moved.filter(content_type_id=type_id).order_by().values("object_id").distinct()
    subjects, parameters = of_model.query.sql_with_params()
    statement = _REFRESH.format(table=connection.ops.quote_name(model._meta.db_table), subjects=subjects)
    with connection.cursor() as cursor:
        cursor.execute(statement, [Promise.OWED_BY_CITIZEN.value, type_id, *parameters])


def refresh_next_due_of(model: type[Model], ids: Collection[int]) -> None:
    """Set ``next_due_at`` anew of these rows, whose promises were opened or ended together, in one statement."""
    type_ = ContentType.objects.get_for_model(model)
    refresh_next_due(model, Deadline.objects.filter(content_type=type_, object_id__in=ids))


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
