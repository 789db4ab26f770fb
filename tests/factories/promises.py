"""Kinds of promises for tests of the engine, about organs: the engine does not care what a promise is about."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from efficiency.deadlines import actions, registry
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs.models import Organ

REPLY = "tests.reply"  # 15wd, once 15wd more: reminder, due, +5 red, +10 level four
SIGN_IN = "tests.sign_in"  # 1wd, internal
EVALUATE = "tests.evaluate"  # 10wd, owed by the citizen
OBJECT = "tests.object"  # 10wd, time of one's own that is reminded of
NOTICE = "tests.notice"  # 30d

KINDS = (
    registry.DeadlineKind(
        name=REPLY,
        label="reply",
        promise=Promise.CITIZEN,
        limits={"": "15wd", "short": "5wd"},
        extensions={"": "15wd", "short": "5wd"},
        subject_model="efficiency.organ",
    ),
    registry.DeadlineKind(
        name=SIGN_IN,
        label="signing in",
        promise=Promise.INTERNAL,
        limits={"": "1wd"},
        subject_model="efficiency.organ",
    ),
    registry.DeadlineKind(
        name=EVALUATE,
        label="evaluation",
        promise=Promise.OWED_BY_CITIZEN,
        limits={"": "10wd"},
        subject_model="efficiency.organ",
    ),
    registry.DeadlineKind(
        name=OBJECT,
        label="objection",
        promise=Promise.OWED_BY_CITIZEN,
        limits={"": "10wd"},
        subject_model="efficiency.organ",
        is_reminded=True,
    ),
    registry.DeadlineKind(
        name=NOTICE, label="notice", promise=Promise.CITIZEN, limits={"": "30d"}, subject_model="efficiency.organ"
    ),
)


def register() -> None:
    """Make kinds and subjects known to engine and outbox."""
    for kind in KINDS:
        registry.register(kind)
    registry.register_subject(Organ, label_of, everybody_may_know)


def label_of(ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return number and page of the subjects."""
    return {organ.pk: (organ.code, f"/admin/organs/{organ.pk}/") for organ in Organ.objects.filter(pk__in=ids)}


def everybody_may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Let everybody know of everything."""
    return {(user_id, pk) for user_id in user_ids for pk in ids}


def promise(
    subject: models.Model, kind: str = REPLY, *, at: datetime, organ: Organ | None = None, **more: Any
) -> Deadline:
    """Open a promise; the subject owes it itself where no organ is given."""
    with transaction.atomic():
        return actions.open(subject, kind, at=at, organ=organ or subject, **more)


def many(deadline: Deadline, count: int) -> None:
    """Add ``count`` copies of a promise, each about a subject of its own that exists in the numbers alone."""
    columns = [field.column for field in Deadline._meta.fields if field.column not in ("id", "object_id")]
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO efficiency_deadline (object_id, {names}) SELECT 1000000 * id + n, {names}"  # noqa: S608
            " FROM efficiency_deadline CROSS JOIN generate_series(1, %s) AS n WHERE id = %s",
            [count, deadline.pk],
        )
