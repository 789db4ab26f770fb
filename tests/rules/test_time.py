"""Time: the rules of docs/domain.md 3.1, its calendar of 2026 (3.2), its worked examples (3.3), traps and pitfalls."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from efficiency.timing import notices
from efficiency.timing.calendar import DayKind, OutsideCalendar, WorkCalendar
from efficiency.timing.due import (
    BadLimit,
    Limit,
    NaiveMoment,
    StillSuspended,
    Suspension,
    add_months,
    due_at,
    end_of,
    is_in_time,
    local_day,
    overdue_by,
    passed_at,
    period_end,
    received_at,
    reckon,
    red_after,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def on(text: str) -> date:
    return date.fromisoformat(text)


def at(text: str) -> datetime:
    """Return a moment of the portal's zone; a date alone means ten in the morning."""
    return datetime.fromisoformat(text if "T" in text else f"{text}T10:00").replace(tzinfo=SHANGHAI)


def wd(number: int) -> Limit:
    return Limit.parse(f"{number}wd")


@pytest.fixture(scope="module")
def calendar() -> WorkCalendar:
    known = notices.announced()
    return notices.calendar_of([*(known[year] for year in (2024, 2025, 2026)), *map(notices.assumed, (2027, 2028))])


def last_day(start: str, limit: str, calendar: WorkCalendar, **more) -> date:
    return local_day(due_at(at(start), Limit.parse(limit), calendar=calendar, **more))


# fmt: off
EXAMPLES = [
    #no start         limit   last day
    (1,  "2026-01-05", "5wd",  "2026-01-12"),
    (2,  "2025-12-31", "1wd",  "2026-01-04"),
    (3,  "2025-12-31", "3wd",  "2026-01-06"),
    (4,  "2026-01-01", "3wd",  "2026-01-06"),
    (5,  "2026-01-04", "1wd",  "2026-01-05"),
    (6,  "2026-02-09", "5wd",  "2026-02-14"),
    (7,  "2026-02-10", "5wd",  "2026-02-24"),
    (8,  "2026-02-13", "5wd",  "2026-02-27"),
    (9,  "2026-02-14", "5wd",  "2026-02-28"),
    (10, "2026-02-16", "5wd",  "2026-02-28"),
    (11, "2026-02-27", "1wd",  "2026-02-28"),
    (12, "2026-02-06", "15wd", "2026-03-05"),
    (13, "2026-02-02", "20wd", "2026-03-06"),
    (14, "2026-04-03", "3wd",  "2026-04-09"),
    (15, "2026-04-30", "5wd",  "2026-05-11"),
    (16, "2026-05-08", "1wd",  "2026-05-09"),
    (17, "2026-06-18", "1wd",  "2026-06-22"),
    (18, "2026-09-18", "5wd",  "2026-09-24"),
    (19, "2026-09-24", "5wd",  "2026-10-09"),
    (20, "2026-09-30", "3wd",  "2026-10-10"),
    (21, "2026-09-30", "15wd", "2026-10-27"),
    (22, "2026-09-01", "30wd", "2026-10-19"),
    (23, "2026-11-24", "15wd", "2026-12-15"),
    (24, "2026-12-25", "5wd",  "2027-01-04"),
    (25, "2026-01-20", "30d",  "2026-02-24"),
    (26, "2026-01-30", "15d",  "2026-02-14"),
    (27, "2026-09-11", "15d",  "2026-09-28"),
    (28, "2026-08-03", "60d",  "2026-10-08"),
    (40, "2027-02-03", "5wd",  "2027-02-16"),
]
# fmt: on


