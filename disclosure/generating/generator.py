"""
Synthetic documents: made in Python up to a base, copied inside the database beyond it, right by construction.

Making a document costs milliseconds, copying it a fraction of one. A copy has keys, versions, steps and an index number
of its own, and title, text, organ and days of the document it was copied from; the copies lie in the tables in the
order in which they were published. The same count, base and seed give the same documents.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import cast

from django.db import connection, models
from django.utils import timezone

from disclosure.documents import fingerprint
from disclosure.enums import DocumentStep, VersionState
from disclosure.generating.phrases import Phrases
from disclosure.models import Column, Document, DocumentEvent, DocumentVersion
from disclosure.public.indexing import elements_for
from efficiency import copying
from efficiency.organs import foshan, reference
from efficiency.organs.models import Organ, OrganKind

# From this on indexes are made at the end.
BULK = 5_000
CHUNK = 1_000
ORGANS_SINCE = date(2005, 1, 1)
_THEMES = "城乡建设 社会保障 市场监管 教育 卫生健康 环境保护 农业农村 财政金融 交通运输 公共安全"
# Running numbers of synthetic documents begin here in every year, beyond those that organs count up to; those that are
# added later go on from there.
FIRST_NUMBER = 100_000
# Of a hundred documents so many were replaced once, expired, were repealed, were withdrawn.
REPLACED, EXPIRED, REPEALED, WITHDRAWN = 12, 6, 3, 1
SIGNS = "府办建财人教卫环农商交"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A document with its versions and the step that published each of them."""

    document: Document
    versions: Sequence[DocumentVersion]


def generate(base: int, *, times: int, seed: int, days: int, now: datetime, progress: Progress) -> int:
    """
    Add ``base`` documents published within ``days`` before ``now``, and ``times`` copies of each; return how many.

    Organs of the demonstration are added where there are none.
    """
    if not Organ.objects.exists():
        reference.load_organs(foshan.organs(), since=ORGANS_SINCE)
    tables = [model._meta.db_table for model in (DocumentVersion, Document, DocumentEvent)]
    with copying.in_bulk(tables, is_bulk=base * (times + 1) >= BULK):
        first: dict[type[models.Model], int] = {
            model: copying.reserve(copying.sequence_of(model._meta.db_table), count)
            for model, count in ((Document, base), (DocumentVersion, 2 * base))
        }
        bundles = _bundles(base, Random(seed), first, days=days, now=now)  # noqa: S311 - invented texts
        for done in range(0, base, CHUNK):
            _store([next(bundles) for _ in range(min(CHUNK, base - done))])
            progress(min(done + CHUNK, base))
        if times:
            _copy(first[Document], base, times)
            progress(base * (times + 1))
        _count_up()
    return base * (times + 1)


