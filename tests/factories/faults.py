"""Fault cases on their way: made of a clue and led from step to step by the actions themselves."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from accountability.cards.enums import CardState, Origin, Rule
from accountability.enums import Colour
from accountability.faults import appealing, clues, deciding, hearing, inquiry
from accountability.faults.enums import ClueKind, EvidenceKind, State, StatementKind
from accountability.faults.words import FaultType, Measure, Responsibility, Severity
from accountability.models import Appeal, Card, FaultCase, Respondent
from efficiency.access.models import User
from efficiency.organs.models import Post, Rank, Role
from tests import known
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, seat_all

# The day on which clues come in here: a Monday in a week without holidays.
MONDAY = local(2026, 6, 1)
DAY = timedelta(days=1)
FACTS = "该岗位于五月未在承诺时限内办理告知，致使事项逾期。"


@dataclass
class FaultCast:
    """The people whom a fault case meets, in one small city."""

    city: City
    clerk: User  # whom it is about, at the construction bureau
    leader: User  # of the construction bureau
    officer: User
    second: User
    third: User
    office_head: User
    deputy: User  # a second head of the office
    inspector: User
    other_inspector: User
    mayor: User
    auditor: User
    appraiser: User
    tax_leader: User
    district_officer: User

    @property
    def post(self) -> Post:
        """The post of whom it is about."""
        return Post.objects.get(tenures__user=self.clerk)

    @property
    def investigators(self) -> list[User]:
        """Who inquires in these tests."""
        return [self.inspector, self.officer]


def make_fault_cast() -> FaultCast:
    """Return a small city with the people whom a fault case meets."""
    city = make_city()
    people = seat_all(
        clerk=Seat(Role.CLERK, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        second=Seat(Role.OFFICE_OFFICER, city.office),
        third=Seat(Role.OFFICE_OFFICER, city.office),
        office_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        deputy=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        inspector=Seat(Role.INSPECTOR, city.office),
        other_inspector=Seat(Role.INSPECTOR, city.office),
        mayor=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
        auditor=Seat(Role.AUDITOR, city.government),
        appraiser=Seat(Role.APPRAISAL_OFFICER, city.office),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
        district_officer=Seat(Role.OFFICE_OFFICER, city.district_office),
    )
    return FaultCast(city=city, **people)


def red_card(cast: FaultCast, *, passed_at: datetime = MONDAY, **fields: Any) -> Card:
    """Return a red card of the clerk, as if issued by hand."""
    given: dict[str, Any] = {
        "colour": Colour.RED,
        "origin": Origin.MANUAL,
        "rule": Rule.FEES,
        "state": CardState.ISSUED,
        "organ": cast.city.construction,
        "post": cast.post,
        "person": cast.clerk,
        "passed_at": passed_at,
        "issued_at": passed_at,
        "points": 10,
        "proposed_by": cast.inspector,
        "confirmed_by": cast.other_inspector,
    }
    return Card.objects.create(**(given | fields))


@known.led
def clue(cast: FaultCast, *, at: datetime = MONDAY, **fields: Any) -> FaultCase:
    """Enter a clue from an audit about the clerk's post."""
    given: dict[str, Any] = {
        "by": cast.officer,
        "kind": ClueKind.AUDIT,
        "organ": cast.city.construction,
        "post": cast.post,
        "text": "审计发现该岗位未履行告知义务。",
        "fault_on": date(2026, 5, 11),
        "fault_type": FaultType.INCOMPLETE,
    }
    return clues.register_clue(at=at, **(given | fields))


@known.led
def checked(cast: FaultCast, case: FaultCase | None = None, *, at: datetime = MONDAY) -> FaultCase:
    """Take a clue up and record the facts."""
    case = case or clue(cast, at=at)
    clues.take_up(case, by=cast.officer, at=at, version=case.version)
    clues.record_facts(
        case,
        by=cast.officer,
        at=at,
        version=case.version,
        facts=FACTS,
        fault_type=FaultType.INCOMPLETE,
        fault_on=date(2026, 5, 11),
    )
    return case


