"""
The figures of completeness of all organs, counted once in a while and kept, for pages that everybody may open.

Counting a city takes a second or more: every publication that was ever owed is looked at. So what was counted is kept
with its moment, and a page shows everything as of that moment; the worker counts the present year anew before it is too
old. What nobody counted lately the page counts itself, one page at a time.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction

from disclosure.catalogue import board
from disclosure.models import CountedPeriod, PublicationDuty
from efficiency.timing.due import local_day

# The worker counts the present year anew after so long; a page counts itself what is older than the second.
FRESH = timedelta(minutes=4)
TOO_OLD = timedelta(minutes=10)
# Two who look at the same moment look some seconds apart.
_AT_ONCE = timedelta(minutes=1)
_NAMES = tuple(board.FIGURES)
# The number of the lock behind which one counts; ours alone.
_LOCK = 0x636F756E


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted, by organ, and the period as it was looked at."""

    period: board.Period
    by_organ: dict[int, board.Figures]

    def is_old(self, at: datetime) -> bool:
        """Say whether it is older than a page shows without saying so: others are counting anew."""
        return self.period.at <= at - TOO_OLD

    def of(self, organ_id: int) -> board.Figures:
        """Return the figures of an organ; of one on which nothing lay at that moment there is nothing."""
        return self.by_organ.get(organ_id, board.NOTHING)


def year_of(on: date) -> tuple[date, date]:
    """Return the first and the last day of the year of a day."""
    return date(on.year, 1, 1), date(on.year, 12, 31)


def counted(first: date, last: date, *, at: datetime) -> Counted:
    """
    Return the figures of all organs of a period, counted at ``at`` or at most ``TOO_OLD`` before.

    While another page counts, what was counted before is shown, however old; where nothing was, one waits for it.
    """
    kept = _kept(first, last)
    if kept is not None and at - TOO_OLD < kept.counted_at <= at:
        return _told(kept)
    return count_anew(first, last, at=at, waits=kept is None) or _told(kept)  # type: ignore[arg-type]  # waits if None


@transaction.atomic
def count_anew(first: date, last: date, *, at: datetime, waits: bool) -> Counted | None:
    """Count a period and keep it, one at a time; None where somebody else is counting and this one does not wait."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if waits else 'try_'}advisory_xact_lock(%s)", [_LOCK])
        if not waits and not cursor.fetchone()[0]:
            return None
    kept = _kept(first, last)
    if kept is not None and at - FRESH < kept.counted_at <= at + _AT_ONCE:
        return _told(kept)  # by whoever one waited for
    organs = list(PublicationDuty.objects.order_by().values_list("organ", flat=True).distinct())
    found = board.counts_of(organs, board.Period(first, last, at))
    figures = {
        str(pk): {name: getattr(each, name) for name in _NAMES} for pk, each in found.items() if each != board.NOTHING
    }
    kept, _made = CountedPeriod.objects.update_or_create(
        first_on=first, last_on=last, defaults={"counted_at": at, "figures": figures}
    )
    return _told(kept)


def count_present_year(*, at: datetime) -> None:
    """Count the present year anew, where what is kept of it is older than ``FRESH``: the work of the worker."""
    count_anew(*year_of(local_day(at)), at=at, waits=False)


def _kept(first: date, last: date) -> CountedPeriod | None:
    """Return what is kept of a period; None also where a former release kept other figures."""
    kept = CountedPeriod.objects.filter(first_on=first, last_on=last).first()
    if kept is None or any(not isinstance(row, dict) or row.keys() != set(_NAMES) for row in kept.figures.values()):
        return None
    return kept


def _told(kept: CountedPeriod) -> Counted:
    figures = {int(pk): board.Figures(**row) for pk, row in kept.figures.items()}
    return Counted(board.Period(kept.first_on, kept.last_on, kept.counted_at), figures)
