"""The dates of a plan's time: whole years and halves (docs/domain.md 8.1)."""

from datetime import date

from targets.plans.enums import Span

_BOUNDS = {
    Span.YEAR: ((0, 1), (1, 1)),
    Span.FIRST_HALF: ((0, 1), (0, 7)),
    Span.SECOND_HALF: ((0, 7), (1, 1)),
}


def bounds(year: int, span: str) -> tuple[date, date]:
    """
    Return the first day of a span of the year, and the first day after it.

    :raises ValueError: there is no such span
    """
    (since_year, since_month), (until_year, until_month) = _BOUNDS[Span(span)]
    return date(year + since_year, since_month, 1), date(year + until_year, until_month, 1)


def report_ends(year: int, span: str) -> list[date]:
    """Return the first days after each period that is reported on: a year is reported on by its halves as well."""
    _since, until = bounds(year, span)
    return [bounds(year, Span.FIRST_HALF)[1], until] if span == Span.YEAR else [until]


# Month and day of the year: by when the letter is signed, and by when a change is asked for. A year has its dates from
# the field (31 March, 30 September); those of a half are ours.
_SIGNED_BY = {Span.YEAR: (3, 31), Span.FIRST_HALF: (3, 31), Span.SECOND_HALF: (8, 31)}
_CHANGED_BY = {Span.YEAR: (9, 30), Span.FIRST_HALF: (5, 15), Span.SECOND_HALF: (11, 15)}


def signed_by(year: int, span: str) -> date:
    """Return the last day on which the target letter of a span is signed."""
    return date(year, *_SIGNED_BY[Span(span)])


def changed_by(year: int, span: str) -> date:
    """Return the last day on which a change of a plan is asked for and confirmed; that day included."""
    return date(year, *_CHANGED_BY[Span(span)])
