"""
What is kept of a request ends in its time, every hour, in batches, unless a hold is on it (docs/trust.md P-10, P-11).

Two years after the end go name and contact, the proofs of identity with their keys, whom a letter asked for an opinion,
and what they said; a record stays, and a line in a list outside the database, so that a restored backup brings nobody
back. Five years after the end go the files of applicant and answer, and after ten all that anybody wrote: number,
organ, kinds, dates, states and outcomes stay, and with them the figures of every year.
"""

from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from disclosure.models import (
    InformationRequest,
    RequestAnswer,
    RequestConsultation,
    RequestErasure,
    RequestEvent,
    RequestExtension,
    RequestFile,
    RequestHold,
    RequestIdentity,
    RequestLook,
    RequestReview,
)
from disclosure.models.request import TEXT_YEARS, RequestQuerySet
from disclosure.requests import deadlines
from disclosure.requests.enums import ENDED, Purpose
from disclosure.requests.identity import YEARS
from disclosure.requests.retaining import holding
from efficiency.audit.append_only import GONE
from efficiency.chain import redacting
from efficiency.deadlines import retention
from efficiency.deadlines.models import Acknowledgement, Deadline, Escalation, Extension
from efficiency.files import store
from efficiency.forgetting import Forgetting
from efficiency.timing.limits import add_months
from efficiency.timing.zone import start_of

BATCH = 200
# So long after the end the files of a request are kept (P-10).
FILE_YEARS = 5
KEPT_NO_LONGER = "texts of requests for information are kept for ten years (P-10)"
# Texts in rows that change, each with the way from it to its request; those of record go by a function of the owner's.
TEXTS = (
    (RequestAnswer, "request", ("text", "severed", "search_note", "remark", "sent_note")),
    (RequestExtension, "request", ("reason",)),
    (RequestReview, "answer__request", ("reasons", "text")),
    # Whatever hold there was has ended: while one stands, nothing of this goes.
    (RequestHold, "request", ("reason", "lift_reason")),
)


def erase_identities(*, at: datetime) -> int:
    """
    Forget who asked in the requests that ended two years before ``at``; return how many requests that were.

    With that go whose opinion was asked for and what they said, which no erasure at the wish of an applicant takes.
    """
    before = _before(YEARS, at)
    while _erase_some_opinions(before, at):
        pass
    return applicants.forget_due(Q(ended_at__lt=before, state__in=ENDED), at=at)


def erase_files(*, at: datetime) -> int:
    """
    Erase what applicants handed in and what answers handed out, five years after the end; return how many files.

    Position, type, size and hash stay. A restored backup needs no list: what outlived its time goes the next hour. In
    batches of one transaction each; safe to run twice, and two at once.
    """
    erased = 0
    while count := _erase_some_files(_before(FILE_YEARS, at), at):
        erased += count
    return erased


def erase_texts(*, at: datetime) -> int:
    """
    Erase what was written about the requests that ended ten years before ``at``; return how many requests that were.

    On the day after the anniversary: the clock of the database counts besides, to the hour. Batches as above. What the
    office noted about a late promise goes ten years after the note, where that is later than the texts.
    """
    before = start_of(add_months(timezone.localdate(at), -12 * TEXT_YEARS))
    erased = 0
    while count := _erase_some_texts(before, at):
        erased += count
    last = 0
    while batch := _erase_some_notes(before, at, after=last):
        last = batch[-1]
    return erased


def replay(*, at: datetime) -> int:
    """
    Erase again what a restored backup brought back of people, before the pages open; return how many applicants.

    Whose opinion was asked for stands in no list: it goes by its time, as it went the first time.
    """
    while _erase_some_opinions(_before(YEARS, at), at):
        pass
    return applicants.replay(at=at)


def _before(years: int, at: datetime) -> datetime:
    """Return the moment before which a request has to have ended so that ``years`` are over on the day of ``at``."""
    return start_of(add_months(timezone.localdate(at), -12 * years) + timedelta(days=1))


@transaction.atomic
def _erase_some_opinions(before: datetime, at: datetime) -> int:
    old = RequestConsultation.objects.exclude(party="", opinion_text="")
    old = old.filter(request__ended_at__lt=before, request__state__in=ENDED)
    wanted = old.exclude(request__in=holding.standing(at).values("request")).order_by("request", "pk")
    ids = _locked(InformationRequest.objects.filter(pk__in=list(wanted.values_list("request", flat=True)[:BATCH])), at)
    rows = RequestConsultation.objects.filter(pk__in=list(old.filter(request__in=ids).values_list("pk", flat=True)))
    return rows.update(party="", opinion_text="")


