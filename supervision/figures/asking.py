"""
What the office's figures are: asked from the rollups, or recounted from the sources (docs/domain.md 12).

``figures`` and ``recount`` answer the same question and must never differ (``manage.py prove_figures``). Both know what
is counted from ``targets.measures`` alone, so that dashboard, bulletin, open data and appraisal count the same.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from complaints.enums import Category
from complaints.models import Assistance, Case
from efficiency.organs.models import Organ
from efficiency.timing.due import ONE_DAY, add_months
from supervision.figures import definitions, importing, reading, rollups
from supervision.figures.definitions import Counted, Sides
from supervision.figures.streams import SIDES, Stream
from targets.measures.counting import KNOWN, NONE, Count, positional
from targets.measures.registry import Figure, Key, Measure, Part, Window, type_of

# Who asks as of a moment longer ago than this before the rollups' own means to see what was known then.
EARLIER = timedelta(minutes=5)
NOTHING: Sides = (NONE, NONE)
# So many counts from sources are asked for in one statement: a page has fewer.
AT_ONCE = 600


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is asked for: days of the portal's zone, half open, of which organs, and of which cases.

    ``organ_ids`` None: all organs. ``kind``, ``category`` and ``channel`` are those of the case, "" for all; a figure
    that has no case behind it has no value when one of them is given. ``without``: keys of cases that are absent for
    whoever asks, and count nowhere (docs/trust.md Z-07).
    """

    since: date
    until: date
    organ_ids: tuple[int, ...] | None = None
    kind: str = ""
    category: str = ""
    channel: str = ""
    without: tuple[int, ...] = ()

    @property
    def of_cases(self) -> dict[str, str]:
        """The classes of cases that are asked for."""
        given = {"kind": self.kind, "category": self.category, "channel": self.channel}
        return {name: value for name, value in given.items() if value}

    def of_all(self, name: str) -> "Question":
        """Return the same question of every class: ``name`` is kind, category or channel."""
        empty: dict[str, Any] = {name: ""}
        return replace(self, **empty)


class By(StrEnum):
    """By what a figure is broken down: nothing, whose it is, when it was, or which cases it is about."""

    NOTHING = "nothing"
    ORGAN = "organ"
    MONTH = "month"
    DAY = "day"
    KIND = "kind"
    CATEGORY = "category"
    CHANNEL = "channel"

    @property
    def is_time(self) -> bool:
        """Whether each key is a period of its own."""
        return self in (By.MONTH, By.DAY)

    @property
    def is_class(self) -> bool:
        """Whether the keys are classes of cases."""
        return self in (By.KIND, By.CATEGORY, By.CHANNEL)


# Both sides of what is counted, by key.
ByKey = Mapping[Any, Sides]
Found = Mapping[Any, Mapping[str, Figure]]


def figures(names: Sequence[str], question: Question, *, by: By = By.NOTHING, at: datetime) -> Found:
    """
    Return the figures of a question by their names, for each key of ``by``.

    The key is None, the id of an organ, the first day of a month, a day, or the value of a class. Organs that are asked
    for are all there, whatever they have; so are the months and days of the period. Of a month only the days that are
    asked for count.

    :raises KeyError: there is no such figure
    """
    if not _is_kept(at):
        return recount(names, question, by=by, at=at)
    spans = list(periods(question, by)) if by.is_time else [(None, question.since, question.until)]
    if not spans:
        return {}
    found = _found(names, question, by, spans, at)
    if not by.is_time:
        return answered(names, question, by, {each: sides[0] for each, sides in found.items()})
    return {
        key: answered(names, question, By.NOTHING, {each: sides[number] for each, sides in found.items()})[None]
        for number, (key, _since, _until) in enumerate(spans)
    }