class TestWorkedExamples:  # docs/domain.md 3.3
    @pytest.mark.parametrize(
        ("start", "limit", "last"), [row[1:] for row in EXAMPLES], ids=[f"no{row[0]}" for row in EXAMPLES]
    )
    @pytest.mark.parametrize("hour", ["T00:00:00", "T09:30:00", "T23:50:00", "T23:59:59.999999"])
    def test_the_last_day_is_as_written_whatever_the_hour_of_the_filing(self, start, limit, last, hour, calendar):
        assert due_at(at(start + hour), Limit.parse(limit), calendar=calendar) == at(f"{last}T23:59:59")

    @pytest.mark.parametrize(
        ("start", "limit", "provisional"),
        [
            pytest.param("2026-12-25", "5wd", True, id="no24"),
            pytest.param("2027-02-03", "5wd", True, id="no40"),
            pytest.param("2026-12-25", "4wd", False, id="no24-ending-the-day-before"),
        ],
    )
    def test_a_date_that_touches_an_unannounced_year_is_provisional(self, start, limit, provisional, calendar):
        assert reckon(at(start), Limit.parse(limit), calendar=calendar).provisional is provisional

    @pytest.mark.parametrize(
        ("start", "limit", "suspended", "plain", "with_suspension"),
        [
            pytest.param("2026-03-02", "15wd", ("2026-03-09", "2026-03-13"), "2026-03-23", "2026-03-30", id="no29"),
            pytest.param("2026-06-01", "5wd", ("2026-06-03", "2026-06-03"), "2026-06-08", "2026-06-09", id="no30"),
            pytest.param("2026-09-21", "15wd", ("2026-09-29", "2026-10-09"), "2026-10-19", "2026-10-23", id="no31"),
        ],
    )
    def test_a_suspension_moves_the_end_by_the_working_days_it_touches(
        self, start, limit, suspended, plain, with_suspension, calendar
    ):
        suspension = Suspension(*map(on, suspended))

        assert last_day(start, limit, calendar) == on(plain)
        assert last_day(start, limit, calendar, suspensions=[suspension]) == on(with_suspension)

    @pytest.mark.parametrize(
        ("start", "limit", "extension", "plain", "extended"),
        [
            pytest.param("2026-03-02", "15wd", "15wd", "2026-03-23", "2026-04-14", id="no32"),
            pytest.param("2026-09-10", "20wd", "20wd", "2026-10-14", "2026-11-11", id="no33"),
        ],
    )
    def test_an_extension_counts_on_from_the_old_last_day(self, start, limit, extension, plain, extended, calendar):
        assert last_day(start, limit, calendar) == on(plain)
        assert last_day(start, limit, calendar, extensions=[Limit.parse(extension)]) == on(extended)

    @pytest.mark.parametrize(
        ("last", "working_days", "end_of_day"),
        [
            pytest.param("2026-04-30", 3, "2026-05-08", id="no34"),
            pytest.param("2026-02-13", 5, "2026-02-27", id="no35"),
        ],
    )
    def test_red_is_passed_at_the_end_of_the_kth_working_day(self, last, working_days, end_of_day, calendar):
        passed = passed_at(on(last), working_days, calendar=calendar)

        assert passed == at(f"{end_of_day}T00:00:00") + timedelta(days=1)
        assert overdue_by(on(last), local_day(passed - timedelta(seconds=1)), calendar=calendar) == working_days

    @pytest.mark.parametrize(
        ("day", "overdue"),
        [("10-07", 0), ("10-08", 1), ("10-09", 2), ("10-10", 3), ("10-11", 3), ("10-12", 4)],
        ids=lambda value: f"no36-{value}",
    )
    def test_overdue_counts_the_working_days_after_the_last_day(self, day, overdue, calendar):
        assert overdue_by(on("2026-09-30"), on(f"2026-{day}"), calendar=calendar) == overdue

    @pytest.mark.parametrize(
        ("start", "limit", "reminder"),
        [
            pytest.param("2026-02-10", "5wd", "2026-02-14T09:00", id="no37"),
            pytest.param("2026-04-30", "5wd", "2026-05-09T09:00", id="no38"),
        ],
    )
    def test_the_reminder_comes_at_nine_of_the_working_day_before_the_last(self, start, limit, reminder, calendar):
        assert reckon(at(start), Limit.parse(limit), calendar=calendar).warn_at == at(reminder)

    def test_no39_a_period_that_lasts_ends_on_the_last_day_of_a_shorter_month_and_is_not_moved(self, calendar):
        end = period_end(on("2026-08-31"), Limit.parse("6m"))

        assert end == on("2027-02-28")
        assert not calendar.is_working_day(end)

    def test_no40_counts_the_days_that_are_written(self, calendar):
        counted = [calendar.add_working_days(on("2027-02-03"), n) for n in range(1, 6)]

        assert counted == [on(f"2027-02-{day:02}") for day in (4, 11, 12, 15, 16)]


