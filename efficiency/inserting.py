"""
Rows of several models in one statement, for the few acts that are done so often that each round trip counts.

The models stay the truth about columns and values; nothing is written here that ``save`` would write otherwise. There
are no signals and no keys come back: whoever needs a key draws it from the sequence before.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby
from typing import Any

from django.db import connection, models

Place = Callable[[Any, Any, Any], str]


@lru_cache(maxsize=64)
def _columns(model: type[models.Model], with_key: bool) -> tuple[str, tuple[tuple[models.Field, Place | None], ...]]:
    """
    The beginning of an INSERT into the model's table, and the fields whose values follow.

    Beside each field what makes its place in the statement, where a plain one will not do.
    """
    fields = tuple(each for each in model._meta.concrete_fields if with_key or not each.primary_key)
    names = ", ".join(f'"{each.column}"' for each in fields)
    beginning = f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES '  # noqa: S608 - names of our own columns
    return beginning, tuple((each, getattr(each, "get_placeholder", None)) for each in fields)


def insert_together(rows: Iterable[models.Model]) -> None:
    """
    Insert new rows of any models in one statement, in the running transaction.

    Rows without a key get one from the database and do not learn it. Foreign keys between the rows may point in any
    direction, as they are checked at the end of the transaction.

    :raises IntegrityError: as ``save`` would
    """
    parts, values = [], []
    ordered = sorted(rows, key=lambda row: (row._meta.label, row.pk is None))
    for (model, has_no_key), group in groupby(ordered, key=lambda row: (type(row), row.pk is None)):
        beginning, fields = _columns(model, not has_no_key)
        lines = []
        for row in group:
            raw = [getattr(row, each.attname) for each, _place in fields]
            places = (
                place(value, None, connection) if place else "%s"
                for (_field, place), value in zip(fields, raw, strict=True)
            )
            lines.append(f"({', '.join(places)})")
            values += [
                each.get_db_prep_save(value, connection) for (each, _place), value in zip(fields, raw, strict=True)
            ]
            row._state.adding, row._state.db = False, connection.alias
        parts.append(beginning + ", ".join(lines))
    if not parts:
        return
    *first, last = parts
    together = ", ".join(f"part{place} AS ({part})" for place, part in enumerate(first))
    statement = f"WITH {together} {last}" if first else last
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
