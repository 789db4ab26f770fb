"""
Every step of docs/domain.md 4.6, tried in every state by every role.

What may happen is written down here a second time, by hand from the paper, and not read from the table in the code.
"""

import inspect
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import resolve, reverse

from complaints import actions, deadlines, workflow
from complaints.actions import acting
from complaints.admin.case import CaseAdmin
from complaints.enums import (
    Category,
    Channel,
    Complexity,
    Decision,
    ErasureRefusal,
    FollowUpCause,
    Grade,
    Handling,
    Kind,
    Outcome,
    PersonCheck,
    RejectionGround,
    Retention,
    State,
    SuspensionGround,
)
from complaints.models import Case, CaseEvent
from efficiency.access import scope
from efficiency.access.may import MATRIX
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Rank, Role
from efficiency.remembering import at_once
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast
from tests.factories.staff import make_user, seat

pytestmark = pytest.mark.django_db

S = State
TOKEN = "0123456789abcdef0123456789abcdef"
PAPER_FILE = CleanFile(content=b"1", content_type="text/plain", original_name="附表.txt", original=b"1")
ON_THE_CLOCK = {S.RECEIVED, S.ACCEPTED, S.REGISTERED, S.SUBMITTED, S.ASSIGNED, S.HANDLING}
BEFORE_REPLY = ON_THE_CLOCK | {S.SUPPLEMENTING, S.SUSPENDED}
AFTER_REPLY = {S.REPLIED, S.REPORTED, S.CLOSED}
REVIEWS = {S.REVIEWING, S.FINAL_REVIEWING}
OPEN = BEFORE_REPLY | AFTER_REPLY | {S.REWORKING, *REVIEWS}
WRITING = {S.HANDLING, S.REWORKING}
EXTENDED = {S.HANDLING, S.REWORKING, S.SUPPLEMENTING, S.SUSPENDED}
NOT_HANDLED = {S.REJECTED, S.REDIRECTED, S.WITHDRAWN}
EVERY = {*OPEN, S.ARCHIVED, *NOT_HANDLED, S.MERGED}
WITH_ORGAN = {S.ASSIGNED, S.HANDLING, S.SUSPENDED, *AFTER_REPLY, S.REWORKING, *REVIEWS, S.ARCHIVED}
PUBLISHABLE = AFTER_REPLY | {S.ARCHIVED}
PUBLIC = {"title": "施工许可多久办结", "question": "申请递交后没有答复。", "answer": "已经办结。"}
HEADS = {"office_head", "second_head"}
OFFICE = {"officer", "office_reviewer", *HEADS}
CLERKS = {"clerk", "reviewer"}
ORGAN = {*CLERKS, "leader"}
# Who sees what: the office and inspectors every case, the organ from its assignment on, two roles a header.
SEES_ALL = {*OFFICE, "inspector"}
SEES_HEADER = {"appraiser", "auditor"}
# Whoever finds no case in any state.
BLIND = {"other_clerk", "district_officer", "administrator", "editor", "social", "nobody"}
# Whose form is sent alike: one of each office that a person can hold, and the second look of its own.
KIND_OF = {
    **dict.fromkeys(("officer", "office_reviewer"), "officer"),
    **dict.fromkeys(HEADS, "head"),
    **dict.fromkeys(("clerk", "reviewer"), "clerk"),
    **{role: role for role in ("leader", "inspector")},
}
# Nobody of these has a step in any state: every step is tried by them before an organ has the case, with it, at rest.
NEVER_ACT = BLIND | SEES_HEADER
TRIED_BY_ALL_IN = {S.RECEIVED, S.HANDLING, S.ARCHIVED}


@dataclass(frozen=True)
class Paper:
    """One step as the paper has it: from which states, to which, by whom."""

    call: Callable[[Case, User, Cast], Any]
    states: set[State]
    target: State | None
    roles: set[str]
    before: Callable[[Case, Cast], Any] | None = None


def _version(case: Case) -> dict[str, Any]:
    return {"at": TUESDAY, "version": case.version}


def _propose(case: Case, cast: Cast) -> None:
    if case.state in WRITING:
        actions.propose_reply(
            case,
            by=cast.clerk,
            outcome=Outcome.UPHELD,
            findings="属实",
            measures="已整改",
            basis="法",
            **_version(case),
        )


def _add_file(case: Case, cast: Cast) -> None:
    if case.state in WRITING:
        actions.add_reply_files(case, by=cast.clerk, files=[PAPER_FILE], **_version(case))


def _check(case: Case, cast: Cast) -> None:
    _propose(case, cast)
    if case.state in WRITING:
        # By another reviewer than the one who tries to approve it.
        actions.check_reply(case, by=seat(Role.CLERK, cast.city.construction, Rank.REVIEWER), **_version(case))


def _order(case: Case, cast: Cast) -> None:
    if case.state in OPEN:
        actions.order_supervision(case, by=cast.inspector, text="请限期办理", **_version(case))


def _add_to_joined(case: Case, cast: Cast) -> None:
    if case.state == S.MERGED:
        actions.add_material(case, at=TUESDAY, text="补充照片说明")


