"""
What follows from the reports of a matter: the same for any order in which they came, and however often (plain Python).

Reports count by their moments. What does not fit is left out of the count and named as a doubt, never guessed at: a
department cannot stop a clock after the last day, nor end what it has not begun (docs/domain.md 3.4, 5).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from complaints.models.matter import Doubt, MatterState, ReportKind
from efficiency.deadlines.bulk import Pause
from efficiency.timing import due
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import Limit, local_day


@dataclass(frozen=True, slots=True)
class Report:
    """
    One report, without who sent it: what it says is what counts.

    When it was received moves nothing. It tells what was reported only after the last day was over.
    """

    report_id: str
    kind: str
    at: datetime
    item_id: int | None = None
    step: int | None = None
    ground: str = ""
    outcome: str = ""
    corrects: str = ""
    right_at: datetime | None = None
    received_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Terms:
    """The promise that a matter is held to, from the version in force on the day of its acceptance."""

    version_id: int
    item_id: int
    post_id: int | None
    limit: Limit
    red_after: int
    fourth_after: int


@dataclass(frozen=True, slots=True)
class Course:
    """Where a matter stands."""

    state: MatterState
    terms: Terms | None = None
    accepted_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    finished_at: datetime | None = None
    outcome: str = ""
    step: int | None = None
    doubts: tuple[Doubt, ...] = ()


# Of an item, what is promised on a day; None where nothing is.
Promises = Callable[[int, date], Terms | None]

# In which order reports of one moment count.
_ORDER = {
    ReportKind.ACCEPTED: 0,
    ReportKind.STEP_PASSED: 1,
    ReportKind.SUSPENDED: 2,
    ReportKind.RESUMED: 3,
    ReportKind.FINISHED: 4,
}
# What is reported of a matter between its beginning and its end.
_BETWEEN = (ReportKind.SUSPENDED, ReportKind.RESUMED, ReportKind.STEP_PASSED)


def course_of(reports: Iterable[Report], *, promised: Promises, calendar: WorkCalendar) -> Course:
    """
    Return where a matter stands by its reports, each handed in once.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    doubts: set[Doubt] = set()
    reports = list(reports)
    effective = _effective(reports, doubts)
    accepted = [each for each in effective if each.kind == ReportKind.ACCEPTED]
    steps = [each.step for each in effective if each.kind == ReportKind.STEP_PASSED and each.step is not None]
    step = max(steps, default=None)
    if not accepted:
        return Course(MatterState.ANNOUNCED, step=step, doubts=_sorted(doubts))
    first = accepted[0]
    if len(accepted) > 1:
        doubts.add(Doubt.ACCEPTED_TWICE)
    terms = _terms_of(first, reports, promised)
    if terms is None:  # what was accepted had a promise on the day that was first reported
        return Course(MatterState.ANNOUNCED, step=step, doubts=_sorted(doubts))
    finished = _end_of(effective, first.at, doubts)
    end = finished.at if finished is not None else None
    pauses = _pauses(effective, _Clock(first.at, terms, calendar), finished, doubts)
    if end is not None:
        state = MatterState.FINISHED
    elif pauses and pauses[-1].ended_at is None:
        state = MatterState.SUSPENDED
    else:
        state = MatterState.RUNNING
    return Course(
        state=state,
        terms=terms,
        accepted_at=first.at,
        pauses=pauses,
        finished_at=end,
        outcome=finished.outcome if finished is not None else "",
        step=step,
        doubts=_sorted(doubts),
    )


def _effective(reports: Sequence[Report], doubts: set[Doubt]) -> list[Report]:
    """Return what is left of the reports once they are corrected, in the order of their moments."""
    corrections: dict[str, Report] = {}
    known = {each.report_id: each for each in reports}
    for each in reports:
        if each.kind != ReportKind.CORRECTED:
            continue
        target = known.get(each.corrects)
        if target is None or target.kind == ReportKind.CORRECTED:
            doubts.add(Doubt.CORRECTS_NOTHING)
            continue
        before = corrections.get(each.corrects)
        # The newest correction of a report is the one that counts.
        if before is None or (before.at, before.report_id) < (each.at, each.report_id):
            corrections[each.corrects] = each
    effective = []
    for each in reports:
        if each.kind == ReportKind.CORRECTED:
            continue
        correction = corrections.get(each.report_id)
        if correction is None:
            effective.append(each)
        elif correction.right_at is not None:
            effective.append(replace(each, at=correction.right_at, received_at=correction.received_at))
        elif each.kind == ReportKind.ACCEPTED:  # what was promised once cannot be made as if it had not been
            doubts.add(Doubt.ACCEPTANCE_STAYS)
            effective.append(each)
    if len(effective) > 1:
        effective.sort(key=lambda each: (each.at, _ORDER[ReportKind(each.kind)], each.report_id))
    return effective


