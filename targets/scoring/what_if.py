"""
What scores, grades and ranks of a past appraisal would have been under other assumptions (docs/domain.md 8.8). Pure.

Nothing is written anywhere: the same rules are applied once as they were and once as they are imagined, to the same
figures. Unchanged assumptions give exactly the old result.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from targets.scoring import grades, persons
from targets.scoring.grades import OrganGrade, Standing, Why
from targets.scoring.numbers import NOUGHT, exactly
from targets.scoring.persons import PersonGrade, Taking
from targets.scoring.totals import MOST_BONUS, BlockIn, Line, Total, total


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What an appraisal is decided by once the figures are there.

    :param thresholds: least scores of the grades, of organs or of persons; it says of whom the appraisal is
    :param share: how many of a group may be excellent, 0 to 1
    :param least: how many may be in any case; of persons nobody
    :param red_cards: from so many red cards on an organ is not excellent; None: as the cap of each says
    :param costs: points that an event takes off, by its cause; a cause that is not named costs what it did
    """

    thresholds: grades.Thresholds | persons.Thresholds = grades.USUAL
    share: Decimal = grades.QUOTA
    least: int = grades.LEAST_EXCELLENT
    costs: Mapping[str, Decimal] = field(default_factory=dict)
    red_cards: int | None = None

    @property
    def is_of_persons(self) -> bool:
        """Whether persons are graded, not organs."""
        return isinstance(self.thresholds, persons.Thresholds)


@dataclass(frozen=True, slots=True)
class Taken:
    """Points that were taken off for events of one cause: what each cost, and how many there were."""

    cause: str
    each: Decimal
    number: int = 1


@dataclass(frozen=True, slots=True)
class Appraised:
    """One organ, or post, with all that its score and grade came from."""

    key: Hashable
    group: Hashable
    blocks: Sequence[BlockIn]
    bonus: Decimal = NOUGHT
    put_right: Decimal = NOUGHT
    taken: Sequence[Taken] = ()
    cap: str | None = None
    # The cap that there is whatever the number of red cards; of an organ.
    cap_beside_red: str | None = None
    is_vetoed: bool = False
    red: int = 0
    yellow: int = 0
    person: Hashable = None


@dataclass(frozen=True, slots=True)
class Change:
    """
    What is imagined of an indicator; None leaves it as it was.

    :param is_computed: ``actual`` is what was computed under what is imagined: it stands also where nothing had been
        measured, and None says that there would be nothing to measure, so that the weight is spread (8.2)
    """

    weight: Decimal | None = None
    target: Decimal | None = None
    actual: Decimal | None = None
    terms: Mapping[str, Any] | None = None
    is_computed: bool = False


