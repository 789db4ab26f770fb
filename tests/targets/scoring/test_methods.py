"""Each method of docs/domain.md 8.2 with its edges."""

from decimal import Decimal

import pytest

from targets.scoring.methods import Method, Result, points, validate, validate_values

D = Decimal

W = D(30)


def scored(method, terms=None, **result):
    given = {key: D(value) if isinstance(value, str) else value for key, value in result.items()}
    return points(method, W, Result(**given), terms)


class TestHigherBetter:
    @pytest.mark.parametrize(
        ("actual", "target", "expected"),
        [
            ("95", "95", "30"),
            ("190", "95", "30"),  # no more than the weight
            ("60", "100", "18"),  # the floor itself counts
            ("59.9999", "100", "0"),
            ("-5", "100", "0"),
            ("0", "0", "30"),
            ("-1", "0", "0"),
            ("-2", "-3", "30"),
            ("-4", "-3", "0"),
        ],
    )
    def test_w_times_a_by_t(self, actual, target, expected):
        assert scored(Method.HIGHER_BETTER, actual=actual, target=target) == D(expected)

    def test_the_floor_can_be_another(self):
        assert scored(Method.HIGHER_BETTER, {"floor": "0.5"}, actual="55", target="100") == D("16.5")

    @pytest.mark.parametrize("given", [{"actual": "3"}, {"target": "3"}, {}])
    def test_without_figure_or_target_nothing_is_measured(self, given):
        assert scored(Method.HIGHER_BETTER, **given) is None
        assert scored(Method.LOWER_BETTER, **given) is None
        assert scored(Method.LINEAR, **given) is None


class TestLowerBetter:
    @pytest.mark.parametrize(
        ("actual", "target", "expected"),
        [
            ("10", "10", "30"),
            ("5", "10", "30"),
            ("15", "10", "15"),
            ("20", "10", "0"),
            ("30", "10", "0"),
            ("0", "0", "30"),
            ("0.01", "0", "0"),
            ("-1", "0", "30"),
            ("-3", "-2", "30"),
        ],
    )
    def test_w_less_what_lies_above_the_target(self, actual, target, expected):
        assert scored(Method.LOWER_BETTER, actual=actual, target=target) == D(expected)


class TestMilestones:
    @pytest.mark.parametrize(
        ("planned", "on_time", "late", "expected"), [(5, 4, 1, "27"), (4, 0, 0, "0"), (4, 0, 4, "15"), (4, 4, 0, "30")]
    )
    def test_late_ones_count_half(self, planned, on_time, late, expected):
        assert scored(Method.MILESTONES, planned=planned, on_time=on_time, late=late) == D(expected)

    @pytest.mark.parametrize("planned", [None, 0])
    def test_without_milestones_nothing_is_measured(self, planned):
        assert scored(Method.MILESTONES, planned=planned) is None

    def test_more_done_than_planned_is_a_mistake(self):
        with pytest.raises(ValueError, match="planned"):
            scored(Method.MILESTONES, planned=2, on_time=2, late=1)


class TestDeduct:
    @pytest.mark.parametrize(("events", "expected"), [(0, "30"), (3, "24"), (15, "0"), (16, "0")])
    def test_each_event_costs(self, events, expected):
        assert scored(Method.DEDUCT, {"per_event": 2}, events=events) == D(expected)

    def test_not_counted_is_not_nought(self):
        assert scored(Method.DEDUCT, {"per_event": 2}) is None


class TestYesNo:
    @pytest.mark.parametrize(("done", "expected"), [(True, W), (False, D(0)), (None, None)])
    def test_all_or_nothing(self, done, expected):
        assert scored(Method.YES_NO, done=done) == expected


