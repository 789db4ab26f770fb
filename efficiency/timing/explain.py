"""
The account of a due date: each day from the start to the last day, counted or not, and why.

Pure and serialisable. Reasons and notes are codes; ``efficiency.timing.texts`` says them in the reader's language.
The days are walked here one by one, so the account is also a second way to the same date (the tests compare them).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from efficiency.timing.calendar import Day, DayKind, WorkCalendar
from efficiency.timing.due import (
    OFFICE_HOURS,
    ONE_DAY,
    Limit,
    ReceiptRule,
    Reckoning,
    Stage,
    Suspension,
    Unit,
    end_of,
    local,
    merge,
    received_at,
    reckon,
    stages_of,
    start_of,
)


class Reason(StrEnum):
    """Why a day is counted, or not."""

    NOT_RECEIVED = "not_received"  # filed outside office hours, under the receipt rule of the next working day
    START_DAY = "start_day"
    COUNTED = "counted"
    MAKEUP = "makeup"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SUSPENDED = "suspended"
    EXTENSION = "extension"  # counted, in the extension
    MOVED = "moved"  # the count was full, but the end may not fall on a day off
    HOURS = "hours"  # hours run on this day


class Note(StrEnum):
    """The rules that a due date follows from, as far as they touched it."""

    START_NOT_COUNTED = "start_not_counted"
    SAME_DAY = "same_day"
    WORKING_DAYS_ONLY = "working_days_only"
    ALL_DAYS = "all_days"
    HOURS_RUN_ON = "hours_run_on"
    OFFICE_HOURS_ONLY = "office_hours_only"
    SAME_DAY_NUMBER = "same_day_number"
    MOVED_TO_WORKING_DAY = "moved_to_working_day"
    MAKEUP_COUNTED = "makeup_counted"
    SUSPENSION_NOT_COUNTED = "suspension_not_counted"
    STILL_SUSPENDED = "still_suspended"
    EXTENDED = "extended"
    ENDS_AT_24 = "ends_at_24"
    ENDS_AT_MOMENT = "ends_at_moment"
    RECEIVED_NEXT_WORKING_DAY = "received_next_working_day"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class Line:
    """One day of an account; ``counted`` is its running number, ``hours`` how long an hour limit ran on it."""

    date: date
    weekday: int  # 1 is Monday, 7 is Sunday
    kind: DayKind
    holiday: str
    counted: int | None
    reason: Reason
    suspended: bool
    provisional: bool
    hours: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the line in types that JSON knows."""
        return asdict(self) | {"date": self.date.isoformat(), "kind": self.kind.value, "reason": self.reason.value}


@dataclass(frozen=True, slots=True)
class Account:
    """
    The whole account.

    ``moments`` is None while a suspension lasts: there is no due date then, but a number of days that are left,
    ``remaining``, for limits that are counted in days.
    """

    start: datetime
    limit: Limit
    extensions: tuple[Limit, ...]
    lines: tuple[Line, ...]
    notes: tuple[Note, ...]
    moments: Reckoning | None
    provisional_years: tuple[int, ...]
    remaining: int | None = None

    @property
    def due_at(self) -> datetime | None:
        """The last second in time, if there is one yet."""
        return self.moments.due_at if self.moments else None

    @property
    def last_day(self) -> date | None:
        """The last day, if there is one yet."""
        return self.moments.last_day if self.moments else None

    @property
    def provisional(self) -> bool:
        """Whether a year that no notice has settled yet may still move the due date."""
        return bool(self.provisional_years)

    def as_dict(self) -> dict[str, Any]:
        """Return the account in types that JSON knows: ISO dates and moments, limits and codes as text."""
        moments = ("last_day", "due_at", "overdue_at", "warn_at", "red_at", "fourth_at")
        return {
            "start": self.start.isoformat(),
            "limit": str(self.limit),
            "extensions": [str(each) for each in self.extensions],
            **{name: getattr(self.moments, name).isoformat() if self.moments else None for name in moments},
            "provisional": self.provisional,
            "provisional_years": list(self.provisional_years),
            "remaining": self.remaining,
            "notes": [note.value for note in self.notes],
            "account": [line.as_dict() for line in self.lines],
        }


