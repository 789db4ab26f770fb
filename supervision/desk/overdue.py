"""The list of what is overdue: the worst first, as far as the viewer may know of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise as Lazy

from efficiency.access.models import User
from efficiency.access.rows import rows_of
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from efficiency.timing import due, store
from supervision.desk import telling
from supervision.desk.asked import Asked
from supervision.desk.figures import OVERDUE, rows_behind
from supervision.escalations.filters import LEVELS, REMINDER
from supervision.escalations.querysets import by_model, known_among
from targets.measures import showing
from targets.measures.registry import Part

SHOWN = 10
# So many of the worst are looked at for ten that the viewer may know of.
LOOKED_AT = 40
# So many more than a list holds are looked at first: nearly all of what is listed is known to nearly everybody.
SPARE = 100
LOOKS = {1: "info", 2: "warn", 3: "over", 4: "over"}


@dataclass(frozen=True, slots=True)
class Late:
    """A promise that is overdue, as the list shows it."""

    row: showing.Row
    organ: str
    due_at: datetime
    days: int
    level: str | Lazy
    look: str
    told: tuple[str, ...]
    # The page on which it is acknowledged and supervised; "" for whoever may not.
    supervise: str


@dataclass(frozen=True, slots=True)
class Found:
    """
    The list, and how many of the worst lie beyond what the viewer may know of.

    ``is_few``: the class that is asked for is not told, not even whether there is anything (docs/trust.md Z-14).
    """

    lines: tuple[Late, ...]
    beyond: int
    is_few: bool = False


def worst(asked: Asked) -> Found:
    """
    Return the ten worst that the viewer may know of, in so many questions.

    With how many worse ones are beyond, for whoever is told that (docs/trust.md Z-14).
    """
    rows: QuerySet[Deadline] = rows_behind(OVERDUE, asked, Part.NUMERATOR)
    found = list(rows.select_related("organ").order_by("overdue_at", "pk")[:LOOKED_AT])
    known = _known(found, asked)
    lines = [each for each in found if each.pk in known][:SHOWN]
    looked_at = len(found) if len(lines) < SHOWN else found.index(lines[-1]) + 1
    # Whoever knows sums alone learns nothing from what is beyond: it is all there is.
    is_told = asked.reach.sums_alone or not asked.reach.is_coarse
    is_few = asked.is_guarded and telling.is_standing_untold(OVERDUE, asked)
    beyond = looked_at - len(lines) if is_told and not is_few else 0
    return Found(tuple(_lines(lines, asked)), beyond, is_few)


def seen(rows: QuerySet, asked: Asked) -> QuerySet:
    """Keep the rows that the viewer may know of; none for whoever knows sums alone (docs/trust.md Z-02, Z-07)."""
    return rows.none() if asked.reach.sums_alone else showing.seen(rows, asked.user)


def first_known(rows: QuerySet, asked: Asked, most: int) -> list[int] | None:
    """
    Return the keys of the promises that the viewer may know of, what is due last first, no more than ``most`` and one.

    The answer of ``seen``, kind by kind of what they are about: that long question takes longer to plan than a list may
    take. Looked at are twice as many at most; None where these do not say. Put in order by the moment that an index
    has: the one that lists are put in order by comes just before it.
    """
    return first_known_of(rows, asked, most)[0]


def first_known_of(rows: QuerySet, asked: Asked, most: int) -> tuple[list[int] | None, int]:
    """Return the same, and how many promises there are, known or not; more than ``most`` are one more."""
    looked_at, first = 2 * most, most + SPARE
    found = list(rows.order_by("-overdue_at", "-pk").only("content_type_id", "object_id")[:looked_at])
    known: list[int] = []
    for some in (found[:first], found[first:]):
        if len(known) <= most:
            keys = _known(some, asked)
            known += [each.pk for each in some if each.pk in keys]
    there = min(len(found), most + 1)
    if len(found) == looked_at and len(known) <= most:
        return None, there
    return known[: most + 1], there


def _known(rows: Sequence[Deadline], asked: Asked) -> set[int]:
    """
    Return which of a few promises the viewer may know of: the answer of ``seen``, kind by kind of what they are about.

    ``seen`` asks about all that promises can be about, in one long question: that costs more than these few rows do.
    """
    if asked.reach.sums_alone:
        return set()
    known: set[int] = set()
    for model, group in by_model(rows).items():
        keys = set(
            rows_of(model, asked.user).filter(pk__in=[each.object_id for each in group]).values_list("pk", flat=True)
        )
        known |= {each.pk for each in group if each.object_id in keys}
    return known


def _lines(rows: Sequence[Deadline], asked: Asked) -> list[Late]:
    called = showing.lines(rows)
    highest = _highest(rows)
    mine = _mine(highest, asked.user)
    told = _told(highest.values())
    calendar, names = store.load(), dict([REMINDER, *LEVELS])
    found = []
    for row, line in zip(rows, called, strict=True):
        escalation = highest.get(row.pk)
        level = escalation.level if escalation else 0
        found.append(
            Late(
                row=line,
                organ=str(row.organ),
                due_at=row.due_at,
                days=due.overdue_by(due.local_day(row.due_at), asked.today, calendar=calendar),
                level=names.get(level, ""),
                look=LOOKS.get(level, "info"),
                told=told.get(escalation.pk, ()) if escalation else (),
                supervise=(
                    reverse("supervision:escalation", args=[escalation.pk])
                    if escalation is not None and escalation.pk in mine
                    else ""
                ),
            )
        )
    return found


def _highest(rows: Sequence[Deadline]) -> Mapping[int, Escalation]:
    found: dict[int, Escalation] = {}
    for each in Escalation.objects.filter(deadline__in=[row.pk for row in rows]).order_by("level"):
        found[each.deadline_id] = each
    return found


def _mine(highest: Mapping[int, Escalation], user: User) -> set[int]:
    """Return which of these escalations somebody may acknowledge and supervise (``escalations_visible_to``)."""
    if not scope_of(user).seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR):
        return set()
    return {each.pk for each in known_among(list(highest.values()), user)}


def _told(escalations: Iterable[Escalation]) -> Mapping[int, tuple[str, ...]]:
    """Return by name who was told of each, from the notifications that it caused."""
    events = {f"escalation:{each.pk}": each.pk for each in escalations}
    found: dict[int, list[str]] = {}
    messages = Message.objects.filter(event__in=list(events), channel="portal", recipient__isnull=False)
    for message in messages.select_related("recipient").order_by("pk"):
        names = found.setdefault(events[message.event], [])
        if (name := str(message.recipient)) not in names:
            names.append(name)
    return {pk: tuple(names) for pk, names in found.items()}
