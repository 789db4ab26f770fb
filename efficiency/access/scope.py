"""
Which rows: what a person may know of follows from the tenures that run on the day (docs/access.md).

Every list, filter, drop-down, count, export and file asks here first; what is out of scope does not exist.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils import timezone

from efficiency.organs.models import Organ, OrganKind, Post, Rank, Role, Tenure, TenureKind

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
    """Return the posts of the seats of ``user``, by key, with their organs: they were read with the scope."""
    scope_of(user)
    posts: dict[int, Post] = getattr(user, "_posts", {})
    return posts


def _read_scope(user: "User", on: date) -> Scope:
    of_person = _tenures_of_person(user)
    tenures = [tenure for tenure in of_person if tenure.user_id == user.pk]
    children: dict[int | None, list[int]] = defaultdict(list)
    offices = set()
    if tenures:
        for organ_id, parent_id, kind in Organ.objects.order_by("id").values_list("id", "parent_id", "kind"):
            children[parent_id].append(organ_id)
            if kind == OrganKind.EFFICIENCY_OFFICE:
                offices.add(organ_id)
    seats = []
    for tenure in tenures:
        running = tenure.since <= on and (tenure.until is None or on < tenure.until)
        if not running or not tenure.post.role:
            continue
        organ = tenure.post.organ
        root = organ.parent_id if organ.kind == OrganKind.EFFICIENCY_OFFICE and organ.parent_id else organ.pk
        seats.append(
            Seat(
                role=Role(tenure.post.role),
                rank=Rank(tenure.post.rank),
                organ_id=organ.pk,
                post_id=tenure.post_id,
                is_head=tenure.post.is_head,
                is_stand_in=tenure.kind == TenureKind.STAND_IN,
                organ_ids=_below(root, children),
                section=tenure.post.section,
            )
        )
    user._posts = {tenure.post_id: tenure.post for tenure in tenures}  # type: ignore[attr-defined]  # as the scope
    return Scope(
        user_id=user.pk,
        on=on,
        seats=tuple(seats),
        own_posts=tuple((tenure.post_id, tenure.since, tenure.until) for tenure in of_person),
        account_ids=frozenset({user.pk, *(tenure.user_id for tenure in of_person)}),
        office_ids=frozenset(offices),
    )


def _tenures_of_person(user: "User") -> list[Tenure]:
    """
    Return the tenures of all accounts of the natural person, in one question.

    An account that never held a post has nothing to add: no case is about it, and it could declare nothing.
    """
    from efficiency.access.persons import is_same_person

    accounts = get_user_model().objects.filter(Q(pk=user.pk) | Q(full_name=user.full_name)).values("pk")
    tenures = Tenure.objects.filter(user__in=accounts).select_related("post__organ", "user").order_by("id")
    return [tenure for tenure in tenures if is_same_person(user, tenure.user)]


def _below(root: int, children: dict[int | None, list[int]]) -> frozenset[int]:
    found, waiting = {root}, [root]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in found:
                found.add(child)
                waiting.append(child)
    return frozenset(found)
