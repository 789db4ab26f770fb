"""What would have been under other assumptions, and that unchanged ones give the old result (docs/domain.md 8.8)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from targets.scoring import grades, persons
from targets.scoring.blocks import fed_block
from targets.scoring.grades import OrganGrade
from targets.scoring.methods import Method, Result
from targets.scoring.persons import PersonGrade
from targets.scoring.totals import BlockIn, Line
from targets.scoring.what_if import Appraised, Assumptions, Change, Rules, Taken, compare, outcomes

D = Decimal
WHOLE = D(100)
CRITICISM = Taken("criticism", D(2))


def appraised(key, reached, *, monitoring=WHOLE, **fields):
    """Return an organ whose block A reached so much of a target of 100."""
    line = Line("A1", D(100), Method.HIGHER_BETTER, Result(actual=D(reached), target=D(100)))
    return Appraised(
        key, "departments", [BlockIn("A", D(60), [line]), fed_block("D", {"monitoring": monitoring}, D(40))], **fields
    )


CITY = [
    appraised("a", 92, taken=[CRITICISM]),
    appraised("b", 90),
    appraised("c", 85, monitoring=D(70)),
    appraised("d", 70),
]


def compared(imagined, everybody=CITY, rules=None):
    return {each.key: each for each in compare(everybody, rules or Rules(), imagined)}


def test_unchanged_assumptions_give_exactly_the_old_result():
    before = outcomes(CITY, Rules())

    for each in compare(CITY, Rules(), Assumptions()):
        assert each.before == each.after == before[each.key]
        assert not each.is_changed


def test_other_weights_of_blocks_move_scores_and_ranks():
    found = compared(Assumptions(block_weights={"A": D(20), "D": D(80)}))["c"]

    assert (found.before.score, found.after.score) == (D("79.00"), D("73.00"))
    assert found.difference == D("-6.00")
    assert (found.before.rank, found.after.rank, found.places_won) == (4, 4, 0)
    assert compared(Assumptions(block_weights={"A": D(100), "D": D(0)}))["c"].places_won == 1


def test_8_8_imagined_weights_of_blocks_count_among_each_other_in_plans_with_other_blocks_too():
    line = Line("A1", D(100), Method.HIGHER_BETTER, Result(actual=WHOLE, target=WHOLE))

    def of(key, *weights):
        blocks = [BlockIn(code, D(weight), [replace(line, key=f"{code}1")]) for code, weight in weights]
        return Appraised(key, "departments", blocks)

    usual = of("usual", ("A", 50), ("B", 15), ("C", 10), ("D", 10), ("E", 15))
    other = of("other", ("A", 60), ("B", 40))

    found = compared(Assumptions(block_weights={"A": D(40), "E": D(25)}), [usual, other])

    # A of 40 and B of 40 are halves of a hundred, and not of eighty: who reached everything has everything.
    assert {each.after.score for each in found.values()} == {D("100.00")}
    assert [block.weight for block in found["other"].after.total.blocks] == [D(50), D(50)]
    assert {each.after.rank for each in found.values()} == {1}


def test_another_target_of_one_organ_changes_that_one_alone():
    found = compared(Assumptions(changes={("d", "A1"): Change(target=D(70))}))

    assert found["d"].after.score == D("100.00")
    assert [key for key, each in found.items() if each.difference] == ["d"]


def test_another_target_for_everybody():
    found = compared(Assumptions(changes={(None, "A1"): Change(target=D(200))}))

    assert {each.after.score for each in found.values()} == {D("28.00"), D("38.00"), D("40.00")}


def test_other_terms_of_a_method():
    found = compared(Assumptions(changes={(None, "A1"): Change(terms={"floor": "0.95"})}))

    assert found["b"].after.score == D("40.00")


def test_another_figure_is_imagined_only_where_there_was_one():
    silent = appraised("e", 80, monitoring=None)
    imagined = Assumptions(changes={(None, "monitoring"): Change(actual=D(50))})

    found = compared(imagined, [*CITY, silent])

    assert found["b"].difference == D("-20.00")
    assert not found["e"].difference


def test_8_2_where_there_would_be_nothing_to_measure_the_weight_is_spread_and_the_other_way_round():
    silent = appraised("e", 80, monitoring=None)
    nothing = Change(is_computed=True)
    imagined = Assumptions(
        changes={("b", "monitoring"): nothing, ("e", "monitoring"): Change(actual=D(50), is_computed=True)}
    )

    found = compared(imagined, [*CITY, silent])

    assert (found["b"].before.score, found["b"].after.score) == (D("94.00"), D("90.00"))
    assert (found["e"].before.score, found["e"].after.score) == (D("80.00"), D("68.00"))


def test_other_thresholds_and_quota():
    rules = Rules(thresholds=grades.Thresholds(excellent=D(93)), share=D("0.5"))

    found = compared(Assumptions(rules=rules))

    rest = [OrganGrade.QUALIFIED, OrganGrade.GOOD]
    assert [each.before.grade for each in found.values()] == [OrganGrade.GOOD, OrganGrade.EXCELLENT, *rest]
    assert [each.after.grade for each in found.values()] == [OrganGrade.EXCELLENT, OrganGrade.EXCELLENT, *rest]


def test_other_costs_of_events():
    found = compared(Assumptions(rules=Rules(costs={"criticism": D(0)})))["a"]

    assert found.difference == D("2.00")
    assert (found.before.rank, found.after.rank) == (2, 1)


def test_persons_keep_their_own_rules():
    rules = Rules(thresholds=persons.USUAL, share=persons.QUOTA)
    five = [*CITY, appraised("e", 60, cap="basically_competent")]

    found = compared(Assumptions(rules=replace(rules, share=D("0.25"))), five, rules)

    assert found["a"].before.grade == PersonGrade.COMPETENT
    assert found["b"].before.grade == PersonGrade.EXCELLENT
    assert found["e"].after.grade == PersonGrade.BASICALLY_COMPETENT
    with pytest.raises(ValueError, match="quarter"):
        compared(Assumptions(rules=replace(rules, share=D("0.5"))), five, rules)


EVERYBODY = st.lists(
    st.builds(
        appraised,
        st.uuids(),
        st.integers(0, 120),
        monitoring=st.none() | st.integers(0, 100).map(D),
        bonus=st.integers(0, 4).map(D),
        taken=st.sampled_from([(), (CRITICISM,), (CRITICISM, Taken("sanction", D(3), 2))]),
        cap=st.sampled_from([None, "good", "qualified"]),
        is_vetoed=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda each: each.key,
)


@settings(max_examples=80, deadline=None)
@given(EVERYBODY)
def test_what_is_imagined_as_it_was_changes_nothing_for_anybody(everybody):
    same = Assumptions(
        rules=Rules(costs={"criticism": D(2), "sanction": D(3)}),
        block_weights={"A": D(60), "D": D(40)},
        changes={(None, "A1"): Change(weight=D(100), target=D(100), terms={"floor": "0.6"})},
    )

    for found in compare(everybody, Rules(), same):
        assert found.before == found.after


@settings(max_examples=80, deadline=None)
@given(EVERYBODY, st.integers(1, 5).map(D))
def test_heavier_costs_never_help(everybody, cost):
    heavier = Assumptions(rules=Rules(costs={"criticism": 2 + cost, "sanction": 3 + cost}))

    assert all((found.difference or 0) <= 0 for found in compare(everybody, Rules(), heavier))
