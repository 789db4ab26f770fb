"""Targets reached and surveys (docs/domain.md 8.1, 12), as they were known at a moment."""

from datetime import date
from decimal import Decimal

import pytest

from targets.measures import registry, showing
from targets.measures.registry import Key, Part, Window
from targets.models import Report, ReportValue
from targets.plans.enums import Direction, IndicatorKind, Span
from tests.factories import appraisal as make
from tests.factories import targets as make_targets
from tests.factories.cases import local
from tests.factories.targets import Line

pytestmark = pytest.mark.django_db
YEAR = {"since": date(2026, 1, 1), "until": date(2027, 1, 1), "as_of": local(2027, 1, 20)}
BLOCKS = {
    "A": (
        "100",
        [
            Line("A1", "20", target="95"),
            Line("A2", "20", "lower_better", target="10", direction=Direction.LOWER),
            Line(
                *("A3", "20", "milestones", None),
                kind=IndicatorKind.MILESTONE,
                direction=Direction.NONE,
                milestones=[date(2026, 4, 28), date(2026, 8, 28)],
            ),
            Line("A4", "20", "deduct", None, direction=Direction.LOWER, terms={"per_event": "2"}),
            Line("A5", "20", "yes_no", None, kind=IndicatorKind.DEADLINE, direction=Direction.NONE),
        ],
    )
}
REACHED = {
    "A1": {"actual": 95},
    "A2": {"actual": 10},
    "A3": {"done_on": [date(2026, 4, 28), date(2026, 8, 28)]},
    "A4": {"events": 0},
    "A5": {"done": True},
}
MISSED = {
    "A1": {"actual": 94},
    "A2": {"actual": 11},
    "A3": {"done_on": [date(2026, 4, 28), date(2026, 8, 29)]},
    "A4": {"events": 1},
    "A5": {"done": False},
}


@pytest.fixture
def organ(cast):
    return cast.city.construction


@pytest.fixture
def reported(cast, organ):
    """Return the report on a plan of the organ for the year, accepted on 9 January."""

    def report(values, **fields):
        plan = make_targets.make_plan(organ, cast.city.office, blocks=BLOCKS, **fields)
        return make.make_report(plan, values, by=cast.leader, checker=cast.officer)

    return report