class TestCalendarOf2026:  # docs/domain.md 3.2
    @pytest.mark.parametrize(
        ("month", "working_days"), list(enumerate([21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23], start=1))
    )
    def test_each_month_has_its_working_days(self, month, working_days, calendar):
        first = date(2026, month, 1)
        before = first - timedelta(days=1)
        assert calendar.working_days_between(before, add_months(first, 1) - timedelta(days=1)) == working_days

    def test_the_year_has_248_working_days(self, calendar):
        assert calendar.working_days_between(on("2025-12-31"), on("2026-12-31")) == 248

    @pytest.mark.parametrize(
        ("first", "last", "holiday"),
        [
            ("01-01", "01-03", "new_year"),
            ("02-15", "02-23", "spring_festival"),
            ("04-04", "04-06", "qingming"),
            ("05-01", "05-05", "labour_day"),
            ("06-19", "06-21", "dragon_boat"),
            ("09-25", "09-27", "mid_autumn"),
            ("10-01", "10-07", "national_day"),
        ],
    )
    def test_a_holiday_is_off_from_its_first_to_its_last_day(self, first, last, holiday, calendar):
        days = list(calendar.days(on(f"2026-{first}"), on(f"2026-{last}")))

        assert {(day.kind, day.holiday) for day in days} == {(DayKind.HOLIDAY, holiday)}

    def test_nothing_else_is_off_or_made_up(self, calendar):
        days = list(calendar.days(on("2026-01-01"), on("2026-12-31")))

        assert sum(day.kind is DayKind.HOLIDAY for day in days) == 3 + 9 + 3 + 5 + 3 + 3 + 7
        assert [day.date for day in days if day.kind is DayKind.MAKEUP] == [
            on(f"2026-{day}") for day in ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")
        ]


