"""
A case that went through the real actions, taken apart so that it can be cast again and again.

A mould holds every row that the actions wrote about one case, in all tables that point to it. Casting it on another
day or for another organ moves its moments by working days, reckons its promises anew by the pure functions, and puts
other organs, posts and people in. Keys of rows, and the seconds of each moment, become places that are filled in at the
last moment.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from complaints.demo.patterns import ENDED, Pattern
from complaints.models import Attachment, Case, CaseEvent, CaseIdentity, ClosingReport, Evaluation, FilingToken, Reply
from efficiency.access.models import User
from efficiency.deadlines import moments
from efficiency.deadlines.models import Deadline, DeadlineState, Escalation, Promise
from efficiency.organs.models import Organ, Post
from efficiency.outbox.models import Channel, Message
from efficiency.timing import due
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import REMINDER_TIME, ZONE, Limit

Row = dict[str, str | None]
Model = type[models.Model]

# Rows of their own for each case: made by the generator, not copied.
MADE_ANEW: tuple[Model, ...] = (CaseIdentity, FilingToken, Attachment)
# What the layers above hang on promises follows from the copies by itself (``demonstration.follow_levels``).
OF_CASES = (Case._meta.app_label, Deadline._meta.app_label)
# Columns of the case that are filled in for each one.
DRAWN = ("number", "title", "description", "search_pairs", "text_print", "code_hash")
# Place of the seconds in a moment at which somebody acted; the same for all moments of a case, so that each comes
# after the one before, and what happened at once stays at once.
SECONDS = "seconds"
# What the values of an event point to (complaints.actions), by name.
POINTED_TO: dict[str, Model] = {
    "reply": Reply,
    "report": ClosingReport,
    "evaluation": Evaluation,
    "deadline": Deadline,
    "organ": Organ,
    "from_organ": Organ,
    "post": Post,
    "settled": Organ,
}
# Causes of messages: what stands before the colon of ``Message.event``.
CAUSES: dict[str, Model] = {"case-event": CaseEvent, "escalation": Escalation}
REPLACED: tuple[Model, ...] = (Organ, Post, User)
# Columns of a promise that are reckoned anew on another day, and the moments at which its levels are passed.
RECKONED = (*moments.COLUMNS, "state", "next_check_at")
THRESHOLDS = {1: "warn_at", 2: "overdue_at", 3: "red_at", 4: "fourth_at"}
# The moulds are played without sweeps; one that looks every minute would have found a level so long after it passed.
FOUND_AFTER = timedelta(minutes=1)
_MARK = re.compile("\x01([^\x02]+)\x02")
_PART = "part"


class CannotCast(Exception):
    """A mould holds something that cannot be moved to another day."""


@dataclass(frozen=True, slots=True)
class Replacements:
    """Other organs, posts and people, by the keys of those that the mould was made with."""

    organs: Mapping[int, int] = field(default_factory=dict)
    posts: Mapping[int, int] = field(default_factory=dict)
    users: Mapping[int, int] = field(default_factory=dict)

    def of(self, label: str, key: int) -> int:
        """Return who stands in for the row of this model (``efficiency.Organ`` …) with this key."""
        by_label = {Organ._meta.label: self.organs, Post._meta.label: self.posts, User._meta.label: self.users}
        return by_label[label].get(key, key)


@dataclass(frozen=True, slots=True)
class Cast:
    """
    Text for COPY, table by table, with places: ``formats[table] % places`` gives the rows of one case.

    A place is a table and the how-manieth of its new rows for this case, the name of a column of the case, or the
    seconds.
    """

    received_at: datetime
    formats: dict[str, str]
    places: dict[str, list[tuple[str, int] | str]]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a row that depends on the day and the organ of a casting: what it is, and what it was."""

    kind: str
    value: Any
    column: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """The rows of one table with everything that never changes written out."""

    text: str
    parts: list[int]  # by their number in the mould
    places: list[tuple[str, int] | str]
    count: int