def of_periods(
    names: Sequence[str], question: Question, spans: Sequence[tuple[date, date]], *, at: datetime
) -> list[Mapping[str, Figure]]:
    """
    Return the figures of each of several periods, whichever they are; of what is kept one statement for all.

    :param question: of which organs and cases; its days mean nothing here
    :param spans: first day, and the day after the last

    :raises KeyError: there is no such figure
    """
    if not _is_kept(at):
        return [recount(names, replace(question, since=since, until=until), at=at)[None] for since, until in spans]
    of_all = replace(question, since=min(since for since, _until in spans), until=max(until for _since, until in spans))
    found = _found(names, of_all, By.NOTHING, [(None, since, until) for since, until in spans], at)
    return [
        answered(names, of_all, By.NOTHING, {each: sides[number] for each, sides in found.items()})[None]
        for number in range(len(spans))
    ]


def by_month(names: Sequence[str], question: Question, *, by: By, at: datetime) -> Mapping[date, Found]:
    """
    Return the figures of each month of a question, broken down besides ``by`` something that is no time.

    Of months that are kept one statement, however many they are.

    :raises KeyError: there is no such figure
    """
    spans = list(periods(question, By.MONTH))
    asked = {key: replace(question, since=since, until=until) for key, since, until in spans}
    if not _is_kept(at):
        return {key: recount(names, each, by=by, at=at) for key, each in asked.items()}
    found = _found(names, question, by, spans, at) if spans else {}
    return {
        key: answered(names, asked[key], by, {each: sides[number] for each, sides in found.items()})
        for number, (key, _since, _until) in enumerate(spans)
    }


def by_category(names: Sequence[str], question: Question, *, at: datetime) -> Mapping[str, Found]:
    """
    Return the figures of each category of cases, by organ.

    Of what is kept one statement, however many categories there are.

    :raises KeyError: there is no such figure
    """
    asked = {category: replace(question, category=category) for category in Category.values}
    counted = definitions.counted_of(names)
    if not all(is_kept(name, at=at) for name in names) or any(
        each.without or not can_be_asked(each, asked[Category.values[0]], By.ORGAN) for each in counted
    ):
        return {category: figures(names, each, by=By.ORGAN, at=at) for category, each in asked.items()}
    sides = reading.sums(
        {each.measure_name for each in counted},
        [(question.since, question.until)],
        organ_ids=question.organ_ids,
        of_cases=question.of_cases,
        by=reading.CATEGORY_AND_ORGAN,
        without=question.without,
    )
    found: dict[str, dict[Counted, dict[int, Sides]]] = {value: {each: {} for each in counted} for value in asked}
    for each in counted:
        for (key, _number), both in sides[each.measure_name].items():
            category, organ = key.split("|")
            if category in found:
                found[category][each][int(organ)] = both
    return {category: answered(names, asked[category], By.ORGAN, found[category]) for category in asked}


def is_kept(name: str, *, at: datetime) -> bool:
    """
    Say whether all that is counted for a figure is in the rollups, as it was known at a moment.

    :raises KeyError: there is no such figure
    """
    return all(each.measure_name in SIDES for each in definitions.counted_of([name])) and _is_kept(at)


def _is_kept(at: datetime) -> bool:
    """Say whether the rollups have what was known at a moment."""
    since = rollups.as_of()
    return since is not None and at >= since - EARLIER


def _found(
    names: Sequence[str], question: Question, by: By, spans: Sequence[tuple[Any, date, date]], at: datetime
) -> dict[Counted, list[ByKey | None]]:
    """Return both sides of what is counted for figures, by period and key."""
    found: dict[Counted, list[ByKey | None]] = {}
    groups: dict[tuple[Question, By], list[Counted]] = defaultdict(list)
    live: list[Counted] = []
    for each in definitions.counted_of(names):
        if not can_be_asked(each, question, by):
            found[each] = [None] * len(spans)
        elif each.measure_name in SIDES:
            groups[of_whole(each, question, by)].append(each)
        else:
            live.append(each)
    found |= _live(live, question, by, spans, at)
    for (asked, by_of), counted in groups.items():
        found |= _from_cells(counted, asked, by_of, spans)
    _add_imported(found, question, by, spans)
    return found


