"""Who is answerable for a post on a day: the stand-in in their days, else the holder (docs/domain.md 7)."""

from collections.abc import Iterable
from datetime import date

from efficiency.organs.models import Tenure, TenureKind


def answerable_on(tenures: Iterable[Tenure], on: date) -> list[Tenure]:
    """
    Return those of the tenures of a post that answer for it on the day.

    B acts with A's powers and answers for what B does; A, who is away, answers for having handed over: so both are
    named, the stand-in first.
    """
    running = [each for each in tenures if each.since <= on and (each.until is None or on < each.until)]
    return sorted(running, key=lambda each: (each.kind != TenureKind.STAND_IN, each.since, each.pk))