class TestStepwise:
    RISING = {"steps": [{"from": "90", "share": "0.8"}, {"from": "95", "share": "1"}, {"from": "60", "share": "0.3"}]}
    FALLING = {"steps": [{"upto": "5", "share": "1"}, {"upto": "10", "share": "0.5"}]}

    @pytest.mark.parametrize(
        ("actual", "expected"), [("59.99", "0"), ("60", "9"), ("89.99", "9"), ("90", "24"), ("95", "30"), ("999", "30")]
    )
    def test_the_best_step_that_is_reached(self, actual, expected):
        assert scored(Method.STEPWISE, self.RISING, actual=actual) == D(expected)

    @pytest.mark.parametrize(("actual", "expected"), [("5", "30"), ("5.01", "15"), ("10", "15"), ("10.01", "0")])
    def test_steps_downwards(self, actual, expected):
        assert scored(Method.STEPWISE, self.FALLING, actual=actual) == D(expected)

    def test_without_a_figure_nothing_is_measured(self):
        assert scored(Method.STEPWISE, self.RISING) is None


class TestLinear:
    @pytest.mark.parametrize(
        ("actual", "expected"), [("70", "0"), ("80", "0"), ("85", "15"), ("90", "30"), ("99", "30")]
    )
    def test_from_the_baseline_to_the_target(self, actual, expected):
        assert scored(Method.LINEAR, actual=actual, baseline="80", target="90") == D(expected)

    @pytest.mark.parametrize(
        ("actual", "expected"), [("80", "0"), ("85", "12"), ("90", "24"), ("95", "27"), ("100", "30"), ("120", "30")]
    )
    def test_and_on_to_the_challenge_value(self, actual, expected):
        assert scored(Method.LINEAR, actual=actual, baseline="80", target="90", challenge="100") == D(expected)

    def test_what_the_target_is_worth_can_be_another(self):
        found = scored(Method.LINEAR, {"at_target": "0.9"}, actual="90", baseline="80", target="90", challenge="100")

        assert found == D(27)

    @pytest.mark.parametrize(("actual", "expected"), [("12", "0"), ("8", "15"), ("4", "30"), ("0", "30")])
    def test_downwards_where_the_target_is_below_the_baseline(self, actual, expected):
        assert scored(Method.LINEAR, actual=actual, baseline="12", target="4") == D(expected)

    def test_without_a_baseline_it_begins_at_nought(self):
        assert scored(Method.LINEAR, actual="50", target="100") == D(15)

    @pytest.mark.parametrize(("actual", "expected"), [("9", "0"), ("10", "30")])
    def test_without_a_way_it_is_reached_or_not(self, actual, expected):
        assert scored(Method.LINEAR, actual=actual, baseline="10", target="10") == D(expected)


class TestInterval:
    TERMS = {"low": "40", "high": "60", "zero_below": "30", "zero_above": "100"}

    @pytest.mark.parametrize(
        ("actual", "expected"),
        [("40", "30"), ("50", "30"), ("60", "30"), ("35", "15"), ("30", "0"), ("10", "0"), ("80", "15"), ("101", "0")],
    )
    def test_the_whole_weight_within_falling_outside(self, actual, expected):
        assert scored(Method.INTERVAL, self.TERMS, actual=actual) == D(expected)

    @pytest.mark.parametrize(("actual", "expected"), [("39.9", "0"), ("40", "30"), ("1000", "30")])
    def test_one_side_open_and_no_way_down(self, actual, expected):
        assert scored(Method.INTERVAL, {"low": "40"}, actual=actual) == D(expected)

    def test_without_a_figure_nothing_is_measured(self):
        assert scored(Method.INTERVAL, self.TERMS) is None


class TestFormula:
    def test_what_it_gives_is_bounded_by_the_weight(self):
        assert scored(Method.FORMULA, {"formula": "w * a / t"}, actual="5", target="10") == D(15)
        assert scored(Method.FORMULA, {"formula": "w * a"}, actual="5") == W
        assert scored(Method.FORMULA, {"formula": "0 - a"}, actual="5") == D(0)

    def test_a_base_of_nought_or_no_value_measures_nothing(self):
        assert scored(Method.FORMULA, {"formula": "w * a / t"}, actual="5", target="0") is None
        assert scored(Method.FORMULA, {"formula": "w * a / t"}, actual="5") is None

    def test_every_part_of_a_result_has_a_name(self):
        result = {"actual": "1", "target": "2", "baseline": "3", "challenge": "4", "events": 5, "planned": 9}
        given = {**result, "on_time": 6, "late": 2, "done": True}

        assert scored(Method.FORMULA, {"formula": "(a+t+b+c+n+p+o+l+d) / 10"}, **given) == D("3.3")


