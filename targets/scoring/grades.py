"""
Grades of organs: by score, then caps and veto, then how many may be excellent (docs/domain.md 8.5, 8.6). Pure.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from targets.scoring import places

QUOTA, LEAST_EXCELLENT = Decimal("0.25"), 1


class OrganGrade(TextChoices):
    """Grade of an organ, the best first."""

    EXCELLENT = "excellent", pgettext_lazy("grade of an organ", "excellent")
    GOOD = "good", pgettext_lazy("grade of an organ", "good")
    QUALIFIED = "qualified", pgettext_lazy("grade of an organ", "qualified")
    UNQUALIFIED = "unqualified", pgettext_lazy("grade of an organ", "unqualified")


_ORDER = list(OrganGrade)


class Why(TextChoices):
    """Why a grade is not the one that the score gives."""

    CAP = "cap", pgettext_lazy("why a grade is lower", "cannot be better after what happened in the year")
    VETO = "veto", pgettext_lazy("why a grade is lower", "veto")
    QUOTA = "quota", pgettext_lazy("why a grade is lower", "no place left among the excellent")
    TIED = "tied", pgettext_lazy("why a grade is lower", "tied for the last place: the leading group decides")
    OTHER_POST = "other_post", pgettext_lazy("why a grade is lower", "the other post of the same person came to less")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least score of each grade."""

    excellent: Decimal = Decimal(90)
    good: Decimal = Decimal(80)
    qualified: Decimal = Decimal(60)

    def __post_init__(self) -> None:
        if not self.excellent >= self.good >= self.qualified:
            raise ValueError("A better grade never needs a lower score.")


USUAL = Thresholds()


@dataclass(frozen=True, slots=True)
class Standing:
    """
    An organ as it stands before grades are given.

    :param key: which organ or sheet
    :param group: those among whom it is compared, such as the departments of the city
    :param score: with two decimals; None: nothing was measured, it gets neither grade nor rank
    :param cap: the best grade that is open to it; None: any
    :param red: red cards upheld in the year, ``yellow`` likewise
    :param block_e: score of block E, the last that parts a tie
    """

    key: Hashable
    group: Hashable
    score: Decimal | None
    cap: OrganGrade | None = None
    is_vetoed: bool = False
    red: int = 0
    yellow: int = 0
    block_e: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What an organ got: the grade of its score, the grade that counts, why they differ, its rank in the group."""

    key: Hashable
    by_score: OrganGrade | None
    grade: OrganGrade | None
    rank: int | None
    why: Why | None = None


def grade_of(score: Decimal | None, thresholds: Thresholds = USUAL) -> OrganGrade | None:
    """Return the grade that a score with two decimals gives."""
    if score is None:
        return None
    if score >= thresholds.excellent:
        return OrganGrade.EXCELLENT
    if score >= thresholds.good:
        return OrganGrade.GOOD
    return OrganGrade.QUALIFIED if score >= thresholds.qualified else OrganGrade.UNQUALIFIED


def capped(grade: OrganGrade, cap: OrganGrade | str | None) -> OrganGrade:
    """Return the grade, or the cap where that is lower; a cap never lifts."""
    return grade if cap is None else max(grade, OrganGrade(cap), key=_ORDER.index)


def lowest(caps: Iterable[OrganGrade | str]) -> OrganGrade | None:
    """Return the cap that holds of several."""
    return max((OrganGrade(cap) for cap in caps), key=_ORDER.index, default=None)


def place(
    standings: Sequence[Standing],
    *,
    thresholds: Thresholds = USUAL,
    share: Decimal = QUOTA,
    least: int = LEAST_EXCELLENT,
) -> dict[Hashable, Placed]:
    """
    Return grades and ranks of all organs, group by group, by key; the order in which they come does not matter.

    Excellent are at most ``share`` of the organs of a group, rounded down, at least ``least``. For the last places
    counts the higher score, then fewer red cards, fewer yellow ones, the higher block E. Whom nothing parts gets no
    place by chance; the leading group decides.
    """
    groups: dict[Hashable, list[Standing]] = defaultdict(list)
    for each in standings:
        groups[each.group].append(each)
    found: dict[Hashable, Placed] = {}
    for members in groups.values():
        rank = places.ranks([(each.key, each.score) for each in members])
        before = {each.key: _before_quota(each, thresholds) for each in members}
        candidates = [each for each in members if before[each.key][1] == OrganGrade.EXCELLENT]
        kept, tied = places.within(candidates, places.quota(len(members), share, least=least), order=_order)
        best, equal = {each.key for each in kept}, {each.key for each in tied}
        for each in members:
            by_score, grade, why = before[each.key]
            if grade == OrganGrade.EXCELLENT and each.key not in best:
                grade, why = OrganGrade.GOOD, Why.TIED if each.key in equal else Why.QUOTA
            found[each.key] = Placed(each.key, by_score, grade, rank[each.key], why)
    return {each.key: found[each.key] for each in standings}


def _before_quota(each: Standing, thresholds: Thresholds) -> tuple[OrganGrade | None, OrganGrade | None, Why | None]:
    by_score = grade_of(each.score, thresholds)
    if by_score is None:
        return None, None, None
    under_cap = capped(by_score, each.cap)
    grade = capped(under_cap, OrganGrade.QUALIFIED if each.is_vetoed else None)
    if grade == by_score:
        return by_score, grade, None
    return by_score, grade, Why.CAP if grade == under_cap else Why.VETO


def _order(each: Standing) -> tuple[Decimal, int, int, Decimal]:
    assert each.score is not None  # noqa: S101  # who is excellent has a score
    return -each.score, each.red, each.yellow, Decimal(1) if each.block_e is None else -each.block_e