class TestRules:  # docs/domain.md 3.1
    def test_rule_1_a_day_is_a_day_of_shanghai_and_has_no_summer_time(self, calendar):
        for month in range(1, 13):
            filed = datetime(2026, month, 10, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai, all the year round
            assert local_day(filed) == date(2026, month, 10)
            assert local_day(filed + timedelta(seconds=1)) == date(2026, month, 11)
        due = due_at(at("2026-03-05"), wd(1), calendar=calendar)
        assert due.utcoffset() == timedelta(hours=8)

    def test_rule_2_weekends_and_holidays_are_free_and_make_up_days_are_worked(self, calendar):
        makeup = {on(f"2026-{day}") for day in ("01-04", "02-14", "02-28", "05-09", "09-20", "10-10")}
        holidays = {"01-01": 3, "02-15": 9, "04-04": 3, "05-01": 5, "06-19": 3, "09-25": 3, "10-01": 7}
        off = {on(f"2026-{first}") + timedelta(days=n) for first, days in holidays.items() for n in range(days)}
        year = [on("2026-01-01") + timedelta(days=n) for n in range(365)]

        assert [day for day in year if calendar.is_working_day(day)] == [
            day for day in year if day in makeup or (day.isoweekday() <= 5 and day not in off)
        ]

    @pytest.mark.parametrize(
        ("start", "limit", "last"),
        [
            ("2026-03-02", "7d", "2026-03-09"),  # ends on a Monday
            ("2026-03-02", "5d", "2026-03-09"),  # ends on a Saturday: moves to Monday
            ("2026-03-02", "6d", "2026-03-09"),  # ends on a Sunday: the same
            ("2026-02-10", "4d", "2026-02-14"),  # a make-up Saturday is worked: it stays
            ("2026-02-10", "5d", "2026-02-24"),  # ends inside a holiday: moves behind it
            ("2026-02-10", "14d", "2026-02-24"),  # the holiday inside is not skipped
        ],
    )
    def test_rule_5_calendar_days_count_all_days_and_only_the_end_moves(self, start, limit, last, calendar):
        assert last_day(start, limit, calendar) == on(last)

    def test_rule_10_overdue_counts_working_days_after_the_last_day_and_a_threshold_ends_with_its_day(self, calendar):
        friday = on("2026-03-06")
        days = [friday + timedelta(days=n) for n in range(-1, 5)]  # Thursday to Tuesday

        assert [overdue_by(friday, day, calendar=calendar) for day in days] == [0, 0, 0, 0, 1, 2]
        assert passed_at(friday, 2, calendar=calendar) == at("2026-03-11T00:00:00")
        assert passed_at(friday, 0, calendar=calendar) == at("2026-03-07T00:00:00")

    @pytest.mark.parametrize("day", ["2026-03-07", "2026-03-08"])
    def test_rule_3_a_filing_on_a_weekend_has_day_one_on_monday(self, day, calendar):
        assert last_day(day, "1wd", calendar) == on("2026-03-09")

    @pytest.mark.parametrize(
        ("filed", "received"),
        [
            ("2026-03-06T10:00", "2026-03-06T10:00"),
            ("2026-03-06T07:15", "2026-03-06T07:15"),
            ("2026-03-06T12:30", "2026-03-06T12:30"),
            ("2026-03-06T17:30", "2026-03-06T17:30"),
            ("2026-03-06T17:30:01", "2026-03-09T08:30"),
            ("2026-03-07T10:00", "2026-03-09T08:30"),
            ("2026-02-13T18:00", "2026-02-14T08:30"),
        ],
    )
    def test_rule_3_under_the_other_receipt_rule_an_evening_belongs_to_the_next_working_day(
        self, filed, received, calendar
    ):
        assert received_at(at(filed), calendar=calendar, receipt_rule="next_working_day") == at(received)

    def test_rule_3_the_other_receipt_rule_shifts_everything_by_one(self, calendar):
        assert last_day("2026-03-06T23:50", "5wd", calendar) == on("2026-03-13")
        assert last_day("2026-03-06T23:50", "5wd", calendar, receipt_rule="next_working_day") == on("2026-03-16")

    @pytest.mark.parametrize(
        ("start", "limit", "last"),
        [
            ("2026-03-06", "0wd", "2026-03-06"),
            ("2026-03-07", "0wd", "2026-03-09"),
            ("2026-02-14", "0wd", "2026-02-14"),
            ("2026-03-06", "0d", "2026-03-06"),
        ],
    )
    def test_rule_4_at_once_means_the_same_working_day(self, start, limit, last, calendar):
        assert last_day(start, limit, calendar) == on(last)

    def test_rule_4_the_last_day_is_in_time_to_its_end_and_midnight_is_not(self, calendar):
        promise = reckon(at("2026-01-05"), wd(5), calendar=calendar)

        assert promise.due_at == at("2026-01-12T23:59:59")
        assert promise.overdue_at == at("2026-01-13T00:00:00")
        assert is_in_time(at("2026-01-12T23:59:59.999999"), promise.overdue_at)
        assert not is_in_time(at("2026-01-13T00:00:00"), promise.overdue_at)

    def test_rule_6_an_act_within_months_moves_to_a_working_day(self, calendar):
        assert last_day("2026-08-31", "6m", calendar) == on("2027-03-01")
        assert last_day("2026-04-01", "1y", calendar) == on("2027-04-01")

    @pytest.mark.parametrize(
        ("start", "months", "end"),
        [
            ("2026-01-31", 1, "2026-02-28"),
            ("2027-01-31", 13, "2028-02-29"),
            ("2024-02-29", 12, "2025-02-28"),
            ("2026-11-30", 1, "2026-12-30"),
            ("2026-12-31", 2, "2027-02-28"),
        ],
    )
    def test_rule_6_a_missing_day_number_becomes_the_last_of_the_month(self, start, months, end):
        assert add_months(on(start), months) == on(end)

    def test_rule_7_hours_run_through_nights_and_holidays_from_the_moment_itself(self, calendar):
        promise = reckon(at("2026-02-14T16:40"), Limit.parse("48h"), calendar=calendar)

        assert promise.due_at == at("2026-02-16T16:40")
        assert is_in_time(promise.due_at, promise.overdue_at)

    @pytest.mark.parametrize(
        ("start", "limit", "due"),
        [
            ("2026-03-06T09:00", "2wh", "2026-03-06T11:00"),
            ("2026-03-06T11:30", "1wh", "2026-03-06T14:30"),  # the lunch break does not count
            ("2026-03-06T08:30", "7wh", "2026-03-06T17:30"),  # ends with the day, not with the next opening
            ("2026-03-06T17:00", "1wh", "2026-03-09T09:00"),
            ("2026-03-07T12:00", "1wh", "2026-03-09T09:30"),
            ("2026-02-13T17:00", "8wh", "2026-02-24T09:00"),  # the make-up Saturday is worked
            ("2026-03-06T06:00", "3wh", "2026-03-06T11:30"),
            ("2026-03-06T12:30", "0wh", "2026-03-06T12:30"),
        ],
    )
    def test_rule_7_working_hours_run_in_office_hours_only(self, start, limit, due, calendar):
        assert due_at(at(start), Limit.parse(limit), calendar=calendar) == at(due)

    def test_rule_8_a_calendar_limit_gains_the_days_that_are_suspended(self, calendar):
        suspension = Suspension(on("2026-03-10"), on("2026-03-12"))

        assert last_day("2026-03-02", "30d", calendar) == on("2026-04-01")
        assert last_day("2026-03-02", "30d", calendar, suspensions=[suspension]) == on("2026-04-07")  # 4 April moves

    def test_rule_8_a_day_that_two_suspensions_touch_is_left_out_once(self, calendar):
        twice = [Suspension(on("2026-03-09"), on("2026-03-10")), Suspension(on("2026-03-10"), on("2026-03-13"))]

        assert last_day("2026-03-02", "15wd", calendar, suspensions=twice) == on("2026-03-30")

    def test_rule_8_a_suspension_that_lasts_leaves_no_due_date(self, calendar):
        with pytest.raises(StillSuspended):
            due_at(at("2026-03-02"), wd(15), calendar=calendar, suspensions=[Suspension(on("2026-03-09"), None)])

    def test_rule_8_a_suspension_after_the_end_changes_nothing(self, calendar):
        late = Suspension(on("2026-03-24"), on("2026-03-31"))

        assert last_day("2026-03-02", "15wd", calendar, suspensions=[late]) == on("2026-03-23")

    def test_rule_8_the_end_is_not_moved_onto_a_suspended_day(self, calendar):
        suspension = Suspension(on("2026-02-24"), on("2026-02-25"))

        assert last_day("2026-02-10", "10d", calendar) == on("2026-02-24")  # 20 February is a holiday
        assert last_day("2026-02-10", "10d", calendar, suspensions=[suspension]) == on("2026-02-26")

    def test_rule_9_a_calendar_extension_starts_from_the_moved_last_day(self, calendar):
        # 30 days from 20 January end on 19 February, a holiday, and move to the 24th; 10 more end on 6 March.
        assert last_day("2026-01-20", "30d", calendar, extensions=[Limit.parse("10d")]) == on("2026-03-06")

    def test_rule_11_the_reminder_is_never_before_the_start(self, calendar):
        promise = reckon(at("2026-03-05T15:00"), wd(1), calendar=calendar)

        assert promise.warn_at == at("2026-03-05T15:00")

    def test_rule_11_the_reminder_for_an_end_on_a_day_off_is_on_the_last_working_day_before(self, calendar):
        promise = reckon(at("2026-02-13T08:00"), Limit.parse("72h"), calendar=calendar)

        assert promise.due_at == at("2026-02-16T08:00")
        assert promise.warn_at == at("2026-02-14T09:00")

    def test_rule_12_the_assumed_year_2027_has_the_days_off_that_the_law_gives(self):
        off = notices.assumed(2027).days_off

        weekdays = sorted(day.isoformat()[5:] for day in off if day.isoweekday() <= 5)
        assert " ".join(weekdays) == "01-01 02-05 02-08 02-09 02-10 04-05 05-03 05-04 06-09 09-15 10-01 10-04 10-05"
        assert not notices.assumed(2027).makeup_days

    @pytest.mark.parametrize("day", ["2027-03-08", "2028-05-04"])
    def test_rule_12_half_days_for_some_people_are_working_days(self, day, calendar):
        assert calendar.is_working_day(on(day))

    @pytest.mark.parametrize(
        ("limit", "red"),
        [("1wd", 2), ("3wd", 2), ("4wd", 3), ("10wd", 3), ("11wd", 5), ("30wd", 5), ("1d", 5), ("30d", 5)],
    )
    def test_red_follows_the_original_limit_and_level_four_five_days_later(self, limit, red, calendar):
        promise = reckon(at("2026-03-02"), Limit.parse(limit), calendar=calendar, extensions=[wd(15)])

        assert red_after(Limit.parse(limit)) == red
        assert promise.red_at == end_of(calendar.add_working_days(promise.last_day, red))
        assert promise.fourth_at == end_of(calendar.add_working_days(promise.last_day, red + 5))


class TestTraps:
    def test_t1_a_suspension_over_a_weekend_gains_no_weekend(self, calendar):
        friday_to_monday = Suspension.between(at("2026-03-06T17:00"), at("2026-03-09T09:00"))

        assert last_day("2026-03-02", "10wd", calendar) == on("2026-03-16")
        assert last_day("2026-03-02", "10wd", calendar, suspensions=[friday_to_monday]) == on("2026-03-18")

    @pytest.mark.parametrize("moment", ["2026-03-05T23:59:59+08:00", "2026-03-05T00:00:00+08:00"])
    def test_t4_the_day_is_taken_in_shanghai_not_in_utc(self, moment, calendar):
        filed = datetime.fromisoformat(moment)

        assert local_day(filed.astimezone(UTC)) == on("2026-03-05")
        assert due_at(filed.astimezone(UTC), wd(1), calendar=calendar) == at("2026-03-06T23:59:59")

    def test_t4_a_moment_without_a_zone_is_refused(self, calendar):
        with pytest.raises(NaiveMoment):
            due_at(datetime(2026, 3, 5, 10), wd(1), calendar=calendar)  # noqa: DTZ001  # the mistake itself

    def test_t4_a_new_promise_is_never_late_at_once(self, calendar):
        filed = at("2026-03-05T23:59:59")
        for limit in ("0wd", "0d", "1wd", "1h", "1wh"):
            assert reckon(filed, Limit.parse(limit), calendar=calendar).overdue_at > filed

    def test_t5_no_minute_is_lost_at_the_end_of_a_day(self, calendar):
        promise = reckon(at("2026-03-02"), wd(3), calendar=calendar)

        assert promise.overdue_at - promise.due_at == timedelta(seconds=1)
        assert promise.overdue_at == end_of(promise.last_day)

    def test_t6_a_reminder_never_falls_into_a_night_or_a_day_off(self, calendar):
        day = on("2026-01-01")
        while day <= on("2026-12-31"):
            promise = reckon(at(f"{day}T23:30"), wd(10), calendar=calendar)
            assert promise.warn_at.time() == time(9)
            assert calendar.is_working_day(promise.warn_at.date())
            day += timedelta(days=1)

    def test_t7_a_day_of_two_frames_is_filled_exactly(self, calendar):
        start = at("2026-03-02T08:30")

        assert due_at(start, Limit.parse("35wh"), calendar=calendar) == at("2026-03-06T17:30")
        assert due_at(start, Limit.parse("36wh"), calendar=calendar) == at("2026-03-09T09:30")

    def test_t7_an_empty_calendar_says_so(self):
        with pytest.raises(OutsideCalendar):
            WorkCalendar(first_day=on("2026-01-01"), kinds=())

    def test_t13_due_is_inclusive_and_late_is_strictly_after(self, calendar):
        hours = reckon(at("2026-03-02T10:00"), Limit.parse("24h"), calendar=calendar)
        assert is_in_time(hours.due_at, hours.overdue_at)
        assert not is_in_time(hours.overdue_at, hours.overdue_at)

    def test_t14_a_year_that_is_not_covered_is_refused_never_guessed(self, calendar):
        for start in ("2023-06-01", "2028-12-29"):
            with pytest.raises(OutsideCalendar):
                due_at(at(start), wd(5), calendar=calendar)

    def test_t14_make_up_days_of_all_years_come_from_the_notices(self):
        makeup = {day for notice in notices.announced().values() for day in notice.makeup_days}

        assert all(day.isoweekday() >= 6 for day in makeup)
        assert {on("2024-02-04"), on("2025-01-26"), on("2026-10-10")} <= makeup

    def test_t24_days_off_make_an_escalation_later_never_earlier(self, calendar):
        over_a_weekend = passed_at(on("2026-03-05"), 3, calendar=calendar)
        inside_a_week = passed_at(on("2026-03-02"), 3, calendar=calendar)

        assert over_a_weekend - start_of_day("2026-03-05") > inside_a_week - start_of_day("2026-03-02")

    def test_t25_a_start_on_a_day_off_has_day_one_on_the_next_working_day(self, calendar):
        assert last_day("2026-02-16", "1wd", calendar) == on("2026-02-24")

    def test_t25_a_month_from_the_31st_exists(self, calendar):
        assert last_day("2026-03-31", "1m", calendar) == on("2026-04-30")


def start_of_day(text: str) -> datetime:
    return at(f"{text}T00:00:00")


class TestPitfalls:  # docs/domain.md 13
    def test_no1_the_day_of_filing_is_not_day_one(self, calendar):
        assert last_day("2026-03-02", "1wd", calendar) == on("2026-03-03")

    def test_no1_a_weekend_filing_is_not_shifted_twice(self, calendar):
        assert last_day("2026-03-07", "1wd", calendar) == last_day("2026-03-06", "1wd", calendar)

    @pytest.mark.parametrize("day", ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"])
    def test_no2_make_up_weekend_days_are_worked(self, day, calendar):
        assert calendar.is_working_day(on(f"2026-{day}"))

    @pytest.mark.parametrize("hour", range(8))
    def test_no3_the_first_eight_hours_belong_to_the_day_of_beijing(self, hour, calendar):
        filed = at(f"2026-03-05T0{hour}:30").astimezone(UTC)

        assert filed.date() == on("2026-03-04")
        assert due_at(filed, wd(1), calendar=calendar) == at("2026-03-06T23:59:59")

    def test_no3_the_last_day_is_not_lost(self, calendar):
        assert is_in_time(at("2026-03-06T17:00"), reckon(at("2026-03-05"), wd(1), calendar=calendar).overdue_at)

    def test_no15_an_assumed_year_is_marked(self, calendar):
        assert calendar.provisional_years == {2027, 2028}
        assert calendar.is_provisional(on("2026-12-31"), on("2027-01-01"))
        assert not calendar.is_provisional(on("2026-01-01"), on("2026-12-31"))


class TestLimit:
    @pytest.mark.parametrize("text", ["15wd", "30d", "24h", "4wh", "6m", "2y", "0wd"])
    def test_reads_what_it_writes(self, text):
        assert str(Limit.parse(text)) == text

    @pytest.mark.parametrize("text", ["", "wd", "15", "-1wd", "1.5wd", "15 wd", "15w", "99999wd", "１５wd", "15WD"])
    def test_refuses_what_is_no_limit(self, text):
        with pytest.raises(BadLimit):
            Limit.parse(text)
