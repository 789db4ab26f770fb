"""Questions about a period: the worked example of docs/domain.md 12, and each way to break it down."""

from datetime import date

import pytest

from complaints.enums import Channel, Kind
from complaints.models import Case
from supervision.figures import rollups
from supervision.figures.asking import By, Question, by_category, figures, recount, rows
from supervision.figures.definitions import definition, definitions, shown
from targets.measures.registry import Part
from tests.factories.cases import make_cast
from tests.supervision.figures import month
from tests.supervision.figures.month import AS_OF, SINCE, UNTIL

pytestmark = pytest.mark.django_db
MARCH = Question(SINCE, UNTIL)
NAMES = tuple(each.name for each in definitions())


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def received(cast):
    return month.lay_down(cast)


class TestWorkedExample:
    def test_each_figure_is_as_the_domain_has_it(self, received):
        found = figures(NAMES, MARCH, at=AS_OF)[None]
        said = {
            "received": "240",
            "direct_rate": "62.50",
            "assigned_rate": "37.50",
            "closing_rate": "93.33",
            "on_time_closing": "94.44",
            "evaluation_rate": "68.18",
            "satisfaction": "90.00",
            "dissatisfaction": "10.00",
        }
        assert {name: shown(found[name], definition(name)) for name in said} == said

    def test_of_each_organ_it_is_what_that_organ_answers_for(self, cast, received):
        construction, office = cast.city.construction.pk, cast.city.office.pk
        found = figures(("received", "on_time_closing"), MARCH, by=By.ORGAN, at=AS_OF)
        assert found[office]["received"].numerator == 240
        assert found[construction]["on_time_closing"].numerator == 85

    def test_an_organ_that_had_nothing_is_there_when_it_is_asked_for(self, cast, received):
        tax = cast.city.tax.pk
        found = figures(
            ("received", "on_time_closing"), Question(SINCE, UNTIL, organ_ids=(tax,)), by=By.ORGAN, at=AS_OF
        )
        assert found[tax]["received"].value == 0
        assert shown(found[tax]["on_time_closing"], definition("on_time_closing")) == "–"


class TestBreakingDown:
    def test_months_and_days_are_periods_of_their_own(self, received):
        asked = Question(date(2026, 2, 1), UNTIL)
        months = figures(("received",), asked, by=By.MONTH, at=AS_OF)
        assert {key: each["received"].value for key, each in months.items()} == {date(2026, 2, 1): 4, SINCE: 240}
        days = figures(("received",), MARCH, by=By.DAY, at=AS_OF)
        assert len(days) == 31
        assert days[date(2026, 3, 3)]["received"].value == 240

    def test_what_is_overdue_counts_in_each_month_at_whose_end_it_is(self, received):
        found = figures(("on_time_closing",), Question(SINCE, date(2026, 5, 1)), by=By.MONTH, at=AS_OF)
        assert found[SINCE]["on_time_closing"].denominator == 90
        assert found[date(2026, 4, 1)]["on_time_closing"].denominator == 2 + 4

    def test_shares_are_those_of_all_classes_together(self, received):
        Case.objects.filter(pk__in=[each.pk for each in received[:80]]).update(kind=Kind.REQUEST)
        found = figures(("share_kind",), MARCH, by=By.KIND, at=AS_OF)
        assert {key: shown(each["share_kind"], definition("share_kind")) for key, each in found.items()} == {
            "request": "33.33",
            "complaint": "66.67",
        }
        one = figures(("share_kind",), Question(SINCE, UNTIL, kind=Kind.REQUEST), at=AS_OF)
        assert one[None]["share_kind"] == found["request"]["share_kind"]

    def test_a_filter_keeps_to_cases_of_a_class(self, received):
        Case.objects.filter(pk__in=[each.pk for each in received[:10]]).update(channel=Channel.PHONE)
        by_phone = Question(SINCE, UNTIL, channel=Channel.PHONE)
        assert figures(("on_time_closing",), by_phone, at=AS_OF)[None]["on_time_closing"].denominator == 10

    def test_each_category_by_organ_is_asked_at_once_and_says_what_each_says_by_itself(
        self, received, django_assert_num_queries
    ):
        Case.objects.filter(pk__in=[each.pk for each in received[:150]]).update(category="delay")
        rollups.build(at=AS_OF)
        names = ("closing_rate", "on_time_closing")
        by_category(names, MARCH, at=AS_OF)  # what a process does once
        with django_assert_num_queries(3):  # is it kept, twice, and one statement
            found = by_category(names, MARCH, at=AS_OF)
        for category, by_organ in found.items():
            asked = Question(SINCE, UNTIL, category=category)
            assert (
                by_organ == figures(names, asked, by=By.ORGAN, at=AS_OF) == recount(names, asked, by=By.ORGAN, at=AS_OF)
            )
        assert found["delay"]
        # What has no case behind it is asked for each by itself.
        assert by_category(("cards_red",), MARCH, at=AS_OF)["delay"] == figures(
            ("cards_red",), Question(SINCE, UNTIL, category="delay"), by=By.ORGAN, at=AS_OF
        )

    def test_what_has_no_case_behind_it_has_no_value_for_a_class(self, received):
        found = figures(("cards_red", "kept_rate"), Question(SINCE, UNTIL, kind=Kind.REQUEST), at=AS_OF)[None]
        assert {shown(found[name], definition(name)) for name in found} == {"–"}
        assert figures(("cards_red",), MARCH, at=AS_OF)[None]["cards_red"].value == 0


class TestRows:
    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("part", list(Part))
    def test_are_as_many_as_the_figure_counts(self, received, name, part):
        figure = recount([name], MARCH, at=AS_OF)[None][name]
        counted = figure.numerator if part is Part.NUMERATOR else figure.denominator
        if counted is None or name == "three_rates":
            with pytest.raises(LookupError):
                rows(name, MARCH, part, at=AS_OF)
        elif name != "average_days" or part is Part.DENOMINATOR:
            assert rows(name, MARCH, part, at=AS_OF).count() == counted

    def test_of_a_class_are_about_cases_of_it(self, received):
        Case.objects.filter(pk__in=[each.pk for each in received[:10]]).update(channel=Channel.PHONE)
        by_phone = Question(SINCE, UNTIL, channel=Channel.PHONE)
        assert rows("on_time_closing", by_phone, Part.DENOMINATOR, at=AS_OF).count() == 10
        assert rows("satisfaction", by_phone, Part.NUMERATOR, at=AS_OF).count() == 10
        assert not rows("cards_red", by_phone, Part.NUMERATOR, at=AS_OF).exists()

    def test_of_the_base_of_a_share_are_those_of_all_classes(self, received):
        asked = Question(SINCE, UNTIL, kind=Kind.REQUEST)
        assert rows("share_kind", asked, Part.NUMERATOR, at=AS_OF).count() == 0
        assert rows("share_kind", asked, Part.DENOMINATOR, at=AS_OF).count() == 240


def test_a_figure_that_nobody_defined_is_an_error():
    with pytest.raises(KeyError):
        figures(("happiness",), MARCH, at=AS_OF)
