"""The datasets of disclosure: documents, what must be published, and how that was kept (docs/domain.md 6)."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime

from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.automatic import sources
from disclosure.enums import Category, LegalForm, OwedState, Rhythm, VersionState
from disclosure.models import Column, Document, DocumentEvent, OwedPublication, PublicationDuty
from efficiency import datasets
from efficiency.datasets import Dataset, Field, FieldType, Stamp, Value
from efficiency.pages import sitemaps

ORGAN_FIELDS = (
    Field("organ_code", _("code of the organ"), _("The organ whose row it is."), is_required=True),
    Field("organ", _("organ"), _("Its name."), is_required=True),
)
COLUMN_FIELDS = (
    Field("column_code", _("code of the column"), _("The heading of the catalogue."), is_required=True),
    Field("column", pgettext_lazy("of the catalogue", "column"), _("The name of the heading."), is_required=True),
)


# --- Documents -------------------------------------------------------------------------------------------------------

DOCUMENT_FIELDS = (
    Field("index_number", _("index number"), _("Names the document for ever."), is_required=True),
    Field(
        "title",
        _("title"),
        _("As it was published; of public versions of cases only what kind of document it is."),
        is_required=True,
    ),
    Field("document_number", _("document number"), _("The number that the organ gave it, where it has one.")),
    *ORGAN_FIELDS,
    *COLUMN_FIELDS,
    Field(
        "category",
        _("category"),
        _("The one of the six that the column belongs to; empty for columns that only the law knows."),
        codes=tuple(Category.choices),
    ),
    Field("theme", _("theme"), _("What it is about.")),
    Field("formed_on", _("formed on"), _("The day on which it was made."), FieldType.DAY, is_required=True),
    Field(
        "published_at",
        _("published at"),
        _("When the text that holds became public."),
        FieldType.MOMENT,
        is_required=True,
    ),
    Field("valid_until", _("valid until"), _("Its last day; empty: until further notice."), FieldType.DAY),
    Field("repealed_on", _("repealed on"), _("The day from which it no longer holds."), FieldType.DAY),
    Field(
        "state",
        _("state"),
        _("Whether it can be read, or was withdrawn after it could."),
        codes=tuple((state.value, state.label) for state in (VersionState.PUBLISHED, VersionState.WITHDRAWN)),
        is_required=True,
    ),
    Field(
        "version",
        _("version"),
        _("The number of the text that holds, counted from 1."),
        FieldType.WHOLE,
        is_required=True,
    ),
    Field("source", _("source"), _("The kind of fact of which it was made by itself; empty: somebody wrote it.")),
    Field("page", _("page"), _("Where the portal shows it."), is_address=True, is_required=True),
)


def documents(at: datetime) -> Iterator[list[Value]]:
    """Yield all documents that everybody may read, and those withdrawn after everybody could."""
    rows = Document.objects.public().filter(public_version__legal_form=LegalForm.PROACTIVE)
    for document in datasets.in_chunks(rows.select_related("organ", "column", "public_version").defer(*_LONG)):
        version = document.public_version
        yield [
            document.index_number,
            sources.title_in_data(document.source, version.title),
            version.document_number,
            document.organ.code,
            document.organ.name,
            document.column.code,
            document.column.name,
            document.column.category,
            document.theme,
            version.formed_on,
            document.published_at,
            version.valid_until,
            version.repealed_on,
            version.state,
            version.number,
            document.source,
            sources.page_of(document.pk),
        ]


# Nobody reads these from a list.
_LONG = ("search_pairs", "public_version__body", "public_version__summary")


def documents_stamp(at: datetime) -> Stamp:
    """Return what changes with every step with a document."""
    last = DocumentEvent.objects.order_by("-pk").values_list("pk", "at").first() or (0, None)
    organs = datasets.last_change("efficiency.OrganEvent")
    return Stamp(f"{last[0]}-{organs.number}-{_columns_token()}", last[1])


def _columns_token() -> str:
    """Return what changes when a heading is put otherwise, of which no history is kept; there are a few dozen."""
    columns = Column.objects.order_by("pk").values_list("pk", "code", "name", "category")
    return hashlib.sha256(repr(list(columns)).encode()).hexdigest()[:16]


# --- Duties ----------------------------------------------------------------------------------------------------------

DUTY_FIELDS = (
    Field("duty", _("number of the duty"), _("Names the duty for ever."), FieldType.WHOLE, is_required=True),
    *ORGAN_FIELDS,
    *COLUMN_FIELDS,
    Field("title", _("what is published"), _("What the organ has to publish."), is_required=True),
    Field("post_code", _("post in charge"), _("The code of the post that answers for it.")),
    Field("rhythm", _("rhythm"), _("How often it comes due."), codes=tuple(Rhythm.choices), is_required=True),
    Field("event", _("fact upon which it is owed"), _("For what is owed whenever it happens.")),
    Field(
        "limit",
        _("limit"),
        _("Within so many working days after the end of the period, or after the fact."),
        FieldType.WHOLE,
        unit=_("working days"),
        is_required=True,
    ),
    Field("fixed_day", _("fixed day"), _("Month and day (MM-DD) by which it is due instead, where the law names one.")),
    Field("form", _("form of publication"), _("In which form it is published.")),
    Field("legal_basis", _("legal basis"), _("The rule that asks for it."), is_required=True),
    Field("holds_from", _("holds from"), _("The first day of the duty."), FieldType.DAY, is_required=True),
    Field("holds_until", _("no longer holds from"), _("The day on which it has ended."), FieldType.DAY),
)


def duties(at: datetime) -> Iterator[list[Value]]:
    """Yield all duties to publish, those that have ended too."""
    rows = PublicationDuty.objects.select_related("organ", "column", "post")
    for duty in datasets.in_chunks(rows):
        fixed = f"{duty.fixed_month:02}-{duty.fixed_day:02}" if duty.fixed_month and duty.fixed_day else ""
        yield [
            duty.pk,
            duty.organ.code,
            duty.organ.name,
            duty.column.code,
            duty.column.name,
            duty.title,
            duty.post.code if duty.post else "",
            duty.rhythm,
            duty.event,
            duty.limit,
            fixed,
            duty.form,
            duty.legal_basis,
            duty.holds_from,
            duty.holds_until,
        ]


def duties_stamp(at: datetime) -> Stamp:
    """Return what changes when a duty does."""
    histories = ("disclosure.PublicationDutyEvent", "efficiency.OrganEvent", "efficiency.PostEvent")
    changes = [datasets.last_change(each) for each in histories]
    moments = [each.at for each in changes if each.at is not None]
    numbers = "-".join(str(each.number) for each in changes)
    return Stamp(f"{numbers}-{_columns_token()}", max(moments, default=None))


# --- How they were kept ----------------------------------------------------------------------------------------------

KEPT, LATE, OPEN, MISSING, RELEASED = "kept", "late", "open", "missing", "released"
RESULTS = (
    (KEPT, pgettext_lazy("result of a duty", "published in time")),
    (LATE, pgettext_lazy("result of a duty", "published late")),
    (OPEN, pgettext_lazy("result of a duty", "to be published, in time still")),
    (MISSING, pgettext_lazy("result of a duty", "missing: its day has passed")),
    (RELEASED, pgettext_lazy("result of a duty", "no longer required")),
)
OWED_FIELDS = (
    Field("owed", _("number"), _("Names what is owed for ever."), FieldType.WHOLE, is_required=True),
    Field("duty", _("number of the duty"), _("The duty that it comes from."), FieldType.WHOLE, is_required=True),
    *ORGAN_FIELDS,
    *COLUMN_FIELDS,
    Field("title", _("what is published"), _("What had to be published."), is_required=True),
    Field("period", _("period"), _("The period of which it is, such as 2026-Q3; empty where a fact asked for it.")),
    Field("owed_since", _("owed since"), _("When it came to be owed."), FieldType.MOMENT, is_required=True),
    Field("due_on", _("to be published by"), _("The last day, in Shanghai time."), FieldType.DAY, is_required=True),
    Field("published_on", _("published on"), _("The day on which it was published."), FieldType.DAY),
    Field(
        "result",
        pgettext_lazy("of a duty to publish", "result"),
        _("How it stands today."),
        codes=RESULTS,
        is_required=True,
    ),
    Field("page", _("page"), _("The document that keeps it."), is_address=True),
)


def fulfilment(at: datetime) -> Iterator[list[Value]]:
    """Yield every single publication that was owed, and what became of it."""
    today = timezone.localdate(at)
    rows = OwedPublication.objects.select_related("organ", "duty__column")
    for owed in datasets.in_chunks(rows):
        duty = owed.duty
        published_on = timezone.localdate(owed.published_at) if owed.published_at else None
        yield [
            owed.pk,
            owed.duty_id,
            owed.organ.code,
            owed.organ.name,
            duty.column.code,
            duty.column.name,
            duty.title if sources.is_of_people(duty.event) else owed.title,
            owed.key if duty.rhythm != Rhythm.EVENT else "",
            owed.raised_at,
            owed.due_on,
            published_on,
            _result(owed, published_on, today),
            sources.page_of(owed.document_id) if owed.document_id and owed.state == OwedState.PUBLISHED else "",
        ]


def _result(owed: OwedPublication, published_on: date | None, today: date) -> str:
    if owed.state == OwedState.RELEASED:
        return RELEASED
    if published_on is not None:
        return KEPT if published_on <= owed.due_on else LATE
    return OPEN if today <= owed.due_on else MISSING


def fulfilment_stamp(at: datetime) -> Stamp:
    """Return what changes when something comes to be owed, is published or released, and with each day."""
    counted = OwedPublication.objects.aggregate(
        raised=Max("raised_at"),
        published=Max("published_at"),
        last=Max("pk"),
        open=Count("pk", filter=Q(state=OwedState.OPEN)),
        released=Count("pk", filter=Q(state=OwedState.RELEASED)),
    )
    moments = [moment for moment in (counted["raised"], counted["published"]) if moment is not None]
    histories = ("disclosure.PublicationDutyEvent", "efficiency.OrganEvent")
    names = "-".join(str(datasets.last_change(each).number) for each in histories)
    last = max(moments, default=None)
    since = f"{last:%Y%m%d%H%M%S%f}" if last else ""
    numbers = f"{counted['last'] or 0}-{counted['open']}-{counted['released']}-{names}-{_columns_token()}"
    return Stamp(f"{timezone.localdate(at):%Y%m%d}-{since}-{numbers}", last)


def register() -> None:
    """Make the datasets known; called once Django is ready."""
    sitemaps.register_pages("disclosure:data_index")
    words = (_("government-affairs disclosure"),)
    datasets.register(
        Dataset(
            name="documents",
            title=_("Published documents"),
            description=_(
                "Every document that is public, or was withdrawn after it was: numbers, dates, organ, column."
            ),
            fields=DOCUMENT_FIELDS,
            key=("index_number",),
            rows=documents,
            stamp=documents_stamp,
            keywords=(*words, pgettext_lazy("disclosure", "document")),
            order=20,
        )
    )
    datasets.register(
        Dataset(
            name="publication-duties",
            title=_("Duties to publish"),
            description=_("What each organ has to publish, how often or upon which fact, within which time, and why."),
            fields=DUTY_FIELDS,
            key=("duty",),
            rows=duties,
            stamp=duties_stamp,
            keywords=(*words, _("publication duty")),
            order=30,
        )
    )
    datasets.register(
        Dataset(
            name="publication-fulfilment",
            title=_("How duties to publish are kept"),
            description=_(
                "Every single publication that was owed: its last day, when it was published, or that it lacks."
            ),
            fields=OWED_FIELDS,
            key=("owed",),
            rows=fulfilment,
            stamp=fulfilment_stamp,
            keywords=(*words, _("publication duty")),
            frequency="DAILY",
            order=40,
        )
    )
