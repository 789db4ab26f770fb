"""
Promises whose course is reported from outside, thousands at a time: the same rows as one by one, in a fixed number of
statements.

A department's system says afterwards what happened, in any order. So an account is handed over whole, as it reads now,
and the stored promise is brought in line with it: opened, suspended, run again, met or cancelled. What escalations were
written before stays, whatever is reported later (docs/domain.md 9.3: ``unrecorded_suspension``).

Two things differ from steps taken when they happen, because they cannot be otherwise: a reminder that was due before a
standstill which has ended is not written afterwards, and what moved carries the moment at which it was reported.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from efficiency.deadlines import levels, registry
from efficiency.deadlines import moments as moments_
from efficiency.deadlines.models import Cause, Deadline, DeadlineState, Extension, Promise, Suspension
from efficiency.deadlines.moments import Moments
from efficiency.rows import NULL, line, moment, put
from efficiency.timing import store
from efficiency.timing.calendar import OutsideCalendar, WorkCalendar
from efficiency.timing.due import Limit, Unit, local, start_of


@dataclass(frozen=True, slots=True)
class Pause:
    """A standstill as it was reported; without an end it lasts."""

    started_at: datetime
    ended_at: datetime | None
    ground: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class More:
    """More time as it was reported, counted on from the old last day."""

    granted_at: datetime
    limit: Limit
    reason: str


@dataclass(slots=True)  # not frozen: made ten thousand at a time, at half the price
class Account:
    """
    Everything about one promise that its moments and its state follow from.

    ``ended_at`` closes it: met, or cancelled with ``is_cancelled``. All pauses but the last have an end, and so has
    the last one of a promise that has ended.
    """

    object_id: int
    organ_id: int
    post_id: int | None
    started_at: datetime
    limit: Limit
    red_after: int
    fourth_after: int
    pauses: tuple[Pause, ...] = ()
    more: More | None = None
    ended_at: datetime | None = None
    is_cancelled: bool = False

    @property
    def state(self) -> DeadlineState:
        """Where the promise stands by this account."""
        if self.ended_at is not None:
            return DeadlineState.CANCELLED if self.is_cancelled else DeadlineState.MET
        return DeadlineState.SUSPENDED if self.pauses and self.pauses[-1].ended_at is None else DeadlineState.OPEN


# What one promise is written with. Moments that many of them share are sent once.
_ROWS = """given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS given (
        object_id bigint, organ_id bigint, post_id bigint, started_at timestamptz, limit_number int, limit_unit text,
        red_after int, fourth_after int, place int, state text, suspended_at timestamptz, suspended_days int,
        met_at timestamptz, ended_at timestamptz, next_check_at timestamptz, moved_at timestamptz,
        due_before timestamptz, cause text, extension_count int
    ) JOIN jsonb_to_recordset(%(moments)s::jsonb) AS moments (
        place int, warn_at timestamptz, due_at timestamptz, overdue_at timestamptz, red_at timestamptz,
        fourth_at timestamptz, provisional boolean
    ) USING (place)
)"""
_WRITTEN = (
    "organ_id, post_id, started_at, limit_number, limit_unit, red_after, fourth_after, warn_at, due_at, overdue_at,"
    " red_at, fourth_at, provisional, state, suspended_at, suspended_days, met_at, ended_at, next_check_at, moved_at,"
    " extension_count"
)
_COLUMNS = _WRITTEN.replace(" ", "").split(",")
# What ended is the account of whoever ended it, also where its subject went over to another organ since.
_OWED_BY = {
    "organ_id": "CASE WHEN d.ended_at IS NULL OR given.ended_at IS NULL THEN given.organ_id ELSE d.organ_id END",
    "post_id": "CASE WHEN d.ended_at IS NULL OR given.ended_at IS NULL OR d.organ_id = given.organ_id"
    " THEN given.post_id ELSE d.post_id END",
}
# A new promise, as COPY takes it.
_NEW = (
    *("kind", "variant", "promise", "content_type_id", "generation", "level", "attempts", "last_error"),
    *("object_id", "organ_id", "post_id", "started_at", "limit_number", "limit_unit", "red_after", "fourth_after"),
    *("state", "suspended_at", "suspended_days", "met_at", "ended_at", "next_check_at", "moved_at", "extension_count"),
    *("warn_at", "due_at", "overdue_at", "red_at", "fourth_at", "provisional"),
)
PROMISE_IDS = """
SELECT object_id, id FROM efficiency_deadline
 WHERE content_type_id = %s AND object_id = ANY(%s::bigint[]) AND kind = %s AND generation = 1
