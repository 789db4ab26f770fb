"""Grades, caps, veto, quotas, ranks of organs and persons (docs/domain.md 8.5, 8.6, 12)."""

from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accountability.faults.effects import OrganCap, PersonCap
from targets.scoring import grades, persons, places
from targets.scoring.grades import OrganGrade, Standing, Thresholds, Why
from targets.scoring.persons import PersonGrade, Taking

D = Decimal

EXCELLENT, GOOD, QUALIFIED, UNQUALIFIED = OrganGrade


def standing(key, score, group="departments", **fields):
    return Standing(key, group, None if score is None else D(score), **fields)


def placed(*standings, **given):
    return grades.place(standings, **given)


def given_grades(*standings):
    return {key: found.grade for key, found in placed(*standings).items()}


class TestByScore:
    @pytest.mark.parametrize(
        ("score", "expected"),
        [
            ("100", EXCELLENT),
            ("90.00", EXCELLENT),
            ("89.99", GOOD),
            ("80.00", GOOD),
            ("79.99", QUALIFIED),
            ("60.00", QUALIFIED),
            ("59.99", UNQUALIFIED),
            ("0", UNQUALIFIED),
        ],
    )
    def test_thresholds(self, score, expected):
        assert grades.grade_of(D(score)) == expected

    def test_no_score_no_grade(self):
        found = placed(standing("a", None))["a"]

        assert (found.by_score, found.grade, found.rank) == (None, None, None)

    def test_a_better_grade_never_needs_less(self):
        with pytest.raises(ValueError, match="better grade"):
            Thresholds(excellent=D(70))


class TestCaps:  # 8.5
    @pytest.mark.parametrize(
        ("score", "cap", "expected"),
        [("95", GOOD, GOOD), ("95", QUALIFIED, QUALIFIED), ("70", GOOD, QUALIFIED), ("50", QUALIFIED, UNQUALIFIED)],
    )
    def test_a_cap_lowers_and_never_lifts(self, score, cap, expected):
        found = placed(standing("a", score, cap=cap))["a"]

        assert found.grade == expected
        assert found.why == (Why.CAP if found.grade != found.by_score else None)

    @pytest.mark.parametrize(("score", "expected"), [("95", QUALIFIED), ("85", QUALIFIED), ("50", UNQUALIFIED)])
    def test_a_veto_leaves_qualified_at_most(self, score, expected):
        assert placed(standing("a", score, is_vetoed=True))["a"].grade == expected

    def test_what_a_veto_took_is_said(self):
        assert placed(standing("a", "95", cap=GOOD, is_vetoed=True))["a"].why == Why.VETO

    def test_caps_of_the_year_are_grades_here(self):
        assert {OrganGrade(cap.value) for cap in OrganCap} == {GOOD, QUALIFIED}
        assert [PersonGrade(cap.value) for cap in PersonCap] == list(PersonGrade)[1:]
        assert grades.lowest([OrganCap.GOOD, OrganCap.QUALIFIED]) == QUALIFIED
        assert grades.lowest([]) is None

    def test_who_is_capped_takes_no_place_of_the_excellent(self):
        found = given_grades(standing("a", "99", cap=GOOD), standing("b", "95"), *_others(2))

        assert found["a"] == GOOD
        assert found["b"] == EXCELLENT


def _others(number):
    return [standing(f"other {each}", "70") for each in range(number)]


class TestQuota:  # 8.6
    @pytest.mark.parametrize(
        ("number", "expected"), [(0, 0), (1, 1), (3, 1), (4, 1), (7, 1), (8, 2), (11, 2), (12, 3), (100, 25)]
    )
    def test_a_quarter_rounded_down_at_least_one(self, number, expected):
        assert places.quota(number, grades.QUOTA, least=1) == expected

    @pytest.mark.parametrize(("number", "expected"), [(4, 0), (5, 1), (12, 2), (100, 20)])
    def test_pitfall_11_a_fifth_of_persons_rounded_down(self, number, expected):
        assert places.quota(number, persons.QUOTA) == expected

    def test_the_best_keep_it_and_the_others_are_good(self):
        found = placed(*[standing(str(score), score) for score in range(91, 99)])

        assert [key for key, each in found.items() if each.grade == EXCELLENT] == ["97", "98"]
        assert {each.why for each in found.values() if each.grade == GOOD} == {Why.QUOTA}

    def test_each_group_has_its_own(self):
        found = given_grades(standing("a", "95"), standing("b", "94"), standing("c", "91", group="towns"))

        assert found == {"a": EXCELLENT, "b": GOOD, "c": EXCELLENT}

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            ({"red": 0, "yellow": 9}, {"red": 1, "yellow": 0}),
            ({"yellow": 1, "block_e": D(70)}, {"yellow": 2, "block_e": D(99)}),
            ({"block_e": D("88.1")}, {"block_e": D(88)}),
            ({"block_e": D(1)}, {"block_e": None}),
        ],
        ids=["fewer red", "fewer yellow", "higher block E", "block E at all"],
    )
    def test_what_parts_a_tie(self, better, worse):
        found = given_grades(standing("worse", "95", **worse), standing("better", "95", **better))

        assert found == {"worse": GOOD, "better": EXCELLENT}

    def test_whom_nothing_parts_chance_does_not_either(self):
        found = placed(standing("a", "96"), standing("b", "95"), standing("c", "95"), *_others(5))

        assert found["a"].grade == EXCELLENT
        assert [(found[key].grade, found[key].why) for key in "bc"] == [(GOOD, Why.TIED)] * 2

    def test_two_equal_ones_with_two_places_both_have_one(self):
        found = given_grades(standing("b", "95"), standing("c", "95"), standing("d", "94"), *_others(5))

        assert [found[key] for key in "bcd"] == [EXCELLENT, EXCELLENT, GOOD]


