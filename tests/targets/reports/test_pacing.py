"""Red, amber, green of one indicator by the pace of time (docs/domain.md 8.7)."""

from datetime import date
from decimal import Decimal

import pytest

from targets.models import Indicator, Milestone, Plan, ReportValue
from targets.plans.enums import Direction, IndicatorKind, Source
from targets.reports import values
from targets.reports.enums import Finding
from targets.reports.pacing import pace_of
from targets.reports.progress import Progress, Standing
from targets.reports.values import Typed, result_of
from targets.scoring.methods import Method
from targets.scoring.pace import Pace

SINCE, UNTIL = date(2026, 1, 1), date(2027, 1, 1)
# The end of the 146th of 365 days: two fifths of the year.
ON = date(2026, 5, 26)
POINTS = [
    Milestone(pk=number, position=number, name=f"节点{number}", due_on=date(2026, number * 2, 28))
    for number in (1, 2, 3)
]


def indicator(**changes):
    given = {
        "key": "A1",
        "method": Method.HIGHER_BETTER,
        "kind": IndicatorKind.QUANTITY,
        "direction": Direction.HIGHER,
        "target": Decimal(100),
        "weight": Decimal(20),
        "terms": {},
    }
    return Indicator(**given | changes)


def paced(indicator, value, *, milestones=(), reached=None, on=ON):
    result = result_of(indicator, value, milestones, reached or {}, until=UNTIL)
    return pace_of(indicator, result, milestones, reached, since=SINCE, until=UNTIL, on=on)


@pytest.mark.parametrize(
    ("changes", "value", "expected"),
    [
        # What adds up: 40 of 100 are due after two fifths of the year, and 32 are four fifths of that.
        ({}, {"actual": Decimal(40)}, Pace.GREEN),
        ({}, {"actual": Decimal("39.99")}, Pace.AMBER),
        ({}, {"actual": Decimal(32)}, Pace.AMBER),
        ({}, {"actual": Decimal("31.99")}, Pace.RED),
        ({"baseline": Decimal(50)}, {"actual": Decimal(70)}, Pace.GREEN),
        # A rate is measured by its whole target.
        ({"kind": IndicatorKind.RATIO}, {"actual": Decimal(79)}, Pace.RED),
        ({"kind": IndicatorKind.RATIO}, {"actual": Decimal(80)}, Pace.AMBER),
        # So is what the portal computes, whatever it is called.
        ({"measure": "monitoring"}, {"actual": Decimal(40)}, Pace.RED),
        # A ceiling: ahead of the time, beyond it.
        ({"method": Method.LOWER_BETTER, "direction": Direction.LOWER}, {"actual": Decimal(40)}, Pace.GREEN),
        ({"method": Method.LOWER_BETTER, "direction": Direction.LOWER}, {"actual": Decimal(41)}, Pace.AMBER),
        ({"method": Method.LOWER_BETTER, "direction": Direction.LOWER}, {"actual": Decimal(101)}, Pace.RED),
        # Points off: by the share that is left.
        ({"method": Method.DEDUCT, "terms": {"per_event": "2"}}, {"events": 0}, Pace.GREEN),
        ({"method": Method.DEDUCT, "terms": {"per_event": "2"}}, {"events": 2}, Pace.AMBER),
        ({"method": Method.DEDUCT, "terms": {"per_event": "2"}}, {"events": 3}, Pace.RED),
        ({"method": Method.YES_NO}, {"done": True}, Pace.GREEN),
        ({"method": Method.YES_NO}, {"done": False}, Pace.AMBER),
        ({"method": Method.YES_NO}, {}, None),
        ({"kind": IndicatorKind.VETO, "weight": Decimal(0)}, {"done": True}, Pace.RED),
        ({"kind": IndicatorKind.VETO, "weight": Decimal(0)}, {"done": False}, Pace.GREEN),
        # Unproved is not achieved.
        ({}, {"actual": Decimal(100), "finding": Finding.UNPROVED}, Pace.RED),
        ({}, {"actual": Decimal(100), "finding": Finding.FALSE}, Pace.RED),
        ({}, {"actual": Decimal(100), "finding": Finding.PROVED}, Pace.GREEN),
        # Nothing to go by.
        ({}, {}, None),
        ({"target": None}, {"actual": Decimal(100)}, None),
    ],
)
def test_pace_of_each_kind(changes, value, expected):
    assert paced(indicator(**changes), ReportValue(**value)) == expected


