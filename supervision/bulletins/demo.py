"""Bulletins of the demonstration: the last months published, corrections among them, the newest a draft."""

from datetime import datetime, timedelta
from typing import Any

from complaints.matters import reporting
from complaints.models import ItemVersion, Matter
from efficiency.access.models import User
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Rank, Role, Tenure
from efficiency.timing.due import add_months, local_day
from supervision.bulletins import deadlines, editing, opening
from supervision.bulletins.enums import Section, Span
from supervision.bulletins.periods import Period, last_over
from supervision.models import Bulletin, OfficeContact

# So many months before the last one that was over are published.
MONTHS = 2
WORDS = "{{on_time_closing}}的答复在承诺时限内作出，比上月{{on_time_closing:change}}。请各单位对照差距，抓好整改。"
WHY = "数据冻结后，有单位补报办件、有警示牌经申诉撤销，现按规定在本期更正；原通报数据保持不变。"
ORGANS = "排名按按时办结率计算，办件不足五件的单位单列，不参加排名。"


def load(now: datetime) -> int:
    """Publish the bulletins of past months and the last quarter; the last month stays a draft while there is time."""
    made, people = _contacts(), _people(now)
    if people is None or Bulletin.objects.exists():
        return made
    last = last_over(Span.MONTH, now - opening.SETTLED)
    for back in range(MONTHS, 0, -1):
        period = Period(Span.MONTH, add_months(last.since, -back))
        made += _published(period, people, now) is not None
        if back == MONTHS:
            _reported_late(period)
    quarter = last_over(Span.QUARTER, now - opening.SETTLED)
    made += _published(quarter, people, now) is not None
    due_on = deadlines.due_day(last)
    if due_on is not None and due_on < local_day(now):
        return made + (_published(last, people, now) is not None)
    return made + (opening.open_one(last, at=max(last.cut_off + opening.SETTLED, now - timedelta(days=1))) is not None)


def _reported_late(period: Period) -> None:
    """Let an organ report a matter of a month after its figures were frozen: the next bulletin tells it."""
    decided = period.cut_off - timedelta(days=4)
    version = (
        ItemVersion.objects.published()
        .filter(valid_from__lte=period.since, item__in=Matter.objects.filter(item__isnull=False).values("item"))
        .select_related("item__organ")
        .order_by("item__code", "valid_from")
        .first()
    )
    organ = version.item.organ if version else None
    person = Tenure.objects.running(period.last_day).filter(post__organ=organ, user__is_active=True).first()
    if version is None or organ is None or person is None:
        return
    said: dict[str, Any] = {"matter": f"BB-{period.slug}"}
    accepted = {"id": f"BB-{period.slug}-1", "kind": "accepted", "at": decided - timedelta(days=1)}
    finished = {"id": f"BB-{period.slug}-2", "kind": "finished", "at": decided, "outcome": "granted"}
    reports = [said | accepted | {"item": version.item.code}, said | finished]
    given = [each | {"at": each["at"].isoformat()} for each in reports]
    reporting.report(given, organ=organ, by=person.user, at=period.cut_off + timedelta(days=9))


def _contacts() -> int:
    """Say how the offices are reached, where nobody has yet: addresses and numbers that nobody has."""
    without = Organ.objects.filter(kind=OrganKind.EFFICIENCY_OFFICE, until__isnull=True).exclude(
        pk__in=OfficeContact.objects.values("office")
    )
    made = [
        OfficeContact(
            office=office,
            phone=f"0757-0000{number:04d}（示例）",
            letter_box=f"{office.name}信箱（示例）",
            email=f"office{number}@efficiency.example",
            address=office.address or f"{office.name}接待室（示例）",
            hours="工作日 8:30–12:00，14:00–17:30",
        )
        for number, office in enumerate(without.order_by("position", "pk"), start=1)
    ]
    return len(OfficeContact.objects.bulk_create(made))


def _people(now: datetime) -> tuple[User, User] | None:
    """Return an officer who writes and a head who approves in the city's office."""
    office = offices.city_office()
    held = Tenure.objects.running(local_day(now)).filter(
        post__organ=office, post__role=Role.OFFICE_OFFICER, user__is_active=True
    )
    heads = held.filter(post__rank=Rank.APPROVER).select_related("user").order_by("pk")
    others = held.exclude(user_id__in=heads.values("user_id")).select_related("user").order_by("pk")
    head, other = heads.first(), others.first()
    return (other.user, head.user) if head and other else None


def _published(period: Period, people: tuple[User, User], now: datetime) -> Bulletin | None:
    """Compose, write to, hand in and approve the bulletin of a period as the days of it went."""
    officer, head = people
    at = period.cut_off + timedelta(hours=2)
    bulletin = opening.open_one(period, at=at)
    if bulletin is None:
        return None
    written = {Section.FIGURES.value: WORDS, Section.ORGANS.value: ORGANS}
    if bulletin.corrections.exists():
        written[Section.CORRECTIONS.value] = WHY
    editing.write(bulletin, by=officer, at=at + timedelta(hours=8), version=bulletin.version, **written)
    editing.submit(bulletin, by=officer, at=at + timedelta(hours=9), version=bulletin.version)
    editing.publish(bulletin, by=head, at=at + timedelta(hours=33), version=bulletin.version)
    return bulletin
