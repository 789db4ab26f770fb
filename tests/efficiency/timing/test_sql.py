"""The rules of time in SQL give the same answers as in Python, one by one and a thousand at once."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DataError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg2.extras import execute_values

from efficiency.timing import sql, store
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.due import ZONE, Limit, Suspension, Unit, local_day, merge, reckon, stages_of

pytestmark = pytest.mark.django_db
# The connection is the same for all examples and nothing is written, so the function-scoped fixture may be shared.
shared = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])

days = st.dates(date(2004, 1, 8), date(2027, 6, 30))
moments = st.builds(
    lambda day, seconds: datetime(day.year, day.month, day.day, tzinfo=ZONE) + timedelta(seconds=seconds),
    days,
    st.integers(0, 86399),
)
limits = st.builds(Limit, st.integers(0, 90), st.sampled_from([Unit.WORKING_DAY, Unit.DAY])) | st.builds(
    Limit, st.integers(1, 8), st.just(Unit.MONTH)
)
spans = st.lists(st.tuples(st.integers(-3, 90), st.integers(0, 20)), max_size=4)


def ask(query: str, *values):
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return row[0] if len(row) == 1 else row


class TestFunctions:
    @shared
    @given(days, st.integers(1, 100))
    def test_adding_working_days(self, db, day, number):
        expected = store.load().add_working_days(day, number)

        assert ask("SELECT efficiency_add_working_days(%s, %s)", day, number) == expected

    @shared
    @given(days, days)
    def test_counting_working_days(self, db, one, other):
        expected = store.load().working_days_between(one, other)

        assert ask("SELECT efficiency_working_days_between(%s, %s)", one, other) == expected

    @shared
    @given(moments, limits, spans)
    def test_the_due_date_with_suspensions(self, db, start, limit, offsets):
        first = local_day(start)
        pauses = [Suspension(first + timedelta(each), first + timedelta(each + length)) for each, length in offsets]
        expected = stages_of(start, limit, calendar=store.load(), suspensions=pauses)[0].end

        ranges = "{" + ",".join(f"[{opens},{closes}]" for opens, closes in merge(pauses)) + "}"
        answer = ask("SELECT efficiency_due_date(%s, %s, %s, %s)", first, limit.number, limit.unit.value, ranges)
        assert answer == expected

    def test_the_end_is_not_moved_onto_a_suspended_day(self):
        query = "SELECT efficiency_due_date('2026-02-10', 10, 'd', '{[2026-02-24,2026-02-25]}')"

        assert ask(query) == date(2026, 2, 26)

    @shared
    @given(moments, limits, limits)
    def test_an_extension_is_a_second_call(self, db, start, limit, extension):
        expected = stages_of(start, limit, calendar=store.load(), extensions=[extension])[-1].end

        answer = ask(
            "SELECT efficiency_due_date(efficiency_due_date(%s, %s, %s), %s, %s)",
            *(local_day(start), limit.number, limit.unit.value, extension.number, extension.unit.value),
        )
        assert answer == expected

    @shared
    @given(moments, limits, st.integers(0, 6), st.integers(0, 12))
    def test_all_moments_of_a_last_day(self, db, start, limit, red, fourth):
        promise = reckon(start, limit, calendar=store.load(), red=red, fourth=fourth)

        answer = ask(
            "SELECT warn_at, due_at, overdue_at, red_at, fourth_at, provisional"
            " FROM efficiency_moments(%s, %s, %s, %s)",
            *(start, promise.last_day, red, fourth),
        )
        assert answer == (
            promise.warn_at,
            promise.due_at,
            promise.overdue_at,
            promise.red_at,
            promise.fourth_at,
            promise.provisional,
        )

    @pytest.mark.parametrize(
        "call",
        [
            "efficiency_add_working_days('2026-01-01', 0)",
            "efficiency_add_working_days('1999-01-01', 1)",
            "efficiency_add_working_days('2026-01-01', 99999)",
            "efficiency_working_days_between('2026-01-01', '2099-01-01')",
            "efficiency_due_date('2026-01-01', 5, 'wh')",
            "efficiency_due_date('2026-01-01', 5, 'nonsense')",
        ],
    )
    def test_what_the_calendar_does_not_know_is_refused_never_null(self, call):
        with pytest.raises(DataError), transaction.atomic():
            ask(f"SELECT {call}")

    def test_the_lock_of_those_who_count_is_the_one_that_is_waited_for(self):
        assert re.findall(r"lock_shared\((\d+)\)", sql.FUNCTIONS) == [str(sql.COUNTING_LOCK)]

    def test_the_migrations_made_the_functions_that_are_written_here(self):
        migrated = definitions()

        with connection.cursor() as cursor:
            cursor.execute(sql.DROP_FUNCTIONS)
            assert definitions() == {}
            cursor.execute(sql.FUNCTIONS)
        assert definitions() == migrated
        assert set(migrated) == set(re.findall(r"CREATE FUNCTION (\w+)", sql.FUNCTIONS))


def definitions() -> dict[str, str]:
    """Return the calendar's functions that stand in the database, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proname = ANY(%s)",
            [re.findall(r"DROP FUNCTION IF EXISTS (\w+)", sql.DROP_FUNCTIONS)],
        )
        return dict(cursor.fetchall())


class TestManyAtOnce:
    @settings(shared, max_examples=10)
    @given(st.lists(st.tuples(moments, limits, st.integers(1, 5), st.integers(6, 10)), min_size=1, max_size=60))
    def test_a_query_reckons_them_all_as_python_does(self, db, promises):
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMPORARY TABLE tried"
                " (id int, started_at timestamptz, number int, unit text, red int, fourth int)"
            )
            execute_values(
                cursor.cursor,
                "INSERT INTO tried VALUES %s",
                [
                    (number, start, limit.number, limit.unit.value, red, fourth)
                    for number, (start, limit, red, fourth) in enumerate(promises)
                ],
            )
            cursor.execute(sql.RECKONED.format(promises="tried") + "ORDER BY id")
            answers = cursor.fetchall()
            cursor.execute("DROP TABLE tried")

        calendar = store.load()
        for answer, (start, limit, red, fourth) in zip(answers, promises, strict=True):
            promise = reckon(start, limit, calendar=calendar, red=red, fourth=fourth)
            assert answer[1:] == (
                promise.last_day,
                promise.warn_at,
                promise.due_at,
                promise.overdue_at,
                promise.red_at,
                promise.fourth_at,
                promise.provisional,
            )

    def test_what_the_calendar_does_not_cover_comes_out_as_null(self):
        promises = "(SELECT 1 AS id, %s::timestamptz AS started_at, 5 AS number, 'wd' AS unit, 2 AS red, 7 AS fourth)"
        late = datetime(store.load().last_day.year, 12, 30, tzinfo=UTC)

        answer = ask(sql.RECKONED.format(promises=promises), late)

        assert answer[1] is None
        with pytest.raises(OutsideCalendar):
            reckon(late, Limit.parse("5wd"), calendar=store.load())
