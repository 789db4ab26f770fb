"""
Figures of what stands at a moment: promises that are open, those of them that are overdue, those that will turn red.

They belong to no period by an event of their own: of a period that is over they are what stood at its end, and while it
runs what stands now.

What is about a fault case is in none of them: that there is such a promise says of somebody that they are held to
account (docs/trust.md Z-07), so no reader's sum holds it. Whoever is not told what lies beyond their rows
(``Reach.is_coarse``) has the sum of the rows that they may know of: figure and list are as many.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import connection
from django.db.models import BooleanField, Count, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.models import FaultCase, Respondent
from complaints.models import Assistance, Case
from efficiency.deadlines.models import Deadline, DeadlineState, Promise, Suspension
from efficiency.timing import store
from efficiency.timing.due import ONE_DAY, local_day, start_of
from supervision.figures import asking
from supervision.figures.asking import By, Question, about_cases
from supervision.figures.definitions import Definition, Shape
from supervision.figures.proving import Difference
from supervision.figures.streams import NEAR_DAYS, Stream
from targets.measures import showing
from targets.measures.registry import Direction, Figure, type_of

if TYPE_CHECKING:
    from efficiency.access.models import User

OPEN, OVERDUE, AT_RISK = "open_promises", "overdue_promises", "will_turn_red"
STREAMS = {OPEN: Stream.OPEN_STANDS, OVERDUE: Stream.OVERDUE_STANDS, AT_RISK: Stream.REDDENS}
# So many seconds what was counted is kept for the overview, whose figures may be five minutes old.
KEPT_OF_PRESENT, KEPT_OF_READER, KEPT_OF_PAST = 60, 300, 300
# Whatever is counted is a row: no column has to be read for that, so that an index is enough.
ROW = Value(1)
# A reader of more organs than these is told "more than" so many: each row is asked about, whoever may know of it.
MANY_ORGANS, MOST_OF_READER = 50, 2_000
# What stands for a figure that is more than this.
MANY = Figure(Decimal(MOST_OF_READER + 1), None, None)
UNIT = pgettext_lazy("unit of a figure", "promises")


def _definition(name: str, label: Lazy, numerator: Lazy, direction: Direction | None, exclusions: Lazy) -> Definition:
    return Definition(
        name=name,
        label=label,
        unit=UNIT,
        direction=direction,
        numerator=numerator,
        denominator="",
        formula=_("number of these at the cut-off: the end of the period, or now while it runs"),
        exclusions=exclusions,
        source=_("all promises of government, with their moments"),
        has_case=True,
        shape=Shape.COUNT,
        counted=(),
    )


DEFINITIONS: Mapping[str, Definition] = {
    each.name: each
    for each in (
        _definition(
            OPEN,
            pgettext_lazy("figure", "open promises"),
            pgettext_lazy("part of a figure", "promises that run"),
            None,
            _("time that the citizen has; what is about a fault case. What is suspended counts: it is still owed"),
        ),
        _definition(
            OVERDUE,
            pgettext_lazy("figure", "overdue promises"),
            pgettext_lazy("part of a figure", "promises whose time is over and that were not kept"),
            Direction.LOWER,
            _(
                "time that the citizen has; what is about a fault case; promises whose clock stands still"
                " at the cut-off"
            ),
        ),
        _definition(
            AT_RISK,
            pgettext_lazy("figure", "will turn red"),
            pgettext_lazy("part of a figure", "open promises that turn red within five working days"),
            Direction.LOWER,
            _(
                "time that the citizen has; what is about a fault case; promises whose clock stands still;"
                " whatever is kept in time"
            ),
        ),
    )
}


def count(question: Question, *, at: datetime, reader: "User | None" = None) -> Mapping[str, Figure]:
    """
    Return how many promises are open, overdue, and about to turn red at the cut-off of a question; in one statement,
    or two.

    :param reader: whoever counts nothing but what they may know of; None counts all. Theirs of very many organs is no
        more than ``MANY`` (docs/trust.md Z-08: never the sum of all instead)
    """
    cut = cut_of(question, at)
    if is_bounded(question, reader):
        return {
            name: _figure(rows(name, question, at=at, reader=reader)[: MOST_OF_READER + 1].count(), reader, question)
            for name in DEFINITIONS
        }
    # What is overdue is open as well; said outright, so that what ended is not even looked at. What ran then and runs
    # now, and what ran then and has ended since, are counted apart: each has an index that holds all that is asked.
    counts = {OPEN: Count(ROW), OVERDUE: Count(ROW, filter=_late(cut, at)), AT_RISK: Count(ROW, filter=_near(cut, at))}
    sums = dict.fromkeys(counts, 0)
    for then in _parts(cut, at):
        found = _known(_of(question).filter(then), reader).aggregate(**counts)
        sums = {name: sums[name] + found[name] for name in counts}
    return {name: _figure(number) for name, number in sums.items()}


def count_lately(
    question: Question, *, at: datetime, reader: "User | None" = None
) -> tuple[Mapping[str, Figure], datetime]:
    """
    Return the same for the overview and when it was counted, kept by each process: a minute, or five.

    Of a moment that is over all promises there ever were are looked through, and even so the answer changes: what is
    reported later, a day off that is moved. For a reader each is asked about, so theirs of the present is kept for five
    minutes as well; a case that concerns them is out of it at once, as the question says so (``without``).
    """
    if len(question.of_cases) == 1 and not is_bounded(
        question, reader
    ):  # every class is counted in one statement: whoever asks for it asks for the others
        ((of, value),) = question.of_cases.items()
        found, counted_at = by_class_lately(question.of_all(of), of, at=at, reader=reader)
        return {name: _figure(each.get(value, 0)) for name, each in found.items()}, counted_at

    def counted() -> Mapping[str, int]:
        return {name: int(each.numerator) for name, each in count(question, at=at, reader=reader).items()}

    numbers, counted_at = _kept(question, "", counted, at=at, reader=reader)
    return {name: _figure(number, reader, question) for name, number in numbers.items()}, counted_at


def is_bounded(question: Question, reader: "User | None") -> bool:
    """Say whether a reader is told no number beyond ``MOST_OF_READER``: of so many organs they ask."""
    return reader is not None and (question.organ_ids is None or len(question.organ_ids) > MANY_ORGANS)


def _kept(
    question: Question, of: str, count_: Callable[[], Any], *, at: datetime, reader: "User | None"
) -> tuple[Any, datetime]:
    is_over = start_of(question.until) <= at
    of_whom = reader.pk if reader else None
    asked = repr((question, of, start_of(question.until) if is_over else None, of_whom)).encode()
    key = f"desk-standing:{hashlib.sha256(asked).hexdigest()}"
    kept: tuple[Any, datetime] | None = cache.get(key)
    if kept is None:
        kept = count_(), at
        of_present = KEPT_OF_PRESENT if reader is None else KEPT_OF_READER
        cache.set(key, kept, KEPT_OF_PAST if is_over else of_present)
    return kept


def known_at(
    question: Question, days: Collection[date], *, at: datetime
) -> tuple[Mapping[date, Mapping[str, Figure]], datetime] | None:
    """
    Return what stood before each of some days began, from the rollups, and as of when; None: they do not tell it.

    They hold the sums of all, so nothing of a class of cases and nothing for one reader (``Asked.reader``) is in them.
    Of days that had not begun when they were last brought up to date nothing is told.
    """
    found = asking.stood(question, days, at=at)
    if found is None:
        return None
    sums, as_of = found
    over = [day for day in days if start_of(day) <= as_of]
    return {day: {name: _figure(sums[stream][day]) for name, stream in STREAMS.items()} for day in over}, as_of


def differences(since: date, until: date, *, at: datetime) -> Iterator[Difference]:
    """
    Compare what the rollups have of the ends of the months of a period, of all organs and of each, with a recount.

    :param at: as of when; the rollups are brought up to date with it by the caller
    """
    ends = [day for _first, _since, day in asking.periods(Question(since, until), By.MONTH) if start_of(day) <= at]
    for organ_ids in (None, *((pk,) for pk in asking.all_organs())):
        question = Question(since, until, organ_ids)
        days = ends if organ_ids is None else ends[-1:]  # whoever adds up to a whole at one end does so at the others
        kept = known_at(question, days, at=at) if days else None
        for day, found in (kept[0] if kept else {}).items():
            counted = count(replace(question, until=day), at=at)
            for name, figure in counted.items():
                if figure != found[name]:
                    by = By.NOTHING if organ_ids is None else By.ORGAN
                    yield Difference(name, by.value, day if organ_ids is None else organ_ids[0], found[name], figure)


def rows(name: str, question: Question, *, at: datetime, reader: "User | None" = None) -> QuerySet[Deadline]:
    """
    Return exactly the promises that a figure counts, for ``reader`` as in ``count``.

    :raises KeyError: there is no such figure
    """
    condition = {OPEN: _open, OVERDUE: _overdue, AT_RISK: _at_risk}[name]
    cut = cut_of(question, at)
    return _known(_of(question).filter(condition(cut, at)), reader)


CLASSES = {"kind": "kind", "category": "category", "channel": "channel"}
# Promises about cases, and about the part that an assisting organ has in one, by a class of the case.
_BY_CLASS = """
SELECT value, sum(open), sum(overdue), sum(near)
  FROM (SELECT c.{of} AS value, count(*) AS open, count(*) FILTER (WHERE late) AS overdue,
               count(*) FILTER (WHERE nears) AS near
          FROM ({cases}) AS promise JOIN complaints_case AS c ON c.id = promise.object_id GROUP BY 1
         UNION ALL
        SELECT c.{of}, count(*), count(*) FILTER (WHERE late), count(*) FILTER (WHERE nears)
          FROM ({parts}) AS promise
          JOIN complaints_assistance AS part ON part.id = promise.object_id
          JOIN complaints_case AS c ON c.id = part.case_id GROUP BY 1) AS counted
 GROUP BY 1
