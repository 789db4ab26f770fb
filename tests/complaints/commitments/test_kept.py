"""The kept rate of an item: docs/domain.md 12, ``kept_rate`` 承诺兑现率."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.commitments import kept
from complaints.commitments.kept import Month
from complaints.commitments.showing import CommitmentPage
from complaints.matters import reporting
from complaints.models import Matter
from tests.factories.matters import make_item, make_key, said
from tests.factories.staff import make_city
from tests.moments import local
from tests.planner import tell_planner

pytestmark = pytest.mark.django_db
NOW = local("2026-03-31 10:00")
SINCE = local("2025-04-01 00:00")
MANY_YEARS = """
INSERT INTO complaints_matter (organ_id, external_id, version_id, item_id, state, accepted_at, finished_at, outcome,
                               doubts, first_reported_at, last_reported_at)
SELECT %(organ)s, 'M-' || n, %(version)s, %(item)s, 'finished', at, at, 'granted', '{}', at, at
  FROM generate_series(1, 5000) AS n, LATERAL (SELECT %(now)s - n * interval '18 hours' AS at) AS moment
"""
THEIR_PROMISES = """
INSERT INTO efficiency_deadline (kind, variant, promise, content_type_id, object_id, generation, organ_id, started_at,
                                 limit_number, limit_unit, red_after, fourth_after, warn_at, due_at, overdue_at, red_at,
                                 fourth_at, provisional, state, suspended_days, met_at, ended_at, level, attempts,
                                 last_error, extension_count)
SELECT 'complaints.matter', '', 'citizen', %(type)s, id, 1, organ_id, accepted_at, 5, 'wd', 3, 8, accepted_at,
       accepted_at + interval '7 days', accepted_at + interval '7 days', accepted_at + interval '9 days',
       accepted_at + interval '16 days', FALSE, 'met', 0, finished_at, finished_at, 0, 0, '', 0
  FROM complaints_matter WHERE organ_id = %(organ)s
