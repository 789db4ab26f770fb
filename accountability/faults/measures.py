"""
What measures there are, against whom, how long they last and what they bring with them (docs/domain.md 10.3, 10.7).

Pure arithmetic on days: a period that lasts ends on its last day, which is never moved (3.1 rule 6).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from accountability.faults.words import Against, Measure
from efficiency.timing.due import ONE_DAY, Limit, Unit, add_months, period_end

# The groups in which the rules count the measures; an organ bears the first three, a person all of them.
GROUPS: Mapping[int, tuple[Measure, ...]] = {
    1: (Measure.ORDER_TO_RECTIFY, Measure.SELF_CRITICISM),
    2: (Measure.ADMONITION_TALK, Measure.ADMONISHMENT, Measure.CIRCULATED_CRITICISM),
    3: (Measure.LOSS_OF_COMMENDATION,),
    4: (Measure.WITHHELD_ALLOWANCE,),
    5: (Measure.GRADED_BASIC, Measure.GRADED_INCOMPETENT),
    6: (Measure.OFF_POST_TRAINING, Measure.REMOVAL_FROM_POST, Measure.LOSS_OF_QUALIFICATION),
    7: (Measure.RESIGNATION_TAKEN, Measure.RESIGNATION_ORDERED, Measure.DISCHARGE),
}
LAST_OF_ORGANS = 3
# Disciplinary sanctions 处分, the lightest first: decided by others, here only proposed and recorded (10.6).
DISCIPLINARY = (
    Measure.WARNING,
    Measure.DEMERIT,
    Measure.MAJOR_DEMERIT,
    Measure.DEMOTION,
    Measure.DISMISSAL,
    Measure.EXPULSION,
)
# What bars promotion while it lasts (10.7): the sanctions and the admonishment.
BARS_PROMOTION = (Measure.ADMONISHMENT, *DISCIPLINARY)

# Of what the decision against a person says that a copy goes to the personnel file 个人档案 (10.5; which these are is
# ours): what lasts, what grades, and what takes post, qualification or employment.
FOR_THE_FILE = (
    Measure.ADMONISHMENT,
    *GROUPS[5],
    Measure.REMOVAL_FROM_POST,
    Measure.LOSS_OF_QUALIFICATION,
    *GROUPS[7],
    *DISCIPLINARY,
)

# Months that an admonishment may last.
ADMONISHMENT_MONTHS = range(3, 7)
ADMONISHMENT_DEFAULT = 6
# How many months a measure lasts; what is not named has its effect at once and no period.
MONTHS: Mapping[Measure, int] = {
    Measure.ADMONISHMENT: ADMONISHMENT_DEFAULT,
    Measure.WARNING: 6,
    Measure.DEMERIT: 12,
    Measure.MAJOR_DEMERIT: 18,
    Measure.DEMOTION: 24,
    Measure.DISMISSAL: 24,
}
# Months to ask for a review of a disciplinary sanction, for its ruling, then to go to the body above, and for the last
# ruling (监察法 Art. 56).
TO_REVIEW, FOR_REVIEW, TO_ABOVE, FOR_ABOVE = 1, 1, 1, 2
# Within how many months a disciplinary sanction is decided, from the opening on, and in complex cases.
DISCIPLINARY_MONTHS, COMPLEX_MONTHS = 6, 12


class NotForOrgans(ValueError):
    """A measure is against persons alone."""


class BadMonths(ValueError):
    """A measure lasts so long as the rules say, not otherwise."""


@dataclass(frozen=True, slots=True)
class Period:
    """From which day to which, both included, a measure is in force; ``to_on`` is None where it has no end."""

    from_on: date
    to_on: date | None

    def holds_on(self, day: date) -> bool:
        """Say whether the measure is in force on ``day``."""
        return self.from_on <= day and (self.to_on is None or day <= self.to_on)


def group_of(measure: Measure) -> int | None:
    """Return the group 1 to 7 of a measure; None for a disciplinary sanction, which is of none."""
    return next((number for number, measures in GROUPS.items() if measure in measures), None)


def is_disciplinary(measure: Measure) -> bool:
    """Say whether a measure is a disciplinary sanction 处分, which the portal only proposes and records."""
    return measure in DISCIPLINARY


def may_be_against(measure: Measure, against: Against) -> bool:
    """Say whether a measure may be against an organ, a head of one or another person."""
    group = group_of(measure)
    return against != Against.ORGAN or (group is not None and group <= LAST_OF_ORGANS)


def measures_for(against: Against) -> tuple[Measure, ...]:
    """Return the measures that may be against somebody, in the order of the groups, then the disciplinary ones."""
    every = (*(measure for measures in GROUPS.values() for measure in measures), *DISCIPLINARY)
    return tuple(measure for measure in every if may_be_against(measure, against))


def check(measures: Collection[Measure], against: Against) -> None:
    """
    Let pass what may be ordered alone or together.

    :raises NotForOrgans: one of them is against persons alone
    """
    for measure in measures:
        if not may_be_against(measure, against):
            raise NotForOrgans(f"{measure} is no measure against an organ.")


def period(measure: Measure, from_on: date, *, months: int | None = None) -> Period:
    """
    Return from when to when a measure is in force that begins on ``from_on``.

    :param months: of an admonishment, 3 to 6; left out, 6. The law fixes how long the others last.
    :raises BadMonths: the rules do not let it last so long
    :raises OutsideCalendar: it would end after the last day that can be written
    """
    fixed = MONTHS.get(measure)
    lasts = fixed if months is None else months
    allowed = ADMONISHMENT_MONTHS if measure == Measure.ADMONISHMENT else (fixed,)
    if lasts not in allowed:
        raise BadMonths(f"{measure} does not last {lasts} months.")
    return Period(from_on, None if lasts is None else period_end(from_on, Limit(lasts, Unit.MONTH)))


def promotion_barred_until(periods: Collection[tuple[Measure, Period]]) -> date | None:
    """
    Return the first day on which promotion is open again, after the last of the measures that bar it; None: not barred.

    An expulsion has no such day: nothing is left to be promoted in, and nothing is returned for it.
    """
    ends = [each.to_on for measure, each in periods if measure in BARS_PROMOTION and each.to_on is not None]
    return max(ends) + ONE_DAY if ends else None


def review_asked_by(told_on: date, *, above: bool = False) -> date:
    """Return the last day to ask for a review of a disciplinary sanction, or to go on to the body above (10.7)."""
    return add_months(told_on, TO_ABOVE if above else TO_REVIEW)


def review_ruled_by(told_on: date, *, above: bool = False) -> date:
    """Return the last day of a ruling that was asked for on the last day, of the same body or of the one above."""
    return add_months(review_asked_by(told_on, above=above), FOR_ABOVE if above else FOR_REVIEW)


def disciplinary_due_on(opened_on: date, *, is_complex: bool = False) -> date:
    """Return the day by which those whose it is to decide a disciplinary sanction have to, 6 or 12 months (10.6)."""
    return period_end(opened_on, Limit(COMPLEX_MONTHS if is_complex else DISCIPLINARY_MONTHS, Unit.MONTH))
