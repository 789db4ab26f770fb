"""
Grades of persons: by score, then caps, then how many may be excellent (docs/domain.md 8.5, 8.6). Pure.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from targets.scoring import places
from targets.scoring.grades import Why

# By law 20 % of those who take part, and with the approval of the authority in charge up to 25 %.
QUOTA, MOST = Decimal("0.20"), Decimal("0.25")


class PersonGrade(TextChoices):
    """Grade of a person, the best first; ``NO_GRADE``: none is given."""

    EXCELLENT = "excellent", pgettext_lazy("grade of a person", "excellent")
    COMPETENT = "competent", pgettext_lazy("grade of a person", "competent")
    BASICALLY_COMPETENT = "basically_competent", pgettext_lazy("grade of a person", "basically competent")
    INCOMPETENT = "incompetent", pgettext_lazy("grade of a person", "incompetent")
    NO_GRADE = "no_grade", pgettext_lazy("grade of a person", "no grade")


_ORDER = list(PersonGrade)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least score of each grade (ours: the law has no scores)."""

    excellent: Decimal = Decimal(90)
    competent: Decimal = Decimal(70)
    basically_competent: Decimal = Decimal(60)

    def __post_init__(self) -> None:
        if not self.excellent >= self.competent >= self.basically_competent:
            raise ValueError("A better grade never needs a lower score.")


USUAL = Thresholds()


@dataclass(frozen=True, slots=True)
class Taking:
    """
    A person who takes part, with one post; of a person with several there is one for each.

    :param group: those among whom the share counts, usually the organ
    :param score: with two decimals; None: nothing was measured: no grade, no rank, and no place in the quota
    :param cap: the best grade that is open, as sanctions of the year leave it; None: any
    :param person: what is the same for all posts of a person; None: nobody else's
    """

    key: Hashable
    group: Hashable
    score: Decimal | None
    cap: PersonGrade | None = None
    red: int = 0
    yellow: int = 0
    person: Hashable = None


@dataclass(frozen=True, slots=True)
class PlacedPerson:
    """What a person got: the grade of the score, the grade that counts, why they differ, the rank in the group."""

    key: Hashable
    by_score: PersonGrade | None
    grade: PersonGrade | None
    rank: int | None
    why: Why | None = None


def grade_of(score: Decimal | None, thresholds: Thresholds = USUAL) -> PersonGrade | None:
    """Return the grade that a score with two decimals gives."""
    if score is None:
        return None
    if score >= thresholds.excellent:
        return PersonGrade.EXCELLENT
    if score >= thresholds.competent:
        return PersonGrade.COMPETENT
    basic = score >= thresholds.basically_competent
    return PersonGrade.BASICALLY_COMPETENT if basic else PersonGrade.INCOMPETENT


def capped(grade: PersonGrade, cap: PersonGrade | str | None) -> PersonGrade:
    """Return the grade, or the cap where that is lower; a cap never lifts."""
    return grade if cap is None else max(grade, PersonGrade(cap), key=_ORDER.index)


def place(
    takings: Sequence[Taking], *, thresholds: Thresholds = USUAL, share: Decimal = QUOTA
) -> dict[Hashable, PlacedPerson]:
    """
    Return grades and ranks of all persons, group by group, by key; the order in which they come does not matter.

    Whoever has several posts is one person: one place among those taking part, and one grade for all of them, that of
    the lowest score under the lowest cap (ours). They are ranked in the group of that post alone.

    :param share: of those taking part who may be excellent, rounded down; of four nobody. More than a fifth needs the
        approval of the authority
    :raises ValueError: ``share`` is above a quarter
    """
    if not 0 <= share <= MOST:
        raise ValueError("At most a quarter of those taking part may be excellent.")
    whole = _persons(takings)
    groups: dict[Hashable, list[Taking]] = defaultdict(list)
    for counts in {each.key: each for each in whole.values()}.values():
        groups[counts.group].append(counts)
    found: dict[Hashable, PlacedPerson] = {}
    for members in groups.values():
        rank = places.ranks([(each.key, each.score) for each in members])
        by_score = {each.key: grade_of(each.score, thresholds) for each in members}
        grades = {each.key: _under_cap(by_score[each.key], each.cap) for each in members}
        candidates = [each for each in members if grades[each.key] == PersonGrade.EXCELLENT]
        taking_part = sum(each.score is not None for each in members)
        kept, tied = places.within(candidates, places.quota(taking_part, share), order=_order)
        best, equal = {each.key for each in kept}, {each.key for each in tied}
        for each in members:
            first, grade, why = by_score[each.key], grades[each.key], None
            if grade != first:
                why = Why.CAP
            elif grade == PersonGrade.EXCELLENT and each.key not in best:
                grade, why = PersonGrade.COMPETENT, Why.TIED if each.key in equal else Why.QUOTA
            found[each.key] = PlacedPerson(each.key, first, grade, rank[each.key], why)
    return {each.key: _of_post(each, whole[each.key], found[whole[each.key].key], thresholds) for each in takings}


def _persons(takings: Sequence[Taking]) -> dict[Hashable, Taking]:
    """Return, by the key of each post, what counts of its holder: the lowest score, under the lowest cap of all."""
    of_person: dict[tuple[str, Hashable], list[Taking]] = defaultdict(list)
    for each in takings:
        of_person[("key", each.key) if each.person is None else ("person", each.person)].append(each)
    found: dict[Hashable, Taking] = {}
    for posts in of_person.values():
        scored = [each for each in posts if each.score is not None]
        caps = [PersonGrade(each.cap) for each in posts if each.cap is not None]
        lowest = min(scored or posts, key=lambda each: (each.score or Decimal(0), str(each.group), str(each.key)))
        counts = replace(lowest, cap=max(caps, key=_ORDER.index, default=None))
        found |= {each.key: counts for each in posts}
    return found


def _of_post(each: Taking, counts: Taking, placed: PlacedPerson, thresholds: Thresholds) -> PlacedPerson:
    """Return what a person got, as it stands with one post of theirs."""
    first = grade_of(each.score, thresholds)
    if first is None:
        return PlacedPerson(each.key, None, None, None)
    own = _under_cap(first, each.cap)
    if placed.grade == own:
        why = None if own == first else Why.CAP
    else:
        why = placed.why if placed.why in (Why.QUOTA, Why.TIED) else Why.OTHER_POST
    return PlacedPerson(each.key, first, placed.grade, placed.rank if each.group == counts.group else None, why)


def _under_cap(grade: PersonGrade | None, cap: PersonGrade | None) -> PersonGrade | None:
    """Return the grade under a cap; who is to get no grade gets none, whatever was measured."""
    if grade is None:
        return None
    return capped(grade, cap)


def _order(each: Taking) -> tuple[Decimal, int, int]:
    assert each.score is not None  # noqa: S101  # who is excellent has a score
    return -each.score, each.red, each.yellow
