"""
The queues of staff at a city's size: which cases stand in them, and how many, without reading what they do not show.

A queue is a handful of conditions of which one has to hold (``worklist.ways_to_wait``). Each is asked for its first
``MOST`` cases, which an index of the cases at work has in order, and the answers are put together: what is looked at
does not grow with what is stored, and hardly with what is open. Beyond ``MOST`` a queue says "more than".

The statements follow from the person's scope alone, and putting them together costs more than running them: they are
kept, with places for the moments that change (``complaints.statements``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import EmptyResultSet
from django.db.models import Exists, OuterRef, Q, Subquery

from complaints import deadlines, worklist
from complaints.enums import Channel
from complaints.models import Assistance, Case
from complaints.querysets import ENDED
from complaints.statements import NOTHING, Place, Statement, compiled, given_keys, kept, keys, of_keys, place
from complaints.workflow import REPORTED_UP_IN
from complaints.worklist import Edges, Way
from efficiency.access.may import seats_for
from efficiency.deadlines.models import Deadline

if TYPE_CHECKING:
    from efficiency.access.models import User

# So many cases of a queue are counted and shown.
MOST = 1_000
FIGURES = ("overdue", "today", "soon", "approve", "returned")
# So many parts of other cases are shown; their list has the rest.
MOST_PARTS = 20
# So many cases that wait for somebody else are shown to whoever handles them.
MOST_WAITING = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases a person asks for: whose, under which figure, in which state and of which kind; empty for all."""

    whose: str = ""
    figure: str = ""
    state: str = ""
    kind: str = ""


def keys_of(user: "User", wanted: Wanted, *, at: datetime) -> list[int]:
    """Return the keys of the cases of a queue in its order, at most one more than ``MOST``."""
    return [key for key, _due in kept.of(user, _queue, wanted).rows(_moments(at))]


def counts(user: "User", *, at: datetime) -> dict[str, int]:
    """Return the figures above the queue, each at most one more than ``MOST``: one question for all of them."""
    [row] = kept.of(user, _figures).rows(_moments(at))
    return dict(zip(FIGURES, row, strict=True))


def waiting_for_others(user: "User") -> list[int]:
    """Return the keys of the first cases that the person handles and in which somebody else has the next step."""
    return [key for key, _due in kept.of(user, _others).rows({})]


def own_parts(user: "User") -> list[int]:
    """Return the keys of the first parts that the person's own organ is asked for, those due first."""
    return keys(kept.of(user, _own_parts), {})


def owed_beside(user: "User") -> list[int]:
    """
    Return the keys of the promises that the office owes whatever becomes of a case, most urgent first.

    That is what complainants asked about their own data, who has to be called, which organ waits for a text, which
    superior organ for a result, of which urgent case the sheet is missing, and who is named in a case at rest. At most
    one more than ``MOST``.
    """
    return keys(kept.of(user, _owed_beside), {})


def standing(keys: Sequence[int], user: "User") -> list[Case]:
    """
    Return the cases with these keys in this order, each with what decides whose move it is (``worklist.with_moves``).

    The keys come from the questions above, so they are in the person's scope. Two questions, however many there are.
    """
    if not keys:
        return []
    cases = Case.objects.select_related("handling_organ", "office", "handler").defer("description", "search_pairs")
    found = cases.in_bulk(list(keys))
    add_moves(found.values(), user)
    return [found[key] for key in keys if key in found]


def add_moves(cases: Iterable[Case], user: "User") -> None:
    """Set on each of the cases, which are in the person's scope, what decides whose move it is: one question."""
    by_key = {case.pk: case for case in cases}
    statement = kept.of(user, _facts)
    for key, *facts in statement.rows({Place.KEYS: list(by_key)}):
        for name, value in zip(statement.names, facts, strict=True):
            setattr(by_key[key], name, value)


def _moments(at: datetime) -> dict[Place, Any]:
    edges = worklist.edges(at)
    return {Place.NOW: edges.now, Place.TODAY_ENDS: edges.today_ends, Place.SOON_ENDS: edges.soon_ends}


def _edges() -> Edges:
    """Return the edges that are filled in when the statement is asked."""
    return Edges(*(place(each) for each in (Place.NOW, Place.TODAY_ENDS, Place.SOON_ENDS)))


