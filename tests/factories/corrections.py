"""Corrections on their way: drafted, issued and led from step to step by the actions themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accountability.corrections import answering, issuing, reviewing
from accountability.corrections.enums import Kind, State
from accountability.corrections.issuing import Content, Origin
from accountability.models import Correction
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Post, Rank, Role
from tests import known
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, seat_all

# A plain working Tuesday in a week without holidays.
TUESDAY = local(2026, 3, 3)
PROOF = CleanFile(b"%PDF-1.4 proof", "application/pdf", "proof.pdf", b"%PDF-1.4 proof")
CONTENT = Content("窗口无人值守", "两个窗口上午无人值守。", "落实AB岗，报送轮值表。", "《暂行办法》第二十九条。")


@dataclass
class CorrectionCast:
    """The people whom a correction meets, in one small city."""

    city: City
    officer: User
    other_officer: User
    head: User
    other_head: User
    inspector: User
    clerk: User
    colleague: User
    leader: User
    tax_leader: User
    editor: User
    appraiser: User
    auditor: User
    administrator: User
    district_head: User
    mayor: User

    @property
    def post(self) -> Post:
        """The post of the clerk."""
        return self.clerk.tenures.get().post


ROLES = tuple(name for name in CorrectionCast.__dataclass_fields__ if name != "city")


def make_correction_cast() -> CorrectionCast:
    """Return a small city with one person on each post that a correction meets, and a second of whoever confirms."""
    city = make_city()
    people = seat_all(
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        other_officer=Seat(Role.OFFICE_OFFICER, city.office),
        head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        other_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER),
        inspector=Seat(Role.INSPECTOR, city.office),
        clerk=Seat(Role.CLERK, city.construction),
        colleague=Seat(Role.CLERK, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
        editor=Seat(Role.DISCLOSURE_EDITOR, city.construction),
        appraiser=Seat(Role.APPRAISAL_OFFICER, city.office),
        auditor=Seat(Role.AUDITOR, city.government),
        administrator=Seat(Role.SYSTEM_ADMINISTRATOR, city.government),
        district_head=Seat(Role.OFFICE_OFFICER, city.district_office, Rank.APPROVER, is_head=True),
        mayor=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
    )
    return CorrectionCast(city=city, **people)


@known.led
def draft(
    cast: CorrectionCast,
    kind: Kind = Kind.NOTICE,
    *,
    at: datetime = TUESDAY,
    by: User | None = None,
    post: Post | None = None,
    content: Content = CONTENT,
    **fields: Any,
) -> Correction:
    """Draft a correction for the construction bureau and the clerk's post; ``fields`` change the rest."""
    given: dict[str, Any] = {"organ": cast.city.construction, "post": post or cast.post, "origin": Origin()} | fields
    organ = given.pop("organ")
    return issuing.draft(kind, organ, content, by=by or cast.officer, at=at, **given)


def draft_for(
    organ: Organ, *, by: User, at: datetime, kind: Kind = Kind.NOTICE, post: Post | None = None
) -> Correction:
    """Draft a correction for any organ, in the name of the office."""
    return issuing.draft(kind, organ, CONTENT, by=by, at=at, post=post)


@known.led
def issue(cast: CorrectionCast, kind: Kind = Kind.NOTICE, *, at: datetime = TUESDAY, **fields: Any) -> Correction:
    """Draft a correction and have it issued."""
    correction = draft(cast, kind, at=at, **fields)
    issuing.issue(correction, by=cast.head, at=at, version=correction.version)
    return correction


def plan(correction: Correction, cast: CorrectionCast, *, at: datetime = TUESDAY, **fields: Any) -> None:
    """Hand in a plan."""
    given: dict[str, Any] = {"by": cast.clerk, "text": "三日内落实。"} | fields
    answering.plan(correction, at=at, version=correction.version, **given)


def report(correction: Correction, cast: CorrectionCast, *, at: datetime = TUESDAY, **fields: Any) -> None:
    """Hand in a result with its proof, or an answer."""
    if correction.kind == Kind.NOTICE:
        given: dict[str, Any] = {"by": cast.clerk, "text": "已落实。", "attachments": [PROOF]} | fields
        answering.finish(correction, at=at, version=correction.version, **given)
        return
    given = {"by": cast.clerk, "text": "已办理。"} | fields
    if correction.kind == Kind.OPINION:
        given = {"is_adopted": True} | given
    answering.answer(correction, at=at, version=correction.version, **given)


@known.led
def lead(correction: Correction, cast: CorrectionCast, state: State, *, at: datetime = TUESDAY) -> Correction:
    """Take a correction that was issued to a state, in its first round where that is possible."""
    if state in (State.PLANNED, State.DONE, State.INSUFFICIENT, State.VERIFIED, State.FAILED):
        if correction.kind == Kind.NOTICE:
            plan(correction, cast, at=at)
        if state != State.PLANNED:
            report(correction, cast, at=at)
    if state == State.VERIFIED:
        reviewing.accept(correction, by=cast.officer, at=at, version=correction.version)
    if state in (State.INSUFFICIENT, State.FAILED):
        send_back(correction, cast, at=at)
    if state == State.FAILED:
        again(correction, cast, at=at)
        if correction.kind == Kind.NOTICE:
            plan(correction, cast, at=at)
        report(correction, cast, at=at)
        send_back(correction, cast, at=at)
    if state == State.WITHDRAWN:
        issuing.withdraw(correction, by=cast.head, at=at, version=correction.version, reason="核对有误")
    return correction


def send_back(correction: Correction, cast: CorrectionCast, *, at: datetime = TUESDAY, **fields: Any) -> None:
    """Find the result insufficient."""
    given: dict[str, Any] = {"by": cast.officer, "reason": "午间仍无人。"} | fields
    reviewing.send_back(correction, at=at, version=correction.version, **given)


def again(correction: Correction, cast: CorrectionCast, *, at: datetime = TUESDAY, **fields: Any) -> None:
    """Issue it again."""
    given: dict[str, Any] = {"by": cast.head, "wanted": "补齐午间值守。"} | fields
    reviewing.issue_again(correction, at=at, version=correction.version, **given)
