"""The figures of the first block: each with what it was before, in words, and where it leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from efficiency.access.may import may
from efficiency.remembering import asked_once
from efficiency.timing.due import add_months
from supervision.desk import standing, telling
from supervision.desk.asked import Asked
from supervision.desk.periods import Period
from supervision.desk.standing import AT_RISK, OPEN, OVERDUE, STREAMS
from supervision.figures import asking, definitions
from supervision.figures.asking import By
from supervision.figures.definitions import Definition
from supervision.foresight import overview as foresight
from targets.measures.registry import Figure, Part

IN_TIME, SATISFACTION, YELLOW, RED = "on_time_closing", "satisfaction", "cards_yellow", "cards_red"
COUNTED = (IN_TIME, YELLOW, RED, SATISFACTION)
# What is replied to is the base of the second.
RECEIVED, REPLIED, REVOKED = "received", "evaluation_rate", "cards_revoked"
# All that the page counts of its period, of those that it is compared with, and of the months of the trend.
OF_PAGE = (*COUNTED, RECEIVED, REPLIED, REVOKED)
NAMES = (OPEN, OVERDUE, IN_TIME, YELLOW, RED, SATISFACTION, AT_RISK)


A_MONTH = timedelta(days=31)
# What stands for a figure of a class that is not told (``desk.telling``).
FEW = Figure(Decimal(0), None, None)


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure stands against another period: a sentence, an arrow, and whether that is good."""

    words: str
    arrow: str
    verdict: str
    look: str


@dataclass(frozen=True, slots=True)
class Side:
    """A number that leads to its rows, inside a figure that has more than one."""

    label: str | Lazy
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Spark:
    """How a figure went over thirteen months: parts of a line in a field of 120 by 28, and what it shows in words."""

    lines: tuple[str, ...]
    # Where the last value stands.
    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Box:
    """A figure as it stands in its box."""

    name: str
    label: str | Lazy
    text: str
    unit: str | Lazy
    href: str
    definition: str
    changes: tuple[Change, ...] = ()
    sides: tuple[Side, ...] = ()
    note: str = ""
    look: str = ""
    has_value: bool = True
    # When it, or one that it is compared with, was counted; None: now.
    as_of: datetime | None = None
    # Whether it is told to whoever asks (``desk.telling``).
    is_told: bool = True
    spark: Spark | None = None


def boxes(asked: Asked) -> list[Box]:
    """Return the six figures; three questions to the figures and two to the promises, whatever is asked for."""
    today = asked.today
    others = compared(asked)
    past = standing_known(asked)
    stood = [_standing(asked, period, past) for period in (asked.period, *others)]
    found = [
        {**_counted(asked, period), **standing_}
        for period, (standing_, _at) in zip((asked.period, *others), stood, strict=True)
    ]
    as_of = min(moment for _standing_, moment in stood)
    is_running = asked.period.is_running(today)
    sentences: tuple[str, ...] = (
        asked.period.compared_words(is_running=is_running),
        _("%(change)s compared with the same days a year before")
        if is_running
        else _("%(change)s compared with a year before"),
    )
    sentences = sentences[: len(others)]
    months = counted(COUNTED, asked, asked.trend, by=By.MONTH)
    ends = past.of_months(asked, found[0]) if past else None
    return [
        replace(_box(OPEN, asked, found, sentences, months=ends), as_of=as_of),
        replace(_box(OVERDUE, asked, found, sentences, months=ends, look="over"), as_of=as_of),
        _box(IN_TIME, asked, found, sentences, months=months),
        _cards(asked, found, sentences, months),
        _box(SATISFACTION, asked, found, sentences, months=months),
        replace(
            _box(AT_RISK, asked, found, sentences, months=ends, look="warn"),
            as_of=as_of,
            note=_("unless they are kept within five working days"),
            sides=_foreseen(asked),
        ),
    ]


def compared(asked: Asked) -> tuple[Period, ...]:
    """Return with which periods the one that is asked for is compared: the one before, and the same a year before."""
    found = (asked.period.before(), asked.period.a_year_before())
    others = tuple(asked.period.compared(each, asked.today) for each in found)
    if asked.reach.is_coarse and not all(each.is_whole_months for each in (asked.period, *others)):
        return ()  # whoever is told whole months alone is not told of days beside them (docs/trust.md Z-14)
    return others


