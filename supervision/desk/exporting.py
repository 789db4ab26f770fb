"""
Tables of the overview as files, and the rows behind its figures (docs/trust.md O-02, S-05, R-02, Z-13).

What the page shows goes out at once. A list of rows does as long as it is short; a longer one asks for the password
and is made by the worker (``efficiency.files.making``). Rights are asked when it is asked for, when it is made and when
it is fetched.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from efficiency.access import limits
from efficiency.access.models import User
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.deadlines import clock
from efficiency.deadlines.models import Deadline
from efficiency.files import store
from efficiency.files.making import Columns, Made, Maker
from efficiency.refusals import Invalid
from efficiency.tables import Format, Value, written
from supervision.desk import figures
from supervision.desk.asked import Asked, ask, one_picture
from supervision.desk.overdue import seen
from supervision.desk.reach import may_open
from supervision.desk.refusals import NotAllowed, TooOften
from supervision.figures import asking
from supervision.figures.definitions import Definition
from supervision.figures.tables import Table
from supervision.models import DeskExport, ExportState
from supervision.models.desk import EXPORT_LASTS, LONGEST_QUERY
from targets.measures import showing
from targets.measures.registry import Part

FOLDER = "exports"
TASK = "supervision.make_exports"
# Above so many rows the password is asked for, and the worker makes the file (docs/trust.md S-05).
MOST_AT_ONCE = 500
# One file holds at most so many rows (docs/trust.md R-08).
MOST_ROWS = 50_000
CHUNK = 500
# So many of them are looked through at once where no line is written.
LOOKED_AT = 5_000

Rows = Iterator[Sequence[Value]]


# --- What the page shows ----------------------------------------------------------------------------------------------


def export_table(table: Table, asked: Asked, as_: Format, chosen: dict[str, str]) -> Iterator[bytes]:
    """
    Return a table of the page as the pieces of a file, once that is on record.

    :raises NotAllowed: the asker does not open the overview any more
    :raises TooOften: the files of an hour are used up
    """
    _allowed(asked.user, at=asked.at, name=table.name)
    record(
        "desk.export",
        actor=asked.user,
        detail={"table": table.name, "format": as_.value, "rows": len(table.rows) + len(table.apart), **chosen},
        at=asked.at,
    )
    return written(_with_head(table, asked), as_)


def record_paper(asked: Asked, chosen: dict[str, str]) -> None:
    """
    Write down that the page is taken out as PDF.

    :raises NotAllowed: the asker does not open the overview any more
    :raises TooOften: the files of an hour are used up
    """
    _allowed(asked.user, at=asked.at, name="pdf")
    record("desk.export", actor=asked.user, detail={"table": "all", "format": "pdf", **chosen}, at=asked.at)


def _allowed(user: User, *, at: datetime, name: str) -> None:
    try:
        _refuse(user, at=at)
    except (NotAllowed, TooOften):
        record("desk.export", actor=user, outcome=Outcome.REFUSED, detail={"table": name}, at=at)
        raise


def _refuse(user: User, *, at: datetime) -> None:
    if not may_open(user):
        raise NotAllowed(_("Lists of the overview are not yours to take out."))
    if limits.export(user.pk, at=at).wait_seconds:
        raise TooOften


def head(title: str, asked: Asked, names: Sequence[str], *, cut: str = "", as_of: datetime | None = None) -> Rows:
    """Return what stands above every list: filters, cut-off, what its figures mean, and that rows are left out."""
    yield [title]
    yield [pgettext("overview", "Period"), asked.period.words]
    for label, value in filters_in_words(asked):
        yield [label, value]
    yield [_("Counted until"), timezone.localtime(as_of or asked.at)]
    rolled_up = asking.as_of()
    if rolled_up is not None:
        yield [_("Figures as of"), timezone.localtime(rolled_up)]
    for name in names:
        of = figures.definition(name)
        yield [_("Definition: %(figure)s") % {"figure": capfirst(str(of.label))}, definition_in_words(of)]
    if cut:
        yield [cut]
    yield []


def definition_in_words(of: Definition) -> str:
    """Return what a figure means, in one text."""
    parts = [
        (_("formula"), of.formula),
        (_("numerator"), of.numerator),
        (_("denominator"), of.denominator),
        (_("left out"), of.exclusions),
        (_("source"), of.source),
    ]
    return pgettext("between parts of a definition", "; ").join(
        _("%(label)s: %(text)s") % {"label": label, "text": text} for label, text in parts if text
    )


def filters_in_words(asked: Asked) -> list[tuple[str, str]]:
    """Return the filters that are on, with their labels."""
    form, _again = ask(asked.user, asked.query, asked.at, figure=figures.RED if asked.cards else "")
    found: list[tuple[str, str]] = []
    if not form.is_valid():
        return found
    organ = form.cleaned_data["organ"]
    if organ is not None:
        text = str(organ)
        if form.cleaned_data["alone"]:
            text = _("%(organ)s without organs below") % {"organ": organ}
        found.append((str(form.fields["organ"].label), text))
    for name in ("district", "kind", "category", "channel", *asked.cards):
        if value := form.cleaned_data[name]:
            found.append((str(form.fields[name].label), _chosen(form.fields[name].choices, value)))  # type: ignore[attr-defined]
    return found


def _chosen(choices: Any, value: str) -> str:
    for key, label in choices:
        if isinstance(label, list | tuple):
            if found := _chosen(label, value):
                return found
        elif key == value:
            return str(label)
    return ""


def _with_head(table: Table, asked: Asked) -> Rows:
    yield from head(table.title, asked, table.definitions, cut=table.cut, as_of=table.as_of)
    yield from table.lines()


# --- Rows behind a figure ---------------------------------------------------------------------------------------------


def rows_known(name: str, part: Part, asked: Asked) -> QuerySet[Any]:
    """
    Return the rows behind a side of a figure that the asker may know of, in their order.

    :raises KeyError: there is no such figure
    :raises LookupError: it has no such side
    """
    return showing.ordered(seen(figures.rows_behind(name, asked, part), asked))


def title_of(name: str, part: Part) -> str:
    """Return what a list of rows is called."""
    of = figures.definition(name)
    side = of.numerator if part is Part.NUMERATOR else of.denominator
    return _("%(figure)s: %(part)s") % {"figure": capfirst(str(of.label)), "part": side}


def export_rows(name: str, part: Part, asked: Asked, as_: Format, chosen: dict[str, str]) -> Iterator[bytes] | None:
    """
    Return the rows as the pieces of a file; None where they are so many that the worker has to make it.

    :raises NotAllowed: the asker does not open the overview any more
    :raises TooOften: the files of an hour are used up
    :raises LookupError: there is no such figure or side
    """
    keys = list(rows_known(name, part, asked).values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
    if len(keys) > MOST_AT_ONCE:
        return None
    _allowed(asked.user, at=asked.at, name=name)
    detail = {"figure": name, "part": part.value, "format": as_.value, "rows": len(keys), **chosen}
    record("desk.export", actor=asked.user, detail=detail, at=asked.at)
    return written(_rows(name, part, asked, keys), as_)


def _rows(name: str, part: Part, asked: Asked, keys: Sequence[int]) -> Rows:
    yield from head(title_of(name, part), asked, [name])
    yield [_("Number"), _("What was counted"), _("Due"), _("Date")]
    model = figures.rows_behind(name, asked, part).model
    waiting = iter(keys)
    while chunk := list(islice(waiting, CHUNK)):
        # Rights as they stand now: what has become absent meanwhile is left out (docs/trust.md Z-06).
        found = {row.pk: row for row in seen(model._default_manager.filter(pk__in=chunk), asked)}
        lines = showing.lines([found[key] for key in chunk if key in found])
        yield from ([line.number, capfirst(str(line.what)), line.due_at, _day(line.at)] for line in lines)


def _day(moment: datetime | date | None) -> Value:
    return moment


# --- Long lists, made by the worker -----------------------------------------------------------------------------------


def order(
    name: str, part: Part, /, *, by: User, at: datetime, query: QueryDict, as_: Format, is_confirmed: bool
) -> DeskExport:
    """
    Ask for the rows behind a figure as a file, and write down who did; it is made in the background.

    Whoever asks again for the same while it is on its way gets that one.

    :param is_confirmed: whether the password was given lately (docs/trust.md S-05)
    :raises NotAllowed: ``by`` does not open the overview
    :raises Invalid: the filters make no sense, or the password has to be given first
    :raises TooOften: the files of an hour are used up
    :raises LookupError: there is no such figure or side
    """
    form, asked = ask(by, query, at, figure=name)
    if asked is None:
        raise Invalid(None, _("Please put the filters right first."))
    if not is_confirmed:
        raise Invalid("password", _("Please enter your password: so long a list goes out only after that."))
    figures.rows_behind(name, asked, part)
    if len(asked.query.urlencode()) > LONGEST_QUERY:
        raise Invalid(None, _("These filters are too long to be kept."))
    same = {"figure": name, "part": part.value, "query": asked.query.urlencode(), "format": as_.value}

    def create() -> DeskExport:
        _refuse(by, at=at)
        export = DeskExport.objects.create(
            **same,
            language=translation.get_language() or settings.LANGUAGE_CODE,
            label=title_of(name, part)[:200],
            asked_at=at,
            asked_by=by,
            expires_at=at + EXPORT_LASTS,
        )
        record("desk.ask_export", actor=by, obj=export, detail={**same, **form.in_words()}, at=at)
        return export

    # What is refused inside is taken back with all that was written there: the record of it is written after that.
    try:
        return MAKER.order(by, same, create, at=at)
    except (NotAllowed, TooOften):
        record("desk.export", actor=by, outcome=Outcome.REFUSED, detail={"table": name}, at=at)
        raise


def _content(export: DeskExport, at: datetime) -> Made | None:
    """Return the bytes of a file and what is in it; None where the asker may not have it any more."""
    user = export.asked_by
    if not user.is_active or not may_open(user):
        return None
    with translation.override(export.language):
        _form, asked = ask(user, QueryDict(export.query), at, figure=export.figure)
        if asked is None:
            return None
        part = Part(export.part)
        with one_picture():
            keys = list(rows_known(export.figure, part, asked).values_list("pk", flat=True)[:MOST_ROWS])
            pieces = written(_rows(export.figure, part, asked, keys), Format(export.format))
            content = b"".join(pieces)
    return Made((content,), {"rows": len(keys), "keys": keys, "organs": sorted(asked.organ_ids)})


def _on_ready(export: DeskExport, made: Made, at: datetime) -> None:
    record("desk.make_export", actor=export.asked_by, obj=export, detail={"rows": made.columns["rows"]}, at=at)


def _on_end(export: DeskExport, state: str, at: datetime) -> None:
    outcome = Outcome.REFUSED if state == ExportState.REFUSED else Outcome.FAILED
    record("desk.make_export", actor=None, obj=export, outcome=outcome, at=at)


MAKER = Maker(
    DeskExport,
    folder=FOLDER,
    task=TASK,
    lasts=EXPORT_LASTS,
    files=(Columns("storage_name", "size", "sha256"),),
    make=_content,
    on_ready=_on_ready,
    on_end=_on_end,
    empty={"rows": 0, "keys": [], "organs": []},
)


def make_due(*, at: datetime) -> int:
    """Make the files that wait, or whose maker died, and return how many were brought to an end."""
    return MAKER.make_due(at=at)


def exports_of(user: User, *, at: datetime) -> QuerySet[DeskExport]:
    """Return the files of a person that are there or on their way, the newest first."""
    found = DeskExport.objects.filter(asked_by=user, expires_at__gt=at).defer("keys", "organs")
    return found.order_by("-asked_at", "-id")


def fetch(export: DeskExport, /, *, by: User, at: datetime, is_confirmed: bool) -> bytes:
    """
    Return the bytes of a file, after it is on record that ``by`` took it.

    Rights are read anew: a file with something in it that ``by`` may not know of any more goes to nobody and is made
    anew (docs/trust.md Z-13).

    :raises NotAllowed: it is somebody else's, or ``by`` does not open the overview any more
    :raises Invalid: it is not ready, its day is over, the password has to be given first, or it is made anew
    :raises FileUnavailable: the storage does not give it
    """
    fresh = User.objects.get(pk=by.pk)
    if export.asked_by_id != by.pk or not may_open(fresh):
        record("desk.fetch_export", actor=by, obj=export, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(_("This file is not yours to fetch."))
    if not export.is_fetchable(at):
        raise Invalid(None, _("There is nothing to fetch: the file is not ready, or its day is over."))
    if not is_confirmed:
        raise Invalid("password", _("Please enter your password: so long a list goes out only after that."))
    if not _is_all_known(export, fresh, at=at):
        _make_anew(export, by=by, at=at)
        raise Invalid(
            None, _("What you may know of has changed since the file was made. It is being made anew for you.")
        )
    record("desk.fetch_export", actor=by, obj=export, at=at)
    return store.read(export.storage_name, export.sha256)


def _is_all_known(export: DeskExport, user: User, *, at: datetime) -> bool:
    """Say whether somebody still reaches all organs that a file was made of, and may still know of each of its rows."""
    _form, asked = ask(user, QueryDict(export.query), at, figure=export.figure)
    if asked is None or not set(export.organs) <= asked.reach.ids:
        return False
    rows = figures.rows_behind(export.figure, asked, Part(export.part)).model._default_manager
    waiting = iter(export.keys)
    # Of thousands at once, and of promises only what they are about: somebody waits for it.
    while chunk := list(islice(waiting, LOOKED_AT)):
        known = _still_known(rows.filter(pk__in=chunk), asked)
        if set(known.values_list("pk", flat=True)) != set(chunk):
            return False
    return True


def _still_known(rows: QuerySet[Any], asked: Asked) -> QuerySet[Any]:
    """Keep of some rows those that the asker may know of, as ``seen`` does."""
    if rows.model is Deadline and not asked.reach.sums_alone:
        return showing.seen_promises(rows, asked.user)
    return seen(rows, asked)


def _make_anew(export: DeskExport, *, by: User, at: datetime) -> None:
    """Let the worker make a file again, and remove the bytes that were made."""
    with transaction.atomic():
        MAKER.make_anew(export)
        record("desk.fetch_export", actor=by, obj=export, outcome=Outcome.REFUSED, at=at)


def remove_expired(*, at: datetime) -> int:
    """Remove the files whose day is over, rows and bytes, and return how many; the record keeps who had them."""
    return MAKER.remove_expired(at=at)


def kept_too_long() -> int:
    """Return how many files are still there two hours after their day: a part of I-10."""
    return DeskExport.objects.filter(expires_at__lt=timezone.now() - timedelta(hours=2)).count()


def tend() -> None:
    """Make what waits and remove what is over: one run of the worker."""
    at = clock.believed()
    if at is not None:  # D-08: the day of none is over by a false clock
        MAKER.tend(at=at)
