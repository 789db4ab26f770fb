"""
Lists that are sent, looked at and applied: all of it or nothing, and only onto what was looked at (docs/trust.md O-03).

The apps register their lists with the columns, what is there, and how a preview is applied. What is sent waits as a row
between its preview and its being applied; at the latest after a day it is gone.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from efficiency.audit.records import record
from efficiency.tables.columns import Column, Sentence
from efficiency.tables.models import TableUpload
from efficiency.tables.reading import Key, Preview, Table, compare, fingerprint, read
from efficiency.tables.workbook import NotAWorkbook

if TYPE_CHECKING:
    from efficiency.access.models import User

__all__ = ["ListKind", "NotAWorkbook", "Refused", "apply", "clean_up", "get", "kinds", "look", "receive", "register"]

KEPT = timedelta(hours=24)
There = Mapping[Key, Mapping[str, Any]]


class Refused(Exception):
    """A list that cannot be taken; ``message`` says why."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(str(message))
        self.message = message


class NotAllowed(Refused):
    """The person may not change this list."""


class Faulty(Refused):
    """There is a fault in the file: nothing of it is applied."""


class Changed(Refused):
    """What is there has changed since the preview."""


@dataclass(frozen=True, slots=True)
class ListKind:
    """
    A list that can be exported, changed in a spreadsheet and imported again.

    ``columns`` and ``there`` answer for a person: what is out of their reach is not in the list, and a row of the file
    that names it is a fault. ``check`` adds faults that no cell shows by itself. ``apply`` writes a preview, in a
    transaction in which ``models`` are locked against other writers. A table of record cannot be locked by the running
    portal (docs/trust.md L-02): there ``lock`` lets its writers wait for each other, until the transaction ends. With
    ``removes`` the rows that the file lacks are taken away, of those that ``narrowed`` leaves; without it they stay as
    they are.
    """

    name: str
    title: Sentence
    explanation: Sentence
    key: tuple[str, ...]
    columns: Callable[["User"], Sequence[Column]]
    there: Callable[["User"], There]
    check: Callable[[Table, There, "User"], None]
    apply: Callable[[Preview, "User", datetime], None]
    may: Callable[["User"], bool]
    models: tuple[type[models.Model], ...]
    lock: Callable[[], None] | None = None
    removes: bool = False
    narrowed: Callable[[Table, There], There] | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What a file holds and would do; without a preview there are faults in it."""

    kind: ListKind
    table: Table
    preview: Preview | None
    has_changed: bool


_kinds: dict[str, ListKind] = {}


def register(kind: ListKind) -> None:
    """Make a list known; called once Django is ready."""
    _kinds[kind.name] = kind


def kinds(by: "User") -> list[ListKind]:
    """Return the lists that the person may change, in the order in which they were registered."""
    return [kind for kind in _kinds.values() if kind.may(by)]


def get(name: str, by: "User") -> ListKind | None:
    """Return a list by its name; None where there is none or the person may not change it."""
    kind = _kinds.get(name)
    return kind if kind is not None and kind.may(by) else None


@transaction.atomic
def receive(kind: ListKind, content: bytes, /, *, name: str, by: "User", at: datetime) -> TableUpload:
    """
    Keep a workbook for its preview, with what it is compared with.

    :raises NotAllowed: ``by`` may not change the list
    :raises NotAWorkbook: the file cannot be read at all
    """
    if not kind.may(by):
        raise NotAllowed(_("You may not change this list."))
    read(content, kind.columns(by), key=kind.key)
    return TableUpload.objects.create(
        kind=kind.name,
        name=name[-120:],
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        base=fingerprint(kind.there(by)),
        uploaded_at=at,
        uploaded_by=by,
    )


def look(upload: TableUpload, /, *, by: "User") -> Look:
    """
    Say what a file would do now, and whether that is what it would have done when it came.

    :raises NotAllowed: ``by`` did not send it, or may not change the list any more
    """
    kind = get(upload.kind, by)
    if kind is None or upload.uploaded_by_id != by.pk:
        raise NotAllowed(_("You may not change this list."))
    there = kind.there(by)
    table = read(bytes(upload.content), kind.columns(by), key=kind.key)
    if not table.fault_count:
        kind.check(table, there, by)
    has_changed = fingerprint(there) != upload.base
    if table.fault_count:
        return Look(kind, table, None, has_changed)
    compared = kind.narrowed(table, there) if kind.narrowed else there
    return Look(kind, table, compare(table, compared), has_changed)


@transaction.atomic
def apply(upload: TableUpload, /, *, by: "User", at: datetime) -> Preview:
    """
    Apply a file, all of it or nothing, and forget it.

    :raises NotAllowed: as ``look``
    :raises Changed: what is there is not what the preview was compared with, or the file was applied already
    :raises Faulty: there is a fault in the file
    """
    kind = get(upload.kind, by)
    if kind is None:
        raise NotAllowed(_("You may not change this list."))
    hold(kind)
    again = TableUpload.objects.select_for_update().filter(pk=upload.pk).first()
    if again is None:
        raise Changed(_("This file was applied already, or a day has passed. Send it again."))
    seen = look(again, by=by)
    if seen.has_changed:
        raise Changed(_("The list was changed by somebody since you looked at it. Look at the preview again."))
    if seen.preview is None:
        raise Faulty(_("There are faults in the file: nothing of it was applied."))
    kind.apply(seen.preview, by, at)
    detail = {
        "list": kind.name,
        "sha256": again.sha256,
        "new": len(seen.preview.new),
        "changed": len(seen.preview.changed),
        "removed": len(seen.preview.gone) if kind.removes else 0,
    }
    again.delete()
    record("list.import", actor=by, obj=None, detail=detail, at=at)
    return seen.preview


@transaction.atomic
def hold(kind: ListKind) -> None:
    """Keep other writers from what a list writes, until the end of the transaction."""
    with connection.cursor() as cursor:
        for model in kind.models:
            name = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
    if kind.lock:
        kind.lock()


def renew(upload: TableUpload, /, *, by: "User") -> None:
    """Compare a file with what is there now, after it was changed meanwhile; the preview is looked at again."""
    kind = get(upload.kind, by)
    if kind is not None and upload.uploaded_by_id == by.pk:
        TableUpload.objects.filter(pk=upload.pk).update(base=fingerprint(kind.there(by)))


def clean_up(at: datetime) -> int:
    """Delete what was sent a day ago and never applied; return how many files that were."""
    return TableUpload.objects.filter(uploaded_at__lt=at - KEPT).delete()[0]