def explain(
    start: datetime,
    limit: Limit,
    *,
    calendar: WorkCalendar,
    suspensions: Sequence[Suspension] = (),
    extensions: Sequence[Limit] = (),
    receipt_rule: ReceiptRule | str = ReceiptRule.INSTANT,
    red: int | None = None,
    fourth: int | None = None,
) -> Account:
    """
    Return the account of a due date; the arguments are those of ``efficiency.timing.due.reckon``.

    An open suspension is no error here: the account then ends on the day on which it began.

    :raises NaiveMoment: ``start`` has no zone
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    begun = received_at(start, calendar=calendar, receipt_rule=receipt_rule)
    ended = [each for each in suspensions if each.last_day is not None]
    standing = min((each.first_day for each in suspensions if each.last_day is None), default=None)
    stages = stages_of(begun, limit, calendar=calendar, suspensions=ended, extensions=extensions)
    if standing is not None and standing > _last_day(stages):
        standing = None  # it began after the end and touches nothing
    lines = tuple(_lines(local(start), begun, stages, calendar=calendar, suspensions=ended, standing=standing))
    moments = None
    if standing is None:
        moments = reckon(
            start,
            limit,
            calendar=calendar,
            suspensions=ended,
            extensions=extensions,
            receipt_rule=receipt_rule,
            red=red,
            fourth=fourth,
        )
    return Account(
        start=local(start),
        limit=limit,
        extensions=tuple(extensions),
        lines=lines,
        notes=tuple(_notes(local(start), begun, stages, lines, standing=standing)),
        moments=moments,
        provisional_years=tuple(sorted({line.date.year for line in lines if line.provisional})),
        remaining=None if standing is None else _remaining(stages, lines),
    )


def _last_day(stages: Sequence[Stage]) -> date:
    end = stages[-1].end
    return end.date() if isinstance(end, datetime) else end


def _lines(
    filed: datetime,
    begun: datetime,
    stages: Sequence[Stage],
    *,
    calendar: WorkCalendar,
    suspensions: Sequence[Suspension],
    standing: date | None,
) -> Iterator[Line]:
    """Yield a line for each day from the filing to the last day, or to the day on which the clock was stopped."""
    pauses = merge(suspensions)
    last = _last_day(stages) if standing is None else standing
    count, stage_index = 0, 0
    for day in calendar.days(filed.date(), max(last, filed.date())):
        while stage_index < len(stages) - 1 and day.date > _end_day(stages[stage_index]):
            stage_index += 1
        stage = stages[stage_index]
        suspended = any(first <= day.date <= until for first, until in pauses) or (
            standing is not None and day.date >= standing
        )
        hours = None
        if day.date < begun.date():
            reason = Reason.NOT_RECEIVED
        elif stage.limit.unit.is_hours:
            hours = _hours_on(day, stage, begun if stage_index == 0 else None, suspended=suspended)
            reason = _reason_of_hours(day, stage, hours, suspended=suspended)
        elif day.date == begun.date() and not (stage.limit.number == 0 and stage.counted_to == day.date):
            reason = Reason.START_DAY
        else:
            reason = _reason(day, stage, extended=stage_index > 0, suspended=suspended)
        counts = reason in (Reason.COUNTED, Reason.MAKEUP, Reason.EXTENSION)
        count += counts
        yield Line(
            date=day.date,
            weekday=day.date.isoweekday(),
            kind=day.kind,
            holiday=day.holiday,
            counted=count if counts else None,
            reason=reason,
            suspended=suspended,
            provisional=day.date.year in calendar.provisional_years,
            hours=hours,
        )


def _end_day(stage: Stage) -> date:
    return stage.end.date() if isinstance(stage.end, datetime) else stage.end


def _reason(day: Day, stage: Stage, *, extended: bool, suspended: bool) -> Reason:
    """Return why a day counts or not, for limits in days, months and years."""
    if stage.limit.unit is Unit.WORKING_DAY:
        if day.kind is DayKind.WEEKEND:
            return Reason.WEEKEND
        if day.kind is DayKind.HOLIDAY:
            return Reason.HOLIDAY
        if suspended:
            return Reason.SUSPENDED
        if extended:
            return Reason.EXTENSION
        return Reason.MAKEUP if day.kind is DayKind.MAKEUP else Reason.COUNTED
    if suspended:
        return Reason.SUSPENDED
    if day.date > stage.counted_to:
        return Reason.MOVED
    return Reason.EXTENSION if extended else Reason.COUNTED


def _reason_of_hours(day: Day, stage: Stage, hours: float, *, suspended: bool) -> Reason:
    if stage.limit.unit is Unit.WORKING_HOUR and not day.is_working:
        return Reason.WEEKEND if day.kind is DayKind.WEEKEND else Reason.HOLIDAY
    if suspended:
        return Reason.SUSPENDED
    return Reason.HOURS


def _hours_on(day: Day, stage: Stage, begun: datetime | None, *, suspended: bool) -> float:
    """Return how long an hour limit runs on a day."""
    if suspended or (stage.limit.unit is Unit.WORKING_HOUR and not day.is_working):
        return 0.0
    opens = start_of(day.date) if begun is None else max(start_of(day.date), begun)
    closes = min(end_of(day.date), stage.end) if isinstance(stage.end, datetime) else end_of(day.date)
    if stage.limit.unit is Unit.HOUR:
        return _in_hours(closes - opens)
    open_for = timedelta()
    for frame_opens, frame_closes in OFFICE_HOURS:
        frame = (
            max(opens, start_of(day.date).replace(hour=frame_opens.hour, minute=frame_opens.minute)),
            min(closes, start_of(day.date).replace(hour=frame_closes.hour, minute=frame_closes.minute)),
        )
        open_for += max(frame[1] - frame[0], timedelta())
    return _in_hours(open_for)


def _in_hours(span: timedelta) -> float:
    return round(max(span, timedelta()) / timedelta(hours=1), 2)


def _notes(
    filed: datetime, begun: datetime, stages: Sequence[Stage], lines: Sequence[Line], *, standing: date | None
) -> Iterator[Note]:
    """Yield the rules that the account follows from, in the order in which a reader meets them."""
    limit = stages[0].limit
    if begun != filed:
        yield Note.RECEIVED_NEXT_WORKING_DAY
    if limit.number == 0:
        yield Note.SAME_DAY
    elif not limit.unit.is_hours:
        yield Note.START_NOT_COUNTED
    match limit.unit:
        case Unit.WORKING_DAY:
            yield Note.WORKING_DAYS_ONLY
        case Unit.DAY:
            yield Note.ALL_DAYS
        case Unit.HOUR:
            yield Note.HOURS_RUN_ON
        case Unit.WORKING_HOUR:
            yield Note.OFFICE_HOURS_ONLY
        case Unit.MONTH | Unit.YEAR:
            yield Note.SAME_DAY_NUMBER
    if any(line.kind is DayKind.MAKEUP and line.counted for line in lines) and limit.unit is Unit.WORKING_DAY:
        yield Note.MAKEUP_COUNTED
    if any(line.reason is Reason.SUSPENDED for line in lines):
        yield Note.SUSPENSION_NOT_COUNTED
    if any(line.reason is Reason.MOVED for line in lines):
        yield Note.MOVED_TO_WORKING_DAY
    if len(stages) > 1:
        yield Note.EXTENDED
    if standing is not None:
        yield Note.STILL_SUSPENDED
    else:
        yield Note.ENDS_AT_MOMENT if isinstance(stages[-1].end, datetime) else Note.ENDS_AT_24
    if any(line.provisional for line in lines):
        yield Note.PROVISIONAL


def _remaining(stages: Sequence[Stage], lines: Sequence[Line]) -> int | None:
    """Return how many days of a stopped promise are left; None where it is not counted in days."""
    if {stage.limit.unit for stage in stages} <= {Unit.WORKING_DAY}:
        return sum(stage.limit.number for stage in stages) - sum(line.counted is not None for line in lines)
    if {stage.limit.unit for stage in stages} <= {Unit.DAY}:
        return max(0, (stages[-1].counted_to - lines[-1].date + ONE_DAY).days)
    return None
