"""
Loading the demonstration of disclosure, once: duties, what is owed, documents with their course, drafts in each step.

Documents that the portal makes by itself come first, as if it had begun so some months ago; then those written for the
demonstration (``texts``), and what of them fulfils the duties. What no text is there for, stays owed: a visible gap.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone

from disclosure.automatic import catching_up, many
from disclosure.automatic.many import Step, Text, Whole
from disclosure.catalogue import fulfilling, raising, standard
from disclosure.demo import drafts, texts
from disclosure.demo.people import Hands, hands_of
from disclosure.enums import DocumentStep, Rhythm, VersionState
from disclosure.models import Column, Document, OwedPublication, PublicationDuty
from efficiency import demonstration
from efficiency.files.clean import CleanFile, clean_content
from efficiency.organs.models import Organ
from efficiency.timing.zone import ZONE

# So long ago the portal began to make documents by itself.
AUTOMATIC_FOR = timedelta(days=240)
# The duties of the standard set that organs have here, from this day on.
SINCE = date(2025, 2, 10)
LAID = (
    *("guide", "rules", "basis", "accountability", "institution", "leaders", "plan", "budget", "final_accounts"),
    *("emergency", "annual_report"),
)
# Headings under which what the portal made by itself fulfils the duty of the set.
BY_ITSELF = ("institution", "leaders")
PILOTS = ("440600-construction", "440600-tax", "440600-sasac", "440604")
GROUND = "不涉及国家秘密、商业秘密和个人隐私，属于应当主动公开的政府信息。"
FROM_DRAFT = timedelta(days=1)

Owed = Mapping[tuple[str, str, str], OwedPublication]


@transaction.atomic
def load(now: datetime) -> int:
    """Add what is missing; return how many documents were written, none where there are some already."""
    standard.ensure_columns()
    if Document.objects.filter(source="").exists():
        return 0
    catching_up.catch_up(at=now - AUTOMATIC_FOR)
    organs = {organ.code: organ for organ in Organ.objects.filter(code__in=texts.organs()).order_by("pk")}
    columns = {column.code: column for column in Column.objects.order_by("pk")}
    owed = _lay_duties(organs, columns, now=now)
    hands = hands_of(list(organs), on=timezone.localdate(now))
    pieces = [piece for piece in texts.pieces(_names(organs), now=now) if piece.organ in hands]
    wholes = [_whole(piece, organs, columns, hands[piece.organ], owed, now=now) for piece in pieces]
    written = many.write(wholes)
    _name_what_is_there(organs, now=now)
    return len(written) + drafts.load(organs, columns, now=now)


def _names(organs: Mapping[str, Organ]) -> dict[str, str]:
    return {code: organ.name for code, organ in organs.items()}


# --- Duties and what is owed -----------------------------------------------------------------------------------------


def _lay_duties(organs: Mapping[str, Organ], columns: Mapping[str, Column], *, now: datetime) -> Owed:
    """Lay the duties as if they had been laid long ago, and return what they ask for, by organ, title and key."""
    rows = [
        each.on(organ, columns[each.column], SINCE)
        for organ in organs.values()
        for each in standard.standard_set(organ.kind)
        if each.code in LAID or (each.event and organ.code in PILOTS)
    ]
    for row in rows:
        if row.rhythm == Rhythm.EVENT:
            row.holds_from = timezone.localdate(now)
    rows += [
        PublicationDuty(
            organ=organs[each.organ],
            column=columns[each.column],
            title=each.title,
            rhythm=Rhythm.MONTHLY if each.is_monthly else Rhythm.QUARTERLY,
            form="本平台网页",
            legal_basis="《中华人民共和国政府信息公开条例》第二十条",
            holds_from=max(each.holds_from, SINCE),
        )
        for each in texts.duties()
        if each.organ in organs
    ]
    PublicationDuty.objects.bulk_create(rows, ignore_conflicts=True)
    raising.raise_due(at=now)
    found = OwedPublication.objects.open().select_related("duty", "organ")
    return {(owed.organ.code, owed.duty.title, owed.key): owed for owed in found.order_by("pk")}


def _name_what_is_there(organs: Mapping[str, Organ], *, now: datetime) -> None:
    """Let what the portal made by itself fulfil what is owed under its heading."""
    made = Document.objects.readable().exclude(source="").filter(column__code__in=BY_ITSELF, organ__in=organs.values())
    for document in made.select_related("public_version", "organ").order_by("pk"):
        waiting = OwedPublication.objects.open().filter(
            organ=document.organ, duty__column=document.column_id, duty__rhythm=Rhythm.ONCE
        )
        ids = list(waiting.order_by("pk").values_list("pk", flat=True))
        if ids and document.published_at is not None and document.public_version is not None:
            fulfilling.fulfil(document.public_version, at=document.published_at, publishes=ids)


# --- Documents -------------------------------------------------------------------------------------------------------


def _whole(
    piece: texts.Piece,
    organs: Mapping[str, Organ],
    columns: Mapping[str, Column],
    hands: Hands,
    owed: Owed,
    *,
    now: datetime,
) -> Whole:
    fulfilled = owed.get((piece.organ, _title_of_duty(piece, organs), piece.period or raising.FIRST))
    found = []
    for place, version in enumerate(piece.versions):
        following = piece.versions[place + 1] if place + 1 < len(piece.versions) else None
        text = _text(piece, version, following, hands, now=now)
        text.owed = [fulfilled] if fulfilled is not None and place == 0 else []
        found.append(text)
    if piece.attachment is not None:
        found[-1].uploads = [_paper(*piece.attachment)]
    return Whole(organs[piece.organ], columns[piece.column], found, piece.theme)


def _title_of_duty(piece: texts.Piece, organs: Mapping[str, Organ]) -> str:
    """Return the title of the duty; what a government reports on, it reports on for all below it."""
    titles = {each.code: each.title for each in standard.standard_set(organs[piece.organ].kind)}
    return titles["annual_report"] if piece.column == "annual_report" else piece.duty


def _text(
    piece: texts.Piece, version: texts.Version, following: texts.Version | None, hands: Hands, *, now: datetime
) -> Text:
    steps = _course(version.published_at, hands)
    text = Text(
        title=piece.title,
        body=version.body,
        summary=piece.summary,
        formed_on=version.formed_on,
        state=VersionState.PUBLISHED,
        steps=steps,
        document_number=version.number,
        valid_until=version.valid_until,
        published_at=version.published_at,
    )
    if following is not None:
        text.state, text.ended_at = VersionState.REPLACED, following.published_at
        steps.append(Step(DocumentStep.REPLACE, following.published_at, hands.approver))
        return text
    if piece.repealed_on is not None and (at := _at(piece.repealed_on, 9)) < now:
        text.repealed_on = piece.repealed_on
        steps.append(Step(DocumentStep.REPEAL, at, hands.approver, "新的规定已经施行，本文件同时废止。"))
    if piece.withdrawn_on is not None and (at := _at(piece.withdrawn_on, 15)) < now:
        text.state, text.ended_at, text.withdrawal_reason = VersionState.WITHDRAWN, at, piece.withdrawal_reason
        steps.append(Step(DocumentStep.WITHDRAW, at, hands.approver, piece.withdrawal_reason))
    return text


def _course(published_at: datetime, hands: Hands) -> list[Step]:
    """Return the steps to a publication: written the day before, the others on the day itself."""
    return [
        Step(DocumentStep.DRAFT, published_at - FROM_DRAFT, hands.writer),
        Step(DocumentStep.CHECK_SOURCE, published_at - timedelta(minutes=50), hands.checker),
        Step(DocumentStep.REVIEW, published_at - timedelta(minutes=25), hands.reviewer, GROUND),
        Step(DocumentStep.APPROVE, published_at, hands.approver),
        Step(DocumentStep.PUBLISH, published_at, hands.approver),
    ]


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE)


def _paper(name: str, text: str) -> CleanFile:
    return clean_content(demonstration.paper(text), name=name, declared="application/pdf")


def register() -> None:
    """Let the demonstration load this part as well; called once Django is ready."""
    demonstration.register("disclosure", load)