def _from_cells(
    counted: Sequence[Counted], question: Question, by: By, spans: Sequence[tuple[Any, date, date]]
) -> dict[Counted, list[ByKey | None]]:
    """Return both sides of what is kept in rollups, by period and key; in one statement."""
    measures = {each.measure_name for each in counted}
    sides = reading.sums(
        measures,
        [(since, until) for _key, since, until in spans],
        organ_ids=question.organ_ids,
        of_cases=question.of_cases,
        by="" if by is By.NOTHING or by.is_time else by.value,
        without=question.without,
    )
    by_period: dict[str, list[dict[Any, Sides]]] = {name: [{} for _span in spans] for name in measures}
    for name, found in sides.items():
        for (key, number), both in found.items():
            by_period[name][number][key] = both
    return {each: list(by_period[each.measure_name]) for each in counted}


def _add_imported(
    found: dict[Counted, list[ByKey | None]],
    question: Question,
    by: By,
    spans: Sequence[tuple[Any, date, date]],
) -> None:
    """Add what files gave for months before the first case; a file tells no classes of cases (docs/domain.md 12)."""
    if question.of_cases or by.is_class or not spans:
        return
    names = {each.measure_name for each in found}
    if not importing.months(question.since, question.until, question.organ_ids):
        return
    for number, (_key, since, until) in enumerate(spans):
        given = importing.sides(names, since, until, question.organ_ids, by_organ=by is By.ORGAN)
        for each, sides in found.items():
            more = given.get(each.measure_name)
            if more:
                before = sides[number] or {}
                keys = {*before, *more}
                sides[number] = {key: _sum(before.get(key, NOTHING), more.get(key, NOTHING)) for key in keys}


def _sum(one: Sides, other: Sides) -> Sides:
    return one[0] + other[0], one[1] + other[1]


def imported_months(question: Question) -> tuple[date, ...]:
    """Return the months of a question whose figures come from imported counts: pages mark them."""
    return importing.months(question.since, question.until, question.organ_ids)


def imported(name: str, question: Question, part: Part) -> Decimal:
    """
    Return how many of a side of a figure come from imported counts: there are no rows of them.

    :raises KeyError: there is no such figure
    :raises LookupError: the figure has no such side, or none whose rows can be shown
    """
    definition, part, without = definitions.rows_of(name, part)
    if without:
        question = question.of_all(without)
    if question.of_cases:
        return NONE
    measure = definition.measure.name
    given = importing.sides({measure}, question.since, question.until, question.organ_ids, by_organ=False)
    return given.get(measure, {}).get(None, NOTHING)[0 if part is Part.NUMERATOR else 1]


def _live(
    counted: Sequence[Counted], question: Question, by: By, spans: Sequence[tuple[Any, date, date]], at: datetime
) -> dict[Counted, list[ByKey | None]]:
    """
    Return both sides of what is not kept in rollups, from its sources: what is counted from rows in one statement.

    Persons that count once do not add up over days, and duties, notices, targets and sanctions are few.
    """
    windows = [Window(since, until, at, question.without) for _key, since, until in spans]
    found: dict[Counted, list[ByKey | None]] = {}
    parts: list[tuple[str, dict[str, Any]]] = []
    keys: dict[Counted, Callable[[str | None], Any]] = {}
    for each in counted:
        of, by_of = of_whole(each, question, by)
        by_key = By.NOTHING if by_of.is_time else by_of
        if each.measure.count is None:
            found[each] = [_of_organs(each.measure, of, by_key, window) for window in windows]
        else:
            keys[each] = _organ if by_key is By.ORGAN else str if by_key.is_class else _nothing
            parts += [_statement(each.measure.count, of, by_key, window) for window in windows]
    sides = iter(_all_of(parts))
    for each, key in keys.items():
        found[each] = [{key(name): both for name, both in next(sides).items()} for _window in windows]
    return found


def _organ(name: str | None) -> int:
    return int(name or 0)


def _nothing(_name: str | None) -> None:
    return None


