"""Figures of disclosure (docs/domain.md 6, 12); those of the catalogue are the ones of its board."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import pgettext_lazy

from disclosure.catalogue import board
from disclosure.models import InformationRequest, OwedPublication
from disclosure.requests.deadlines import ANSWER
from efficiency.deadlines import known
from efficiency.deadlines.models import Deadline
from efficiency.timing.due import ONE_DAY
from targets.measures.complaints import PER_CENT
from targets.measures.counting import Count, Source
from targets.measures.registry import Direction, Figure, Key, Measure, Part, Window, share, type_of

# What an answer in time is counted of, in the words of the board.
PUBLISHED_OR_OVERDUE = ("kept", "late", "missing", "dropped")


def _period(window: Window) -> board.Period:
    return board.Period(window.since, window.until - ONE_DAY, window.as_of)


def completeness(_key: Key, organ_ids: Collection[int], window: Window) -> dict[int, Figure]:
    """Return of each organ how much of what was due and is still required was published and holds."""
    found = board.counts_of(organ_ids, _period(window))
    return {pk: _figure(each.complete, each.required) for pk, each in found.items()}


def on_time(_key: Key, organ_ids: Collection[int], window: Window) -> dict[int, Figure]:
    """Return of each organ how much of what was published or overdue was published in time."""
    found = board.counts_of(organ_ids, _period(window))
    return {pk: _figure(each.kept, each.on_time_base) for pk, each in found.items()}


def _figure(part: int, base: int) -> Figure:
    numerator, denominator = Decimal(part), Decimal(base)
    return Figure(numerator, denominator, share(numerator, denominator))


def completeness_rows(_key: Key, ids: Collection[int], window: Window, part: Part) -> QuerySet[OwedPublication]:
    """Return what completeness counts."""
    return board.rows_of("complete" if part is Part.NUMERATOR else "required", ids, _period(window))


def on_time_rows(_key: Key, ids: Collection[int], window: Window, part: Part) -> QuerySet[OwedPublication]:
    """Return what the rate in time counts."""
    figures = ("kept",) if part is Part.NUMERATOR else PUBLISHED_OR_OVERDUE
    return board.rows_of_any(figures, ids, _period(window))


def _types() -> Mapping[str, Any]:
    return {"request": type_of(InformationRequest)}


def answered_in_time(statement: str) -> Count:
    """
    Return how the rate in time follows from the promises that a statement of ``known.counted`` gives.

    Without those that ended late unanswered, as the annual figures have it (``disclosure.requests.figures``).
    """
    rows = f"""
        SELECT id, organ_id, post_id, CASE WHEN is_in_time THEN 1 END AS counted, true AS base, at,
               NULL::bigint AS case_id
          FROM ({statement}) AS promise
         WHERE content_type_id = %(request)s AND NOT ended_unmet
    """  # noqa: S608 - put together from our own constants
    return Count((Source(Deadline, rows, values=_types),))


REQUESTS = answered_in_time(known.counted(ANSWER))

MEASURES = (
    Measure(
        "disclosure_completeness",
        pgettext_lazy("figure", "completeness of disclosure"),
        PER_CENT,
        Direction.HIGHER,
        completeness,
        completeness_rows,
        counts=OwedPublication,
        of=OwedPublication,
        numerator=pgettext_lazy("part of a figure", "published and valid"),
        denominator=pgettext_lazy("part of a figure", "due and still required"),
    ),
    Measure(
        "disclosure_on_time",
        pgettext_lazy("figure", "published in time"),
        PER_CENT,
        Direction.HIGHER,
        on_time,
        on_time_rows,
        counts=OwedPublication,
        of=OwedPublication,
        numerator=pgettext_lazy("part of a figure", "published in time"),
        denominator=pgettext_lazy("part of a figure", "published, and unpublished and overdue"),
    ),
    Measure(
        "requests_on_time",
        pgettext_lazy("figure", "requests for information answered in time"),
        PER_CENT,
        Direction.HIGHER,
        REQUESTS.figures,
        REQUESTS.rows,
        counts=Deadline,
        of=Deadline,
        has_posts=True,
        numerator=pgettext_lazy("part of a figure", "answered in time"),
        denominator=pgettext_lazy("part of a figure", "answered, and open and overdue"),
        count=REQUESTS,
    ),
)
