"""The arithmetic of limits against an oracle that counts on its fingers."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from efficiency.timing import notices
from efficiency.timing.calendar import DayKind, WorkCalendar, build
from efficiency.timing.due import (
    Limit,
    Suspension,
    Unit,
    due_at,
    is_in_time,
    local_day,
    overdue_by,
    passed_at,
    reckon,
)
from efficiency.timing.explain import Note, Reason, explain

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
ANNOUNCED = notices.announced()
CALENDAR = notices.calendar_of([*(ANNOUNCED[year] for year in range(2018, 2027)), *map(notices.assumed, (2027, 2028))])

# Several suites may share the machine: how long an example takes says nothing here.
patient = settings(deadline=None, max_examples=80)

# A day and seconds into it: hypothesis wants the bounds of its own moments naive.
starts = st.builds(
    lambda day, seconds, zone: (datetime.combine(day, time(), SHANGHAI) + timedelta(seconds=seconds)).astimezone(zone),
    st.dates(date(2018, 1, 8), date(2026, 12, 31)),
    st.integers(0, 86399),
    st.sampled_from([UTC, SHANGHAI]),
)
working_day_limits = st.integers(0, 60).map(lambda n: Limit(n, Unit.WORKING_DAY))
day_limits = st.integers(0, 90).map(lambda n: Limit(n, Unit.DAY))
hour_limits = st.builds(Limit, st.integers(0, 80), st.sampled_from([Unit.HOUR, Unit.WORKING_HOUR]))
month_limits = st.integers(1, 14).map(lambda n: Limit(n, Unit.MONTH))
limits = working_day_limits | day_limits | hour_limits | month_limits
# Offsets and lengths of suspensions, laid over the start of the promise that they are tried on.
spans = st.lists(st.tuples(st.integers(-3, 90), st.integers(0, 20)), max_size=4)


def suspensions_of(start: datetime, offsets: list[tuple[int, int]]) -> list[Suspension]:
    first = local_day(start)
    return [Suspension(first + offset * DAY, first + (offset + length) * DAY) for offset, length in offsets]


# --- The oracle: nothing but the yearly notices, a finger and the next day -------------------------------------------


@cache
def is_worked(day: date) -> bool:
    for notice in (*ANNOUNCED.values(), notices.assumed(2027), notices.assumed(2028)):
        if day in notice.days_off:
            return False
        if day in notice.makeup_days:
            return True
    return day.weekday() < 5


def is_touched(day: date, suspensions: list[Suspension]) -> bool:
    return any(each.first_day <= day <= each.last_day for each in suspensions)


def count_working_days(day: date, number: int, suspensions: list[Suspension]) -> date:
    if number == 0:
        while not is_worked(day) or is_touched(day, suspensions):
            day += DAY
        return day
    while number:
        day += DAY
        if is_worked(day) and not is_touched(day, suspensions):
            number -= 1
    return day


def count_days(day: date, number: int, suspensions: list[Suspension]) -> date:
    start = day
    while number:
        day += DAY
        if not is_touched(day, suspensions):
            number -= 1
    # A suspension that begins on the day on which the count would be full takes that day away as well.
    while day > start and is_touched(day, suspensions):
        day += DAY
    while not is_worked(day) or is_touched(day, suspensions):
        day += DAY
    return day


def count_working_hours(moment: datetime, hours: int) -> datetime:
    step = timedelta(minutes=10)
    steps = hours * 6
    while steps:
        opens = moment.time()
        in_office = time(8, 30) <= opens < time(12) or time(14) <= opens < time(17, 30)
        steps -= in_office and is_worked(moment.date())
        moment += step
    return moment


# --- The look-ups agree with it --------------------------------------------------------------------------------------


@patient
@given(starts, working_day_limits, spans, st.lists(working_day_limits, max_size=2))
def test_working_days_agree_with_the_oracle(start, limit, offsets, extensions):
    suspensions = suspensions_of(start, offsets)
    expected = local_day(start)
    for each in (limit, *extensions):
        # "At once" as an extension adds nothing to a last day that is already free to work on.
        expected = count_working_days(expected, each.number, suspensions)

    due = due_at(start, limit, calendar=CALENDAR, suspensions=suspensions, extensions=extensions)

    assert due == datetime.combine(expected, time(23, 59, 59), SHANGHAI)


@patient
@given(starts, day_limits, spans, st.lists(day_limits, max_size=2))
def test_calendar_days_agree_with_the_oracle(start, limit, offsets, extensions):
    suspensions = suspensions_of(start, offsets)
    expected = local_day(start)
    for each in (limit, *extensions):
        expected = count_days(expected, each.number, suspensions)

    due = due_at(start, limit, calendar=CALENDAR, suspensions=suspensions, extensions=extensions)

    assert due == datetime.combine(expected, time(23, 59, 59), SHANGHAI)


@patient
@given(starts, st.integers(0, 40))
def test_working_hours_agree_with_a_count_by_ten_minutes(start, hours):
    start = start.astimezone(SHANGHAI)
    start = start.replace(minute=start.minute // 10 * 10, second=0)

    assert due_at(start, Limit(hours, Unit.WORKING_HOUR), calendar=CALENDAR) == count_working_hours(start, hours)


@patient
@given(starts, st.integers(0, 400))
def test_hours_are_elapsed_time(start, hours):
    assert due_at(start, Limit(hours, Unit.HOUR), calendar=CALENDAR) - start == timedelta(hours=hours)


@patient
@given(st.dates(date(2018, 1, 8), date(2026, 12, 31)), st.integers(0, 120))
def test_overdue_counts_the_working_days_that_have_gone_by(last_day, later):
    on = last_day + later * DAY
    counted = sum(is_worked(last_day + offset * DAY) for offset in range(1, later + 1))

    assert overdue_by(last_day, on, calendar=CALENDAR) == counted


@patient
@given(st.dates(date(2018, 1, 8), date(2026, 12, 31)), st.integers(1, 200))
def test_adding_and_counting_undo_each_other(day, number):
    later = CALENDAR.add_working_days(day, number)

    assert CALENDAR.is_working_day(later)
    assert CALENDAR.working_days_between(day, later) == number


# --- What holds for every promise ------------------------------------------------------------------------------------


@patient
@given(starts, limits, spans)
def test_the_moments_of_a_promise_ascend(start, limit, offsets):
    promise = reckon(start, limit, calendar=CALENDAR, suspensions=suspensions_of(start, offsets))

    assert promise.started_at == start
    assert promise.started_at <= promise.warn_at <= promise.due_at
    assert promise.due_at < promise.overdue_at < promise.red_at < promise.fourth_at
    assert is_in_time(promise.due_at, promise.overdue_at)
    assert overdue_by(promise.last_day, promise.last_day, calendar=CALENDAR) == 0


@patient
@given(starts, working_day_limits | day_limits | month_limits, spans)
def test_a_last_day_is_worked_and_not_suspended(start, limit, offsets):
    suspensions = suspensions_of(start, offsets)

    last = reckon(start, limit, calendar=CALENDAR, suspensions=suspensions).last_day

    assert CALENDAR.is_working_day(last)
    assert not is_touched(last, suspensions)


@patient
@given(starts, limits, spans)
def test_a_suspension_never_brings_the_end_nearer(start, limit, offsets):
    plain = due_at(start, limit, calendar=CALENDAR)

    assert due_at(start, limit, calendar=CALENDAR, suspensions=suspensions_of(start, offsets)) >= plain


@patient
@given(starts, st.integers(0, 59), spans)
def test_a_longer_limit_never_ends_earlier(start, number, offsets):
    suspensions = suspensions_of(start, offsets)
    for unit in (Unit.WORKING_DAY, Unit.DAY, Unit.HOUR, Unit.WORKING_HOUR):
        shorter, longer = (
            due_at(start, Limit(n, unit), calendar=CALENDAR, suspensions=suspensions) for n in (number, number + 1)
        )
        assert shorter <= longer


@patient
@given(starts, working_day_limits)
def test_the_hour_and_the_zone_of_the_filing_do_not_matter(start, limit):
    morning = datetime.combine(local_day(start), time(), SHANGHAI).astimezone(UTC)

    assert due_at(start, limit, calendar=CALENDAR) == due_at(morning, limit, calendar=CALENDAR)


@patient
@given(st.dates(date(2018, 1, 8), date(2026, 12, 31)), st.integers(1, 30))
def test_a_threshold_is_passed_when_the_count_is_reached_and_not_a_second_before(last_day, working_days):
    passed = passed_at(last_day, working_days, calendar=CALENDAR)
    second = timedelta(seconds=1)

    assert overdue_by(last_day, local_day(passed - second), calendar=CALENDAR) == working_days
    assert overdue_by(last_day, local_day(passed - DAY - second), calendar=CALENDAR) < working_days


# --- The account is a second way to the same date --------------------------------------------------------------------


@patient
@given(starts, limits, spans, st.lists(working_day_limits | day_limits, max_size=1))
def test_the_account_ends_on_the_due_date(start, limit, offsets, extensions):
    suspensions = suspensions_of(start, offsets)

    account = explain(start, limit, calendar=CALENDAR, suspensions=suspensions, extensions=extensions)

    due = due_at(start, limit, calendar=CALENDAR, suspensions=suspensions, extensions=extensions)
    assert account.due_at == due
    assert account.lines[-1].date == local_day(due)
    assert [line.date for line in account.lines] == [
        local_day(start) + offset * DAY for offset in range(len(account.lines))
    ]


@patient
@given(starts, st.integers(1, 60), spans)
def test_the_account_of_working_days_counts_to_the_limit_on_its_last_line(start, number, offsets):
    suspensions = suspensions_of(start, offsets)

    account = explain(start, Limit(number, Unit.WORKING_DAY), calendar=CALENDAR, suspensions=suspensions)

    numbers = [line.counted for line in account.lines if line.counted is not None]
    assert numbers == list(range(1, number + 1))
    assert account.lines[-1].counted == number
    for line in account.lines[1:]:
        assert (line.counted is not None) == (is_worked(line.date) and not is_touched(line.date, suspensions))


@patient
@given(starts, st.integers(1, 90), spans)
def test_the_account_of_calendar_days_counts_to_the_limit(start, number, offsets):
    account = explain(start, Limit(number, Unit.DAY), calendar=CALENDAR, suspensions=suspensions_of(start, offsets))

    assert max(line.counted for line in account.lines if line.counted) == number
    moved = [line for line in account.lines if line.reason is Reason.MOVED]
    assert (Note.MOVED_TO_WORKING_DAY in account.notes) == bool(moved)


@patient
@given(starts, hour_limits, spans)
def test_the_account_of_hours_adds_up(start, limit, offsets):
    account = explain(start, limit, calendar=CALENDAR, suspensions=suspensions_of(start, offsets))

    assert sum(line.hours for line in account.lines) == pytest.approx(limit.number, abs=0.01 * len(account.lines))


@patient
@given(starts, st.integers(1, 30), st.integers(0, 12))
def test_a_stopped_promise_tells_what_is_left(start, number, offset):
    since = local_day(start) + offset * DAY

    account = explain(start, Limit(number, Unit.WORKING_DAY), calendar=CALENDAR, suspensions=[Suspension(since, None)])

    if account.due_at is None:
        used = CALENDAR.working_days_between(local_day(start), max(since - DAY, local_day(start)))
        assert account.remaining == number - used > 0
        assert account.lines[-1].date == since
        # Resumed on any later day, what is left is counted from there on.
        resumed = Suspension(since, since + 10 * DAY)
        due = due_at(start, Limit(number, Unit.WORKING_DAY), calendar=CALENDAR, suspensions=[resumed])
        after = max(resumed.last_day, local_day(start))
        assert local_day(due) == CALENDAR.add_working_days(after, account.remaining)


# --- Calendars that no notice ever made ------------------------------------------------------------------------------


@patient
@given(st.lists(st.sampled_from(["off", "makeup", "as it is"]), min_size=40, max_size=120), st.integers(0, 60))
def test_any_calendar_is_looked_up_as_it_would_be_walked(pattern, offset):
    first = date(2026, 1, 1)
    days = [first + number * DAY for number in range(len(pattern))]
    calendar = build(
        days[0],
        days[-1],
        days_off={day: "new_year" for day, what in zip(days, pattern, strict=True) if what == "off"},
        makeup_days=[
            day for day, what in zip(days, pattern, strict=True) if what == "makeup" and day.isoweekday() >= 6
        ],
    )
    start = days[min(offset, len(days) - 1)]
    worked = [day.date for day in calendar.days(start, days[-1]) if day.kind in (DayKind.WORKING, DayKind.MAKEUP)]
    later = [day for day in worked if day > start]

    for number, day in enumerate(later, start=1):
        assert calendar.add_working_days(start, number) == day
    with pytest.raises(ValueError, match="outside"):
        calendar.add_working_days(start, len(later) + 1)


@patient
@given(st.dates(date(2018, 1, 8), date(2026, 12, 31)), st.integers(0, 200))
def test_a_part_of_a_calendar_keeps_the_numbers_of_the_whole(first, length):
    days = list(CALENDAR.days(first, first + length * DAY))
    part = WorkCalendar(first_day=first, kinds=[day.kind for day in days], before=days[0].ordinal - days[0].is_working)

    for day in days:
        assert part.ordinal(day.date) == day.ordinal
        if day.is_working:
            assert part.nth_working_day(day.ordinal) == day.date
