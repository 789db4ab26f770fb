"""From stored promises to what pages show of them: situation, days left or over, and the account of the date."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import prefetch_related_objects
from django.utils.translation import get_language

from efficiency.deadlines import moments, registry
from efficiency.deadlines.models import Deadline, DeadlineState, Promise
from efficiency.pages.deadline_view import AccountRow, DeadlineView, Situation
from efficiency.timing import store, texts
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import Limit, Unit, local_day
from efficiency.timing.explain import Account

# An account as pages show it: its rows, and the sentence above them.
Shown = tuple[tuple[AccountRow, ...], str]
# Units whose account depends on the day of the start alone, not on the time of the day.
_BY_THE_DAY = (Unit.WORKING_DAY, Unit.DAY, Unit.MONTH, Unit.YEAR)
_MOST_KEPT = 4000


def views_of(deadlines: Iterable[Deadline], /, *, at: datetime, accounts: bool = True) -> list[DeadlineView]:
    """
    Return the promises as pages show them at ``at``.

    ``organ`` is read of each: select it. With ``accounts``, suspensions and extensions of those that have some are
    fetched, in one query each.
    """
    rows = list(deadlines)
    calendar = store.load()
    if accounts:
        prefetch_related_objects([row for row in rows if _has_moved(row)], "suspensions", "extensions")
    return [_view(row, at, calendar, accounts) for row in rows]


def view_of(deadline: Deadline, /, *, at: datetime) -> DeadlineView:
    """Return one promise as pages show it at ``at``."""
    return views_of([deadline], at=at)[0]


def situation_of(deadline: Deadline, /, *, at: datetime) -> Situation:
    """Return where a promise stands for a reader at ``at``."""
    match deadline.state:
        case DeadlineState.MET:
            return Situation.MET_LATE if deadline.is_late(at=at) else Situation.MET
        case DeadlineState.CANCELLED:
            return Situation.CANCELLED
        case DeadlineState.LAPSED:
            return Situation.LAPSED
        case DeadlineState.SUSPENDED:
            return Situation.SUSPENDED
    if deadline.is_late(at=at):
        return Situation.OVERDUE
    return Situation.NEAR if at >= deadline.warn_at else Situation.FAR


def _view(deadline: Deadline, at: datetime, calendar: WorkCalendar, accounts: bool) -> DeadlineView:
    situation = situation_of(deadline, at=at)
    today, last_day = local_day(at), local_day(deadline.due_at)
    met_on = local_day(deadline.met_at) if deadline.met_at else None
    in_days = deadline.limit_unit in (Unit.WORKING_DAY, Unit.DAY)
    account, intro = _shown(deadline, calendar) if accounts else ((), "")
    return DeadlineView(
        label=registry.get(deadline.kind).label,
        situation=situation,
        due_at=deadline.due_at,
        today=today,
        unit="d" if deadline.limit_unit == Unit.DAY else "wd",
        owner="" if deadline.promise == Promise.OWED_BY_CITIZEN else str(deadline.organ),
        is_own_time=deadline.promise == Promise.OWED_BY_CITIZEN,
        days_left=_between(today, last_day, deadline, calendar)
        if in_days and last_day >= today and situation is not Situation.SUSPENDED
        else None,
        days_over=_over(last_day, met_on or today, calendar)
        if situation in (Situation.OVERDUE, Situation.MET_LATE)
        else None,
        days_early=_between(met_on, last_day, deadline, calendar) if situation is Situation.MET and met_on else None,
        met_at=deadline.met_at,
        used=_used(deadline, today, last_day, calendar),
        suspended_reason=_suspended_for(deadline) if situation is Situation.SUSPENDED else "",
        total=deadline.limit_number,
        is_provisional=deadline.provisional,
        account=account,
        account_intro=intro,
    )


def _between(first: date, last: date, deadline: Deadline, calendar: WorkCalendar) -> int:
    """Return the days after ``first`` up to ``last``, in the unit of the limit."""
    if deadline.limit_unit == Unit.DAY:
        return (last - first).days
    return calendar.working_days_between(first, last) if last > first else 0


def _over(last_day: date, on: date, calendar: WorkCalendar) -> int:
    return max(0, calendar.working_days_between(last_day, on)) if on > last_day else 0


def _used(deadline: Deadline, today: date, last_day: date, calendar: WorkCalendar) -> int | None:
    """Return how many days of the limit have been used up, for limits in days."""
    if deadline.limit_unit not in (Unit.WORKING_DAY, Unit.DAY):
        return None
    start = local_day(deadline.started_at)
    if deadline.state == DeadlineState.SUSPENDED and deadline.suspended_at is not None:
        today = local_day(deadline.suspended_at)
    gone = _between(start, min(today, last_day), deadline, calendar) - deadline.suspended_days
    return max(0, min(gone, deadline.limit_number))


def _suspended_for(deadline: Deadline) -> str:
    lasting = deadline.suspensions.filter(ended_at__isnull=True).order_by("-id").values_list("reason", flat=True)
    return lasting.first() or ""


class _Accounts:
    """
    Accounts that were shown lately, by what they follow from; forgotten when the calendar is another.

    The cases of a day have the same ones, and an account is most of what a promise costs to show.
    """

    def __init__(self) -> None:
        self.calendar: WorkCalendar | None = None
        self.kept: dict[tuple[date, int, str, str | None], Shown] = {}

    def under(self, calendar: WorkCalendar) -> dict[tuple[date, int, str, str | None], Shown]:
        """Return what is kept under this calendar."""
        if calendar is not self.calendar or len(self.kept) > _MOST_KEPT:
            self.calendar, self.kept = calendar, {}
        return self.kept


_accounts = _Accounts()


def _shown(deadline: Deadline, calendar: WorkCalendar) -> Shown:
    """Return the account of a promise in the reader's language."""
    if _has_moved(deadline) or deadline.limit_unit not in _BY_THE_DAY:
        return said(_account_of(deadline, calendar))
    kept = _accounts.under(calendar)
    key = (local_day(deadline.started_at), deadline.limit_number, deadline.limit_unit, get_language())
    if key not in kept:
        kept[key] = said(_account_of(deadline, calendar))
    return kept[key]


