"""Texts of sealed rows that have to go (docs/trust.md L-05): the hash stays, and a record says who and why."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction

from efficiency.audit.append_only import GONE, gone_under
from efficiency.audit.records import record
from efficiency.chain import canonical, registry
from efficiency.chain.models import Redaction, Seal
from efficiency.chain.registry import Sealed

if TYPE_CHECKING:
    from efficiency.access.models import User


class NotThere(Exception):
    """There is no such text: the kind, the row or the text is not known, or was not sealed, or is empty or gone."""


@transaction.atomic
def black_out(kind: str, row_id: int, text: str, *, by: "User", why: str, at: datetime) -> None:
    """
    Take a text out of a sealed row before its time, as a court or a law demands; its hash stays (docs/trust.md L-05).

    Only the owner of the tables can: the guard of this table is lifted for this one change, in its transaction. An
    administrator does it on the server, for somebody who decided it and is named (``by``, ``why``).

    :raises NotThere: there is no such text to take out
    """
    sealed = next((each for each in registry.kinds() if each.name == kind and text in each.texts), None)
    if sealed is None or not Seal.objects.filter(kind=kind, row_id=row_id).exists():
        raise NotThere
    name, _dot, under = text.partition(".")
    column = f'"{canonical.field(sealed, name).column}"'
    gone = gone_under(f"t.{column}", under) if under else f"'{GONE}'"
    there = canonical.value_of(sealed, text)
    table = canonical.table(sealed)
    with connection.cursor() as cursor:
        # What waits for the end of the transaction would keep the table from being altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            f"UPDATE {table} AS t SET {column} = {gone}"  # noqa: S608 - our own names
            f" WHERE t.{canonical.key(sealed)} = %s AND {canonical.condition(sealed)}"
            f" AND {there} NOT IN ('', '{GONE}')",
            [row_id],
        )
        found = cursor.rowcount
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(
            f"DELETE FROM efficiency_sealsalt AS z USING efficiency_seal AS s, {table} AS t"  # noqa: S608 - our own names
            f" WHERE s.kind = %s AND s.row_id = %s AND z.number = s.number AND t.{canonical.key(sealed)} = s.row_id"
            f" AND NOT ({canonical.left(sealed)})",
            [kind, row_id],
        )
    if not found:
        raise NotThere
    Redaction.objects.create(kind=kind, row_id=row_id, at=at, by=by, why=why)
    record("record.black_out", actor=by, at=at, detail={"kind": kind, "row": row_id, "text": text})


def note(
    model: type[models.Model], *, at: datetime, why: str, by: "User | None" = None, **within: Collection[int] | None
) -> int:
    """
    Write down that texts of rows have become ``GONE``; in the transaction in which they do. Return how many rows.

    One statement for each kind of row, whatever their number. A row that has a text which is gone is written down
    once; its salt goes with the last of its texts.

    :param why: the rule or the order; no word of what stood there
    :param by: who did it; nobody where the portal itself did what a rule asks for
    :param within: the name of one foreign key of the model with the ids to look at; all rows without
    """
    return sum(_note(sealed, at=at, why=why, by=by, within=within) for sealed in registry.of(model) if sealed.texts)


def _note(
    sealed: Sealed,
    *,
    at: datetime,
    why: str,
    by: "User | None",
    within: dict[str, Collection[int] | None],
) -> int:
    conditions = [canonical.condition(sealed), f"({canonical.gone(sealed)})"]
    values: dict[str, Any] = {"at": at, "why": why, "by": None if by is None else by.pk, "kind": sealed.name}
    for name, ids in within.items():
        if ids is not None:
            conditions.append(f't."{canonical.field(sealed, name).column}" = ANY(%(in_{name})s)')
            values[f"in_{name}"] = list(ids)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
WITH gone AS MATERIALIZED (
    SELECT t.{canonical.key(sealed)} AS id, ({canonical.left(sealed)}) AS has_more FROM {canonical.table(sealed)} AS t
     WHERE {" AND ".join(conditions)}
), unsalted AS (
    DELETE FROM efficiency_sealsalt AS z USING efficiency_seal AS s, gone
     WHERE s.kind = %(kind)s AND s.row_id = gone.id AND z.number = s.number AND NOT gone.has_more
)
INSERT INTO efficiency_redaction (kind, row_id, at, by_id, why)
SELECT %(kind)s, gone.id, %(at)s, %(by)s, %(why)s FROM gone
 WHERE NOT EXISTS (SELECT FROM efficiency_redaction AS r WHERE r.kind = %(kind)s AND r.row_id = gone.id)
""",  # noqa: S608 - our own names
            values,
        )
        return cursor.rowcount