def test_what_is_not_proved_counts_as_not_achieved():
    assert scored(Method.HIGHER_BETTER, actual="99", target="95", is_unproved=True) == 0
    assert scored(Method.YES_NO, is_unproved=True) == 0


class TestTerms:
    @pytest.mark.parametrize(
        ("method", "terms"),
        [
            (Method.HIGHER_BETTER, {}),
            (Method.HIGHER_BETTER, {"floor": 0.7}),
            (Method.DEDUCT, {"per_event": "0.5"}),
            (Method.STEPWISE, TestStepwise.RISING),
            (Method.STEPWISE, TestStepwise.FALLING),
            (Method.LINEAR, {"at_target": "0.9"}),
            (Method.INTERVAL, TestInterval.TERMS),
            (Method.INTERVAL, {"high": 3, "low": None}),
            (Method.FORMULA, {"formula": "w if a >= t else 0"}),
            (Method.YES_NO, None),
        ],
    )
    def test_sound_ones(self, method, terms):
        assert validate(method, terms) == []

    @pytest.mark.parametrize(
        ("method", "terms"),
        [
            (Method.HIGHER_BETTER, {"floor": "2"}),
            (Method.HIGHER_BETTER, {"flour": "0.5"}),
            (Method.HIGHER_BETTER, ["floor"]),
            (Method.DEDUCT, {}),
            (Method.DEDUCT, {"per_event": "-1"}),
            (Method.DEDUCT, {"per_event": True}),
            (Method.DEDUCT, {"per_event": "NaN"}),
            (Method.DEDUCT, {"per_event": "1e999999999"}),
            (Method.STEPWISE, {}),
            (Method.STEPWISE, {"steps": "90"}),
            (Method.STEPWISE, {"steps": [90]}),
            (Method.STEPWISE, {"steps": [{"from": 1, "share": 1}, {"upto": 2, "share": 1}]}),
            (Method.STEPWISE, {"steps": [{"from": 1, "share": 2}]}),
            (Method.STEPWISE, {"steps": [{"from": "x", "share": 1}]}),
            (Method.STEPWISE, {"steps": [{"from": 1, "share": 1}, {"from": 2, "share": "0.5"}]}),
            (Method.STEPWISE, {"steps": [{"from": 1, "share": "0.5"}, {"from": "1.0", "share": 1}]}),
            (Method.LINEAR, {"at_target": -1}),
            (Method.INTERVAL, {}),
            (Method.INTERVAL, {"low": "x"}),
            (Method.INTERVAL, {"low": 5, "high": 4}),
            (Method.INTERVAL, {"low": 5, "zero_below": 5}),
            (Method.INTERVAL, {"low": 5, "zero_above": 9}),
            (Method.FORMULA, {}),
            (Method.FORMULA, {"formula": "w *"}),
        ],
    )
    def test_others_are_refused_in_words(self, method, terms):
        problems = validate(method, terms)

        assert problems
        assert all(isinstance(problem, str) and problem for problem in problems)

    @pytest.mark.parametrize(
        ("method", "values", "number"),
        [
            (Method.HIGHER_BETTER, {}, 1),
            (Method.LINEAR, {"target": D(0)}, 1),
            (Method.LINEAR, {"target": D(9), "challenge": D(8)}, 1),
            (Method.LINEAR, {"target": D(9), "challenge": D(10)}, 0),
            (Method.LINEAR, {"target": D(4), "baseline": D(9), "challenge": D(2)}, 0),
            (Method.FORMULA, {"terms": {"formula": "w * a / t + b"}}, 2),
            (Method.FORMULA, {"terms": {"formula": "w * a / t"}, "target": D(1)}, 0),
            (Method.YES_NO, {}, 0),
        ],
    )
    def test_values_that_a_method_lacks(self, method, values, number):
        assert len(validate_values(method, **values)) == number