def test_a_deed_not_done_is_red_when_the_time_is_over():
    deed = indicator(method=Method.YES_NO)

    assert paced(deed, ReportValue(done=False), on=date(2026, 12, 30)) == Pace.AMBER
    assert paced(deed, ReportValue(done=False), on=date(2026, 12, 31)) == Pace.RED
    assert paced(deed, None, on=date(2026, 12, 31)) == Pace.RED


@pytest.mark.parametrize(
    ("reached", "on", "expected"),
    [
        ({}, date(2026, 2, 27), Pace.GREEN),
        ({}, date(2026, 2, 28), Pace.GREEN),  # the last day is in time to its end
        ({}, date(2026, 3, 1), Pace.RED),
        ({1: date(2026, 2, 28)}, ON, Pace.RED),  # that of April is not reached
        ({1: date(2026, 2, 28), 2: date(2026, 4, 28)}, ON, Pace.GREEN),
        ({1: date(2026, 3, 1), 2: date(2026, 4, 28)}, ON, Pace.AMBER),
    ],
)
def test_milestones_are_red_while_one_is_overdue_and_amber_after_one_was_late(reached, on, expected):
    by_milestones = indicator(method=Method.MILESTONES, kind=IndicatorKind.MILESTONE, target=None)

    assert paced(by_milestones, ReportValue(), milestones=POINTS, reached=reached, on=on) == expected


class TestWhatIsAsked:
    @pytest.mark.parametrize(
        ("changes", "asked"),
        [
            ({}, {"actual"}),
            ({"method": Method.STEPWISE}, {"actual"}),
            ({"method": Method.MILESTONES}, {"milestones"}),
            ({"method": Method.DEDUCT}, {"events"}),
            ({"method": Method.YES_NO}, {"done"}),
            ({"kind": IndicatorKind.VETO, "method": Method.DEDUCT}, {"done"}),
            ({"method": Method.FORMULA, "terms": {"formula": "w * a / 100 - n"}}, {"actual", "events"}),
            ({"method": Method.FORMULA, "terms": {"formula": "w * (o + l / 2) / p"}}, {"milestones"}),
        ],
    )
    def test_follows_from_the_method_or_the_formula(self, changes, asked):
        assert values.asked_of(indicator(**changes)) == asked

    def test_what_is_not_asked_is_left_out(self):
        typed = Typed(actual=Decimal(5), events=3, done=True, milestones={1: date(2026, 2, 1)}, note="注")

        assert values.checked(indicator(), POINTS, typed, on=ON) == Typed(actual=Decimal(5), note="注")

    @pytest.mark.parametrize(
        ("changes", "typed", "field"),
        [
            ({}, Typed(actual=Decimal("NaN")), "actual"),
            ({}, Typed(actual=Decimal("1e14")), "actual"),
            ({}, Typed(actual=Decimal("0.00001")), "actual"),
            ({"method": Method.DEDUCT}, Typed(events=-1), "events"),
            ({"method": Method.MILESTONES}, Typed(milestones={9: ON}), "milestones"),
            ({"method": Method.MILESTONES}, Typed(milestones={1: date(2026, 5, 27)}), "milestones"),
        ],
    )
    def test_what_cannot_be_is_refused_by_its_field(self, changes, typed, field):
        with pytest.raises(values.Invalid) as refusal:
            values.checked(indicator(**changes), POINTS, typed, on=ON)

        assert refusal.value.field == field

    def test_milestones_count_when_they_were_planned(self):
        reached = {1: date(2026, 2, 28), 2: date(2026, 4, 29), 3: date(2026, 6, 1)}

        assert values.milestone_counts(POINTS, reached, until=date(2026, 7, 1)) == (3, 2, 1)
        assert values.milestone_counts(POINTS, reached, until=date(2026, 5, 1)) == (2, 1, 1)
        assert values.milestone_counts(POINTS, {}, until=date(2026, 5, 1)) == (2, 0, 0)


def test_a_composite_is_counted_by_its_parts_alone():
    goes = {"result": values.result_of(indicator(), None, (), {}, until=UNTIL), "as_of": None, "pace": Pace.RED}
    whole = Standing(indicator(source=Source.PARTS, method=Method.COMPOSITE), **goes)
    parts = [Standing(indicator(key=f"A1.{number}", part_of="A1"), **goes) for number in (1, 2)]

    assert Progress(Plan(), [whole, *parts]).count(Pace.RED) == 2