"""


def by_class(
    question: Question, of: str, *, at: datetime, reader: "User | None" = None
) -> Mapping[str, Mapping[str, int]]:
    """
    Return how many promises each figure counts of each kind, category or channel (``of``) of what they are about.

    One statement, or two, for all three; the question asks for no class itself.
    """
    cut = cut_of(question, at)
    found: dict[str, dict[str, int]] = {name: defaultdict(int) for name in DEFINITIONS}
    for then in _parts(cut, at):
        promises = _known(_of(question).filter(then), reader).annotate(
            late=ExpressionWrapper(_late(cut, at), BooleanField()),
            nears=ExpressionWrapper(_near(cut, at), BooleanField()),
        )
        (cases, of_cases), (parts, of_parts) = (
            promises.filter(content_type_id=type_of(model)).values("object_id", "late", "nears").query.sql_with_params()
            for model in (Case, Assistance)
        )
        with connection.cursor() as cursor:
            cursor.execute(_BY_CLASS.format(of=CLASSES[of], cases=cases, parts=parts), [*of_cases, *of_parts])
            for value, *numbers in cursor.fetchall():
                for name, number in zip((OPEN, OVERDUE, AT_RISK), numbers, strict=True):
                    found[name][value] += int(number)
    return {name: {value: number for value, number in each.items() if number} for name, each in found.items()}


def by_class_lately(
    question: Question, of: str, *, at: datetime, reader: "User | None" = None
) -> tuple[Mapping[str, Mapping[str, int]], datetime]:
    """Return the same and when it was counted, kept as ``count_lately`` keeps what it counts."""
    return _kept(question, of, lambda: by_class(question, of, at=at, reader=reader), at=at, reader=reader)


def _known(found: QuerySet[Deadline], reader: "User | None") -> QuerySet[Deadline]:
    return found if reader is None else showing.seen_promises(found, reader)


def cut_of(question: Question, at: datetime) -> datetime:
    """Return the moment that counts: the end of the days, or the present where that comes first."""
    return min(start_of(question.until), at)


def _figure(number: int, reader: "User | None" = None, question: Question | None = None) -> Figure:
    if number > MOST_OF_READER and question is not None and is_bounded(question, reader):
        return MANY
    return Figure(Decimal(number), None, Decimal(number))


def _of(question: Question) -> QuerySet[Deadline]:
    found = Deadline.objects.exclude(promise=Promise.OWED_BY_CITIZEN).order_by()
    # By their keys, of which there are few: an index that has no more than the key still holds all that is asked.
    of_faults = [type_of(model) for model in (FaultCase, Respondent)]
    found = found.exclude(pk__in=Deadline.objects.filter(content_type_id__in=of_faults).values("pk"))
    if question.organ_ids is not None:
        found = found.filter(organ_id__in=question.organ_ids)
    if question.without:
        found = found.exclude(about_cases(question.without))
    given = {"kind": question.kind, "category": question.category, "channel": question.channel}
    given = {name: value for name, value in given.items() if value}
    if not given:
        return found
    cases = Case.objects.filter(**given)
    return found.filter(
        Q(content_type_id=type_of(Case), object_id__in=cases.values("pk"))
        | Q(
            content_type_id=type_of(Assistance),
            object_id__in=Assistance.objects.filter(case__in=cases).values("pk"),
        )
    )


def _parts(cut: datetime, at: datetime) -> list[Q]:
    """Return the conditions, one without the other, of which each promise that was open at the cut-off meets one."""
    running = Q(state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED])
    if cut >= at:
        return [running & Q(started_at__lte=cut)]
    before = Q(started_at__lt=cut)
    return [running & before, before & Q(ended_at__gte=cut)]


def _open(cut: datetime, at: datetime) -> Q:
    return reduce(or_, _parts(cut, at))


def _overdue(cut: datetime, at: datetime) -> Q:
    return _open(cut, at) & _late(cut, at)


def _late(cut: datetime, at: datetime) -> Q:
    """Return the condition that the time of a promise which was open at the cut-off was over then."""
    return Q(overdue_at__lte=cut) & _runs(cut, at)


def _at_risk(cut: datetime, at: datetime) -> Q:
    return _open(cut, at) & _near(cut, at)


def _near(cut: datetime, at: datetime) -> Q:
    """
    Return the condition that a promise which was open at the cut-off was to turn red within five working days.

    They are counted from the day that the cut-off belongs to: of a period that is over, its last one.
    """
    until = start_of(store.load().add_working_days(_day_of(cut, at), NEAR_DAYS) + ONE_DAY)
    # Nothing turns red before it is overdue; said outright, so that an index leads to the few.
    return Q(red_at__gt=cut, red_at__lt=until, overdue_at__lt=until) & _runs(cut, at)


def _day_of(cut: datetime, at: datetime) -> date:
    """Return the day that a cut-off belongs to: midnight ends a day, unless it is the present."""
    return local_day(cut) if cut >= at else local_day(cut) - ONE_DAY


def _runs(cut: datetime, at: datetime) -> Q:
    """Return the condition that the clock of a promise which was open at the cut-off did not stand still then."""
    if cut >= at:
        return Q(state=DeadlineState.OPEN)
    stands = Suspension.objects.filter(deadline=OuterRef("pk"), started_at__lt=cut).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gte=cut)
    )
    return ~Q(Exists(stands))
