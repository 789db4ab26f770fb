"""
What figures would have been had another time been promised (docs/domain.md 8.8). Nothing is written.

The same statements count the same promises; only the last day of each follows from the imagined limit, by the stored
moments: so many working days later or earlier than it was, standstills and extensions as they were granted. Judged anew
are promises that count in working days and were not fixed by a letter. Their cards follow: yellow where the imagined
last day was over, red so many working days later as such a limit has them (docs/domain.md 3.5). Of which a card was
revoked, or one by hand or issued anew stands beside, keep those that they have. What was reminded and escalated stays.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from accountability.cards.enums import Origin
from accountability.cards.score import Instead
from complaints.deadlines import ACCEPT, REPLY, REWORK
from complaints.matters import known as matters
from complaints.matters.promises import KIND as MATTER
from complaints.models import Matter
from disclosure.requests.deadlines import ANSWER
from efficiency.deadlines import known
from efficiency.timing.due import Unit
from targets.measures import accountability, complaints, disclosure
from targets.measures.counting import Count
from targets.measures.registry import Figure, Key, Window, type_of

# By so many days at most a promise is imagined: what lies further on no calendar of ours reaches.
MOST_DAYS = 250
# The kinds of promises that can be imagined, in the order in which they are asked for.
KINDS = (ACCEPT, REPLY, REWORK, ANSWER)


@dataclass(frozen=True, slots=True)
class Limits:
    """
    Imagined limits in working days, from 1 on; false where there is none.

    :param of_kinds: by kind and variant of promise, as ``efficiency.deadlines.registry`` has them
    :param of_items: by the key of a service item
    """

    of_kinds: Mapping[tuple[str, str], int] = field(default_factory=dict)
    of_items: Mapping[int, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether any is imagined."""
        return bool(self.of_kinds or self.of_items)

    def touches(self, name: str) -> bool:
        """Say whether a figure may be another under these."""
        kinds = {kind for kind, _variant in self.of_kinds} | ({MATTER} if self.of_items else set())
        return bool(kinds & set(COUNTS[name][0])) if name in COUNTS else False

    def values(self) -> dict[str, object]:
        """The values that the statements take."""
        kinds = sorted(self.of_kinds)
        items = sorted(self.of_items)
        return {
            "imagined_kinds": [kind for kind, _variant in kinds],
            "imagined_variants": [variant for _kind, variant in kinds],
            "imagined_days": [self.of_kinds[each] for each in kinds],
            "imagined_items": items,
            "imagined_item_days": [self.of_items[each] for each in items],
        }


_DAY = "(s.due_at AT TIME ZONE 'Asia/Shanghai')::date"
_MIDNIGHT = "((last.date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')"
# What would have fallen due behind the last day of the calendar, or before its first, is as far away as can be: no
# moment of a past appraisal comes after it, or before.
_IMAGINED = "was.date IS NOT NULL AND {days} IS NOT NULL"
_BEYOND = "CASE WHEN {days} > own.limit_number THEN 'infinity' ELSE '-infinity' END::timestamptz"
# ``ordinal`` runs with the working days, so the first day of an ordinal is the working day itself.
_OTHERWISE = f"""
SELECT s.id, s.kind, s.content_type_id, s.object_id, s.organ_id, s.post_id, s.started_at, s.suspended_days,
       CASE WHEN {_IMAGINED} THEN coalesce({_MIDNIGHT} - interval '1 second', {_BEYOND}) ELSE s.due_at END AS due_at,
       CASE WHEN {_IMAGINED} THEN coalesce({_MIDNIGHT}, {_BEYOND}) ELSE s.overdue_at END AS overdue_at,
       s.met_at, s.ended_at, {{days}} AS days, own.limit_number, own.red_after, was.ordinal AS was_ordinal
  FROM ({{stood}}) AS s
  JOIN efficiency_deadline AS own ON own.id = s.id
  LEFT JOIN unnest(%(imagined_kinds)s::text[], %(imagined_variants)s::text[], %(imagined_days)s::int[])
         AS of_kind (kind, variant, days) ON (of_kind.kind, of_kind.variant) = (own.kind, own.variant)
  {{of_item}}
  LEFT JOIN efficiency_calendarday AS was
         ON was.date = {_DAY} AND own.limit_unit = '{Unit.WORKING_DAY.value}' AND own.fixed_on IS NULL
  LEFT JOIN (SELECT ordinal, min(date) AS date FROM efficiency_calendarday GROUP BY ordinal) AS last
         ON last.ordinal = was.ordinal + {{days}} - own.limit_number
"""  # noqa: S608 - put together from our own constants
_OF_ITEM = """
  LEFT JOIN complaints_matter AS about ON about.id = s.object_id
  LEFT JOIN unnest(%(imagined_items)s::bigint[], %(imagined_item_days)s::int[]) AS of_item (item, days)
         ON of_item.item = about.item_id
"""
_OF_CASES = _OTHERWISE.format(stood=known.STOOD, of_item="", days="of_kind.days")
_OF_MATTERS = _OTHERWISE.format(stood=matters.STOOD, of_item=_OF_ITEM, days="coalesce(of_item.days, of_kind.days)")