"""
NOTE_NEW = """
INSERT INTO efficiency_duedatechange (deadline_id, cause, changed_at, due_before, due_after)
SELECT deadline_id, cause, %(at)s, due_before, due_after
  FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS given (deadline_id bigint, cause text, due_before timestamptz, due_after timestamptz)
"""
UPDATE_PROMISES = f"""
WITH {_ROWS}, stored AS (
    UPDATE efficiency_deadline AS d
       SET {", ".join(f"{column} = {_OWED_BY.get(column, f'given.{column}')}" for column in _COLUMNS)}
      FROM given
     WHERE d.content_type_id = %(type)s AND d.object_id = given.object_id AND d.kind = %(kind)s AND d.generation = 1
    RETURNING d.id, d.object_id
), noted AS (  -- a due date never moves silently (T16)
    INSERT INTO efficiency_duedatechange (deadline_id, cause, changed_at, due_before, due_after)
    SELECT stored.id, given.cause, %(at)s, given.due_before, given.due_at
      FROM stored JOIN given USING (object_id) WHERE given.due_before IS NOT NULL
)
SELECT object_id, id FROM stored
"""  # noqa: S608 - put together from our own constants
INSERT_SUSPENSIONS = """
INSERT INTO efficiency_suspension (deadline_id, ground, reason, started_at, ended_at)
SELECT deadline_id, ground, reason, started_at, ended_at
  FROM jsonb_to_recordset(%s::jsonb)
    AS given (deadline_id bigint, ground text, reason text, started_at timestamptz, ended_at timestamptz)
"""
INSERT_EXTENSIONS = """
INSERT INTO efficiency_extension (deadline_id, number, unit, reason, granted_at)
SELECT deadline_id, number, unit, reason, granted_at
  FROM jsonb_to_recordset(%s::jsonb)
    AS given (deadline_id bigint, number int, unit text, reason text, granted_at timestamptz)
"""
CANCEL_PROMISES = """
UPDATE efficiency_deadline
   SET state = 'cancelled', ended_at = started_at, met_at = NULL, suspended_at = NULL,
       next_check_at = NULL, moved_at = %(at)s
 WHERE content_type_id = %(type)s AND object_id = ANY(%(ids)s::bigint[]) AND kind = %(kind)s AND state <> 'cancelled'
"""
LOCK_PROMISES = """
SELECT id, object_id, started_at, warn_at, due_at, overdue_at, red_at, fourth_at, provisional, state, suspended_at,
       suspended_days, met_at, ended_at, level, moved_at, next_check_at, quarantined_at, extension_count,
       limit_number, limit_unit, red_after, fourth_after
  FROM efficiency_deadline
 WHERE content_type_id = %s AND object_id = ANY(%s::bigint[]) AND kind = %s AND generation = 1
 ORDER BY id FOR NO KEY UPDATE