def _complain_again(case: Case, cast: Cast) -> None:
    if case.state in AFTER_REPLY | {S.REWORKING, *REVIEWS, S.ARCHIVED}:
        actions.evaluate(case, at=TUESDAY, grade=Grade.VERY_DISSATISFIED)


def _code() -> str:
    code = actions.receipt_of(TOKEN, at=TUESDAY).code
    assert code
    return code


def _ask_erasure(case: Case, cast: Cast) -> None:
    actions.ask_erasure(case, at=TUESDAY, code=_code())


def _ask_new_code(case: Case, cast: Cast) -> None:
    actions.ask_new_code(
        case, by=cast.officer, check=PersonCheck.DOCUMENT, reason="本人到场，遗失回执", **_version(case)
    )


def _ask_for_time(case: Case, cast: Cast) -> None:
    if case.state in EXTENDED:
        by = cast.officer if case.state == S.SUPPLEMENTING else cast.clerk
        actions.ask_extension(case, by=by, days=5, reason="检测尚未完成", **_version(case))


def _ask_to_stop(case: Case, cast: Cast) -> None:
    if case.state == S.HANDLING:
        actions.ask_suspension(
            case, by=cast.clerk, ground=SuspensionGround.PROCEEDING, reason="同一事项正在复议", **_version(case)
        )


def _report_contact(case: Case, cast: Cast) -> None:
    actions.deny_contact(case, by=cast.officer, reason="接听人称从未投诉", **_version(case))


def _deny_contact(case: Case, cast: Cast) -> None:
    _report_contact(case, cast)
    actions.uphold_denial(case, by=cast.office_head, **_version(case))


def _promise_report(case: Case, cast: Cast) -> None:
    Case.objects.filter(pk=case.pk).update(channel=Channel.SUPERIOR)
    case.refresh_from_db()
    deadlines.open_for(case, deadlines.REPORT_UP, at=TUESDAY)


def _join(case: Case, cast: Cast) -> None:
    if case.state == S.HANDLING:
        make.join(case, cast)


def _about_organ(case: Case, cast: Cast) -> None:
    case.about_organ = cast.city.tax
    case.save(update_fields=["about_organ"])


def _file_earlier(case: Case, cast: Cast) -> None:
    make.file(cast, at=TUESDAY, organ=case.organ)


def _taken_for_spam(case: Case, cast: Cast) -> None:
    if case.state == S.REJECTED:
        case.rejection_ground = RejectionGround.SPAM
        case.save(update_fields=["rejection_ground"])


def _earlier(case: Case) -> Case | None:
    return Case.objects.exclude(pk=case.pk).order_by("pk").last()


def _allow_publication(case: Case, cast: Cast) -> None:
    case.consent = True
    case.save(update_fields=["consent"])


def _propose_publication(case: Case, cast: Cast) -> None:
    _allow_publication(case, cast)
    if case.state in PUBLISHABLE:
        actions.propose_publication(case, by=cast.clerk, **PUBLIC, **_version(case))


def _consult(case: Case, cast: Cast) -> None:
    case.kind = Kind.CONSULTATION
    case.save(update_fields=["kind"])


def _by_mail(case: Case, cast: Cast) -> None:
    case.channel = Channel.EMAIL
    case.save(update_fields=["channel"])