@dataclass(frozen=True, slots=True)
class Stood:
    """What stood before some days began, as the rollups have it, and as of when."""

    found: Mapping[date, Mapping[str, Figure]]
    as_of: datetime

    def of_months(self, asked: Asked, now: Mapping[str, Figure]) -> Mapping[date, Mapping[str, Figure]]:
        """
        Return what stood at the end of each month of the trend; of the one that runs what stands ``now``, if that is
        asked for as well. Without a value where it is not known.
        """
        unknown = dict.fromkeys(STREAMS, Figure(Decimal(0), None, None))
        running = now if asked.period.until > asked.today else unknown
        ends = {day: add_months(day, 1) for day in _months(asked.trend)}
        return {day: self.found.get(end, running if end > asked.today else unknown) for day, end in ends.items()}


def _months(period: Period) -> list[date]:
    found = [period.since]
    while (following := add_months(found[-1], 1)) < period.until:
        found.append(following)
    return found


def standing_known(asked: Asked) -> Stood | None:
    """
    Return what stood at the ends of the months of the trend, and of the periods, in one question to the rollups.

    None: it has to be counted, as of a class of cases, or for whoever has the sum of what they may know of.
    """
    if asked.reader is not None:
        return None
    periods = (asked.period, *compared(asked))
    days = frozenset({add_months(day, 1) for day in _months(asked.trend)} | {period.until for period in periods})
    question = asked.question()
    found = asked_once(("desk stood", question, days, asked.at), lambda: standing.known_at(question, days, at=asked.at))
    return Stood(*found) if found else None


def _standing(asked: Asked, period: Period, past: Stood | None) -> tuple[Mapping[str, Figure], datetime]:
    if past and period.until in past.found:
        return past.found[period.until], past.as_of
    found, counted_at = standing.count_lately(asked.question(period), at=asked.at, reader=asked.reader)
    if not asked.is_guarded:
        return found, counted_at
    told = {name: FEW if telling.is_standing_untold(name, asked, period) else each for name, each in found.items()}
    return told, counted_at


def overdue_by_month(asked: Asked) -> Mapping[date, Figure]:
    """Return how many promises were overdue at the end of each month of the trend; nothing where it is not kept."""
    past = standing_known(asked)
    if past is None:
        return {}
    now, _at = standing.count_lately(asked.question(), at=asked.at, reader=None)
    return {day: found[OVERDUE] for day, found in past.of_months(asked, now).items()}


def _counted(asked: Asked, period: Period) -> Mapping[str, Figure]:
    return counted(COUNTED, asked, period)[None]


def _box(
    name: str,
    asked: Asked,
    found: Sequence[Mapping[str, Figure]],
    sentences: tuple[str, ...],
    *,
    look: str = "",
    months: Mapping[Any, Mapping[str, Figure]] | None = None,
) -> Box:
    of = definition(name)
    now = found[0][name]
    base = now.denominator
    return Box(
        name=name,
        label=of.label,
        text=shown(now, of),
        unit=of.unit if now.value is not None or now is standing.MANY else "",
        href=asked.behind(name),
        definition=asked.address("supervision:figure_definitions") + f"#{name}",
        changes=tuple(
            change(now, other[name], of, sentence) for other, sentence in zip(found[1:], sentences, strict=True)
        ),
        note=_("of %(count)s") % {"count": f"{base:f}"} if base is not None else "",
        look=look if now.value or now is standing.MANY else "",
        has_value=now.value is not None or now is standing.MANY,
        is_told=now is not FEW,
        spark=spark({day: found[name] for day, found in months.items()}, of) if months else None,
    )


def shown(figure_: Figure, of: Definition) -> str:
    """Return a figure as people read it; of one that is not told, that it is not; of very many, more than how many."""
    if figure_ is standing.MANY:
        return pgettext("count", "more than %(number)s") % {"number": f"{standing.MOST_OF_READER:,}"}
    return pgettext("count", "not told") if figure_ is FEW else definitions.shown(figure_, of)