def _terms_of(accepted: Report, reports: Sequence[Report], promised: Promises) -> Terms | None:
    """Return the promise of the day of acceptance; where none was in force then, that of the day first reported."""
    if accepted.item_id is None:
        return None
    terms = promised(accepted.item_id, local_day(accepted.at))
    if terms is not None:
        return terms
    reported = next(each for each in reports if each.report_id == accepted.report_id)
    return promised(accepted.item_id, local_day(reported.at))


def _end_of(effective: Sequence[Report], accepted_at: datetime, doubts: set[Doubt]) -> Report | None:
    """Return the first report of an end that comes after the beginning."""
    found = None
    for each in effective:
        if each.kind != ReportKind.FINISHED:
            continue
        if each.at < accepted_at:
            doubts.add(Doubt.BEFORE_ACCEPTANCE)
        elif found is None:
            found = each
        else:
            doubts.add(Doubt.FINISHED_TWICE)
    return found


class _Clock:
    """When the promise is overdue, by the standstills that have ended so far."""

    def __init__(self, started_at: datetime, terms: Terms, calendar: WorkCalendar) -> None:
        self.started_at, self.terms, self.calendar = started_at, terms, calendar
        self.spans: list[due.Suspension] = []
        self._overdue_at: datetime | None = None

    def overdue_at(self) -> datetime:
        """Return the first moment that is late; reckoned anew only after a further standstill."""
        if self._overdue_at is None:
            due_at = due.due_at(self.started_at, self.terms.limit, calendar=self.calendar, suspensions=self.spans)
            self._overdue_at = due_at + due.ONE_SECOND
        return self._overdue_at

    def stood_still(self, since: datetime, until: datetime) -> None:
        """Leave the days of a standstill out of the count."""
        self.spans.append(due.Suspension.between(since, until))
        self._overdue_at = None

    def is_told_late(self, report: Report) -> bool:
        """Say whether what happened in time was reported only when the promise was overdue by all known till then."""
        overdue_at = self.overdue_at()
        return report.received_at is not None and report.at < overdue_at <= report.received_at


def _pauses(
    effective: Sequence[Report], clock: _Clock, finished: Report | None, doubts: set[Doubt]
) -> tuple[Pause, ...]:
    """Return the standstills that count; one that lasts when the matter ends, ends with it."""
    done: list[Pause] = []
    standing: Report | None = None
    end = finished.at if finished is not None else None
    turns = [each for each in effective if each.kind in _BETWEEN]
    if not turns and finished is None:
        return ()
    # Where one standstill ends at the moment at which the next begins, the end comes first.
    ends_at = Counter(each.at for each in turns if each.kind == ReportKind.RESUMED)
    taken: Counter[datetime] = Counter()
    for each in turns:
        if each.at < clock.started_at or (end is not None and each.at > end):
            doubts.add(Doubt.BEFORE_ACCEPTANCE if each.at < clock.started_at else Doubt.AFTER_THE_END)
        elif each.kind == ReportKind.SUSPENDED:
            if standing is not None and standing.at < each.at and ends_at[each.at] > taken[each.at]:
                taken[each.at] += 1
                done.append(_pause(standing, each.at, clock))
                standing = None
            if standing is not None:
                doubts.add(Doubt.SUSPENDED_TWICE)
            elif each.at >= clock.overdue_at():
                doubts.add(Doubt.SUSPENDED_LATE)
            else:
                standing = each
                if clock.is_told_late(each):
                    doubts.add(Doubt.SUSPENDED_AFTERWARDS)
        elif each.kind == ReportKind.RESUMED:
            if taken[each.at]:
                taken[each.at] -= 1
                ends_at[each.at] -= 1
            elif standing is None:
                doubts.add(Doubt.NOT_SUSPENDED)
            else:
                done.append(_pause(standing, each.at, clock))
                standing = None
    if finished is not None and standing is None and clock.is_told_late(finished):
        doubts.add(Doubt.FINISHED_AFTERWARDS)
    if standing is not None:
        done.append(Pause(standing.at, end, standing.ground))
    return tuple(done)


def _pause(begun: Report, ended_at: datetime, clock: _Clock) -> Pause:
    clock.stood_still(begun.at, ended_at)
    return Pause(begun.at, ended_at, begun.ground)


def _sorted(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    return tuple(sorted(doubts))
