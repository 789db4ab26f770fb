"""The tables of the outlook as files: CSV and XLSX, once that is on record (docs/trust.md O-02)."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from efficiency.access import limits
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.refusals import Refused
from efficiency.tables import Format, Value, written
from supervision.figures.tables import Table

RIGHT = "supervision.open"
# One file holds at most so many rows; a longer list is narrowed down first (docs/trust.md S-05).
MOST_ROWS = 500


class NotYours(Refused):
    """Whoever asks takes out no such tables."""


class TooOften(Refused):
    """So many tables were taken out that the next one has to wait."""


def export(
    table: Table, total: int, filters: Sequence[tuple[str, str]], as_: Format, /, *, by: User, at: datetime
) -> Iterator[bytes]:
    """
    Return a table as the pieces of a file, under what it was narrowed down by and as of when.

    :param total: how many rows there are, of which the table has the first ``MOST_ROWS`` at most; the file says so
    :raises NotYours: ``by`` takes out no such tables
    :raises TooOften: too many files within an hour
    """
    if not may(by, RIGHT, fresh=True):
        record("outlook.export", actor=by, outcome=Outcome.REFUSED, detail={"table": table.name}, at=at)
        raise NotYours(_("This table is not yours to take out."))
    if limits.export(by.pk, at=at).wait_seconds:
        record("outlook.export", actor=by, outcome=Outcome.REFUSED, detail={"table": table.name}, at=at)
        raise TooOften(_("You have taken out many lists within an hour. Please try again later."))
    detail = {"table": table.name, "format": as_.value, "rows": len(table.rows), **dict(filters)}
    record("outlook.export", actor=by, detail=detail, at=at)
    return written(_lines(table, total, filters, at), as_)


def _lines(table: Table, total: int, filters: Sequence[tuple[str, str]], at: datetime) -> Iterator[Sequence[Value]]:
    yield [table.title]
    for label, value in filters:
        yield [label, value]
    yield [_("Counted until"), timezone.localtime(at)]
    if table.note:
        yield [table.note]
    if cut := replace(table, total=total).cut:
        yield [cut]
    yield []
    yield from table.lines()