def spark(months: Mapping[Any, Figure], of: Definition) -> Spark | None:
    """Return the line of a figure over its months, broken where it has no value; None of fewer than two values."""
    days = sorted(months)
    values = [months[day].value for day in days]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    low, high = min(known), max(known)
    width, height, edge = 120.0, 28.0, 3.0
    step = (width - 2 * edge) / (len(days) - 1)
    lines: list[list[tuple[float, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            lines.append([])
            continue
        share = float((value - low) / (high - low)) if high > low else 0.5
        lines[-1].append((round(edge + place * step, 1), round(height - edge - share * (height - 2 * edge), 1)))
    drawn = [line for line in lines if line]
    label = _("Thirteen months: lowest %(low)s, highest %(high)s, last %(last)s") % {
        "low": definitions.rounded(low, of),
        "high": definitions.rounded(high, of),
        "last": definitions.rounded(known[-1], of),
    }
    return Spark(tuple(" ".join(f"{x},{y}" for x, y in line) for line in drawn), *drawn[-1][-1], label)


def change(now: Figure, before: Figure, of: Definition, sentence: str) -> Change:
    """Return how a figure stands against another, in words, with an arrow and a verdict where there is one."""
    found = definitions.change(now, before, of)
    if now.value is None or before.value is None:
        return Change(sentence % {"change": "–"}, "", _("nothing to compare with"), "")
    arrow = "▲" if now.value > before.value else "▼" if now.value < before.value else "＝"
    verdicts = {
        True: (pgettext("change", "better"), "ok"),
        False: (pgettext("change", "worse"), "over"),
        None: (pgettext("change", "unchanged") if now.value == before.value else "", ""),
    }
    verdict, look = verdicts[found.is_better]
    return Change(sentence % {"change": found.words}, arrow, verdict, look)


def _cards(
    asked: Asked,
    found: Sequence[Mapping[str, Figure]],
    sentences: tuple[str, ...],
    months: Mapping[Any, Mapping[str, Figure]],
) -> Box:
    """Return yellow and red cards together: each leads to its own rows."""
    yellow, red = definitions.definition(YELLOW), definitions.definition(RED)
    sums = [_sum(each[YELLOW], each[RED]) for each in found]
    return Box(
        name="cards",
        label=_("Cards issued"),
        text=definitions.shown(sums[0], yellow),
        unit=yellow.unit if sums[0].value is not None else "",
        href="",
        definition=asked.address("supervision:figure_definitions") + f"#{YELLOW}",
        changes=tuple(
            change(sums[0], other, yellow, sentence) for other, sentence in zip(sums[1:], sentences, strict=True)
        ),
        sides=(
            Side(pgettext_lazy("cards", "yellow"), shown(found[0][YELLOW], yellow), asked.behind(YELLOW)),
            Side(pgettext_lazy("cards", "red"), shown(found[0][RED], red), asked.behind(RED)),
        ),
        has_value=sums[0].value is not None,
        spark=spark({day: _sum(each[YELLOW], each[RED]) for day, each in months.items()}, yellow),
    )


def _foreseen(asked: Asked) -> tuple[Side, ...]:
    """Return how many more promises are likely to be missed, for whoever opens the forecast."""
    if not may(asked.user, "supervision.open"):
        return ()
    number = foresight.red_risk(asked.question(), asked.user, asked.at)
    query = foresight.query_of(asked.question(), asked.place)
    return (
        Side(
            gettext_lazy("likely to be missed, by the forecast:"),
            str(number),
            f"{reverse('supervision:forecast')}?{query}&risk=0.3",
        ),
    )


def _sum(one: Figure, other: Figure) -> Figure:
    if one.value is None or other.value is None:
        return Figure(one.numerator + other.numerator, None, None)
    return Figure(one.numerator + other.numerator, None, one.value + other.value)


# --- One door to all of them ------------------------------------------------------------------------------------------


def all_definitions() -> tuple[Definition, ...]:
    """Return every figure in the order in which people read them: what stands, then those of docs/domain.md 12."""
    return (*standing.DEFINITIONS.values(), *definitions.definitions())


def definition(name: str) -> Definition:
    """
    Return a figure by its name.

    :raises KeyError: there is none
    """
    return standing.DEFINITIONS.get(name) or definitions.definition(name)


def figure(name: str, asked: Asked) -> Figure:
    """
    Return one figure of a question, counted from its rows: what stands beside them is as many as they are.

    Of more than a month it is as the rollups have it (``is_kept``), and so as many as its rows were then.

    :raises KeyError: there is none of this name
    """
    if name in standing.DEFINITIONS and asked.is_guarded and telling.is_standing_untold(name, asked):
        return FEW
    if name in standing.DEFINITIONS:
        found: Mapping[str, Figure] = standing.count(asked.question(), at=asked.at, reader=asked.reader)
    else:
        ask = asking.figures if is_kept(name, asked) else asking.recount
        found = ask([name], asked.question(), at=asked.at)[None]
        if asked.cards and found[name].value is not None:
            number = Decimal(rows_behind(name, asked, Part.NUMERATOR).count())
            found = {name: Figure(number, None, number)}
    if name not in standing.DEFINITIONS and asked.is_guarded:
        return FEW if _is_untold(name, telling.untold([name], asked, asked.period)) else found[name]
    return found[name]


def is_kept(name: str, asked: Asked) -> bool:
    """
    Say whether a figure is told as the rollups have it, instead of counted from its rows while somebody waits.

    So it is of more days than a month has, where they know of it: among millions of matters a year takes seconds.
    """
    if name in standing.DEFINITIONS or asked.period.until - asked.period.since <= A_MONTH:
        return False
    return asking.is_kept(name, at=asked.at)


def counted(names: Sequence[str], asked: Asked, period: Period, *, by: By = By.NOTHING) -> asking.Found:
    """Return figures as ``asking.figures``, by month or as a whole; ``FEW`` for what is not told to whoever asks."""
    if not asked.is_guarded:
        of_page = _of_page(names, asked, period, by)
        if of_page is not None:
            return of_page
    found = asking.figures(names, asked.question(period), by=by, at=asked.at)
    if not asked.is_guarded:
        return found
    untold = telling.untold(names, asked, period)
    return {
        key: {
            name: FEW if _is_untold(name, untold if key is None else {key: untold.get(key, frozenset(names))}) else each
            for name, each in of_key.items()
        }
        for key, of_key in found.items()
    }


def _of_page(names: Sequence[str], asked: Asked, period: Period, by: By) -> asking.Found | None:
    """Return what the page counts anyway, of all its periods in one question; None: it is asked for something else."""
    months = [Period(day, add_months(day, 1)) for day in _months(asked.trend)]
    periods = (asked.period, *compared(asked))
    of_months = by is By.MONTH and period == asked.trend
    if not set(names) <= set(OF_PAGE) or not (of_months or (by is By.NOTHING and period in periods)):
        return None
    spans = tuple(dict.fromkeys((each.since, each.until) for each in (*months, *periods)))
    question = asked.question()
    found = asked_once(
        ("desk counted", question, spans, asked.at),
        lambda: dict(zip(spans, asking.of_periods(OF_PAGE, question, spans, at=asked.at), strict=True)),
    )
    keys = {each.since: each for each in months} if of_months else {None: period}
    return {key: {name: found[each.since, each.until][name] for name in names} for key, each in keys.items()}


def _is_untold(name: str, untold: Mapping[Any, frozenset[str]]) -> bool:
    """Say whether a figure is not told of one of the months."""
    return any(name in each for each in untold.values())


def imported(name: str, asked: Asked, part: Part) -> int:
    """Return how many of a side that has rows come from imported counts, which have none."""
    if asked.cards or name in standing.DEFINITIONS:
        return 0
    return int(asking.imported(name, asked.question(), part))


def rows_behind(name: str, asked: Asked, part: Part) -> QuerySet[Any]:
    """
    Return exactly the rows that a side of a figure counts.

    :raises KeyError: there is no such figure
    :raises LookupError: it has no such side
    """
    if name in standing.DEFINITIONS:
        if part is not Part.NUMERATOR:
            raise LookupError(name)
        return standing.rows(name, asked.question(), at=asked.at, reader=asked.reader)
    found = asking.rows(name, asked.question(), part, at=asked.at)
    return found.filter(**asked.cards) if asked.cards else found
