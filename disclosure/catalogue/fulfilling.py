"""
What a published document fulfils (docs/domain.md 6).

A document fulfils what its editor named, of the same organ and heading; what the fact asks for of which it was made;
and what is owed anew because it had run out itself. The promise is kept at the moment of the publication, in time or
late, and stays so.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from disclosure.catalogue.promise import KIND
from disclosure.catalogue.refusals import Invalid, NotAllowed, NotInState
from disclosure.enums import OwedState, Rhythm
from disclosure.models import Column, Document, DocumentVersion, OwedPublication
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.deadlines import actions as deadlines
from efficiency.organs.models import Organ
from efficiency.timing.due import local_day

# What is owed anew carries the number of what had been fulfilled before in its key.
AFTER = "after:"
# Whether the document of what was owed upon a fact was taken back last by its source and not by a person: nobody can
# publish again what may no longer be told. ``owed`` and ``duty`` are rows, ``cut`` the moment that is looked at.
TAKEN_BACK = """
    duty.rhythm = 'event' AND owed.document_id IS NOT NULL AND coalesce((
        SELECT document.source <> '' AND step.by_id IS NULL
          FROM disclosure_documentevent AS step JOIN disclosure_document AS document ON document.id = step.document_id
         WHERE step.document_id = owed.document_id AND step.action = 'withdraw' AND step.at <= {cut}
         ORDER BY step.id DESC LIMIT 1), false)
"""


def open_for(organ: Organ, column: Column) -> QuerySet[OwedPublication]:
    """Return what a document of the organ under the heading could fulfil, the most urgent first."""
    return OwedPublication.objects.open().filter(organ=organ, duty__column=column).by_time_left()


@transaction.atomic
def fulfil(version: DocumentVersion, /, *, at: datetime, publishes: Collection[int] = ()) -> list[OwedPublication]:
    """
    Mark what the publication of a version fulfils at ``at`` and keep the promises; return what that was.

    Runs in the transaction of the publication. What was fulfilled or released meanwhile stays as it is, so that two
    calls do no harm. What has to be there at any time is fulfilled by what holds on that day alone.

    :param publishes: ids of what the editor named
    :raises Invalid: one of them is of another organ or heading
    """
    document = version.document
    _check_named(document, publishes)
    meant = Q(pk__in=list(publishes)) | _of_its_fact(document) | Q(pk__in=_owed_anew(document))
    waiting = OwedPublication.objects.open().filter(meant, organ_id=document.organ_id, raised_at__lte=at)
    if not _holds(version, local_day(at)):
        waiting = waiting.exclude(duty__rhythm=Rhythm.ONCE)
    found = list(waiting.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for owed in found:
        _fulfil(owed, document, at=at)
    return found


def _holds(version: DocumentVersion, on: date) -> bool:
    """Say whether what a version says holds on the day, as ``published_for`` does."""
    is_repealed = version.repealed_on is not None and version.repealed_on <= on
    return not is_repealed and (version.valid_until is None or version.valid_until >= on)


def _fulfil(owed: OwedPublication, document: Document, *, at: datetime) -> None:
    owed.state, owed.document, owed.published_at = OwedState.PUBLISHED, document, at
    owed.save(update_fields=["state", "document", "published_at"])
    deadlines.meet(owed, KIND, at=at)


def published_for(owed: OwedPublication, *, at: datetime) -> QuerySet[Document]:
    """
    Return the published documents that could fulfil what is owed: of its organ and heading, the newest first.

    What has to be there at any time is fulfilled by what holds now alone.
    """
    on = local_day(at)
    fitting = Document.objects.readable().filter(organ_id=owed.organ_id, column_id=owed.duty.column_id)
    if owed.duty.rhythm == Rhythm.ONCE:
        fitting = fitting.exclude(public_version__valid_until__lt=on).exclude(public_version__repealed_on__lte=on)
    return fitting.order_by("-published_at", "-pk")


@transaction.atomic
def name(owed: OwedPublication, document: Document, /, *, by: User, at: datetime) -> OwedPublication:
    """
    Say that a document which is published already fulfils what is owed.

    It is fulfilled now and not when the document was published: whoever had to be told by now was told.

    :raises NotAllowed: ``by`` may not say so for this organ
    :raises NotInState: it was published or released meanwhile
    :raises Invalid: the document is of another organ or heading, is not published, or holds no more
    """
    locked = OwedPublication.objects.select_for_update(of=("self",), no_key=True).select_related("duty")
    owed = locked.get(pk=owed.pk)
    if not may(by, "owed.fulfil", owed, fresh=True):
        raise NotAllowed(_("What this organ owes is not yours to publish."))
    if not owed.is_open:
        raise NotInState(_("This was published or released meanwhile."))
    if not published_for(owed, at=at).filter(pk=document.pk).exists():
        raise Invalid(_("Name a document that is published by the organ under the same heading and holds."), "document")
    _fulfil(owed, document, at=at)
    record("owedpublication.fulfil", actor=by, obj=owed, detail={"document": document.pk}, at=at)
    return owed


def _check_named(document: Document, publishes: Collection[int]) -> None:
    named = OwedPublication.objects.filter(pk__in=list(publishes))
    fitting = named.filter(organ_id=document.organ_id, duty__column_id=document.column_id)
    if fitting.count() != len(set(publishes)):
        raise Invalid(_("A document fulfils only what its own organ owes under the same heading."), "publishes")


def _of_its_fact(document: Document) -> Q:
    """Return the condition of what the fact asks for of which the document was made."""
    if not document.source:
        return Q(pk__in=[])
    return Q(duty__event=document.source, duty__column_id=document.column_id, source_key=document.source_key)


def _owed_anew(document: Document) -> QuerySet[OwedPublication]:
    """Return what is owed anew because this document was withdrawn or ran out."""
    renewal = Concat(Value(AFTER), Cast("pk", CharField()), output_field=CharField())
    before = OwedPublication.objects.annotate(renewal=renewal).filter(
        document=document, duty=OuterRef("duty"), renewal=OuterRef("key")
    )
    return OwedPublication.objects.open().filter(Exists(before), organ_id=document.organ_id)


def path_of_queue() -> str:
    """Return the page of what is still to be published."""
    return reverse("admin:disclosure_owedpublication_changelist")
