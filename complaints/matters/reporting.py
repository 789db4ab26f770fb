"""
Taking in reports of matters: one, or ten thousand at once, in a fixed number of statements.

A report is taken by itself or not at all: what is wrong with one row does not touch the others. Which report came
first makes no difference, and one that was sent before changes nothing (``complaints.matters.course``).
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction

from complaints.matters import shape
from complaints.matters.course import Course, Report, Side, course_of
from complaints.matters.promises import DELIVERY, KIND, NOTICE, Promised, SideTerms, rules_by
from complaints.matters.shape import Rejection, ReportIn
from complaints.models import ItemVersion, Matter, MatterReport, MatterState, Outcome
from efficiency.deadlines import bulk
from efficiency.keys.models import ApiKey
from efficiency.organs.models import Organ, Post
from efficiency.rows import NULL, line, moment, put, text
from efficiency.timing import store
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.due import ONE_DAY, local, local_day

if TYPE_CHECKING:
    from efficiency.access.models import User

log = structlog.get_logger(__name__)
MOST_REPORTS = 10_000
# A matter passes a few steps. One of thousands of reports is a fault of the system that sends them.
MOST_OF_MATTER = 200
# Batches of one organ wait for one another; those of different organs do not (the first key of the advisory lock).
_LOCK = 20050901

MATTER_COLUMNS = (
    *("id", "organ_id", "external_id", "version_id", "item_id", "state", "step", "accepted_at", "finished_at"),
    *("outcome", "overdue_at", "doubts", "first_reported_at", "last_reported_at"),
)
REPORT_COLUMNS = (
    *("organ_id", "matter_id", "report_id", "kind", "at", "item_id", "step", "ground", "outcome", "corrects"),
    *("right_at", "days", "approver", "post_id", "reason", "received_at", "key_id", "uploaded_by_id"),
)
UPDATE_MATTERS = """
UPDATE complaints_matter AS m
   SET version_id = given.version_id, item_id = given.item_id, state = given.state, step = given.step,
       accepted_at = given.accepted_at, finished_at = given.finished_at, outcome = given.outcome,
       overdue_at = given.overdue_at, doubts = given.doubts,
       last_reported_at = coalesce(%(reported_at)s, m.last_reported_at)
  FROM jsonb_to_recordset(%(rows)s::jsonb)
    AS given (id bigint, version_id bigint, item_id bigint, state text, step int,
              accepted_at timestamptz, finished_at timestamptz, outcome text, overdue_at timestamptz, doubts text[])
 WHERE m.id = given.id
"""
KNOWN_REPORTS = """
SELECT r.report_id, m.external_id, r.kind, r.at, r.item_id, r.step, r.ground, r.outcome, r.corrects, r.right_at,
       r.days, r.approver, r.post_id, r.reason
  FROM complaints_matterreport AS r JOIN complaints_matter AS m ON m.id = r.matter_id
 WHERE r.organ_id = %s AND r.report_id IN (SELECT jsonb_array_elements_text(%s::jsonb))
"""
KNOWN_MATTERS = """
SELECT id, external_id FROM complaints_matter
 WHERE organ_id = %s AND external_id IN (SELECT jsonb_array_elements_text(%s::jsonb))
 ORDER BY id FOR NO KEY UPDATE
"""
REPORTS_OF_MATTERS = """
SELECT matter_id, report_id, kind, at, item_id, step, ground, outcome, corrects, right_at, days, approver,
       CASE organ_id WHEN %s THEN post_id END, reason, received_at
  FROM complaints_matterreport WHERE matter_id = ANY(%s::bigint[])
