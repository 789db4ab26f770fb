"""
What foresight shows on the overview: buck-passing, where promises will break next, doubtful closings, five systems.

Each block has a few lines and a link to its page with the same filters. Figures count what lies in reach, without
what concerns the viewer (docs/trust.md Z-07); rows are those that the viewer may know of.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from django.urls import reverse
from django.utils.functional import Promise as Lazy
from django.utils.http import urlencode
from django.utils.translation import pgettext_lazy

from accountability.faults.enums import ENDED
from accountability.models import FaultCase
from complaints.models import Case
from efficiency.access.may import may
from efficiency.deadlines.models import Deadline
from efficiency.letters.models import ResponsibilityLetter
from efficiency.rounding import per_cent
from efficiency.timing.zone import ONE_DAY
from supervision.escalations.querysets import known_among
from supervision.figures import asking
from supervision.figures.asking import Question
from supervision.figures.tables import Table
from supervision.foresight import doubts, forecasting, passing, tables
from supervision.foresight.asking import Asked, organs_of, reach_of
from supervision.foresight.chances import RED
from supervision.foresight.views import expected

if TYPE_CHECKING:
    from efficiency.access.models import User

# So many lines of a table stand on the page; its files have more.
MOST_LINES = 5
# So many chains are in the files.
LOOKED_AT = 40
RIGHT = "supervision.open"


@dataclass(frozen=True, slots=True)
class Made:
    """What a block shows: its template finds it under the names of ``context``, and its tables by theirs."""

    context: Mapping[str, Any]
    tables: tuple[Table, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the overview; ``make`` is asked for what it shows when it is needed."""

    key: str
    title: str | Lazy
    template: str
    make: Callable[["Wanted"], Made]


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What is asked of a block, and by whom.

    ``place``: the organs as the address of a page has them (``organ``, ``alone``, ``district``), so that what a figure
    leads to is of the same organs.
    """

    question: Question
    user: "User"
    at: datetime
    place: Mapping[str, str] = field(default_factory=dict)

    @property
    def organs(self) -> list[int]:
        """The organs that are asked for, as far as the viewer watches over them."""
        return organs_of(self.question, reach_of(self.user))

    @property
    def query(self) -> str:
        """The same as the pages of the outlook have it in their address."""
        return query_of(self.question, self.place)

    def behind(self, figure: str) -> str:
        """Return the rows behind the base of a figure of the same days and organs."""
        days = {"period": "range", "since": self.question.since, "last": self.question.until - ONE_DAY}
        query = {name: str(value) for name, value in {**days, **self.place, "part": "denominator"}.items()}
        return f"{reverse('supervision:figure', args=[figure])}?{urlencode(query)}"

    def to(self, name: str, *args: str, **more: object) -> str:
        """Return a page of the outlook for what is asked."""
        query = {**dict(parse_qsl(self.query)), **{key: str(value) for key, value in more.items()}}
        return f"{reverse(name, args=args)}?{urlencode(query)}"


@dataclass(frozen=True, slots=True)
class System:
    """One of the five systems in a line: a figure of two sides, or a count alone; ``href`` leads to where it stands."""

    label: str | Lazy
    part: int | None
    whole: int | None
    is_share: bool
    href: str

    @property
    def per_cent(self) -> Decimal | None:
        """The share in per cent, half up to two decimals; None of a count, or of nothing."""
        if not self.is_share or not self.whole or self.part is None:
            return None
        return per_cent(self.part, self.whole)


def blocks(user: "User") -> Sequence[Block]:
    """Return the blocks of the overview that ``user`` finds there; none without the right."""
    return BLOCKS if may(user, RIGHT) else ()


def red_risk(question: Asked, user: "User", at: datetime) -> int:
    """
    Return how many promises fall due within five working days and are missed with a chance of at least 30 %.

    Of the organs in reach that are asked for, a minute old at most; ``supervision:forecast`` with ``risk=0.3`` lists
    them.
    """
    return forecasting.outlook(question, organs_of(question, reach_of(user)), user, at=at).red


def query_of(question: Asked, place: Mapping[str, str] | None = None) -> str:
    """
    Return a question as the address of our pages has it.

    :param place: the organs as the address has them; without, a single one is told, and all in reach of several
    """
    given = {
        "first": question.since.isoformat(),
        "last": (question.until - ONE_DAY).isoformat(),
        "kind": question.kind,
        "category": question.category,
        "channel": question.channel,
    }
    if place:
        given |= place
    elif question.organ_ids is not None and len(question.organ_ids) == 1:
        given |= {"organ": str(question.organ_ids[0]), "alone": "on"}
    return urlencode({name: value for name, value in given.items() if value})


def _passing(asked: Wanted) -> Made:
    question, organs, at = asked.question, asked.organs, asked.at
    cases = passing.passed_on(question, organs, at=at)
    known = cases.filter(pk__in=Case.objects.visible_to_office(asked.user).values("pk"))
    chains = passing.chains(known[: LOOKED_AT + 1], question, at=at)
    # The file says so where it has the first of more alone.
    total = known.count() if len(chains) > LOOKED_AT else 0
    lines, counted_at = passing.held_lately(question, organs, at=at)
    made = (
        replace(tables.of_chains(chains[:LOOKED_AT]), total=total),
        tables.of_pairs(passing.pairs(question, organs, at=at), asked.to),
        replace(tables.of_held(lines, asked.to), as_of=counted_at),
    )
    return Made({"count": cases.count(), "query": asked.query}, tuple(each for each in made if each.rows))


def _forecast(asked: Wanted) -> Made:
    question, organs, at = asked.question, asked.organs, asked.at
    found = forecasting.outlook(question, organs, asked.user, at=at)
    likeliest = forecasting.ranked(Deadline.objects.filter(pk__in=found.likeliest), at=at)
    rows = expected(known_among(list(likeliest.select_related("organ", "content_type")), asked.user))
    record = forecasting.record(organs, at=at)
    # One promise may be out of sight; whatever is not among the likeliest is left out, and the file says so.
    total = found.count if found.count > len(found.likeliest) else 0
    made = (replace(tables.of_forecast(rows), total=total), tables.of_record(record))
    return Made(
        {
            "rows": rows[:MOST_LINES],
            "more": max(0, len(rows) - MOST_LINES),
            "count": found.count,
            "red": found.red,
            "threshold": RED * 100,
            "made_on": forecasting.made_on(),
            "record": record,
            "query": asked.query,
        },
        tuple(each for each in made if each.rows),
    )


def _doubts(asked: Wanted) -> Made:
    found = doubts.doubtful(asked.question, asked.organs, at=asked.at)
    undone = doubts.with_done(found, at=asked.at).filter(is_called=False, is_rework=False, is_card=False)
    return Made(
        {"count": found.count(), "undone": undone.count(), "query": asked.query},
        (tables.of_reasons(doubts.counted(found), asked.to),),
    )


def _systems(asked: Wanted) -> Made:
    return Made({}, (tables.of_systems(systems(asked)),))


BLOCKS = (
    Block("passing", pgettext_lazy("overview", "Buck-passing"), "supervision/foresight/_passing.html", _passing),
    Block(
        "forecast",
        pgettext_lazy("overview", "Where promises will break next"),
        "supervision/foresight/_forecast.html",
        _forecast,
    ),
    Block("doubts", pgettext_lazy("overview", "Doubtful closings"), "supervision/foresight/_doubts.html", _doubts),
    Block("systems", pgettext_lazy("overview", "Five systems"), "supervision/foresight/_systems.html", _systems),
)


FIGURES: Mapping[str, Lazy] = {
    "kept_rate": pgettext_lazy("five systems", "Commitments kept"),
    "disclosure_completeness": pgettext_lazy("five systems", "Completeness of disclosure"),
    "target_rate": pgettext_lazy("five systems", "Targets reached"),
}


def systems(asked: Wanted) -> list[System]:
    """
    Return the five systems in a line each: posts, commitments, disclosure, targets, accountability.

    Those with a figure lead to its rows; what kind of case is asked for means nothing in them.
    """
    organs, user, at = asked.organs, asked.user, asked.at
    year = (asked.question.until - ONE_DAY).year
    letters = ResponsibilityLetter.objects.living().filter(year=year, post__organ__in=organs)
    issued, unsigned = letters.count(), letters.waiting().count()
    of_all = replace(asked.question, kind="", category="", channel="")
    figures = asking.figures(tuple(FIGURES), of_all, at=at)[None]
    cases = FaultCase.objects.headers_visible_to(user).filter(organ__in=organs)
    found = [
        System(
            pgettext_lazy("five systems", "Responsibility letters signed"),
            issued - unsigned,
            issued,
            is_share=True,
            href=_list(asked, "efficiency_responsibilityletter", "post__organ", year=year, standing="signed"),
        )
    ]
    for name, label in FIGURES.items():
        figure = figures[name]
        whole = int(figure.denominator) if figure.denominator is not None else None
        address = asked.behind(name) if whole else ""
        found.append(System(label, int(figure.numerator), whole, is_share=True, href=address))
    found.append(
        System(
            pgettext_lazy("five systems", "Open fault cases"),
            cases.exclude(state__in=ENDED).count(),
            None,
            is_share=False,
            href=_list(asked, "accountability_faultcase", "organ", standing="open"),
        )
    )
    return found


def _list(asked: Wanted, model: str, organ: str, **given: object) -> str:
    """Return the list that has exactly what is counted: of one organ, or of all; of some there is none, hence ""."""
    query = {name: str(value) for name, value in given.items()}
    if set(asked.organs) != reach_of(asked.user):
        if len(asked.organs) != 1:
            return ""
        query[f"{organ}__id__exact"] = str(asked.organs[0])
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(query)}"