PAPER = {
    "ask_supplement": Paper(
        lambda case, by, cast: actions.ask_supplement(case, by=by, missing="申请回执", **_version(case)),
        {S.RECEIVED},
        S.SUPPLEMENTING,
        OFFICE,
    ),
    "name_receiver": Paper(
        lambda case, by, cast: actions.name_receiver(case, by=by, first_receiver=by, **_version(case)),
        {S.RECEIVED, S.SUPPLEMENTING, S.ACCEPTED, S.REGISTERED, S.SUBMITTED},
        None,
        OFFICE,
        _by_mail,
    ),
    "answer_on_spot": Paper(
        lambda case, by, cast: actions.answer_on_spot(case, by=by, answer="请到三号窗口办理。", **_version(case)),
        {S.RECEIVED},
        S.REPLIED,
        OFFICE,
        _consult,
    ),
    "redirect": Paper(
        lambda case, by, cast: actions.redirect(
            case, by=by, addressee="市中级人民法院", text="已在诉讼中", **_version(case)
        ),
        {S.RECEIVED},
        S.REDIRECTED,
        OFFICE,
    ),
    "return": Paper(
        lambda case, by, cast: actions.return_to_office(
            case, by=by, reason="不属本局职责", basis="三定方案", organ=cast.city.tax, **_version(case)
        ),
        {S.ASSIGNED},
        S.SUBMITTED,
        {"leader"},
    ),
    "ask_suspension": Paper(
        lambda case, by, cast: actions.ask_suspension(
            case, by=by, ground=SuspensionGround.PROCEEDING, reason="同一事项正在复议", **_version(case)
        ),
        {S.HANDLING},
        None,
        ORGAN,
    ),
    "refuse_suspension": Paper(
        lambda case, by, cast: actions.refuse_suspension(case, by=by, reason="复议与本件无关", **_version(case)),
        {S.HANDLING},
        None,
        OFFICE,
        _ask_to_stop,
    ),
    "suspend": Paper(
        lambda case, by, cast: actions.suspend(
            case, by=by, ground=SuspensionGround.PROCEEDING, reason="同一事项正在复议", **_version(case)
        ),
        {S.HANDLING},
        S.SUSPENDED,
        OFFICE,
    ),
    "keep_suspended": Paper(
        lambda case, by, cast: actions.keep_suspended(case, by=by, reason="复议尚未审结", **_version(case)),
        {S.SUSPENDED},
        None,
        OFFICE,
    ),
    "resume": Paper(
        lambda case, by, cast: actions.resume(case, by=by, reason="复议已结束", **_version(case)),
        {S.SUSPENDED},
        S.HANDLING,
        OFFICE,
    ),
    "take_up": Paper(
        lambda case, by, cast: actions.take_up(
            case,
            by=by,
            reason="涉及公共利益",
            title="许可窗口办理时限",
            description="核实许可事项是否在承诺期限内办结。",
            **_version(case),
        ),
        {S.WITHDRAWN},
        None,
        OFFICE,
    ),
    "ask_extension": Paper(
        lambda case, by, cast: actions.ask_extension(case, by=by, days=5, reason="需现场检测", **_version(case)),
        EXTENDED,
        None,
        ORGAN,
    ),
    "extend": Paper(
        lambda case, by, cast: actions.extend(case, by=by, days=5, reason="需现场检测", **_version(case)),
        EXTENDED,
        None,
        HEADS,
    ),
    "refuse_extension": Paper(
        lambda case, by, cast: actions.refuse_extension(case, by=by, reason="无需再等", **_version(case)),
        EXTENDED,
        None,
        HEADS,
        _ask_for_time,
    ),
    "report_up": Paper(
        lambda case, by, cast: actions.report_up(case, by=by, text="已函复省信访局", **_version(case)),
        AFTER_REPLY | {S.REWORKING, *REVIEWS, S.ARCHIVED, *NOT_HANDLED},
        None,
        OFFICE,
        _promise_report,
    ),
    "decide_review": Paper(
        lambda case, by, cast: actions.decide_review(
            case, by=by, decision=Decision.UPHELD, text="原答复正确", **_version(case)
        ),
        {S.REVIEWING},
        S.CLOSED,
        HEADS,
    ),
    "decide_final": Paper(
        lambda case, by, cast: actions.decide_final(
            case, by=by, decision=Decision.OVERTURNED, text="应当重新办理", **_version(case)
        ),
        {S.FINAL_REVIEWING},
        S.REWORKING,
        HEADS,
    ),
    "order_rework": Paper(
        lambda case, by, cast: actions.order_rework(case, by=by, text="整改未到位", **_version(case)),
        AFTER_REPLY,
        S.REWORKING,
        OFFICE,
    ),
    "accept": Paper(
        lambda case, by, cast: actions.accept(
            case, by=by, kind=Kind.COMPLAINT, category=Category.DELAY, organ=case.organ, **_version(case)
        ),
        {S.RECEIVED},
        S.ACCEPTED,
        OFFICE,
    ),
    "reject": Paper(
        lambda case, by, cast: actions.reject(
            case, by=by, ground=RejectionGround.JUDICIAL, text="已在法院审理", **_version(case)
        ),
        {S.RECEIVED},
        S.REJECTED,
        OFFICE,
    ),
    "clear_spam": Paper(
        lambda case, by, cast: actions.clear_spam(case, by=by, text="经核实并非垃圾信息", **_version(case)),
        {S.REJECTED},
        S.RECEIVED,
        OFFICE,
        _taken_for_spam,
    ),
    "link_person": Paper(
        lambda case, by, cast: actions.link_person(case, by=by, post=None, reason="并无此人", **_version(case)),
        OPEN,
        None,
        OFFICE | {"inspector"},
    ),
    "link_organ": Paper(
        lambda case, by, cast: actions.link_organ(case, by=by, organ=None, reason="反映的是经办人", **_version(case)),
        OPEN,
        None,
        OFFICE | {"inspector"},
        _about_organ,
    ),
    "merge": Paper(
        lambda case, by, cast: actions.merge(case, by=by, leading=_earlier(case), reason="同一事项", **_version(case)),
        {S.RECEIVED, S.ACCEPTED},
        S.MERGED,
        OFFICE | {"inspector"},
        _file_earlier,
    ),
    "pass_facts": Paper(
        lambda case, by, cast: actions.pass_facts(case, by=by, facts="另有照片两张。", **_version(case)),
        {S.MERGED},
        None,
        OFFICE | {"inspector"},
        _add_to_joined,
    ),
    "split": Paper(
        lambda case, by, cast: actions.split(case, by=by, reason="并非同一事项", **_version(case)),
        {S.MERGED},
        S.RECEIVED,
        OFFICE | {"inspector"},
    ),
    "write_summary": Paper(
        lambda case, by, cast: actions.write_summary(
            case, by=by, title="窗口服务问题", text="核实许可事项是否在期限内办结。", **_version(case)
        ),
        OPEN,
        None,
        OFFICE,
    ),
    "register": Paper(
        lambda case, by, cast: actions.register(case, by=by, way="交办", **_version(case)),
        {S.ACCEPTED},
        S.REGISTERED,
        OFFICE,
    ),
    "submit": Paper(
        lambda case, by, cast: actions.submit(
            case,
            by=by,
            handling=Handling.ASSIGNED,
            organ=cast.city.construction,
            proposal="交办",
            **_version(case),
        ),
        {S.REGISTERED},
        S.SUBMITTED,
        OFFICE,
    ),
    "instruct": Paper(
        lambda case, by, cast: actions.instruct(
            case,
            by=by,
            handling=Handling.ASSIGNED,
            organ=cast.city.construction,
            instruction="同意",
            **_version(case),
        ),
        {S.SUBMITTED},
        S.ASSIGNED,
        HEADS,
    ),
    "report_unclear": Paper(
        lambda case, by, cast: actions.report_unclear(case, by=by, reason="两局均称不属本局职责", **_version(case)),
        {S.REGISTERED, S.SUBMITTED},
        S.SUBMITTED,
        OFFICE,
    ),
    "sign_in": Paper(
        lambda case, by, cast: actions.sign_in(case, by=by, **_version(case)), {S.ASSIGNED}, S.HANDLING, CLERKS
    ),
    "assign": Paper(
        lambda case, by, cast: actions.assign(
            case, by=by, handler=seat(Role.CLERK, cast.city.construction), reason="按片区分工", **_version(case)
        ),
        WITH_ORGAN - {S.ARCHIVED},
        None,
        {"leader"},
    ),
    "record_contact": Paper(
        lambda case, by, cast: actions.record_contact(case, by=by, text="已联系", reached=True, **_version(case)),
        {S.REGISTERED, S.SUBMITTED, S.ASSIGNED, S.HANDLING, S.SUSPENDED},
        None,
        OFFICE,  # the complainant stays unknown to the organ; with consent: tests/rules/test_contact.py
    ),
    "transfer": Paper(
        lambda case, by, cast: actions.transfer(
            case, by=by, organ=cast.city.tax, reason="属地税局职责", **_version(case)
        ),
        {S.HANDLING},
        S.ASSIGNED,
        OFFICE,
    ),
    "join": Paper(
        lambda case, by, cast: actions.join(
            case, by=by, organ=cast.city.tax, request="请核实税费缴纳情况", days=5, **_version(case)
        ),
        {S.HANDLING},
        None,
        OFFICE,
    ),
    "withdraw_part": Paper(
        lambda case, by, cast: actions.withdraw_part(
            case, by=by, part=case.parts.open().first(), reason="已另行核实", **_version(case)
        ),
        {S.HANDLING},
        None,
        OFFICE,
        _join,
    ),
    "save_draft": Paper(
        lambda case, by, cast: actions.save_draft(case, by=by, findings="初查", **_version(case)),
        WRITING,
        None,
        CLERKS,
    ),
    "propose_reply": Paper(
        lambda case, by, cast: actions.propose_reply(
            case, by=by, outcome=Outcome.NOT_UPHELD, findings="不属实", basis="法", **_version(case)
        ),
        WRITING,
        None,
        CLERKS,
    ),
    "return_reply": Paper(
        lambda case, by, cast: actions.return_reply(case, by=by, remark="依据不足", **_version(case)),
        WRITING,
        None,
        {"leader", "reviewer"},
        _propose,
    ),
    "add_reply_files": Paper(
        lambda case, by, cast: actions.add_reply_files(case, by=by, files=[PAPER_FILE], **_version(case)),
        WRITING,
        None,
        CLERKS,
    ),
    "remove_reply_file": Paper(
        lambda case, by, cast: actions.remove_reply_file(
            case, by=by, file=case.attachments.filter(reply__isnull=False).first(), **_version(case)
        ),
        WRITING,
        None,
        CLERKS,
        _add_file,
    ),
    "ask_question": Paper(
        lambda case, by, cast: actions.ask_question(
            case, by=by, question="请问您是哪一天到窗口递交的？", **_version(case)
        ),
        WRITING,
        None,
        CLERKS | OFFICE,
    ),
    "check_reply": Paper(
        lambda case, by, cast: actions.check_reply(case, by=by, **_version(case)),
        WRITING,
        None,
        {"reviewer"},
        _propose,
    ),
    "approve_reply": Paper(
        lambda case, by, cast: actions.approve_reply(case, by=by, **_version(case)),
        WRITING,
        S.REPLIED,
        {"leader"},
        _check,
    ),
    "report": Paper(
        lambda case, by, cast: actions.report(case, by=by, facts="属实", basis="法", measures="整改", **_version(case)),
        {S.REPLIED},
        S.REPORTED,
        ORGAN,
    ),
    "close": Paper(
        lambda case, by, cast: actions.close(case, by=by, conclusion="办结", **_version(case)),
        {S.REPORTED},
        S.CLOSED,
        OFFICE,
    ),
    "propose_publication": Paper(
        lambda case, by, cast: actions.propose_publication(case, by=by, **PUBLIC, **_version(case)),
        PUBLISHABLE,
        None,
        CLERKS | OFFICE,
        _allow_publication,
    ),
    "publish": Paper(
        lambda case, by, cast: actions.publish(case, by=by, **_version(case)),
        PUBLISHABLE,
        None,
        {"leader", *HEADS},
        _propose_publication,
    ),
    "return_publication": Paper(
        lambda case, by, cast: actions.return_publication(case, by=by, remark="请删去地点", **_version(case)),
        PUBLISHABLE,
        None,
        {"leader", *HEADS},
        _propose_publication,
    ),
    "withdraw_publication": Paper(
        lambda case, by, cast: actions.withdraw_publication(case, by=by, reason="内容有误", **_version(case)),
        PUBLISHABLE,
        None,
        ORGAN | OFFICE,
        _propose_publication,
    ),
    "archive": Paper(
        lambda case, by, cast: actions.archive(case, by=by, **_version(case)),
        {S.CLOSED, *NOT_HANDLED},
        S.ARCHIVED,
        OFFICE,
    ),
    "record_follow_up": Paper(
        lambda case, by, cast: actions.record_follow_up(
            case, by=by, text="已解释", cause=FollowUpCause.OBJECTIVE, **_version(case)
        ),
        {*AFTER_REPLY, S.REWORKING, *REVIEWS, S.ARCHIVED},
        None,
        OFFICE,
        _complain_again,
    ),
    "order_supervision": Paper(
        lambda case, by, cast: actions.order_supervision(case, by=by, text="限期办理", **_version(case)),
        OPEN,
        None,
        OFFICE | {"inspector"},
    ),
    "answer_supervision": Paper(
        lambda case, by, cast: actions.answer_supervision(case, by=by, text="正在办理", **_version(case)),
        OPEN,
        None,
        ORGAN,
        _order,
    ),
    "chase": Paper(
        lambda case, by, cast: actions.chase(case, by=by, text="请抓紧办理", **_version(case)),
        ON_THE_CLOCK | AFTER_REPLY | {S.REWORKING, *REVIEWS},
        None,
        OFFICE | {"inspector", "leader"},
    ),
    "declare_recusal": Paper(
        lambda case, by, cast: actions.declare_recusal(case, by=by, at=TUESDAY, reason="与投诉人系亲属"),
        EVERY,
        None,
        OFFICE | {"inspector"} | ORGAN,
    ),
    "recuse_person": Paper(
        lambda case, by, cast: actions.recuse_person(
            case, by=by, at=TUESDAY, person=seat(Role.CLERK, cast.city.construction), reason="系投诉人近亲属"
        ),
        EVERY,
        None,
        OFFICE | {"inspector", "leader"},
    ),
    "grant_erasure": Paper(
        lambda case, by, cast: actions.grant_erasure(case, by=by, **_version(case)),
        EVERY,
        None,
        OFFICE,
        _ask_erasure,
    ),
    "refuse_erasure": Paper(
        lambda case, by, cast: actions.refuse_erasure(
            case, by=by, ground=ErasureRefusal.RETENTION, text="依照档案管理规定保存", **_version(case)
        ),
        EVERY,
        None,
        OFFICE,
        _ask_erasure,
    ),
    "deny_contact": Paper(
        lambda case, by, cast: actions.deny_contact(case, by=by, reason="空号", **_version(case)),
        EVERY,
        None,
        OFFICE,
    ),
    "uphold_denial": Paper(
        lambda case, by, cast: actions.uphold_denial(case, by=by, **_version(case)),
        EVERY,
        None,
        OFFICE,
        _report_contact,
    ),
    "drop_denial": Paper(
        lambda case, by, cast: actions.drop_denial(case, by=by, reason="本人已接通", **_version(case)),
        EVERY,
        None,
        OFFICE,
        _report_contact,
    ),
    "confirm_contact": Paper(
        lambda case, by, cast: actions.confirm_contact(case, by=by, reason="更正号码后接通", **_version(case)),
        EVERY,
        None,
        OFFICE,
        _deny_contact,
    ),
    "ask_new_code": Paper(
        lambda case, by, cast: actions.ask_new_code(
            case, by=by, check=PersonCheck.CALL_BACK, reason="回执遗失，已回拨核对", **_version(case)
        ),
        EVERY,
        None,
        OFFICE,
    ),
    "issue_new_code": Paper(
        lambda case, by, cast: actions.issue_new_code(case, by=by, **_version(case)).event,
        EVERY,
        None,
        OFFICE,
        _ask_new_code,
    ),
    "refuse_new_code": Paper(
        lambda case, by, cast: actions.refuse_new_code(case, by=by, reason="已找到原查询码", **_version(case)),
        EVERY,
        None,
        OFFICE,
        _ask_new_code,
    ),
}
OF_CITIZEN = {
    "add_material": (
        lambda case: actions.add_material(case, at=TUESDAY, text="补充照片说明"),
        # Suspended for what was asked for: that is handed in by the step of its own.
        {state: state for state in (*ON_THE_CLOCK, S.REWORKING, S.MERGED)},
    ),
    "answer_question": (
        lambda case: actions.answer_question(case, at=TUESDAY, text="三月二日上午"),
        {},  # only what was asked: tests/rules/test_questions.py
    ),
    "supplement": (
        lambda case: actions.supplement(case, at=TUESDAY, text="补充回执如下"),
        {S.SUPPLEMENTING: S.RECEIVED, S.SUSPENDED: S.HANDLING},
    ),
    "evaluate": (
        lambda case: actions.evaluate(case, at=TUESDAY, grade=4),
        {state: state for state in (*AFTER_REPLY, S.REWORKING, *REVIEWS, S.ARCHIVED)},
    ),
    "urge": (
        lambda case: actions.urge(case, at=make.local(2027, 1, 29)),
        # The clock of the reply may stand still, that of the first contact does not.
        {state: state for state in (*ON_THE_CLOCK, S.SUSPENDED, S.REWORKING, *REVIEWS)},
    ),
    "ask_review": (
        lambda case: actions.ask_review(case, at=TUESDAY, reasons="没有说明依据"),
        dict.fromkeys(AFTER_REPLY | {S.REJECTED, S.ARCHIVED}, S.REVIEWING),
    ),
    "ask_final": (
        lambda case: actions.ask_final(case, at=TUESDAY, reasons="没有回应理由"),
        {},  # only after a review: tests/rules/test_branches.py
    ),
    "withdraw": (
        lambda case: actions.withdraw(case, at=TUESDAY),
        dict.fromkeys((*BEFORE_REPLY, S.MERGED), S.WITHDRAWN),
    ),
    "correct_contact": (
        lambda case: actions.correct_contact(case, at=TUESDAY, code=_code(), phone="13900000009"),
        {state: state for state in EVERY},
    ),
    "hide_identity": (lambda case: actions.hide_identity(case, at=TUESDAY), {state: state for state in EVERY}),
    "ask_erasure": (
        lambda case: actions.ask_erasure(case, at=TUESDAY, code=_code()),
        {state: state for state in EVERY},
    ),
}
# What befalls a joined case with the one that leads it: tests/rules/test_merging.py.
WITH_THE_LEADING = {"take_in", "set_free", "share_reply", "file_away"}
OF_PART = {"sign_in_part", "answer_part"}  # tests/rules/test_joining.py: the organ knows of its part alone
BY_THEMSELVES = {
    *{"file", "pass_on", "lapse", "lapse_extension", "lapse_question", "lapse_suspension", "put_away"},
    "tell_of_inquiry",  # tests/rules/test_fault_procedure.py
    *{"succeed", "succeed_part"},  # tests/rules/test_succession.py
    "share_person",  # tests/rules/test_together.py
    *WITH_THE_LEADING,
}
# Whose these steps are while the case lies with the office itself, be it in a state where they begin or not.
OF_OFFICE_ITSELF = {
    "save_draft": OFFICE,
    "add_reply_files": OFFICE,
    "remove_reply_file": OFFICE,
    "propose_reply": OFFICE,
    "return_reply": HEADS | {"office_reviewer"},
    "check_reply": {"office_reviewer"},
    "approve_reply": HEADS,
    "report": OFFICE,
    "answer_supervision": OFFICE,
    "ask_extension": OFFICE,
    "assign": OFFICE,
}


