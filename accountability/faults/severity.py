"""
How grave a fault is and which measure goes with it: the matrix of docs/domain.md 10.3 and the circumstances of 10.4.

Pure. What comes out is a proposal and the range that a decision has to keep to.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from accountability.faults.measures import DISCIPLINARY
from accountability.faults.words import Circumstance, Degree, Measure, Responsibility, Severity
from efficiency.timing.due import add_months

HEAVIER = frozenset(
    {
        Circumstance.INTENT,
        Circumstance.REFUSED_TO_CORRECT,
        Circumstance.OBSTRUCTED,
        Circumstance.RETALIATED,
        Circumstance.REPEATED,
    }
)
LIGHTER = frozenset({Circumstance.MINOR, Circumstance.COOPERATED, Circumstance.CORRECTED, Circumstance.FORGIVEN})
NONE = frozenset({Circumstance.FRAUD, Circumstance.UNCLEAR_LAW, Circumstance.FORCE_MAJEURE, Circumstance.OPPOSED})

_LIGHT = (
    Measure.ADMONITION_TALK,
    Measure.SELF_CRITICISM,
    Measure.CIRCULATED_CRITICISM,
    Measure.ADMONISHMENT,
    Measure.REMOVAL_FROM_POST,
)


def _between(first: Measure, last: Measure) -> tuple[Measure, ...]:
    return DISCIPLINARY[DISCIPLINARY.index(first) : DISCIPLINARY.index(last) + 1]


# fmt: off
# Of each range the lightest comes first. "Same, lighter" for leaders: the heaviest steps are left out, one each (ours).
MATRIX: Mapping[tuple[Severity, Responsibility], tuple[Measure, ...]] = {
    (Severity.ORDINARY, Responsibility.DIRECT): _LIGHT,
    (Severity.ORDINARY, Responsibility.MAIN): _LIGHT[:-1],
    (Severity.ORDINARY, Responsibility.IMPORTANT): _LIGHT[:-2],
    (Severity.SERIOUS, Responsibility.DIRECT): _between(Measure.WARNING, Measure.DEMOTION),
    (Severity.SERIOUS, Responsibility.MAIN): _between(Measure.WARNING, Measure.MAJOR_DEMERIT),
    (Severity.SERIOUS, Responsibility.IMPORTANT): _between(Measure.WARNING, Measure.DEMERIT),
    (Severity.GRAVE, Responsibility.DIRECT): _between(Measure.DISMISSAL, Measure.EXPULSION),
    (Severity.GRAVE, Responsibility.MAIN): _between(Measure.DEMOTION, Measure.EXPULSION),
    (Severity.GRAVE, Responsibility.IMPORTANT): _between(Measure.MAJOR_DEMERIT, Measure.EXPULSION),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Proposal:
    """
    A measure, the range that it comes from, by how many steps it was shifted, and the circumstances that did so.

    ``measure`` is None where a circumstance leaves none: the case is closed as "no accountability".
    """

    measure: Measure | None
    choices: tuple[Measure, ...]
    shift: int
    circumstances: frozenset[Circumstance]

    @property
    def closes(self) -> bool:
        """Whether nobody is held to account."""
        return self.measure is None


def grade(conduct: Degree, effect: Degree) -> Severity:
    """
    Return how grave a fault is: ordinary where it is light with small harm, grave where both are at their worst.

    Everything between is serious: heavy conduct or a large effect is enough.
    """
    if conduct == effect == Degree.LIGHT:
        return Severity.ORDINARY
    return Severity.GRAVE if conduct == effect == Degree.VERY_HEAVY else Severity.SERIOUS


def choices(severity: Severity, responsibility: Responsibility) -> tuple[Measure, ...]:
    """Return the measures among which a decision chooses, the lightest first."""
    return MATRIX[severity, responsibility]


def shift(circumstances: Collection[Circumstance]) -> int:
    """Return +1 for heavier, -1 for lighter, 0 for neither or both: it is one step, however many there are."""
    return any(each in HEAVIER for each in circumstances) - any(each in LIGHTER for each in circumstances)


def leaves_none(circumstances: Collection[Circumstance]) -> bool:
    """Say whether a circumstance leaves nobody to be held to account."""
    return any(each in NONE for each in circumstances)


def propose(
    severity: Severity, responsibility: Responsibility, circumstances: Collection[Circumstance] = ()
) -> Proposal:
    """
    Return the measure that goes with severity and responsibility: the middle of the range, shifted within it.

    In a range of an even number the lighter of the two in the middle is where it begins.
    """
    found = choices(severity, responsibility)
    step = shift(circumstances)
    if leaves_none(circumstances):
        return Proposal(None, found, 0, frozenset(circumstances))
    place = min(max((len(found) - 1) // 2 + step, 0), len(found) - 1)
    return Proposal(found[place], found, step, frozenset(circumstances))


def is_repeated(fault_on: date, earlier: Collection[date]) -> bool:
    """
    Say whether a fault of ``fault_on`` is the second or a later one within a year, which makes it heavier.

    :param earlier: days of other faults of the same person for which somebody was held to account
    """
    return any(add_months(fault_on, -12) < day <= fault_on for day in earlier)