def _bundles(
    count: int, chance: Random, first: dict[type[models.Model], int], *, days: int, now: datetime
) -> Iterator[Bundle]:
    """Yield documents in the order in which they were published."""
    phrases, first_number = Phrases(chance), FIRST_NUMBER + Document.objects.count()
    organs = list(Organ.objects.exclude(kind=OrganKind.EFFICIENCY_OFFICE).order_by("pk"))
    columns = list(Column.objects.filter(is_active=True).order_by("pk"))
    # Some organs publish far more than others.
    weights = [3 if organ.kind == OrganKind.DEPARTMENT else 1 for organ in organs]
    today = timezone.localdate(now)
    for number in range(count):
        on = today - timedelta(days=1 + (count - 1 - number) * (days - 1) // count)
        organ, column = chance.choices(organs, weights)[0], chance.choice(columns)
        theme = chance.choice(_THEMES.split()) if chance.random() < 0.8 else ""
        published_at = timezone.make_aware(datetime.combine(on, time(8 + chance.randrange(9), chance.randrange(60))))
        document = Document(
            pk=first[Document] + number,
            organ=organ,
            column=column,
            theme=theme,
            index_number=f"{organ.code}/{on.year}/{first_number + number}",
            created_at=published_at - timedelta(days=12),
        )
        yield _bundle(document, phrases, chance, first[DocumentVersion] + 2 * number, published_at, now)


def _bundle(
    document: Document, phrases: Phrases, chance: Random, key: int, published_at: datetime, now: datetime
) -> Bundle:
    """Return the document with its version, and for some with the one that it replaced."""
    text = phrases.text(published_at.year)
    fate = chance.randrange(100)
    on = timezone.localdate(published_at)
    is_numbered = chance.random() < 0.6
    version = DocumentVersion(
        pk=key + 1,
        document=document,
        number=1,
        state=VersionState.PUBLISHED,
        title=text.title,
        summary=text.summary,
        body=text.body,
        document_number=f"佛{chance.choice(SIGNS)}〔{on.year}〕{chance.randint(1, 400)}号" if is_numbered else "",
        formed_on=on - timedelta(days=chance.randint(1, 10)),
        drafted_at=published_at - timedelta(days=11),
        handed_in_at=published_at - timedelta(days=11),
        published_at=published_at,
        publish_at=published_at,
    )
    today = timezone.localdate(now)
    if fate < EXPIRED:
        version.valid_until = min(on + timedelta(days=365), today - timedelta(days=1))
    elif fate < EXPIRED + REPEALED:
        version.repealed_on = min(on + timedelta(days=200), today)
    elif fate < EXPIRED + REPEALED + WITHDRAWN:
        version.state, version.ended_at = VersionState.WITHDRAWN, min(published_at + timedelta(days=30), now)
        version.withdrawal_reason = "内容有误，更正后重新公开。"
    versions = [version]
    if fate >= 100 - REPLACED:
        version.number = 2
        versions = [_replaced(version, key, published_at), version]
    document.public_version, document.published_at = version, published_at
    return Bundle(document, versions)


def _replaced(version: DocumentVersion, key: int, replaced_at: datetime) -> DocumentVersion:
    """Return the version before ``version``: its text without the last chapter."""
    before = replaced_at - timedelta(days=60)
    return DocumentVersion(
        pk=key,
        document=version.document,
        number=1,
        state=VersionState.REPLACED,
        title=version.title,
        summary=version.summary,
        body=version.body.rpartition("\n\n## ")[0] or version.body,
        document_number=version.document_number,
        formed_on=version.formed_on - timedelta(days=60),
        drafted_at=before - timedelta(days=11),
        handed_in_at=before - timedelta(days=11),
        published_at=before,
        publish_at=before,
        ended_at=replaced_at,
    )


def _store(bundles: Sequence[Bundle]) -> None:
    """Write a chunk of documents with everything that belongs to them: their rows point at each other."""
    versions = [version for bundle in bundles for version in bundle.versions]
    for bundle in bundles:
        document = bundle.document
        document.search_pairs = elements_for(document, document.public_version, has_files=False)
    Document.objects.bulk_create([bundle.document for bundle in bundles])
    DocumentVersion.objects.bulk_create(versions)
    DocumentEvent.objects.bulk_create(event for version in versions for event in _steps(version))


def _steps(version: DocumentVersion) -> Iterator[DocumentEvent]:
    """Yield the steps of a version that the portal makes and publishes by itself, in their order."""
    shown, at = fingerprint.of(version), cast(datetime, version.published_at)
    for step in (DocumentStep.MAKE, DocumentStep.PUBLISH):
        yield DocumentEvent(document=version.document, version=version, action=step, by=None, at=at, sha256=shown)


# --- Copies ----------------------------------------------------------------------------------------------------------

_COPIES = """
CREATE TEMP TABLE copied ON COMMIT DROP AS
SELECT d.id AS old_id, %(first_document)s - 1 + row_number() OVER (ORDER BY d.published_at, k, d.id) AS new_id, k
  FROM disclosure_document AS d CROSS JOIN generate_series(1, %(times)s) AS k
 WHERE d.id >= %(low)s AND d.id < %(low)s + %(base)s;
CREATE TEMP TABLE copied_version ON COMMIT DROP AS
SELECT v.id AS old_id, nextval('disclosure_documentversion_id_seq') AS new_id, c.new_id AS document_id
  FROM (SELECT * FROM copied ORDER BY new_id) AS c JOIN disclosure_documentversion AS v ON v.document_id = c.old_id;
CREATE INDEX ON copied_version (document_id, old_id);
ANALYZE copied, copied_version;
"""


# The running number at the end of an index number.
_RUNNING = r"\d+$"


def _copy(low: int, base: int, times: int) -> None:
    """Copy the documents whose keys begin with ``low``, ``times`` times each."""
    first = copying.reserve(copying.sequence_of(Document._meta.db_table), base * times)
    running = f"substring(s.index_number, '{_RUNNING}')::int"
    document = _columns(
        Document,
        id="c.new_id",
        public_version_id="cv.new_id",
        index_number=f"regexp_replace(s.index_number, '{_RUNNING}', ({running} + c.k * {base})::text)",
    )
    version = _columns(DocumentVersion, id="cv.new_id", document_id="cv.document_id")
    event = _columns(
        DocumentEvent,
        id="nextval('disclosure_documentevent_id_seq')",
        document_id="cv.document_id",
        version_id="cv.new_id",
    )
    with connection.cursor() as cursor:
        cursor.execute(_COPIES, {"first_document": first, "times": times, "low": low, "base": base})
        cursor.execute(
            f"INSERT INTO disclosure_document ({document.names}) SELECT {document.values}"  # noqa: S608 - our own names
            "  FROM copied AS c JOIN disclosure_document AS s ON s.id = c.old_id"
            "  JOIN copied_version AS cv ON cv.document_id = c.new_id AND cv.old_id = s.public_version_id"
            " ORDER BY c.new_id"
        )
        for table, columns, joined in (
            ("disclosure_documentversion", version, "s.id"),
            ("disclosure_documentevent", event, "s.version_id"),
        ):
            cursor.execute(
                f"INSERT INTO {table} ({columns.names}) SELECT {columns.values}"  # noqa: S608 - our own names
                f"  FROM copied_version AS cv JOIN {table} AS s ON {joined} = cv.old_id ORDER BY cv.new_id, s.id"
            )


_COUNT_UP = """
INSERT INTO disclosure_indexcounter AS c (organ_id, year, last)
SELECT organ_id, split_part(index_number, '/', 2)::int, max(split_part(index_number, '/', 3)::int)
  FROM disclosure_document WHERE index_number IS NOT NULL GROUP BY 1, 2
    ON CONFLICT (organ_id, year) DO UPDATE SET last = greatest(c.last, excluded.last)
"""


def _count_up() -> None:
    """Let organs go on counting beyond the numbers that were given here."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_UP)


@dataclass(frozen=True, slots=True)
class _Columns:
    """The columns of a table and what stands in each of them in a copy, as SQL."""

    names: str
    values: str


def _columns(model: type[models.Model], **made: str) -> _Columns:
    """Return the columns of a model; those that are not ``made`` anew are as in the row ``s``."""
    names = [cast(str, field.column) for field in model._meta.concrete_fields]
    return _Columns(
        ", ".join(f'"{name}"' for name in names), ", ".join(made.get(name, f's."{name}"') for name in names)
    )
