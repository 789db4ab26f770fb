"""What holds of points and totals whatever the figures: bounds, monotonicity, sums, order (docs/domain.md 8.2, 8.3)."""

from decimal import Decimal

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from targets.scoring.methods import Method, Result, points, validate
from targets.scoring.numbers import rounded, settled
from targets.scoring.totals import BlockIn, Line, block_score, total

D = Decimal

WEIGHTS = st.decimals("0.001", 100, places=3)
FIGURES = st.decimals(-1000, 1000, places=4)
SHARES = st.decimals(0, 1, places=2)
quick = settings(max_examples=100, deadline=None)


@st.composite
def stepwise(draw):
    edges = sorted(draw(st.sets(FIGURES, min_size=1, max_size=5)))
    shares = sorted(draw(st.lists(SHARES, min_size=len(edges), max_size=len(edges))))
    return {"steps": [{"from": str(edge), "share": str(share)} for edge, share in zip(edges, shares, strict=True)]}


@st.composite
def ranges(draw):
    below, low, high, above = sorted(draw(st.sets(FIGURES, min_size=4, max_size=4)))
    return {"low": str(low), "high": str(high), "zero_below": str(below), "zero_above": str(above)}


@st.composite
def measured(draw):
    """Return a method, a result and terms that fit it."""
    method = draw(st.sampled_from(Method))
    planned = draw(st.integers(1, 20))
    on_time = draw(st.integers(0, planned))
    result = Result(
        actual=draw(FIGURES),
        target=draw(FIGURES),
        baseline=draw(st.none() | FIGURES),
        challenge=draw(st.none() | FIGURES),
        planned=planned,
        on_time=on_time,
        late=draw(st.integers(0, planned - on_time)),
        events=draw(st.integers(0, 100)),
        done=draw(st.booleans()),
    )
    terms = {
        Method.DEDUCT: st.fixed_dictionaries({"per_event": st.decimals("0.01", 50, places=2).map(str)}),
        Method.STEPWISE: stepwise(),
        Method.INTERVAL: ranges(),
        Method.FORMULA: st.sampled_from(["a * w / t", "t - a", "w if a > t else a / 3"]).map(lambda f: {"formula": f}),
    }.get(method, st.just({}))
    return method, result, draw(terms)


@quick
@given(measured(), WEIGHTS)
def test_points_lie_between_nought_and_the_weight(each, weight):
    method, result, terms = each
    assert validate(method, terms) == []

    found = points(method, weight, result, terms)

    assert found is None or 0 <= found <= weight


@quick
@given(st.sampled_from([Method.HIGHER_BETTER, Method.LOWER_BETTER]), FIGURES, FIGURES, FIGURES, WEIGHTS)
def test_a_better_figure_never_gives_less(method, target, one, other, weight):
    low, high = (points(method, weight, Result(actual=each, target=target)) for each in sorted((one, other)))

    assert low <= high if method == Method.HIGHER_BETTER else low >= high


@quick
@given(FIGURES, FIGURES, st.none() | FIGURES, FIGURES, FIGURES, WEIGHTS)
def test_linear_never_gives_less_for_more_of_the_way(baseline, target, challenge, one, other, weight):
    assume(baseline != target)
    nearer, farther = sorted((one, other), key=lambda actual: (actual - baseline) / (target - baseline))
    given_points = [
        points(Method.LINEAR, weight, Result(actual=actual, baseline=baseline, target=target, challenge=challenge))
        for actual in (nearer, farther)
    ]

    assert settled(given_points[0]) <= settled(given_points[1])


@quick
@given(stepwise(), FIGURES, FIGURES, WEIGHTS)
def test_a_higher_step_never_gives_less(terms, one, other, weight):
    low, high = (points(Method.STEPWISE, weight, Result(actual=each), terms) for each in sorted((one, other)))

    assert low <= high


@quick
@given(st.integers(0, 50), st.integers(0, 50), WEIGHTS)
def test_more_events_never_give_more(one, other, weight):
    few, many = (points(Method.DEDUCT, weight, Result(events=each), {"per_event": 2}) for each in sorted((one, other)))

    assert few >= many


@st.composite
def lines(draw):
    found = draw(st.lists(st.tuples(measured(), WEIGHTS, st.booleans()), min_size=1, max_size=8))
    return [
        Line(f"A{number}", weight, method, Result() if is_missing else result, terms)
        for number, ((method, result, terms), weight, is_missing) in enumerate(found)
    ]


@quick
@given(lines(), st.randoms(use_true_random=False))
def test_a_block_lies_between_nought_and_a_hundred_whatever_the_order(given_lines, random):
    found = block_score(given_lines)
    shuffled = list(given_lines)
    random.shuffle(shuffled)
    again = block_score(shuffled)

    assert (found.score is None) == (again.score is None)
    if found.score is not None:
        assert 0 <= settled(found.score) <= 100
        assert settled(found.score) == settled(again.score)
        # Nothing is lost by spreading: what is applied makes the whole again.
        whole = sum(line.weight for line in given_lines)
        assert settled(sum(line.applied for line in found.lines if line.applied is not None)) == settled(whole)


@quick
@given(st.lists(lines(), min_size=1, max_size=5), st.randoms(use_true_random=False), st.decimals(0, 9, places=2))
def test_the_total_is_the_sum_of_its_blocks_whatever_the_order(each, random, taken):
    blocks = [BlockIn(code, D(100) / len(each), found) for code, found in zip("ABCDE", each, strict=False)]
    found = total(blocks, bonus=D(1), deductions=taken)
    shuffled = list(blocks)
    random.shuffle(shuffled)

    assert total(shuffled, bonus=D(1), deductions=taken).score == found.score
    if found.unrounded is not None:
        reached = sum((block.points for block in found.blocks if block.points is not None), D(0))
        assert settled(found.unrounded) == settled(max(D(0), reached + 1 - taken))
        assert abs(found.score - found.unrounded) <= D("0.005")


@quick
@given(st.integers(-10_000, 10_000), st.sampled_from([3, 6, 7, 9, 11, 13]))
def test_half_a_hundredth_always_rounds_up(hundredths, parts):
    exact = D(hundredths) / 100 + D("0.005") if hundredths >= 0 else D(hundredths) / 100 - D("0.005")
    in_parts = sum([exact / parts] * parts, D(0))

    assert abs(rounded(in_parts)) == (abs(D(hundredths)) + 1) / 100
