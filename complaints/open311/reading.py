"""
What may be read of requests, and how it is asked for (GeoReport v2; docs/trust.md Z-17, P-14; decision 0017).

Two kinds of entries, and none leads to the other. The list has public versions alone: texts that two persons let
through, with the moment of the publication for their dates, as the day of a filing is shown to nobody. By the id that a
filing was answered with, whoever has it reads state, dates, kind and organ of that request, and no text. Nothing about
conduct is in either. Every answer takes a fixed number of questions to the database.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import F, OuterRef, Subquery
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from complaints import deadlines
from complaints.enums import Category, Kind, State
from complaints.models import Case, CaseEvent, FiledRequest, PublicAnswer
from complaints.open311.faults import absent, bad
from complaints.open311.rendering import Document
from complaints.open311.services import TOLD
from complaints.publishing import PUBLISHABLE
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.deadlines.rules import terms_of
from efficiency.timing import due, store

LONGEST_SPAN = timedelta(days=90)
MOST_REQUESTS = 1000
# Pages are an extension that several cities have; offsets stay bounded (docs/trust.md R-08).
MOST_PAGES = 100
OPEN, CLOSED = "open", "closed"
# Ids as they are drawn (``complaints.models.public_answer.new_slug``); of anything else the database is not asked.
_ID = re.compile(r"[0-9a-f]{16}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LAST_OF_DAY = timedelta(days=1) - timedelta(microseconds=1)

# Answered, or ended without an answer; a rework or a review opens a case again.
CLOSED_STATES = (*PUBLISHABLE, State.REJECTED, State.REDIRECTED, State.WITHDRAWN)
# The promises whose day is the one to wait for; before the acceptance it is reckoned from that one's.
ANSWERS = (deadlines.REPLY, deadlines.REWORK, deadlines.REVIEW, deadlines.FINAL)


@dataclass(frozen=True, slots=True)
class Query:
    """What the list is asked for; moments included on both sides."""

    since: datetime
    until: datetime
    kinds: Collection[str]
    wants_closed: bool
    first: int
    size: int


def query_of(asked: QueryDict, *, at: datetime) -> Query:
    """
    Return the question that the parameters ask at ``at``: the last 90 days where they say nothing.

    :raises Fault: a date, a status or a page that is none, or a span of more than 90 days
    """
    since, until = _moment(asked, "start_date"), _moment(asked, "end_date")
    # A day alone is included to its end; how far apart two days are is counted from one to the other.
    rest = _LAST_OF_DAY if until is not None and _is_day(asked, "end_date") else timedelta(0)
    if until is None:
        until = at if since is None else since + LONGEST_SPAN
    if since is None:
        since = until - LONGEST_SPAN
    if until + rest < since:
        raise bad(_("end_date lies before start_date."))
    if until - since > LONGEST_SPAN:
        raise bad(_("start_date and end_date may be at most 90 days apart."))
    codes, states = listed(asked.get("service_code", "")), listed(asked.get("status", ""))
    if not set(states) <= {OPEN, CLOSED}:
        raise bad(_("status is open, closed or both."))
    size = _number(asked, "page_size", MOST_REQUESTS, at_most=MOST_REQUESTS)
    page = _number(asked, "page", 1, at_most=MOST_PAGES)
    return Query(
        since=since,
        until=until + rest,
        kinds=[kind for kind, service in TOLD.items() if not codes or service.code in codes],
        wants_closed=not states or CLOSED in states,
        first=(page - 1) * size,
        size=size,
    )


def listing(query: Query) -> Document:
    """Return the public versions that a question asks for, the newest first; what is public was answered."""
    if not query.kinds or not query.wants_closed:
        return _document([])
    rows = _public().filter(kind__in=query.kinds, decided_at__gte=query.since, decided_at__lte=query.until)
    return _document(map(_of_answer, rows[query.first : query.first + query.size]))


def by_ids(slugs: Collection[str], *, at: datetime) -> Document:
    """Return the entries of these ids, in the order asked for; what does not exist, or is not told, is left out."""
    wanted = [slug for slug in dict.fromkeys(slugs) if _ID.fullmatch(slug)][:MOST_REQUESTS]
    if not wanted:
        return _document([])
    found = {answer.slug: _of_answer(answer) for answer in _public().filter(slug__in=wanted)}
    found |= _of_filed(wanted, at)
    return _document(found[slug] for slug in wanted if slug in found)


def one(slug: str, *, at: datetime) -> Document:
    """
    Return the list with the entry of one id.

    :raises Fault: there is none, or nothing of it is told
    """
    document = by_ids([slug], at=at)
    if not document.content:
        raise absent(_("There is no request of this service_request_id."))
    return document


def of_token(token: str, *, at: datetime) -> Document:
    """
    Return the id that belongs to a token: every filing is answered with the id at once, which is a token as well.

    :raises Fault: there is none, or nothing of it is told
    """
    if not by_ids([token], at=at).content:
        raise absent(_("There is no such token."))
    return _document([{"service_request_id": token, "token": token}])


def listed(text: str) -> list[str]:
    """Return what is listed between commas."""
    return [each for part in text.split(",") if (each := part.strip())]


def _document(entries: Iterable[Mapping[str, Any]]) -> Document:
    return Document("service_requests", list(entries))


def _moment(asked: QueryDict, name: str) -> datetime | None:
    """A moment of ISO 8601; without a zone it is by the clock here, and a plus may have come as a space."""
    text = asked.get(name, "").strip()
    if not text:
        return None
    try:
        moment = parse_datetime(text.replace(" ", "+")) or parse_datetime(text)
        if moment is None and (day := parse_date(text)):
            moment = datetime.combine(day, time.min)
    except ValueError:
        moment = None
    # Spans are counted from it, and no calendar of anybody's reaches further.
    if moment is None or not 1900 < moment.year < 2200:
        raise bad(_("%(name)s is not a moment such as 2026-11-24T09:00:00+08:00.") % {"name": name})
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


def _is_day(asked: QueryDict, name: str) -> bool:
    """Say whether a parameter that is a moment names a day alone."""
    return _DAY.fullmatch(asked.get(name, "").strip()) is not None


def _number(asked: QueryDict, name: str, default: int, *, at_most: int) -> int:
    text = asked.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= at_most):
        raise bad(_("%(name)s is a number from 1 to %(most)d.") % {"name": name, "most": at_most})
    return int(text)


# --- Public versions -----------------------------------------------------------------------------------------------


def _public() -> Any:
    shown = ("slug", "kind", "title", "question", "answer", "decided_at", "organ__name")
    rows = PublicAnswer.objects.public().filter(kind__in=TOLD).exclude(category=Category.INTEGRITY)
    return rows.select_related("organ").only(*shown)


def _of_answer(answer: PublicAnswer) -> dict[str, Any]:
    return _entry(
        slug=answer.slug,
        is_closed=True,
        notes=answer.answer,
        kind=answer.kind,
        description=f"{answer.title}\n{answer.question}",
        agency=answer.organ.name,
        requested_at=answer.decided_at,
        updated_at=answer.decided_at,
        expected_at=None,
    )


# --- What was filed here -------------------------------------------------------------------------------------------


def _of_filed(slugs: Collection[str], at: datetime) -> dict[str, dict[str, Any]]:
    """Return the entries of what was filed under these ids, as far as it may be told and its time is not over."""
    steps = CaseEvent.objects.filter(case=OuterRef("case")).exclude(from_state=F("to_state"))
    related = ("case__handling_organ", "case__office", "case__leading__handling_organ", "case__leading__office")
    rows = (
        FiledRequest.objects.told()
        .filter(slug__in=slugs)
        .select_related(*related)
        .annotate(moved_at=Subquery(steps.order_by("-number").values("at")[:1]))
    )
    on = timezone.localdate(at)
    kept = [row for row in rows if row.case.is_readable(on)]
    waits = _waits([row.case.answering for row in kept], at)
    return {row.slug: _of_request(row.slug, row.case, row.moved_at, waits.get(row.case.answering.pk)) for row in kept}


def _of_request(slug: str, case: Case, moved_at: datetime, expected_at: datetime | None) -> dict[str, Any]:
    answering = case.answering
    is_closed = answering.state in CLOSED_STATES
    return _entry(
        slug=slug,
        is_closed=is_closed,
        notes=State(answering.state).label,
        kind=case.kind,
        description=None,
        agency=str(answering.handling_organ or answering.office),
        requested_at=case.received_at,
        updated_at=_closed_at(answering, case) or moved_at if is_closed else moved_at,
        expected_at=None if is_closed else expected_at,
    )


def _closed_at(answering: Case, case: Case) -> datetime | None:
    """The moment of the reply, which is what closes a request; a joined case got an earlier one with the joining."""
    if answering.replied_at is None or answering.state not in PUBLISHABLE:
        return None
    return max(answering.replied_at, case.received_at)


def _waits(cases: Collection[Case], at: datetime) -> dict[int, datetime]:
    """Return by when an answer is promised, by case; a clock that stands still promises no day."""
    running = Deadline.objects.filter(
        content_type=deadlines.content_type(),
        object_id__in=[case.pk for case in cases],
        kind__in=[deadlines.ACCEPT, *ANSWERS],
        state=DeadlineState.OPEN,
    )
    rows = list(running.order_by("due_at"))
    found = {row.object_id: row.due_at for row in rows if row.kind in ANSWERS}
    undecided = [row for row in rows if row.object_id not in found]
    if undecided:
        on, calendar = due.local_day(at), store.load()
        kinds = {case.pk: case.kind for case in cases}
        limits = {kind: terms_of(deadlines.REPLY, Kind(kind), on=on).limit for kind in set(kinds.values())}
        for row in undecided:
            # As the public form offers it: accepted on the last day for that.
            found[row.object_id] = due.due_at(row.due_at, limits[kinds[row.object_id]], calendar=calendar)
    return found


def _entry(
    *,
    slug: str,
    is_closed: bool,
    notes: Any,
    kind: str,
    description: str | None,
    agency: str,
    requested_at: datetime | None,
    updated_at: datetime | None,
    expected_at: datetime | None,
) -> dict[str, Any]:
    """Return an entry with every field of the standard; place and media are never told (docs/trust.md P-14)."""
    service = TOLD[kind]
    return {
        "service_request_id": slug,
        "status": CLOSED if is_closed else OPEN,
        "status_notes": notes,
        "service_name": service.name,
        "service_code": service.code,
        "description": description,
        "agency_responsible": agency,
        "service_notice": None,
        "requested_datetime": requested_at,
        "updated_datetime": updated_at,
        "expected_datetime": expected_at,
        "address": None,
        "address_id": None,
        "zipcode": None,
        "lat": None,
        "long": None,
        "media_url": None,
    }