"""


@dataclass(slots=True)
class _Stored:
    """A promise as it stood before, as far as it decides what is written."""

    id: int
    object_id: int
    started_at: datetime
    moments: Moments
    state: str
    level: int
    moved_at: datetime | None
    is_set_aside: bool
    extension_count: int
    ended_at: datetime | None
    suspended_days: int
    limit: Limit
    red_after: int
    fourth_after: int
    pauses: tuple[Pause, ...] = ()
    more: More | None = None

    def counts_as(self, account: Account) -> bool:
        """Say whether due dates follow from the account as from what is stored, but for the calendar."""
        return (self.started_at, self.limit, self.red_after, self.fourth_after, self.pauses, self.more) == (
            account.started_at,
            account.limit,
            account.red_after,
            account.fourth_after,
            account.pauses,
            account.more,
        )

    def has_ended_as(self, account: Account) -> bool:
        """Say whether it ended just so: then its moments stay, whatever became of the calendar (3.1 rule 13)."""
        return self.ended_at is not None and self.ended_at == account.ended_at and self.counts_as(account)


def settle(
    subject: type[models.Model], kind: str, accounts: Sequence[Account], /, *, at: datetime
) -> dict[int, Moments]:
    """
    Bring the promises of ``kind`` in line with their accounts, and return the moments of each by the subject's id.

    One promise for each subject, owed by government. What it passed before it ended or stood still is written down as
    a level; what an open one has passed the next sweep finds. The caller has locked the subjects. Of levels that cannot
    be written the promise is set aside (docs/trust.md D-07); what took too long is raised, and can be sent again.

    :raises KeyError: the kind is not registered
    :raises OutsideCalendar: the calendar does not reach far enough
    """
    if not accounts:
        return {}
    registered = registry.get(kind)
    calendar = store.hold()
    type_id = ContentType.objects.get_for_model(subject).pk
    stored = _stored(type_id, kind, accounts)
    reckon = _Reckoner(calendar)
    rows: list[dict[str, Any]] = []
    lines: list[str] = []
    moved: list[tuple[Account, Moments, datetime, Cause]] = []
    moments: dict[int, Moments] = {}
    stopped: list[int] = []
    head = line((kind, "", registered.promise, type_id, 1, 0, 0, ""))[:-1]
    for account in accounts:
        before = stored.get(account.object_id)
        stays = before is not None and before.has_ended_as(account)
        reckoned = moments[account.object_id] = before.moments if before is not None and stays else reckon(account)
        if before is None:
            first_due_at = reckon.plain(account).due_at if account.pauses or account.more else reckoned.due_at
            if first_due_at != reckoned.due_at:
                moved.append((account, reckoned, first_due_at, _cause(account, None)))
            has_moved = first_due_at != reckoned.due_at
            lines.append(_line(head, account, reckoned, reckon=reckon, moved_at=at if has_moved else None))
        else:
            days = before.suspended_days if stays else reckon.days(account)
            rows.append(_row(account, reckoned, before, reckon=reckon, days=days, at=at))
        if account.state != DeadlineState.OPEN and _passed_unseen(account, reckoned, before):
            stopped.append(account.object_id)
    ids = _update(rows, {"kind": kind, "type": type_id, "at": at, "moments": json.dumps(reckon.shared)})
    if lines:
        put(Deadline._meta.db_table, _NEW, lines)
        # Of most that are new nothing more is written, and their keys are not asked for.
        wanted = [each.object_id for each in accounts if each.object_id not in stored and _has_more(each)]
        ids |= _ids(type_id, kind, sorted({*wanted, *stopped} - ids.keys()))
    _note_moved(moved, ids, at=at)
    _write_suspensions(accounts, stored, ids)
    _write_extensions(accounts, stored, ids)
    if stopped:
        levels.raise_levels([ids[object_id] for object_id in stopped], at=at, statement=levels.RAISE_STOPPED)
    return moments


def beyond_calendar(accounts: Iterable[Account]) -> set[int]:
    """Return the subjects of the accounts that ``settle`` cannot count, because the calendar does not reach so far."""
    reckon = _Reckoner(store.hold())
    found = set()
    for account in accounts:
        try:
            reckon.plain(account)
            reckon(account)
            reckon.days(account)
        except OutsideCalendar:
            found.add(account.object_id)
    return found


def withdraw(subject: type[models.Model], kind: str, ids: Sequence[int], /, *, at: datetime) -> None:
    """
    Cancel the promises of ``kind`` whose reason was taken back by a correction; subjects without one are passed over.

    They end where they began, so that nothing of them was late. What a level had found before stays in the ledger.
    """
    if ids:
        type_id = ContentType.objects.get_for_model(subject).pk
        given = "{" + ",".join(map(str, ids)) + "}"
        with connection.cursor() as cursor:
            cursor.execute(CANCEL_PROMISES, {"type": type_id, "kind": kind, "ids": given, "at": at})


class _Reckoner:
    """Reckons the moments of accounts; those without a pause are reckoned once for each day and limit."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self.calendar = calendar
        self.kept: dict[tuple[date, Limit, int, int], Moments] = {}
        self.places: dict[int, tuple[Moments, int]] = {}
        self.texts: dict[int, tuple[Moments, str]] = {}
        self.shared: list[dict[str, Any]] = []

    def place_of(self, moments: Moments) -> int:
        """Return where in ``shared`` the moments stand as they are written, once for all promises that share them."""
        found = self.places.get(id(moments))
        if found is None:
            place = len(self.shared)
            found = self.places[id(moments)] = (moments, place)  # kept, so that no other object gets their address
            self.shared.append(
                {
                    "place": place,
                    "warn_at": moments.warn_at.isoformat(),
                    "due_at": moments.due_at.isoformat(),
                    "overdue_at": moments.overdue_at.isoformat(),
                    "red_at": moments.red_at.isoformat(),
                    "fourth_at": moments.fourth_at.isoformat(),
                    "provisional": moments.provisional,
                }
            )
        return found[1]

    def cells(self, moments: Moments) -> str:
        """Return the moments as cells of COPY, put together once for all promises that share them."""
        found = self.texts.get(id(moments))
        if found is None:
            five = (moments.warn_at, moments.due_at, moments.overdue_at, moments.red_at, moments.fourth_at)
            cells = line((*five, "t" if moments.provisional else "f"))
            found = self.texts[id(moments)] = (moments, cells)
        return found[1]

    def __call__(self, account: Account) -> Moments:
        """Return the moments of the account; while it stands still those of before the standstill."""
        ended = _ended(account) if account.pauses else []
        if not ended and account.more is None:
            return self.plain(account)
        deadline = Deadline(
            started_at=account.started_at,
            limit_number=account.limit.number,
            limit_unit=account.limit.unit.value,
            red_after=account.red_after,
            fourth_after=account.fourth_after,
        )
        more = account.more
        extensions = [Extension(number=more.limit.number, unit=more.limit.unit.value)] if more else []
        return moments_.moments_of(deadline, calendar=self.calendar, suspensions=ended, extensions=extensions)

    def plain(self, account: Account) -> Moments:
        """Return the moments without any pause."""
        started_at = account.started_at
        if account.limit.unit.is_hours:
            return self._first(started_at, account)
        day = local(started_at).date()
        key = (day, account.limit, account.red_after, account.fourth_after)
        if key not in self.kept:
            self.kept[key] = self._first(start_of(day), account)
        of_day = self.kept[key]
        # The hour of the start moves nothing but a reminder that would come before it (rule 11).
        return of_day if of_day.warn_at >= started_at else _with_warning(of_day, started_at)

    def days(self, account: Account) -> int:
        """Return how many days the pauses that have ended took out of the count."""
        if not account.pauses:
            return 0
        ended = _ended(account)
        unit = account.limit.unit.value
        return moments_.days_not_counted(ended, unit=unit, calendar=self.calendar) if ended else 0

    def _first(self, started_at: datetime, account: Account) -> Moments:
        return moments_.first_moments(
            started_at, account.limit, red=account.red_after, fourth=account.fourth_after, calendar=self.calendar
        )


