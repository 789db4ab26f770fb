"""
A change of the keys of ``FIELD_KEYS`` while the portal runs (docs/trust.md P-01, docs/operate.md).

The apps register which fields of their tables hold sealed values and under which name a row is sealed. What a value was
sealed with stands open in its first bytes, so the database finds the ones that still need a former key.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, models, transaction
from psycopg2 import sql

from efficiency.access import cipher

BATCH = 500
# Algorithm, name of the key and rest of a sealed value, as ``cipher.seal`` puts them together.
_COUNT = """
SELECT substring({field} FROM 3 FOR get_byte({field}, 1)), count(*)
  FROM {table} WHERE octet_length({field}) > 2 GROUP BY 1
"""
_IS_OLD = "octet_length({field}) > 0 AND substring({field} FROM 1 FOR %(length)s) <> %(head)s"
_SELECT = (
    "SELECT {columns} FROM {table} WHERE id > %(after)s AND ({is_old}) ORDER BY id LIMIT %(batch)s FOR NO KEY UPDATE"
)
_UPDATE = "UPDATE {table} AS t SET {sets} FROM unnest({arrays}) AS v (id, {fields}) WHERE t.id = v.id"


@dataclass(frozen=True, slots=True)
class SealedFields:
    """The sealed fields of one table; ``row_of`` makes the cipher's name of a row from what ``bound_by`` holds."""

    model: type[models.Model]
    fields: tuple[str, ...]
    bound_by: str
    row_of: Callable[[Any], str]


@dataclass(slots=True)
class Result:
    """What a run has done: values sealed anew, and values that no key of the ring opens, which stay as they are."""

    sealed: int = 0
    broken: int = 0


_registered: list[SealedFields] = []


def register(model: type[models.Model], *fields: str, bound_by: str, row_of: Callable[[Any], str]) -> None:
    """Say that ``fields`` of ``model`` are sealed for the row that ``row_of`` names by the column ``bound_by``."""
    _registered[:] = [each for each in _registered if each.model is not model]
    _registered.append(SealedFields(model, fields, bound_by, row_of))


def registered() -> tuple[SealedFields, ...]:
    """Return every table with sealed fields."""
    return tuple(_registered)


def keys_in_use() -> Counter[str]:
    """Return how many values need which key of the ring, by the names of the keys."""
    found: Counter[str] = Counter()
    with connection.cursor() as cursor:
        for table in _registered:
            for field in table.fields:
                cursor.execute(_put(_COUNT, table, field))
                found.update({bytes(name).decode(errors="replace"): count for name, count in cursor.fetchall()})
    return found


def with_lost_key() -> int:
    """Count the values whose key is not in the ring any more: nobody opens them again (I-13)."""
    ring = {entry.partition(":")[0] for entry in settings.FIELD_KEYS}
    return sum(count for name, count in keys_in_use().items() if name not in ring)


def rotate() -> Result:
    """
    Seal everything with the newest key and the algorithm of the settings that is sealed in another way.

    In batches of one transaction each, with the rows locked: it may be stopped at any moment and begun again, runs
    beside the portal, and two at once seal nothing twice. What does not open is counted and left as it is.

    :raises ImproperlyConfigured: the ring is not usable
    """
    result, head = Result(), cipher.newest_head()
    for table in _registered:
        after: int | None = 0
        while after is not None:
            after = _rotate_some(table, head, after, result)
    return result


@transaction.atomic
def _rotate_some(table: SealedFields, head: bytes, after: int, result: Result) -> int | None:
    """Seal a batch of rows behind the key ``after`` anew; return the last key of the batch, None where it was empty."""
    columns = ["id", table.bound_by, *table.fields]
    query = sql.SQL(_SELECT).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier(table.model._meta.db_table),
        is_old=sql.SQL(" OR ").join(sql.SQL(_IS_OLD).format(field=sql.Identifier(field)) for field in table.fields),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, {"after": after, "length": len(head), "head": head, "batch": BATCH})
        rows = cursor.fetchall()
        if not rows:
            return None
        anew = [(row[0], *_sealed_anew(table, row[1], row[2:], head, result)) for row in rows]
        cursor.execute(*_update_of(table, anew))
    return int(rows[-1][0])


def _sealed_anew(
    table: SealedFields, bound_by: Any, values: Sequence[memoryview], head: bytes, result: Result
) -> list[bytes]:
    row, anew = table.row_of(bound_by), []
    for field, value in zip(table.fields, map(bytes, values), strict=True):
        if value and not value.startswith(head):
            try:
                value = cipher.seal(cipher.unseal(value, row=row, field=field), row=row, field=field)
                result.sealed += 1
            except cipher.CannotOpen:
                result.broken += 1
        anew.append(value)
    return anew


def _update_of(table: SealedFields, rows: Sequence[tuple[Any, ...]]) -> tuple[sql.Composable, list[Any]]:
    names = [sql.Identifier(field) for field in table.fields]
    query = sql.SQL(_UPDATE).format(
        table=sql.Identifier(table.model._meta.db_table),
        sets=sql.SQL(", ").join(sql.SQL("{0} = v.{0}").format(name) for name in names),
        arrays=sql.SQL(", ").join([sql.SQL("%s::bigint[]"), *(sql.SQL("%s::bytea[]") for _name in names)]),
        fields=sql.SQL(", ").join(names),
    )
    return query, [list(column) for column in zip(*rows, strict=True)]


def _put(query: str, table: SealedFields, field: str) -> sql.Composable:
    return sql.SQL(query).format(table=sql.Identifier(table.model._meta.db_table), field=sql.Identifier(field))
