"""The pilot programme of the demonstration: phases and organs of the paper, moved to these days; the rest invented."""

from datetime import datetime, timedelta

from django.utils import timezone

from efficiency import demonstration
from efficiency.access.models import User
from efficiency.files.clean import CleanFile
from efficiency.organs.models import Organ, Role, Tenure
from efficiency.timing import store
from supervision.models import Participant, PilotMilestone, Programme
from supervision.pilots import milestones, outline, participants, programmes
from supervision.pilots.enums import CheckKind, TaskKind

ORGANS = ("440600-construction", "440600-tax", "440600-sasac", "440604")
NEEDED = ("office", "head.office")
DAY = timedelta(days=1)
# How many days from now each phase of the paper ends: two are over, the third is under way.
ENDS = (-70, -28, 24, 55)


def load(now: datetime) -> int:
    """Add the pilot programme; return how many tasks it has, none where there is one or people are missing."""
    people = {user.username: user for user in User.objects.filter(username__in=NEEDED)}
    organs = list(Organ.objects.filter(code__in=ORGANS))
    if len(people) < len(NEEDED) or len(organs) < len(ORGANS) or Programme.objects.exists():
        return 0
    office, head = people["office"], people["head.office"]
    begun = _working(now - 110 * DAY)
    programme = programmes.draft(
        by=office,
        at=begun,
        name="机关效能建设试点工作",
        basis="《关于开展机关效能建设试点工作的意见》",
        aim="试点先行、以点带面，建立办事高效、运转协调、行为规范的行政效能监察工作机制，健全“五项制度”。",
        phases=_phases(now),
        organs=organs,
    )
    programmes.start(programme, by=head, at=begun + timedelta(hours=3), version=programme.version)
    for index, part in enumerate(programme.participants.select_related("organ").order_by("organ__code")):
        leader = _leader(part.organ, now)
        if leader is not None:
            _play(part, index, leader, office, now)
    programmes.draft(
        by=office,
        at=_working(now - 2 * DAY),
        name="镇街效能建设推广试点",
        basis="试点工作座谈会纪要",
        aim="把试点单位的做法推广到镇街。",
        phases=outline.template(timezone.localdate(now).year + 1),
        organs=organs[:1],
    )
    return PilotMilestone.objects.count()


def _phases(now: datetime) -> str:
    today = timezone.localdate(now)
    lines = []
    for (name, _day, tasks), days in zip(outline.TEMPLATE, ENDS, strict=True):
        lines.append(f"{name} {(today + days * DAY).isoformat()}")
        lines += [f"- {task}" for task in tasks]
    return "\n".join(lines)


def _working(at: datetime) -> datetime:
    calendar = store.load()
    while timezone.localdate(at) not in calendar:
        at -= DAY
    return at


def _leader(organ: Organ, now: datetime) -> User | None:
    held = Tenure.objects.running(timezone.localdate(now)).filter(
        post__organ=organ, post__role=Role.ORGAN_LEADER, user__is_active=True
    )
    first = held.select_related("user").order_by("-post__is_head", "post__code").first()
    return first.user if first else None


def _play(part: Participant, index: int, leader: User, office: User, now: datetime) -> None:
    """Each organ hands in what phases ask for, one of them late, one sent back, one not all."""
    for row in part.milestones.select_related("phase").order_by("phase__position", "position"):
        days = ENDS[row.phase.position - 1]
        if row.phase.position > 2 and not (row.phase.position == 3 and index < 2):
            continue
        if index == 3 and row.phase.position == 2 and row.position == 3:
            continue  # it is overdue
        at = _working(now + (days - 6) * DAY) if days < 0 else _working(now - 5 * DAY)
        if index == 1 and row.phase.position == 1 and row.position == 2:
            at = _working(now + (days + 4) * DAY)  # it came late
        if row.phase.position == 3 and row.kind != TaskKind.SELF_CHECK and row.position > 3:
            continue
        _file(row, leader, at)
        if row.kind == TaskKind.PLAN and index == 2:
            reason = "方案未明确五项制度的完成时限，请补充。"
            milestones.send_back(row, by=office, at=at + DAY, version=row.version, reason=reason)
            _file(row, leader, at + 3 * DAY)
        if row.phase.position == 3 and index == 1:
            continue  # it waits for the office
        milestones.receive(row, by=office, at=at + 4 * DAY, version=row.version)
    if index < 2:
        participants.check(
            part,
            by=office,
            at=_working(now - 3 * DAY),
            version=part.version,
            kind=CheckKind.SPOT if index else CheckKind.CHECK,
            checked_on=timezone.localdate(_working(now - 3 * DAY)),
            result="抽查办事窗口和公示栏：公示内容未及时更新。" if index else "检查五项制度落实情况，台账齐全。",
            has_findings=bool(index),
        )


def _file(row: PilotMilestone, leader: User, at: datetime) -> None:
    content = demonstration.paper(f"{row.title}（演示）")
    document = CleanFile(content, "application/pdf", "演示.pdf", content)
    is_check = row.kind == TaskKind.SELF_CHECK
    milestones.file(
        row,
        by=leader,
        at=at,
        version=row.version,
        text="已按要求完成，材料附后。",
        attachments=[document] if row.kind != TaskKind.TASK else [],
        has_findings=True if is_check else None,
        findings="两个窗口的服务承诺公示牌未更新。" if is_check else "",
    )
