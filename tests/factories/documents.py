"""Documents on their way, and published ones."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from disclosure.documents import actions
from disclosure.documents.drafting import Content
from disclosure.enums import VersionState
from disclosure.models import Column, DocumentVersion
from efficiency.access.models import User
from efficiency.organs.models import Organ, Rank, Role
from tests.factories.numbers import running
from tests.factories.staff import Seat, seat_all

_running = running()


@dataclass(frozen=True)
class Hands:
    """Those who take a document of one organ through its steps."""

    organ: Organ
    editor: User
    checker: User
    leader: User


def make_hands(organ: Organ) -> Hands:
    """Return an editor, a section head and the leader of the organ."""
    people = seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, organ),
        checker=Seat(Role.CLERK, organ, Rank.REVIEWER),
        leader=Seat(Role.ORGAN_LEADER, organ, Rank.APPROVER, is_head=True),
    )
    return Hands(organ, **people)


def make_column(code: str = "basis", name: str = "办事依据") -> Column:
    """Return the column of the code, made where there is none."""
    return Column.objects.get_or_create(code=code, defaults={"name": name})[0]


def content(**fields: Any) -> Content:
    """Return what a document says; ``fields`` change it."""
    number = next(_running)
    given: dict[str, Any] = {
        "title": f"关于优化施工许可办理的通知（{number}）",
        "document_number": f"佛建〔2026〕{number}号",
        "formed_on": date(2026, 3, 2),
        "body": "# 总则\n\n为方便企业办事，决定优化施工许可办理流程。\n\n- 取消重复材料\n- 压缩办理时限",
    } | fields
    return Content(**given)


def draft(
    hands: Hands, at: datetime, *, column: Column | None = None, theme: str = "", hand_in: bool = True, **fields: Any
) -> DocumentVersion:
    """Return a draft that the editor has handed in."""
    return actions.draft(
        hands.organ, column or make_column(), content(**fields), by=hands.editor, at=at, theme=theme, hand_in=hand_in
    )


def lead(version: DocumentVersion, hands: Hands, state: str, at: datetime) -> DocumentVersion:
    """Take a version on to a state in work, or to its publication."""
    while version.state != state:
        match version.state:
            case VersionState.DRAFT:
                version = actions.check_source(version, by=hands.checker, at=at)
            case VersionState.SOURCE_CHECKED:
                version = actions.review(
                    version, actions.ALL_POINTS, by=hands.checker, at=at, ground="不涉密，可以公开"
                )
            case VersionState.REVIEWED:
                version = actions.approve(version, by=hands.leader, at=at)
            case _:
                raise AssertionError(f"{version.state} does not lead to {state}")
    return version


def publish(hands: Hands, at: datetime, **fields: Any) -> DocumentVersion:
    """Return a document that went its whole way and is public."""
    return lead(draft(hands, at, **fields), hands, VersionState.PUBLISHED, at)
