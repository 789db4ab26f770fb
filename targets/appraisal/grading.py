"""
From blocks to totals, from totals to grades and ranks (docs/domain.md 8.3 to 8.6): the rules applied to sheets.

``grade`` is pure: the same sheets and terms give the same grades, for what is stored, for a proof and for a what-if.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from accountability.faults.effects import CRITICISMS_IN_YEAR, POINTS, RED_IN_YEAR, cap_of_person
from targets.appraisal.deductions import Event
from targets.appraisal.enums import DeductionCause, DeductionKind, Group
from targets.appraisal.results import TWENTY, Key, SheetOut
from targets.scoring import grades, persons
from targets.scoring.grades import OrganGrade, Standing, Why
from targets.scoring.numbers import NOUGHT, exactly, rounded
from targets.scoring.persons import PersonGrade, Taking
from targets.scoring.totals import MOST_BONUS

PER_CENT = Decimal(100)
# A veto leaves an organ at most qualified, and a person, where one is given by hand, at most competent (ours).
VETOED = {True: PersonGrade.COMPETENT.value, False: OrganGrade.QUALIFIED.value}

# How many events of an organ limit its grade together.
_AT_LEAST = {DeductionCause.CRITICISM: CRITICISMS_IN_YEAR, DeductionCause.RED_CARDS: RED_IN_YEAR}


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What sheets are graded by; kept with the appraisal, so that it can be graded again.

    :param share: of a group of organs that may be excellent, ``person_share`` of the people of an organ
    :param points: what each event costs, by its cause
    """

    organs: grades.Thresholds = grades.USUAL
    people: persons.Thresholds = persons.USUAL
    share: Decimal = grades.QUOTA
    least: int = grades.LEAST_EXCELLENT
    person_share: Decimal = persons.QUOTA
    most_bonus: Decimal = MOST_BONUS
    points: Mapping[str, Decimal] = field(
        default_factory=lambda: {cause.value: Decimal(number) for cause, number in POINTS.items()}
    )

    @classmethod
    def read(cls, kept: Mapping[str, Any], *, wider_quota: int | None = None) -> "Terms":
        """
        Return the terms that an appraisal keeps; what it does not say is as the rules have it.

        :param wider_quota: in per cent, with the approval of the authority
        """
        usual = cls()
        thresholds, people = kept.get("thresholds", {}), kept.get("person_thresholds", {})
        share = Decimal(kept.get("person_share", usual.person_share))
        return cls(
            organs=grades.Thresholds(**{name: Decimal(value) for name, value in thresholds.items()}),
            people=persons.Thresholds(**{name: Decimal(value) for name, value in people.items()}),
            share=Decimal(kept.get("share", usual.share)),
            least=int(kept.get("least", usual.least)),
            person_share=Decimal(wider_quota) / PER_CENT if wider_quota else share,
            most_bonus=Decimal(kept.get("most_bonus", usual.most_bonus)),
            points=dict(usual.points) | {cause: Decimal(value) for cause, value in kept.get("points", {}).items()},
        )

    def written(self) -> dict[str, Any]:
        """Return the terms as an appraisal keeps them: numbers as text, so that none is changed on the way."""
        return {
            "thresholds": {
                "excellent": str(self.organs.excellent),
                "good": str(self.organs.good),
                "qualified": str(self.organs.qualified),
            },
            "person_thresholds": {
                "excellent": str(self.people.excellent),
                "competent": str(self.people.competent),
                "basically_competent": str(self.people.basically_competent),
            },
            "share": str(self.share),
            "least": self.least,
            "person_share": str(self.person_share),
            "most_bonus": str(self.most_bonus),
            "points": {cause: str(value) for cause, value in sorted(self.points.items())},
        }


def grade(sheets: Sequence[SheetOut], terms: Terms) -> None:
    """Put total, cap, grade and rank into each of the sheets of one appraisal."""
    for sheet in sheets:
        _total(sheet, terms)
        _cap(sheet)
    _place_organs([sheet for sheet in sheets if sheet.group != Group.POSTS], terms)
    _place_people([sheet for sheet in sheets if sheet.group == Group.POSTS], terms)


@exactly
def _total(sheet: SheetOut, terms: Terms) -> None:
    """
    Σ blocks + bonus (at most three) − deductions, no floor but nought; rounded once, at the end (8.2, 8.3).

    What is put right is no bonus; with it a sheet comes to a hundred and the bonus at most.
    """
    added = [each for each in sheet.adjustments if each.points > 0]
    given = sum((each.points for each in added if each.is_bonus), NOUGHT)
    sheet.put_right = sum((each.points for each in added if not each.is_bonus), NOUGHT)
    taken = -sum((each.points for each in sheet.adjustments if each.points < 0), NOUGHT)
    sheet.bonus = min(given, terms.most_bonus)
    sheet.deducted = sum((each.points for each in _counting(sheet) if each.kind == DeductionKind.POINTS), taken)
    if sheet.blocks_total is None:
        sheet.computed_total = sheet.total = None
        return
    unrounded = max(NOUGHT, min(PER_CENT, sheet.blocks_total + sheet.put_right - sheet.deducted) + sheet.bonus)
    sheet.computed_total, sheet.total = unrounded.quantize(TWENTY), rounded(unrounded)


