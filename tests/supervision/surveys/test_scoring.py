"""docs/domain.md 11: survey score = 100 × Σ(points × answers)/answers with 5→1.0, 4→0.8, 3→0.6, 2→0.3, 1→0."""

from decimal import Decimal

import pytest

from supervision.surveys.scoring import LEAST_ANSWERS, is_enough, score, score_of_all


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({5: 10}, "100.00"),
        ({4: 10}, "80.00"),
        ({3: 10}, "60.00"),
        ({2: 10}, "30.00"),
        ({1: 10}, "0.00"),
        ({5: 40, 4: 30, 3: 20, 2: 8, 1: 2}, "78.40"),
        # 100 × (1 + 1 + 0.8) / 3 = 93.333…
        ({5: 2, 4: 1}, "93.33"),
        # 100 × (0.8 + 0.8 + 0.6) / 3 = 73.333…; a half is rounded up: 100 × 1.2 / 16 = 7.5, 100 × 0.9 / 32 = 2.8125
        ({2: 3, 1: 29}, "2.81"),
        ({2: 1, 1: 31}, "0.94"),
        ({2: 1, 1: 15}, "1.88"),
    ],
)
def test_the_survey_score_is_100_times_the_points_per_answer(counts, expected):
    assert score(counts) == Decimal(expected)


def test_nobody_who_answered_gives_no_score():
    assert score({}) is None
    assert score_of_all([{}, {}]) is None


def test_the_score_of_an_organ_takes_all_grades_together():
    assert score_of_all([{5: 10}, {1: 10}]) == Decimal("50.00")
    # An item that half of them left out weighs half.
    assert score_of_all([{5: 20}, {1: 10}]) == Decimal("66.67")


def test_an_item_of_fewer_than_ten_answers_cannot_be_told_from_the_score():
    assert score_of_all([{5: 10}, {1: 9}]) == Decimal("100.00")
    assert score_of_all([{5: 9}, {1: 9}]) is None


def test_a_grade_that_is_none_is_an_error():
    with pytest.raises(KeyError):
        score({6: 1})


def test_ten_answers_are_enough_and_nine_are_not():
    assert LEAST_ANSWERS == 10
    assert is_enough(10)
    assert not is_enough(9)
