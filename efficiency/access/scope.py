"""
Which rows: what a person may know of follows from the tenures that run on the day (docs/access.md).

Every list, filter, drop-down, count, export and file asks here first; what is out of scope does not exist.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from efficiency.access.plain import PLAIN_SQL, plain_name
from efficiency.organs.models import OrganKind, Post, Rank, Role, TenureKind

if TYPE_CHECKING:
    from efficiency.access.models import User


@dataclass(frozen=True, slots=True)
class Seat:
    """One running tenure: a role, in an organ, over the organs below it."""

    role: Role
    rank: Rank
    organ_id: int
    post_id: int
    is_head: bool
    is_stand_in: bool
    # The organs that the seat reaches: its own and all below; an efficiency office reaches what its government does.
    organ_ids: frozenset[int]
    # Section of the organ to which the post belongs, if the organ has sections.
    section: str = ""
    # The organ of the post and every one above it.
    above_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """Everything that decides what a person may see on a day."""

    user_id: int | None
    on: date
    seats: tuple[Seat, ...]
    # Posts that the person holds or ever held, from whichever account, stand-in included, with the dates: a case about
    # one of them is absent.
    own_posts: tuple[tuple[int, date, date | None], ...]
    # All accounts of the natural person: what one of them must not know, none of them knows (docs/trust.md Z-07).
    account_ids: frozenset[int] = frozenset()
    # The efficiency offices among all organs: what they handle themselves is no matter of the organs around them.
    office_ids: frozenset[int] = frozenset()
    # Organs in which the person holds a post on the day, from whichever account.
    own_organ_ids: frozenset[int] = frozenset()

    @property
    def roles(self) -> frozenset[Role]:
        """The roles the person has in any seat."""
        return frozenset(seat.role for seat in self.seats)

    @property
    def own_post_ids(self) -> frozenset[int]:
        """Posts the person ever held."""
        return frozenset(post_id for post_id, _, _ in self.own_posts)

    def seats_as(self, *roles: Role) -> tuple[Seat, ...]:
        """Return the seats that carry one of the roles."""
        return tuple(seat for seat in self.seats if seat.role in roles)

    def organ_ids_as(self, *roles: Role) -> frozenset[int]:
        """Return the organs that the person reaches in one of the roles."""
        return frozenset().union(*(seat.organ_ids for seat in self.seats_as(*roles)))


NOBODY = Scope(user_id=None, on=date.min, seats=(), own_posts=())


def scope_of(user: "User | AnonymousUser", *, on: date | None = None, fresh: bool = False) -> Scope:
    """
    Return what ``user`` may reach on the local date ``on`` (default: today).

    Kept on the user object for the length of a request; ``fresh`` reads again, which every action does after it has
    locked its row (docs/trust.md Z-06). Inactive and anonymous users reach nothing; ``is_superuser`` is not looked at.
    """
    if not user.is_authenticated or not user.is_active:
        return NOBODY
    on = on or timezone.localdate()
    kept: Scope | None = getattr(user, "_scope", None)
    if kept is not None and kept.on == on and not fresh:
        return kept
    scope = _read_scope(user, on)
    user._scope = scope  # type: ignore[union-attr, attr-defined]  # kept for this request only
    return scope


def held_posts(user: "User | AnonymousUser") -> dict[int, Post]:
    """Return the posts of the seats of ``user``, by key, with their organs; kept as long as the scope."""
    scope = scope_of(user)
    kept: tuple[Scope, dict[int, Post]] | None = getattr(user, "_posts", None)
    if kept is None or kept[0] is not scope:
        kept = scope, Post.objects.select_related("organ").in_bulk({seat.post_id for seat in scope.seats})
        user._posts = kept  # type: ignore[union-attr, attr-defined]  # as the scope
    return kept[1]


# Asked on every page and by every step, so they lie here ready-made: put together anew, they took as long as a page of
# text. The first is about all accounts that may be the person's. No right outlives the post or the organ it hangs on.
_TENURES = f"""
SELECT t.user_id, u.full_name, u.phone, u.email, t.since, t.until, t.kind,
       t.post_id, p.role, p.rank, p.is_head, p.section, o.id, o.parent_id, o.kind, least(t.until, p.until, o.until)
  FROM efficiency_tenure AS t
  JOIN efficiency_user AS u ON u.id = t.user_id
  JOIN efficiency_post AS p ON p.id = t.post_id
  JOIN efficiency_organ AS o ON o.id = p.organ_id
 WHERE t.user_id IN (SELECT id FROM efficiency_user WHERE id = %s OR {PLAIN_SQL.format("full_name")} = %s)
 ORDER BY t.id
