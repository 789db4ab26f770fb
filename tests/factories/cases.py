"""Cases on their way: filed and led from step to step by the actions themselves, as people would."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from complaints import actions
from complaints.enums import Category, Decision, Handling, Kind, Outcome, RejectionGround, State, SuspensionGround
from complaints.models import Assistance, Case, CaseEvent
from efficiency.access.models import User
from efficiency.organs.models import Organ, Rank, Role
from tests import known, scenes
from tests.factories.numbers import running
from tests.factories.staff import CODES, City, Seat, by_name, city_of, make_city, seat, seat_all

SHANGHAI = ZoneInfo("Asia/Shanghai")
_running = running()


def local(year: int, month: int, day: int, hour: int = 10, minute: int = 0, second: int = 0) -> datetime:
    """Return a moment by the clock of Foshan, as it is stored."""
    return datetime(year, month, day, hour, minute, second, tzinfo=SHANGHAI).astimezone(UTC)


# A plain working Tuesday in a week without holidays.
TUESDAY = local(2026, 3, 3)
LATER_THAT_DAY = local(2026, 3, 3, 11)


@dataclass
class Cast:
    """The people who take a case through its steps, in one small city."""

    city: City
    officer: User
    office_head: User
    clerk: User
    leader: User
    tax_clerk: User
    tax_leader: User
    inspector: User
    auditor: User
    # Who checks the replies of the construction bureau; nobody does unless a test gives it somebody.
    reviewer: User | None = None
    extra: dict[str, User] = field(default_factory=dict)


ON_POSTS = ("officer", "office_head", "clerk", "leader", "tax_clerk", "tax_leader", "inspector", "auditor")


def make_cast() -> Cast:
    """Return a small city with one person on each post that a case meets."""
    if scenes.put_cast():
        users = User.objects.filter(username__in=[name.replace("_", ".") for name in ON_POSTS])
        return Cast(
            city=city_of(Organ.objects.filter(code__in=CODES.values())),
            **{user.username.replace(".", "_"): user for user in users},
        )
    city = make_city()
    people = known.step(
        lambda: "cast",
        lambda: _seat_cast(city),
        name_of=lambda people: {name: user.pk for name, user in people.items()},
        find=by_name,
    )
    return Cast(city=city, **people)


def _seat_cast(city: City) -> dict[str, User]:
    return seat_all(
        officer=Seat(Role.OFFICE_OFFICER, city.office, username="officer"),
        office_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True, username="office.head"),
        clerk=Seat(Role.CLERK, city.construction, username="clerk"),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True, username="leader"),
        tax_clerk=Seat(Role.CLERK, city.tax, username="tax.clerk"),
        tax_leader=Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True, username="tax.leader"),
        inspector=Seat(Role.INSPECTOR, city.office, username="inspector"),
        auditor=Seat(Role.AUDITOR, city.government, username="auditor"),
    )


def scenes_on_the_way(at: datetime) -> Iterator[tuple[str, Callable[[Cast], None]]]:
    """Yield the states on the way of one case by the names of their scenes, with what leads into each from the last."""
    found: list[Case] = []
    yield _scene(State.RECEIVED, at), lambda cast: found.append(file(cast, at=at).case)
    for state in WAY:
        yield _scene(state, at), lambda cast, state=state: WAY[state](found[0], cast, at)


def _scene(state: State, at: datetime) -> str:
    # Short: the name of a table goes behind it.
    return f"{list(State).index(state)}-{int(at.timestamp() * 1_000_000):x}"


def recently() -> datetime:
    """Return a moment of today, shortly ago, at which cases are led into their states once for all tests."""
    return scenes.recent()


def add_reviewer(cast: Cast, **fields: Any) -> User:
    """Give the construction bureau somebody who checks its replies."""
    cast.reviewer = seat(Role.CLERK, cast.city.construction, Rank.REVIEWER, **fields)
    return cast.reviewer


def file(cast: Cast, *, at: datetime = TUESDAY, **fields: Any) -> actions.Receipt:
    """File a named complaint about the construction bureau; ``fields`` change what is sent."""
    return known.step(
        lambda: ("file", *_plain(cast, {"at": at} | fields)),
        lambda: _file(cast, at=at, **fields),
        name_of=lambda receipt: (receipt.case.pk, receipt.number, receipt.code),
        find=lambda name: actions.Receipt(Case.objects.get(pk=name[0]), *name[1:]),
    )


def _file(cast: Cast, *, at: datetime, **fields: Any) -> actions.Receipt:
    number = next(_running)
    sent: dict[str, Any] = {
        "kind": Kind.COMPLAINT,
        "category": Category.DELAY,
        "organ": cast.city.construction,
        "title": f"施工许可迟迟不批（{number}）",
        "description": f"上月递交的施工许可申请至今没有答复，窗口让我反复跑了三趟，请督促办理。第{number}件。",
        "name": "陈小明",
        "phone": "13812345678",
    }
    return actions.file_case(**(sent | fields), at=at)


def _plain(cast: Cast, given: dict[str, Any]) -> Iterator[tuple[str, Hashable]]:
    """
    Yield what a step is given as it can be compared; organs of the city and its people by who they are.

    :raises LookupError: something of it cannot be
    """
    city = {organ: code for code, organ in vars(cast.city).items()}
    for name, value in sorted(given.items()):
        yield name, city[value] if isinstance(value, Organ) else known.told(value)


def _people(cast: Cast) -> tuple[int, ...]:
    """Return who takes the steps of a way; where somebody checks replies it has one more."""
    people = [getattr(cast, name) for name in ON_POSTS]
    return tuple(user.pk for user in [*people, cast.reviewer] if user is not None)


def accept(case: Case, cast: Cast, *, at: datetime = TUESDAY, **fields: Any) -> Case:
    """Accept the case as what it was filed as."""
    given = {"kind": case.kind, "category": case.category, "organ": case.organ} | fields
    actions.accept(case, by=cast.officer, at=at, version=case.version, **given)
    return case


def reply(case: Case, cast: Cast, *, at: datetime = TUESDAY, outcome: str = Outcome.UPHELD) -> Case:
    """Draft, propose and approve the reply of the organ, which checks it where it can, or of the office itself."""
    drafter, approver = (cast.officer, cast.office_head) if case.is_own_handling else (cast.clerk, cast.leader)
    words = {
        "outcome": outcome if case.kind == Kind.COMPLAINT else Outcome.ANSWERED,
        "findings": "经查，申请材料齐全，因经办人请假未移交造成延误。",
        "measures": "已于当日发证，并对经办人批评教育。",
        "basis": "《行政许可法》第四十二条",
    }
    actions.propose_reply(case, by=drafter, at=at, version=case.version, **words)
    if cast.reviewer is not None and not case.is_own_handling:
        actions.check_reply(case, by=cast.reviewer, at=at, version=case.version)
    actions.approve_reply(case, by=approver, at=at, version=case.version)
    return case


def report(case: Case, cast: Cast, *, at: datetime = TUESDAY) -> Case:
    """Hand in the closing report."""
    by = cast.officer if case.is_own_handling else cast.clerk
    actions.report(
        case, by=by, at=at, version=case.version, facts="情况属实。", basis="《行政许可法》", measures="已整改。"
    )
    return case


def reject(case: Case, cast: Cast, *, at: datetime = TUESDAY) -> Case:
    """Do not accept the case."""
    actions.reject(
        case,
        by=cast.officer,
        at=at,
        version=case.version,
        ground=RejectionGround.JUDICIAL,
        text="该事项已由人民法院受理，请按诉讼程序主张权利。",
    )
    return case


def _register(case: Case, cast: Cast, at: datetime) -> None:
    actions.register(case, by=cast.officer, at=at, version=case.version, way="建议交市建设局办理。")


def _submit(case: Case, cast: Cast, at: datetime) -> None:
    actions.submit(
        case,
        by=cast.officer,
        at=at,
        version=case.version,
        handling=Handling.ASSIGNED,
        organ=cast.city.construction,
        proposal="属市建设局职责，建议交办。",
    )


def _instruct(case: Case, cast: Cast, at: datetime) -> None:
    actions.instruct(
        case,
        by=cast.office_head,
        at=at,
        version=case.version,
        handling=Handling.ASSIGNED,
        organ=cast.city.construction,
        instruction="同意，请市建设局限期办结。",
    )


# What leads into each state from the one before it.
WAY: dict[State, Callable[[Case, Cast, datetime], Any]] = {
    State.ACCEPTED: lambda case, cast, at: accept(case, cast, at=at),
    State.REGISTERED: _register,
    State.SUBMITTED: _submit,
    State.ASSIGNED: _instruct,
    State.HANDLING: lambda case, cast, at: actions.sign_in(case, by=cast.clerk, at=at, version=case.version),
    State.REPLIED: lambda case, cast, at: reply(case, cast, at=at),
    State.REPORTED: lambda case, cast, at: report(case, cast, at=at),
    State.CLOSED: lambda case, cast, at: actions.close(
        case, by=cast.officer, at=at, version=case.version, conclusion="情况属实，已整改，予以办结。"
    ),
    State.ARCHIVED: lambda case, cast, at: actions.archive(case, by=cast.officer, at=at, version=case.version),
}


def _ask_final(case: Case, cast: Cast, at: datetime) -> None:
    other_head = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
    actions.decide_review(
        case, by=other_head, at=at, version=case.version, decision=Decision.UPHELD, text="原答复事实清楚、依据充分。"
    )
    actions.ask_final(case, at=at, reasons="复查没有回应我的理由。")


# States beside that way: where they are left for them, and by which step.
ASIDE: dict[State, tuple[State, Callable[[Case, Cast, datetime], Any]]] = {
    State.REJECTED: (State.RECEIVED, lambda case, cast, at: reject(case, cast, at=at)),
    State.REDIRECTED: (
        State.RECEIVED,
        lambda case, cast, at: actions.redirect(
            case, by=cast.officer, at=at, version=case.version, addressee="市中级人民法院", text="请向法院查询。"
        ),
    ),
    State.SUPPLEMENTING: (
        State.RECEIVED,
        lambda case, cast, at: actions.ask_supplement(
            case, by=cast.officer, at=at, version=case.version, missing="1. 申请回执；2. 递交日期。"
        ),
    ),
    State.MERGED: (
        State.RECEIVED,
        lambda case, cast, at: actions.merge(
            case,
            by=cast.officer,
            at=at,
            version=case.version,
            leading=file(cast, at=at, anonymous=case.anonymous, organ=case.organ).case,
            reason="反映同一事项。",
        ),
    ),
    State.WITHDRAWN: (State.RECEIVED, lambda case, cast, at: actions.withdraw(case, at=at)),
    State.SUSPENDED: (
        State.HANDLING,
        lambda case, cast, at: actions.suspend(
            case,
            by=cast.officer,
            at=at,
            version=case.version,
            ground=SuspensionGround.SUPPLEMENT,
            reason="请补充申请回执。",
        ),
    ),
    State.REVIEWING: (
        State.CLOSED,
        lambda case, cast, at: actions.ask_review(case, at=at, reasons="答复没有说明依据。"),
    ),
    State.FINAL_REVIEWING: (State.REVIEWING, lambda case, cast, at: _ask_final(case, cast, at)),
    State.REWORKING: (
        State.CLOSED,
        lambda case, cast, at: actions.order_rework(
            case, by=cast.officer, at=at, version=case.version, text="未说明整改时间。"
        ),
    ),
}


def case_in(state: State, cast: Cast, *, at: datetime = TUESDAY, **fields: Any) -> Case:
    """Return a case that was led into ``state`` by its steps, all at the moment ``at``."""
    if not fields and scenes.put(_scene(state, at)):
        return Case.objects.get()
    return known.step(
        lambda: ("case in", known.plain(state), _people(cast), *_plain(cast, {"at": at} | fields)),
        lambda: _case_in(state, cast, at=at, **fields),
        name_of=lambda case: case.pk,
        find=lambda name: Case.objects.get(pk=name),
    )


def _case_in(state: State, cast: Cast, *, at: datetime, **fields: Any) -> Case:
    if state in ASIDE:
        before, step = ASIDE[state]
        case = case_in(before, cast, at=at, **fields)
        step(case, cast, at)
        assert case.state == state
        return case
    case = file(cast, at=at, **fields).case
    return lead(case, cast, state, at=at)


def lead(case: Case, cast: Cast, state: State, *, at: datetime = TUESDAY) -> Case:
    """Take the case from where it stands into ``state``, by the steps between, all at the moment ``at``."""
    known.step(
        lambda: ("lead", case.pk, case.version, known.plain(state), _people(cast), known.plain(at)),
        lambda: _lead(case, cast, state, at=at),
        name_of=lambda _nothing: None,
        find=lambda _nothing: case.refresh_from_db(),
    )
    return case


def _lead(case: Case, cast: Cast, state: State, *, at: datetime) -> None:
    states = [State.RECEIVED, *WAY]
    for reached in states[states.index(State(case.state)) + 1 : states.index(state) + 1]:
        WAY[reached](case, cast, at)
        assert case.state == reached, (case.state, reached)
    assert case.state == state


def ask(case: Case, cast: Cast, *, at: datetime = TUESDAY, **changes: Any) -> CaseEvent:
    """Let the clerk ask the complainant something; ``changes`` ask otherwise."""
    asked: dict[str, Any] = {"by": cast.clerk, "question": "请问您是哪一天到窗口递交材料的？"} | changes
    return actions.ask_question(case, at=at, version=case.version, **asked)


def join(case: Case, cast: Cast, *, at: datetime = TUESDAY, **changes: Any) -> Assistance:
    """Ask the tax bureau for its part in the case, within five working days; ``changes`` ask otherwise."""
    asked: dict[str, Any] = {
        "organ": cast.city.tax,
        "request": "请核实三号地块的税费缴纳情况，并说明缴纳日期。",
        "days": 5,
    }
    event = actions.join(case, by=cast.officer, at=at, version=case.version, **(asked | changes))
    return Assistance.objects.select_related("case", "organ").get(pk=event.data["part"])
