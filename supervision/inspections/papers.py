"""How notice and report of an inspection read on paper, and what the bundle of a visit holds (docs/domain.md 11)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from accountability.papers import actions as printed
from accountability.papers import bundles, parts, registry, words
from accountability.papers.bundles import Free, Part, Source, Table, rows, said
from accountability.papers.registry import Content, PaperKind, Section
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline
from efficiency.files import checking
from supervision.inspections import consequences, workflow
from supervision.inspections.enums import RELEASED
from supervision.inspections.refusals import NotInState
from supervision.inspections.visiting import filled_of, standing
from supervision.models import Inspection, Visit
from supervision.models.inspections import VisitQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

NOTICE, REPORT = "inspection_notice", "inspection_report"
# Why a report on paper holds no more.
REVIEWED = "督查结论已经复核变更"


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _span(visit: Visit) -> str:
    first, last = visit.inspection.begin_on, visit.inspection.end_on
    return words.written(first) if first == last else f"{words.written(first)}至{words.written(last)}"


def notice(subject: models.Model) -> Content:
    """
    Return how the notice of an inspection reads.

    :raises NotInState: none was given
    """
    visit = cast(Visit, subject)
    if visit.noticed_at is None:
        raise NotInState(_("No notice was given."))
    team = visit.inspection.members.filter(is_guest=False).select_related("user").order_by("-is_leader", "pk")
    return Content(
        number=visit.inspection.number,
        title="督查通知书",
        addressee=visit.organ.name,
        sections=(
            Section(
                rows=(
                    ("督查事项", visit.inspection.topic),
                    ("督查时间", _span(visit)),
                    ("督查人员", "、".join(str(member.user) for member in team)),
                )
            ),
            Section(heading="督查内容", paragraphs=_paragraphs(visit.inspection.content)),
            Section(heading="有关要求", paragraphs=_paragraphs(visit.notice)),
        ),
        issuer=visit.inspection.office.name,
        issued_on=timezone.localdate(visit.noticed_at),
    )


@override("zh-hans")
def report(subject: models.Model) -> Content:
    """
    Return how the released report reads: what was looked at, what stands of the findings, the conclusion.

    No person is named in it: who answers for a finding is said by its post.

    :raises NotInState: it is not released
    """
    visit = cast(Visit, subject)
    if visit.state not in RELEASED or visit.released_at is None:
        raise NotInState(_("The report is not released."))
    found = [
        f"{each.number}. （{each.get_category_display()}，{each.get_severity_display()}）{each.place}：{each.text}"
        + (f" 涉及岗位：{each.post.name}。" if each.post else "")
        + (f" 违反：{each.norm}。" if each.norm else "")
        for each in standing(visit).select_related("post").order_by("number")
    ]
    sections = [
        Section(
            rows=(
                ("督查事项", visit.inspection.topic),
                ("督查时间", words.day(visit.begun_at or visit.released_at)),
                ("督查地点", visit.place),
            )
        ),
        Section(heading="发现问题", paragraphs=tuple(found) or ("未发现问题。",)),
    ]
    if visit.comment:
        sections.append(Section(heading="单位意见", paragraphs=_paragraphs(visit.comment)))
    sections.append(Section(heading="督查结论", paragraphs=_paragraphs(visit.conclusion)))
    if visit.outcome:
        review = visit.events.filter(action="review").order_by("-number").first()
        sections.append(
            Section(
                heading=f"复核：{visit.get_outcome_display()}", paragraphs=_paragraphs(review.text if review else "")
            )
        )
    sections.append(Section(paragraphs=("对督查结论有异议的，可以自收到本报告之日起三十日内向本办书面申请复核。",)))
    return Content(
        number=visit.inspection.number,
        title="督查情况报告",
        addressee=visit.organ.name,
        sections=tuple(sections),
        issuer=visit.inspection.office.name,
        issued_on=timezone.localdate(visit.reviewed_at or visit.released_at),
    )


def _readable(user: "User | AnonymousUser") -> VisitQuerySet:
    return Visit.objects.visible_to(user)


def noticed(user: "User | AnonymousUser") -> VisitQuerySet:
    """Return the visits of which ``user`` may open the notice."""
    return _readable(user).filter(noticed_at__isnull=False)


def released(user: "User | AnonymousUser") -> VisitQuerySet:
    """Return the visits of which ``user`` may open the report."""
    return _readable(user).filter(state__in=RELEASED)


def revoke_report(visit: Visit, /, *, by: User, at: datetime) -> None:
    """Let a report on paper hold no more, as a review changed what it says; in the caller's transaction."""
    printed.revoke_all(visit, by=by, at=at, reason=REVIEWED)


# --- The bundle -----------------------------------------------------------------------------------------------------


