"""A list of cases as a file: what whoever takes it out may see anyway, never who complained (docs/access.md)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext, pgettext_lazy

from complaints import deadlines, wording
from complaints.enums import Category, Channel, Kind, Outcome, State
from complaints.models import Case
from complaints.querysets import CaseQuerySet
from complaints.refusals import Invalid, NotAllowed, Refused, TooOften
from complaints.wording import DECIDING
from efficiency.access import limits
from efficiency.access.may import Cell, cells_of
from efficiency.access.models import User
from efficiency.audit.models import Outcome as RecordOutcome
from efficiency.audit.records import record
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ
from efficiency.tables import Format, Value
from efficiency.timing import store
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import local_day

# One file holds at most so many cases; a list beyond is made smaller by a filter (docs/trust.md R-08).
MOST_ROWS = 50_000
# Above so many the password is asked for again (docs/trust.md S-05).
MOST_UNCONFIRMED = 500
# Cases that are read at a time, with their promises.
CHUNK = 1000


@dataclass(slots=True)
class Words:
    """What rows are put into words with; looked up once for all rows, as a file has many and few differ."""

    labels: dict[str, dict[str, str]]
    organs: dict[int, str]
    people: dict[int, str]
    # Working days used for the reply and title as it is read, by case; of the cases at hand alone.
    used: dict[int, int]
    titles: dict[int, str]
    # The cases at hand that whoever takes the list does not read as they were written.
    unread: set[int]
    yes: str

    def label(self, field: str, value: str) -> str | None:
        """Return what a stored value of the field is called."""
        return self.labels[field].get(value, value) if value else None

    def organ(self, pk: int | None) -> str | None:
        """Return the name of an organ."""
        return None if pk is None else self.organs[pk]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, and what a case shows in it."""

    label: Lazy
    value: Callable[[Case, Words], Value]
    is_header: bool = False


H = True
COLUMNS = (
    Column(_("number"), lambda case, _words: case.number, H),
    Column(_("title"), lambda case, words: words.titles[case.pk]),
    Column(_("kind"), lambda case, words: words.label("kind", case.kind)),
    Column(_("category"), lambda case, words: words.label("category", case.category)),
    Column(
        _("channel"), lambda case, words: words.label("channel", case.channel) if case.pk not in words.unread else None
    ),
    Column(_("urgent"), lambda case, words: words.yes if case.urgent else None),
    Column(_("people of the group"), lambda case, words: case.group_size if case.pk not in words.unread else None),
    Column(_("state"), lambda case, words: words.label("state", case.state), H),
    Column(_("outcome"), lambda case, words: words.label("outcome", case.outcome), H),
    Column(_("addressed organ"), lambda case, words: words.organ(case.organ_id)),
    Column(_("efficiency office in charge"), lambda case, words: words.organ(case.office_id), H),
    Column(_("handling organ"), lambda case, words: words.organ(case.handling_organ_id), H),
    Column(_("handler"), lambda case, words: words.people.get(case.handler_id or 0)),
    Column(
        _("received at"),
        lambda case, words: case.received_at if case.pk not in words.unread else timezone.localdate(case.received_at),
        H,
    ),
    Column(_("accepted at"), lambda case, _words: case.accepted_at, H),
    Column(_("replied at"), lambda case, _words: case.replied_at, H),
    Column(_("closed at"), lambda case, _words: case.closed_at, H),
    Column(_("archived at"), lambda case, _words: case.archived_at, H),
    Column(_("next due"), lambda case, _words: case.next_due_at),
    Column(
        pgettext_lazy("column of a list", "working days used for the reply"),
        lambda case, words: words.used.get(case.pk),
    ),
)
# The columns of the table that are read for it.
READ = (
    "number",
    "title",
    "kind",
    "category",
    "channel",
    "urgent",
    "group_size",
    "state",
    "outcome",
    "organ_id",
    "handler_id",
    "received_at",
    "accepted_at",
    "replied_at",
    "closed_at",
    "archived_at",
    "next_due_at",
    *DECIDING,
)
LABELLED: dict[str, type[models.TextChoices]] = {
    "kind": Kind,
    "category": Category,
    "channel": Channel,
    "state": State,
    "outcome": Outcome,
}


@dataclass(frozen=True, slots=True)
class Export:
    """A list that may go out: how many cases, and its rows with their head before them."""

    count: int
    name: str
    rows: Iterator[Sequence[Value]]


def columns_for(user: User) -> tuple[Column, ...]:
    """Return the columns that ``user`` gets: headers alone for those who know no more of a case; none without right."""
    cells = cells_of(user, "case.export")
    if cells - {Cell.HEADER}:
        return COLUMNS
    return tuple(column for column in COLUMNS if column.is_header) if cells else ()


def scoped(cases: CaseQuerySet, user: User) -> CaseQuerySet:
    """Keep the cases that an export of ``user`` may hold."""
    if cells_of(user, "case.export") - {Cell.HEADER}:
        return cases.visible_to(user)
    return cases.headers_visible_to(user)


