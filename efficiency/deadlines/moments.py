"""From a promise as it is stored to its moments: the one place where rows meet the pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from efficiency.deadlines.models import Deadline, Extension, Promise, Suspension
from efficiency.timing import due
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import Limit, Reckoning
from efficiency.timing.explain import Account, explain

# The columns that follow from start, limit, suspensions, extensions and calendar (docs/trust.md I-14).
COLUMNS = ("warn_at", "due_at", "overdue_at", "red_at", "fourth_at", "provisional")


@dataclass(frozen=True, slots=True)
class Moments:
    """All moments of one promise, as its columns hold them."""

    warn_at: datetime
    due_at: datetime
    overdue_at: datetime
    red_at: datetime
    fourth_at: datetime
    provisional: bool

    def thresholds(self) -> tuple[tuple[int, datetime], ...]:
        """Return the moments at which levels 1 to 4 are passed."""
        return ((1, self.warn_at), (2, self.overdue_at), (3, self.red_at), (4, self.fourth_at))


def first_moments(started_at: datetime, limit: Limit, *, red: int, fourth: int, calendar: WorkCalendar) -> Moments:
    """
    Return the moments of a promise that begins; ``red`` and ``fourth`` are working days after the last day.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    return _moments(due.reckon(started_at, limit, calendar=calendar, red=red, fourth=fourth))


def moments_of(
    deadline: Deadline,
    *,
    calendar: WorkCalendar,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Extension] = (),
) -> Moments:
    """
    Return the moments of a stored promise; its ended suspensions and its extensions in the order of their grant.

    A reminder never comes before the clock runs again: there is nothing to be reminded of while it stands still.

    :raises StillSuspended: a suspension has no end
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    moments = _moments(
        due.reckon(
            deadline.started_at,
            limit_of(deadline),
            calendar=calendar,
            suspensions=_spans(suspensions),
            extensions=_limits(extensions),
            red=deadline.red_after,
            fourth=deadline.fourth_after,
        )
    )
    resumed_at = max((each.ended_at for each in suspensions if each.ended_at), default=None)
    if resumed_at is None or resumed_at <= moments.warn_at:
        return moments
    return Moments(
        warn_at=min(resumed_at, moments.due_at),
        due_at=moments.due_at,
        overdue_at=moments.overdue_at,
        red_at=moments.red_at,
        fourth_at=moments.fourth_at,
        provisional=moments.provisional,
    )


def account_of(
    deadline: Deadline,
    *,
    calendar: WorkCalendar,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Extension] = (),
) -> Account:
    """Return the day-by-day account of a stored promise, for pages and for ``explain_deadline``."""
    return explain(
        deadline.started_at,
        limit_of(deadline),
        calendar=calendar,
        suspensions=_spans(suspensions),
        extensions=_limits(extensions),
        red=deadline.red_after,
        fourth=deadline.fourth_after,
    )


def limit_of(deadline: Deadline) -> Limit:
    """Return the limit that the promise was given."""
    return Limit(deadline.limit_number, due.Unit(deadline.limit_unit))


def limit_until(day: date, started_at: datetime, *, calendar: WorkCalendar) -> Limit:
    """
    Return the limit of what begins at ``started_at`` and is due by a fixed ``day``: the working days until then.

    What begins on that day, or after it, is due at once.

    :raises OutsideCalendar: the calendar does not cover both days
    """
    days = calendar.working_days_between(due.local_day(started_at), day)
    return Limit(max(0, days), due.Unit.WORKING_DAY)


def next_check(promise: str, moments: Moments, *, level: int, is_reminded: bool = False) -> datetime | None:
    """
    Return the moment that the sweep looks at next; None when every level is passed.

    What a citizen owes has no levels: it lapses when its time is over (docs/domain.md 3.5, type P). Own time of a kind
    that ``is_reminded`` has the first one before that.
    """
    if promise == Promise.OWED_BY_CITIZEN:
        return moments.warn_at if is_reminded and level == 0 else moments.overdue_at
    return next((moment for number, moment in moments.thresholds() if number > level), None)


def _moments(reckoning: Reckoning) -> Moments:
    return Moments(
        warn_at=reckoning.warn_at,
        due_at=reckoning.due_at,
        overdue_at=reckoning.overdue_at,
        red_at=reckoning.red_at,
        fourth_at=reckoning.fourth_at,
        provisional=reckoning.provisional,
    )


def _spans(suspensions: Sequence[Suspension]) -> list[due.Suspension]:
    return [due.Suspension.between(each.started_at, each.ended_at) for each in suspensions]


def _limits(extensions: Sequence[Extension]) -> list[Limit]:
    return [Limit(each.number, due.Unit(each.unit)) for each in extensions]


def days_not_counted(suspensions: Sequence[Suspension], *, unit: str, calendar: WorkCalendar) -> int:
    """
    Return how many days the suspensions took out of the count; one that two of them touched is taken out once.

    Working days for limits in working time, calendar days for all others (docs/domain.md 3.1 rule 8).

    :raises StillSuspended: a suspension has no end
    """
    in_working_time = unit in (due.Unit.WORKING_DAY, due.Unit.WORKING_HOUR)
    return sum(
        calendar.working_days_between(first - due.ONE_DAY, last) if in_working_time else (last - first).days + 1
        for first, last in due.merge(_spans(suspensions))
    )
