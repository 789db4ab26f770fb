"""
Duties to publish as a workbook: taken out, changed in a spreadsheet, taken in again (docs/trust.md O-02, O-03).

A row is known by its organ, its heading and its title. What a duty is about stays: a row that says something else of
it is a fault, and another duty is laid under another title. The office takes in duties of the organs in its reach.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.catalogue import duties, raising, releasing
from disclosure.catalogue.access import duties_of
from disclosure.enums import Rhythm
from disclosure.models import Column as Heading
from disclosure.models import PublicationDuty
from disclosure.models.catalogue import MOST_DAYS
from efficiency import facts
from efficiency.access.may import MATRIX, may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ, Post
from efficiency.tables import importing
from efficiency.tables.cells import plain_lines
from efficiency.tables.columns import Choice, Column, Day, Flag, OneOf, Text, Whole
from efficiency.tables.importing import ListKind, There
from efficiency.tables.reading import Preview, Row, Table
from efficiency.timing.due import local_day

NAME = "publication-duties"
BATCH = 500
PLAIN = ("title", "rhythm", "event", "limit", "fixed_month", "fixed_day", "looks_ahead", "form", "legal_basis")
DATES = ("holds_from", "holds_until")
STAYS = ("rhythm", "event", "holds_from")


def register() -> None:
    """Make the list known; called once Django is ready."""
    importing.register(
        ListKind(
            name=NAME,
            title=_("Duties to publish"),
            explanation=_(
                "One row for each duty of an organ. Duties that the file lacks stay as they are; a duty ends by its "
                "last column."
            ),
            key=("organ", "column", "title"),
            columns=columns_for,
            there=there,
            check=check,
            apply=apply,
            may=lambda by: may(by, "publicationduty.edit", fresh=True),
            models=(PublicationDuty,),
        )
    )


def columns_for(by: User) -> Sequence[Column]:
    """Return the columns of the workbook; organs and posts are those that the person may name."""
    organs = _organs(by)
    posts = {post.code: post for post in Post.objects.filter(organ__in=organs.values())}
    headings = {heading.code: heading for heading in Heading.objects.all()}
    events = {kind.name: kind for kind in facts.kinds()}
    return (
        Column(
            "organ",
            _("code of the organ"),
            OneOf(organs, _("“%(text)s” is no organ on which you lay duties.")),
            required=True,
        ),
        Column("column", _("code of the column"), OneOf(headings), required=True),
        Column("title", _("what is published"), Text(120, shortest=2), required=True),
        Column("post", _("code of the post in charge"), OneOf(posts), may_miss=True),
        Column("rhythm", _("rhythm"), Choice(Rhythm), required=True),
        Column("event", _("fact upon which it is owed"), OneOf(events), may_miss=True),
        Column("limit", _("working days"), Whole(1, MOST_DAYS, blank=MOST_DAYS), may_miss=True),
        Column("fixed_month", _("month of the fixed day"), Whole(1, 12), may_miss=True),
        Column("fixed_day", _("fixed day"), Whole(1, 31), may_miss=True),
        Column("looks_ahead", _("about the period to come"), Flag(), may_miss=True),
        Column("form", _("form of publication"), Text(60), may_miss=True),
        Column("legal_basis", pgettext_lazy("of the catalogue", "legal basis"), Text(300), required=True),
        Column("holds_from", _("holds from"), Day(), required=True),
        Column("holds_until", _("no longer holds from"), Day(), may_miss=True),
    )


def _organs(by: User) -> dict[str, Organ]:
    """Return the organs on which ``by`` may lay duties, those that have ended included: theirs stay in the list."""
    reach = scope_of(by, fresh=True).organ_ids_as(*MATRIX["publicationduty.edit"])
    return {organ.code: organ for organ in Organ.objects.filter(pk__in=reach).order_by("pk")}


def there(by: User) -> There:
    """Return the duties in reach of the person, by organ, heading and title."""
    reach = [organ.pk for organ in _organs(by).values()]
    rows = duties_of(by).filter(organ_id__in=reach).select_related("organ", "column", "post")
    ordered = rows.order_by("organ__position", "organ__sort_key", "organ_id", "column__position", "title", "pk")
    return {(duty.organ.code, duty.column.code, _plain(duty.title)): _values(duty) for duty in ordered}


def _values(duty: PublicationDuty) -> dict[str, Any]:
    values = {name: _plain(getattr(duty, name)) for name in (*PLAIN, *DATES)}
    return values | {
        "organ": duty.organ.code,
        "column": duty.column.code,
        "post": duty.post.code if duty.post else "",
    }


def _plain(value: Any) -> Any:
    return plain_lines(value) if isinstance(value, str) else value


def check(table: Table, there: There, by: User) -> None:
    """Find what no cell shows: what a duty is about, days in the past, what does not go together."""
    today = timezone.localdate()
    organs, headings = _organs(by), {heading.code: heading for heading in Heading.objects.all()}
    posts = {post.code: post for post in Post.objects.filter(organ__in=organs.values()).select_related("organ")}
    for row in table.rows:
        old = there.get(row.key)
        duty = _put(PublicationDuty(), {**(old or {}), **row.values}, organs, headings, posts)
        for fault in duties.faults_of(duty):
            table.add_fault(row.number, fault.message, fault.field or "")
        if old is None:
            _check_new(table, row, organs[row.values["organ"]], today)
        else:
            _check_old(table, row, old, today)


def _check_new(table: Table, row: Row, organ: Organ, today: date) -> None:
    if row.values["holds_from"] < today:
        table.add_fault(row.number, _("A duty cannot begin in the past: choose today or a later day."), "holds_from")
    elif organ.until is not None and organ.until <= row.values["holds_from"]:
        table.add_fault(row.number, _("This organ exists no more on that day."), "organ")
    _check_end(table, row, today)


def _check_old(table: Table, row: Row, old: Mapping[str, Any], today: date) -> None:
    changed = [name for name, value in row.values.items() if value != old[name]]
    ended = old["holds_until"] is not None and old["holds_until"] <= today
    for name in changed:
        if ended:
            table.add_fault(row.number, _("This duty has ended: lay another one."), name)
        elif name in STAYS:
            table.add_fault(row.number, _("This stays: lay another duty where it is to be something else."), name)
    if not ended and "holds_until" in changed:
        _check_end(table, row, today)


def _check_end(table: Table, row: Row, today: date) -> None:
    until = row.values.get("holds_until")
    if until is not None and until < max(today, row.values["holds_from"]):
        table.add_fault(row.number, _("A duty ends today or later, and not before it begins."), "holds_until")


def apply(preview: Preview, by: User, at: datetime) -> None:
    """Write new and changed duties; what new ones ask for is owed at once, what is open of ended ones released."""
    organs, headings = _organs(by), {heading.code: heading for heading in Heading.objects.all()}
    posts = {post.code: post for post in Post.objects.filter(organ__in=organs.values())}
    PublicationDuty.objects.bulk_create(
        (_put(PublicationDuty(), row.values, organs, headings, posts) for row in preview.new), batch_size=BATCH
    )
    stored = _stored(change.row.key for change in preview.changed)
    changed = [_put(stored[change.row.key], change.row.values, organs, headings, posts) for change in preview.changed]
    fields = [name for name in (*duties.CHANGEABLE, "holds_until") if name != "title"]
    PublicationDuty.objects.bulk_update(changed, fields, batch_size=BATCH)
    raising.raise_due(at=at)
    for duty in changed:
        if duty.holds_until is not None and duty.holds_until <= local_day(at):
            releasing.release_of(duty, at=at)


def _stored(keys: Iterable[tuple]) -> dict[tuple, PublicationDuty]:
    wanted = list(keys)
    rows = PublicationDuty.objects.filter(organ__code__in={key[0] for key in wanted}).select_related("organ", "column")
    found = {(duty.organ.code, duty.column.code, _plain(duty.title)): duty for duty in rows.order_by("pk")}
    return {key: found[key] for key in wanted}


def _put(
    duty: PublicationDuty,
    values: Mapping[str, Any],
    organs: Mapping[str, Organ],
    headings: Mapping[str, Heading],
    posts: Mapping[str, Post],
) -> PublicationDuty:
    """Put the values of a row into a duty; columns that are not in the file leave it as it is."""
    for name in (*PLAIN, *DATES):
        if name in values:
            setattr(duty, name, values[name])
    if duty.pk is None:
        duty.organ, duty.column = organs[values["organ"]], headings[values["column"]]
    if "post" in values:
        duty.post = posts.get(values["post"])
    return duty