@dataclass
class Mould:
    """All rows about one case, as text."""

    pattern: Pattern
    rows: dict[Model, list[Row]]
    received_at: datetime

    @cached_property
    def is_at_rest(self) -> bool:
        """Whether nobody has to do anything about the case any more, so that it may have been filed at any time."""
        return self.rows[Case][0]["state"] in ENDED and not any(
            row["state"] == DeadlineState.OPEN and not _ends_by_itself(row) for row in self.rows[Deadline]
        )

    @cached_property
    def layouts(self) -> dict[str, Layout]:
        """The layout of each table that has rows, in an order that keeps to the foreign keys."""
        return {model._meta.db_table: self.reading.layout(model, rows) for model, rows in self.rows.items() if rows}

    @cached_property
    def reading(self) -> "_Reading":
        """What the rows were read with; knows the parts that depend on the casting, each once."""
        return _Reading(self)

    @cached_property
    def promises(self) -> dict[str | None, Row]:
        """The promises by their key."""
        return {row["id"]: row for row in self.rows[Deadline]}

    def last_moment(self) -> datetime:
        """Return when the last step was taken."""
        return max(_moment(row["at"]) for row in self.rows[CaseEvent])

    def room(self) -> tuple[int, int]:
        """
        Return how many minutes (not above zero, not below zero) all steps may be moved without passing a threshold.

        Promises end with days, which the patterns keep away from; reminders are due at nine (docs/domain.md 3.1).
        """
        reminder = REMINDER_TIME.hour * 60 + REMINDER_TIME.minute
        times = [due.local(_moment(row["at"])) for row in self.rows[CaseEvent]]
        minutes = [reminder - (each.hour * 60 + each.minute) for each in times]
        return max((each for each in minutes if each <= 0), default=-reminder), min(
            (each - 1 for each in minutes if each > 0), default=reminder
        )

    def cast(
        self, *, calendar: WorkCalendar, filed_on: date, minutes: int, replacements: Replacements, now: datetime
    ) -> Cast:
        """
        Return the case as if it had been filed on the working day ``filed_on``, for other organs and people.

        Every step of it is taken ``minutes`` later in the day, or earlier, within the ``room``.

        :raises CannotCast: the case still waits for something and would not at another time
        """
        shift = calendar.working_days_between(due.local_day(self.received_at), filed_on)
        if shift and not self.is_at_rest:
            raise CannotCast("A case that is not at rest stays on its day.")
        casting = _Casting(self, calendar, shift, timedelta(minutes=minutes), replacements, now)
        layouts = self.layouts
        values = [casting.value(part) for part in self.reading.parts]
        return Cast(
            received_at=casting.moved(self.received_at),
            formats={
                table: layout.text % tuple(values[part] for part in layout.parts) for table, layout in layouts.items()
            },
            places={table: layout.places for table, layout in layouts.items()},
            counts={table: layout.count for table, layout in layouts.items()},
        )


def models_about_a_case() -> list[Model]:
    """Return the tables that hold rows about a case, each after those that it points to."""
    found: list[Model] = [Case, Deadline]
    while True:
        new = [
            model
            for model in apps.get_models()
            if model not in found
            and model not in MADE_ANEW
            and model._meta.app_label in OF_CASES
            and any(_foreign_keys(model, found))
        ]
        if not new:
            break
        found += new
    found.append(Message)
    ordered: list[Model] = []
    while len(ordered) < len(found):
        ordered += [
            model
            for model in found
            if model not in ordered
            and all(key.related_model in (*ordered, model) for key in _foreign_keys(model, found))
        ]
    return ordered


def columns() -> dict[str, list[str]]:
    """Return the columns that are copied, by table."""
    found = {
        model._meta.db_table: [str(each.column) for each in model._meta.concrete_fields]
        for model in models_about_a_case()
    }
    of_identity = CaseIdentity._meta.concrete_fields
    found[CaseIdentity._meta.db_table] = [str(each.column) for each in of_identity if not each.primary_key]
    return found


def _foreign_keys(model: Model, targets: Sequence[Model]) -> Iterator[models.ForeignKey]:
    for each in model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey) and each.related_model in targets:
            yield each


