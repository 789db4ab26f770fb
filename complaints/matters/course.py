"""
What follows from the reports of a matter: the same for any order in which they came, and however often (plain Python).

Reports count by their moments. What does not fit is left out of the count and named as a doubt, never guessed at: a
department cannot stop a clock after the last day, nor end what it has not begun (docs/domain.md 3.4, 5).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from complaints.models.matter import Doubt, MatterState, Outcome, RefusalReason, ReportKind
from efficiency.deadlines.bulk import More, Pause
from efficiency.timing import due
from efficiency.timing.calendar import WorkCalendar
from efficiency.timing.due import Limit, Unit, local_day


@dataclass(slots=True)  # not frozen: made ten thousand at a time, at half the price
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
    days: int | None = None
    approver: str = ""
    post_id: int | None = None
    reason: str = ""
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
    # By how many working days it may be extended at most, and whether a licence is owed once it is granted.
    most_more: int = 0
    is_licence: bool = False
    # How many steps its procedure has; 0 where none are listed.
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """A promise beside the decision: what is missing is told in time, or a licence is handed over in time."""

    post_id: int | None
    started_at: datetime
    ended_at: datetime | None = None
    is_cancelled: bool = False


@dataclass(slots=True)  # not frozen: made ten thousand at a time, at half the price
class Course:
    """Where a matter stands."""

    state: MatterState
    terms: Terms | None = None
    accepted_at: datetime | None = None
    pauses: tuple[Pause, ...] = ()
    more: More | None = None
    finished_at: datetime | None = None
    outcome: str = ""
    step: int | None = None
    doubts: tuple[Doubt, ...] = ()
    notice: Side | None = None
    delivery: Side | None = None


# Of an item, what is promised on a day; None where nothing is.
Promises = Callable[[int, date], Terms | None]

# In which order reports of one moment count.
_ORDER = {
    kind: place
    for place, kind in enumerate(
        (
            ReportKind.RECEIVED,
            ReportKind.NOTICE,
            ReportKind.ACCEPTED,
            ReportKind.STEP_PASSED,
            ReportKind.SUSPENDED,
            ReportKind.RESUMED,
            ReportKind.EXTENDED,
            ReportKind.FINISHED,
            ReportKind.DELIVERED,
        )
    )
}
# As reports have them, for the questions that are asked of every one of ten thousand.
_ACCEPTED, _CORRECTED = ReportKind.ACCEPTED.value, ReportKind.CORRECTED.value
_NAMING_A_POST = (_ACCEPTED, ReportKind.RECEIVED.value)
# What is reported of a matter between its beginning and its end.
_BETWEEN = (ReportKind.SUSPENDED, ReportKind.RESUMED, ReportKind.EXTENDED, ReportKind.STEP_PASSED)


@dataclass(frozen=True, slots=True)
class Rules:
    """What courses are reckoned by: the promises of items, how long a notice may take, the calendar."""

    promised: Promises
    # The first moment at which a notice of what is missing comes too late, of what was received at a moment.
    notice_overdue_at: Callable[[datetime], datetime]
    # The same of handing over what was granted at a moment.
    delivery_overdue_at: Callable[[datetime], datetime]
    calendar: WorkCalendar
    # As of when nothing was told; None where time alone changes nothing.
    at: datetime | None = None


def course_of(reports: Iterable[Report], rules: Rules) -> Course:
    """
    Return where a matter stands by its reports, each handed in once.

    :raises OutsideCalendar: the calendar does not reach far enough
    """
    reports = list(reports)
    doubts: set[Doubt] = set()
    course, _clock = _course(reports, rules, doubts, at=rules.at)
    corrections = [each for each in reports if each.kind == _CORRECTED]
    if (corrections or doubts) and _takes_time(corrections, reports, rules, doubts):
        doubts.add(Doubt.MOVED_AFTERWARDS)
    return replace(course, doubts=_sorted(doubts)) if doubts else course


def _takes_time(corrections: Sequence[Report], reports: Sequence[Report], rules: Rules, doubts: set[Doubt]) -> bool:
    """Say whether a promise that was overdue got more time by a correction, or by a further acceptance."""
    moving = [each for each in corrections if _moves_an_end(each, reports)]
    if any(_is_told_when_late(each, reports, rules) for each in moving):
        return True
    earlier = [each for each in corrections if _begins_earlier(each, reports)]
    return any(
        _is_told_when_late(each, reports, rules) and _takes_lateness_away(each, reports, rules)
        for each in (*earlier, *_further(reports, doubts))
    )


def _course(
    reports: Sequence[Report], rules: Rules, doubts: set[Doubt], *, at: datetime | None
) -> "tuple[Course, _Clock | None]":
    """Return the course at a moment without its doubts, which are added to ``doubts``, and its clock if it has one."""
    effective = _effective(reports, rules, doubts)
    accepted = [each for each in effective if each.kind == _ACCEPTED]
    first = accepted[0] if accepted else None
    # Of most matters a system has told the acceptance alone so far, and nothing of what follows has to be weighed.
    is_alone = first is not None and len(effective) == 1
    step, notice = (None, None) if is_alone else _before(effective, first, reports, rules, doubts)
    if len(accepted) > 1:
        doubts.add(Doubt.ACCEPTED_TWICE)
    first = _deemed(first, effective, notice, rules, doubts, at=at)
    if first is None:
        has_ended = Doubt.FINISHED_UNACCEPTED not in doubts and _has_ended(effective, notice)
        state = MatterState.UNACCEPTED if has_ended else MatterState.ANNOUNCED
        return Course(state, step=step, notice=notice), None
    terms = _terms_of(first, reports, rules.promised, post_id=_post_of(effective))
    if terms is None:  # what was accepted had a promise on the day that was first reported
        return Course(MatterState.ANNOUNCED, step=step, notice=notice), None
    if step is not None and 0 < terms.steps < step:
        doubts.add(Doubt.NO_SUCH_STEP)
        passed = (each.step for each in effective if each.step is not None and each.step <= terms.steps)
        step = max(passed, default=None)
    clock = _Clock(first.at, terms, rules.calendar)
    if is_alone:
        return Course(MatterState.RUNNING, terms, first.at), clock
    finished = _end_of(effective, first.at, doubts)
    pauses = _pauses(effective, clock, finished, doubts)
    end = finished.at if finished is not None else None
    if end is not None:
        state = MatterState.FINISHED
    elif pauses and pauses[-1].ended_at is None:
        state = MatterState.SUSPENDED
    else:
        state = MatterState.RUNNING
    course = Course(
        state=state,
        terms=terms,
        accepted_at=first.at,
        pauses=pauses,
        more=clock.more,
        finished_at=end,
        outcome=finished.outcome if finished is not None else "",
        step=step,
        notice=notice,
        delivery=_delivery(effective, terms, finished, rules, doubts),
    )
    return course, clock


def _before(
    effective: Sequence[Report], accepted: Report | None, reports: Sequence[Report], rules: Rules, doubts: set[Doubt]
) -> tuple[int | None, Side | None]:
    """Return what counts whether a matter was accepted or not: the last step passed, and the promise of a notice."""
    steps = [each.step for each in effective if each.kind == ReportKind.STEP_PASSED and each.step is not None]
    return max(steps, default=None), _notice(effective, accepted, reports, rules, doubts)


def _notice(
    effective: Sequence[Report], accepted: Report | None, reports: Sequence[Report], rules: Rules, doubts: set[Doubt]
) -> Side | None:
    """
    Return the promise to accept, or to tell in one list what is missing; None where no receipt was reported before.

    It ends with the first that says how the organ answered: accepted, told, or ended without an acceptance.
    """
    told = [each for each in effective if each.kind == ReportKind.NOTICE]
    if len(told) > 1:
        doubts.add(Doubt.NOTICED_TWICE)
    received = next((each for each in effective if each.kind == ReportKind.RECEIVED), None)
    if received is None:
        return None
    if accepted is not None and accepted.at < received.at:
        if _comes_after(accepted, rules.notice_overdue_at(received.at)):
            doubts.add(Doubt.ANSWERED_AFTERWARDS)
        return None
    terms = _terms_of(received, reports, rules.promised, post_id=received.post_id)
    answers = [each for each in (*told[:1], accepted) if each is not None and each.at >= received.at]
    if accepted is None:
        answers += [each for each in effective if each.kind == ReportKind.FINISHED and each.at >= received.at][:1]
    post_id = terms.post_id if terms else None
    if not answers:
        return Side(post_id, received.at)
    answer = min(answers, key=lambda each: each.at)
    if _comes_after(answer, rules.notice_overdue_at(received.at)):
        doubts.add(Doubt.ANSWERED_AFTERWARDS)
    return Side(post_id, received.at, answer.at, answer.outcome == Outcome.WITHDRAWN)


def _comes_after(report: Report, overdue_at: datetime) -> bool:
    """Say whether what happened in time was reported only when the promise was overdue."""
    return report.received_at is not None and report.at < overdue_at <= report.received_at


def _deemed(
    accepted: Report | None,
    effective: Sequence[Report],
    notice: Side | None,
    rules: Rules,
    doubts: set[Doubt],
    *,
    at: datetime | None,
) -> Report | None:
    """
    Return the acceptance, None where there is none yet.

    It counts from the receipt where nothing was told within the time for it (law), also if no acceptance is ever
    reported; and where a decision was reported without one, for whoever decides has accepted.
    """
    is_decided = accepted is None and _is_decided_unaccepted(effective, notice, rules)
    if is_decided:
        doubts.add(Doubt.FINISHED_UNACCEPTED)
    if notice is None:
        return accepted
    answered_at = notice.ended_at or at
    if answered_at is not None and answered_at >= rules.notice_overdue_at(notice.started_at):
        doubts.add(Doubt.DEEMED_ACCEPTED)
    elif not is_decided:
        return accepted
    received = next(each for each in effective if each.kind == ReportKind.RECEIVED)
    return replace(accepted or received, at=notice.started_at, received_at=received.received_at)


def _is_decided_unaccepted(effective: Sequence[Report], notice: Side | None, rules: Rules) -> bool:
    """
    Say whether a matter was decided of which no acceptance was reported.

    What is refused within the time for the notice, or because what the notice asked for never came, was not accepted:
    that is the answer to the receipt, and no decision (docs/domain.md 9.8).
    """
    since = notice.started_at if notice is not None else None
    ends = (each for each in effective if each.kind == ReportKind.FINISHED and (since is None or each.at >= since))
    end = next(ends, None)
    if end is None or end.outcome == Outcome.WITHDRAWN:
        return False
    if end.outcome == Outcome.GRANTED or notice is None:
        return True
    overdue_at = rules.notice_overdue_at(notice.started_at)
    told = any(each.kind == ReportKind.NOTICE and notice.started_at <= each.at < overdue_at for each in effective)
    return end.at >= overdue_at and not (told and end.reason == RefusalReason.MATERIALS)


def _has_ended(effective: Sequence[Report], notice: Side | None) -> bool:
    """Say whether a matter that nobody accepted or decided has ended: it was not accepted, or withdrawn before."""
    since = notice.started_at if notice is not None else None
    return any(each.kind == ReportKind.FINISHED and (since is None or each.at >= since) for each in effective)


def _delivery(
    effective: Sequence[Report], terms: Terms, finished: Report | None, rules: Rules, doubts: set[Doubt]
) -> Side | None:
    """Return the promise to hand over what was granted; None where no licence is owed."""
    granted_at = finished.at if finished is not None and finished.outcome == Outcome.GRANTED else None
    handed_over = [each for each in effective if each.kind == ReportKind.DELIVERED]
    if granted_at is None or any(each.at < granted_at for each in handed_over):
        if handed_over:
            doubts.add(Doubt.DELIVERED_EARLY)
        if granted_at is None:
            return None
    if not terms.is_licence:
        return None
    first = next((each for each in handed_over if each.at >= granted_at), None)
    if first is not None and _comes_after(first, rules.delivery_overdue_at(granted_at)):
        doubts.add(Doubt.DELIVERED_AFTERWARDS)
    return Side(terms.post_id, granted_at, first.at if first is not None else None)


# What gives more time when it becomes later; the end of a standstill and a decision also when it is gone.
_MOVING = (ReportKind.RECEIVED, ReportKind.ACCEPTED, ReportKind.RESUMED, ReportKind.FINISHED)


def _moves_an_end(correction: Report, reports: Sequence[Report]) -> bool:
    """
    Say whether a correction gives more time.

    A receipt, an acceptance, the end of a standstill or a decision becomes later, or one of the latter two is gone.
    """
    target = _target_of(correction, reports)
    if target is None or target.kind not in _MOVING:
        return False
    if correction.right_at is None:
        return target.kind in (ReportKind.RESUMED, ReportKind.FINISHED)
    return correction.right_at > target.at


def _begins_earlier(correction: Report, reports: Sequence[Report]) -> bool:
    """Say whether by a correction a receipt or an acceptance becomes earlier: another promise may be in force then."""
    target = _target_of(correction, reports)
    if target is None or correction.right_at is None or target.kind not in (ReportKind.RECEIVED, _ACCEPTED):
        return False
    return correction.right_at < target.at


def _target_of(correction: Report, reports: Sequence[Report]) -> Report | None:
    """Return what a correction corrects; None where that is nothing, or a newer correction of it counts."""
    target = next((each for each in reports if each.report_id == correction.corrects), None)
    others = (each for each in reports if each.kind == _CORRECTED and each.corrects == correction.corrects)
    if target is None or correction.report_id != max((each.at, each.report_id) for each in others)[1]:
        return None
    return target


def _further(reports: Sequence[Report], doubts: set[Doubt]) -> Iterable[Report]:
    """Return the acceptances that were received when the matter counted as accepted by what was known already."""
    if doubts.isdisjoint((Doubt.ACCEPTED_TWICE, Doubt.DEEMED_ACCEPTED)):
        return ()  # as of nearly all matters
    received = [each.received_at for each in reports if each.received_at is not None]
    return [
        each
        for each in reports
        if each.kind == _ACCEPTED and each.received_at is not None and min(received) < each.received_at
    ]


def _takes_lateness_away(report: Report, reports: Sequence[Report], rules: Rules) -> bool:
    """Say whether with a report a promise that was overdue when it was received is so later, or not any more."""
    told_at = report.received_at
    if told_at is None:
        return False
    known = _known_besides(report, reports, told_at)
    _before, was = _course(known, rules, set(), at=told_at)
    course, clock = _course([*known, report], rules, set(), at=told_at)
    if was is None:
        return False
    if clock is None or was.overdue_at() < clock.overdue_at():
        return True
    return clock.overdue_at() > min(told_at, course.finished_at or told_at)


def _is_told_when_late(correction: Report, reports: Sequence[Report], rules: Rules) -> bool:
    """Say whether the promise was overdue, by all else that was known then, when a report was received."""
    told_at = correction.received_at
    if told_at is None:
        return False
    known = _known_besides(correction, reports, told_at)
    course, clock = _course(known, rules, set(), at=told_at)
    target = next((each for each in known if each.report_id == correction.corrects), None)
    if target is not None and target.kind == ReportKind.FINISHED:
        # A decision begins the handing over; of its own promise nothing becomes better, unless it goes with it.
        delivery = course.delivery
        if delivery is not None and _is_over(rules.delivery_overdue_at(delivery.started_at), delivery, told_at):
            return True
        if clock is None or correction.right_at is not None or any(each.kind == _ACCEPTED for each in known):
            return False
    is_receipt = target is not None and target.kind == ReportKind.RECEIVED
    if is_receipt and (notice := course.notice) is not None:
        overdue_at = rules.notice_overdue_at(notice.started_at)
        if _is_over(overdue_at, notice, told_at):
            return True
    if clock is None or course.state == MatterState.SUSPENDED:
        return False
    return clock.overdue_at() <= min(told_at, course.finished_at or told_at)


def _known_besides(report: Report, reports: Sequence[Report], told_at: datetime) -> list[Report]:
    """Return what else was known of a matter when a report was received."""
    return [
        each
        for each in reports
        if each.report_id != report.report_id and (each.received_at is None or each.received_at <= told_at)
    ]


def _is_over(overdue_at: datetime, side: Side, told_at: datetime) -> bool:
    """Say whether a promise beside the decision was overdue at a moment, or when it ended before that."""
    return overdue_at <= min(told_at, side.ended_at or told_at)


def _effective(reports: Sequence[Report], rules: Rules, doubts: set[Doubt]) -> list[Report]:
    """Return what is left of the reports once they are corrected, in the order of their moments."""
    if all(each.kind != _CORRECTED for each in reports):
        return sorted(reports, key=_in_order) if len(reports) > 1 else list(reports)
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
        elif each.kind == ReportKind.RECEIVED and _is_unanswered(each, correction, reports, rules):
            doubts.add(Doubt.RECEIPT_STAYS)  # nor is what was broken made as if it had not been promised
            effective.append(each)
    return sorted(effective, key=_in_order)


_ANSWERS = (ReportKind.NOTICE, ReportKind.ACCEPTED, ReportKind.FINISHED)


def _is_unanswered(received: Report, correction: Report, reports: Sequence[Report], rules: Rules) -> bool:
    """Say whether the time to answer a receipt was over, by all that was known, when it was taken back."""
    told_at, overdue_at = correction.received_at, rules.notice_overdue_at(received.at)
    return (
        told_at is not None
        and told_at >= overdue_at
        and not any(
            each.kind in _ANSWERS
            and received.at <= each.at < overdue_at
            and (each.received_at is None or each.received_at < told_at)
            for each in reports
        )
    )


def _in_order(report: Report) -> tuple[datetime, int, str]:
    return report.at, _ORDER[ReportKind(report.kind)], report.report_id


def _terms_of(accepted: Report, reports: Sequence[Report], promised: Promises, *, post_id: int | None) -> Terms | None:
    """
    Return the promise of the day of acceptance; where none was in force then, that of the day first reported.

    The post that was reported answers for it, else that of the item.
    """
    if accepted.item_id is None:
        return None
    terms = promised(accepted.item_id, local_day(accepted.at))
    if terms is None:
        reported = next(each for each in reports if each.report_id == accepted.report_id)
        terms = promised(accepted.item_id, local_day(reported.at))
    return terms if terms is None or post_id is None else replace(terms, post_id=post_id)


def _post_of(effective: Sequence[Report]) -> int | None:
    """Return the post that the acceptance names, else the receipt; None where that of the item answers."""
    named = {
        each.kind: each.post_id
        for each in reversed(effective)
        if each.post_id is not None and each.kind in _NAMING_A_POST
    }
    return next((named[kind] for kind in _NAMING_A_POST if kind in named), None)


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
        self.more: More | None = None
        self._overdue_at: datetime | None = None

    def overdue_at(self) -> datetime:
        """Return the first moment that is late; reckoned anew only after a further standstill."""
        if self._overdue_at is None:
            due_at = due.due_at(
                self.started_at,
                self.terms.limit,
                calendar=self.calendar,
                suspensions=self.spans,
                extensions=[self.more.limit] if self.more else [],
            )
            self._overdue_at = due_at + due.ONE_SECOND
        return self._overdue_at

    def stood_still(self, since: datetime, until: datetime) -> None:
        """Leave the days of a standstill out of the count."""
        self.spans.append(due.Suspension.between(since, until))
        self._overdue_at = None

    def extend(self, report: Report) -> Doubt | None:
        """Give the more time that was reported, or return why it does not count (docs/domain.md 3.1 rule 9)."""
        if self.more is not None:
            return Doubt.EXTENDED_TWICE
        if report.at >= self.overdue_at():
            return Doubt.EXTENDED_LATE
        days = report.days or 0
        if not 1 <= days <= self.terms.most_more:
            return Doubt.EXTENDED_TOO_LONG
        doubt = Doubt.EXTENDED_AFTERWARDS if self.is_told_late(report) else None
        self.more = More(report.at, Limit(days, Unit.WORKING_DAY), report.approver)
        self._overdue_at = None
        return doubt

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
        elif each.kind == ReportKind.EXTENDED:
            doubt = Doubt.EXTENDED_STOPPED if standing is not None else clock.extend(each)
            if doubt is not None:
                doubts.add(doubt)
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