# After how many working days overdue it turns red, by its limit (``efficiency.timing.due.red_after``).
_RED_AFTER = "CASE WHEN p.{} <= 3 THEN 2 WHEN p.{} <= 10 THEN 3 ELSE 5 END"
_WAS, _IS = _RED_AFTER.format("limit_number", "limit_number"), _RED_AFTER.format("days", "days")
_LAST = "p.was_ordinal + p.days - p.limit_number"
# Of a matter red is at once where the statutory limit is passed: that day stays where it was.
_RED = f"""{_LAST} + CASE WHEN p.red_after = {_WAS} THEN {_IS}
                     WHEN p.kind = '{MATTER}' THEN least({_IS}, greatest(0, p.was_ordinal + p.red_after - ({_LAST})))
                     ELSE p.red_after END"""
# Promises with another last day than they had, as the cards that follow from them need them.
_JUDGED = f"""
SELECT p.id, {known.OWED_BY_ORGAN} AS organ_id, {known.OWED_BY_POST} AS post_id, p.content_type_id, p.object_id,
       p.overdue_at, coalesce((red.date + 1)::timestamp AT TIME ZONE 'Asia/Shanghai', 'infinity') AS red_at,
       coalesce(p.met_at, p.ended_at) AS ended_at
  FROM ({{stood}}) AS p
  LEFT JOIN (SELECT ordinal, min(date) AS date FROM efficiency_calendarday GROUP BY ordinal) AS red
         ON red.ordinal = {_RED}
 WHERE p.was_ordinal IS NOT NULL AND p.days <> p.limit_number
   AND NOT EXISTS (SELECT FROM efficiency_suspension AS s
                    WHERE s.deadline_id = p.id AND s.started_at < %(cut)s
                      AND (s.ended_at IS NULL OR s.ended_at >= %(cut)s))
   AND NOT EXISTS (SELECT FROM accountability_card AS c
                    WHERE c.deadline_id = p.id AND c.issued_at < %(known)s
                      AND (c.origin <> '{Origin.ENGINE.value}' OR c.revoked_at < %(known)s))
"""  # noqa: S608 - put together from our own constants


def judged(limits: Limits, /) -> Instead | None:
    """Return the promises that are judged otherwise under imagined limits, for their cards; None where none are."""
    parts = []
    kinds = sorted({kind for kind, _variant in limits.of_kinds if kind != MATTER})
    if kinds:
        parts.append(_JUDGED.format(stood=_OF_CASES.format(kinds=known.array(kinds), rows="efficiency_deadline")))
    if limits.of_items or any(kind == MATTER for kind, _variant in limits.of_kinds):
        parts.append(_JUDGED.format(stood=_OF_MATTERS.format(kinds=known.array([MATTER]))))
    if not parts:
        return None
    return Instead(" UNION ALL ".join(parts), limits.values() | {"matter": type_of(Matter)})


# The figures of cards, which follow from all limits.
CARDS: Mapping[str, str] = {"cards_yellow": "yellow", "cards_red": "red", "cards_per_1000": ""}


def card_figures(
    name: str, key: Key, ids: Collection[int], limits: Limits, /, *, since: date, until: date, as_of: datetime
) -> dict[int, Figure]:
    """
    Return a figure of cards under imagined limits; what fell due, which their number is divided by, stays as it was.

    :raises KeyError: it is none of ``CARDS``
    """
    colour, instead = CARDS[name], judged(limits)
    if not ids or instead is None:
        return {}
    values = {**instead.values, "yellow": None, "red": None}
    count = accountability.cards_instead(instead, colour)
    return count.figures(key, ids, Window(since, until, as_of), values)


# The figures that limits decide, with the kinds of promises that each counts.
COUNTS: Mapping[str, tuple[tuple[str, ...], Count]] = {
    "on_time_acceptance": ((ACCEPT,), complaints.in_time(known.counted(ACCEPT, stood=_OF_CASES))),
    "on_time_closing": ((REPLY, REWORK), complaints.in_time(known.counted(REPLY, REWORK, stood=_OF_CASES))),
    "kept_rate": ((MATTER,), complaints.in_time(known.counted(MATTER, stood=_OF_MATTERS), "NULL::bigint")),
    "early_rate": ((MATTER,), complaints.early(known.counted(MATTER, stood=_OF_MATTERS))),
    "requests_on_time": ((ANSWER,), disclosure.answered_in_time(known.counted(ANSWER, stood=_OF_CASES))),
}


def figures(
    name: str, key: Key, ids: Collection[int], limits: Limits, /, *, since: date, until: date, as_of: datetime
) -> dict[int, Figure]:
    """
    Return the figure of each organ or post under imagined limits: the statement of the figure itself, once.

    :raises KeyError: no limit decides this figure
    """
    if not ids:
        return {}
    _kinds, count = COUNTS[name]
    return count.figures(key, ids, Window(since, until, as_of), limits.values())