def _ended(account: Account) -> list[Suspension]:
    return [
        Suspension(started_at=pause.started_at, ended_at=pause.ended_at)
        for pause in account.pauses
        if pause.ended_at is not None
    ]


def _with_warning(moments: Moments, warn_at: datetime) -> Moments:
    return Moments(warn_at, moments.due_at, moments.overdue_at, moments.red_at, moments.fourth_at, moments.provisional)


def _stored(type_id: int, kind: str, accounts: Iterable[Account]) -> dict[int, _Stored]:
    """Lock the promises that are there already and return them by subject, with the pauses that are written down."""
    with connection.cursor() as cursor:
        ids = "{" + ",".join(str(account.object_id) for account in accounts) + "}"
        cursor.execute(LOCK_PROMISES, [type_id, ids, kind])
        found = cursor.fetchall()
    rows = {
        object_id: _Stored(id_, object_id, started_at, Moments(*columns[:6]), columns[6], columns[11], columns[12],
                           columns[14] is not None, columns[15], columns[10], columns[8],
                           Limit(columns[16], Unit(columns[17])), columns[18], columns[19])
        for id_, object_id, started_at, *columns in found
    }  # fmt: skip
    if rows:
        by_id = {row.id: row for row in rows.values()}
        suspensions = Suspension.objects.filter(deadline__in=by_id).order_by("started_at", "id")
        for each in suspensions:
            row = by_id[each.deadline_id]
            row.pauses += (Pause(each.started_at, each.ended_at, each.ground, each.reason),)
        extended = [row.id for row in rows.values() if row.extension_count]
        for extension in Extension.objects.filter(deadline__in=extended) if extended else ():
            limit = Limit(extension.number, Unit(extension.unit))
            by_id[extension.deadline_id].more = More(extension.granted_at, limit, extension.reason)
    return rows