def take(pattern: Pattern, case: Case) -> Mould:
    """Return the mould of a case that was just played."""
    content_type = ContentType.objects.get_for_model(Case)
    rows: dict[Model, list[Row]] = {}
    for model in models_about_a_case():
        values: list[Any]
        if model is Case:
            condition, values = "id = %s", [case.pk]
        elif model is Deadline:
            condition, values = "content_type_id = %s AND object_id = %s", [content_type.pk, case.pk]
        elif model is Message:
            condition, values = "subject_type = %s AND subject_id = %s", [Case._meta.label_lower, case.pk]
        else:
            own = [(key.column, _keys_of(rows[key.related_model])) for key in _foreign_keys(model, list(rows))]
            condition = " OR ".join(f'"{column}" = ANY(%s::bigint[])' for column, _keys in own)
            values = ["{" + ",".join(found) + "}" for _column, found in own]
        rows[model] = _read(model, condition, values)
    mould = Mould(pattern, rows, case.received_at)
    mould.rows[Message] = list(_needed(mould))
    return mould


def _needed(mould: Mould) -> Iterator[Row]:
    """
    Leave out the messages that a portal would have cleared away, and all letters: nobody is to be written to.

    Of a case at rest one notification for each level remains (docs/trust.md I-06).
    """
    told = set()
    for row in mould.rows[Message]:
        if row["channel"] != Channel.PORTAL:
            continue
        if mould.is_at_rest and (row["event"] in told or not (row["event"] or "").startswith("escalation:")):
            continue
        told.add(row["event"])
        yield row


def _keys_of(rows: Sequence[Row]) -> list[str]:
    return [row["id"] or "" for row in rows]