"""  # noqa: S608 - put together from our own constants
_ORGANS = "SELECT id, parent_id, kind FROM efficiency_organ ORDER BY id"


class _Held(NamedTuple):
    """A tenure with what is asked of its account, post and organ."""

    user_id: int
    full_name: str
    phone: str
    email: str
    since: date
    until: date | None
    kind: str
    post_id: int
    role: str
    rank: str
    is_head: bool
    section: str
    organ_id: int
    parent_id: int | None
    organ_kind: str
    ends: date | None  # with the tenure, the post or the organ, whichever is first

    def gives_rights(self, on: date) -> bool:
        """Say whether a right can follow from it on the day."""
        return bool(self.role) and self.runs(on)

    def runs(self, on: date) -> bool:
        """Say whether the post is held on the day."""
        return self.since <= on and (self.ends is None or on < self.ends)

    def root(self) -> int:
        """Return the organ from which down the seat reaches."""
        is_office = self.organ_kind == OrganKind.EFFICIENCY_OFFICE
        return self.parent_id if is_office and self.parent_id else self.organ_id


def _read_scope(user: "User", on: date) -> Scope:
    of_person = _tenures_of_person(user)
    own = [held for held in of_person if held.user_id == user.pk]
    children: dict[int | None, list[int]] = defaultdict(list)
    parents: dict[int, int | None] = {}
    offices: set[int] = set()
    if own:
        with connection.cursor() as cursor:
            cursor.execute(_ORGANS)
            for organ_id, parent_id, kind in cursor.fetchall():
                children[parent_id].append(organ_id)
                parents[organ_id] = parent_id
                if kind == OrganKind.EFFICIENCY_OFFICE:
                    offices.add(organ_id)
    seats = tuple(
        Seat(
            role=Role(held.role),
            rank=Rank(held.rank),
            organ_id=held.organ_id,
            post_id=held.post_id,
            is_head=held.is_head,
            is_stand_in=held.kind == TenureKind.STAND_IN,
            organ_ids=_below(held.root(), children),
            section=held.section,
            above_ids=_above(held.organ_id, parents),
        )
        for held in own
        if held.gives_rights(on)
    )
    return Scope(
        user_id=user.pk,
        on=on,
        seats=seats,
        own_posts=tuple((held.post_id, held.since, held.until) for held in of_person),
        account_ids=frozenset({user.pk, *(held.user_id for held in of_person)}),
        office_ids=frozenset(offices),
        own_organ_ids=frozenset(held.organ_id for held in of_person if held.runs(on)),
    )


def _tenures_of_person(user: "User") -> list[_Held]:
    """
    Return the tenures of all accounts of the natural person, in one question.

    An account that never held a post has nothing to add: no case is about it, and it could declare nothing.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TENURES, [user.pk, plain_name(user.full_name)])
        found = [_Held(*row) for row in cursor.fetchall()]
    return [held for held in found if held.user_id == user.pk or _is_of(user, held)]


def _is_of(user: "User", held: _Held) -> bool:
    from efficiency.access.persons import is_same_person

    account = get_user_model()(pk=held.user_id, full_name=held.full_name, phone=held.phone, email=held.email)
    return is_same_person(user, account)


def _above(organ_id: int, parents: dict[int, int | None]) -> frozenset[int]:
    found: set[int] = set()
    nearest: int | None = organ_id
    while nearest is not None and nearest not in found:
        found.add(nearest)
        nearest = parents.get(nearest)
    return frozenset(found)


def _below(root: int, children: dict[int | None, list[int]]) -> frozenset[int]:
    found, waiting = {root}, [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)