def _has_more(account: Account) -> bool:
    """Say whether rows beside the promise belong to the account."""
    return bool(account.pauses) or account.more is not None


def _cause(account: Account, before: _Stored | None) -> Cause:
    """Return why the due date of a promise is another than before, or than it would be without a pause."""
    if before is not None and before.started_at != account.started_at:
        return Cause.CORRECTION
    if before is not None and before.counts_as(account):
        return Cause.CALENDAR
    return Cause.SUSPENSION if account.more == (before.more if before else None) else Cause.EXTENSION


def _line(head: str, account: Account, moments: Moments, *, reckon: _Reckoner, moved_at: datetime | None) -> str:
    """Return a new promise as a row of COPY: what all of them share, its own, the moments (``_NEW``)."""
    state = account.state
    next_check = moments_.next_check(Promise.CITIZEN, moments, level=0) if state == DeadlineState.OPEN else None
    limit, post_id = account.limit, account.post_id
    own = (
        f"{head}\t{account.object_id}\t{account.organ_id}\t{NULL if post_id is None else post_id}"
        f"\t{moment(account.started_at)}\t{limit.number}\t{limit.unit.value}"
        f"\t{account.red_after}\t{account.fourth_after}\t{state.value}"
    )
    if state == DeadlineState.OPEN:
        ends = f"{NULL}\t{reckon.days(account)}\t{NULL}\t{NULL}"
    else:
        suspended_at = account.pauses[-1].started_at if state == DeadlineState.SUSPENDED else None
        met_at = account.ended_at if state == DeadlineState.MET else None
        ends = f"{moment(suspended_at)}\t{reckon.days(account)}\t{moment(met_at)}\t{moment(account.ended_at)}"
    rest = f"{moment(next_check)}\t{moment(moved_at)}\t{1 if account.more else 0}"
    return f"{own}\t{ends}\t{rest}\t{reckon.cells(moments)}"


def _row(
    account: Account, moments: Moments, before: _Stored, *, reckon: _Reckoner, days: int, at: datetime
) -> dict[str, Any]:
    """Return what is written anew of a promise that is there."""
    state = account.state
    is_open = state == DeadlineState.OPEN and not before.is_set_aside
    next_check = moments_.next_check(Promise.CITIZEN, moments, level=before.level) if is_open else None
    due_before = before.moments.due_at
    # An end that was reported after a level had been found: what the ledger says of both fits together again.
    ended_before = (
        account.ended_at is not None
        and before.level > 0
        and moments.thresholds()[before.level - 1][1] > account.ended_at
    )
    return {
        "object_id": account.object_id,
        "organ_id": account.organ_id,
        "post_id": account.post_id,
        "started_at": account.started_at.isoformat(),
        "limit_number": account.limit.number,
        "limit_unit": account.limit.unit.value,
        "red_after": account.red_after,
        "fourth_after": account.fourth_after,
        "place": reckon.place_of(moments),
        "state": state.value,
        "suspended_at": _iso(account.pauses[-1].started_at if state == DeadlineState.SUSPENDED else None),
        "suspended_days": days,
        "met_at": _iso(account.ended_at if state == DeadlineState.MET else None),
        "ended_at": _iso(account.ended_at),
        "next_check_at": _iso(next_check),
        "moved_at": _iso(at if moments != before.moments or ended_before else before.moved_at),
        "due_before": _iso(due_before if due_before != moments.due_at else None),
        "cause": _cause(account, before).value,
        "extension_count": 1 if account.more else 0,
    }


