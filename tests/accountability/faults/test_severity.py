"""How grave a fault is, and which measure goes with it (docs/domain.md 10.3, 10.4)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accountability.faults import severity
from accountability.faults.measures import DISCIPLINARY, is_disciplinary
from accountability.faults.words import Circumstance, Degree, Measure, Responsibility, Severity

ORDINARY, SERIOUS, GRAVE = Severity
D, M, I = Responsibility  # noqa: E741 - as the table has them
TALK, SELF, CRITICISM = Measure.ADMONITION_TALK, Measure.SELF_CRITICISM, Measure.CIRCULATED_CRITICISM
ADMONISHMENT, REMOVAL = Measure.ADMONISHMENT, Measure.REMOVAL_FROM_POST
WARNING, DEMERIT, MAJOR, DEMOTION, DISMISSAL, EXPULSION = DISCIPLINARY


class TestGrade:
    @pytest.mark.parametrize(
        ("conduct", "effect", "expected"),
        [
            (Degree.LIGHT, Degree.LIGHT, ORDINARY),
            (Degree.HEAVY, Degree.LIGHT, SERIOUS),
            (Degree.LIGHT, Degree.HEAVY, SERIOUS),
            (Degree.VERY_HEAVY, Degree.HEAVY, SERIOUS),
            (Degree.VERY_HEAVY, Degree.VERY_HEAVY, GRAVE),
        ],
    )
    def test_follows_from_conduct_and_effect(self, conduct, effect, expected):
        assert severity.grade(conduct, effect) == expected


class TestMatrix:  # docs/domain.md 10.3
    @pytest.mark.parametrize(
        ("grave", "responsible", "expected"),
        [
            (ORDINARY, D, [TALK, SELF, CRITICISM, ADMONISHMENT, REMOVAL]),
            (ORDINARY, M, [TALK, SELF, CRITICISM, ADMONISHMENT]),
            (ORDINARY, I, [TALK, SELF, CRITICISM]),
            (SERIOUS, D, [WARNING, DEMERIT, MAJOR, DEMOTION]),
            (SERIOUS, M, [WARNING, DEMERIT, MAJOR]),
            (SERIOUS, I, [WARNING, DEMERIT]),
            (GRAVE, D, [DISMISSAL, EXPULSION]),
            (GRAVE, M, [DEMOTION, DISMISSAL, EXPULSION]),
            (GRAVE, I, [MAJOR, DEMOTION, DISMISSAL, EXPULSION]),
        ],
    )
    def test_cell(self, grave, responsible, expected):
        assert list(severity.choices(grave, responsible)) == expected

    def test_has_sanctions_of_others_for_serious_and_grave_faults_alone(self):
        for (grave, _responsible), found in severity.MATRIX.items():
            assert {is_disciplinary(measure) for measure in found} == {grave != ORDINARY}


class TestCircumstances:  # docs/domain.md 10.4
    @pytest.mark.parametrize("circumstance", sorted(severity.HEAVIER))
    def test_heavier_shifts_one_step_up(self, circumstance):
        assert severity.propose(ORDINARY, D).measure == CRITICISM
        assert severity.propose(ORDINARY, D, [circumstance]).measure == ADMONISHMENT

    @pytest.mark.parametrize("circumstance", sorted(severity.LIGHTER))
    def test_lighter_shifts_one_step_down(self, circumstance):
        assert severity.propose(ORDINARY, D, [circumstance]).measure == SELF

    @pytest.mark.parametrize("circumstance", sorted(severity.NONE))
    def test_none_closes_as_no_accountability(self, circumstance):
        proposal = severity.propose(GRAVE, D, [circumstance, Circumstance.INTENT])

        assert proposal.closes
        assert proposal.measure is None

    def test_several_heavier_ones_are_one_step(self):
        assert severity.shift([Circumstance.INTENT, Circumstance.RETALIATED]) == 1

    def test_heavier_and_lighter_ones_outweigh_each_other(self):
        assert severity.propose(ORDINARY, D, [Circumstance.INTENT, Circumstance.COOPERATED]).measure == CRITICISM

    def test_each_circumstance_is_of_one_kind(self):
        kinds = [severity.HEAVIER, severity.LIGHTER, severity.NONE]

        assert sum(len(kind) for kind in kinds) == len(frozenset().union(*kinds)) == len(Circumstance)

    @given(st.sampled_from(sorted(severity.MATRIX)), st.sets(st.sampled_from(sorted(Circumstance))))
    def test_never_leads_out_of_the_range(self, cell, circumstances):
        proposal = severity.propose(*cell, circumstances)

        assert proposal.measure is None or proposal.measure in severity.choices(*cell)
        assert proposal.closes == bool(circumstances & severity.NONE)

    @given(st.sampled_from(sorted(severity.MATRIX)))
    def test_shifts_by_one_step_at_most(self, cell):
        found = severity.choices(*cell)
        places = [
            found.index(severity.propose(*cell, circumstances).measure)
            for circumstances in ([Circumstance.MINOR], [], [Circumstance.INTENT])
        ]

        assert places == sorted(places)
        assert places[2] - places[1] <= 1
        assert places[1] - places[0] <= 1


class TestRepeated:  # docs/domain.md 10.4: two or more in a year
    FAULT_ON = date(2026, 6, 15)

    @pytest.mark.parametrize(
        ("earlier", "expected"),
        [
            ([], False),
            ([date(2025, 6, 15)], False),
            ([date(2025, 6, 16)], True),
            ([date(2026, 6, 15)], True),
            ([date(2026, 6, 16)], False),
        ],
    )
    def test_counts_the_year_up_to_the_day_of_the_fault(self, earlier, expected):
        assert severity.is_repeated(self.FAULT_ON, earlier) == expected