def _read(model: Model, condition: str, values: Sequence[Any]) -> list[Row]:
    columns = [str(each.column) for each in model._meta.concrete_fields]
    listed = ", ".join(f'"{column}"::text' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'UTC'")
        cursor.execute(
            f'SELECT {listed} FROM "{model._meta.db_table}" WHERE {condition} ORDER BY id',  # noqa: S608 - our own names
            values,
        )
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def _moment(text: str | None) -> datetime:
    if text is None:
        raise CannotCast("A moment is missing.")
    return datetime.fromisoformat(text)


def _place(name: str, number: int | None = None) -> str:
    return f"\x01{name}\x02" if number is None else f"\x01{name}:{number}\x02"


class _Reading:
    """Reads the rows of a mould: what never changes, what depends on the casting, what is filled in at the end."""

    def __init__(self, mould: Mould) -> None:
        self.mould = mould
        self.numbers = {
            model: {key: number for number, key in enumerate(_keys_of(rows))} for model, rows in mould.rows.items()
        }
        self.parts: dict[Part, int] = {}
        self.used: list[int] = []

    def layout(self, model: Model, rows: Sequence[Row]) -> Layout:
        """Return the layout of a table."""
        self.used = []
        lines = ("\t".join(self._cell(model, each, row) for each in model._meta.concrete_fields) for row in rows)
        text = "\n".join([*lines, ""])
        found = _MARK.findall(text)
        # Twice formatted: first for the casting, then for each case.
        text = _MARK.sub(lambda mark: "%s" if mark[1] == _PART else "%%s", text.replace("%", "%%%%"))
        return Layout(text, self.used, [_target(mark) for mark in found if mark != _PART], len(rows))

    def _part(self, kind: str, value: Any, column: str = "") -> str:
        self.used.append(self.parts.setdefault(Part(kind, value, column), len(self.parts)))
        return _place(_PART)

    def _cell(self, model: Model, each: models.Field, row: Row) -> str:
        column = str(each.column)
        value = row[column]
        if model is Case and column in DRAWN:
            return _place(column)
        if model is Deadline and (column in RECKONED or (column == "ended_at" and _ends_by_itself(row))):
            return self._of_promise(row, column)
        if value is None:
            return NULL
        if each.primary_key:
            return _place(model._meta.db_table, self.numbers[model][value])
        if isinstance(each, models.ForeignKey):
            return self._key(each.related_model, int(value))
        if column in ("object_id", "subject_id"):
            return self._key(Case, int(value))
        if isinstance(each, models.DateTimeField):
            return self._moment(model, column, row)
        if model is Message and column == "event":
            cause, _, key = value.partition(":")
            return f"{cause}:{self._key(CAUSES[cause], int(key))}"
        if isinstance(each, models.JSONField):
            return self._json(json.loads(value))
        return escape(value)

    def _moment(self, model: Model, column: str, row: Row) -> str:
        """Return a moment: of somebody who acted, of a threshold, or of the sweep that found it passed."""
        if model is Case and column == "next_due_at":
            return self._part("due", _moment(row[column]))
        escalation = row if model is Escalation else self._told_of(row) if model is Message else None
        if escalation is None:
            return self._step(_moment(row[column]))
        promise, threshold = self.mould.promises[escalation["deadline_id"]], THRESHOLDS[int(escalation["level"] or 0)]
        return self._of_promise(promise, threshold, kind="promise" if column == "passed_at" else "found")

    def _step(self, moment: datetime) -> str:
        """Return a moment at which somebody acted."""
        return self._part("moment", moment) + _place(SECONDS) + UTC_OFFSET

    def _of_promise(self, promise: Row, column: str, *, kind: str = "promise") -> str:
        """Return what follows from the start of a promise, or is its start: there the reminder of a short one lies."""
        if promise[column] is None or promise[column] != promise["started_at"]:
            return self._part(kind, promise["id"], column)
        return self._step(_moment(promise[column]) + (FOUND_AFTER if kind == "found" else timedelta()))

    def _told_of(self, message: Row) -> Row | None:
        """Return the escalation that a message tells of."""
        cause, _, key = (message["event"] or "").partition(":")
        if CAUSES[cause] is not Escalation:
            return None
        return self.mould.rows[Escalation][self.numbers[Escalation][key]]

    def _key(self, model: Model, key: int) -> str:
        number = self.numbers.get(model, {}).get(str(key))
        if number is not None:
            return _place(model._meta.db_table, number)
        return self._part("key", key, model._meta.label) if model in REPLACED else str(key)

    def _json(self, values: dict[str, Any]) -> str:
        marked = {name: self._json_value(name, value) for name, value in values.items()}
        text = json.dumps(marked, ensure_ascii=False).replace("\\u0001", "\x01").replace("\\u0002", "\x02")
        # What is put in for a number loses the quotes around it.
        return escape(re.sub('"#(\x01[^\x02]+\x02)"', r"\1", text))

    def _json_value(self, name: str, value: Any) -> Any:
        if isinstance(value, list):
            return [self._json_value(name, each) for each in value]
        if name in POINTED_TO and isinstance(value, int):
            return f"#{self._key(POINTED_TO[name], value)}"
        if name.endswith("_on") and isinstance(value, str):
            return self._part("day", date.fromisoformat(value))
        return value


class _Casting:
    """One casting of a mould: knows the new day of each old one."""

    def __init__(
        self,
        mould: Mould,
        calendar: WorkCalendar,
        shift: int,
        later: timedelta,
        replacements: Replacements,
        now: datetime,
    ) -> None:
        self.mould = mould
        self.calendar = calendar
        self.shift = shift
        self.later = later
        self.replacements = replacements
        self.now = now
        self.days: dict[date, date] = {}
        self.promises: dict[str, dict[str, Any]] = {}

    def value(self, part: Part) -> str:
        """Return what stands in the place of a part."""
        match part.kind:
            case "moment":  # its seconds follow
                return f"{self.moved(part.value).astimezone(UTC):%Y-%m-%d %H:%M:}"
            case "due":  # of a case that waits, so that it stays where it is
                return _text(part.value)
            case "day":
                return self.day(part.value).isoformat()
            case "key":
                return str(self.replacements.of(part.column, part.value))
            case "promise":
                return _text(self._of_promise(part.value, part.column))
            case "found":
                return _text(self._of_promise(part.value, part.column) + FOUND_AFTER)
        raise ValueError(part.kind)

    def moved(self, moment: datetime) -> datetime:
        """Return the moment as many working days away, as many minutes later in the day."""
        local = moment.astimezone(ZONE)
        return datetime.combine(self.day(local.date()), local.timetz()) + self.later

    def day(self, day: date) -> date:
        """Return the day as many working days away; a day off keeps its distance from the working day before it."""
        if day not in self.days:
            worked = self.calendar.nth_working_day(self.calendar.ordinal(day))
            self.days[day] = self.calendar.nth_working_day(self.calendar.ordinal(worked) + self.shift) + (day - worked)
        return self.days[day]

    def _of_promise(self, key: str, column: str) -> Any:
        """Return what stands in a column of a promise that follows from its start."""
        row = self.mould.promises[key]
        if self.shift:
            if key not in self.promises:
                self.promises[key] = self._reckoned(row)
            return self.promises[key][column]
        value = row[column]
        return _moment(value) if value is not None and column.endswith("_at") else value

    def _reckoned(self, row: Row) -> dict[str, Any]:
        """Return the columns of a promise that follow from its start; those of the citizen end with their time."""
        limit = Limit(int(row["limit_number"] or 0), due.Unit(row["limit_unit"] or ""))
        reckoned = moments.first_moments(
            self.moved(_moment(row["started_at"])),
            limit,
            red=int(row["red_after"] or 0),
            fourth=int(row["fourth_after"] or 0),
            calendar=self.calendar,
        )
        columns: dict[str, Any] = {name: getattr(reckoned, name) for name in moments.COLUMNS}
        columns |= {"state": row["state"], "next_check_at": None}
        if _ends_by_itself(row):
            is_over = reckoned.overdue_at <= self.now
            columns |= {
                "state": DeadlineState.LAPSED.value if is_over else DeadlineState.OPEN.value,
                "ended_at": reckoned.overdue_at if is_over else None,
                "next_check_at": None if is_over else reckoned.overdue_at,
            }
        elif row["state"] == DeadlineState.OPEN:
            raise CannotCast(f"{row['kind']} still runs.")
        return columns


def _ends_by_itself(promise: Row) -> bool:
    """Say whether nobody ended a promise: it is the citizen's, and runs or has lapsed with its time."""
    return promise["promise"] == Promise.OWED_BY_CITIZEN and promise["state"] in (
        DeadlineState.OPEN,
        DeadlineState.LAPSED,
    )


# From this the numbers of cases are drawn.
NUMBERS = "complaints_case_number"
NULL = "\\N"
UTC_OFFSET = "+00"
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def escape(text: str) -> str:
    """Return a text as a cell of COPY's text format."""
    return "".join(_ESCAPES.get(each, each) for each in text) if any(each in text for each in _ESCAPES) else text


def _text(value: Any) -> str:
    match value:
        case None:
            return NULL
        case bool():
            return "t" if value else "f"
        case datetime():
            return value.astimezone(UTC).isoformat()
    return str(value)


def _target(place: str) -> tuple[str, int] | str:
    name, _, number = place.partition(":")
    return (name, int(number)) if number else name


def replacements_for(organ: str, other: str, lookup: Callable[[str], "Holder"]) -> Replacements:
    """
    Return who stands in when ``other`` takes the place of the organ ``organ`` (codes of organs).

    Codes of posts begin with the code of their organ; within a district its office and government change as well.
    """
    here, there = lookup(organ), lookup(other)
    organs, posts, users = {}, {}, {}
    pairs = [(here, there)]
    if here.district and here.district != there.district:
        pairs += [
            (lookup(here.district), lookup(there.district)),
            (lookup(f"{here.district}-office"), lookup(f"{there.district}-office")),
        ]
    for mine, theirs in pairs:
        organs[mine.pk] = theirs.pk
        for suffix, (post, user) in mine.posts.items():
            if suffix in theirs.posts:
                posts[post], users[user] = theirs.posts[suffix]
    return Replacements(organs, posts, users)


@dataclass(frozen=True, slots=True)
class Holder:
    """An organ with its posts: by the end of their code, key of the post and of the person who holds it."""

    pk: int
    district: str
    posts: Mapping[str, tuple[int, int]]