@known.led
def opened(cast: FaultCast, case: FaultCase | None = None, *, at: datetime = MONDAY) -> FaultCase:
    """Have a case opened by two persons."""
    case = checked(cast, case, at=at)
    clues.propose_opening(case, by=cast.officer, at=at, version=case.version, text="事实清楚，应予立案。")
    clues.confirm_opening(case, by=cast.second, at=at, version=case.version)
    return case


@known.led
def investigated(cast: FaultCast, *, at: datetime = MONDAY) -> FaultCase:
    """Appoint investigators, tell the respondent, add evidence."""
    case = opened(cast, at=at)
    inquire(case, cast, at=at)
    return case


def inquire(case: FaultCase, cast: FaultCast, *, at: datetime, told_at: datetime | None = None) -> None:
    """Do so in a case that was opened; the respondent is told a day later, or when it is said."""
    told_at = told_at or at + DAY
    inquiry.appoint(case, by=cast.office_head, at=at, version=case.version, people=cast.investigators)
    inquiry.notify(case, by=cast.inspector, at=told_at, version=case.version)
    inquiry.add_evidence(
        case,
        by=cast.inspector,
        at=told_at,
        version=case.version,
        kind=EvidenceKind.INTERVIEW,
        title="询问笔录",
        text="当日窗口无人值守。",
        interviewed="窗口负责人",
        interviewed_at=at,
    )


@known.led
def suspended(cast: FaultCast, *, at: datetime = MONDAY) -> FaultCase:
    """Stop the clock of an investigation while a reconsideration about the same act runs."""
    case = investigated(cast, at=at)
    asked = {"ground": "proceeding", "reason": "同一行为正在行政复议。"}
    inquiry.ask_suspension(case, by=cast.officer, at=at + 2 * DAY, version=case.version, **asked)
    inquiry.suspend(case, by=cast.office_head, at=at + 2 * DAY, version=case.version)
    return case


# Why a measure is another one than the rules propose.
REASON = "综合全案情节确定处理方式。"


def parts(case: FaultCase, *measures: str, responsibility: str = Responsibility.DIRECT) -> dict[str, dict[str, Any]]:
    """Return what each respondent answers for: row 3, with these measures."""
    chosen = list(measures or (Measure.ADMONITION_TALK,))
    entry = {"responsibility": str(responsibility), "rule_row": 3, "override_reason": REASON, "measures": chosen}
    return {str(pk): dict(entry) for pk in case.respondents.values_list("pk", flat=True)}


@known.led
def announced(cast: FaultCast, *measures: str, at: datetime = MONDAY, severity: str = Severity.ORDINARY) -> FaultCase:
    """Tell the findings and what is intended."""
    case = investigated(cast, at=at)
    announce(case, cast, *measures, at=at + 2 * DAY, severity=severity)
    return case


def announce(case: FaultCase, cast: FaultCast, *measures: str, at: datetime, severity: str = Severity.ORDINARY) -> None:
    """Tell findings and intention in a case."""
    hearing.announce(
        case,
        by=cast.inspector,
        at=at,
        version=case.version,
        findings=FACTS,
        severity=severity,
        circumstances=[],
        parts=parts(case, *measures),
    )


def respondent_of(case: FaultCase) -> Respondent:
    """Return the one respondent of a case."""
    return Respondent.objects.select_related("case", "organ", "person", "post").get(case=case)


@known.led
def heard(cast: FaultCast, *measures: str, at: datetime = MONDAY, severity: str = Severity.ORDINARY) -> FaultCase:
    """Hear the clerk."""
    case = announced(cast, *measures, at=at, severity=severity)
    hearing.state(
        respondent_of(case), by=cast.clerk, at=at + 3 * DAY, kind=StatementKind.WRITTEN, text="当日系统故障。"
    )
    case.refresh_from_db()
    return case


