"""
Size by multiplication: synthetic cases copied inside the database, for lists of millions.

Making a case costs a millisecond and a half, copying it a tenth of that. Each copy is a case of its own: keys, number
with its check digit, secret code and sealed identity are new, and whatever pointed to a row of the first case points to
the same row of the copy. Text, organ, people and days are those of the case it was copied from, so a copy keeps to the
calendar wherever that one did; how the days are spread is decided by the cases that are multiplied. The same cases and
the same seed give the same copies.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, models

from complaints import codes
from complaints.demo import copying, mould
from complaints.demo.mould import CAUSES, POINTED_TO, Model
from complaints.models import Case, CaseIdentity
from efficiency.outbox.models import Message

CASE, IDENTITY = Case._meta.db_table, CaseIdentity._meta.db_table
# Which cases are multiplied, in which order, and what is new of each in the copy at hand.
OWN = "CREATE TEMP TABLE own_of_copy (base_id bigint PRIMARY KEY, number varchar(20), code_hash bytea) ON COMMIT DROP"
# Columns of the case that are made for each copy.
MADE = {"number": "own.number", "code_hash": "own.code_hash"}


@dataclass(frozen=True, slots=True)
class Span:
    """The keys of the rows of one table that belong to the cases multiplied: above ``low``, up to ``high``."""

    low: int
    high: int

    def __len__(self) -> int:
        return self.high - self.low


def tops() -> dict[str, int]:
    """Return the highest key of each table that holds rows about a case, before cases are added."""
    return {table: _top(table) for table in _tables()}


def multiply(
    before: Mapping[str, int],
    *,
    times: int,
    token_of: Callable[[int], str],
    seal: Callable[[int], str],
    progress: Callable[[int], None],
) -> None:
    """
    Add ``times`` copies of each case that came after ``before`` (``tops``), in the caller's transaction.

    Nobody else may write to these tables meanwhile.

    :param token_of: returns the token from which the code of the how-manieth case follows, the first ones included
    :param seal: returns an identity, sealed for the case with this key, as a row for COPY
    :param progress: is told how many cases were added
    """
    spans = {table: Span(low, _top(table)) for table, low in before.items()}
    base, named = _base(spans[CASE]), _named(spans[CASE])
    keys = {
        table: copying.reserve(copying.sequence_of(table), len(span) * times)
        for table, span in spans.items()
        if len(span)
    }
    number = copying.reserve(copying.NUMBERS, len(base) * times)
    columns = mould.columns()
    with connection.cursor() as cursor:
        cursor.execute(OWN)
        # The first cases are found by their keys; reading the whole table for each copy would take ever longer.
        cursor.execute("SET LOCAL enable_seqscan = off")
    for copy in range(times):
        done = copy * len(base)
        shifts = {table: first - spans[table].low - 1 + copy * len(spans[table]) for table, first in keys.items()}
        _put_own(_own(base, number + done, len(base) + done, token_of))
        _copy_rows(spans, shifts)
        copying.put({IDENTITY: [seal(key + shifts[CASE]) for key in named]}, columns)
        progress(done + len(base))


def _tables() -> dict[str, Model]:
    return {model._meta.db_table: model for model in mould.models_about_a_case()}


def _top(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT coalesce(max(id), 0) FROM "{table}"')  # noqa: S608 - our own names
        return int(cursor.fetchone()[0])


def _base(span: Span) -> list[Case]:
    """Return the cases that are multiplied, with what their numbers follow from."""
    return list(Case.objects.filter(pk__gt=span.low, pk__lte=span.high).only("received_at").order_by("pk"))


def _named(span: Span) -> list[int]:
    """Return which of them have a complainant with a name."""
    named = CaseIdentity.objects.filter(case_id__gt=span.low, case_id__lte=span.high)
    return list(named.order_by("case_id").values_list("case_id", flat=True))


def _own(base: Sequence[Case], number: int, place: int, token_of: Callable[[int], str]) -> Iterator[str]:
    for offset, case in enumerate(base):
        hash_ = codes.hash_code(codes.code_of(token_of(place + offset))).hex()
        yield f"{case.pk}\t{codes.number_for(number + offset, case.received_at)}\t\\\\x{hash_}\n"


def _put_own(rows: Iterator[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE own_of_copy")
        cursor.copy_expert("COPY own_of_copy FROM STDIN", copying.Stream(rows), copying.BUFFER)
        cursor.execute("ANALYZE own_of_copy")


def _copy_rows(spans: Mapping[str, Span], shifts: Mapping[str, int]) -> None:
    """Copy the rows of every table, each after those that it points to."""
    with connection.cursor() as cursor:
        for table, model in _tables().items():
            if table in shifts:
                columns = {str(each.column): _value(model, each, shifts) for each in model._meta.concrete_fields}
                listed = ", ".join(f'"{column}"' for column in columns)
                own = " JOIN own_of_copy AS own ON own.base_id = old.id" if model is Case else ""
                cursor.execute(
                    f'INSERT INTO "{table}" ({listed}) SELECT {", ".join(columns.values())}'  # noqa: S608 - our own names
                    f' FROM "{table}" AS old{own} WHERE old.id > %s AND old.id <= %s ORDER BY old.id',
                    [spans[table].low, spans[table].high],
                )


def _value(model: Model, each: models.Field, shifts: Mapping[str, int]) -> str:
    """Return the expression for a column of a copy."""
    column = str(each.column)
    if model is Case and column in MADE:
        return MADE[column]
    old = f'old."{column}"'
    if each.primary_key:
        return f"{old} + {shifts[model._meta.db_table]}"
    if isinstance(each, models.ForeignKey):
        return f"{old} + {shifts.get(each.related_model._meta.db_table, 0)}"
    if column in ("object_id", "subject_id"):
        return f"{old} + {shifts[CASE]}"
    if model is Message and column == "event":
        return _event(old, shifts)
    if isinstance(each, models.JSONField):
        return _json(old, shifts)
    return old


def _event(old: str, shifts: Mapping[str, int]) -> str:
    """Return the cause of a message: what stands before the colon, and the key of the row behind it."""
    cases = " ".join(f"WHEN '{cause}' THEN {shifts.get(model._meta.db_table, 0)}" for cause, model in CAUSES.items())
    key = f"split_part({old}, ':', 2)::bigint + CASE split_part({old}, ':', 1) {cases} END"
    return f"split_part({old}, ':', 1) || ':' || ({key})"


def _json(old: str, shifts: Mapping[str, int]) -> str:
    """Return the values of an event, with the keys of rows that were copied moved; a list of keys is refused."""
    moved = ", ".join(
        f"'{name}', ({old}->>'{name}')::bigint + {shifts[model._meta.db_table]}"
        for name, model in POINTED_TO.items()
        if model._meta.db_table in shifts
    )
    return f"{old} || jsonb_strip_nulls(jsonb_build_object({moved}))"