"""


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def item(city):
    return make_item(city.construction, "JS-1", limit="5wd")


def report(city, number: str, accepted: str, finished: str = "", outcome: str = "granted") -> None:
    """Report a matter, with its end if it has one."""
    given = [said("accepted", local(accepted), matter=number, item="JS-1")]
    if finished:
        given.append(said("finished", local(finished), matter=number, outcome=outcome))
    reporting.report(given, organ=city.construction, key=make_key(city.construction), at=NOW)


@pytest.fixture
def year(city, item):
    """Five in time, one late, one overdue and undecided; one withdrawn and one that still has time do not count."""
    for number in range(4):
        report(city, f"A-{number}", "2026-03-02 10:00", "2026-03-09 23:59:00")
    report(city, "FEB", "2026-02-26 10:00", "2026-03-01 00:30")
    report(city, "LATE", "2026-03-02 10:00", "2026-03-10 00:00")
    report(city, "OPEN", "2026-03-02 10:00")
    report(city, "WITHDRAWN", "2026-03-02 10:00", "2026-03-03 10:00", "withdrawn")
    report(city, "RUNNING", "2026-03-30 10:00")


class TestKeptRate:
    def test_decided_in_time_by_decided_and_overdue(self, item, year):
        found = kept.kept_rate([item.pk], SINCE, NOW)[item.pk]

        assert (found.in_time, found.late, found.undecided, found.base) == (5, 1, 1, 7)
        assert found.rate == Decimal("71.43")

    def test_months_are_those_of_foshan_and_add_up(self, item, year):
        found = kept.kept_rate([item.pk], SINCE, NOW)[item.pk]

        assert found.months == (Month(date(2026, 3, 1), 6, 5, 4 * 7 + 3 + 8),)
        assert sum(month.decided for month in found.months) + found.undecided == found.base

    def test_a_period_counts_its_own_decisions(self, city, item):
        report(city, "B-1", "2026-02-24 10:00", "2026-02-28 23:59:00")
        report(city, "B-2", "2026-02-24 10:00", "2026-03-01 00:00")

        for since, until in (("2026-02-01 00:00", "2026-03-01 00:00"), ("2026-03-01 00:00", "2026-04-01 00:00")):
            assert kept.kept_rate([item.pk], local(since), local(until))[item.pk].base == 1

    def test_it_says_how_many_calendar_days_a_decision_took(self, item, year):
        found = kept.kept_rate([item.pk], SINCE, NOW)[item.pk]

        assert found.average_days == found.months[0].average_days == Decimal("6.5")

    def test_too_few_say_nothing(self, city, item):
        report(city, "B-1", "2026-03-02 10:00", "2026-03-03 10:00")

        found = kept.kept_rate([item.pk], SINCE, NOW)[item.pk]
        assert (found.rate, found.average_days) == (None, None)

    def test_an_item_without_matters_has_no_figure(self, item):
        assert kept.kept_rate([item.pk], SINCE, NOW) == {}

    def test_it_is_one_statement_for_all_items(self, city, item, year, django_assert_num_queries):
        others = [make_item(city.tax, f"DS-{number}").pk for number in range(3)]
        ContentType.objects.get_for_model(Matter)

        with django_assert_num_queries(1):
            kept.kept_rate([item.pk, *others], SINCE, NOW)

    def test_what_ended_before_the_period_is_not_looked_at(self, city, item):
        """Of an item with many years of matters those of the period are found by an index."""
        values = {
            "organ": city.construction.pk,
            "version": item.versions.get().pk,
            "item": item.pk,
            "now": NOW,
            "type": ContentType.objects.get_for_model(Matter).pk,
        }
        with connection.cursor() as cursor:
            cursor.execute(MANY_YEARS, values)
            cursor.execute(THEIR_PROMISES, values)
        tell_planner()
        with CaptureQueriesContext(connection) as seen:
            kept.kept_rate([item.pk], SINCE, NOW)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {seen.captured_queries[-1]['sql']}")
            plan = "\n".join(line for (line,) in cursor.fetchall())

        assert "matter_ended_of_item" in plan

    def test_public_pages_of_it_are_kept_for_five_minutes(self, client, item):
        for address in ("/commitments/", "/commitments/JS-1/"):
            assert "max-age=300" in client.get(address)["Cache-Control"]

    def test_a_year_are_eleven_months_and_this_one(self):
        assert kept.begin_of_year(local("2026-03-01 00:00")) == local("2025-04-01 00:00")
        assert kept.begin_of_year(local("2026-12-31 23:59")) == local("2026-01-01 00:00")


class TestOnPages:
    def test_list_and_item_show_the_same_rate(self, item, year):
        with time_machine.travel(NOW, tick=False):
            listed, shown = (
                Client().get(address).content.decode() for address in ("/commitments/", "/commitments/JS-1/")
            )

        assert "6.5" in shown
        assert "71.43%" in listed
        assert "71.43%" in shown
        assert 'value="71.43"' in listed

    def test_the_chart_shows_the_twelve_months_of_the_table(self, city, item, year):
        for number in range(5):
            report(city, f"JAN-{number}", "2026-01-05 10:00", "2026-01-08 10:00")
        with time_machine.travel(NOW, tick=False):
            answer = Client().get("/commitments/JS-1/")

        page = answer.context["page"]
        assert [month.first.month for month in page.months] == [4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3]
        shown = {(bar.name, bar.label, bar.under, bar.height) for bar in page.chart.bars if bar.height}
        # Rounded down: what says 100 % hides no broken promise.
        assert shown == {("1月", "100%", "5", 100), ("3月", "83%", "6", 83)}
        body = answer.content.decode()
        assert body.count('class="chart-bar"') == 2
        assert all(rate in page.finding for rate in ("83.33%", "100.00%", "2026年3月", "2026年1月"))
        assert " style=" not in body

    def test_where_no_month_says_anything_there_is_no_chart(self, city, item):
        report(city, "B-1", "2026-03-02 10:00", "2026-03-03 10:00")
        with time_machine.travel(NOW, tick=False):
            answer = Client().get("/commitments/JS-1/")

        assert answer.context["page"].chart is None
        assert '<svg class="chart"' not in answer.content.decode()

    def test_matters_that_run_are_not_denied_before_one_is_due(self, city, item):
        def shown() -> CommitmentPage:
            page: CommitmentPage = Client().get("/commitments/JS-1/").context["page"]
            return page

        with time_machine.travel(NOW, tick=False):
            assert not shown().has_matters
            report(city, "RUNNING", "2026-03-30 10:00")
            page = shown()

        assert (page.kept, page.has_matters) == (None, True)