def decide(case: FaultCase, cast: FaultCast, *measures: str, at: datetime, **fields: Any) -> None:
    """Propose a decision and have it confirmed."""
    given: dict[str, Any] = {
        "by": cast.officer,
        "result": "accountable",
        "severity": Severity.ORDINARY,
        "facts": FACTS,
        "basis": "《佛山市行政过错责任追究暂行办法》第二十六条",
        "reasons": "未履行一次性告知义务，情节轻微。",
        "parts": parts(case, *measures),
    }
    deciding.propose_decision(case, at=at, version=case.version, **(given | fields))
    deciding.confirm_decision(case, by=cast.office_head, at=at, version=case.version)


@known.led
def decided(cast: FaultCast, *measures: str, at: datetime = MONDAY) -> FaultCase:
    """Decide a case."""
    case = heard(cast, *measures, at=at)
    decide(case, cast, *measures, at=at + 7 * DAY)
    return case


@known.led
def served(cast: FaultCast, *measures: str, at: datetime = MONDAY) -> FaultCase:
    """Serve the decision on 2026-06-09."""
    case = decided(cast, *measures, at=at)
    day = (at + 8 * DAY).date()
    deciding.serve(
        case,
        by=cast.officer,
        at=at + 8 * DAY,
        version=case.version,
        respondent=respondent_of(case),
        served_on=day,
        how="直接送达",
        organ_served_on=day,
    )
    return case


@known.led
def appealed(cast: FaultCast, *measures: str, at: datetime = MONDAY) -> FaultCase:
    """Have the clerk appeal on 2026-06-10."""
    case = served(cast, *measures, at=at)
    appealing.appeal(respondent_of(case), by=cast.clerk, at=at + 9 * DAY, reasons="处理过重。")
    case.refresh_from_db()
    return case


def rule(
    case: FaultCase,
    cast: FaultCast,
    result: str,
    *measures: str,
    at: datetime = MONDAY + 10 * DAY,
    is_served: bool = True,
) -> Appeal:
    """Have two persons rule who had no part in the decision, and the ruling served on the same day."""
    row = appealing.open_appeals(case)[0]
    appealing.propose_ruling(
        case,
        by=cast.second,
        at=at,
        version=case.version,
        appeal=row,
        result=result,
        text="经复核，作出以下决定。",
        measures=measures,
    )
    appealing.confirm_ruling(case, by=cast.deputy, at=at, version=case.version)
    if not is_served:
        row.refresh_from_db()
        return row
    return serve_ruling(case, cast, row, at=at)


def serve_ruling(case: FaultCase, cast: FaultCast, row: Appeal, *, at: datetime) -> Appeal:
    """Record that a ruling was served."""
    given = {"by": cast.officer, "appeal": row, "served_on": at.date(), "how": "直接送达"}
    appealing.serve_ruling(case, at=at, version=case.version, **given)
    row.refresh_from_db()
    return row


@known.led
def closed(cast: FaultCast, *, at: datetime = MONDAY) -> FaultCase:
    """Report the execution and close after the time for appeals."""
    case = served(cast, at=at)
    report(case, cast, at=at + 10 * DAY)
    deciding.close(case, by=cast.officer, at=local(2026, 7, 20), version=case.version)
    return case


def report(case: FaultCase, cast: FaultCast, *, at: datetime) -> None:
    """Have the leader report the execution."""
    deciding.report_execution(
        case, by=cast.leader, at=at, version=case.version, respondent=respondent_of(case), text="已诫勉谈话。"
    )


# How to come to each state that a step begins in.
WAYS = {
    State.CLUE: clue,
    State.CHECKING: checked,
    State.INVESTIGATING: investigated,
    State.SUSPENDED: suspended,
    State.DEFENCE: announced,
    State.DECIDING: heard,
    State.DECIDED: decided,
    State.SERVED: served,
    State.APPEALED: appealed,
    State.CLOSED: closed,
}
