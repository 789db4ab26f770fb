"""Requests for information on their way: filed and led from step to step by the actions themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from disclosure.models import InformationRequest
from disclosure.requests import answering, applying, filing, handling
from disclosure.requests.enums import ApplicantKind, Delivery, Form, Outcome
from disclosure.requests.filing import Applicant, Receipt
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Rank, Role
from tests import known
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, seat_all

# The day of the worked example in docs/domain.md 6.3.
MONDAY = local(2026, 9, 14)
PAPER = CleanFile(b"%PDF-1.4 copy", "application/pdf", "test.pdf", b"%PDF-1.4 original")
TEXT = "经审查，您申请的信息可以公开，详见附件。如不服可以依法申请行政复议或者提起行政诉讼。"


@dataclass
class RequestCast:
    """The people whom a request meets, in one small city."""

    city: City
    editor: User
    leader: User
    clerk: User
    tax_editor: User
    officer: User
    office_head: User
    inspector: User
    auditor: User


def make_request_cast() -> RequestCast:
    """Return a small city with one person on each post that a request meets."""
    city = make_city()
    people = seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        clerk=Seat(Role.CLERK, city.construction),
        tax_editor=Seat(Role.DISCLOSURE_EDITOR, city.tax),
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        office_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        inspector=Seat(Role.INSPECTOR, city.office),
        auditor=Seat(Role.AUDITOR, city.government),
    )
    return RequestCast(city=city, **people)


@known.led
def file(cast: RequestCast, *, at: datetime = MONDAY, **fields: Any) -> Receipt:
    """File a request of a named person at the construction bureau; ``fields`` change what is sent."""
    sent: dict[str, Any] = {
        "organ": cast.city.construction,
        "applicant": Applicant(ApplicantKind.PERSON, "李晓兰", phone="13812345678", email="lan@example.cn"),
        "title": "旧城改造项目的环评批复",
        "description": "2025年3月前后作出，文号不详。",
        "form": Form.ELECTRONIC,
        "delivery": Delivery.ONLINE,
    }
    return filing.file_request(**(sent | fields), at=at)


def draft(request: InformationRequest, cast: RequestCast, *, at: datetime = MONDAY, **fields: Any) -> None:
    """Draft an answer that grants what is wanted."""
    given: dict[str, Any] = {"by": cast.editor, "outcome": Outcome.GRANTED, "text": TEXT, "attachments": [PAPER]}
    answering.draft(request, at=at, version=request.version, **(given | fields))


def answer(request: InformationRequest, cast: RequestCast, *, at: datetime = MONDAY, **fields: Any) -> None:
    """Draft an answer, have it approved, and send it where it goes on paper."""
    draft(request, cast, at=at, **fields)
    answering.approve(request, by=cast.leader, at=at, version=request.version)
    if request.delivery != Delivery.ONLINE:
        answering.deliver(request, by=cast.editor, at=at, version=request.version, note="挂号信XA123")


def ask_supplement(request: InformationRequest, cast: RequestCast, *, at: datetime = MONDAY) -> None:
    """Ask for what makes the request clear."""
    handling.ask_supplement(request, by=cast.editor, at=at, version=request.version, text="请写明项目名称和年份。")


def consult(request: InformationRequest, cast: RequestCast, *, at: datetime = MONDAY, **fields: str) -> None:
    """Ask a third party for an opinion; ``fields`` change what is typed."""
    given = {"kind": "third_party", "party": "某某置业公司", "reason": "含有其商业秘密"}
    handling.consult(request, by=cast.editor, at=at, version=request.version, **(given | fields))


def answer_after_supplement(request: InformationRequest, cast: RequestCast, *, at: datetime = MONDAY) -> None:
    """Let the applicant supplement, and answer."""
    applying.supplement(request, at=at, text="祖庙片区，2025年。", files=[PAPER])
    answer(request, cast, at=at)