def as_json(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows for ``jsonb_to_recordset``; what has no value is left out, and so is null there."""
    return json.dumps([{name: value for name, value in row.items() if value is not None} for row in rows])


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _passed_unseen(account: Account, moments: Moments, before: _Stored | None) -> bool:
    """Say whether a promise that stopped had passed a level until then that nobody has written down."""
    level = before.level if before else 0
    until = account.ended_at or account.pauses[-1].started_at
    return any(number > level and moment <= until for number, moment in moments.thresholds())


def _update(rows: list[dict[str, Any]], parameters: Mapping[str, Any]) -> dict[int, int]:
    """Write promises anew and return their ids by subject."""
    if not rows:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(UPDATE_PROMISES, {**parameters, "rows": as_json(rows)})
        return dict(cursor.fetchall())


def _ids(type_id: int, kind: str, object_ids: Sequence[int]) -> dict[int, int]:
    """Return the keys of promises by their subjects."""
    if not object_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(PROMISE_IDS, [type_id, "{" + ",".join(map(str, object_ids)) + "}", kind])
        return dict(cursor.fetchall())


def _note_moved(
    moved: Iterable[tuple[Account, Moments, datetime, Cause]], ids: Mapping[int, int], *, at: datetime
) -> None:
    """Write down which new promises have another due date than they would have without a pause (T16)."""
    rows = [
        {
            "deadline_id": ids[account.object_id],
            "cause": cause.value,
            "due_before": due_before.isoformat(),
            "due_after": moments.due_at.isoformat(),
        }
        for account, moments, due_before, cause in moved
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(NOTE_NEW, {"at": at, "rows": json.dumps(rows)})


def _write_suspensions(accounts: Iterable[Account], stored: Mapping[int, _Stored], ids: Mapping[int, int]) -> None:
    """Let the written pauses be those of the accounts; what has not changed is left alone."""
    changed = [
        account
        for account in accounts
        if account.pauses != (stored[account.object_id].pauses if account.object_id in stored else ())
    ]
    if not changed:
        return
    Suspension.objects.filter(deadline__in=[ids[account.object_id] for account in changed]).delete()
    rows = [
        {
            "deadline_id": ids[account.object_id],
            "ground": pause.ground,
            "reason": pause.reason,
            "started_at": pause.started_at.isoformat(),
            "ended_at": _iso(pause.ended_at),
        }
        for account in changed
        for pause in account.pauses
    ]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(INSERT_SUSPENSIONS, [json.dumps(rows)])


def _write_extensions(accounts: Iterable[Account], stored: Mapping[int, _Stored], ids: Mapping[int, int]) -> None:
    """Let the written extensions be those of the accounts; most have none, and nothing is asked then."""
    changed = [
        account
        for account in accounts
        if account.more != (stored[account.object_id].more if account.object_id in stored else None)
    ]
    if not changed:
        return
    rows = [
        {
            "deadline_id": ids[account.object_id],
            "number": account.more.limit.number,
            "unit": account.more.limit.unit.value,
            "reason": account.more.reason,
            "granted_at": account.more.granted_at.isoformat(),
        }
        for account in changed
        if account.more is not None
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_take_back_extensions(%s)", [[ids[account.object_id] for account in changed]])
        if rows:
            cursor.execute(INSERT_EXTENSIONS, [json.dumps(rows)])