def expected(name: str, paper: Paper, state: State, role: str) -> type[Exception] | None:
    """What a role meets in a state; None is "done"."""
    if role not in SEES_ALL | SEES_HEADER and not (role in ORGAN and state in WITH_ORGAN):
        return actions.Absent
    roles = paper.roles
    if state not in WITH_ORGAN:
        roles = OF_OFFICE_ITSELF.get(name, roles)
    if role not in roles:
        return actions.NotAllowed
    if state not in paper.states:
        return actions.NotInState
    return None


@pytest.fixture
def roles(cast):
    city = cast.city
    return {
        "officer": seat(Role.OFFICE_OFFICER, city.office),  # not the one who submitted
        "office_reviewer": seat(Role.OFFICE_OFFICER, city.office, Rank.REVIEWER),
        "office_head": cast.office_head,
        "second_head": seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER),
        "inspector": cast.inspector,
        "auditor": cast.auditor,
        "appraiser": seat(Role.APPRAISAL_OFFICER, city.office),
        "clerk": cast.clerk,
        "reviewer": make.add_reviewer(cast),
        "leader": cast.leader,
        "other_clerk": cast.tax_clerk,
        "district_officer": seat(Role.OFFICE_OFFICER, city.district_office, Rank.APPROVER),
        "administrator": seat(Role.SYSTEM_ADMINISTRATOR, city.government),
        "editor": seat(Role.DISCLOSURE_EDITOR, city.construction),
        "social": seat(Role.SOCIAL_SUPERVISOR, city.government),
        "nobody": make_user(),
    }


