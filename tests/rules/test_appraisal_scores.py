"""The worked example of docs/domain.md 8.4, row by row, and the edges of 8.2 and 8.3."""

from decimal import Decimal

import pytest

from targets.scoring.blocks import FED, WEIGHTS, exact, fed_block
from targets.scoring.grades import OrganGrade, grade_of
from targets.scoring.methods import Method, Result, points
from targets.scoring.totals import BlockIn, Line, block_score, total

D = Decimal

A1 = Line("A1", D(30), Method.HIGHER_BETTER, Result(actual=D(92), target=D(95)))
A2 = Line("A2", D(20), Method.LOWER_BETTER, Result(actual=D(12), target=D(10)))
A3 = Line("A3", D(30), Method.MILESTONES, Result(planned=5, on_time=4, late=1))
A4 = Line("A4", D(20), Method.DEDUCT, Result(events=3), {"per_event": "2"})
A = BlockIn("A", D(50), (A1, A2, A3, A4))

B = fed_block("B", {"on_time_acceptance": D(99), "on_time_closing": D("97.5"), "rework_rate": D(4)})
C = fed_block("C", {"disclosure_completeness": D(96), "requests_on_time": D(100)})
MONTHS = [100, 100, 90, 100, 100, 100, 90, 100, 100, 100, 100, 100]
D_BLOCK = fed_block("D", {"monitoring": D(sum(MONTHS)) / 12})
E = fed_block("E", {"survey": D("88.6"), "satisfaction": D("91.2")})
BLOCKS = (A, B, C, D_BLOCK, E)


def near(value: D, places: str = "0.0001") -> D:
    return value.quantize(D(places))


class TestWorkedExample:  # 8.4
    @pytest.mark.parametrize(
        ("line", "expected"),
        [(A1, "29.0526"), (A2, "16"), (A3, "27"), (A4, "14")],
        ids=lambda given: getattr(given, "key", None),
    )
    def test_points_of_each_indicator(self, line, expected):
        found = points(line.method, line.weight, line.result, line.terms)

        assert near(found) == D(expected)

    @pytest.mark.parametrize(
        ("block", "score", "of_total"),
        [
            (A, "86.0526", "43.0263"),
            (B, "97.65", "14.6475"),
            (C, "97.2", "9.72"),
            (D_BLOCK, "98.3333", "9.8333"),
            (E, "89.8133", "13.472"),
        ],
        ids=["A", "B", "C", "D", "E"],
    )
    def test_each_block(self, block, score, of_total):
        found = block_score(block.lines).score

        assert near(found) == D(score)
        assert near(found * block.weight / 100) == D(of_total)

    def test_blocks_together(self):
        assert near(total(BLOCKS).unrounded) == D("90.6991")

    def test_bonus_and_criticism(self):
        found = total(BLOCKS, bonus=D(1), deductions=[D(2)])

        assert found.score == D("89.70")
        assert grade_of(found.score) == OrganGrade.GOOD

    def test_without_the_criticism_it_is_excellent(self):
        found = total(BLOCKS, bonus=D(1))

        assert found.score == D("91.70")
        assert grade_of(found.score) == OrganGrade.EXCELLENT


