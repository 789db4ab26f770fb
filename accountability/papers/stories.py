"""
The bundles of corrections and of fault cases: the whole chain from the clue to the execution (docs/domain.md 10, 11).

Of a fault case names stand in it, so it is for those who read them without a reason: heads of the office and whoever
inquires. What came from a complaint is told as ``accountability.papers.parts`` tells cases.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from accountability.corrections import workflow as corrections
from accountability.faults import workflow as faults
from accountability.faults.words import Circumstance, Measure, Responsibility, RulingState
from accountability.models import (
    Card,
    Correction,
    Evidence,
    FaultCase,
    FaultDecision,
    Investigator,
    Respondent,
    Sanction,
    SanctionRuling,
)
from accountability.papers import bundles, cards, parts
from accountability.papers.bundles import Free, Part, Source, Table, rows, said
from complaints.models import Case
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline
from efficiency.files import checking
from efficiency.organs.models import Rank, Role

# --- Corrections ---------------------------------------------------------------------------------------------------


def of_correction(correction: Correction, by: User, at: datetime) -> Sequence[Part]:
    """Return the parts of a correction: what was wanted, its course, its files, its promises, what it came from."""
    about = _source_of(correction)
    case_ids = _cases_behind([about])
    found = [
        Part(
            name="correction",
            title=f"{correction.get_kind_display()} {correction.reference}",
            rows=rows(
                ("文号", correction.number),
                ("种类", correction.get_kind_display()),
                ("状态", correction.get_state_display()),
                ("责任单位", correction.organ),
                ("责任岗位", correction.post),
                ("出具机关", correction.office),
                ("来源", correction.get_source_display()),
                ("来源文号", Free(correction.source_text)),
                ("标题", Free(correction.title)),
                ("存在问题", Free(correction.findings)),
                ("整改要求", Free(correction.wanted)),
                ("依据", Free(correction.basis)),
                ("起草人", correction.drafted_by),
                ("签发人", correction.issued_by),
                ("签发时间", correction.issued_at),
                ("报送人", correction.reported_by),
                ("报送时间", correction.reported_at),
                ("是否采纳", correction.is_adopted),
                ("认定人", correction.found_by),
                ("结束时间", correction.ended_at),
            ),
            case_ids=case_ids,
        ),
        _course(correction, "处理过程", corrections.steps.label_of, case_ids),
        *_files(correction.files.order_by("position"), "整改附件"),
        *_promises(correction, at),
    ]
    if correction.deadline is not None:
        found += [parts.promise(correction.deadline, at=at), *parts.escalations(correction.deadline)]
    return [*found, *_behind([about], by, at)]


# --- Fault cases ---------------------------------------------------------------------------------------------------


def of_fault(case: FaultCase, by: User, at: datetime) -> Sequence[Part]:
    """Return the parts of a fault case: header, course, clues, respondents, evidence, decisions, appeals, the rest."""
    clues = list(case.clues.select_related("card", "complaint").order_by("pk"))
    evidence = list(case.evidence.select_related("added_by").order_by("number"))
    behind = [each for clue in clues for each in (clue.card, clue.complaint) if each is not None]
    behind += [each.refers_to for each in evidence if each.refers_to is not None]
    case_ids = _cases_behind(behind)
    respondents = list(case.respondents.select_related("organ", "post", "person").order_by("pk"))
    found = [
        _fault(case, case_ids),
        _course(case, "办理过程", faults.label_of, case_ids),
        _table(
            "clues",
            "线索来源",
            ("种类", "警示牌", "诉求件"),
            _clues(clues, by),
        ),
        _table(
            "respondents",
            "被追责对象",
            ("单位", "岗位", "人员", "责任", "告知立案", "拟处理告知", "送达", "归入人事档案", "执行", "处理"),
            [
                (
                    each.organ,
                    each.post,
                    each.person,
                    each.get_responsibility_display() if each.responsibility else "",
                    each.notified_at,
                    each.informed_at,
                    each.served_at,
                    each.filed_on,
                    each.executed_at,
                    _measures(each.measures),
                )
                for each in respondents
            ],
        ),
        _table(
            "investigators",
            "调查人员",
            ("人员", "任命人", "起", "止"),
            [
                (each.person, each.appointed_by, each.appointed_at, each.ended_at)
                for each in case.investigators.select_related("person", "appointed_by").order_by("pk")
            ],
        ),
        _table(
            "evidence",
            "证据目录",
            ("序号", "种类", "名称", "内容", "被询问人", "询问时间", "登记人", "登记时间"),
            [_piece(each) for each in evidence],
        ),
        _table(
            "statements",
            "陈述申辩",
            ("对象", "方式", "内容", "日期", "登记人"),
            [
                (_who(row), each.get_kind_display(), Free(each.text), each.made_on, each.entered_by)
                for row in respondents
                for each in row.statements.select_related("entered_by").order_by("pk")
            ],
        ),
        *_decisions(case, respondents),
        _table(
            "appeals",
            "复核申诉",
            ("对象", "层级", "理由", "提出", "结果", "裁定", "裁定时间"),
            [
                (
                    _who(row),
                    each.get_level_display(),
                    Free(each.reasons),
                    each.filed_at,
                    each.get_result_display() if each.result else "",
                    Free(each.text),
                    each.ruled_at,
                )
                for row in respondents
                for each in row.appeals.order_by("pk")
            ],
        ),
        _ledger(respondents),
        *_files(case.files.filter(erased_at__isnull=True).order_by("position"), "追责案件附件"),
        *_promises(case, at),
        *(part for row in respondents for part in _promises(row, at)),
        *(part for row in respondents for part in parts.papers(row, by)),
        *(part for notice in case.notices.order_by("pk") for part in parts.papers(notice, by)),
        *_behind(behind, by, at),
    ]
    return [each for each in found if each is not None]


def _fault(case: FaultCase, case_ids: frozenset[int]) -> Part:
    return Part(
        name="fault",
        title=f"追责案件 {case.number}",
        rows=rows(
            ("案号", case.number),
            ("单位", case.organ),
            ("主管效能办", case.office),
            ("状态", case.get_state_display()),
            ("过错类型", case.get_fault_type_display() if case.fault_type else None),
            ("事实", Free(case.facts)),
            ("过错发生日", case.fault_on),
            ("追责时效截止", case.limitation_on),
            ("过错程度", case.get_severity_display() if case.severity else None),
            ("结果", case.get_outcome_display() if case.outcome else None),
            ("不予立案理由", case.get_decline_ground_display() if case.decline_ground else None),
            ("线索收到", case.received_at),
            ("立案", case.opened_at),
            ("决定", case.decided_at),
            ("结案", case.ended_at),
        ),
        case_ids=case_ids,
    )


def _decisions(case: FaultCase, respondents: Sequence[Respondent]) -> Iterable[Part]:
    for each in case.decisions.select_related("proposal__proposed_by", "proposal__decided_by").order_by("number"):
        yield Part(
            name=f"decision{each.number}",
            title=f"第{each.number}次处理决定",
            rows=rows(
                ("状态", each.proposal.get_state_display()),
                ("提出人", each.proposal.proposed_by),
                ("提出时间", each.proposal.proposed_at),
                ("确认人", each.proposal.decided_by),
                ("确认时间", each.proposal.decided_at),
                ("结果", each.get_result_display()),
                ("过错程度", each.get_severity_display() if each.severity else None),
                ("共同情节", "、".join(str(Circumstance(one).label) for one in each.circumstances)),
                (
                    "违反的规定",
                    "\n".join(f"{one.text}（{one.source}）" for one in each.clauses.order_by("kind", "code")),
                ),
                ("决定机关", each.get_body_display()),
                ("集体研究", each.is_collegial),
                ("认定事实", Free(each.facts)),
                ("依据", Free(each.basis)),
                ("理由", Free(each.reasons)),
                ("有权机关复函", each.answer_number),
                ("复函日期", each.answered_on),
                ("复函内容", Free(each.answer)),
            ),
            tables=(*_allocated(each, respondents), *_votes(each)),
        )


def _allocated(decision: FaultDecision, respondents: Sequence[Respondent]) -> tuple[Table, ...]:
    """Return what each respondent answers for, by which row, with what, and why otherwise than the rules propose."""
    lines = []
    for each in respondents:
        part = decision.parts.get(str(each.pk), {})
        role, row = part.get("responsibility", ""), part.get("rule_row")
        lines.append(
            (
                said(_who(each)),
                str(Responsibility(role).label) if role else "不承担责任",
                f"责任划分规则第{row}项" if row else "",
                "、".join(str(Measure(name).label) for name in part.get("measures", ())),
                "、".join(str(Circumstance(one).label) for one in part.get("circumstances", ())),
                said(Free(part.get("override_reason", ""))),
            )
        )
    head = ("对象", "责任", "适用规则", "处理", "本人情节", "与规则建议不同的理由")
    return (Table("责任认定", head, tuple(lines)),) if lines else ()


def _votes(decision: FaultDecision) -> tuple[Table, ...]:
    if not decision.is_collegial:
        return ()
    votes = decision.votes.select_related("member").order_by("pk")
    return (
        Table("集体研究", ("成员", "意见"), tuple((said(one.member), said(one.get_vote_display())) for one in votes)),
    )


def _ledger(respondents: Sequence[Respondent]) -> Part | None:
    """Return what the decisions brought into the ledger of sanctions, and what other bodies ruled on it later."""
    found = list(Sanction.objects.filter(respondent__in=respondents).select_related("organ", "person").order_by("pk"))
    rulings = SanctionRuling.objects.filter(sanction__in=found, state=RulingState.CONFIRMED)
    ruled = [
        (
            each.sanction.get_measure_display(),
            each.get_kind_display(),
            each.body_name,
            each.paper,
            each.ruled_on,
            each.get_effect_display(),
            Free(each.text),
            Free(each.late_reason),
        )
        for each in rulings.select_related("sanction").order_by("pk")
    ]
    listed = [
        (
            each.person or each.organ,
            each.get_measure_display(),
            each.get_state_display(),
            each.body_name or each.get_body_display(),
            each.decision_number,
            each.from_on,
            each.to_on,
        )
        for each in found
    ]
    of_ledger = _table("ledger", "责任追究台账", ("对象", "处理", "状态", "机关", "文号", "起", "止"), listed)
    of_rulings = _table(
        "rulings",
        "其他机关的复核、申诉决定",
        ("处理", "方式", "机关", "文号", "日期", "结果", "内容", "逾期作出的原因"),
        ruled,
    )
    if of_ledger is None:
        return None
    return replace(of_ledger, tables=(*of_ledger.tables, *(of_rulings.tables if of_rulings else ())))


def _piece(each: Evidence) -> tuple[Any, ...]:
    return (
        each.number,
        each.get_kind_display(),
        Free(each.title),
        Free(each.text),
        Free(each.interviewed or ""),
        each.interviewed_at,
        each.added_by,
        each.at,
    )


def _clues(clues: Sequence[Any], by: User) -> list[tuple[str, str, str]]:
    """Return kind and numbers of clues: of a card or a complaint that ``by`` may not know of none (Z-07)."""
    cards_known = Card.objects.headers_visible_to(by).filter(pk__in=[each.card_id for each in clues if each.card_id])
    cases_known = Case.objects.headers_visible_to(by).filter(
        pk__in=[each.complaint_id for each in clues if each.complaint_id]
    )
    card_numbers = {each.pk: each.number for each in cards_known}
    case_numbers = dict(cases_known.values_list("pk", "number"))
    return [
        (each.get_kind_display(), card_numbers.get(each.card_id, ""), case_numbers.get(each.complaint_id, ""))
        for each in clues
    ]


def _who(row: Respondent) -> str:
    return said(row.person or row.organ)


def _measures(codes: Any) -> str:
    words = dict(Measure.choices)
    return "、".join(str(words.get(code, code)) for code in codes or ())


# --- What both have ------------------------------------------------------------------------------------------------


def _course(subject: Any, title: str, label_of: Any, case_ids: frozenset[int]) -> Part:
    events = subject.events.select_related("actor", "actor_organ").order_by("number")
    return Part(
        name="course",
        title=title,
        tables=(
            Table(
                title,
                ("时间", "步骤", "经办", "内容"),
                tuple(
                    (
                        said(each.at),
                        said(label_of(each.action)),
                        " ".join(filter(None, (said(each.actor_organ), said(each.actor)))) or "系统",
                        Free(each.text),
                    )
                    for each in events
                ),
            ),
        ),
        case_ids=case_ids,
    )


def _table(name: str, title: str, head: tuple[str, ...], found: Sequence[tuple[Any, ...]]) -> Part | None:
    """Return a part that is one table; none where it would be empty."""
    if not found:
        return None
    return Part(name, title, tables=(Table(title, head, tuple(tuple(said(cell) for cell in row) for row in found)),))


def _files(kept: Iterable[Any], title: str) -> Iterable[Part]:
    given = [each for each in kept if each.storage_name and checking.is_fetchable(each)]
    if given:
        listed = tuple((f"附件{each.position}", str(each.size), bytes(each.sha256).hex()) for each in given)
        yield Part(
            name="files",
            title=title,
            tables=(Table("附件", ("名称", "字节", "SHA-256"), listed),),
            files=tuple(parts.file_of(each) for each in given),
        )


def _promises(subject: models.Model, at: datetime) -> Iterable[Part]:
    about = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(subject), object_id=subject.pk
    ).select_related("organ", "post", "responsible")
    for deadline in about.order_by("started_at", "pk"):
        yield parts.promise(deadline, at=at)
        yield from parts.escalations(deadline)


def _behind(subjects: Iterable[Any], by: User, at: datetime) -> Iterable[Part]:
    """Yield the parts of what it came from, each once: cards and complaints, as far as the person may read them."""
    told: set[tuple[type, int]] = set()
    for subject in subjects:
        key = (type(subject), subject.pk) if subject is not None else None
        if key is None or key in told:
            continue
        told.add(key)
        if isinstance(subject, Card) and Card.objects.visible_to(by).filter(pk=subject.pk).exists():
            yield from cards.story(subject, by, at)
            told |= {(Case, pk) for pk in cards.cases_of(subject)}
        elif isinstance(subject, Case):
            yield from parts.case(subject, by)


def _cases_behind(subjects: Iterable[Any]) -> frozenset[int]:
    found: set[int] = set()
    for subject in subjects:
        if isinstance(subject, Card):
            found |= cards.cases_of(subject)
        elif isinstance(subject, Case):
            found.add(subject.pk)
        elif isinstance(subject, Correction):
            found |= _cases_behind([_source_of(subject)])
    return frozenset(found)


def _source_of(correction: Correction) -> Any:
    """Return what a correction came from, where the portal has it."""
    kind = correction.content_type
    model = kind.model_class() if kind is not None else None
    return model._base_manager.filter(pk=correction.object_id).first() if model is not None else None


def faults_with_names(user: Any) -> "models.QuerySet[FaultCase]":
    """Return the fault cases of which ``user`` reads the names without a reason (``faults.access.reads_names``)."""
    scope = scope_of(user)
    heads = [seat for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.rank == Rank.APPROVER]
    reach = frozenset[int]().union(*(seat.organ_ids for seat in heads))
    inquires = Investigator.objects.filter(person_id__in=scope.account_ids, ended_at__isnull=True)
    known = FaultCase.objects.visible_to(user)
    return known.filter(Q(office_id__in=reach) | Q(pk__in=inquires.values("case_id")))


def _answering(case: FaultCase) -> tuple[list[int], list[int]]:
    found = list(case.respondents.values_list("post_id", "person_id"))
    return [post for post, _person in found if post], [person for _post, person in found if person]


def register() -> None:
    """Make the two sources known; called once, when the app is ready."""
    bundles.register_source(
        Source(
            model=Correction,
            right="correction.see",
            label=lambda correction: f"{correction.get_kind_display()} {correction.reference}",
            parts=of_correction,
            concerned=lambda correction: ([correction.post_id] if correction.post_id else [], []),
            rows=Correction.objects.visible_to,
        )
    )
    bundles.register_source(
        Source(
            model=FaultCase,
            right="fault.read",
            label=lambda case: f"追责案件 {case.number}",
            parts=of_fault,
            concerned=_answering,
            rows=faults_with_names,
        )
    )