class TestTargetRate:
    def test_indicators_reached_of_those_due(self, organ, reported, figure):
        reported(REACHED | {"A2": MISSED["A2"]})

        assert figure("target_rate", organ, **YEAR) == (4, 5, 80)

    @pytest.mark.parametrize("key", list(REACHED))
    def test_one_is_missed_by_a_day_or_a_unit(self, organ, reported, figure, key):
        reported(REACHED | {key: MISSED[key]})

        assert figure("target_rate", organ, **YEAR)[:2] == (4, 5)

    def test_what_is_not_proved_is_not_reached(self, organ, reported, figure):
        unproved = {"finding": "unproved", "finding_text": "无佐证材料"}
        reported(REACHED | {"A1": {"actual": 95} | unproved})

        assert figure("target_rate", organ, **YEAR)[:2] == (4, 5)

    def test_what_nobody_reported_is_due_and_missed(self, organ, reported, figure):
        reported({key: REACHED[key] for key in ("A1", "A2")})

        assert figure("target_rate", organ, **YEAR) == (2, 5, 40)

    def test_a_value_filled_in_afterwards_changes_nothing(self, organ, reported, figure):
        report = reported(REACHED)
        Report.objects.filter(pk=report.pk).update(state="returned", ended_at=None)
        ReportValue.objects.filter(report=report, indicator__key="A5").delete()
        before = figure("target_rate", organ, **YEAR)

        later = report.revision.indicators.get(key="A5")
        ReportValue.objects.create(report=report, indicator=later, done=True, entered_at=local(2027, 2, 3))
        assert figure("target_rate", organ, **YEAR) == before == (0, 5, 0)

    @pytest.mark.parametrize(("actual", "reached"), [(5, 1), (11, 0)])
    @pytest.mark.parametrize(
        ("method", "terms"),
        [
            ("interval", {"low": "0", "high": "10"}),
            ("stepwise", {"steps": [{"upto": "10", "share": "1"}, {"upto": "20", "share": "0.5"}]}),
            ("formula", {"formula": "w if a <= 10 else w / 2"}),
        ],
    )
    def test_without_a_target_it_is_reached_by_full_points(self, cast, organ, figure, method, terms, actual, reached):
        line = Line("A1", "100", method, None, terms=terms)
        plan = make_targets.make_plan(organ, cast.city.office, blocks={"A": ("100", [line])})
        make.make_report(plan, {"A1": {"actual": actual}}, by=cast.leader, checker=cast.officer)

        assert figure("target_rate", organ, **YEAR)[:2] == (reached, 1)

    def test_its_rows_are_the_indicators_by_the_report_on_them(self, cast, organ, reported):
        report = reported(REACHED | {"A2": MISSED["A2"]})
        measure, window = registry.get("target_rate"), Window(*YEAR.values())
        rows = {part: measure.rows(Key.ORGAN, [organ.pk], window, part) for part in Part}

        assert (rows[Part.NUMERATOR].count(), rows[Part.DENOMINATOR].count()) == (4, 5)
        known = showing.seen(rows[Part.DENOMINATOR], cast.leader)
        assert {line.number for line in showing.lines(list(known))} == {report.number}
        assert not showing.seen(rows[Part.DENOMINATOR], cast.tax_leader).exists()

    def test_accepted_afterwards_nothing_was_reached_yet(self, organ, reported, figure):
        report = reported(REACHED)

        assert figure("target_rate", organ, **YEAR | {"as_of": local(2027, 1, 8)})[:2] == (0, 5)
        assert figure("target_rate", organ, **YEAR | {"as_of": report.ended_at})[:2] == (5, 5)

    def test_before_the_end_of_the_time_nothing_is_due(self, organ, reported, figure):
        reported(REACHED)

        assert figure("target_rate", organ, **YEAR | {"as_of": local(2026, 12, 31)}) == (0, 0, None)

    def test_the_report_on_half_of_a_year_is_no_end_of_its_plan(self, organ, reported, figure):
        report = reported(REACHED)
        Report.objects.filter(pk=report.pk).update(span=Span.FIRST_HALF, until=date(2026, 7, 1))

        assert figure("target_rate", organ, **YEAR)[1] == 0

    def test_plans_of_posts_are_theirs_alone(self, cast, organ, reported, figure):
        reported(REACHED, post=cast.clerk.tenures.get().post)

        assert figure("target_rate", organ, **YEAR)[1] == 0


class TestSurvey:
    def test_the_one_confirmed_last_by_then_counts(self, cast, organ, figure):
        def enter(score, *, on=None):
            fields = {"confirmed_at": local(2027, 1, on)} if on else {}
            return make.make_survey(organ, score, by=cast.officer, second=cast.office_head if on else None, **fields)

        enter("88.6", on=6)
        enter("91.2", on=8)
        enter("95")  # confirmed by nobody

        assert figure("survey", organ, **YEAR)[2] == Decimal("91.2")
        assert figure("survey", organ, **YEAR | {"as_of": local(2027, 1, 7)})[:2] == (88, 1)
        assert figure("survey", organ, **YEAR | {"as_of": local(2027, 1, 5)}) == (0, 0, None)

    @pytest.mark.parametrize(("answers", "found"), [(9, (0, 0, None)), (10, (88, 1, Decimal("88")))])
    def test_one_of_fewer_than_ten_answers_is_not_scored(self, cast, organ, figure, answers, found):
        make.make_survey(organ, "88", by=cast.officer, second=cast.office_head, answers=answers)

        assert figure("survey", organ, **YEAR) == found

    def test_one_of_too_few_answers_does_not_take_the_place_of_one_before(self, cast, organ, figure):
        people = {"by": cast.officer, "second": cast.office_head}
        make.make_survey(organ, "88", **people)
        make.make_survey(organ, "99", **people, answers=9, confirmed_at=local(2027, 1, 8))

        assert figure("survey", organ, **YEAR)[2] == Decimal("88")

    def test_one_of_half_a_year_is_none_of_the_year(self, cast, organ, figure):
        make.make_survey(organ, "88.6", by=cast.officer, second=cast.office_head, span=Span.FIRST_HALF)

        assert figure("survey", organ, **YEAR) == (0, 0, None)
        half = {"since": date(2026, 1, 1), "until": date(2026, 7, 1), "as_of": YEAR["as_of"]}
        assert figure("survey", organ, **half)[0] == 88
