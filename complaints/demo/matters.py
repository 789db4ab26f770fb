"""
Synthetic matters by the million: each is reported as a department's system would, and goes in by COPY.

What is stored follows from the reports by the same functions as everywhere (``complaints.matters.course``). The same
seed gives the same matters on the same day.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.db import connection, transaction

from complaints.matters.course import Course, Report, Terms, course_of
from complaints.matters.promises import KIND, Promised, SideTerms, rules_by
from complaints.matters.reporting import MATTER_COLUMNS, NEW_IDS, REPORT_COLUMNS, account_of, settle_sides
from complaints.models import ItemVersion, Matter, MatterReport, MatterState, ServiceItem
from complaints.models.matter import MatterGround, Outcome, RefusalReason, ReportKind
from efficiency.access.cipher import keyed_hash
from efficiency.access.models import User
from efficiency.deadlines import bulk
from efficiency.keys.models import ApiKey, Scope
from efficiency.rows import line, put
from efficiency.timing import store
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import Limit, Unit, local_day
from efficiency.timing.zone import ZONE

CHUNK = 5000
SYSTEM = "演示业务系统"
# Of a hundred matters so many are finished late, stand still for a while, are refused, are withdrawn; of so many the
# receipt is reported, in so many of these something is missing, and in so many of those that is told twice.
LATE, PAUSED, REFUSED, WITHDRAWN = 4, 5, 4, 1
RECEIVED, INCOMPLETE, TOLD_TWICE = 25, 30, 8
MOST_LATE_DAYS = 6
# Matters are made of items that promise days of one kind or the other.
DAYS = (Unit.WORKING_DAY.value, Unit.DAY.value)
KEY_DAYS = timedelta(days=365)

Progress = Callable[[int], None]


class NoItems(Exception):
    """No service item has a promise in force, so no matter can be held to one."""


def generate(
    count: int, *, seed: int, days: int, now: datetime, is_open: bool = False, progress: Progress = lambda _done: None
) -> int:
    """
    Add ``count`` matters accepted within the last ``days`` days, in the caller's transaction; return how many.

    With ``is_open`` none of them has ended, however old: what a sweep over many broken promises is measured with.

    :raises NoItems: no service item has a promise in force
    """
    with transaction.atomic():
        foundry = _Foundry(Random(seed), now, days=days, is_open=is_open)  # noqa: S311 - has to give the same again
        for first in range(0, count, CHUNK):
            size = min(CHUNK, count - first)
            _store(foundry.chunk(f"{seed}-{now:%Y%m%d}", first, size), foundry, now)
            progress(first + size)
    return count


class _Foundry:
    """Makes the reports of matters, and knows what is promised for the items."""

    def __init__(self, chance: Random, now: datetime, *, days: int, is_open: bool) -> None:
        self.chance, self.now, self.is_open = chance, now, is_open
        self.calendar: WorkCalendar = store.hold()
        versions = list(ItemVersion.objects.published().select_related("item").order_by("item_id", "valid_from"))
        self.promised = Promised(versions, self.calendar)
        self.sides = SideTerms(self.calendar)
        self.last_ordinal = self.calendar.ordinal(local_day(now))
        self.first_ordinal = min(self.last_ordinal, self.calendar.ordinal(local_day(now) - timedelta(days=days)) + 1)
        in_force = ItemVersion.objects.in_force(local_day(now)).filter(committed_unit__in=DAYS)
        self.items = list(ServiceItem.objects.filter(versions__in=in_force).order_by("code"))
        if not self.items:
            raise NoItems
        self.keys = _keys({item.organ_id for item in self.items}, now)

    def chunk(self, name: str, first: int, size: int) -> list[tuple[ServiceItem, str, list[Report]]]:
        """Return the next matters: their item, their number, their reports."""
        made = []
        for place in range(first, first + size):
            item = self.chance.choice(self.items)
            number = f"G{name}-{place:07d}"
            reports = self._reports(item, number)
            if reports:
                made.append((item, number, reports))
        return made

    def _reports(self, item: ServiceItem, number: str) -> list[Report]:
        day = self.calendar.nth_working_day(self.chance.randint(self.first_ordinal, self.last_ordinal))
        terms = self.promised(item.pk, day)
        accepted_at = min(self._within(day), self.now)
        if terms is None:  # the item was promised later than that
            day = local_day(self.now)
            terms = self.promised(item.pk, day)
            accepted_at = self.now
        reports = [Report(f"{number}-1", ReportKind.ACCEPTED.value, accepted_at, item.pk)]
        if terms is None or self.is_open:
            return reports
        rest = [each for each in self._rest(number, day, accepted_at, terms) if each.at <= self.now]
        return [*self._before(number, day, item), *reports, *rest]

    def _before(self, number: str, day: date, item: ServiceItem) -> list[Report]:
        """Return what is reported before the acceptance on the day: a receipt, and lists of what is missing."""
        if self.chance.randrange(100) >= RECEIVED:
            return []
        received_on = self.calendar.nth_working_day(self.calendar.ordinal(day) - self.chance.randint(2, 4))
        before = [Report(f"{number}-0", ReportKind.RECEIVED.value, self._at(received_on, 9), item.pk)]
        if self.chance.randrange(100) < INCOMPLETE:
            told_on = self.calendar.add_working_days(received_on, 1)
            before.append(Report(f"{number}-0a", ReportKind.NOTICE.value, self._at(told_on, 10)))
            if self.chance.randrange(100) < TOLD_TWICE:
                before.append(Report(f"{number}-0b", ReportKind.NOTICE.value, self._at(told_on, 16)))
        return before

    def _rest(self, number: str, day: date, accepted_at: datetime, terms: Terms) -> list[Report]:
        """Return what is reported after the acceptance, whether it lies ahead or not."""
        drawn = self.chance.randrange(100)
        limit = self._working_days(day, terms.limit)
        took = self.chance.randint(min(1, limit), limit) if self.chance.random() < 0.7 else limit
        reports, stood = [], 0
        if drawn < LATE:
            took = limit + self.chance.randint(1, MOST_LATE_DAYS)
        elif drawn < LATE + PAUSED and limit > 2:
            stood = self.chance.randint(2, 8)
            begins = self.calendar.add_working_days(day, 1)
            ends = self.calendar.add_working_days(begins, stood)
            ground = MatterGround.EXPERT.value
            reports.append(Report(f"{number}-2", ReportKind.SUSPENDED.value, self._at(begins, 10), ground=ground))
            reports.append(Report(f"{number}-3", ReportKind.RESUMED.value, self._at(ends, 15)))
        else:
            passed_at = accepted_at + timedelta(minutes=40)
            reports.append(Report(f"{number}-2", ReportKind.STEP_PASSED.value, passed_at, step=1))
        days = took + (stood + 1 if stood else 0)
        last = self.calendar.add_working_days(day, days) if days else day
        ended_at = max(self._within(last), accepted_at + timedelta(minutes=45))
        outcome = Outcome.GRANTED
        if drawn >= 100 - REFUSED:
            outcome = Outcome.REFUSED
        elif drawn >= 100 - REFUSED - WITHDRAWN:
            outcome = Outcome.WITHDRAWN
        reason = RefusalReason.CONDITIONS.value if outcome == Outcome.REFUSED else ""
        reports.append(Report(f"{number}-9", ReportKind.FINISHED.value, ended_at, outcome=outcome.value, reason=reason))
        if terms.is_licence and outcome == Outcome.GRANTED:
            reports.append(Report(f"{number}-10", ReportKind.DELIVERED.value, self._handed_over_at(ended_at)))
        return reports

    def _handed_over_at(self, granted_at: datetime) -> datetime:
        """Return when a licence was handed over: mostly within days, now and then too late."""
        days = self.chance.randint(11, 14) if self.chance.randrange(100) < LATE else self.chance.randint(1, 6)
        return self._at(self.calendar.add_working_days(local_day(granted_at), days), 15)

    def _working_days(self, day: date, limit: Limit) -> int:
        """Return how many working days lie within a limit of days, in which the work is done."""
        if limit.unit is Unit.WORKING_DAY:
            return limit.number
        return self.calendar.working_days_between(day, day + timedelta(days=limit.number))

    def _within(self, day: date) -> datetime:
        return self._at(day, 9) + timedelta(seconds=self.chance.randrange(8 * 3600))

    def _at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), ZONE)


def _store(made: Sequence[tuple[ServiceItem, str, list[Report]]], foundry: _Foundry, now: datetime) -> None:
    """Write matters with their promises and reports."""
    with connection.cursor() as cursor:
        cursor.execute(NEW_IDS, [len(made)])
        ids = [row[0] for row in cursor.fetchall()]
    rules = rules_by(foundry.promised, foundry.sides, at=now)
    courses = [course_of(reports, rules) for _item, _number, reports in made]
    accounts = [
        account_of(pk, item.organ_id, course) for pk, (item, *_rest), course in zip(ids, made, courses, strict=True)
    ]
    moments = bulk.settle(Matter, KIND, [each for each in accounts if each is not None], at=now)
    settle_sides(
        {pk: (item.organ_id, course) for pk, (item, *_rest), course in zip(ids, made, courses, strict=True)},
        foundry.sides,
        at=now,
    )
    matters = (
        _matter(pk, item, number, course, moments[pk].overdue_at, reports)
        for pk, (item, number, reports), course in zip(ids, made, courses, strict=True)
    )
    put(Matter._meta.db_table, MATTER_COLUMNS, map(line, matters))
    reports_of_all = (
        _report(pk, item, said, foundry.keys[item.organ_id])
        for pk, (item, _number, reports) in zip(ids, made, strict=True)
        for said in reports
    )
    put(MatterReport._meta.db_table, REPORT_COLUMNS, map(line, reports_of_all))


def _matter(
    pk: int, item: ServiceItem, number: str, course: Course, overdue_at: datetime, reports: Sequence[Report]
) -> list[Any]:
    running = course.state == MatterState.RUNNING
    doubts = "{" + ",".join(doubt.value for doubt in course.doubts) + "}"
    return [
        pk,
        item.organ_id,
        number,
        course.terms.version_id if course.terms else None,
        item.pk,
        course.state.value,
        course.step,
        course.accepted_at,
        course.finished_at,
        course.outcome,
        overdue_at if running else None,
        doubts,
        reports[0].at,
        reports[-1].at,
    ]


def _report(pk: int, item: ServiceItem, said: Report, key: ApiKey) -> list[Any]:
    return [
        item.organ_id,
        pk,
        said.report_id,
        said.kind,
        said.at,
        said.item_id,
        said.step,
        said.ground,
        said.outcome,
        said.corrects,
        said.right_at,
        said.days,
        said.approver,
        said.post_id,
        said.reason,
        said.at,
        key.pk,
        None,
    ]


def _keys(organ_ids: Iterable[int], now: datetime) -> dict[int, ApiKey]:
    """Return a key for each organ under which the reports stand; nobody has its secret."""
    found = {key.organ_id: key for key in ApiKey.objects.filter(name=SYSTEM, organ__in=organ_ids)}
    maker = User.objects.earliest("pk")
    for organ_id in sorted(set(organ_ids) - set(found)):
        name = keyed_hash("demonstration-key", str(organ_id)).hex()
        found[organ_id] = ApiKey.objects.create(
            organ_id=organ_id,
            name=SYSTEM,
            scopes=[Scope.PUSH_MATTERS.value],
            prefix=name[:8],
            secret_hash=bytes.fromhex(name[:64]),
            created_at=now - KEY_DAYS,
            created_by=maker,
            expires_at=now + KEY_DAYS,
        )
    return found


def is_generated() -> bool:
    """Say whether synthetic matters were added before."""
    return ApiKey.objects.filter(name=SYSTEM).exists()
