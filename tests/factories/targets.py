"""Target plans laid down as rows, in the state that a test begins with, and the people whom they meet."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from efficiency.access.models import User
from efficiency.organs.models import Organ, Post, Rank, Role
from targets.models import Block, Indicator, Milestone, Plan, Revision
from targets.plans.enums import (
    COUNTED,
    DECIDED,
    BlockCode,
    Direction,
    IndicatorKind,
    RevisionState,
    Source,
    Span,
    State,
)
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, make_user, seat_all

# A plain working Tuesday before plans are signed.
TUESDAY = local(2026, 3, 3)
YEAR = 2026


@dataclass
class TargetCast:
    """The people whom a plan meets, in one small city."""

    city: City
    officer: User
    other_officer: User
    head: User
    other_head: User
    appraiser: User
    other_appraiser: User
    inspector: User
    clerk: User
    colleague: User
    leader: User
    deputy: User
    tax_leader: User
    editor: User
    auditor: User
    administrator: User
    district_head: User
    mayor: User

    @property
    def post(self) -> Post:
        """The post of the clerk."""
        return self.clerk.tenures.get().post


ROLES = tuple(name for name in TargetCast.__dataclass_fields__ if name != "city")


def make_target_cast() -> TargetCast:
    """Return a small city with one person on each post that a plan meets, and a second of whoever confirms."""
    city = make_city()
    people = seat_all(
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        other_officer=Seat(Role.OFFICE_OFFICER, city.office),
        head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        other_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER),
        appraiser=Seat(Role.APPRAISAL_OFFICER, city.office),
        other_appraiser=Seat(Role.APPRAISAL_OFFICER, city.office),
        inspector=Seat(Role.INSPECTOR, city.office),
        clerk=Seat(Role.CLERK, city.construction),
        colleague=Seat(Role.CLERK, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        deputy=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
        editor=Seat(Role.DISCLOSURE_EDITOR, city.construction),
        auditor=Seat(Role.AUDITOR, city.government),
        administrator=Seat(Role.SYSTEM_ADMINISTRATOR, city.government),
        district_head=Seat(Role.OFFICE_OFFICER, city.district_office, Rank.APPROVER, is_head=True),
        mayor=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
    )
    return TargetCast(city=city, **people)


@dataclass
class Line:
    """An indicator as a test states it; numbers as text, so that no float comes near them."""

    key: str
    weight: str = "100"
    method: str = "higher_better"
    target: str | None = "100"
    name: str = ""
    kind: str = IndicatorKind.QUANTITY
    unit: str = "件"
    baseline: str | None = None
    challenge: str | None = None
    direction: str = Direction.HIGHER
    terms: Mapping[str, Any] = field(default_factory=dict)
    measure: str = ""
    milestones: Sequence[date] = ()
    carries: Indicator | None = None
    responsible_post: Post | None = None
    part_of: str = ""


# Block code to weight and lines: one block with one indicator, the smallest whole plan.
SMALL: Mapping[str, tuple[str, Sequence[Line]]] = {"A": ("100", [Line("A1")])}
# All five blocks with the default weights; A is reported, the rest computes itself.
STANDARD: Mapping[str, tuple[str, Sequence[Line]]] = {
    "A": (
        "50",
        [
            Line("A1", "30", target="95"),
            Line("A2", "20", "lower_better", target="10", direction=Direction.LOWER),
            Line(
                *("A3", "30", "milestones", None),
                kind=IndicatorKind.MILESTONE,
                direction=Direction.NONE,
                milestones=[date(YEAR, month, 28) for month in (2, 4, 6, 8, 10)],
            ),
            Line("A4", "20", "deduct", None, direction=Direction.LOWER, terms={"per_event": "2"}),
        ],
    ),
    "B": (
        "15",
        [
            Line("B1", "30", unit="%", kind=IndicatorKind.RATIO, measure="on_time_acceptance"),
            Line("B2", "50", unit="%", kind=IndicatorKind.RATIO, measure="on_time_closing"),
            Line(
                *("B3", "20", "formula", None),
                unit="%",
                kind=IndicatorKind.RATIO,
                direction=Direction.LOWER,
                terms={"formula": "w * (100 - a) / 100"},
                measure="rework_rate",
            ),
        ],
    ),
    "C": (
        "10",
        [
            Line("C1", "70", unit="%", kind=IndicatorKind.RATIO, measure="disclosure_completeness"),
            Line("C2", "30", unit="%", kind=IndicatorKind.RATIO, measure="requests_on_time"),
        ],
    ),
    "D": ("10", [Line("D1", "100", unit="分", kind=IndicatorKind.QUANTITY, measure="monitoring")]),
    "E": (
        "15",
        [
            Line("E1", "53.333333", unit="分", kind=IndicatorKind.QUANTITY, measure="survey"),
            Line("E2", "46.666667", unit="%", kind=IndicatorKind.RATIO, measure="satisfaction"),
        ],
    ),
}

_REVISION_STATES = {
    State.DRAFT: RevisionState.DRAFT,
    State.PUT: RevisionState.PROPOSED,
    State.AGREED: RevisionState.PROPOSED,
    State.WITHDRAWN: RevisionState.DRAFT,
}


@transaction.atomic
def make_plan(
    organ: Organ,
    office: Organ,
    *,
    post: Post | None = None,
    year: int = YEAR,
    span: str = Span.YEAR,
    state: str = State.IN_FORCE,
    blocks: Mapping[str, tuple[str, Sequence[Line]]] = SMALL,
    by: User | None = None,
    approver: User | None = None,
    at: datetime = TUESDAY,
    parent: Plan | None = None,
    title: str = "",
) -> Plan:
    """
    Store a plan with its content as it stands in ``state``; no promise and no event comes with it.

    ``by`` drafted and put it, ``approver`` approved it: two new accounts where none are given.
    """
    by = by or make_user()
    decided = state in DECIDED
    approver = (approver or make_user()) if decided else None
    put = {"put_by": by, "put_at": at} if state not in (State.DRAFT, State.WITHDRAWN) else {}
    plan = Plan.objects.create(
        organ=organ,
        office=office,
        post=post,
        year=year,
        span=span,
        parent=parent,
        title=title or f"{organ.name}{year}年目标计划",
        drafted_by=by,
        drafted_at=at,
        **put,
    )
    revision = make_revision(plan, blocks, by=by, at=at)
    revision.state = _REVISION_STATES.get(State(state), RevisionState.APPROVED)
    if revision.state != RevisionState.DRAFT:
        revision.proposed_by, revision.proposed_at = by, at
    if decided:
        revision.confirmed_by, revision.confirmed_at, revision.in_force_from = approver, at, plan.bounds[0]
        plan.revision, plan.approved_by, plan.approved_at = revision, approver, at
    revision.save()
    plan.state = state
    if state in COUNTED:
        plan.signed_at = at
    if state in (State.ENDED, State.WITHDRAWN):
        plan.ended_at = at
    plan.save()
    return plan


def make_revision(
    plan: Plan,
    blocks: Mapping[str, tuple[str, Sequence[Line]]] = SMALL,
    *,
    by: User,
    at: datetime = TUESDAY,
    number: int = 1,
    reason: str = "",
) -> Revision:
    """Store a draft of the content of a plan."""
    revision = Revision.objects.create(plan=plan, number=number, drafted_by=by, drafted_at=at, reason=reason)
    stored = Block.objects.bulk_create(
        Block(revision=revision, code=code, name=str(BlockCode(code).label), weight=Decimal(weight), position=position)
        for position, (code, (weight, _lines)) in enumerate(blocks.items())
    )
    by_code = {block.code: block for block in stored}
    lines = [(by_code[code], line) for code, (_weight, lines) in blocks.items() for line in lines]
    indicators = Indicator.objects.bulk_create(
        _indicator(revision, block, line, position) for position, (block, line) in enumerate(lines)
    )
    Milestone.objects.bulk_create(_milestones(zip(indicators, (line for _block, line in lines), strict=True)))
    return revision


def _indicator(revision: Revision, block: Block, line: Line, position: int) -> Indicator:
    def number(text: str | None) -> Decimal | None:
        return None if text is None else Decimal(text)

    return Indicator(
        revision=revision,
        block=block,
        key=line.key,
        name=line.name or f"指标{line.key}",
        kind=line.kind,
        unit=line.unit,
        baseline=number(line.baseline),
        target=number(line.target),
        challenge=number(line.challenge),
        weight=Decimal(line.weight),
        direction=line.direction,
        method=line.method,
        terms=dict(line.terms),
        source=Source.COMPUTED if line.measure else Source.PARTS if line.method == "composite" else Source.REPORTED,
        part_of=line.part_of,
        measure=line.measure,
        carries=line.carries,
        responsible_post=line.responsible_post,
        position=position,
    )


def _milestones(pairs: Iterable[tuple[Indicator, Line]]) -> Iterable[Milestone]:
    for indicator, line in pairs:
        for position, day in enumerate(line.milestones, 1):
            yield Milestone(indicator=indicator, position=position, name=f"节点{position}", due_on=day)


def indicator_of(plan: Plan, key: str) -> Indicator:
    """Return an indicator of the revision that holds, or of the newest where none does."""
    revision = plan.revision or plan.revisions.latest("number")
    return revision.indicators.get(key=key)


def day_after(plan: Plan, days: int = 1) -> datetime:
    """Return nine o'clock of the day that comes ``days`` after the last day of the plan's time."""
    until = plan.bounds[1] + timedelta(days=days - 1)
    return local(until.year, until.month, until.day, 9)
