"""
Documents by the hundred, each with its whole course, in a fixed number of statements and one for what each fulfils.

For what was there before disclosure was (``catching_up``) and for the demonstration. What is written is what the steps
of ``disclosure.documents`` would have written one by one: index numbers in the order of publication, an event and an
audit record for each step, the SHA-256 of what was decided on, by what it is found.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import connection, transaction
from django.utils import timezone

from disclosure.catalogue import fulfilling
from disclosure.documents import files, fingerprint
from disclosure.documents.deciding import ALL_POINTS, Points
from disclosure.enums import DocumentStep, LegalForm, VersionState
from disclosure.models import Column, Document, DocumentEvent, DocumentVersion, OwedPublication, SecrecyReview
from disclosure.public import indexing
from efficiency.access.models import User
from efficiency.audit.models import AuditRecord
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ

BATCH = 500
_COUNT = """
INSERT INTO disclosure_indexcounter AS c (organ_id, year, last)
SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS new (organ_id, year, number) ORDER BY organ_id, year
    ON CONFLICT (organ_id, year) DO UPDATE SET last = c.last + EXCLUDED.last
RETURNING organ_id, year, last
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One step with a version: what, by whom (nobody: the portal), when, and what was written down about it."""

    action: DocumentStep
    at: datetime
    by: User | None = None
    note: str = ""


@dataclass(slots=True)
class Text:
    """A version with its course; the steps lie in the order of time, the first of them wrote it."""

    title: str
    body: str
    formed_on: date
    state: VersionState
    steps: list[Step]
    document_number: str = ""
    summary: str = ""
    valid_until: date | None = None
    repealed_on: date | None = None
    published_at: datetime | None = None
    ended_at: datetime | None = None
    withdrawal_reason: str = ""
    owed: Sequence[OwedPublication] = ()
    uploads: Sequence[CleanFile] = ()


@dataclass(slots=True)
class Whole:
    """A document with all its versions, the oldest first; of a source, or written by people."""

    organ: Organ
    column: Column
    texts: list[Text]
    theme: str = ""
    source: str = ""
    source_key: str = ""
    source_path: str = ""
    row: Document = field(init=False)

    @property
    def first_published_at(self) -> datetime | None:
        """When everybody could read it first."""
        return min((text.published_at for text in self.texts if text.published_at), default=None)


@transaction.atomic
def write(wholes: Sequence[Whole], /) -> list[Document]:
    """Write documents that are not there yet, with everything that follows from their publication; return them."""
    numbers = _numbers(wholes)
    for position, whole in enumerate(wholes):
        whole.row = Document(
            organ=whole.organ,
            column=whole.column,
            theme=whole.theme[:30],
            source=whole.source,
            source_key=whole.source_key,
            source_path=whole.source_path,
            index_number=numbers.get(position),
            created_at=whole.texts[0].steps[0].at,
        )
    Document.objects.bulk_create([whole.row for whole in wholes], batch_size=BATCH)
    pairs = [(whole, text, number) for whole in wholes for number, text in enumerate(whole.texts, 1)]
    versions = [_version(whole, text, number) for whole, text, number in pairs]
    DocumentVersion.objects.bulk_create(versions, batch_size=BATCH)
    _write_owed(pairs, versions)
    for (_whole, text, _number), version in zip(pairs, versions, strict=True):
        files.attach(version, text.uploads, at=text.steps[0].at)
    _write_steps(pairs, versions)
    _show(wholes, pairs, versions)
    return [whole.row for whole in wholes]


def _numbers(wholes: Sequence[Whole]) -> dict[int, str]:
    """Return the index numbers by position, in the order of the first publication; the counters go along."""
    wanted: dict[tuple[int, int], list[int]] = defaultdict(list)
    first = {position: whole.first_published_at for position, whole in enumerate(wholes)}
    published = sorted((moment, position) for position, moment in first.items() if moment is not None)
    for moment, position in published:
        wanted[wholes[position].organ.pk, timezone.localdate(moment).year].append(position)
    if not wanted:
        return {}
    keys = sorted(wanted)
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [[key[0] for key in keys], [key[1] for key in keys], [len(wanted[key]) for key in keys]])
        last = {(organ_id, year): number for organ_id, year, number in cursor.fetchall()}
    return {
        position: f"{wholes[position].organ.code}/{key[1]}/{last[key] - len(positions) + place:05}"
        for key, positions in wanted.items()
        for place, position in enumerate(positions, 1)
    }


def _version(whole: Whole, text: Text, number: int) -> DocumentVersion:
    first = text.steps[0]
    was_decided = any(step.action in (DocumentStep.APPROVE, DocumentStep.PUBLISH) for step in text.steps)
    approved_at = next((step.at for step in text.steps if step.action == DocumentStep.APPROVE), None)
    return DocumentVersion(
        document=whole.row,
        number=number,
        state=text.state,
        title=text.title,
        document_number=text.document_number,
        formed_on=text.formed_on,
        valid_until=text.valid_until,
        repealed_on=text.repealed_on,
        legal_form=LegalForm.PROACTIVE,
        summary=text.summary,
        body=text.body,
        drafted_by=first.by if first.action == DocumentStep.DRAFT else None,
        drafted_at=first.at,
        handed_in_at=first.at,
        publish_at=(text.published_at or approved_at) if was_decided else None,
        published_at=text.published_at,
        ended_at=text.ended_at,
        withdrawal_reason=text.withdrawal_reason,
    )


def _write_owed(pairs: Sequence[tuple[Whole, Text, int]], versions: Sequence[DocumentVersion]) -> None:
    through = DocumentVersion.owed.through
    through.objects.bulk_create(
        through(documentversion=version, owedpublication=owed)
        for (_whole, text, _number), version in zip(pairs, versions, strict=True)
        for owed in text.owed
    )


def _write_steps(pairs: Sequence[tuple[Whole, Text, int]], versions: Sequence[DocumentVersion]) -> None:
    """Write events, reviews and audit records, in the order of time."""
    steps = sorted(
        (step.at, position, place)
        for position, (_whole, text, _number) in enumerate(pairs)
        for place, step in enumerate(text.steps)
    )
    sums = [
        fingerprint.of(version)
        if text.uploads
        else fingerprint.sum_of(version, files=(), owed=sorted(owed.pk for owed in text.owed))
        for (_whole, text, _number), version in zip(pairs, versions, strict=True)
    ]
    events, records = [], []
    for at, position, place in steps:
        whole, text, number = pairs[position]
        step = text.steps[place]
        events.append(
            DocumentEvent(
                document=whole.row,
                version=versions[position],
                action=step.action,
                by=step.by,
                at=at,
                note=step.note,
                sha256=sums[position],
            )
        )
        records.append(
            AuditRecord(
                at=at,
                actor=step.by,
                action=f"document.{step.action.value}",
                object_type=Document._meta.label_lower,
                object_id=str(whole.row.pk),
                detail={"version": number, "revision": 1},
            )
        )
    DocumentEvent.objects.bulk_create(events, batch_size=BATCH)
    AuditRecord.objects.bulk_create(records, batch_size=BATCH)
    points = {name: getattr(ALL_POINTS, name) for name in Points.__slots__}
    SecrecyReview.objects.bulk_create(
        SecrecyReview(event=event, ground=event.note, **points)
        for event in events
        if event.action == DocumentStep.REVIEW
    )


def _show(
    wholes: Sequence[Whole], pairs: Sequence[tuple[Whole, Text, int]], versions: Sequence[DocumentVersion]
) -> None:
    """Say of each document which version is public, and let follow what follows from that."""
    public: dict[int, DocumentVersion] = {}
    for (whole, _text, _number), version in zip(pairs, versions, strict=True):
        if version.state in (VersionState.PUBLISHED, VersionState.WITHDRAWN):
            public[whole.row.pk] = version
    shown = [whole.row for whole in wholes if whole.row.pk in public]
    with_files = {whole.row.pk for whole in wholes if any(text.uploads for text in whole.texts)}
    for row in shown:
        version = public[row.pk]
        row.public_version, row.published_at = version, version.published_at
        row.search_pairs = indexing.elements_for(row, version, has_files=row.pk in with_files)
    Document.objects.bulk_update(shown, ["public_version", "published_at", "search_pairs"], batch_size=BATCH)
    for (_whole, text, _number), version in zip(pairs, versions, strict=True):
        # What was owed was fulfilled when the version was published that its editor named it for.
        if text.owed and text.published_at is not None:
            fulfilling.fulfil(version, at=text.published_at, publishes=[owed.pk for owed in text.owed])
    _keep_what_facts_ask_for(shown)


def _keep_what_facts_ask_for(shown: Sequence[Document]) -> None:
    """Mark what is owed upon the facts of which some of the documents were made."""
    owing = OwedPublication.objects.open().exclude(source_key="").order_by()
    waiting = set(owing.values_list("organ_id", "source_key"))
    for row in shown:
        version, at = row.public_version, row.published_at
        if (row.organ_id, row.source_key) in waiting and version is not None and at is not None and version.is_public:
            fulfilling.fulfil(version, at=at)