def allowed(case: Case, user: User) -> set[str]:
    """Return the steps that the list offers the person."""
    return {step.name for step in workflow.next_actions(case, user) if step.allowed}


def sends_forms_in(paper: Paper) -> set[State]:
    """Return the first and the last state where the step begins, and where it does not."""
    begins = [state for state in State if state in paper.states]
    others = [state for state in State if state not in paper.states]
    return {states[index] for states in (begins, others) if states for index in (0, -1)}


def attempt(paper: Paper, case: Case, user: User, cast: Cast) -> tuple[Any, Any]:
    """Try a step; return the refusal and the event. What is refused was taken back by the action itself."""
    try:
        return None, paper.call(copy(case), user, cast)
    except actions.NotAsked:  # the step begins there, but only after something that has not happened
        return actions.NotInState, None
    except actions.Refused as refused:
        return type(refused), None


def attempt_and_take_back(*tried: Any) -> tuple[Any, Any]:
    """Do the same with a step that is taken."""
    with transaction.atomic():
        found = attempt(*tried)
        transaction.set_rollback(True)
    return found


def by_what_comes_before() -> dict[Callable[[Case, Cast], Any] | None, dict[str, Paper]]:
    """Return the steps by what has to happen before them."""
    found: dict[Callable[[Case, Cast], Any] | None, dict[str, Paper]] = {}
    for name, paper in PAPER.items():
        found.setdefault(paper.before, {})[name] = paper
    return found