def size_of(cases: CaseQuerySet) -> int:
    """Return how many cases there are, counted no further than one beyond ``MOST_ROWS``."""
    return cases.order_by()[: MOST_ROWS + 1].count()


def export_cases(
    cases: CaseQuerySet,
    /,
    *,
    by: User,
    at: datetime,
    as_: Format,
    filters: Mapping[str, str],
    is_searched: bool = False,
    is_confirmed: bool = False,
) -> Export:
    """
    Let ``by`` take the list ``cases`` out, and write down that it was done: who, which filters, how many rows.

    Words that were searched for may be a name, so of a search it is only kept that there was one (docs/trust.md P-08).

    :param filters: the filters of the list by name, with the codes that were chosen
    :param is_confirmed: whether the password was given lately (docs/trust.md S-05)
    :raises NotAllowed: ``by`` exports no cases
    :raises Invalid: there is nothing, or more than a file holds; or the password has to be given first
    :raises TooOften: the exports of an hour are used up (docs/trust.md R-02)
    """
    detail = {"format": as_.value, "filters": dict(filters), "searched": is_searched}
    if not cells_of(by, "case.export", fresh=True):
        record("case.export", actor=by, outcome=RecordOutcome.REFUSED, detail=detail, at=at)
        raise NotAllowed(_("Lists of cases are not yours to take out."))
    # Whoever calls has scoped the list for the page; the file is scoped again, as rights stand now (Z-06).
    wanted = scoped(cases, by)
    count = size_of(wanted)
    if refusal := refusal_of(count, is_confirmed=is_confirmed):
        raise refusal
    if wait_seconds := limits.export(by.pk, at=at).wait_seconds:
        record("case.export", actor=by, outcome=RecordOutcome.REFUSED, detail=detail, at=at)
        raise TooOften(_("You have taken out many lists within an hour. Please try again later."), wait_seconds)
    with transaction.atomic():
        record("case.export", actor=by, detail={**detail, "rows": count}, at=at)
    # Never more rows than were written down, whatever is filed meanwhile.
    return Export(count, f"cases-{at:%Y%m%d-%H%M}.{as_.value}", _rows(wanted[:count], columns_for(by), by, at))


def refusal_of(count: int, *, is_confirmed: bool) -> Refused | None:
    """Return why so many cases cannot go out, if something stands against it."""
    if count == 0:
        return Invalid(None, _("There is no case in this list."))
    if count > MOST_ROWS:
        return Invalid(
            None,
            ngettext_lazy(
                "A file holds at most %(count)d case. Please make the list smaller by a filter.",
                "A file holds at most %(count)d cases. Please make the list smaller by a filter.",
                MOST_ROWS,
            )
            % {"count": MOST_ROWS},
        )
    if count > MOST_UNCONFIRMED and not is_confirmed:
        return Invalid("password", _("Please enter your password: so long a list goes out only after that."))
    return None


def _rows(cases: CaseQuerySet, columns: Sequence[Column], by: User, at: datetime) -> Iterator[Sequence[Value]]:
    """Return the rows, which are read as they are taken; words are in the language of whoever asks."""
    head = [capfirst(str(column.label)) for column in columns]
    words = Words(
        labels={name: {each.value: str(each.label) for each in choices} for name, choices in LABELLED.items()},
        organs={organ.pk: str(organ) for organ in Organ.objects.order_by()},
        people={},
        used={},
        titles={},
        unread=set(),
        yes=pgettext("answer", "Yes"),
    )
    return chain([head], _lines(cases.only(*READ), columns, words, by, at))


def _lines(
    cases: CaseQuerySet, columns: Sequence[Column], words: Words, by: User, at: datetime
) -> Iterator[Sequence[Value]]:
    calendar = store.load()
    waiting = cases.iterator(chunk_size=CHUNK)
    while chunk := list(islice(waiting, CHUNK)):
        handlers = User.objects.filter(pk__in={case.handler_id for case in chunk if case.handler_id})
        words.people.update({user.pk: str(user) for user in handlers.only("full_name", "username")})
        words.used = _days_used([case.pk for case in chunk], calendar, at)
        read = wording.words_of(chunk, by)
        words.titles = {each.case.pk: str(each.title) for each in read}
        words.unread = {each.case.pk for each in read if not each.is_original}
        for case in chunk:
            yield [column.value(case, words) for column in columns]


def _days_used(case_ids: Sequence[int], calendar: WorkCalendar, at: datetime) -> dict[int, int]:
    """Return for each case with a promised reply the working days used for it, until it was kept or until ``at``."""
    promises = Deadline.objects.filter(
        content_type=deadlines.content_type(), object_id__in=case_ids, kind=deadlines.REPLY
    ).order_by("object_id", "generation")
    columns = ("object_id", "started_at", "ended_at", "suspended_at", "suspended_days")
    return {
        case_id: max(
            0,
            calendar.working_days_between(local_day(started_at), local_day(ended_at or suspended_at or at))
            - not_counted,
        )
        for case_id, started_at, ended_at, suspended_at, not_counted in promises.values_list(*columns)
    }
