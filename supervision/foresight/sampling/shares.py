"""What quality reviews found, by organ: shares of defects with their base (docs/domain.md 11)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from efficiency.organs.models import Organ
from efficiency.rounding import per_cent
from supervision.foresight.sampling.enums import FAULTY, Result, State, Stratum
from supervision.models import SampleSheet


@dataclass(frozen=True, slots=True)
class Line:
    """How many cases of an organ were drawn and reviewed, and what was found; of the lot alone the share of defects."""

    organ: Organ
    drawn: int
    reviewed: int
    defects: int
    false_closings: int
    by_lot: int
    by_lot_faulty: int

    @property
    def share(self) -> Decimal | None:
        """Defects and false closings in per cent of what was reviewed; None where nothing was."""
        return per_cent(self.defects + self.false_closings, self.reviewed)

    @property
    def by_lot_share(self) -> Decimal | None:
        """The same of the cases drawn by lot: what may be said of all the others."""
        return per_cent(self.by_lot_faulty, self.by_lot)


def by_organ(organs: Collection[int], since: date, until: date, *, without: Collection[int]) -> list[Line]:
    """
    Return a line for each organ of which cases of the days from ``since`` until before ``until`` were drawn.

    A draw counts if all of its period lies in these days.

    :param without: keys of cases that concern whoever asks: they count nowhere (docs/trust.md Z-07)
    """
    done = Q(state=State.DONE)
    rows: Any = (
        SampleSheet.objects.filter(organ__in=organs, draw__since__gte=since, draw__until__lte=until)
        .exclude(case__in=without)
        .order_by()
        .values("organ")
        .annotate(
            drawn=Count("pk"),
            reviewed=Count("pk", filter=done),
            defects=Count("pk", filter=done & Q(result=Result.DEFECTS)),
            false_closings=Count("pk", filter=done & Q(result=Result.FALSE_CLOSING)),
            by_lot=Count("pk", filter=done & Q(stratum=Stratum.REST)),
            by_lot_faulty=Count("pk", filter=done & Q(stratum=Stratum.REST, result__in=FAULTY)),
        )
    )
    found: list[dict[str, Any]] = list(rows)
    named = Organ.objects.in_bulk([row["organ"] for row in found])
    lines = [Line(named[row.pop("organ")], **row) for row in found]
    return sorted(lines, key=lambda line: (-(line.share or 0), -line.reviewed, line.organ.pk))
