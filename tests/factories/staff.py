"""A small city with its efficiency office, two bureaus and a district, and people on posts in it."""

from dataclasses import dataclass
from datetime import date
from itertools import count

from efficiency.access.models import User
from efficiency.organs.models import Level, Organ, OrganKind, Post, Rank, Role, Tenure, TenureKind

PASSWORD = "Correct-Horse-7-Battery"
# One hash for every account of the tests: scrypt is slow on purpose.
_HASH: list[str] = []
_running = count(1)


@dataclass(frozen=True)
class City:
    """Organs by the names the tests use."""

    government: Organ
    office: Organ
    construction: Organ
    tax: Organ
    district: Organ
    district_office: Organ
    street: Organ


def make_organ(code: str, name: str, kind: str, level: str = Level.CITY, parent: Organ | None = None) -> Organ:
    """Return a new organ below ``parent``."""
    district = parent if parent is not None and parent.level == Level.DISTRICT else None
    return Organ.objects.create(code=code, name=name, kind=kind, level=level, parent=parent, district=district)


def make_city() -> City:
    """Return the organs of a small city."""
    government = make_organ("440600", "佛山市人民政府", OrganKind.GOVERNMENT)
    district = make_organ("440604", "禅城区人民政府", OrganKind.GOVERNMENT, Level.DISTRICT, government)
    return City(
        government=government,
        office=make_organ("440600-XN", "佛山市效能办", OrganKind.EFFICIENCY_OFFICE, Level.CITY, government),
        construction=make_organ("440600-JS", "佛山市建设局", OrganKind.DEPARTMENT, Level.CITY, government),
        tax=make_organ("440600-DS", "佛山市地方税务局", OrganKind.DEPARTMENT, Level.CITY, government),
        district=district,
        district_office=make_organ("440604-XN", "禅城区效能办", OrganKind.EFFICIENCY_OFFICE, Level.DISTRICT, district),
        street=make_organ("440604-ZM", "祖庙街道办事处", OrganKind.STREET, Level.TOWN, district),
    )


def make_user(username: str = "", full_name: str = "", **fields: object) -> User:
    """Return a new account without any right; its password is ``PASSWORD``."""
    number = next(_running)
    user = User(username=username or f"user{number}", full_name=full_name or f"人员{number}", **fields)
    if not _HASH:
        user.set_password(PASSWORD)
        _HASH.append(user.password)
    user.password = _HASH[0]
    user.save()
    return user


def make_post(organ: Organ, role: str = "", rank: str = Rank.HANDLER, *, is_head: bool = False, name: str = "") -> Post:
    """Return a new post of the organ."""
    number = next(_running)
    return Post.objects.create(
        organ=organ, code=f"{organ.code}-{number}", name=name or f"岗位{number}", role=role, rank=rank, is_head=is_head
    )


def seat(
    role: str,
    organ: Organ,
    rank: str = Rank.HANDLER,
    *,
    is_head: bool = False,
    user: User | None = None,
    username: str = "",
    since: date = date(2020, 1, 1),
    until: date | None = None,
    kind: str = TenureKind.HOLDER,
) -> User:
    """Return a person (``user``, or a new one) on a new post with the role."""
    user = user or make_user(username)
    post = make_post(organ, role, rank, is_head=is_head)
    Tenure.objects.create(user=user, post=post, since=since, until=until, kind=kind)
    return user


def every_role(city: City) -> dict[str, User]:
    """Return one person for each role, and some who stand elsewhere in the tree."""
    return {
        "clerk": seat(Role.CLERK, city.construction),
        "leader": seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        "other_clerk": seat(Role.CLERK, city.tax),
        "officer": seat(Role.OFFICE_OFFICER, city.office),
        "office_head": seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        "district_officer": seat(Role.OFFICE_OFFICER, city.district_office),
        "inspector": seat(Role.INSPECTOR, city.office),
        "appraiser": seat(Role.APPRAISAL_OFFICER, city.office),
        "auditor": seat(Role.AUDITOR, city.government),
        "administrator": seat(Role.SYSTEM_ADMINISTRATOR, city.government),
        "editor": seat(Role.DISCLOSURE_EDITOR, city.construction),
        "social": seat(Role.SOCIAL_SUPERVISOR, city.government),
        "nobody": make_user(),
    }