def _all_of(parts: Sequence[tuple[str, dict[str, Any]]]) -> list[dict[Any, Sides]]:
    """Return what many statements of sides find, in their order, with keys as words: ``AT_ONCE`` of them are one."""
    found: list[dict[Any, Sides]] = [{} for _part in parts]
    for first in range(0, len(parts), AT_ONCE):
        some = [positional(*part) for part in parts[first : first + AT_ONCE]]
        together = " UNION ALL ".join(
            # Keys of organs are numbers, those of classes words; one statement has one kind of them.
            f"SELECT {first + number} AS number, found.key::text, found.counted, found.base"  # noqa: S608 - our own
            f" FROM ({statement}) AS found (key, counted, base)"
            for number, (statement, _given) in enumerate(some)
        )
        with connection.cursor() as cursor:
            cursor.execute(together, [value for _statement_, given in some for value in given])
            for number, key, counted, base in cursor.fetchall():
                found[number][key] = Decimal(counted), Decimal(base)
    return found


def stood(
    question: Question, cuts: Collection[date], *, at: datetime
) -> tuple[Mapping[Stream, Mapping[date, int]], datetime] | None:
    """
    Return what stood before each of some days began, of the organs of a question, and as of when that is known.

    None where the rollups do not tell it: of a class of cases, before what stands is in them, of moments that they had
    not reached yet or that were long past when they did.
    """
    since = rollups.standing_as_of()
    if since is None or not cuts or question.of_cases or at < since - EARLIER:
        return None
    found = reading.standing(sorted(cuts), organ_ids=question.organ_ids, without=question.without)
    return found, since


def recount(names: Sequence[str], question: Question, *, by: By = By.NOTHING, at: datetime) -> Found:
    """
    Return the same straight from the sources, each figure for itself: slow, and obvious.

    :raises KeyError: there is no such figure
    """
    if by.is_time:
        asked = {key: replace(question, since=since, until=until) for key, since, until in periods(question, by)}
        return {key: recount(names, each, at=at)[None] for key, each in asked.items()}
    found = {each: [_recounted(each, question, by, at)] for each in definitions.counted_of(names)}
    _add_imported(found, question, by, [(None, question.since, question.until)])
    return answered(names, question, by, {each: sides[0] for each, sides in found.items()})


def answered(names: Sequence[str], question: Question, by: By, found: Mapping[Counted, ByKey | None]) -> Found:
    """
    Put figures together for each key from both sides of what was counted; None: it could not be asked for.

    Where nothing was found for a key there was nothing; a whole has one for all keys.
    """
    keys: Collection[Any] = {key for each, sides in found.items() if not each.without for key in sides or ()}
    if by is By.NOTHING:
        keys = (None,)
    elif by is By.ORGAN and question.organ_ids is not None:
        keys = question.organ_ids
    whole = {each: by.value == each.without for each in found}
    return {
        key: definitions.put_together(
            names,
            {
                each: None if sides is None else sides.get(None if whole[each] else key, NOTHING)
                for each, sides in found.items()
            },
        )
        for key in keys
    }


def of_whole(each: Counted, question: Question, by: By) -> tuple[Question, By]:
    """Return what is asked for the whole of a share: every class of its kind."""
    if not each.without:
        return question, by
    return question.of_all(each.without), By.NOTHING if by.value == each.without else by


def can_be_asked(each: Counted, question: Question, by: By) -> bool:
    """Say whether a figure means anything for such cases."""
    return each.has_case or not (question.of_cases or by.is_class)


def _recounted(each: Counted, question: Question, by: By, at: datetime) -> ByKey | None:
    """Return both sides of what is counted, by key."""
    if not can_be_asked(each, question, by):
        return None
    question, by = of_whole(each, question, by)
    window = Window(question.since, question.until, at, question.without)
    return straight(each.measure, question, by, window)


def straight(measure: Measure, question: Question, by: By, window: Window) -> ByKey:
    """Return both sides of a measure from its sources, in one statement; ``by`` is no time."""
    return _of_rows(measure.count, question, by, window) if measure.count else _of_organs(measure, question, by, window)