def said(account: Account) -> Shown:
    return _rows(account), texts.summary(account)


def _has_moved(deadline: Deadline) -> bool:
    """Say whether anything but start, limit and calendar decides the moments: suspensions, an extension."""
    return bool(deadline.moved_at or deadline.suspended_at or deadline.extension_count)


def _account_of(deadline: Deadline, calendar: WorkCalendar) -> Account:
    if not _has_moved(deadline):
        return moments.account_of(deadline, calendar=calendar)
    return moments.account_of(
        deadline,
        calendar=calendar,
        suspensions=sorted(deadline.suspensions.all(), key=lambda each: (each.started_at, each.pk)),
        extensions=sorted(deadline.extensions.all(), key=lambda each: (each.granted_at, each.pk)),
    )


def _rows(account: Account) -> tuple[AccountRow, ...]:
    return tuple(
        AccountRow(
            day=line.date,
            kind=texts.kind_name(line),
            counted_as=line.counted,
            reason=texts.reason_text(line, account),
            is_last=line.date == account.last_day,
        )
        for line in account.lines
    )


def limit_of(deadline: Deadline) -> Limit:
    """Return the limit that the promise was given."""
    return Limit(deadline.limit_number, Unit(deadline.limit_unit))


def nearest(deadlines: Sequence[Deadline]) -> Deadline | None:
    """Return the running promise that falls due first, those that the citizen owes left out."""
    running = [each for each in deadlines if each.is_running and each.promise != "owed_by_citizen"]
    return min(running, key=lambda each: (each.due_at, each.pk), default=None)