def test_the_paper_names_every_step_of_the_table():
    assert set(PAPER) | set(OF_CITIZEN) | BY_THEMSELVES | OF_PART == {row.action for row in workflow.TRANSITIONS}
    assert set(workflow.ACTIONS) == {row.action for row in workflow.TRANSITIONS}


def test_every_right_of_the_table_stands_in_the_access_matrix():
    assert {row.right for row in workflow.TRANSITIONS if isinstance(row.right, str)} <= set(MATRIX)


class Page:
    """
    The addresses of the steps, asked as the browser asks them: below the middleware, which has tests of its own.

    What stands on the page of a step is tested beside it; here counts whether there is one, and what its form answers.
    """

    # What only the page asks for, and words of the form that mean nothing at all to the function.
    BESIDES = {
        "accept": {"complexity": Complexity.STANDARD.value},
        "archive": {"retention": Retention.PERMANENT.value, "note": "留存备查"},
        "grant_erasure": {"sure": "on"},
        "link_person": {"post": "nobody"},
    }

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.shown: Any = None
        monkeypatch.setattr(CaseAdmin, "_step_page", self._step_page)
        monkeypatch.setattr(CaseAdmin, "_code_page", lambda *arguments: HttpResponse(status=302))

    def _step_page(self, request: Any, case: Case, action: str, form: Any, **more: Any) -> HttpResponse:
        self.shown = form
        return HttpResponse(status=more.get("status", 200))

    def fields(self, name: str, paper: Paper, case: Case, user: User, cast: Cast) -> dict[str, Any]:
        """Return what is sent for the step: the same as the function is called with."""
        given: dict[str, Any] = {}
        verb = "return_to_office" if name == "return" else name
        with self.monkeypatch.context() as patch:
            # What the step of a new code gives back has an event besides.
            patch.setattr(actions, verb, lambda _case, **values: given.update(values) or SimpleNamespace(event=None))
            paper.call(case, user, cast)
        files = [SimpleUploadedFile(file.original_name, file.original) for file in given.pop("files", ())]
        sent = {key: self._as_sent(value) for key, value in given.items() if key not in ("by", "at")}
        besides = self.BESIDES.get(name, {}) | ({"attachments": files} if files else {})
        # Every page knows at which version it was opened, also of the few steps that do not depend on it.
        return {"version": case.version} | sent | besides

    def _as_sent(self, value: Any) -> Any:
        if isinstance(value, Model):
            return value.pk
        if isinstance(value, bool):
            return "yes" if value else ""
        return "" if value is None else getattr(value, "value", value)

    def answer(self, name: str, case: Case, user: User, sent: dict[str, Any] | None = None) -> int:
        """Return how the address answers, to a form if one is sent; what the step did is taken back."""
        self.shown = None
        for file in (sent or {}).get("attachments", ()):
            file.seek(0)
        address = reverse("admin:complaints_case_do", args=[case.pk, name])
        request: Any = RequestFactory().get(address) if sent is None else RequestFactory().post(address, sent)
        request.user, request._dont_enforce_csrf_checks, request._messages = user, True, Told()
        found = resolve(address)
        request.resolver_match = found
        with transaction.atomic():
            try:
                status = found.func(request, *found.args, **found.kwargs).status_code
            except Http404:
                status = 404
            except PermissionDenied:
                status = 403
            transaction.set_rollback(True)
        return status

    def refuses(self, name: str, case: Case, user: User, sent: dict[str, Any], refusal: type[Exception]) -> bool:
        """Say whether the form refuses as the function does: no page, no right, or its words above what was typed."""
        status = self.answer(name, case, user, sent)
        if refusal is actions.NotInState:
            return status == 200 and bool(self.shown.errors)
        # Whoever holds no post is led to the log-in.
        return status in {actions.Absent: (404, 401), actions.NotAllowed: (403,)}[refusal]


