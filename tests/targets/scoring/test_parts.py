"""What is done by its day, and what is made of parts (docs/domain.md 8.2)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.scoring.methods import Method, Result, points, validate
from targets.scoring.totals import Line, block_score

D = Decimal


def by_day(on_time=0, late=0, planned=1):
    return points(Method.DEADLINE, D(30), Result(planned=planned, on_time=on_time, late=late))


class TestDeadline:
    def test_on_time_is_all_of_it_late_a_share_and_not_done_nothing(self):
        assert (by_day(on_time=1), by_day(late=1), by_day()) == (30, 15, 0)

    def test_the_share_of_what_is_late_can_be_another(self):
        assert points(Method.DEADLINE, D(30), Result(planned=1, late=1), {"late": "0.2"}) == 6
        assert points(Method.DEADLINE, D(30), Result(planned=1, late=1), {"late": "0"}) == 0
        assert validate(Method.DEADLINE, {"late": "1.2"}) != []
        assert validate(Method.DEADLINE, {"late": "0.2"}) == [] == validate(Method.DEADLINE, {})

    def test_a_day_that_is_still_to_come_measures_nothing(self):
        assert by_day(planned=0) is None

    def test_it_is_one_day(self):
        with pytest.raises(ValueError, match="do not fit"):
            by_day(late=1, on_time=1)


def whole(*parts, weight="50"):
    return Line("A1", D(weight), Method.COMPOSITE, Result(), parts=parts)


def part(key, weight, actual, target="100"):
    measured = None if actual is None else D(actual)
    return Line(key, D(weight), Method.HIGHER_BETTER, Result(actual=measured, target=D(target)))


def done(key, weight, is_done):
    return Line(key, D(weight), Method.YES_NO, Result(done=is_done))


class TestComposite:
    def test_its_points_are_those_of_its_parts(self):
        """60 of 100 by 90 of 100, 40 by a deed: 54 + 40 = 94 of 100, of a weight of 50: 47."""
        score = block_score([whole(part("A1.1", "60", "90"), done("A1.2", "40", True)), done("A2", "50", True)])

        composite = score.lines[0]
        assert (composite.score, composite.points, score.score) == (94, 47, 97)
        assert [each.points for each in composite.parts] == [54, 40]

    def test_a_part_that_measures_nothing_leaves_its_weight_to_the_others(self):
        composite = block_score([whole(part("A1.1", "60", None), done("A1.2", "40", True), weight="100")]).lines[0]

        assert (composite.score, [each.applied for each in composite.parts]) == (100, [None, 100])

    def test_without_any_part_to_measure_it_is_left_out_like_any_other(self):
        score = block_score([whole(part("A1.1", "100", None)), done("A2", "50", True)])

        assert (score.score, score.lines[0].points, score.lines[1].applied) == (100, None, 100)

    def test_events_cost_what_they_cost_in_the_hundred_of_the_whole(self):
        lost = Line("A1.2", D(40), Method.DEDUCT, Result(events=3), {"per_event": "2"})

        assert block_score([whole(part("A1.1", "60", "100"), lost, weight="100")]).score == 94

    def test_of_itself_it_measures_nothing(self):
        assert points(Method.COMPOSITE, D(30), Result(actual=D(5))) is None


@given(
    st.lists(st.tuples(st.integers(1, 60), st.one_of(st.none(), st.integers(0, 150))), min_size=1, max_size=6),
    st.integers(1, 100),
)
def test_parts_give_what_they_would_give_as_a_block(parts, weight):
    lines = [part(f"A1.{number}", str(own), actual) for number, (own, actual) in enumerate(parts)]
    alone, composite = block_score(lines), block_score([whole(*lines, weight=str(weight))]).lines[0]

    assert composite.score == alone.score
    assert composite.points is None or 0 <= composite.points <= weight