"""
NEW_IDS = """
SELECT nextval((SELECT pg_get_serial_sequence('complaints_matter', 'id'))) FROM generate_series(1, %s)
"""


class TooMany(Exception):
    """More reports at once than are taken together."""


@dataclass(slots=True)
class Taken:
    """What became of reports: how many were new, how many had been sent before, and which were not taken."""

    new: int = 0
    repeated: int = 0
    rejected: list[Rejection] = field(default_factory=list)


@transaction.atomic
def report(
    given: Sequence[Any],
    /,
    *,
    organ: Organ,
    at: datetime,
    key: ApiKey | None = None,
    by: "User | None" = None,
) -> Taken:
    """
    Take in reports about matters of ``organ``, sent with ``key`` or uploaded ``by`` a person; rights are asked before.

    Each of ``given`` is a mapping of the fields of ``shape.ReportIn``.

    :raises TooMany: there are more than ``MOST_REPORTS``
    """
    if len(given) > MOST_REPORTS:
        raise TooMany
    taken = Taken()
    if given:
        calendar = store.hold()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, organ.pk])
        batch = _Batch(organ, at, Promised(_versions(organ), calendar))
        batch.take(given, taken)
        batch.write(taken, key=key, by=by)
    taken.rejected.sort(key=lambda each: each.index)
    return taken


@transaction.atomic
def reckon_again(numbers: Iterable[str], /, *, organ: Organ, at: datetime) -> None:
    """Bring matters of the organ in line with their reports as of ``at``: time alone can change what follows."""
    calendar = store.hold()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, organ.pk])
    _Batch(organ, at, Promised(_versions(organ), calendar)).reckon_again(numbers)


def hold_back(organs: Iterable[int]) -> None:
    """Let reports about matters of these organs wait for the transaction of the caller, and it for those under way."""
    with connection.cursor() as cursor:
        for organ_id in sorted(organs):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, organ_id])


def _versions(organ: Organ) -> list[ItemVersion]:
    """Return what was ever promised for the items of the organ, in one question, with their codes."""
    found = ItemVersion.objects.published().filter(item__organ=organ).select_related("item")
    return list(found.order_by("item_id", "valid_from"))


class _Batch:
    """Reports of one organ on their way into the tables."""

    def __init__(self, organ: Organ, at: datetime, promised: Promised) -> None:
        self.organ = organ
        self.at = at
        self.now = at.isoformat()
        self.promised = promised
        self.sides = SideTerms(promised.calendar)
        # The last moment that may be reported, and the days of those that can be counted from: the day before is known.
        self.latest = local(shape.latest(at))
        self.first_day = promised.calendar.first_day + ONE_DAY
        self.last_day = promised.calendar.last_day + ONE_DAY
        self.items = {versions[0].item.code: item_id for item_id, versions in promised.by_item.items()}
        self.posts: dict[str, tuple[int, date, date | None]] | None = None
        # Row of the batch, number of the matter, what is said of it.
        self.new: list[tuple[int, str, Report]] = []

    def take(self, given: Sequence[Any], taken: Taken) -> None:
        """Sort what was given into new reports, repeated ones and those that cannot be taken."""
        rows = []
        # What cannot be taken any more may have been taken before, and is repeated then.
        only_again: dict[int, Rejection] = {}
        for index, each in enumerate(given):
            read = shape.read(index, each)
            found = read if isinstance(read, Rejection) else self._checked(index, read, only_again)
            if isinstance(found, Rejection):
                taken.rejected.append(found)
            else:
                rows.append((index, *found))
        known = self._known([said.report_id for _index, _number, said in rows])
        for row in rows:
            _index, number, said = row
            before = known.get(said.report_id)
            if before is None and row[0] in only_again:
                taken.rejected.append(only_again[row[0]])
            elif before is None:
                known[said.report_id] = row[1:]
                self.new.append(row)
                taken.new += 1
            elif before == (number, said):
                taken.repeated += 1
            else:
                taken.rejected.append(shape.reject(row[0], "identifier_taken", "id"))

    def write(self, taken: Taken, *, key: ApiKey | None, by: "User | None") -> None:
        """Store the new reports, and bring the matters and their promises in line with all that is known of them."""
        if not self.new:
            return
        ids = self._known_matters({number for _index, number, _said in self.new})
        before = self._reports_of(ids.values())
        by_matter = self._by_matter({number: len(before.get(pk, ())) for number, pk in ids.items()}, taken)
        is_new = [number for number in by_matter if number not in ids]
        ids |= zip(is_new, self._new_ids(len(is_new)), strict=True)
        all_of = {number: [*before.get(ids[number], ()), *reports] for number, reports in by_matter.items()}
        beyond = self._bring_in_line(all_of, ids, known=before, fresh=set(is_new), reported_at=self.at)
        for number in beyond:
            self._refuse(by_matter.pop(number), taken)
        received = line((self.at, key.pk if key is not None else None, by.pk if by is not None else None))
        reports = ((ids[number], said) for number, found in by_matter.items() for said in found)
        put(
            MatterReport._meta.db_table,
            REPORT_COLUMNS,
            [f"{self.organ.pk}\t{_report_cells(pk, said)}\t{received}" for pk, said in reports],
        )

    def reckon_again(self, numbers: Iterable[str]) -> None:
        """Bring matters in line with the reports that are there."""
        ids = self._known_matters(numbers)
        before = self._reports_of(ids.values())
        all_of = {number: before[pk] for number, pk in ids.items() if pk in before}
        for number in self._bring_in_line(all_of, ids, known=before, fresh=set(), reported_at=None):
            log.warning("matter_beyond_calendar", matter=ids[number])

    def _bring_in_line(
        self,
        all_of: Mapping[str, list[Report]],
        ids: Mapping[str, int],
        *,
        known: Collection[int],
        fresh: Collection[str],
        reported_at: datetime | None,
    ) -> set[str]:
        """
        Write matters by all reports of each, and their promises; return those that are left as they are.

        ``known`` are the ids of those that had reports before, ``fresh`` the numbers of those that are not there yet.
        What the calendar does not reach stops no other matter (docs/trust.md F-14).
        """
        courses, beyond = self._courses(all_of)
        accounts = self._accounts(courses, ids)
        try:
            moments = bulk.settle(Matter, KIND, accounts, at=self.at)
        except OutsideCalendar:  # nothing was written yet
            outside = bulk.beyond_calendar(accounts)
            beyond |= {number for number in courses if ids[number] in outside}
            courses = {number: course for number, course in courses.items() if number not in beyond}
            moments = bulk.settle(Matter, KIND, self._accounts(courses, ids), at=self.at)
        by_id = {ids[number]: (self.organ.pk, course) for number, course in courses.items()}
        # What counted as accepted from its receipt may have been answered in time after all.
        bulk.withdraw(Matter, KIND, [pk for pk in by_id if pk in known and pk not in moments], at=self.at)
        settle_sides(by_id, self.sides, at=self.at, known=[pk for pk in by_id if pk in known])
        lines, rows = [], []
        for number, course in courses.items():
            pk = ids[number]
            overdue_at = moments[pk].overdue_at if course.state == MatterState.RUNNING else None
            if number in fresh:
                lines.append(self._matter_line(pk, number, course, overdue_at))
            else:
                rows.append(_matter_row(pk, course, overdue_at))
        if lines:
            put(Matter._meta.db_table, MATTER_COLUMNS, lines)
        if rows:
            with connection.cursor() as cursor:
                cursor.execute(UPDATE_MATTERS, {"reported_at": reported_at, "rows": bulk.as_json(rows)})
        return beyond

    def _courses(self, all_of: Mapping[str, list[Report]]) -> tuple[dict[str, Course], set[str]]:
        """Return where matters stand, and the numbers of those that cannot be counted."""
        rules = rules_by(self.promised, self.sides, at=self.at)
        courses: dict[str, Course] = {}
        beyond: set[str] = set()
        for number, reports in all_of.items():
            try:
                courses[number] = course_of(reports, rules)
            except OutsideCalendar:
                beyond.add(number)
        return courses, beyond

    def _accounts(self, courses: Mapping[str, Course], ids: Mapping[str, int]) -> list[bulk.Account]:
        return [
            account
            for number, course in courses.items()
            if (account := account_of(ids[number], self.organ.pk, course)) is not None
        ]

    def _refuse(self, reports: Sequence[Report], taken: Taken) -> None:
        """Answer reports with which their matter could not be counted."""
        refused = {id(said) for said in reports}
        for index, _number, said in self.new:
            if id(said) in refused:
                taken.new -= 1
                taken.rejected.append(shape.reject(index, "outside_calendar", "at"))

    def _by_matter(self, counts: dict[str, int], taken: Taken) -> dict[str, list[Report]]:
        """Return the new reports by the number of their matter; what one has too many of is not taken."""
        by_matter: dict[str, list[Report]] = {}
        for index, number, said in self.new:
            counts[number] = counts.get(number, 0) + 1
            if counts[number] > MOST_OF_MATTER:
                taken.new -= 1
                taken.rejected.append(shape.reject(index, "too_many_of_matter", "matter"))
            else:
                by_matter.setdefault(number, []).append(said)
        return by_matter

    def _checked(self, index: int, given: ReportIn, only_again: dict[int, Rejection]) -> tuple[str, Report] | Rejection:
        """
        Return the number of the matter and the report as it is kept, or what is wrong with it by itself.

        Whatever else was reported makes no difference here; what may have been right once goes into ``only_again``.
        """
        at = self._moment(given.at)
        if isinstance(at, str):
            return shape.reject(index, at, "at")
        right_at = self._moment(given.right_at) if given.right_at is not None else None
        if isinstance(right_at, str):
            return shape.reject(index, right_at, "right_at")
        item_id = None
        if given.item:
            item_id = self.items.get(given.item)
            if item_id is None:
                return shape.reject(index, "unknown_item", "item")
            try:
                if self.promised(item_id, at.date()) is None:
                    only_again[index] = shape.reject(index, "no_promise", "item")
            except OutsideCalendar:
                only_again[index] = shape.reject(index, "outside_calendar", "item")
        post_id = None
        if given.post:
            post_id, is_there = self._post(given.post, at.date())
            if post_id is None:
                return shape.reject(index, "unknown_post", "post")
            if not is_there:
                only_again.setdefault(index, shape.reject(index, "unknown_post", "post"))
        said = Report(
            given.id,
            given.kind,
            at,
            item_id,
            given.step,
            given.ground,
            given.outcome,
            given.corrects,
            right_at,
            given.days,
            given.approver,
            post_id,
            given.reason,
            self.at,
        )
        return given.matter, said

    def _post(self, code: str, on: date) -> tuple[int | None, bool]:
        """
        Return the post of the organ that has the code, and whether it is there on the day.

        All are read at the first that is asked for.
        """
        if self.posts is None:
            found = Post.objects.filter(organ=self.organ).values_list("code", "pk", "since", "until")
            self.posts = {code: (pk, since, until) for code, pk, since, until in found}
        pk, since, until = self.posts.get(code, (None, on, None))
        return pk, since <= on and (until is None or on < until)

    def _moment(self, given: datetime) -> datetime | str:
        """Return a moment in the portal's zone, as it is kept, or why it cannot be: a code of ``shape.REASONS``."""
        try:  # kept in the portal's zone: the database knows fewer offsets than a report may have
            found = local(given)
        except OverflowError:
            return "in_the_future" if given > self.latest else "outside_calendar"
        if found > self.latest:
            return "in_the_future"
        # What is settled at once is counted from the day before.
        return found if self.first_day <= found.date() <= self.last_day else "outside_calendar"

    def _known(self, report_ids: list[str]) -> dict[str, tuple[str, Report]]:
        with connection.cursor() as cursor:
            cursor.execute(KNOWN_REPORTS, [self.organ.pk, json.dumps(report_ids)])
            return {row[0]: (row[1], Report(row[0], *row[2:])) for row in cursor.fetchall()}

    def _known_matters(self, numbers: Iterable[str]) -> dict[str, int]:
        with connection.cursor() as cursor:
            cursor.execute(KNOWN_MATTERS, [self.organ.pk, json.dumps(list(numbers))])
            return {number: pk for pk, number in cursor.fetchall()}

    def _reports_of(self, ids: Iterable[int]) -> dict[int, list[Report]]:
        found: dict[int, list[Report]] = {}
        with connection.cursor() as cursor:
            # The posts of an organ from which a matter went over are none of this one.
            cursor.execute(REPORTS_OF_MATTERS, [self.organ.pk, "{" + ",".join(map(str, ids)) + "}"])
            for matter_id, *said in cursor.fetchall():
                found.setdefault(matter_id, []).append(Report(*said))
        return found

    def _new_ids(self, count: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(NEW_IDS, [count])
            return [row[0] for row in cursor.fetchall()]

    def _matter_line(self, pk: int, number: str, course: Course, overdue_at: datetime | None) -> str:
        """Return a new matter as a row of COPY."""
        terms, step = course.terms, course.step
        return (
            f"{pk}\t{self.organ.pk}\t{text(number)}\t{terms.version_id if terms else NULL}"
            f"\t{terms.item_id if terms else NULL}\t{course.state.value}\t{NULL if step is None else step}"
            f"\t{moment(course.accepted_at)}\t{moment(course.finished_at)}\t{course.outcome}\t{moment(overdue_at)}"
            f"\t{{{','.join(course.doubts)}}}\t{self.now}\t{self.now}\n"
        )


def account_of(matter_id: int, organ_id: int, course: Course) -> bulk.Account | None:
    """Return the account of the promise of a matter; None before it was accepted."""
    if course.terms is None or course.accepted_at is None:
        return None
    return bulk.Account(
        object_id=matter_id,
        organ_id=organ_id,
        post_id=course.terms.post_id,
        started_at=course.accepted_at,
        limit=course.terms.limit,
        red_after=course.terms.red_after,
        fourth_after=course.terms.fourth_after,
        pauses=course.pauses,
        more=course.more,
        ended_at=course.finished_at,
        is_cancelled=course.outcome == Outcome.WITHDRAWN,
    )


def settle_sides(
    courses: Mapping[int, tuple[int, Course]], sides: SideTerms, /, *, at: datetime, known: Iterable[int] = ()
) -> None:
    """
    Bring the promises beside the decision in line with the courses of matters: by their ids, each with its organ.

    ``known`` are those that had reports before: what these promised and a correction has taken back is cancelled.
    """
    known = list(known)
    for kind, side_of in _SIDES:
        accounts = [
            side_account(pk, organ_id, kind, side, sides)
            for pk, (organ_id, course) in courses.items()
            if (side := side_of(course)) is not None
        ]
        bulk.settle(Matter, kind, accounts, at=at)
        promised = {account.object_id for account in accounts}
        bulk.withdraw(Matter, kind, [pk for pk in known if pk not in promised], at=at)


# Where the course of a matter tells of each promise beside the decision.
_SIDES: tuple[tuple[str, Callable[[Course], Side | None]], ...] = (
    (NOTICE, lambda course: course.notice),
    (DELIVERY, lambda course: course.delivery),
)


def side_account(matter_id: int, organ_id: int, kind: str, side: Side, sides: SideTerms) -> bulk.Account:
    """Return the account of a promise beside the decision; its clock never stands still."""
    terms = sides(kind, local_day(side.started_at))
    return bulk.Account(
        object_id=matter_id,
        organ_id=organ_id,
        post_id=side.post_id,
        started_at=side.started_at,
        limit=terms.limit,
        red_after=terms.red,
        fourth_after=terms.fourth,
        ended_at=side.ended_at,
        is_cancelled=side.is_cancelled,
    )


def _matter_row(pk: int, course: Course, overdue_at: datetime | None) -> dict[str, Any]:
    """Return what is written anew of a matter that was there."""
    return {
        "id": pk,
        "version_id": course.terms.version_id if course.terms else None,
        "item_id": course.terms.item_id if course.terms else None,
        "state": course.state.value,
        "step": course.step,
        "accepted_at": _iso(course.accepted_at),
        "finished_at": _iso(course.finished_at),
        "outcome": course.outcome,
        "overdue_at": _iso(overdue_at),
        "doubts": [doubt.value for doubt in course.doubts],
    }


def _report_cells(matter_id: int, said: Report) -> str:
    """Return what a report says as cells of COPY, between its organ and who sent it."""
    return (
        f"{matter_id}\t{text(said.report_id)}\t{said.kind}\t{moment(said.at)}"
        f"\t{NULL if said.item_id is None else said.item_id}\t{NULL if said.step is None else said.step}"
        f"\t{said.ground}\t{said.outcome}\t{text(said.corrects)}\t{moment(said.right_at)}"
        f"\t{NULL if said.days is None else said.days}\t{text(said.approver)}"
        f"\t{NULL if said.post_id is None else said.post_id}\t{said.reason}"
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