class Told(list):
    """Words that a page would show next, to nobody."""

    def add(self, *_words: Any) -> None:
        """Forget them."""


@pytest.fixture
def steps(monkeypatch):
    return Page(monkeypatch)


@pytest.fixture
def _tenures_as_they_are(monkeypatch):
    """Read the tenures of each person once: they do not change here, and every one of many attempts asks for them."""
    read, known = scope._read_scope, {}

    def once(user: User, on: date) -> scope.Scope:
        if (user.pk, on) not in known:
            known[user.pk, on] = read(user, on)
        return known[user.pk, on]

    monkeypatch.setattr(scope, "_read_scope", once)
    # The record of a refused attempt has tests of its own (L-01).
    monkeypatch.setattr(acting, "record", lambda *_action, **_values: None)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.usefixtures("_tenures_as_they_are")
def test_each_step_is_tried_in_every_state_by_every_role(state, cast, roles, steps):
    """
    The function, the list of next steps and the form at the step's address agree with the paper (T29).

    Function and list are tried in every state by every role that acts somewhere, and by those that never do
    (``NEVER_ACT``) in three states: before an organ has the case, with it, at rest. The form, one view for all steps,
    is sent in four states: two where the step begins and two where it does not, by one of each role that may take it
    and by one for each way of refusing it. Its page is asked for beside it. That the form asks the same door as the
    function in all the other states is what the next test says.
    """
    untouched = make.case_in(state, cast, token=TOKEN)
    roles = {role: user for role, user in roles.items() if role not in NEVER_ACT or state in TRIED_BY_ALL_IN}
    if state in REVIEWS:  # whoever decided what is looked at finds no case, their colleagues do (docs/trust.md Z-07)
        construction = cast.city.construction
        colleagues = {"clerk": seat(Role.CLERK, construction), "leader": seat(Role.ORGAN_LEADER, construction)}
        colleagues["reviewer"] = make.add_reviewer(cast)
        roles |= {"drafter": cast.clerk, "approver": cast.leader} | colleagues

    for before, papers in by_what_comes_before().items():
        with transaction.atomic():
            case = Case.objects.get(pk=untouched.pk)
            if before:
                before(case, cast)
            with at_once():
                offered = {role: allowed(case, user) for role, user in roles.items()}
            for name, paper in papers.items():
                sent = steps.fields(name, paper, case, cast.officer, cast)
                answered: set[Any] = set()
                with_form = state in sends_forms_in(paper)
                for role, user in roles.items():
                    owed = expected(name, paper, state, role)
                    refusal, event = (attempt if owed else attempt_and_take_back)(paper, case, user, cast)
                    assert refusal is owed, f"{name} in {state} by {role}"
                    assert (name in offered[role]) == (refusal is None), f"{name} in {state} by {role}"
                    if refusal is None:
                        assert isinstance(event, CaseEvent)
                        assert (event.from_state, event.to_state) == (state, paper.target or state), name
                        assert (event.actor, event.actor_kind, event.action) == (user, "staff", name)
                    # Whoever knows headers alone finds no page of a case.
                    met = actions.Absent if refusal and role in SEES_HEADER else refusal
                    of_form = met or ("done", KIND_OF[role])
                    if not with_form or of_form in answered:
                        continue
                    page_is_there = any(isinstance(each, tuple) for each in answered)
                    answered.add(of_form)
                    with time_machine.travel(TUESDAY, tick=False):
                        if met is None:
                            page = page_is_there or steps.answer(name, case, user) == 200
                            assert page, f"page of {name} in {state} by {role}"
                            taken = steps.answer(name, case, user, sent) == 302
                            assert taken, f"form of {name} in {state} by {role}: {steps.shown and steps.shown.errors}"
                            continue
                        refuses = steps.refuses(name, case, user, sent, met)
                        assert refuses, f"form of {name} in {state} by {role}"
                        if met is actions.NotInState:
                            assert steps.answer(name, case, user) == 302, f"page of {name} in {state} by {role}"
            transaction.set_rollback(True)


