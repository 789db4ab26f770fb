"""The stored calendar: seeded without a gap, loaded once a version, never stale, guarded by the database."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction

from efficiency import tasks
from efficiency.timing import notices, store
from efficiency.timing.calendar import DayKind, OutsideCalendar
from efficiency.timing.models import CalendarDay, CalendarVersion, CalendarYear

SHANGHAI = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.django_db


def drop_everything() -> None:
    CalendarDay.objects.all().delete()
    CalendarYear.objects.all().delete()


class TestSeed:
    def test_stores_the_announced_years_and_two_assumed_ones(self):
        first, last = (CalendarDay.objects.order_by(order).first().date for order in ("date", "-date"))

        assert first == date(2004, 1, 1)
        assert last == date(max(notices.announced()) + 2, 12, 31)
        assert CalendarDay.objects.count() == (last - first).days + 1

    def test_gives_the_same_calendar_as_the_notices_alone(self):
        stored = store.load()

        years = [*notices.announced().values(), *map(notices.assumed, sorted(stored.provisional_years))]
        alone = notices.calendar_of(years)
        assert (stored.first_day, stored.kinds, stored.holidays) == (alone.first_day, alone.kinds, alone.holidays)
        assert stored.provisional_years == alone.provisional_years
        assert stored.working_days == alone.working_days

    def test_leaves_what_is_stored_as_it_is(self, django_assert_max_num_queries):
        version = store.load().version

        with django_assert_max_num_queries(4):
            assert store.seed() == 0
        assert store.load().version == version

    def test_from_nothing_makes_everything_by_a_fixed_number_of_statements(self, django_assert_max_num_queries):
        drop_everything()

        with django_assert_max_num_queries(8):
            store.seed()
        assert store.load().working_days_between(date(2025, 12, 31), date(2026, 12, 31)) == 248

    def test_goes_on_from_where_the_stored_years_end(self):
        before = store.load()

        assert store.seed(before.last_day.year + 2) == 2

        after = store.load()
        assert after.last_day == date(before.last_day.year + 2, 12, 31)
        assert after.ordinal(before.last_day) == before.ordinal(before.last_day)
        assert after.provisional_years > before.provisional_years

    def test_keeps_two_years_ahead_of_the_clock(self):
        store.seed(at=datetime(2029, 12, 31, 20, tzinfo=UTC))  # already 2030 in Shanghai

        assert store.load().last_day == date(2032, 12, 31)

    def test_is_done_by_the_daily_task(self):
        CalendarDay.objects.filter(date__gte=date(2028, 1, 1)).delete()
        CalendarYear.objects.filter(pk__gte=2028).delete()

        tasks.clean_up()

        assert store.load().last_day >= date(2028, 12, 31)


class TestCalendar:
    def test_asks_one_question_when_nothing_has_changed(self, django_assert_num_queries):
        first = store.load()

        with django_assert_num_queries(1):
            assert store.load() is first

    def test_is_new_after_a_change_of_days_by_whatever_way(self):
        before = store.load()

        with connection.cursor() as cursor:
            cursor.execute("UPDATE efficiency_calendarday SET holiday = 'x' WHERE date = '2026-10-01'")

        after = store.load()
        assert after.version > before.version
        assert after.day(date(2026, 10, 1)).holiday == "x"

    def test_is_new_after_a_change_of_years(self):
        year = max(store.load().provisional_years)

        CalendarYear.objects.filter(pk=year).update(state="confirmed", notice="x")

        assert year not in store.load().provisional_years

    def test_is_the_old_one_again_after_a_change_that_failed(self):
        before = store.load()
        with transaction.atomic():
            CalendarYear.objects.filter(pk=2028).update(state="confirmed", notice="x")
            assert store.load().version > before.version
            transaction.set_rollback(True)

        assert store.load().version == before.version
        assert store.load().provisional_years == before.provisional_years

    def test_says_so_when_there_is_none(self):
        drop_everything()

        with pytest.raises(OutsideCalendar, match="migrate"):
            store.load()

    def test_can_be_held_for_a_result_that_is_stored(self, django_assert_num_queries):
        free = store.load()

        with transaction.atomic(), django_assert_num_queries(1):
            assert store.hold() is free


class TestDatabase:
    def test_refuses_a_gap_in_the_days(self):
        with pytest.raises(IntegrityError, match="follow one another"), transaction.atomic():
            CalendarDay.objects.filter(date=date(2026, 5, 9)).delete()

    def test_refuses_a_running_number_that_does_not_count(self):
        with pytest.raises(IntegrityError, match="follow one another"), transaction.atomic():
            CalendarDay.objects.filter(date=date(2026, 5, 9)).update(ordinal=1)

    def test_refuses_a_day_that_stops_being_worked_without_new_numbers(self):
        with pytest.raises(IntegrityError, match="follow one another"), transaction.atomic():
            CalendarDay.objects.filter(date=date(2026, 5, 8)).update(kind=DayKind.HOLIDAY, holiday="labour_day")

    def test_allows_the_calendar_to_end_earlier(self):
        CalendarDay.objects.filter(date__gte=date(2028, 1, 1)).delete()

        assert store.load().last_day == date(2027, 12, 31)

    @pytest.mark.parametrize(
        ("day", "fields", "constraint"),
        [
            ("2026-05-08", {"kind": "weekend"}, "kind_fits_weekday"),
            ("2026-05-08", {"kind": "makeup"}, "kind_fits_weekday"),
            ("2026-05-10", {"kind": "working"}, "kind_fits_weekday"),
            ("2026-05-08", {"holiday": "labour_day"}, "holiday_is_named"),
            ("2026-05-01", {"holiday": ""}, "holiday_is_named"),
        ],
    )
    def test_refuses_a_kind_that_does_not_fit(self, day, fields, constraint):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            CalendarDay.objects.filter(date=day).update(**fields)

    @pytest.mark.parametrize(
        ("fields", "constraint"),
        [
            ({"state": "confirmed"}, "confirmed_has_notice"),
            ({"notice": "x"}, "confirmed_has_notice"),
            ({"confirmed_at": datetime(2026, 1, 1, tzinfo=UTC)}, "confirmed_at_has_by"),
        ],
    )
    def test_refuses_a_year_half_confirmed(self, fields, constraint):
        year = max(store.load().provisional_years)

        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            CalendarYear.objects.filter(pk=year).update(**fields)

    def test_numbers_each_state_of_the_calendar(self):
        before = CalendarVersion.objects.count()

        CalendarDay.objects.filter(date=date(2026, 10, 1)).update(holiday="x")

        assert CalendarVersion.objects.count() == before + 1


class TestCoverage:
    @pytest.mark.parametrize(
        ("at", "days_left", "is_short"),
        [
            ("2026-06-01T10:00", 213, False),
            ("2026-11-01T23:59", 60, True),
            ("2026-10-31T23:59", 61, False),
            ("2026-12-31T23:59", 0, True),
            ("2027-01-01T00:00", -1, True),
        ],
    )
    def test_the_office_is_warned_sixty_days_before_the_notices_end(self, at, days_left, is_short, provisional_2027):
        coverage = store.coverage(datetime.fromisoformat(at).replace(tzinfo=SHANGHAI))

        assert coverage.confirmed_until == date(2026, 12, 31)
        assert (coverage.days_left, coverage.is_short) == (days_left, is_short)
        assert coverage.covered_until == store.load().last_day

    def test_a_confirmed_year_ends_the_warning(self, provisional_2027):
        CalendarYear.objects.filter(pk=2027).update(state="confirmed", notice="x")

        coverage = store.coverage(datetime(2026, 12, 1, tzinfo=UTC))
        assert coverage.confirmed_until == date(2027, 12, 31)
        assert not coverage.is_short

    def test_long_ago_is_covered(self):
        assert store.coverage(datetime(2010, 1, 1, tzinfo=UTC)).days_left > timedelta(days=5000).days