class TestRanks:  # 12
    def test_same_score_same_rank_and_the_next_is_skipped(self):
        found = placed(standing("a", "90"), standing("b", "80"), standing("c", "90"), standing("d", None))

        assert {key: each.rank for key, each in found.items()} == {"a": 1, "b": 3, "c": 1, "d": None}


class TestPersons:  # 8.5, 8.6
    def test_grades_by_score(self):
        found = [persons.grade_of(D(score)) for score in ("90", "89.99", "70", "69.99", "60", "59.99")]

        assert [grade.value for grade in found] == [
            "excellent",
            "competent",
            "competent",
            "basically_competent",
            "basically_competent",
            "incompetent",
        ]

    def test_of_four_nobody_is_excellent_and_of_five_one(self):
        four = [Taking(key, "organ", D(90 + key)) for key in range(4)]
        five = [*four, Taking(9, "organ", D(50))]

        assert {each.grade for each in persons.place(four).values()} == {PersonGrade.COMPETENT}
        found = persons.place(five)
        assert [key for key, each in found.items() if each.grade == PersonGrade.EXCELLENT] == [3]
        assert found[9].grade == PersonGrade.INCOMPETENT

    def test_who_has_no_score_takes_no_part(self):
        four = [Taking(key, "organ", D(90 + key)) for key in range(4)]

        found = persons.place([*four, Taking(4, "organ", None)])

        assert PersonGrade.EXCELLENT not in {each.grade for each in found.values()}

    def test_a_quarter_with_approval_and_never_more(self):
        twelve = [Taking(key, "organ", D(91)) for key in range(11)] + [Taking(11, "organ", D(95))]

        assert persons.place(twelve, share=D("0.25"))[11].grade == PersonGrade.EXCELLENT
        with pytest.raises(ValueError, match="quarter"):
            persons.place(twelve, share=D("0.2501"))

    @pytest.mark.parametrize("cap", list(PersonGrade)[1:])
    def test_caps(self, cap):
        five = [Taking(0, "organ", D(99), cap=cap)] + [Taking(key, "organ", D(80)) for key in range(1, 5)]

        found = persons.place(five)[0]

        assert (found.by_score, found.grade, found.why) == (PersonGrade.EXCELLENT, cap, Why.CAP)

    def test_a_tie_falls_to_fewer_cards(self):
        two = [Taking("a", "organ", D(95), yellow=1), Taking("b", "organ", D(95))]
        others = [Taking(key, "organ", D(80)) for key in range(3)]

        assert persons.place([*two, *others])["b"].grade == PersonGrade.EXCELLENT

    def test_no_score_no_grade(self):
        assert persons.place([Taking("a", "organ", None)])["a"].grade is None

    def test_two_posts_are_one_person_with_one_place_and_the_lower_grade(self):
        others = [Taking(number, "organ", D("92") - number) for number in range(3)]
        both = [Taking("a", "organ", D("95"), person=7), Taking("b", "organ", D("93"), person=7)]

        # Four people, so nobody by law and one by a quarter; five sheets would have given one by law.
        assert {each.grade for each in persons.place([*both, *others]).values()} == {PersonGrade.COMPETENT}
        found = persons.place([*others, *reversed(both)], share=D("0.25"))
        assert [(found[key].grade, found[key].rank) for key in "ab"] == [(PersonGrade.EXCELLENT, 1)] * 2
        assert found[0].grade == PersonGrade.COMPETENT

    def test_of_two_posts_in_different_organs_the_lower_counts_and_is_ranked(self):
        both = [
            Taking("a", "one", D("95"), person=7),
            Taking("b", "two", D("65"), PersonGrade.INCOMPETENT, person=7),
            Taking("c", "two", None, person=7),
        ]

        found = persons.place(both)
        assert [(found[key].by_score, found[key].grade, found[key].rank, found[key].why) for key in "abc"] == [
            (PersonGrade.EXCELLENT, PersonGrade.INCOMPETENT, None, Why.OTHER_POST),
            (PersonGrade.BASICALLY_COMPETENT, PersonGrade.INCOMPETENT, 1, Why.CAP),
            (None, None, None, None),
        ]


STANDINGS = st.lists(
    st.builds(
        Standing,
        key=st.uuids(),
        group=st.sampled_from(["departments", "towns"]),
        score=st.none() | st.decimals(85, 93, places=0),
        cap=st.none() | st.sampled_from([GOOD, QUALIFIED]),
        is_vetoed=st.sampled_from([False, False, False, True]),
        red=st.integers(0, 1),
        yellow=st.integers(0, 1),
        block_e=st.none() | st.decimals(80, 81, places=0),
    ),
    max_size=40,
    unique_by=lambda each: each.key,
)


@settings(max_examples=80, deadline=None)
@given(STANDINGS, st.randoms(use_true_random=False))
def test_places_hold_whatever_the_order(standings, random: Random):
    found = grades.place(standings)
    shuffled = list(standings)
    random.shuffle(shuffled)

    assert grades.place(shuffled) == found
    for group in ("departments", "towns"):
        members = [each for each in standings if each.group == group]
        best = [each for each in members if found[each.key].grade == EXCELLENT]
        assert len(best) <= max(1, len(members) // 4)
        assert all(found[each.key].by_score == EXCELLENT and each.cap is None for each in best)
        for one in members:
            for other in members:
                if one.score is not None and other.score is not None:
                    assert (found[one.key].rank < found[other.key].rank) == (one.score > other.score)