def story(visit: Visit, by: User, at: datetime) -> Sequence[Part]:
    """Return the parts of a visit: plan, checklist, findings, course, files, promises."""
    inspection = visit.inspection
    team = inspection.members.select_related("user").order_by("-is_leader", "pk")
    checked = [
        (item.get_category_display(), item.text, answer.get_answer_display() if answer else "",
         Free(answer.note if answer else ""))
        for item, answer, _photos in filled_of(visit)
    ]  # fmt: skip
    found = list(visit.findings.select_related("post").order_by("number"))
    became = consequences.of_findings([each.pk for each in found], by)
    findings = [
        (each.number, each.get_category_display(), each.get_severity_display(), each.found_at, Free(each.place),
         Free(each.text), Free(each.norm), each.post, Free(each.comment), Free(each.dropped_reason),
         "；".join(f"{one.kind} {one.number}（{one.state}）" for one in became.get(each.pk, ())))
        for each in found
    ]  # fmt: skip
    events = visit.events.select_related("actor", "actor_organ").order_by("number")
    course = [(each.at, workflow.steps.label_of(each.action), each.actor or "系统", Free(each.text)) for each in events]
    # Of a covert inspection that still runs elsewhere a released visit is known, its plan is not.
    reads_plan = Inspection.objects.filter(pk=inspection.pk).visible_to(by).exists()
    of_plan = (
        (
            ("督查内容", Free(inspection.content)),
            ("督查组", "、".join(str(member.user) for member in team)),
            ("拟定人", inspection.prepared_by),
            ("批准人", inspection.approved_by),
            ("批准时间", inspection.approved_at),
        )
        if reads_plan
        else ()
    )
    parts_ = [
        Part(
            name="inspection",
            title=f"督查 {inspection.number}",
            rows=rows(
                ("编号", inspection.number),
                ("方式", inspection.get_kind_display()),
                ("督查事项", Free(inspection.topic)),
                ("督查单位", visit.organ),
                ("组织机关", inspection.office),
                *of_plan,
                ("通知时间", visit.noticed_at),
                ("督查时间", visit.begun_at),
                ("督查地点", Free(visit.place)),
                ("状态", visit.get_state_display()),
                ("单位意见", Free(visit.comment)),
                ("督查结论", Free(visit.conclusion)),
                ("撰写人", visit.concluded_by),
                ("签发人", visit.released_by),
                ("签发时间", visit.released_at),
                ("复核结果", visit.get_outcome_display() if visit.outcome else ""),
            ),
        ),
        _table("checklist", "检查清单", ("类别", "项目", "结果", "备注"), checked),
        _table("findings", "发现问题", ("序号", "类别", "程度", "时间", "地点", "问题", "违反规定", "岗位", "单位意见",
                                    "撤销理由", "处理"), findings),
        _table("course", "办理过程", ("时间", "步骤", "经办", "内容"), course),
    ]  # fmt: skip
    given = [each for each in visit.files.order_by("position") if each.storage_name and checking.is_fetchable(each)]
    if given:
        listed = tuple((f"附件{each.position}", str(each.size), bytes(each.sha256).hex()) for each in given)
        head = ("名称", "字节", "SHA-256")
        parts_.append(
            Part("files", "照片和附件", tables=(Table("附件", head, listed),), files=tuple(map(parts.file_of, given)))
        )
    about = Deadline.objects.filter(content_type=ContentType.objects.get_for_model(Visit), object_id=visit.pk)
    for deadline in about.select_related("organ", "post", "responsible").order_by("started_at", "pk"):
        parts_ += [parts.promise(deadline, at=at), *parts.escalations(deadline)]
    return [part for part in parts_ if part is not None]


def _table(name: str, title: str, head: tuple[str, ...], found: Sequence[tuple]) -> Part | None:
    if not found:
        return None
    return Part(name, title, tables=(Table(title, head, tuple(tuple(said(cell) for cell in row) for row in found)),))


def _concerned(visit: Visit) -> tuple[list[int], list[int]]:
    found = list(visit.findings.values_list("post_id", "person_id"))
    return [post for post, _person in found if post], [person for _post, person in found if person]


def of_office_with_files(user: "User | AnonymousUser") -> VisitQuerySet:
    """Return the visits of which ``user`` may have the bundle: as the office knows them, notes and all."""
    return Visit.objects.all().of_office(user)


def register() -> None:
    """Make papers and bundle known; called once, when the app is ready."""
    see, issuing = "inspection.see", "inspection.visit"
    label = pgettext_lazy("kind of paper", "notice of an inspection")
    registry.register(PaperKind(NOTICE, label, Visit, notice, see, issuing=issuing, rows=noticed))
    label = pgettext_lazy("kind of paper", "report on an inspection")
    registry.register(PaperKind(REPORT, label, Visit, report, see, issuing=issuing, rows=released))
    bundles.register_source(
        Source(
            model=Visit,
            right="inspection.see",
            label=lambda visit: f"督查 {visit.inspection.number}",
            parts=story,
            concerned=_concerned,
            rows=of_office_with_files,
        )
    )