def _queue(user: "User", wanted: Wanted) -> Statement:
    """Put together the first cases of a queue."""
    asked = {name: value for name, value in (("state", wanted.state), ("kind", wanted.kind)) if value}
    ways = _ways(user, wanted)
    statement = _first([_visible(user, way).filter(**asked) for way in ways], MOST + 1)
    return replace(statement, is_placed=all(way.place is not None for way in ways))


def _ways(user: "User", wanted: Wanted) -> list[Way]:
    """Return the conditions of which one has to hold for a case to stand in a queue."""
    if wanted.figure == "approve":
        return worklist.ways_to_decide(user)
    match wanted.whose:
        case "all":
            places = [Way(Q())]
        case "section":
            places = worklist.ways_to_lie(user)
        case _:
            # A figure counts over the organ, so its list does as well.
            places = worklist.ways_to_lie(user) if wanted.figure else worklist.ways_to_wait(user)
    if not wanted.figure:
        return places
    under = worklist.returned(user) if wanted.figure == "returned" else worklist.lateness(wanted.figure, _edges())
    return [Way(way.condition & under, way.place) for way in places]


def _figures(user: "User") -> Statement:
    """Put together all figures as one row."""
    parts = [_queue(user, Wanted(whose="section", figure=name)) for name in FIGURES]
    counted = ", ".join(f"(SELECT count(*) FROM ({part.sql}) AS counted)" for part in parts)  # noqa: S608
    return Statement(f"SELECT {counted}", tuple(value for part in parts for value in part.values))


def _others(user: "User") -> Statement:
    waiting = worklist.waiting_for(user)
    return _first([_visible(user, Way(worklist.in_hand(user))).exclude(waiting)], MOST_WAITING)


def _own_parts(user: "User") -> Statement:
    due = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(Assistance), object_id=OuterRef("pk"), kind=deadlines.ASSIST
    )
    mine = Assistance.objects.of_own_organs(user).open()
    first = mine.annotate(due_at=Subquery(due.values("due_at")[:1])).order_by("due_at", "id")[:MOST_PARTS]
    return of_keys(first)


def _owed_beside(user: "User") -> Statement:
    visible = Case.objects.visible_to(user)
    running = Deadline.objects.running().filter(
        content_type=deadlines.content_type(),
        organ_id__in={seat.organ_id for seat, _cell in seats_for(user, "case.decide_erasure")},
        object_id__in=visible.values("pk"),
    )
    at_rest = Exists(Case.objects.filter(pk=OuterRef("object_id"), state__in=ENDED))
    names = Q(kind=deadlines.RESOLVE_PERSON) & at_rest  # of an open case that stands in the queue itself
    running = running.filter(Q(kind__in=deadlines.OF_OFFICE_BESIDE) | deadlines.SHEET_AFTERWARDS | names)
    # A result is reported once there is one; before that it waits for others.
    with_result = Case.objects.filter(channel=Channel.SUPERIOR, state__in=REPORTED_UP_IN)
    running = running.exclude(Q(kind=deadlines.REPORT_UP) & ~Q(object_id__in=with_result.values("pk")))
    return of_keys(running.order_by("overdue_at", "id")[: MOST + 1])


def _facts(user: "User") -> Statement:
    """Put together what decides whose move it is, of given cases."""
    cases = worklist.with_moves(Case.objects.filter(pk__in=given_keys()), user)
    names = tuple(cases.query.annotations)
    return Statement(*compiled(cases.values_list("pk", *names)), names)


def _visible(user: "User", way: Way) -> Any:
    """Return the cases that stand in a queue in one way."""
    cases = Case.objects.visible_to(user) if way.place is None else Case.objects.visible_at(user, way.place)
    return worklist.with_moves(cases.open(), user).filter(way.condition)


def _first(questions: Iterable[Any], most: int) -> Statement:
    """Put together the first cases, by urgency, that one of the questions finds; none is returned twice."""
    parts: list[str] = []
    values: list[Any] = []
    for cases in questions:
        try:
            sql, of_part = compiled(cases.by_urgency().values_list("pk", "next_due_at")[:most])
        except EmptyResultSet:
            continue
        parts.append(f"({sql})")
        values += of_part
    if not parts:
        return NOTHING
    if len(parts) == 1:
        return Statement(parts[0], tuple(values))
    united = " UNION ".join(parts)
    ordered = f"SELECT id, due FROM ({united}) AS found (id, due) ORDER BY due NULLS LAST, id LIMIT {most}"  # noqa: S608
    return Statement(ordered, tuple(values))
