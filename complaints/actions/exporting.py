"""A list of cases as a file: what whoever takes it out may see anyway, never who complained (docs/access.md)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import translation
from django.utils.functional import Promise as Lazy
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from complaints import deadlines
from complaints.models import Case
from complaints.querysets import CaseQuerySet
from complaints.refusals import Invalid, NotAllowed, Refused, TooOften
from efficiency.access import limits
from efficiency.access.may import Cell, cells_of
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines.models import Deadline
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


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, and what a case shows in it; the second value is the working days used for the reply."""

    label: Lazy
    value: Callable[[Case, int | None], Value]
    is_header: bool = False


H = True
COLUMNS = (
    Column(_("number"), lambda case, _used: case.number, H),
    Column(_("title"), lambda case, _used: case.title),
    Column(_("kind"), lambda case, _used: case.get_kind_display()),
    Column(_("category"), lambda case, _used: case.get_category_display() if case.category else None),
    Column(_("state"), lambda case, _used: case.get_state_display(), H),
    Column(_("outcome"), lambda case, _used: case.get_outcome_display() if case.outcome else None, H),
    Column(_("addressed organ"), lambda case, _used: _name(case.organ)),
    Column(_("efficiency office in charge"), lambda case, _used: _name(case.office), H),
    Column(_("handling organ"), lambda case, _used: _name(case.handling_organ), H),
    Column(_("handler"), lambda case, _used: _name(case.handler)),
    Column(_("received at"), lambda case, _used: case.received_at, H),
    Column(_("accepted at"), lambda case, _used: case.accepted_at, H),
    Column(_("replied at"), lambda case, _used: case.replied_at, H),
    Column(_("closed at"), lambda case, _used: case.closed_at, H),
    Column(_("archived at"), lambda case, _used: case.archived_at, H),
    Column(_("next due"), lambda case, _used: case.next_due_at),
    Column(pgettext_lazy("column of a list", "working days used for the reply"), lambda _case, used: used),
)


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
        record("case.export", actor=by, outcome=Outcome.REFUSED, detail=detail, at=at)
        raise NotAllowed(_("Lists of cases are not yours to take out."))
    # Whoever calls has scoped the list for the page; the file is scoped again, as rights stand now (Z-06).
    wanted = scoped(cases, by)
    count = size_of(wanted)
    if refusal := refusal_of(count, is_confirmed=is_confirmed):
        raise refusal
    if wait_seconds := limits.export(by.pk, at=at).wait_seconds:
        record("case.export", actor=by, outcome=Outcome.REFUSED, detail=detail, at=at)
        raise TooOften(_("You have taken out many lists within an hour. Please try again later."), wait_seconds)
    with transaction.atomic():
        record("case.export", actor=by, detail={**detail, "rows": count}, at=at)
    # Never more rows than were written down, whatever is filed meanwhile.
    return Export(count, f"cases-{at:%Y%m%d-%H%M}.{as_.value}", _rows(wanted[:count], columns_for(by), at))


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


def _rows(cases: CaseQuerySet, columns: Sequence[Column], at: datetime) -> Iterator[Sequence[Value]]:
    """Yield the rows while they are read, in the language of whoever asked: the answer has begun by then."""
    language = translation.get_language() or ""
    with translation.override(language):
        head = [capfirst(str(column.label)) for column in columns]
    yield head
    calendar = store.load()
    read = cases.select_related("organ", "office", "handling_organ", "handler")
    waiting = read.defer("description", "search_pairs", "code_hash").iterator(chunk_size=CHUNK)
    while chunk := list(islice(waiting, CHUNK)):
        used = _days_used([case.pk for case in chunk], calendar, at)
        with translation.override(language):
            lines = [[_shown(column.value(case, used.get(case.pk))) for column in columns] for case in chunk]
        yield from lines


def _shown(value: Value | Lazy) -> Value:
    return str(value) if isinstance(value, Lazy) else value


def _days_used(case_ids: Sequence[int], calendar: WorkCalendar, at: datetime) -> dict[int, int]:
    """Return for each case with a promised reply the working days used for it, until it was kept or until ``at``."""
    promises = Deadline.objects.filter(
        content_type=deadlines.content_type(), object_id__in=case_ids, kind=deadlines.REPLY
    ).order_by("object_id", "generation")
    return {each.object_id: _used(each, calendar, at) for each in promises}


def _used(promise: Deadline, calendar: WorkCalendar, at: datetime) -> int:
    until = promise.ended_at or promise.suspended_at or at
    gone = calendar.working_days_between(local_day(promise.started_at), local_day(until))
    return max(0, gone - promise.suspended_days)


def _name(row: object | None) -> str | None:
    return str(row) if row is not None else None
