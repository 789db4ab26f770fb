"""A small city with its efficiency office, two bureaus and a district, and people on posts in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.test import Client

from efficiency.access import sessions
from efficiency.access.models import User
from efficiency.organs import searching
from efficiency.organs.models import Level, Organ, OrganKind, Post, Rank, Role, Tenure, TenureKind
from tests import known
from tests.factories.numbers import running

PASSWORD = "Correct-Horse-7-Battery"
# One hash for every account of the tests: scrypt is slow on purpose.
_HASH: list[str] = []
_running = running()
# Since when people sit where they sit, unless a test says otherwise.
SINCE = date(2020, 1, 1)


def password_of_long_ago(browser: Client, *, at: datetime) -> Client:
    """Return a browser of somebody logged in as if the password had been given an hour before ``at``."""
    session = browser.session
    session[sessions.KEY] = {**session[sessions.KEY], "since": (at - timedelta(hours=1)).isoformat()}
    session.save()
    return browser


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


CODES = {
    "government": "440600",
    "office": "440600-XN",
    "construction": "440600-JS",
    "tax": "440600-DS",
    "district": "440604",
    "district_office": "440604-XN",
    "street": "440604-ZM",
}


def make_organ(code: str, name: str, kind: str, level: str = Level.CITY, parent: Organ | None = None) -> Organ:
    """Return a new organ below ``parent``."""
    organ = _organ(code, name, kind, level, parent)
    organ.save()
    return organ


def _organ(code: str, name: str, kind: str, level: str = Level.CITY, parent: Organ | None = None) -> Organ:
    district = parent if parent is not None and parent.level == Level.DISTRICT else None
    return Organ(code=code, name=name, kind=kind, level=level, parent=parent, district=district)


def make_city() -> City:
    """Return the organs of a small city."""
    return known.step(
        lambda: "city",
        _make_city,
        name_of=lambda _city: None,
        find=lambda _nothing: city_of(Organ.objects.filter(code__in=CODES.values())),
    )


def _make_city() -> City:
    """Store the organs level by level."""
    government = make_organ("440600", "佛山市人民政府", OrganKind.GOVERNMENT)
    office, construction, tax, district = Organ.objects.bulk_create(
        [
            _organ("440600-XN", "佛山市效能办", OrganKind.EFFICIENCY_OFFICE, Level.CITY, government),
            _organ("440600-JS", "佛山市建设局", OrganKind.DEPARTMENT, Level.CITY, government),
            _organ("440600-DS", "佛山市地方税务局", OrganKind.DEPARTMENT, Level.CITY, government),
            _organ("440604", "禅城区人民政府", OrganKind.GOVERNMENT, Level.DISTRICT, government),
        ]
    )
    district_office, street = Organ.objects.bulk_create(
        [
            _organ("440604-XN", "禅城区效能办", OrganKind.EFFICIENCY_OFFICE, Level.DISTRICT, district),
            _organ("440604-ZM", "祖庙街道办事处", OrganKind.STREET, Level.TOWN, district),
        ]
    )
    return city_of([government, office, construction, tax, district, district_office, street])


def city_of(organs: Iterable[Organ]) -> City:
    """Return the city that these organs are, known by their codes."""
    by_code = {organ.code: organ for organ in organs}
    return City(**{name: by_code[code] for name, code in CODES.items()})


def make_user(username: str = "", full_name: str = "", **fields: object) -> User:
    """Return a new account without any right; its password is ``PASSWORD``."""
    user = _user(username, full_name, **fields)
    user.save()
    return user


def _user(username: str = "", full_name: str = "", **fields: object) -> User:
    number = next(_running)
    user = User(username=username or f"user{number}", full_name=full_name or f"人员{number}", **fields)
    if not _HASH:
        _HASH.append(make_password(PASSWORD))
    user.password = _HASH[0]
    return user


def make_post(organ: Organ, role: str = "", rank: str = Rank.HANDLER, *, is_head: bool = False, name: str = "") -> Post:
    """Return a new post of the organ."""
    post = _post(organ, role, rank, is_head=is_head, name=name)
    post.save()
    searching.refresh(Post.objects.filter(pk=post.pk))
    return post


def _post(organ: Organ, role: str = "", rank: str = Rank.HANDLER, *, is_head: bool = False, name: str = "") -> Post:
    number = next(_running)
    return Post(
        organ=organ, code=f"{organ.code}-{number}", name=name or f"岗位{number}", role=role, rank=rank, is_head=is_head
    )


@dataclass(frozen=True)
class Seat:
    """A post that somebody new is to sit on."""

    role: str
    organ: Organ
    rank: str = Rank.HANDLER
    is_head: bool = False
    username: str = ""


@known.led
def seat_all(**seats: Seat) -> dict[str, User]:
    """Return a new person on a new post for each name: what ``seat`` does for one, in three statements for all."""
    users = User.objects.bulk_create([_user(one.username) for one in seats.values()])
    posts = Post.objects.bulk_create(
        [_post(one.organ, one.role, one.rank, is_head=one.is_head) for one in seats.values()]
    )
    searching.refresh(Post.objects.filter(pk__in=[post.pk for post in posts]))
    Tenure.objects.bulk_create(
        [
            Tenure(user=user, post=post, since=SINCE, kind=TenureKind.HOLDER)
            for user, post in zip(users, posts, strict=True)
        ]
    )
    return dict(zip(seats, users, strict=True))


def seat(
    role: str,
    organ: Organ,
    rank: str = Rank.HANDLER,
    *,
    is_head: bool = False,
    user: User | None = None,
    username: str = "",
    since: date = SINCE,
    until: date | None = None,
    kind: str = TenureKind.HOLDER,
) -> User:
    """Return a person (``user``, or a new one) on a new post with the role."""

    def take_seat() -> User:
        sitting = user or make_user(username)
        post = make_post(organ, role, rank, is_head=is_head)
        Tenure.objects.create(user=sitting, post=post, since=since, until=until, kind=kind)
        return sitting

    if user is not None:
        return take_seat()
    which = ("seat", role, organ.pk, rank, is_head, username, since, until, kind)
    return known.step(
        lambda: which, take_seat, name_of=lambda sitting: sitting.pk, find=lambda pk: User.objects.get(pk=pk)
    )


def every_role(city: City) -> dict[str, User]:
    """Return one person for each role, and some who stand elsewhere in the tree."""
    return known.step(
        lambda: "every role",
        lambda: _every_role(city),
        name_of=lambda people: {role: user.pk for role, user in people.items()},
        find=by_name,
    )


def by_name(keys: dict[str, int]) -> dict[str, User]:
    """Return accounts by the names under which their keys are given."""
    users = User.objects.in_bulk(keys.values())
    return {role: users[key] for role, key in keys.items()}


def _every_role(city: City) -> dict[str, User]:
    return seat_all(
        clerk=Seat(Role.CLERK, city.construction),
        leader=Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        other_clerk=Seat(Role.CLERK, city.tax),
        officer=Seat(Role.OFFICE_OFFICER, city.office),
        office_head=Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        district_officer=Seat(Role.OFFICE_OFFICER, city.district_office),
        inspector=Seat(Role.INSPECTOR, city.office),
        appraiser=Seat(Role.APPRAISAL_OFFICER, city.office),
        auditor=Seat(Role.AUDITOR, city.government),
        administrator=Seat(Role.SYSTEM_ADMINISTRATOR, city.government),
        editor=Seat(Role.DISCLOSURE_EDITOR, city.construction),
        social=Seat(Role.SOCIAL_SUPERVISOR, city.government),
    ) | {"nobody": make_user()}