@transaction.atomic
def _erase_some_files(before: datetime, at: datetime) -> int:
    old = RequestFile.objects.filter(
        purpose__in=(Purpose.MATERIAL, Purpose.ANSWER),
        erased_at__isnull=True,
        request__ended_at__lt=before,
        request__state__in=ENDED,
    )
    wanted = old.exclude(request__in=holding.standing(at).values("request")).order_by("request", "pk")
    ids = _locked(InformationRequest.objects.filter(pk__in=list(wanted.values_list("request", flat=True)[:BATCH])), at)
    rows = dict(old.filter(request__in=ids).values_list("pk", "storage_name"))
    RequestFile.objects.filter(pk__in=rows).update(erased_at=at, storage_name="")
    store.remove_after_commit(list(rows.values()))
    return len(rows)


@transaction.atomic
def _erase_some_texts(before: datetime, at: datetime) -> int:
    old = InformationRequest.objects.filter(texts_erased_at__isnull=True, ended_at__lt=before, state__in=ENDED)
    wanted = old.exclude(pk__in=holding.standing(at).values("request")).order_by("ended_at", "pk")
    ids = _locked(InformationRequest.objects.filter(pk__in=list(wanted.values_list("pk", flat=True)[:BATCH])), at)
    if not ids:
        return 0
    # Of what is left to the clock of the database nothing is taken here either: it is not marked, and comes again.
    ids = _forget_record(ids)
    rows = InformationRequest.objects.filter(pk__in=ids)
    rows.exclude(description="").update(description=GONE)
    rows.update(title=GONE, texts_erased_at=at)
    for model, way, columns in TEXTS:
        for column in columns:
            of_these = model._default_manager.filter(**{f"{way}__in": ids})
            of_these.exclude(**{column: ""}).update(**{column: GONE})
    _note_what_is_gone(ids, at)
    retention.forget_suspensions(InformationRequest, ids)
    return len(ids)


@transaction.atomic
def _erase_some_notes(before: datetime, at: datetime, *, after: int) -> list[int]:
    """Erase what was noted about promises after the request had ended; return which requests were looked at."""
    type_ = ContentType.objects.get_for_model(InformationRequest)
    noted = Acknowledgement.objects.filter(escalation__content_type=type_, at__lt=before).exclude(note__in=["", GONE])
    rows = InformationRequest.objects.filter(texts_erased_at__isnull=False, pk__gt=after)
    wanted = rows.filter(pk__in=noted.values("escalation__object_id")).order_by("pk")
    batch = list(wanted.values_list("pk", flat=True)[:BATCH])
    if ids := _locked(InformationRequest.objects.filter(pk__in=batch), at):
        _note_what_is_gone(_forget_record(ids), at)
    return batch


def _forget_record(ids: list[int]) -> list[int]:
    """Take the texts of rows of record; return of which requests the clock of the database lets them go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_forget_requests(%s)", [ids])
        (taken,) = cursor.fetchone()
    return sorted(taken)


def _note_what_is_gone(ids: list[int], at: datetime) -> None:
    """Keep the chain of hashes whole: of each row of record whose texts went it is written down why (L-05)."""
    redacting.note(RequestEvent, at=at, why=KEPT_NO_LONGER, request=ids)
    redacting.note(RequestLook, at=at, why=KEPT_NO_LONGER, request=ids)
    type_ = ContentType.objects.get_for_model(InformationRequest)
    promised = Deadline.objects.filter(content_type=type_, object_id__in=ids).values_list("pk", flat=True)
    escalated = Escalation.objects.filter(content_type=type_, object_id__in=ids).values_list("pk", flat=True)
    redacting.note(Extension, at=at, why=KEPT_NO_LONGER, deadline=list(promised))
    redacting.note(Acknowledgement, at=at, why=KEPT_NO_LONGER, escalation=list(escalated))


def _locked(rows: RequestQuerySet, at: datetime) -> list[int]:
    """Lock requests that nobody else has, and return the keys of those that no hold keeps even now."""
    locked = rows.order_by("pk").select_for_update(of=("self",), no_key=True, skip_locked=True)
    ids = list(locked.values_list("pk", flat=True))
    held = set(holding.standing(at).filter(request__in=ids).values_list("request", flat=True))
    return [pk for pk in ids if pk not in held]


def _known() -> RequestQuerySet:
    is_there = Q(identity__isnull=False) | Q(files__purpose=Purpose.PROOF, files__erased_at__isnull=True)
    return InformationRequest.objects.filter(is_there).distinct()


def _forget(found: list[InformationRequest], at: datetime) -> None:
    ids = [request.pk for request in found]
    deadlines.end_of_person(found, at=at)
    proofs = RequestFile.objects.filter(request__in=ids, purpose=Purpose.PROOF, erased_at__isnull=True)
    names = list(proofs.values_list("sealed_name", flat=True))
    proofs.update(erased_at=at, sealed_name="", sealed_key=b"", sealed_sha256=b"", original_name=b"")
    RequestIdentity.objects.filter(request__in=ids).delete()
    store.remove_after_commit(names)


applicants: Forgetting[InformationRequest] = Forgetting(
    of="requests",
    model=InformationRequest,
    moment="received_at",
    erasure=RequestErasure,
    subject="request",
    known=_known,
    forget=_forget,
    held=lambda at: holding.standing(at).values_list("request", flat=True),
)
