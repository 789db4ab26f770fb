"""
The catalogue of clauses as a workbook: taken out, changed in a spreadsheet, taken in again (docs/trust.md O-03).

A row is a clause with the wording that holds without an end. A row that says something else words the clause anew from
the day in it, or goes on with one that had ended; a clause that the file lacks stays as it is. Of the eight musts and
must-nots the portal knows numbers and source, not the words: those that nobody entered go out with an empty wording.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.faults import clauses
from accountability.faults.words import ClauseKind, FaultType
from accountability.models import Clause
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.tables import Value, importing
from efficiency.tables.cells import plain_lines
from efficiency.tables.columns import Choice, Column, Day, Text, head_of, shown
from efficiency.tables.importing import ListKind, There
from efficiency.tables.reading import Preview, Table

NAME = "clauses"
STAYS = ("kind", "fault_type")
COLUMNS: Sequence[Column] = (
    Column("code", _("code of the clause"), Text(40, shortest=2), required=True),
    Column("kind", _("kind of clause"), Choice(ClauseKind), required=True),
    Column("fault_type", _("kind of fault"), Choice(FaultType), may_miss=True),
    Column("text", _("wording"), Text(2000, one_line=False), required=True),
    Column("source", _("source of the clause"), Text(200), required=True),
    Column("valid_from", _("valid from"), Day(), required=True),
)
# Where the eight musts and must-nots are written down; [种子] names the paper and its part, not its words.
EIGHT_SOURCE = "佛府〔2004〕80号 第一部分"
EIGHT = 8


@dataclass(frozen=True, slots=True)
class Place:
    """One of the sixteen places of the eight musts and must-nots, with its clause once the office entered it."""

    code: str
    label: str
    clause: Clause | None


def places() -> list[Place]:
    """Return the places of the eight musts, then of the eight must-nots, in the order of the paper."""
    there = {each.code: each for each in Clause.objects.filter(kind=ClauseKind.EIGHT, valid_until__isnull=True)}
    found = []
    for prefix, label in (("eight-must", _("must %(number)s")), ("eight-mustnot", _("must not %(number)s"))):
        for number in range(1, EIGHT + 1):
            code = f"{prefix}-{number}"
            found.append(Place(code, str(label % {"number": number}), there.get(code)))
    return found


def template() -> Iterable[list[Value]]:
    """Yield the rows of the workbook for the eight musts and must-nots: what is entered, and what is still empty."""
    yield head_of(COLUMNS)
    for each in places():
        if each.clause is not None:
            yield shown(COLUMNS, _values(each.clause))
        else:
            empty = {"code": each.code, "kind": ClauseKind.EIGHT.value, "fault_type": "", "text": ""}
            yield shown(COLUMNS, empty | {"source": f"{EIGHT_SOURCE}（{each.label}）", "valid_from": None})


def there(_by: User) -> There:
    """Return the wordings that hold without an end, by code."""
    rows = Clause.objects.filter(valid_until__isnull=True).order_by("kind", "code")
    return {(each.code,): _values(each) for each in rows}


def _values(clause: Clause) -> dict[str, Any]:
    found = {column.name: getattr(clause, column.name) for column in COLUMNS}
    return {name: plain_lines(value) if isinstance(value, str) else value for name, value in found.items()}


def check(table: Table, there: There, by: User) -> None:
    """Find what no cell shows: a day before the end of the last wording or of a fault that cites it, another kind."""
    ended = {each.code: each for each in Clause.objects.filter(valid_until__isnull=False).order_by("code", "number")}
    held = {each.code: each for each in Clause.objects.filter(valid_until__isnull=True)}
    for row in table.rows:
        code, old = str(row.key[0]), there.get(row.key)
        if not clauses.is_code(code):
            table.add_fault(row.number, _("Latin letters, digits and hyphens, such as conduct-1."), "code")
        if old is None:
            if code in ended and (refused := clauses.why_not_begun_again(ended[code], **_of_entry(row.values))):
                field, why_not = refused
                table.add_fault(row.number, why_not, field)
            continue
        changed = _changed(row.values, old)
        for name in changed & set(STAYS):
            table.add_fault(row.number, _("This stays: enter another clause where it is to be something else."), name)
        if changed - set(STAYS) and (why := clauses.why_not_reworded(held[code], row.values["valid_from"])):
            table.add_fault(row.number, why, "valid_from")


def _of_entry(values: Mapping[str, Any]) -> dict[str, Any]:
    return {"fault_type": "", **{name: values[name] for name in (*STAYS, "valid_from") if name in values}}


def _changed(values: Mapping[str, Any], old: Mapping[str, Any]) -> set[str]:
    return {name for name, value in values.items() if name in old and value != old[name]}


def apply(preview: Preview, by: User, at: datetime) -> None:
    """Enter new clauses, and word those anew that the file says otherwise; each is on record as if typed."""
    for row in preview.new:
        values = {"fault_type": ""} | dict(row.values)
        clauses.enter(str(values.pop("code")), by=by, at=at, **values)
    held = {each.code: each for each in Clause.objects.filter(valid_until__isnull=True)}
    for change in preview.changed:
        said, clause = change.row.values, held[str(change.row.key[0])]
        day: date = said["valid_from"]
        clauses.reword(clause, by=by, at=at, text=said["text"], source=said["source"], valid_from=day)


def register() -> None:
    """Make the list known; called once, when the app is ready."""
    importing.register(
        ListKind(
            name=NAME,
            title=pgettext_lazy("name of a list", "Clauses"),
            explanation=_(
                "One row for each clause. Another wording holds from the day in its row on; the one before ends on it "
                "and stays. Clauses that the file lacks stay as they are."
            ),
            key=("code",),
            columns=lambda by: COLUMNS,
            there=there,
            check=check,
            apply=apply,
            may=lambda by: may(by, "clause.edit", fresh=True),
            models=(),
            lock=clauses.lock,
        )
    )