class Begun(Exception):
    """The door of a step was reached, with the name of the step."""


def test_what_a_form_sends_goes_through_the_door_that_tries_state_role_and_version(cast, monkeypatch):
    """
    Each form calls the function of its step, and that asks ``workflow.begin`` for this very step before anything else.

    So whatever the function refuses, in whichever state and for whomever, the form refuses; a form without that door,
    or with that of another step, fails here.
    """

    def begin(case: Case, action: str, **_given: Any) -> None:
        raise Begun(action)

    monkeypatch.setattr(workflow, "begin", begin)
    case, earlier, of_forms = make.file(cast).case, make.file(cast).case, CaseAdmin(Case, admin.site).do
    # The other case is locked together with this one, before the door.
    given = {"by": cast.officer, "at": TUESDAY}
    assert set(of_forms) == {row.action for row in workflow.TRANSITIONS if isinstance(row.right, str)} - OF_PART
    for name, function in of_forms.items():
        assert function is actions.verb(name)
        needed = {
            each.name: None
            for each in inspect.signature(function).parameters.values()
            if each.kind is each.KEYWORD_ONLY and each.default is each.empty
        }
        with pytest.raises(Begun, match=rf"^{name}$"):
            function(case, **needed | given | ({"leading": earlier} if name == "merge" else {}))


@pytest.mark.parametrize("state", list(State))
def test_each_step_of_the_citizen_is_tried_in_every_state(state, cast):
    case = make.case_in(state, cast, token=TOKEN, consent=True)

    for name, (call, states) in OF_CITIZEN.items():
        refusal, event = None, None
        with transaction.atomic():
            try:
                event = call(Case.objects.get(pk=case.pk))
            except actions.Refused as refused:
                refusal = refused
            transaction.set_rollback(True)
        assert (refusal is None) == (state in states), f"{name} in {state}"
        if event is not None:
            assert (event.actor, event.actor_kind, event.to_state) == (None, "citizen", states[state])
