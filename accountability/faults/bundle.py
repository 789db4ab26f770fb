"""
The bundle of evidence of a fault case: the whole file, for those who read it with its names (docs/domain.md 10.10).

Who complained is in no part: the papers take every trace out of what is told of the complaints (docs/trust.md P-06).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from accountability.faults import deadlines, workflow
from accountability.faults.enums import State
from accountability.faults.papers import respondents_open_to
from accountability.faults.words import Measure
from accountability.models import Appeal, FaultCase, Statement
from accountability.papers import bundles, parts
from accountability.papers.bundles import Part, Source, Table, rows, said
from efficiency.access.models import User
from efficiency.files import checking


def readable(user: User) -> Any:
    """Return the cases that a person reads with the names in them."""
    with_names = respondents_open_to(user).values("case_id")
    return FaultCase.objects.visible_to(user).filter(Q(pk__in=with_names) | Q(respondents__isnull=True)).distinct()


def story(case: FaultCase, by: User, at: datetime) -> Sequence[Part]:
    """Return the parts of a bundle in the order of the procedure."""
    about = frozenset(case.clues.filter(complaint__isnull=False).values_list("complaint_id", flat=True))
    found = [_case(case, about), _respondents(case, about), *_evidence(case, about), *_hearing(case, about)]
    found += [*_decisions(case, about), *_appeals(case, about), _course(case, about)]
    return [*found, *(parts.promise(each, at=at) for each in reversed(deadlines.all_of(case)))]


def _case(case: FaultCase, about: frozenset[int]) -> Part:
    clues = case.clues.select_related("card", "complaint").order_by("pk")
    return Part(
        name="case",
        title="案件基本情况",
        rows=rows(
            ("案号", case.number),
            ("单位", case.organ),
            ("承办效能办", case.office),
            ("状态", case.get_state_display()),
            ("过错表现", case.get_fault_type_display() if case.fault_type else None),
            ("过错发生日期", case.fault_on),
            ("追责截止日期", case.limitation_on),
            ("收到线索", case.received_at),
            ("立案", case.opened_at),
            ("决定", case.decided_at),
            ("结案", case.ended_at),
        ),
        paragraphs=tuple(line for line in case.facts.splitlines() if line.strip()),
        tables=(
            Table(
                "线索",
                ("来源", "时间", "编号", "内容"),
                tuple((each.get_kind_display(), said(each.received_at), said(each.card), each.text) for each in clues),
            ),
        ),
        case_ids=about,
    )


def _respondents(case: FaultCase, about: frozenset[int]) -> Part:
    people = case.respondents.select_related("organ", "post", "person").order_by("pk")
    inquiring = case.investigators.select_related("person").order_by("pk")
    return Part(
        name="people",
        title="被追责对象和调查人员",
        tables=(
            Table(
                "被追责对象",
                ("单位", "岗位", "姓名", "角色", "责任", "处理方式"),
                tuple(
                    (
                        said(each.organ),
                        said(each.post),
                        said(each.person),
                        each.get_part_display(),
                        each.get_responsibility_display() if each.responsibility else "",
                        _measures(each.measures),
                    )
                    for each in people
                ),
            ),
            Table(
                "调查人员",
                ("姓名", "指定", "结束"),
                tuple((said(each.person), said(each.appointed_at), said(each.ended_at)) for each in inquiring),
            ),
        ),
        case_ids=about,
    )


def _evidence(case: FaultCase, about: frozenset[int]) -> Iterable[Part]:
    for each in case.evidence.select_related("added_by").prefetch_related("files").order_by("number"):
        yield Part(
            name=f"evidence-{each.number}",
            title=f"证据{each.number}：{each.title}",
            rows=rows(
                ("类型", each.get_kind_display()),
                ("被询问人", each.interviewed or None),
                ("询问时间", each.interviewed_at),
                ("收集人", each.added_by),
                ("收集时间", each.at),
            ),
            paragraphs=tuple(line for line in each.text.splitlines() if line.strip()),
            files=tuple(parts.file_of(file) for file in each.files.all() if _is_there(file)),
            case_ids=about,
        )


def _is_there(file: Any) -> bool:
    return file.erased_at is None and checking.is_fetchable(file)


def _hearing(case: FaultCase, about: frozenset[int]) -> Iterable[Part]:
    said_ = Statement.objects.filter(respondent__case=case).select_related("respondent__person", "respondent__organ")
    for place, each in enumerate(said_.prefetch_related("files").order_by("pk"), start=1):
        who = each.respondent.person or each.respondent.organ
        yield Part(
            name=f"statement-{place}",
            title=f"陈述申辩：{who}",
            rows=rows(("方式", each.get_kind_display()), ("日期", each.made_on)),
            paragraphs=tuple(line for line in each.text.splitlines() if line.strip()),
            files=tuple(parts.file_of(file) for file in each.files.all() if _is_there(file)),
            case_ids=about,
        )


def _decisions(case: FaultCase, about: frozenset[int]) -> Iterable[Part]:
    found = case.decisions.select_related("proposal__proposed_by", "proposal__decided_by").order_by("number")
    for each in found:
        yield Part(
            name=f"decision-{each.number}",
            title=f"处理决定（第{each.number}稿）",
            rows=rows(
                ("结论", each.get_result_display()),
                ("过错程度", each.get_severity_display() if each.severity else None),
                ("决定机关", each.get_body_display()),
                ("答复文号", each.answer_number or None),
                ("提出人", each.proposal.proposed_by),
                ("确认人", each.proposal.decided_by),
                ("处理", each.proposal.get_state_display()),
                ("事实", each.facts),
                ("依据", each.basis),
                ("理由", each.reasons),
            ),
            tables=(
                Table(
                    "表决",
                    ("成员", "意见", "说明"),
                    tuple(
                        (said(vote.member), vote.get_vote_display(), vote.opinion)
                        for vote in each.votes.select_related("member").order_by("pk")
                    ),
                ),
            ),
            case_ids=about,
        )


def _appeals(case: FaultCase, about: frozenset[int]) -> Iterable[Part]:
    found = Appeal.objects.filter(respondent__case=case).select_related("respondent__person", "respondent__organ")
    for place, each in enumerate(found.order_by("pk"), start=1):
        yield Part(
            name=f"appeal-{place}",
            title=f"复核申诉：{each.respondent.person or each.respondent.organ}",
            rows=rows(
                ("受理机关", each.get_level_display()),
                ("时间", each.filed_at),
                ("理由", each.reasons),
                ("结论", each.get_result_display() if each.result else None),
                ("处理方式", _measures(each.measures) if each.result else None),
                ("复核理由", each.text or None),
                ("复核时间", each.ruled_at),
            ),
            case_ids=about,
        )


def _course(case: FaultCase, about: frozenset[int]) -> Part:
    states = dict(State.choices)
    events = case.events.select_related("actor", "actor_organ").order_by("number")
    return Part(
        name="course",
        title="办理过程",
        tables=(
            Table(
                "办理过程",
                ("时间", "步骤", "经办", "状态", "内容"),
                tuple(
                    (
                        said(each.at),
                        said(workflow.label_of(each.action)),
                        " ".join(filter(None, (said(each.actor_organ), said(each.actor)))) or "系统",
                        said(states.get(each.to_state, each.to_state)),
                        each.text,
                    )
                    for each in events
                ),
            ),
        ),
        case_ids=about,
    )


def _measures(values: Iterable[str]) -> str:
    return "、".join(str(Measure(each).label) for each in values)


def register() -> None:
    """Let there be bundles of fault cases; called once, when the app is ready."""
    bundles.register_source(
        Source(
            model=FaultCase,
            right="fault.open",
            label=lambda case: f"追责案件 {case.number}",
            parts=story,
            concerned=_concerned,
            rows=readable,
        )
    )


def _concerned(case: FaultCase) -> tuple[list[int], list[int]]:
    found = list(case.respondents.values_list("post_id", "person_id"))
    # A post whose holder is named stands for that person alone.
    posts = [post for post, person in found if post is not None and person is None]
    return posts, [person for _post, person in found if person is not None]
