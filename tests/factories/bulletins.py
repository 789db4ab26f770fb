"""Bulletins with figures that a test names, and the people whom they meet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from efficiency.access.models import User
from efficiency.organs.models import Organ, Rank, Role
from supervision.bulletins import arithmetic, editing, opening
from supervision.bulletins.enums import Scope, Span
from supervision.bulletins.gathering import Counted, Told
from supervision.bulletins.periods import Period
from supervision.figures import definitions
from supervision.models import Bulletin, OfficeContact
from tests.factories.cases import local
from tests.factories.staff import City, Seat, make_city, seat_all

MARCH = Period(Span.MONTH, date(2026, 3, 1))
# The night after March, and a Thursday morning in its first working days.
FROZEN = local(2026, 4, 1, 2)
THURSDAY = local(2026, 4, 2)
# The worked example of docs/domain.md 12, both sides of each figure of the city.
EXAMPLE: Mapping[str, tuple[int, int | None]] = {
    "received": (240, None),
    "direct_rate": (150, 240),
    "assigned_rate": (90, 240),
    "closing_rate": (84, 90),
    "on_time_closing": (85, 90),
    "evaluation_rate": (60, 88),
    "satisfaction": (54, 60),
    "dissatisfaction": (6, 60),
    "cards_yellow": (3, None),
    "cards_red": (1, None),
}


@dataclass
class BulletinCast:
    """The people whom a bulletin meets, in one small city."""

    city: City
    officer: User
    other_officer: User
    head: User
    other_head: User
    inspector: User
    district_head: User
    leader: User
    clerk: User
    auditor: User


def make_bulletin_cast() -> BulletinCast:
    """Return a small city with one person on each post that a bulletin meets."""
    city = make_city()
    people = seat_all(
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        other_officer=Seat(Role.OFFICE_OFFICER, city.office),
        head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        other_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER),
        inspector=Seat(Role.INSPECTOR, city.office),
        district_head=Seat(Role.OFFICE_OFFICER, city.district_office, Rank.APPROVER, is_head=True),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        clerk=Seat(Role.CLERK, city.construction),
        auditor=Seat(Role.AUDITOR, city.government),
    )
    return BulletinCast(city, **people)


def counted(
    figures: Mapping[str, tuple[int, int | None]], scope: str = Scope.CITY, key: str = "", label: str = ""
) -> list[Counted]:
    """Return figures as they are counted, by both sides."""
    return [Counted(scope, key, label, name, told(name, *sides)) for name, sides in figures.items()]


def told(name: str, numerator: int, denominator: int | None) -> Told:
    """Return the sides of a figure and what they make."""
    of = definitions.definition(name)
    base = None if denominator is None else Decimal(denominator)
    return Told(Decimal(numerator), base, arithmetic.value_of(of.shape, Decimal(numerator), base))


def make_bulletin(
    rows: Iterable[Counted] | None = None, *, period: Period = MARCH, at: datetime | None = None
) -> Bulletin:
    """Return a draft with these figures, those of the worked example without; frozen two hours after the period."""
    found = counted(EXAMPLE) if rows is None else list(rows)
    bulletin = opening.open_one(period, at=at or period.cut_off + timedelta(hours=2), counted=found)
    assert bulletin is not None
    return bulletin


def make_published(
    cast: BulletinCast, rows: Iterable[Counted] | None = None, *, period: Period = MARCH, **written: str
) -> Bulletin:
    """Return a published bulletin, led there by its steps on the second day after its period."""
    bulletin = make_bulletin(rows, period=period)
    publish(cast, bulletin, **written)
    return bulletin


def make_contact(office: Organ) -> OfficeContact:
    """Return how an office is reached."""
    return OfficeContact.objects.create(
        office=office, phone="0757-80000001", letter_box="佛山市信箱第八号", email="office@foshan.example"
    )


def publish(cast: BulletinCast, bulletin: Bulletin, **written: str) -> None:
    """Write, hand in and approve."""
    make_published_by(cast.officer, cast.head, bulletin, **written)


def make_published_by(officer: User, head: User, bulletin: Bulletin, **written: str) -> None:
    """Let one person write and hand in, and another approve."""
    at = bulletin.period.cut_off + timedelta(hours=34)
    if bulletin.corrections.exists():
        written.setdefault("corrections", "有警示牌被撤销。")
    if written:
        editing.write(bulletin, by=officer, at=at, version=bulletin.version, **written)
    editing.submit(bulletin, by=officer, at=at, version=bulletin.version)
    editing.publish(bulletin, by=head, at=at + timedelta(hours=1), version=bulletin.version)