@dataclass(frozen=True, slots=True)
class Assumptions:
    """
    What is imagined to be different.

    :param rules: thresholds, quota, costs of events; None: as they were
    :param block_weights: by code; a block that is not named keeps its weight. Weights count among each other, and are
        scaled to what the blocks of each came to
    :param changes: of indicators, by the key of whom they are and their own; for everybody under None
    :param cards: yellow and red cards of whom they would have been others, by their key
    """

    rules: Rules | None = None
    block_weights: Mapping[str, Decimal] = field(default_factory=dict)
    changes: Mapping[tuple[Hashable, str], Change] = field(default_factory=dict)
    cards: Mapping[Hashable, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What somebody has under certain rules: score with two decimals, grade, why it is lower than the score's, rank."""

    total: Total
    by_score: OrganGrade | PersonGrade | None
    grade: OrganGrade | PersonGrade | None
    why: Why | None
    rank: int | None

    @property
    def score(self) -> Decimal | None:
        """The score with two decimals; None: nothing was measured."""
        return self.total.score


@dataclass(frozen=True, slots=True)
class Compared:
    """Somebody as it was and as it would have been."""

    key: Hashable
    group: Hashable
    before: Outcome
    after: Outcome

    @property
    def difference(self) -> Decimal | None:
        """By how much the score would have been higher; None where one of the two is none."""
        if self.before.score is None or self.after.score is None:
            return None
        return self.after.score - self.before.score

    @property
    def places_won(self) -> int | None:
        """By how many ranks it would have been better; below nought: worse."""
        if self.before.rank is None or self.after.rank is None:
            return None
        return self.before.rank - self.after.rank

    @property
    def is_changed(self) -> bool:
        """Whether score, grade or rank would have been another."""
        return bool(self.difference) or self.before.grade != self.after.grade or bool(self.places_won)


def outcomes(everybody: Sequence[Appraised], rules: Rules) -> dict[Hashable, Outcome]:
    """Return what everybody has under the rules, by key; whoever is compared with others has to be among them."""
    totals = {
        each.key: total(
            each.blocks,
            each.bonus,
            _points_off(each, rules),
            put_right=each.put_right,
            # What counted had its limit, which the office may have set higher.
            most_bonus=max(MOST_BONUS, each.bonus),
        )
        for each in everybody
    }
    placed = _placed(everybody, totals, rules)
    return {key: Outcome(totals[key], each.by_score, each.grade, each.why, each.rank) for key, each in placed.items()}


def compare(everybody: Sequence[Appraised], rules: Rules, imagined: Assumptions) -> list[Compared]:
    """
    Return everybody as it was by ``rules`` and as it would have been under what is imagined, in the same order.

    :raises ValueError: terms that do not fit the method, or a share for persons above a quarter
    """
    before = outcomes(everybody, rules)
    after = outcomes([imagine(each, imagined) for each in everybody], imagined.rules or rules)
    return [Compared(each.key, each.group, before[each.key], after[each.key]) for each in everybody]


def imagine(each: Appraised, imagined: Assumptions) -> Appraised:
    """Return somebody with other weights, targets, figures and terms; the blocks of each weigh as much as before."""
    weights = _weights(each.blocks, imagined.block_weights)
    blocks = [
        BlockIn(
            block.code,
            weights[block.code],
            [_changed(line, imagined.changes, each.key) for line in block.lines],
        )
        for block in each.blocks
    ]
    yellow, red = imagined.cards.get(each.key, (each.yellow, each.red))
    return replace(each, blocks=blocks, yellow=yellow, red=red)


@exactly
def _weights(blocks: Sequence[BlockIn], imagined: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """
    Return the weights of blocks under what is imagined, scaled to what they came to.

    Plans do not have the same blocks: what makes a hundred in one makes less or more in another, and a plan that comes
    to less could not reach what others can.
    """
    whole = sum((block.weight for block in blocks), NOUGHT)
    weights = {block.code: imagined.get(block.code, block.weight) for block in blocks}
    now = sum(weights.values(), NOUGHT)
    if now in (NOUGHT, whole):
        return weights
    return {code: weight * whole / now for code, weight in weights.items()}


def _changed(line: Line, changes: Mapping[tuple[Hashable, str], Change], key: Hashable) -> Line:
    """Return a line under the change for everybody, and then under the own one."""
    line = replace(line, parts=[_changed(part, changes, key) for part in line.parts])
    for change in (changes.get((None, line.key)), changes.get((key, line.key))):
        if change is None:
            continue
        result = line.result
        if change.target is not None:
            result = replace(result, target=change.target)
        # Where nothing was measured nothing is imagined: a figure needs something to be a figure of.
        if change.is_computed or (change.actual is not None and result.actual is not None):
            result = replace(result, actual=change.actual)
        line = replace(
            line,
            result=result,
            weight=line.weight if change.weight is None else change.weight,
            terms=line.terms if change.terms is None else change.terms,
        )
    return line


def _points_off(each: Appraised, rules: Rules) -> Decimal:
    return sum((rules.costs.get(taken.cause, taken.each) * taken.number for taken in each.taken), NOUGHT)


def _placed(
    everybody: Sequence[Appraised], totals: Mapping[Hashable, Total], rules: Rules
) -> Mapping[Hashable, grades.Placed | persons.PlacedPerson]:
    if isinstance(rules.thresholds, persons.Thresholds):
        takings = [
            Taking(
                each.key,
                each.group,
                totals[each.key].score,
                PersonGrade(each.cap) if each.cap else None,
                each.red,
                each.yellow,
                each.person,
            )
            for each in everybody
        ]
        return persons.place(takings, thresholds=rules.thresholds, share=rules.share)
    standings = [
        Standing(
            each.key,
            each.group,
            totals[each.key].score,
            cap_of_organ(each, rules),
            each.is_vetoed,
            each.red,
            each.yellow,
            next((block.score for block in totals[each.key].blocks if block.code == "E"), None),
        )
        for each in everybody
    ]
    return grades.place(standings, thresholds=rules.thresholds, share=rules.share, least=rules.least)


def cap_of_organ(each: Appraised, rules: Rules) -> OrganGrade | None:
    """Return the cap of an organ: the one that it has, or what is left of it under another number of red cards."""
    if rules.red_cards is None:
        return OrganGrade(each.cap) if each.cap else None
    caps = [OrganGrade(each.cap_beside_red)] if each.cap_beside_red else []
    if each.red >= rules.red_cards:
        caps.append(OrganGrade.GOOD)
    order = list(OrganGrade)
    return max(caps, key=order.index, default=None)