def counting(events: Sequence[Event], lifted: Collection[Key], *, is_person: bool) -> list[Event]:
    """
    Return the events of a sheet that count: what two persons lifted does not.

    Where several make a limit together, what is left of them makes the limit that so many make.
    """
    left = [each for each in events if each.key not in lifted]
    if not lifted:
        return left
    numbers = Counter(each.cause for each in left if each.kind == DeductionKind.CAP)
    found = []
    for each in left:
        if each.kind == DeductionKind.CAP and not is_person:
            if numbers[each.cause] < _AT_LEAST.get(each.cause, 1):
                continue
        elif each.kind == DeductionKind.CAP and each.cause == DeductionCause.ADMONISHMENT:
            each = replace(each, cap=str(cap_of_person(admonishments=numbers[each.cause])))
        found.append(each)
    return found


def _counting(sheet: SheetOut) -> list[Event]:
    lifted = {each.lifts for each in sheet.adjustments if each.lifts}
    return counting(sheet.deductions, lifted, is_person=sheet.group == Group.POSTS)


def red_cards_lifted(events: Iterable[Event], lifted: Collection[Key]) -> int:
    """Return how many of the red cards that limit the grade of a sheet two persons lifted: they part no tie either."""
    return sum(each.cause == DeductionCause.RED_CARDS and each.key in lifted for each in events)


def _red_cards(sheet: SheetOut) -> int:
    lifted = {each.lifts for each in sheet.adjustments if each.lifts}
    return sheet.red_cards - red_cards_lifted(sheet.deductions, lifted)


def _cap(sheet: SheetOut) -> None:
    """Find the lowest cap and what brings it; a veto is the lowest that there is for an organ."""
    is_person = sheet.group == Group.POSTS
    order: list[str] = [grade.value for grade in (PersonGrade if is_person else OrganGrade)]
    events = _counting(sheet)
    caps = [(str(each.cap), str(each.cause)) for each in events if each.kind in (DeductionKind.CAP, DeductionKind.VETO)]
    vetoes = [str(each.cause) for each in events if each.kind == DeductionKind.VETO]
    vetoes += [each.veto for each in sheet.adjustments if each.veto]
    caps += [(VETOED[is_person], cause) for cause in vetoes]
    sheet.is_vetoed = bool(vetoes)
    known = [(cap, cause) for cap, cause in caps if cap in order]
    # Of several that are as low the veto is told.
    lowest = max(known, key=lambda each: (order.index(each[0]), each[1] in vetoes), default=("", ""))
    sheet.cap, sheet.cap_reason = str(lowest[0]), lowest[1]


def _place_organs(sheets: Sequence[SheetOut], terms: Terms) -> None:
    standings = [
        Standing(
            key=place,
            group=sheet.group,
            score=sheet.total,
            cap=OrganGrade(sheet.cap) if sheet.cap else None,
            is_vetoed=sheet.is_vetoed,
            red=_red_cards(sheet),
            yellow=sheet.yellow_cards,
            block_e=sheet.block_e,
        )
        for place, sheet in enumerate(sheets)
    ]
    placed = grades.place(standings, thresholds=terms.organs, share=terms.share, least=terms.least)
    for place, sheet in enumerate(sheets):
        _put(sheet, placed[place].by_score, placed[place].grade, placed[place].rank, placed[place].why)


def _place_people(sheets: Sequence[SheetOut], terms: Terms) -> None:
    """Grade people among those of their organ who take part: a post that nobody holds, or without a plan, does not."""
    for sheet in sheets:
        _put(sheet, None, None, None, None)
    sheets = [sheet for sheet in sheets if sheet.total is not None]
    takings = [
        Taking(
            key=place,
            group=sheet.organ_id,
            score=sheet.total,
            cap=PersonGrade(sheet.cap) if sheet.cap else None,
            red=sheet.red_cards,
            yellow=sheet.yellow_cards,
            person=sheet.person_key,
        )
        for place, sheet in enumerate(sheets)
    ]
    placed = persons.place(takings, thresholds=terms.people, share=terms.person_share)
    for place, sheet in enumerate(sheets):
        _put(sheet, placed[place].by_score, placed[place].grade, placed[place].rank, placed[place].why)


def _put(sheet: SheetOut, by_score: str | None, given: str | None, rank: int | None, why: Why | None) -> None:
    sheet.grade_by_score, sheet.grade, sheet.rank = str(by_score or ""), str(given or ""), rank
    if why in (Why.QUOTA, Why.TIED, Why.OTHER_POST):
        sheet.cap_reason = str(why)
