"""
Parts of bundles that more than one kind of subject has: a promise with its account, its levels, a case, papers.

Of a case stand here what the administration did and answered, and the summary that the office wrote; never the words,
the files or the name of whoever complained: a bundle is read beyond those who may read the case (docs/trust.md P-06).
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q

from accountability.models import Paper
from accountability.papers import registry
from accountability.papers.bundles import File, Free, Part, Table, rows, said
from complaints import deidentifying, timeline
from complaints.actions.identity import known_of_group
from complaints.models import Attachment, Case, CaseSummary, Reply, ReplyState
from complaints.querysets import FROM_CITIZEN, SET_ASIDE
from complaints.timeline import Sight
from complaints.uploads.serve import shown_name
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.files import checking
from efficiency.files.rules import KIND_BY_CONTENT_TYPE
from efficiency.pages.deadline_view import TAGS
from efficiency.pages.promise_view import limit_of, view_of

# In place of a free text, and beside a table of files, where nobody can tell whether they name the complainant.
ERASED = "（投诉人身份信息已依法删除，无法核对，原文不列入）"
NOT_ALONG = "所列附件可能载明投诉人，留存系统，不随附。"
LEVELS = {1: "提前提醒", 2: "超期", 3: "严重超期", 4: "逾期不改"}
# What everybody may read of the events who may read none of the citizen's words, talks or notes for the office.
SIGHT = Sight(of_citizen=False, of_talks=False, of_office=False)


def promise(deadline: Deadline, *, at: datetime) -> Part:
    """Return a promise with the account of its last day, day by day, and what stopped or lengthened it."""
    view = view_of(deadline, at=at)
    return Part(
        name="promise",
        title=f"时限：{view.label}",
        rows=rows(
            ("时限", view.label),
            ("承诺对象", deadline.get_promise_display()),
            ("承办单位", deadline.organ),
            ("责任岗位", deadline.post),
            ("责任人", deadline.responsible),
            ("期限", f"{limit_of(deadline).number}{deadline.get_limit_unit_display()}"),
            ("起算", deadline.started_at),
            ("提醒", deadline.warn_at),
            ("应当办结", deadline.due_at),
            ("转为超期", deadline.overdue_at),
            ("转为严重超期", deadline.red_at),
            ("状态", TAGS[view.situation][1]),
            ("办结", deadline.met_at),
        ),
        paragraphs=(str(view.account_intro),) if view.account_intro else (),
        tables=(
            Table(
                "期限逐日计算",
                ("日期", "性质", "第几天", "说明"),
                tuple((said(row.day), said(row.kind), said(row.counted_as), said(row.reason)) for row in view.account),
            ),
            *_if_any(
                "暂停计时",
                ("起", "止", "理由"),
                [
                    (each.started_at, each.ended_at, Free(each.reason))
                    for each in deadline.suspensions.order_by("started_at")
                ],
            ),
            *_if_any(
                "延长期限",
                ("批准时间", "延长", "理由"),
                [
                    (each.granted_at, f"{each.number}{each.get_unit_display()}", Free(each.reason))
                    for each in deadline.extensions.order_by("granted_at")
                ],
            ),
        ),
    )


def promises_about(subject: models.Model) -> list[Deadline]:
    """Return the promises of government about a subject, in the order in which they began."""
    about = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(subject), object_id=subject.pk
    ).of_government()
    return list(about.select_related("organ", "post", "responsible").order_by("started_at", "pk"))


def escalations(deadline: Deadline) -> list[Part]:
    """Return the levels that a promise has passed, each with who owed it then; no part where it passed none."""
    found = (
        Escalation.objects.filter(deadline=deadline).select_related("organ", "post", "responsible").order_by("level")
    )
    part = Part(
        name="levels",
        title="预警与升级记录",
        tables=(
            Table(
                "预警与升级",
                ("级别", "到达时间", "系统发现时间", "单位", "岗位", "责任人"),
                tuple(
                    (
                        said(LEVELS.get(each.level, each.level)),
                        said(each.passed_at),
                        said(each.found_at),
                        said(each.organ),
                        said(each.post),
                        said(each.responsible),
                    )
                    for each in found
                ),
            ),
        ),
    )
    return [part] if part.tables[0].rows else []


def case(found: Case, by: User) -> list[Part]:
    """
    Return a case as far as ``by`` may know of it: header, course, replies, files of the administration.

    Who may know the header alone gets the header; for whom the case does not exist there is no part.
    """
    if not Case.objects.visible_to(by).filter(pk=found.pk).exists():
        is_known = Case.objects.headers_visible_to(by).filter(pk=found.pk).exists()
        return [_header(found)] if is_known else []
    return [_header(found, with_summary=True), _course(found), *_replies(found), *_files(found, by)]


def _header(found: Case, *, with_summary: bool = False) -> Part:
    summary = CaseSummary.objects.filter(case=found).order_by("-pk").first() if with_summary else None
    return Part(
        name="case",
        title=f"诉求件 {found.number}",
        rows=rows(
            ("编号", found.number),
            ("类型", found.get_kind_display()),
            ("类别", found.get_category_display() if found.category else None),
            ("被投诉或涉及单位", found.organ),
            ("承办单位", found.handling_organ),
            ("主管效能办", found.office),
            ("状态", found.get_state_display()),
            ("办理结果", found.get_outcome_display() if found.outcome else None),
            ("收到", said(found.received_at)[:10]),
            ("受理", found.accepted_at),
            ("答复", found.replied_at),
            ("办结", found.closed_at),
            ("归档", found.archived_at),
            ("摘要标题", Free(summary.title) if summary else None),
            ("摘要", Free(summary.text) if summary else None),
        ),
        paragraphs=() if summary or not with_summary else ("效能办尚未撰写摘要；来件原文不列入材料包。",),
        case_ids=frozenset([found.pk]),
    )


def _course(found: Case) -> Part:
    entries = reversed(timeline.internal(found, sight=SIGHT))
    return Part(
        name="course",
        title=f"诉求件 {found.number} 办理过程",
        tables=(
            Table(
                "办理过程",
                ("时间", "步骤", "经办", "内容"),
                tuple((said(each.at), said(each.word), said(each.who), Free(each.text)) for each in entries),
            ),
        ),
        case_ids=frozenset([found.pk]),
    )


def _replies(found: Case) -> Iterable[Part]:
    sent = Reply.objects.filter(case=found, state=ReplyState.SENT).order_by("decided_at", "pk")
    for number, reply in enumerate(sent, start=1):
        yield Part(
            name=f"reply{number}",
            title=f"诉求件 {found.number} 第{number}次答复",
            rows=rows(
                ("答复时间", reply.decided_at),
                ("办理结果", reply.get_outcome_display() if reply.outcome else None),
                ("查明事实", Free(reply.findings)),
                ("依据", Free(reply.basis)),
                ("处理措施", Free(reply.measures)),
            ),
            case_ids=frozenset([found.pk]),
        )


def _files(found: Case, by: User) -> Iterable[Part]:
    """Yield the files that the administration made; of those that the citizen sent, that there are some and which."""
    visible = Attachment.objects.visible_to(by).filter(case=found).order_by("position")
    given = [
        each
        for each in visible.exclude(FROM_CITIZEN).exclude(SET_ASIDE).filter(office_only=False)
        if checking.is_fetchable(each)
    ]
    of_citizen = list(visible.filter(FROM_CITIZEN))
    if not given and not of_citizen:
        return
    listed = sorted([*given, *of_citizen], key=lambda each: each.position)
    kept = {each.pk for each in given}
    yield Part(
        name="files",
        title=f"诉求件 {found.number} 附件",
        tables=(
            Table(
                "附件",
                ("名称", "类型", "字节", "SHA-256", "来源"),
                tuple(
                    (
                        shown_name(each),
                        each.content_type,
                        str(each.size),
                        bytes(each.sha256).hex(),
                        "承办附件" if each.pk in kept else "来件附件",
                    )
                    for each in listed
                ),
            ),
        ),
        files=tuple(file_of(each) for each in given),
        case_ids=frozenset([found.pk]),
    )


def file_of(kept: models.Model) -> File:
    """Return what a row of a cleaned copy names (``position``, ``content_type``, ``storage_name``, ``sha256``)."""
    kind = KIND_BY_CONTENT_TYPE.get(kept.content_type)  # type: ignore[attr-defined]  # one of several models of files
    return File(
        label=f"附件{kept.position}",  # type: ignore[attr-defined]  # as above
        extension=kind.extension if kind else "bin",
        storage_name=kept.storage_name,  # type: ignore[attr-defined]  # as above
        sha256=bytes(kept.sha256),  # type: ignore[attr-defined]  # as above
    )


def papers(subject: models.Model, by: User) -> list[Part]:
    """Return the papers about a subject that ``by`` may open, each as the file that was handed out."""
    issued = (
        Paper.objects.filter(content_type=ContentType.objects.get_for_model(subject), object_id=subject.pk)
        .select_related("revocation")
        .order_by("issued_at", "pk")
    )
    shown = [each for each in issued if (kind := registry.find(each.kind)) and kind.is_open_to(by, subject)]
    if not shown:
        return []
    return [
        Part(
            name="papers",
            title="出具的文书",
            tables=(
                Table(
                    "文书",
                    ("文书", "文号", "出具机关", "出具时间", "状态", "SHA-256"),
                    tuple(
                        (
                            each.kind_label,
                            each.number,
                            each.issuer,
                            said(each.issued_at),
                            f"{said(each.revocation.at)}撤销" if hasattr(each, "revocation") else "有效",
                            bytes(each.sha256).hex(),
                        )
                        for each in shown
                    ),
                ),
            ),
            files=tuple(
                File(each.kind_label, "pdf", each.storage_name, bytes(each.sha256), is_paper=True) for each in shown
            ),
        )
    ]


def without_complainants(parts: Sequence[Part], case_ids: Collection[int] = ()) -> list[Part]:
    """
    Return the parts with nobody in them who complained in one of their cases: names, calls, numbers, addresses.

    Whoever wrote an event or an explanation may have named them; it is read here, and shown to nobody (P-06). What
    nobody can read here does not go along: uploaded files are named alone; and free texts go as well once it was erased
    who complained, as there is nothing left to compare them with.

    :param case_ids: the cases behind the subject, beside those that the parts tell of
    :raises CannotOpen: the key of an identity is lost, so nobody can tell; no bundle is made then
    """
    behind = frozenset(case_ids).union(*(part.case_ids for part in parts))
    if not behind:
        return list(parts)
    people, is_erased = people_of(behind), _is_erased(behind)

    def without(text: str) -> str:
        if not isinstance(text, Free) or not text:
            return deidentifying.veiled(text, people)
        return ERASED if is_erased else deidentifying.replaced(text, people)

    return [_named_alone(part.mapped(without)) for part in parts]


def _is_erased(case_ids: Collection[int]) -> bool:
    """Say whether it is not known any more who complained, of one of these cases or of those joined to them."""
    group = Case.objects.filter(Q(pk__in=case_ids) | Q(leading__in=case_ids))
    return group.filter(anonymous=False, identity__isnull=True).exists()


def _named_alone(part: Part) -> Part:
    """Return the part without the files that people uploaded, which its table still names."""
    kept = tuple(each for each in part.files if each.is_paper)
    if len(kept) == len(part.files):
        return part
    return replace(part, files=kept, paragraphs=(*part.paragraphs, NOT_ALONG))


def people_of(case_ids: Collection[int]) -> deidentifying.People:
    """Return who complained in these cases and in those joined to them, for a comparison that shows nobody anything."""
    known = [each for found in Case.objects.filter(pk__in=case_ids) for each in known_of_group(found)]
    return deidentifying.People(
        complainants=tuple(name for each in known for name in (each.name, *each.representatives) if name),
        phones=tuple(each.phone for each in known if each.phone),
    )


def _if_any(title: str, head: tuple[str, ...], found: Iterable[tuple]) -> tuple[Table, ...]:
    listed = tuple(tuple(said(value) for value in row) for row in found)
    return (Table(title, head, listed),) if listed else ()