class TestMissingBase:  # 8.2
    def test_what_cannot_be_measured_is_left_out_and_its_weight_spread(self):
        nothing = Line("A2", D(20), Method.LOWER_BETTER, Result(target=D(10)))
        half = Line("A1", D(30), Method.YES_NO, Result(done=True))
        other = Line("A3", D(50), Method.YES_NO, Result(done=False))

        found = block_score((half, nothing, other))

        assert [line.applied for line in found.lines] == [D("37.5"), None, D("62.5")]
        assert [line.points for line in found.lines] == [D("37.5"), None, D(0)]
        assert found.score == D("37.5")

    def test_points_are_those_of_the_spread_weight(self):
        # Two events of two points take four from a weight of 40 as from one of 20.
        found = block_score((A4, Line("A5", D(80), Method.YES_NO, Result())))

        assert found.lines[0].applied == D(100)
        assert found.score == D(94)

    def test_a_block_of_figures_without_requests(self):
        block = fed_block("C", {"disclosure_completeness": D(96), "requests_on_time": None})

        assert block_score(block.lines).score == D(96)

    def test_a_block_without_anything_leaves_its_weight_to_the_others(self):
        silent = fed_block("E", {})

        found = total((*BLOCKS[:4], silent))

        assert [block.applied for block in found.blocks][-1] is None
        assert near(sum(block.applied for block in found.blocks[:4]), "1e-10") == D(100)
        assert found.score == (D("43.0263158") + D("14.6475") + D("9.72") + D("9.8333333")).__truediv__(
            D("0.85")
        ).quantize(D("0.01"))

    def test_nothing_at_all_is_no_score_and_not_nought(self):
        found = total([fed_block(code, {}) for code in FED])

        assert found.unrounded is None
        assert found.score is None

    def test_a_formula_that_the_spread_weight_makes_meaningless_is_left_out_as_well(self):
        odd = Line("A1", D(40), Method.FORMULA, Result(actual=D(1)), {"formula": "w / (w - 80)"})
        gone = Line("A2", D(50), Method.YES_NO, Result())
        kept = Line("A3", D(10), Method.YES_NO, Result(done=True))

        found = block_score((odd, gone, kept))

        assert [line.points for line in found.lines] == [None, None, D(100)]

    def test_what_weighs_nothing_cannot_carry_a_block(self):
        assert block_score((Line("A1", D(0), Method.YES_NO, Result(done=True)),)).score is None


class TestTotal:  # 8.3
    def test_usual_weights_make_a_hundred(self):
        assert sum(WEIGHTS.values()) == 100

    def test_bonus_is_three_at_most(self):
        assert total(BLOCKS, bonus=D(5)).unrounded - total(BLOCKS).unrounded == 3

    def test_deductions_end_at_nought(self):
        assert total(BLOCKS, deductions=D(200)).score == D("0.00")

    @pytest.mark.parametrize("given", [{"bonus": D(-1)}, {"deductions": D(-1)}])
    def test_neither_is_a_number_below_nought(self, given):
        with pytest.raises(ValueError, match="above nought"):
            total(BLOCKS, **given)

    def test_half_a_hundredth_rounds_up(self):
        line = Line("A1", D(100), Method.LINEAR, Result(actual=D("89.995"), baseline=D(0), target=D(100)))

        assert total([BlockIn("A", D(100), [line])]).score == D("90.00")

    def test_half_a_hundredth_made_of_thirds_rounds_up_as_well(self):
        # Three thirds of 0.015 and 89.98: by the rules 89.995, though no third has a last digit.
        lines = [
            Line(key, D(1), Method.FORMULA, Result(), {"formula": "w * (89.995 / 100)"}) for key in ("A1", "A2", "A3")
        ]
        gone = [Line("A4", D(4), Method.YES_NO, Result())]

        assert total([BlockIn("A", D(100), lines + gone)]).score == D("90.00")


class TestExactWeights:  # 8.2: no rounding before the end
    STORED = (("survey", D("53.333333")), ("satisfaction", D("46.666667")))

    def test_the_usual_weights_of_e_are_eight_and_seven_parts(self):
        weights = exact("E", self.STORED)
        figures = (D(90), D(80))
        lines = [
            Line(str(place), weight, Method.LINEAR, Result(actual=figure, baseline=D(0), target=D(100)))
            for place, (weight, figure) in enumerate(zip(weights, figures, strict=True))
        ]
        reached = total(
            [
                BlockIn(
                    "A", D(85), [Line("A1", D(1), Method.FORMULA, Result(actual=D(1)), {"formula": "w * 77.195 / 85"})]
                ),
                BlockIn("E", D(15), lines),
            ]
        )

        assert reached.score == D("90.00")
        assert grade_of(reached.score) == OrganGrade.EXCELLENT

    def test_whatever_else_was_chosen_is_taken_as_it_stands(self):
        for given in (
            (("survey", D("53.333334")), ("satisfaction", D("46.666666"))),
            (*self.STORED, ("", D(20))),
            (("survey", D(50)), ("survey", D(50))),
            (("survey", D(100)),),
        ):
            assert exact("E", given) == [weight for _measure, weight in given]
