"""
Size by multiplication: synthetic cases copied inside the database, for lists of millions.

Making a case costs a millisecond and a half, copying it a tenth of that. Each copy is a case of its own: keys, number
with its check digit, secret code and sealed identity are new, and whatever pointed to a row of the first case points to
the same row of the copy. Text, organ, people and days are those of the case it was copied from, so a copy keeps to the
calendar wherever that one did; how the days are spread is decided by the cases that are multiplied. The same cases and
the same seed give the same copies.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection, models

from complaints.demo import mould
from complaints.demo.mould import CAUSES, POINTED_TO, Model
from complaints.models import Case, CaseIdentity
from efficiency import codes, copying
from efficiency.outbox.models import Message

# By how much keys are moved, by table: a number, or the column that has it.
Shifts = Mapping[str, int | str]
CASE, IDENTITY = Case._meta.db_table, CaseIdentity._meta.db_table
# What is new of each copy at hand, beside its keys.
OWN = "CREATE TEMP TABLE own_of_copy (base_id bigint, shift bigint, number varchar(20), code_hash bytea) ON COMMIT DROP"
# So many copies of cases are put in at a time.
SLICE = 20_000
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
    spans = {table: _span(table, low) for table, low in before.items()}
    first_keys = {
        table: copying.reserve(copying.sequence_of(table), len(span) * times)
        for table, span in spans.items()
        if len(span)
    }
    shifts = [
        {table: first - spans[table].low - 1 + copy * len(spans[table]) for table, first in first_keys.items()}
        for copy in range(times)
    ]
    with connection.cursor() as cursor:
        cursor.execute(OWN)
        # The first cases are found by their keys; reading the whole table for each copy would take ever longer.
        cursor.execute("SET LOCAL enable_seqscan = off")
    _copy_cases(spans[CASE], shifts, token_of=token_of, progress=progress)
    named, columns = _named(spans[CASE]), mould.columns()
    for shift in shifts:
        _copy_rows(spans, shift)
        copying.put({IDENTITY: [seal(key + shift[CASE]) for key in named]}, columns)


def _copy_cases(
    span: Span,
    shifts: Sequence[Shifts],
    *,
    token_of: Callable[[int], str],
    progress: Callable[[int], None],
) -> None:
    """
    Copy the cases themselves in the order in which they came, as a table fills in service.

    Searches go from day to day: what lies together on the disk is part of what they cost.
    """
    cases = Case.objects.filter(pk__gt=span.low, pk__lte=span.high)
    keys = list(cases.order_by("pk").values_list("pk", flat=True))
    place_of = {key: place for place, key in enumerate(keys)}
    came = list(cases.order_by("received_at", "pk").values_list("pk", "received_at"))
    number = copying.reserve(mould.NUMBERS, len(came) * len(shifts))
    moved = {str(each.column): _value(Case, each, {CASE: "own.shift"}) for each in Case._meta.concrete_fields}
    done, size = 0, max(1, SLICE // len(shifts))
    for first in range(0, len(came), size):
        rows = []
        for key, received_at in came[first : first + size]:
            for copy, shift in enumerate(shifts, start=1):
                code = codes.code_of(token_of(len(keys) * copy + place_of[key]))
                cells = (key, shift[CASE], codes.number_for(number + done, received_at), codes.hash_code(code).hex())
                rows.append("{}\t{}\t{}\t\\\\x{}\n".format(*cells))
                done += 1
        _put_own(rows)
        with_own = " JOIN own_of_copy AS own ON own.base_id = old.id ORDER BY old.received_at, own.number"
        _insert(CASE, moved, with_own, ())
        progress(done)


def _tables() -> dict[str, Model]:
    return {model._meta.db_table: model for model in mould.models_about_a_case()}


def _top(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT coalesce(max(id), 0) FROM "{table}"')  # noqa: S608 - our own names
        return int(cursor.fetchone()[0])


def _span(table: str, before: int) -> Span:
    """Return between which keys the rows lie that came after ``before``."""
    with connection.cursor() as cursor:
        of_new = f'SELECT min(id), max(id) FROM "{table}" WHERE id > %s'  # noqa: S608 - our own names
        cursor.execute(of_new, [before])
        first, last = cursor.fetchone()
        return Span(before, before) if first is None else Span(first - 1, last)


def _named(span: Span) -> list[int]:
    """Return which of them have a complainant with a name."""
    named = CaseIdentity.objects.filter(case_id__gt=span.low, case_id__lte=span.high)
    return list(named.order_by("case_id").values_list("case_id", flat=True))


def _put_own(rows: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE own_of_copy")
        cursor.copy_expert("COPY own_of_copy FROM STDIN", copying.Stream(iter(rows)), copying.BUFFER)
        cursor.execute("ANALYZE own_of_copy")


def _copy_rows(spans: Mapping[str, Span], shifts: Shifts) -> None:
    """Copy the rows of every other table once, each after those that it points to."""
    for table, model in _tables().items():
        if table in shifts and model is not Case:
            columns = {str(each.column): _value(model, each, shifts) for each in model._meta.concrete_fields}
            of_base = " WHERE old.id > %s AND old.id <= %s ORDER BY old.id"
            _insert(table, columns, of_base, (spans[table].low, spans[table].high))


def _insert(table: str, columns: Mapping[str, str], rest: str, values: Sequence[int]) -> None:
    """Add rows to a table that are made of its own rows, ``old``."""
    listed = ", ".join(f'"{column}"' for column in columns)
    made = ", ".join(columns.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{table}" ({listed}) SELECT {made} FROM "{table}" AS old{rest}',  # noqa: S608 - our own names
            list(values),
        )


def _value(model: Model, each: models.Field, shifts: Shifts) -> str:
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


def _event(old: str, shifts: Shifts) -> str:
    """Return the cause of a message: what stands before the colon, and the key of the row behind it."""
    cases = " ".join(f"WHEN '{cause}' THEN {shifts.get(model._meta.db_table, 0)}" for cause, model in CAUSES.items())
    key = f"split_part({old}, ':', 2)::bigint + CASE split_part({old}, ':', 1) {cases} END"
    return f"split_part({old}, ':', 1) || ':' || ({key})"


def _json(old: str, shifts: Shifts) -> str:
    """Return the values of an event, with the keys of rows that were copied moved; a list of keys is refused."""
    moved = ", ".join(
        f"'{name}', ({old}->>'{name}')::bigint + {shifts[model._meta.db_table]}"
        for name, model in POINTED_TO.items()
        if model._meta.db_table in shifts
    )
    return f"{old} || jsonb_strip_nulls(jsonb_build_object({moved}))"
