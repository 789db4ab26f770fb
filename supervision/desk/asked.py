"""What is asked of the overview: who asks, as of when, for which days, organs and cases."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.db import connection, transaction
from django.http import QueryDict
from django.utils import timezone

from complaints.models import Case
from efficiency.access.models import User
from efficiency.pages.addresses import path_of
from efficiency.remembering import at_once
from efficiency.timing.due import add_months
from supervision.desk.forms import CardsForm, DeskForm
from supervision.desk.periods import Period, Span
from supervision.desk.reach import Reach, reach_of
from supervision.figures.asking import Question

# What the address may say beside the filters; links to other lists leave it out.
OWN = ("page", "part", "as", "view", "group", "csrfmiddlewaretoken")
TREND_MONTHS = 13
CLASSES = ("kind", "category", "channel")
# By what the address names organs.
PLACE = ("organ", "alone", "district")
# Figures whose rows are cards.
OF_CARDS = ("cards_yellow", "cards_red", "cards_revoked")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that can be answered: of a valid form."""

    user: User
    at: datetime
    reach: Reach
    period: Period
    organ_ids: frozenset[int]
    kind: str
    category: str
    channel: str
    # The filters as they stand in the address, without page and view.
    query: QueryDict = field(compare=False)
    group: str = ""
    # The cases that concern whoever asks: they count nowhere (docs/trust.md Z-07).
    without: tuple[int, ...] = ()
    # The rule or the state of the cards that are meant, by column, where their rows are asked for.
    cards: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def today(self) -> date:
        """The day on which is asked."""
        return timezone.localdate(self.at)

    @property
    def is_of_cases(self) -> bool:
        """Whether only cases of some kind, category or channel are meant."""
        return bool(self.kind or self.category or self.channel)

    @property
    def classes(self) -> dict[str, str]:
        """The kind, category and channel of cases that are asked for."""
        return {name: value for name in CLASSES if (value := getattr(self, name))}

    @property
    def is_guarded(self) -> bool:
        """Whether a class of cases is asked about by somebody to whom small ones are not told (``desk.telling``)."""
        return self.is_of_cases and self.reach.is_coarse

    @property
    def reader(self) -> User | None:
        """Whoever counts of what stands nothing but what they may know of; None: all of it (``desk.standing``)."""
        return self.user if self.reach.is_coarse and not self.reach.sums_alone else None

    def question(self, period: Period | None = None) -> Question:
        """Return the question of a period, of the one that is meant if none is given."""
        period = period or self.period
        whole = self.reach.is_whole and len(self.organ_ids) == len(self.reach.organs)
        return Question(
            since=period.since,
            until=period.until,
            organ_ids=None if whole else tuple(sorted(self.organ_ids)),
            kind=self.kind,
            category=self.category,
            channel=self.channel,
            without=self.without,
        )

    @property
    def trend(self) -> Period:
        """The thirteen months that end with the one in which the period ends, or with this one."""
        last = min(self.period.last, max(self.today, self.period.since)).replace(day=1)
        return Period(add_months(last, 1 - TREND_MONTHS), add_months(last, 1))

    @property
    def place(self) -> dict[str, str]:
        """The organs that are meant, as they stand in the address."""
        return {name: value for name in PLACE if (value := self.query.get(name, ""))}

    def address(self, name: str, *args: Any, **more: Any) -> str:
        """Return an address with the same filters; a value of None takes one out."""
        return address(self.query, name, *args, **more)

    def behind(self, figure: str, part: str = "numerator", **more: Any) -> str:
        """Return the page of the rows that a side of a figure counts."""
        return self.address("supervision:figure", figure, part=part, **more)


def address(query: QueryDict, name: str, *args: Any, **more: Any) -> str:
    """Return an address of the overview that carries the filters along; a page has some hundreds of them."""
    found = [(key, value) for key, values in query.lists() if key not in more for value in values]
    found += [(key, str(value)) for key, value in more.items() if value is not None]
    path = path_of(name, *args)
    return f"{path}?{_encoded(tuple(found))}" if found else path


@lru_cache(maxsize=5_000)
def _encoded(pairs: tuple[tuple[str, str], ...]) -> str:
    """The same few hundred stand on the page each time that it is opened."""
    return urlencode(pairs)


def month(day: date) -> str:
    """Return the code of the month of a day."""
    return Period.of(day, Span.MONTH).code


def ask(user: User, given: QueryDict, at: datetime, *, figure: str = "") -> tuple[DeskForm, Asked | None]:
    """
    Return the form with what the address says, and the question; None where something in it makes no sense.

    :param figure: whose rows are asked for; cards are asked for by rule and state besides
    """
    reach = reach_of(user)
    form_class = CardsForm if figure in OF_CARDS else DeskForm
    form = form_class(given, reach=reach, today=timezone.localdate(at))
    query = QueryDict(mutable=True)
    for name in form.fields:
        if value := given.get(name, ""):
            query[name] = value
    if not form.is_valid():
        return form, None
    values: Mapping[str, Any] = form.cleaned_data
    return form, Asked(
        user=user,
        at=at,
        reach=reach,
        period=form.meant,
        organ_ids=form.organ_ids,
        kind=values["kind"],
        category=values["category"],
        channel=values["channel"],
        query=query,
        group=given.get("group", ""),
        without=Case.objects.keys_concerning(user),
        cards=form.cards if isinstance(form, CardsForm) else {},
    )


@contextmanager
def one_picture() -> Iterator[None]:
    """
    Read everything as of one moment: what is filed meanwhile is in all parts of a page, or in none.

    So nothing changes meanwhile, and what several parts ask for is asked once. Where a transaction runs already, as in
    most tests, it is left as it is.
    """
    with at_once():
        if connection.in_atomic_block:
            yield
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
