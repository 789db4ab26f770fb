"""
Service items as a workbook: taken out with what is promised, and taken in as drafts, all or nothing.

What is taken in promises nothing to anybody yet: new items and changed promises become drafts, which a second person
publishes (``complaints.commitments.publishing``). Name, other names, theme, audience, type of power and basic code of
an item hold at once, as they do in its form. What was taken out can be taken in again and is found unchanged.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from complaints.commitments import disclosed, limits, parts
from complaints.commitments.access import items_of, organs_of
from complaints.commitments.drafting import BOUND_TO_KIND, BOUND_TO_ORGAN
from complaints.models import (
    Audience,
    ItemKind,
    ItemVersion,
    MatterType,
    ServiceItem,
    Theme,
    VersionState,
)
from complaints.refusals import Invalid, NotAllowed, NotInState, TooOften
from efficiency.access.limits import export as count_export
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.organs.models import Organ, Post
from efficiency.tables import Value
from efficiency.tables.cells import plain_lines
from efficiency.tables.columns import Choice, Column, Day, OneOf, Text, Whole, Wrong, as_text, head_of, shown
from efficiency.tables.reading import Key, Preview, Row, Table, compare, fingerprint, read
from efficiency.tables.workbook import Cell
from efficiency.timing.due import local_day
from efficiency.timing.limits import BadLimit, Limit

MOST_ROWS = 2_000
# Above so many the password is asked for again (docs/trust.md S-05).
MOST_UNCONFIRMED = 500
_CODE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-"
OF_ITEM = ("name", "keywords", "organ", "kind", "theme", "audience", "basic_code")
# Columns that hold the same as the field of their name.
PLAIN = (
    "statutory_basis",
    "special_procedure",
    "legal_basis",
    "applicants",
    "conditions",
    "fees",
    "fee_basis",
    "result",
    "visits",
    "section",
    "window",
    "hours",
    "phone",
    "supervision_phone",
    "reason",
)


@dataclass(frozen=True, slots=True)
class LimitCell:
    """A limit as people write it, ``3`` for three working days; nothing is none."""

    blank: Limit | None = None

    def read(self, cell: Cell) -> Limit:
        """Return the limit."""
        try:
            return parts.read_limit(as_text(cell))
        except BadLimit as bad:
            raise Wrong(
                _("“%(text)s” is no limit; write for example 3 for three working days, 30d for thirty days.")
                % {"text": as_text(cell)}
            ) from bad

    def shown(self, value: Limit | None) -> Value:
        """Return the limit with its unit."""
        return str(value) if value else ""


@dataclass(frozen=True, slots=True)
class MaterialsCell:
    """Materials, one a line."""

    blank: tuple[parts.Material, ...] = ()

    def read(self, cell: Cell) -> tuple[parts.Material, ...]:
        """Return the materials."""
        try:
            return tuple(parts.read_materials(as_text(cell)))
        except Invalid as refusal:
            raise Wrong(refusal.message) from refusal

    def shown(self, value: Sequence[parts.Material]) -> Value:
        """Return the lines."""
        return parts.typed_materials(value)


@dataclass(frozen=True, slots=True)
class StepsCell:
    """Steps, one a line."""

    blank: tuple[parts.Step, ...] = ()

    def read(self, cell: Cell) -> tuple[parts.Step, ...]:
        """Return the steps."""
        try:
            return tuple(parts.read_steps(as_text(cell)))
        except Invalid as refusal:
            raise Wrong(refusal.message) from refusal

    def shown(self, value: Sequence[parts.Step]) -> Value:
        """Return the lines."""
        return parts.typed_steps(value)


def _long(longest: int = 5_000) -> Text:
    return Text(longest, one_line=False)


def _check_code(code: str) -> None:
    if code.startswith("-") or not set(code) <= set(_CODE):
        raise Wrong(_("A code has letters, digits and dashes alone, and does not begin with a dash."))


def columns_for(organs: Mapping[str, Organ], posts: Mapping[str, Post]) -> list[Column]:
    """Return the columns of the workbook; ``organs`` and ``posts`` are those that may be named, by their codes."""
    return [
        Column("code", _("implementation code"), Text(40), required=True, check=_check_code),
        Column("basic_code", _("basic code"), Text(40), may_miss=True),
        Column("name", _("name of the item"), Text(120), required=True),
        Column("keywords", _("other names"), Text(200), may_miss=True),
        Column(
            "organ",
            _("code of the organ"),
            OneOf(organs, _("“%(text)s” is no organ for which you write items.")),
            required=True,
        ),
        Column("kind", _("type of power"), Choice(ItemKind), required=True),
        Column("theme", _("theme"), Choice(Theme), required=True),
        Column("audience", _("for whom"), Choice(Audience), required=True),
        Column("committed", _("committed limit"), LimitCell(), required=True),
        Column("statutory", _("statutory limit"), LimitCell()),
        Column("statutory_basis", _("basis of the statutory limit"), Text(300)),
        Column("special_procedure", _("procedures whose time is not counted"), _long(), may_miss=True),
        Column("legal_basis", _("legal basis"), _long(), required=True),
        Column("applicants", _("who can apply"), _long()),
        Column("conditions", _("conditions"), _long()),
        Column("materials", _("materials"), MaterialsCell()),
        Column("steps", _("steps"), StepsCell()),
        Column("fees", _("fees"), _long()),
        Column("fee_basis", _("basis of the fees"), _long()),
        Column("result", _("result"), Text(200), required=True),
        Column("visits", _("visits in person"), Whole(0, 20), required=True),
        Column("section", _("section in charge"), Text(80), may_miss=True),
        Column("post", _("code of the post in charge"), OneOf(posts), may_miss=True),
        Column("window", _("window"), Text(200), required=True),
        Column("hours", _("opening hours"), Text(200), may_miss=True),
        Column("phone", _("telephone"), Text(60), required=True),
        Column("supervision_phone", _("telephone for complaints"), Text(60), required=True),
        Column("valid_from", _("valid from"), Day(), required=True),
        Column("reason", _("reason of the change"), Text(200), may_miss=True),
    ]


@dataclass(frozen=True, slots=True)
class Import:
    """What a workbook holds and what it would do; with a fault in it, nothing."""

    table: Table
    preview: Preview
    base: str  # the fingerprint of what it was compared with


def look_at(content: bytes, /, *, by: User, at: datetime) -> Import:
    """
    Return what a workbook would change, as ``by`` may change it at ``at``.

    :raises NotAllowed: ``by`` writes no items at all
    :raises NotAWorkbook: the file cannot be read
    """
    if not may(by, "item.draft", fresh=True):
        raise NotAllowed(_("Items are not yours to write."))
    organs = {organ.code: organ for organ in organs_of(by, on=local_day(at))}
    posts = _posts_for(organs)
    table = read(content, columns_for(organs, posts), key=("code",), most_rows=MOST_ROWS)
    there = values_of([row.key[0] for row in table.rows])
    base = fingerprint(_plain(there))
    if not table.faults:
        there |= _as_published(table.rows)
        _check_rows(table, there, organs, posts, at=at)
    preview = compare(table, there) if not table.faults else Preview((), (), (), 0)
    return Import(table, preview, base)


def _posts_for(organs: Mapping[str, Organ]) -> dict[str, Post]:
    """Return the posts that a workbook may name: those of the organs, and whatever their items name already."""
    named = ItemVersion.objects.filter(item__organ__in=organs.values(), post__isnull=False).values("post")
    posts = Post.objects.filter(Q(organ__in=organs.values()) | Q(pk__in=named)).select_related("organ")
    return {post.code: post for post in posts.order_by("pk")}


def _as_published(rows: Sequence[Row]) -> dict[Key, dict[str, Any]]:
    """
    Return what is published for those rows that promise just that: they leave a draft of the item as it is.

    What belongs to the item and not to a version may be another one.
    """
    published = _newest(ItemVersion.objects.published().filter(item__code__in=[row.key[0] for row in rows]))
    return {
        row.key: published[row.key]
        for row in rows
        if row.key in published and not _promise_changes(row, published[row.key])
    }


@transaction.atomic
def apply(content: bytes, /, *, base: str, by: User, at: datetime) -> Preview:
    """
    Take a workbook in: items that are new or changed, and a draft for each promise that is; all or nothing.

    :param base: the fingerprint that ``look_at`` gave with the preview
    :raises NotInState: there are faults in it, or somebody changed one of its items since the preview
    :raises NotAllowed, NotAWorkbook: as ``look_at``
    """
    # Whoever writes an item locks its row: what is looked at now stays so until the end.
    list(ServiceItem.objects.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))
    found = look_at(content, by=by, at=at)
    if found.table.faults:
        raise NotInState(_("Nothing was taken in: there are faults in the workbook."))
    if found.base != base:
        raise NotInState(_("Somebody changed one of these items since you looked at the workbook. Look at it again."))
    _write(found.preview, by=by, at=at)
    record(
        "serviceitem.import",
        actor=by,
        detail={"new": len(found.preview.new), "changed": len(found.preview.changed)},
        at=at,
    )
    return found.preview


# --- What is there, as the columns show it -----------------------------------------------------------------------


def values_of(codes: Sequence[Any]) -> dict[Key, dict[str, Any]]:
    """Return the items of the codes with the newest that is written for each, a draft before what is published."""
    items = ServiceItem.objects.filter(code__in=codes).select_related("organ")
    found = _newest(ItemVersion.objects.filter(item__in=items))
    for item in items:
        found.setdefault((item.code,), _of_item(item) | _NOTHING_PROMISED)
    return found


def _newest(versions: QuerySet[ItemVersion]) -> dict[Key, dict[str, Any]]:
    rows = versions.select_related("item__organ", "post").order_by("item", "-number").distinct("item")
    return {(version.item.code,): _values(version) for version in rows}


_VERSION_COLUMNS = ("committed", "statutory", "materials", "steps", "post", "valid_from", *PLAIN)
_NOTHING_PROMISED: dict[str, Any] = (
    dict.fromkeys(PLAIN, "")
    | {"visits": None, "committed": None, "statutory": None, "valid_from": None}
    | {"materials": (), "steps": (), "post": ""}
)


def _of_item(item: ServiceItem) -> dict[str, Any]:
    return {"code": item.code, "organ": item.organ.code} | {
        name: getattr(item, name) for name in OF_ITEM if name != "organ"
    }


def _text(value: Any) -> Any:
    """Return a text with plain line ends, as it comes back; what is published with others cannot be corrected."""
    return plain_lines(value) if isinstance(value, str) else value


def _values(version: ItemVersion) -> dict[str, Any]:
    return (
        _of_item(version.item)
        | {name: _text(getattr(version, name)) for name in PLAIN}
        | {
            "committed": version.committed_limit,
            "statutory": version.statutory_limit,
            "materials": tuple(parts.materials_of(version.materials)),
            "steps": tuple(parts.steps_of(version.steps)),
            "post": version.post.code if version.post else "",
            "valid_from": version.valid_from,
        }
    )


def _plain(there: Mapping[Key, Mapping[str, Any]]) -> dict[Key, dict[str, Any]]:
    """Return what is there in values that a fingerprint can be made of."""
    return {key: {name: str(value) for name, value in values.items()} for key, values in there.items()}


# --- What is wrong beyond single cells ---------------------------------------------------------------------------


def _check_rows(
    table: Table,
    there: Mapping[Key, Mapping[str, Any]],
    organs: Mapping[str, Organ],
    posts: Mapping[str, Post],
    *,
    at: datetime,
) -> None:
    published = _published_from([key[0] for key in there])
    for row in table.rows:
        before = there.get(row.key)
        if before is not None and before["organ"] not in organs:
            table.add_fault(row.number, _("This code is that of another organ's item."), "code")
            continue
        if before is not None and row.key[0] in published and row.values["organ"] != before["organ"]:
            table.add_fault(row.number, BOUND_TO_ORGAN, "organ")
        if before is not None and row.key[0] in published and row.values["kind"] != before["kind"]:
            table.add_fault(row.number, BOUND_TO_KIND, "kind")
        if before is not None and not _promise_changes(row, before):
            continue
        _check_post(table, row, before, posts)
        _check_promise(table, row, published.get(str(row.key[0])), at=at)


def _check_post(table: Table, row: Row, before: Mapping[str, Any] | None, posts: Mapping[str, Post]) -> None:
    """Let a row name a post of its organ that stands, or leave the post that is there, whatever became of it."""
    code, organ = row.values.get("post"), row.values["organ"]
    if not code or (before is not None and (before["post"], before["organ"]) == (code, organ)):
        return
    if posts[code].organ.code != organ:
        table.add_fault(row.number, _("This post belongs to another organ."), "post")
    elif posts[code].until is not None:
        table.add_fault(row.number, _("This post has ended or has a day on which it ends: name another."), "post")


def _check_promise(table: Table, row: Row, published_from: date | None, *, at: datetime) -> None:
    values = row.values
    if values["fees"] and not values["fee_basis"]:
        table.add_fault(row.number, _("A fee needs the rule that it rests on."), "fee_basis")
    if values["valid_from"] < local_day(at):
        table.add_fault(row.number, _("A promise cannot begin in the past; write today or a later day."), "valid_from")
    elif published_from is not None and values["valid_from"] <= published_from:
        table.add_fault(
            row.number,
            _("The promise changes: write a day after %(day)s, when the present one began.")
            % {"day": date_format(published_from)},
            "valid_from",
        )
    elif published_from is not None and values["valid_from"] == local_day(at):
        table.add_fault(row.number, _("The promise changes: write tomorrow or a later day."), "valid_from")
    try:
        limits.check(_promise(ItemVersion(valid_from=values["valid_from"]), values, posts={}))
    except Invalid as refusal:
        table.add_fault(row.number, refusal.message, "committed")


def _promise_changes(row: Row, before: Mapping[str, Any]) -> bool:
    return any(name in row.values and row.values[name] != before[name] for name in _VERSION_COLUMNS)


def _published_from(codes: Sequence[Any]) -> dict[str, date]:
    """Return the day on which the newest published version of each item begins, by its code."""
    rows = ItemVersion.objects.published().filter(item__code__in=codes).order_by("item", "-valid_from")
    return dict(rows.distinct("item").values_list("item__code", "valid_from"))


# --- Writing -----------------------------------------------------------------------------------------------------


def _write(preview: Preview, *, by: User, at: datetime) -> None:
    """Write items and drafts, each in one statement of its kind."""
    organs = {organ.code: organ for organ in organs_of(by, on=local_day(at))}
    posts = _posts_for(organs)
    changed_rows = [change.row for change in preview.changed]
    items = {
        item.code: item for item in ServiceItem.objects.filter(code__in=[row.values["code"] for row in changed_rows])
    }
    for row in changed_rows:
        _put_item(items[row.values["code"]], row.values, organs)
    ServiceItem.objects.bulk_update(items.values(), OF_ITEM, batch_size=500)
    new = [_put_item(ServiceItem(code=row.values["code"]), row.values, organs) for row in preview.new]
    items |= {item.code: item for item in ServiceItem.objects.bulk_create(new)}
    there = values_of([row.values["code"] for row in changed_rows]) | _as_published(changed_rows)
    disclosed.changed([items[row.values["code"]] for row in changed_rows], by=by, at=at)
    rows = [*preview.new, *(row for row in changed_rows if _promise_changes(row, there[row.key]))]
    _write_drafts(rows, items, posts, by=by, at=at)


def _put_item(item: ServiceItem, values: Mapping[str, Any], organs: Mapping[str, Organ]) -> ServiceItem:
    for name in OF_ITEM:
        if name in values:
            setattr(item, name, organs[values[name]] if name == "organ" else values[name])
    return item


def _write_drafts(
    rows: Sequence[Row], items: Mapping[str, ServiceItem], posts: Mapping[str, Post], *, by: User, at: datetime
) -> None:
    newest = {
        version.item_id: version
        for version in ItemVersion.objects.filter(item__in=[items[row.values["code"]].pk for row in rows])
        .order_by("item", "-number")
        .distinct("item")
    }
    made, kept = [], []
    for row in rows:
        item = items[row.values["code"]]
        last = newest.get(item.pk)
        if last is not None and last.state == VersionState.DRAFT:
            draft = last
            kept.append(draft)
        else:
            draft = _carried(item, last)
            made.append(draft)
        _promise(draft, row.values, posts)
        draft.drafted_by, draft.drafted_at = by, at
    ItemVersion.objects.bulk_create(made)
    fields = [name for name in _written_fields() if name not in ("item", "number", "state")]
    ItemVersion.objects.bulk_update(kept, fields, batch_size=200)


def _carried(item: ServiceItem, last: ItemVersion | None) -> ItemVersion:
    """Return a new draft with what columns that are not in the workbook leave as it is."""
    draft = ItemVersion(item=item, number=(last.number if last else 0) + 1)
    if last is not None:
        for name in ("special_procedure", "section", "hours", "post_id"):
            setattr(draft, name, getattr(last, name))
    return draft


def _promise(version: ItemVersion, values: Mapping[str, Any], posts: Mapping[str, Post]) -> ItemVersion:
    """Put the values of a row into a version."""
    committed: Limit = values["committed"]
    statutory: Limit | None = values["statutory"]
    version.valid_from = values["valid_from"]
    version.matter_type = MatterType.COMMITTED if committed.number else MatterType.INSTANT
    version.committed_number, version.committed_unit = committed.number, committed.unit.value
    version.statutory_number = statutory.number if statutory else None
    version.statutory_unit = statutory.unit.value if statutory else ""
    version.materials = parts.kept_materials(values["materials"])
    version.steps = parts.kept_steps(values["steps"])
    for name in PLAIN:
        if name in values:
            setattr(version, name, values[name])
    if "post" in values:
        version.post = posts.get(values["post"])
    return version


def _written_fields() -> list[str]:
    return [field.name for field in ItemVersion._meta.concrete_fields if not field.primary_key]


# --- Taking out --------------------------------------------------------------------------------------------------


def take_out(*, by: User, at: datetime, as_: str, is_confirmed: bool = False) -> Iterator[list[Value]]:
    """
    Let ``by`` take the items out, and write down that it was done; return the rows of ``rows_for``.

    :param as_: the format of the file, for the record
    :param is_confirmed: whether the password was given lately (docs/trust.md S-05)
    :raises NotAllowed: ``by`` knows of no items
    :raises Invalid: the list is long and the password has to be given first
    :raises TooOften: the exports of an hour are used up (docs/trust.md R-02)
    """
    if not may(by, "item.see", fresh=True):
        raise NotAllowed(_("Lists of items are not yours to take out."))
    there = _newest(_published_for(by))
    if len(there) > MOST_UNCONFIRMED and not is_confirmed:
        raise Invalid("password", _("Please enter your password: so long a list goes out only after that."))
    detail = {"format": as_, "rows": len(there)}
    if wait_seconds := count_export(by.pk, at=at).wait_seconds:
        record("serviceitem.export", actor=by, outcome=Outcome.REFUSED, detail=detail, at=at)
        raise TooOften(_("You have taken out many lists within an hour. Please try again later."), wait_seconds)
    record("serviceitem.export", actor=by, detail=detail, at=at)
    return _rows(there)


def size_for(user: User) -> int:
    """Return how many items ``user`` would take out."""
    return _published_for(user).order_by().values("item").distinct().count()


def rows_for(user: User) -> Iterator[list[Value]]:
    """
    Yield the head, and in the order of codes the items with what was published last for each.

    Whoever writes items gets those that they write, to take them in again; others all that they may know of.
    """
    return _rows(_newest(_published_for(user)))


def _published_for(user: User) -> QuerySet[ItemVersion]:
    items = items_of(user)
    if may(user, "item.draft"):
        items = items.filter(organ__in=organs_of(user, on=timezone.localdate()))
    return ItemVersion.objects.published().filter(item__in=items)


def _rows(there: Mapping[Key, Mapping[str, Any]]) -> Iterator[list[Value]]:
    columns = columns_for({}, {})
    yield head_of(columns)
    for key in sorted(there, key=str):
        yield shown(columns, there[key])