def _of_organs(measure: Measure, question: Question, by: By, window: Window) -> ByKey:
    """Return the sides of a figure that reckons itself organ by organ; they add up over organs."""
    ids = all_organs() if question.organ_ids is None else question.organ_ids
    found = measure.figures(Key.ORGAN, ids, window)
    sides = {pk: (each.numerator, each.denominator or NONE) for pk, each in found.items()}
    if by is By.ORGAN:
        return {pk: each for pk, each in sides.items() if any(each)}
    return {None: (sum((of for of, _ in sides.values()), NONE), sum((of for _, of in sides.values()), NONE))}


def _of_rows(count: Count, question: Question, by: By, window: Window) -> ByKey:
    """Return the sides of a figure that is counted from rows."""
    with connection.cursor() as cursor:
        cursor.execute(*_statement(count, question, by, window))
        return {row[0]: (Decimal(row[1]), Decimal(row[2])) for row in cursor.fetchall()}


def _statement(count: Count, question: Question, by: By, window: Window) -> tuple[str, dict[str, Any]]:
    """Return the statement of the sides of a figure that is counted from rows, with its values: key, counted, base."""
    key = {By.NOTHING: "NULL::bigint", By.ORGAN: "whose"}.get(by, f"complaint.{by.value}")
    with_case = bool(question.of_cases) or by.is_class
    union = " UNION ALL ".join(
        f"SELECT organ_id AS whose, case_id, counted, base FROM ({each.statement}) AS source"  # noqa: S608 - our own constants
        + (f" WHERE {KNOWN}" if window.without else "")
        for each in count.sources
    )
    statement = (
        f"SELECT {key} AS key, coalesce({count.total}, 0), count(*) FILTER (WHERE base)"  # noqa: S608 - our own constants
        f" FROM ({union}) AS counted"
        + (" JOIN complaints_case AS complaint ON complaint.id = counted.case_id" if with_case else "")
        + " WHERE whose IS NOT NULL AND (%(organ_ids)s::bigint[] IS NULL OR whose = ANY(%(organ_ids)s))"
        + "".join(f" AND complaint.{name} = %({name})s" for name in question.of_cases)
        + " GROUP BY 1"
    )
    organ_ids = None if question.organ_ids is None else list(question.organ_ids)
    return statement, count.parameters(window) | question.of_cases | {"organ_ids": organ_ids}


def all_organs() -> list[int]:
    """Return the keys of all organs."""
    return list(Organ.objects.order_by("pk").values_list("pk", flat=True))


def rows(name: str, question: Question, part: Part, *, at: datetime) -> QuerySet[Any]:
    """
    Return exactly the rows that a side of a figure counts; who shows them keeps to what the viewer may know of.

    :raises KeyError: there is no such figure
    :raises LookupError: the figure has no such side, or none whose rows can be shown
    """
    definition, part, without = definitions.rows_of(name, part)
    if without:
        question = question.of_all(without)
    measure = definition.measure
    model = measure.counts if part is Part.NUMERATOR else measure.of
    if model is None:
        raise LookupError(f"There is no {part} of {name}.")
    if question.of_cases and not definition.has_case:
        return model._default_manager.none()
    window = Window(question.since, question.until, at, question.without)
    if measure.count is None:
        return measure.rows(Key.ORGAN, question.organ_ids or all_organs(), window, part)
    return measure.count.rows_of(Key.ORGAN, question.organ_ids, window, part, of_cases=question.of_cases)


def about_cases(keys: Collection[int]) -> Q:
    """Return the condition that a promise is about one of a few cases, or about the part that somebody has in it."""
    parts = Assistance.objects.filter(case__in=keys).values("pk")
    return Q(content_type_id=type_of(Case), object_id__in=keys) | Q(
        content_type_id=type_of(Assistance), object_id__in=parts
    )


def periods(question: Question, by: By) -> Iterator[tuple[date, date, date]]:
    """Yield key, first day and the day after the last for each month or day that is asked for."""
    first = question.since.replace(day=1) if by is By.MONTH else question.since
    while first < question.until:
        after = add_months(first, 1) if by is By.MONTH else first + ONE_DAY
        yield first, max(first, question.since), min(after, question.until)
        first = after


def as_of() -> datetime | None:
    """Return until when the rollups have everything; None before they were built for the first time."""
    return rollups.as_of()
