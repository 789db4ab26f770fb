"""The lot of quality reviews: pure rules, the same whenever they are asked again (docs/domain.md 11)."""

import hashlib

import pytest

from supervision.foresight.sampling.enums import Stratum
from supervision.foresight.sampling.lots import Closed, draw, fingerprint, rank, share_of

REST = [
    Closed(f"XN{number:04d}", organ, Stratum.REST)
    for organ in (1, 2)
    for number in range(organ * 100, organ * 100 + 40)
]
OTHERS = [Closed("XN9001", 1, Stratum.DISSATISFIED), Closed("XN9002", 2, Stratum.REOPENED)]


def test_the_rank_is_the_sha256_of_seed_colon_number():
    assert rank("abc", "XN0001") == hashlib.sha256(b"abc:XN0001").hexdigest()


def test_the_same_seed_gives_the_same_cases_in_whatever_order_they_come():
    drawn = draw(REST + OTHERS, seed="one", per_cent=10)

    assert drawn == draw(list(reversed(OTHERS + REST)), seed="one", per_cent=10)
    assert drawn != draw(REST + OTHERS, seed="two", per_cent=10)


def test_all_dissatisfied_and_all_reopened_are_drawn_first_and_a_share_of_the_rest_by_organ():
    drawn = draw(REST + OTHERS, seed="one", per_cent=10)

    assert drawn[:2] == OTHERS
    assert sorted(each.organ_id for each in drawn[2:]) == [1] * 4 + [2] * 4


@pytest.mark.parametrize(
    ("number", "per_cent", "drawn"), [(40, 10, 4), (41, 10, 5), (1, 1, 1), (40, 0, 0), (40, 100, 40)]
)
def test_a_share_is_rounded_up(number, per_cent, drawn):
    assert share_of(number, per_cent) == drawn


def test_the_fingerprint_knows_number_organ_and_stratum():
    changed = [Closed("XN9001", 1, Stratum.REOPENED), OTHERS[1]]

    assert fingerprint(OTHERS) == fingerprint(reversed(OTHERS))
    assert fingerprint(OTHERS) != fingerprint(changed)
