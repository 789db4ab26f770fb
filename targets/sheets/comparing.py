"""The sheets of one organ, or of one post, beside each other: how it went over the periods (docs/domain.md 8.8)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _

from targets.models import Sheet, SheetBlock
from targets.plans.enums import Span
from targets.scoring.numbers import rounded

MOST_PERIODS = 8
# Within a year the halves come before the whole.
ORDER = {Span.FIRST_HALF: 1, Span.SECOND_HALF: 2, Span.YEAR: 3}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the comparison: a block, and its score in each period; None where it had none."""

    label: str
    scores: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sheets from the oldest to the newest, their blocks, and the change from the one before."""

    sheets: tuple[Sheet, ...]
    blocks: tuple[Row, ...]
    changes: tuple[Decimal | None, ...]

    @property
    def drawing(self) -> dict[str, Any]:
        """What the script draws: the scores of the table as bars, halves and years apart."""
        labels = [period(sheet) for sheet in self.sheets]
        years = [_drawn(sheet, is_year=True) for sheet in self.sheets]
        halves = [_drawn(sheet, is_year=False) for sheet in self.sheets]
        series = [(_("years"), years), (_("half-years"), halves)]
        return {
            "labels": labels,
            "unit": "",
            "series": [
                {"name": str(name), "values": values, "bars": True}
                for name, values in series
                if any(value is not None for value in values)
            ],
        }


def period(sheet: Sheet) -> str:
    """Return the year and, of a half, which one."""
    appraisal = sheet.appraisal
    return f"{appraisal.year}" if appraisal.span == Span.YEAR else f"{appraisal.year} {appraisal.get_span_display()}"


def _drawn(sheet: Sheet, *, is_year: bool) -> float | None:
    of_year = sheet.appraisal.span == Span.YEAR
    return float(sheet.total) if sheet.total is not None and of_year == is_year else None


def two_places(value: Decimal | None) -> Decimal | None:
    """Return a number with two decimals; None stays None."""
    return None if value is None else rounded(value)


def comparison(sheet: Sheet, readable: "QuerySet[Sheet]") -> Comparison:
    """
    Return the newest periods of the organ or post of a sheet, as far as they are among the readable ones.

    Two statements, however many periods there are.
    """
    order = Case(*[When(appraisal__span=span, then=Value(place)) for span, place in ORDER.items()],
                 output_field=IntegerField())  # fmt: skip
    of_post = Q(post__isnull=True) if sheet.post_id is None else Q(post_id=sheet.post_id)
    rows = readable.filter(of_post, organ_id=sheet.organ_id, total__isnull=False)
    newest = rows.select_related("appraisal").order_by("-appraisal__year", order.desc(), "-pk")[:MOST_PERIODS]
    sheets = tuple(reversed(newest))
    blocks: dict[str, dict[int, Decimal | None]] = defaultdict(dict)
    names: dict[str, str] = {}
    for block in SheetBlock.objects.filter(sheet__in=[each.pk for each in sheets]).order_by("sheet_id", "code"):
        names[block.code] = block.name
        blocks[block.code][block.sheet_id] = two_places(block.score)
    found = tuple(
        Row(f"{code} {names[code]}", tuple(scores.get(each.pk) for each in sheets))
        for code, scores in sorted(blocks.items())
    )
    return Comparison(sheets, found, _changes(sheets))


def _changes(sheets: Sequence[Sheet]) -> tuple[Decimal | None, ...]:
    found: list[Decimal | None] = []
    before: dict[str, Decimal] = {}
    for sheet in sheets:
        # A year is compared with the year before, a half with the same half of that year.
        last = before.get(sheet.appraisal.span)
        found.append(None if last is None or sheet.total is None else sheet.total - last)
        if sheet.total is not None:
            before[sheet.appraisal.span] = sheet.total
    return tuple(found)
