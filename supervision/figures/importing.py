"""
Counts of months before the portal existed, from a file (docs/domain.md 12).

What is brought in are counts, never rates: the numbers of cases and promises that the sides of figures are made of, by
the names of ``streams``. Rates follow from them as they follow from cases. A file goes in whole or not at all.
"""

import csv
import hashlib
import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Min
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _

from complaints.models import Case, Matter
from efficiency.deadlines.models import Deadline, Promise
from efficiency.organs.models import Organ
from efficiency.timing.due import add_months, local_day
from supervision.figures.streams import SIDES, STANDING, Stream
from supervision.models import ImportedCount
from supervision.models.figures import ALWAYS

COLUMNS = ("organ", "month", "indicator", "count")
INDICATORS = {stream.name.lower(): stream for stream in Stream if stream not in STANDING}
FIRST_YEAR = 1990
MOST = 10**12
# Held while a file goes in, so that of two the second sees what the first brought.
_LOCK = 20040139
# The first day of each stream that anything counts on: one step down the index of each. What has no day yet is of none.
_FIRST_DAY = """
SELECT min(first.placed) FROM unnest(%(streams)s::smallint[]) AS stream (number)
 CROSS JOIN LATERAL (SELECT placed FROM supervision_figurecell
                      WHERE level = 0 AND stream = stream.number AND placed > %(always)s AND amount <> 0
                      ORDER BY placed LIMIT 1) AS first
"""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file, at a row (counted from 1, the heading's) and a column."""

    row: int
    column: str
    words: Lazy | str

    def __str__(self) -> str:
        return _("Row %(row)s, %(column)s: %(words)s") % {"row": self.row, "column": self.column, "words": self.words}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file did, or would do: faults, and how many counts are new, replaced and as they were."""

    faults: tuple[Fault, ...] = ()
    new: int = 0
    replaced: int = 0
    same: int = 0
    was_known: bool = False


Key = tuple[int, date, str]


def bring_in(content: bytes, name: str, *, at: datetime, preview: bool = False) -> Outcome:
    """
    Bring in the counts of a file: all of them, or none where anything is wrong with it.

    A file whose counts all hold does nothing. A count that another file gave for the same organ, month and indicator is
    replaced, and stays with the moment of its replacement; the first file brought in again replaces it once more.

    :param preview: only say what it would do
    """
    checksum = hashlib.sha256(content).hexdigest()
    given, faults = read(content)
    if faults:
        return Outcome(tuple(faults))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        months = {month for _organ, month, _indicator in given}
        holding = {
            (each.organ_id, each.month, each.indicator): each
            for each in ImportedCount.objects.filter(replaced_at=None, month__in=months)
        }
        changed = {key: count for key, count in given.items() if key not in holding or holding[key].count != count}
        replaced = [holding[key].pk for key in changed if key in holding]
        found = Outcome(
            new=len(changed) - len(replaced),
            replaced=len(replaced),
            same=len(given) - len(changed),
            was_known=ImportedCount.objects.filter(file_sha256=checksum).exists(),
        )
        if not preview:
            ImportedCount.objects.filter(pk__in=replaced).update(replaced_at=at)
            ImportedCount.objects.bulk_create(
                ImportedCount(
                    organ_id=organ_id,
                    month=month,
                    indicator=indicator,
                    count=count,
                    file_sha256=checksum,
                    file_name=name[:200],
                    imported_at=at,
                )
                for (organ_id, month, indicator), count in changed.items()
            )
    return found


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(content: bytes) -> tuple[dict[Key, int], list[Fault]]:
    """Return the counts of a file, and all that is wrong with it, by row and column."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return {}, [Fault(1, COLUMNS[0], _("The file is not UTF-8."))]
    lines = list(csv.reader(io.StringIO(text)))
    if not lines or tuple(cell.strip().lower() for cell in lines[0]) != COLUMNS:
        return {}, [Fault(1, ", ".join(COLUMNS), _("The first row has to name these columns."))]
    organs = dict(Organ.objects.values_list("code", "pk"))
    end = first_month()
    found: dict[Key, int] = {}
    faults: list[Fault] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        values, wrong = _row([cell.strip() for cell in cells], organs, end)
        faults += [Fault(number, column, words) for column, words in wrong]
        if values is not None:
            key, count = values
            if key in found:
                faults.append(Fault(number, COLUMNS[2], _("The file has this count already.")))
            found[key] = count
    if not found and not faults:
        faults.append(Fault(1, COLUMNS[0], _("The file has no counts.")))
    return found, faults


def _row(
    cells: Sequence[str], organs: Mapping[str, int], end: date | None
) -> tuple[tuple[Key, int] | None, list[tuple[str, str]]]:
    """Return what a row gives, or what is wrong with each of its cells."""
    if len(cells) != len(COLUMNS):
        return None, [(COLUMNS[0], _("The row has to have %(number)s cells.") % {"number": len(COLUMNS)})]
    code, month_text, indicator, count_text = cells
    wrong = []
    if code not in organs:
        wrong.append((COLUMNS[0], _("There is no organ with this code.")))
    month = _month(month_text)
    if month is None:
        wrong.append((COLUMNS[1], _("A month is written 2005-03.")))
    elif end is not None and month >= end:
        wrong.append((COLUMNS[1], _("From this month on the portal counts itself.")))
    if indicator not in INDICATORS:
        wrong.append((COLUMNS[2], _("There is no such count: one of %(names)s.") % {"names": ", ".join(INDICATORS)}))
    count = int(count_text) if re.fullmatch(r"[0-9]{1,12}", count_text) else None
    if count is None:
        wrong.append((COLUMNS[3], _("A count is a whole number, not less than 0.")))
    if wrong or month is None or count is None:
        return None, wrong
    return ((organs[code], month, indicator), count), []


def _month(text: str) -> date | None:
    match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
    return date(int(match[1]), int(match[2]), 1) if match and int(match[1]) >= FIRST_YEAR else None


def first_month() -> date | None:
    """
    Return the month of the first case, matter or promise, from which on the portal counts itself; None without any.

    It looks through all of them, which takes a moment: pages ask ``_first_counted``.
    """
    own = Deadline.objects.exclude(promise=Promise.OWED_BY_CITIZEN)
    moments = (
        Case.objects.aggregate(first=Min("received_at"))["first"],
        Matter.objects.aggregate(first=Min("accepted_at"))["first"],
        own.aggregate(first=Min("started_at"))["first"],
    )
    return min((local_day(each).replace(day=1) for each in moments if each is not None), default=None)


# --- Asking -----------------------------------------------------------------------------------------------------------


def months(since: date, until: date, organ_ids: Collection[int] | None = None) -> tuple[date, ...]:
    """Return the months of a period whose figures come from imported counts, so that pages can say so."""
    return tuple(sorted({month for month, _organ, _indicator, _count in _counts(since, until, organ_ids)}))


def sides(
    measures: Collection[str], since: date, until: date, organ_ids: Collection[int] | None, *, by_organ: bool
) -> Mapping[str, Mapping[Any, tuple[Decimal, Decimal]]]:
    """
    Return what imported counts add to both sides of measures, by organ or for the key None.

    A month counts when the whole of it is asked for.
    """
    found: dict[Any, dict[Stream, int]] = {}
    for _month_of, organ_id, indicator, count in _counts(since, until, organ_ids):
        of_key = found.setdefault(organ_id if by_organ else None, {})
        stream = INDICATORS[indicator]
        of_key[stream] = of_key.get(stream, 0) + count
    return {name: dict(_of_measure(name, found)) for name in measures if name in SIDES} if found else {}


def _of_measure(name: str, found: Mapping[Any, Mapping[Stream, int]]) -> Iterator[tuple[Any, tuple[Decimal, Decimal]]]:
    for key, counts in found.items():
        one, other = (Decimal(sum(counts.get(stream, 0) for stream in side)) for side in SIDES[name])
        if one or other:
            yield key, (one, other)


# Asked with every figure.
_HOLDING = """
SELECT month, organ_id, indicator, count FROM supervision_importedcount
 WHERE replaced_at IS NULL AND month >= %(since)s AND month < %(until)s
   AND (%(organs)s::bigint[] IS NULL OR organ_id = ANY(%(organs)s::bigint[]))
"""


def _counts(since: date, until: date, organ_ids: Collection[int] | None) -> list[tuple[date, int, str, int]]:
    with connection.cursor() as cursor:
        organs = None if organ_ids is None else list(organ_ids)
        cursor.execute(_HOLDING, {"since": since, "until": until, "organs": organs})
        listed = cursor.fetchall()
    if not listed:
        return []
    end = _first_counted()
    return [
        row
        for row in listed
        if row[2] in INDICATORS and add_months(row[0], 1) <= until and (end is None or row[0] < end)
    ]


def _first_counted() -> date | None:
    """Return the same as far as anything counts, by the first case and the first day in the rollups: a short look."""
    first = Case.objects.aggregate(first=Min("received_at"))["first"]
    days = [] if first is None else [local_day(first)]
    with connection.cursor() as cursor:
        streams = [int(each) for each in Stream if each not in STANDING]
        cursor.execute(_FIRST_DAY, {"streams": streams, "always": ALWAYS})
        days += [day for (day,) in cursor.fetchall() if day is not None]
    return min(days).replace(day=1) if days else None
