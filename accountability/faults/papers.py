"""
Papers of fault cases: opening, intended decision, decision, service, ruling, and the fault notice (10.5, 10.7).

Put together from stored rows alone, in Chinese, and for whom they are about: no complainant, no other respondent, and
nothing of the file but what that person was told.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.faults import access, borne, consequences, deadlines, deciding, inquiry, judging
from accountability.faults.deadlines import ABOVE, APPEAL, DEFENCE, EXECUTE
from accountability.faults.enums import AppealLevel, AppealResult, RespondentKind, Result
from accountability.faults.words import Measure, Responsibility, Severity
from accountability.models import Appeal, Card, FaultCase, FaultDecision, FaultNotice, Investigator, Respondent
from accountability.papers import actions, registry, words
from accountability.papers.registry import Content, PaperKind, Section
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines import rules
from efficiency.organs.models import Rank, Role
from efficiency.refusals import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

OPENING, INTENTION, DECISION, SERVICE, RULING, NOTICE = (
    "fault_opening",
    "fault_intention",
    "fault_decision",
    "fault_service",
    "fault_ruling",
    "fault_notice",
)
TITLES = {
    OPENING: "行政过错责任追究立案通知书",
    INTENTION: "行政过错责任追究拟处理告知书",
    DECISION: "行政过错责任追究处理决定书",
    SERVICE: "行政过错责任追究文书送达回证",
    RULING: "行政过错责任追究复核（申诉）决定书",
}
APPEAL_WORDS = (
    "如不服本决定，可以自送达之日起三十日内向作出决定的机关申请复核；对复核决定仍不服的，可以自复核决定送达之日起"
    "十五日内向上一级机关提出申诉。复核、申诉期间不停止本决定的执行，不因复核、申诉加重处理。"
)


ABOVE_WORDS = (
    "如不服本决定，可以自送达之日起十五日内向上一级机关提出申诉。申诉期间不停止处理决定的执行，不因申诉加重处理。"
)
FINAL_WORDS = "本决定为最终决定。"


def opening(subject: models.Model) -> Content:
    """
    Return the notice that a case was opened, and who inquires.

    :raises Refused: they were not told yet
    """
    row = _respondent(subject)
    if row.notified_at is None or row.case.opened_at is None:
        raise Refused(_("They were not told of the opening yet."))
    names = "、".join(str(each.person) for each in inquiry.investigators(row.case))
    return _content(
        row,
        OPENING,
        on=timezone.localdate(row.notified_at),
        sections=(
            Section("立案情况", _rows(("案号", row.case.number), ("立案时间", words.day(row.case.opened_at)))),
            Section(
                "告知事项",
                _rows(("调查人员", names)),
                (
                    "经核实并经两人以上审核，决定对你（单位）在履行职责中的有关行为立案调查。",
                    "你（单位）应当如实说明情况、提供材料，不得阻挠、干扰调查，不得打击报复。",
                    "认为调查人员与本案有利害关系的，可以向效能办书面申请其回避，并说明理由。",
                ),
            ),
        ),
    )


def intention(subject: models.Model) -> Content:
    """
    Return the notice of the findings and the intended decision, with the time for a statement.

    :raises Refused: they were not told yet
    """
    row = _respondent(subject)
    if row.informed_at is None:
        raise Refused(_("They were not told of the intended decision yet."))
    said = row.intended
    time = deadlines.last(row, DEFENCE)
    return _content(
        row,
        INTENTION,
        on=timezone.localdate(row.informed_at),
        sections=(
            Section("查明的事实", (), _lines(said.get("findings", ""))),
            Section(
                "拟作出的处理",
                _rows(
                    ("过错程度", _severity(said.get("severity", ""))),
                    ("责任", _responsibility(said.get("responsibility", ""))),
                    ("处理方式", _measures(said.get("measures", ()))),
                    ("效能告诫期限", _months(said, said.get("measures", ()))),
                ),
            ),
            Section(
                "陈述和申辩",
                _rows(("截止日期", words.day(time.due_at) if time else "")),
                (
                    "你（单位）可以在上述日期以前书面陈述和申辩，或者要求听取口头陈述；也可以书面放弃。",
                    "不因陈述和申辩加重处理。逾期不提出的，视为没有意见。",
                ),
            ),
        ),
    )


def _within(decided_at: datetime) -> str:
    """Return within which time after service the execution is reported, by the limit in force."""
    limit = rules.terms_of(EXECUTE, on=timezone.localdate(decided_at)).limit
    return f"自登记送达之日起{words.limit(limit)}内"


def decision(subject: models.Model) -> Content:
    """
    Return the decision as it concerns one respondent: facts, evidence, basis, part, severity, measure, appeal route.

    After a ruling that made it lighter it says what holds now, and by which ruling.

    :raises Refused: nothing was decided yet, or a ruling revoked it
    """
    row = _respondent(subject)
    found = deciding.decision_of(row.case)
    if found is None or row.case.decided_at is None:
        raise Refused(_("Nothing was decided yet."))
    changed = [each for each in _rulings(row) if each.result != AppealResult.UPHELD]
    if any(each.result == AppealResult.REVOKED for each in changed):
        raise Refused(_("A ruling revoked the decision."))
    part = found.parts.get(str(row.pk), {})
    circumstances = "、".join(str(each.label) for each in judging.circumstances_of(found, row))
    released = set(row.released.values_list("evidence_id", flat=True))
    evidence = [
        f"{each.number}．{each.title if each.pk in released else each.get_kind_display()}"
        for each in row.case.evidence.order_by("number")
    ]
    execute = deadlines.last(row, EXECUTE)
    if found.result == Result.ACCOUNTABLE and row.measures and not borne.to_carry_out(row):
        ends = ("执行", "待有权机关作出决定后执行")
    elif found.result == Result.ACCOUNTABLE and row.measures:
        ends = ("执行情况报告期限", words.day(execute.due_at) if execute else _within(row.case.decided_at))
    else:
        ends = ("执行", "无须执行")
    return _content(
        row,
        DECISION,
        on=timezone.localdate(row.case.decided_at),
        sections=(
            Section("查明的事实", (), _lines(found.facts)),
            Section("证据", (), tuple(evidence) or ("见卷宗。",)),
            *_offended(found),
            Section("依据", (), _lines(found.basis)),
            Section("理由", (), _lines(found.reasons)),
            Section(
                "决定",
                _rows(
                    ("结论", found.get_result_display()),
                    ("过错程度", _severity(found.severity)),
                    ("情节", circumstances),
                    ("承担的角色", row.get_part_display()),
                    ("责任", _responsibility(part.get("responsibility", ""))),
                    ("处理方式", _measures(row.measures)),
                    ("效能告诫期限", _months(part, row.measures)),
                    (
                        "复核情况",
                        "；".join(f"{words.day(each.ruled_at)}经复核（申诉）变更" for each in changed if each.ruled_at),
                    ),
                    ("决定机关", found.get_body_display()),
                    ends,
                ),
            ),
            Section("救济途径", (), (APPEAL_WORDS,)),
        ),
    )


def _offended(found: FaultDecision) -> tuple[Section, ...]:
    """Return the wordings of the catalogue that a decision names, with where they are written down."""
    rows = found.clauses.order_by("kind", "code")
    lines = tuple(f"{number}．{each.text}（{each.source}）" for number, each in enumerate(rows, start=1))
    return (Section("违反的规定", (), lines),) if lines else ()


def service(subject: models.Model) -> Content:
    """
    Return the record that the decision was served on person and organ.

    :raises Refused: it was not served yet
    """
    row = _respondent(subject)
    if row.served_at is None:
        raise Refused(_("The decision was not served yet."))
    # After a ruling another time runs, to the body above; the service began the first.
    time = engine.of_subject(row).filter(kind=APPEAL, variant="").order_by("-generation").first()
    served_on = timezone.localdate(row.served_at)
    organ_on = row.organ_served_on
    return _content(
        row,
        SERVICE,
        on=served_on,
        sections=(
            Section(
                "送达情况",
                _rows(
                    ("送达文书", f"{TITLES[DECISION]}（{row.case.number}）"),
                    ("受送达人", _who(row)),
                    ("送达日期", words.written(served_on)),
                    ("送达方式", row.served_how),
                    ("送达所在单位日期", words.written(organ_on) if organ_on else ""),
                    ("申请复核截止日期", words.day(time.due_at) if time else ""),
                ),
            ),
            Section("受送达人签收", _rows(("签名", "　"), ("日期", "　"))),
        ),
    )


def ruling(subject: models.Model) -> Content:
    """
    Return the newest ruling on an appeal of one respondent: what was decided, what holds now, and the way to go on.

    :raises Refused: nothing was ruled yet
    """
    row = _respondent(subject)
    found = next(iter(_rulings(row)), None)
    if found is None or found.ruled_at is None:
        raise Refused(_("No appeal was ruled on yet."))
    decided = deciding.decision_of(row.case)
    before = decided.parts.get(str(row.pk), {}).get("measures", ()) if decided else ()
    time = deadlines.last(row, APPEAL)
    is_to_go_on = found.level == AppealLevel.SAME and found.result != AppealResult.REVOKED
    # The time runs from the service: before that no day can be named.
    ends_on = words.day(time.due_at) if is_to_go_on and time is not None and time.variant == ABOVE else ""
    content = _content(
        row,
        RULING,
        on=timezone.localdate(found.ruled_at),
        sections=(
            Section(
                "原处理决定",
                _rows(
                    ("决定时间", words.day(row.case.decided_at) if row.case.decided_at else ""),
                    ("处理方式", _measures(before)),
                    ("申请时间", words.day(found.filed_at)),
                ),
            ),
            Section(
                "复核（申诉）决定",
                _rows(
                    ("结论", found.get_result_display()),
                    ("处理方式", _measures(row.measures)),
                    ("决定文号", found.answer_number),
                    ("决定日期", words.written(found.answered_on) if found.answered_on else ""),
                ),
            ),
            Section("理由", (), _lines(found.text)),
            Section(
                "救济途径",
                _rows(("申诉截止日期", ends_on)),
                (ABOVE_WORDS if is_to_go_on else FINAL_WORDS,),
            ),
        ),
    )
    # Whoever ruled hands it out: to the body above that is the office above.
    return replace(content, issuer=str(found.office))


def notice(subject: models.Model) -> Content:
    """
    Return a fault notice, or a serious one, for a red card without a fault case (docs/domain.md 10.7).

    :raises Refused: the card was revoked
    """
    row = cast(FaultNotice, subject)
    if not row.card.stands:
        raise Refused(_("The card was revoked: there is nothing to give notice of."))
    title = "严重过失通知单" if row.is_serious else "过失通知单"
    who = " ".join(str(each) for each in (row.organ, row.post.name if row.post else "", row.person or "") if each)
    times = "十二个月内第二次被亮红牌" if row.is_serious else "被亮红牌"
    return Content(
        number=f"{row.case.number}-{row.pk}",
        title=title,
        public_title=title,
        addressee=str(row.person or row.organ),
        sections=(
            Section(
                "基本情况",
                _rows(
                    ("责任单位及岗位", who), ("红牌编号", row.card.number), ("红牌时间", words.day(row.card.passed_at))
                ),
            ),
            Section(
                "通知事项",
                (),
                (
                    f"你（单位）因未按时限履行职责{times}，经核实情节轻微，不予立案追究。",
                    "请认真查找原因，立即改正，防止再次发生。十二个月内再次被亮红牌的，发出严重过失通知单。",
                ),
            ),
        ),
        issuer=str(row.case.office),
        issued_on=timezone.localdate(row.at),
    )


def _respondent(subject: models.Model) -> Respondent:
    rows = Respondent.objects.select_related("case__office", "case__organ", "organ", "post", "person")
    return rows.get(pk=cast(Respondent, subject).pk)


def _content(row: Respondent, name: str, *, on: date, sections: tuple[Section, ...]) -> Content:
    return Content(
        number=f"{row.case.number}-{row.pk}",
        title=TITLES[name],
        public_title=TITLES[name],
        addressee=_who(row),
        sections=sections,
        issuer=str(row.case.office),
        issued_on=on,
    )


def _rulings(row: Respondent) -> list[Appeal]:
    """Return the rulings on appeals of a respondent, the newest first."""
    return list(row.appeals.select_related("office").filter(ruled_at__isnull=False).order_by("-ruled_at", "-pk"))


def _is_decided(row: Respondent) -> bool:
    """Say whether there is a decision that a ruling did not revoke."""
    is_gone = any(each.result == AppealResult.REVOKED for each in _rulings(row))
    return row.case.decided_at is not None and not is_gone


def _who(row: Respondent) -> str:
    if row.kind == RespondentKind.ORGAN or row.person is None:
        return str(row.organ)
    post = row.post.name if row.post else ""
    return f"{row.person}（{row.organ}{post}）"


def _rows(*pairs: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, words) for label, words in pairs if words)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in text.splitlines() if line.strip())


def _severity(value: str) -> str:
    return str(Severity(value).label) if value else ""


def _responsibility(value: str) -> str:
    return str(Responsibility(value).label) if value else "不承担责任"


def _months(entry: Mapping[str, Any], measures: Collection[str]) -> str:
    """Return how long an admonishment lasts; nothing where there is none, or where it was decided before that was."""
    return f"{judging.months_of({**entry, 'measures': measures})}个月" if Measure.ADMONISHMENT in measures else ""


def _measures(values: Iterable[str]) -> str:
    return "、".join(str(Measure(each).label) for each in values) or "不予处理"


# --- Who opens them -------------------------------------------------------------------------------------------------


def respondents_open_to(user: "User | AnonymousUser", kind: str = OPENING) -> "models.QuerySet[Respondent]":
    """
    Return the respondents whose papers of a kind a person opens: themselves, and those of cases whose names they read.

    Decision and ruling are issued to be served: whom they are about opens them once they were, and neither while a
    ruling waits for its service, as a decision says what holds after it (docs/domain.md 10.5).
    """
    scope = scope_of(user)
    if not scope.account_ids:
        return Respondent.objects.none()
    heads = [seat for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.rank == Rank.APPROVER]
    reach = frozenset().union(*(seat.organ_ids for seat in heads))
    inquires = Investigator.objects.filter(person_id__in=scope.account_ids, ended_at__isnull=True)
    cases = FaultCase.objects.visible_to(user).filter(Q(office_id__in=reach) | Q(pk__in=inquires.values("case_id")))
    own = Respondent.objects.speaking(user).told()
    if kind in (DECISION, RULING):
        unserved = Appeal.objects.filter(respondent=OuterRef("pk"), ruled_at__isnull=False, served_at__isnull=True)
        own = own.filter(~Exists(unserved), served_at__isnull=False)
    return Respondent.objects.filter(Q(case__in=cases.values("pk")) | Q(pk__in=own.values("pk")))


KINDS: Sequence[PaperKind] = (
    *(
        PaperKind(
            name=name,
            label=label,
            model=Respondent,
            content=content,
            right="fault.paper",
            issuing="fault.open",
            rows=partial(respondents_open_to, kind=name),
            guard=lambda row: row.case,
            ready=ready,
        )
        for name, label, content, ready in (
            (OPENING, pgettext_lazy("kind of paper", "notice of opening"), opening, lambda row: row.notified_at),
            (
                *(INTENTION, pgettext_lazy("kind of paper", "notice of the intended decision")),
                *(intention, lambda row: row.informed_at),
            ),
            (DECISION, pgettext_lazy("kind of paper", "decision in a fault case"), decision, _is_decided),
            (SERVICE, pgettext_lazy("kind of paper", "record of the service"), service, lambda row: row.served_at),
            (RULING, pgettext_lazy("kind of paper", "ruling on an appeal in a fault case"), ruling, _rulings),
        )
    ),
    PaperKind(
        name=NOTICE,
        label=pgettext_lazy("kind of paper", "fault notice"),
        model=FaultNotice,
        content=notice,
        right="fault.paper",
        issuing="fault.open",
        rows=access.notices_of,
        guard=lambda row: row.card,
        ready=lambda row: row.card.stands,
    ),
)


REPLACED, CARD_REVOKED = "已另行告知", "红牌已撤销"


def revoke_intention(respondent: Respondent, at: datetime) -> None:
    """Let the notice of an intention hold no longer in whose place another one is told."""
    actions.revoke_all(respondent, by=None, at=at, reason=REPLACED, kind=INTENTION)


def revoke_notice(card: Card, at: datetime) -> None:
    """Let the fault notice about a red card hold no longer that was revoked."""
    for row in FaultNotice.objects.filter(card=card):
        actions.revoke_all(row, by=None, at=at, reason=CARD_REVOKED, kind=NOTICE)


def revoke_ruling(appeal: Appeal, at: datetime) -> None:
    """Let the paper of the former ruling hold no longer where another one was made: it has a paper of its own."""
    if appeal.result != AppealResult.UPHELD:
        reason = str(appeal.get_result_display())
        actions.revoke_all(appeal.respondent, by=None, at=at, reason=reason, kind=RULING)


def revoke_decision(appeal: Appeal, at: datetime) -> None:
    """
    Let the paper of the decision hold no longer that a ruling changed or revoked, once the ruling was served.

    Before that nobody who has its code reads from it what was ruled. One that was issued after the ruling says already
    what holds.
    """
    paper = actions.valid_paper(DECISION, appeal.respondent)
    is_old = paper is not None and appeal.ruled_at is not None and paper.issued_at < appeal.ruled_at
    if paper is not None and is_old and appeal.result != AppealResult.UPHELD:
        actions.revoke(paper, by=None, at=at, reason=str(appeal.get_result_display()))


def register() -> None:
    """Make the papers known, and let those of decision and ruling follow it; called once, when the app is ready."""
    for kind in KINDS:
        registry.register(kind)
    consequences.on_ruling(revoke_ruling)
    consequences.on_service_of_ruling(revoke_decision)
