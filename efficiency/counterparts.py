"""
Another counterpart (B) for a post: put by one person, approved by the leader as the second (docs/domain.md 7).

Whoever holds the post, leads its organ or keeps posts puts it. It is decided by the leader of the organ (in an
efficiency office its head or deputy) who neither put it nor holds one of the posts in question; where there is no such
leader, by a head of the office in charge, or of the nearest office above it that has one. Standing in that has begun
goes on: it has its own dates.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import reduce
from operator import or_

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Case as Choose
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency import absences, organ_facts
from efficiency.access import persons
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.appointments import AlreadyDecided, NotAllowed, Refused
from efficiency.audit.records import record
from efficiency.organs import offices
from efficiency.organs.models import (
    CounterpartChange,
    Organ,
    OrganKind,
    Post,
    Rank,
    Role,
    Tenure,
    TenureChange,
    TenureKind,
)
from efficiency.outbox import registry
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup

# From these posts changes are put for every post of the organs in reach; a clerk puts one for the own post.
KEEPERS = (Role.ORGAN_LEADER, Role.OFFICE_OFFICER, Role.SYSTEM_ADMINISTRATOR)

# The tenures of those who lead an organ.
LEADING = Q(post__role=Role.ORGAN_LEADER) | Q(post__role=Role.OFFICE_OFFICER, post__rank=Rank.APPROVER)


@transaction.atomic
def propose(post: Post, /, *, by: User, at: datetime, counterpart: Post | None, reason: str) -> CounterpartChange:
    """
    Put that ``counterpart`` stands in for ``post`` from the approval on; None: nobody does.

    :raises NotAllowed: ``by`` neither holds the post, nor leads its organ, nor keeps its posts
    :raises Refused: it is the counterpart already, does not fit, a change of this post waits already, or nobody could
        decide it
    """
    post = Post.objects.select_for_update(no_key=True).get(pk=post.pk)
    if not may_propose(by, post, fresh=True):
        raise NotAllowed(
            _("Another counterpart is put by whoever holds the post, leads the organ or keeps its posts."), "post"
        )
    check(post, counterpart, on=timezone.localdate(at))
    change = CounterpartChange(
        post=post,
        before_id=post.stand_in_id,
        counterpart=counterpart,
        reason=reason.strip(),
        proposed_by=by,
        proposed_at=at,
    )
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as fault:
        raise Refused(_("A change of this post's counterpart waits already."), "post") from fault
    deciding = deciders(change, on=timezone.localdate(at))
    if not deciding:
        raise Refused(_("Nobody could decide this: no leader and no head of an office is left but those concerned."))
    _note("counterpart.propose", change, by, at)
    _tell(PUT, change, deciding, at)
    return change


@transaction.atomic
def approve(change: CounterpartChange, /, *, by: User, at: datetime) -> CounterpartChange:
    """
    Let the new counterpart stand on the sheet; the holders of all posts in question are told.

    :raises NotAllowed: ``by`` put it, holds one of the posts, or is not the leader who decides
    :raises AlreadyDecided: somebody decided it before
    :raises Refused: the sheet, or the new counterpart, is no longer what it was when the change was put
    """
    change = _take(change, by)
    post = Post.objects.select_for_update(no_key=True).get(pk=change.post_id)
    if post.stand_in_id != change.before_id:
        raise Refused(_("The sheet names another counterpart by now: refuse this, and have it put anew."))
    check(post, change.counterpart, on=timezone.localdate(at))
    post.stand_in_id = change.counterpart_id
    post.save(update_fields=["stand_in"])
    _decide(change, TenureChange.Outcome.CONFIRMED, by, at, "")
    organ_facts.changed_posts(Post.objects.filter(pk=post.pk), at=at)
    _note("counterpart.approve", change, by, at)
    _tell(APPROVED, change, [*_holders(change, timezone.localdate(at)), change.proposed_by_id], at)
    return change


@transaction.atomic
def refuse(change: CounterpartChange, /, *, by: User, at: datetime, remark: str) -> CounterpartChange:
    """
    Refuse a change with a reason; whoever put it and the holders of the posts in question are told.

    :raises NotAllowed: as ``approve``
    :raises AlreadyDecided: somebody decided it before
    """
    change = _take(change, by)
    _decide(change, TenureChange.Outcome.REFUSED, by, at, remark.strip())
    _note("counterpart.refuse", change, by, at)
    _tell(REFUSED, change, [*_holders(change, timezone.localdate(at)), change.proposed_by_id], at)
    return change


def check(post: Post, counterpart: Post | None, /, *, on: date) -> None:
    """
    Make sure that a post may have this counterpart.

    Whoever stands in needs no less than A has: the same role, or leading for one who handles, and no lower a part in
    decisions, as ``absences.suitable`` asks of persons.

    :raises Refused: the sheet names it already, it is the post itself, of another organ, does not reach as far, or one
        of the two has ended
    """
    if (counterpart.pk if counterpart else None) == post.stand_in_id:
        raise Refused(_("This is the counterpart of the post already."), "counterpart")
    if post.until is not None and post.until <= on:
        raise Refused(_("The post has ended."), "post")
    if counterpart is None:
        return
    if counterpart.pk == post.pk:
        raise Refused(_("A post cannot stand in for itself."), "counterpart")
    if counterpart.organ_id != post.organ_id:
        raise Refused(_("The two posts belong to one organ."), "counterpart")
    if not absences.may_stand_in(counterpart, post):
        raise Refused(
            _("This post has another role, or a lower part in decisions, than the one it would stand in for."),
            "counterpart",
        )
    if counterpart.until is not None and counterpart.until <= on:
        raise Refused(_("The post has ended."), "counterpart")


def may_propose(by: User, post: Post, *, fresh: bool = False) -> bool:
    """Say whether ``by`` may put another counterpart for this post: who holds it, leads its organ or keeps posts."""
    if not may(by, "counterpart.propose", post, fresh=fresh):
        return False
    return any(
        (seat.role in KEEPERS and post.organ_id in seat.organ_ids) or (seat.post_id == post.pk and not seat.is_stand_in)
        for seat in scope_of(by).seats
    )


def proposable(by: User, *, on: date) -> "list[int]":
    """Return the keys of the posts for which ``by`` may put another counterpart on ``on``."""
    scope = scope_of(by)
    held = {seat.post_id for seat in scope.seats if not seat.is_stand_in and may(by, "counterpart.propose")}
    rows = Post.objects.active(on).filter(Q(pk__in=held) | Q(organ_id__in=scope.organ_ids_as(*KEEPERS)))
    return list(rows.order_by("pk").values_list("pk", flat=True))


def may_decide(by: User, change: CounterpartChange, *, fresh: bool = False) -> bool:
    """
    Say whether ``by`` decides this change: is one of the ``deciders``, and no account of somebody concerned.

    Nobody decides about themself, under whichever account (docs/trust.md Z-10).
    """
    if change.outcome != TenureChange.Outcome.OPEN or not may(by, "counterpart.approve", change, fresh=fresh):
        return False
    today = timezone.localdate()
    if set(persons.accounts_of(by)) & _concerned(change, today):
        return False
    return by.pk in deciders(change, on=today)


def waiting_for(by: User) -> "QuerySet[CounterpartChange]":
    """
    Return the changes that are for ``by`` to decide today, the oldest first; one question for all of them.

    As ``deciders`` says: those that no leader can decide are there for the heads of the office in charge, and where all
    of these are concerned, for those of the nearest office above that has others.
    """
    # Of the scope, which is there already: the first page keeps what asks nothing (``efficiency.first_page``).
    today, accounts = timezone.localdate(), scope_of(by).account_ids
    own = Tenure.objects.running(today).filter(user_id__in=accounts, kind=TenureKind.HOLDER).values("post_id")
    rows = CounterpartChange.objects.waiting().exclude(proposed_by_id__in=accounts).exclude(post_id__in=own)
    rows = rows.exclude(before_id__isnull=False, before_id__in=own)
    rows = rows.exclude(counterpart_id__isnull=False, counterpart_id__in=own)
    leading = Tenure.objects.running(today).filter(LEADING, post__organ_id=OuterRef("post__organ_id"))
    of_others = leading.filter(user__is_active=True).exclude(user_id=OuterRef("proposed_by_id"))
    for name in ("post_id", "before_id", "counterpart_id"):
        of_others = of_others.exclude(post_id=Coalesce(OuterRef(name), 0))
    led = [seat.organ_id for seat in scope_of(by).seats if absences.is_leading(seat)]
    heads = [seat for seat in scope_of(by).seats if seat.role == Role.OFFICE_OFFICER and seat.rank == Rank.APPROVER]
    own_offices = {seat.organ_id for seat in heads}
    reach = {pk for seat in heads for pk in seat.organ_ids}
    of_office = Q(~Exists(of_others), _decided_at(own_offices, today), post__organ_id__in=reach)
    of_office &= ~Q(post__organ_id__in=led)
    # 0 where there is none: what is compared with nothing is neither so nor otherwise.
    named = {"in_charge_id": _IN_CHARGE, "city_id": _CITY, "above_city_id": _above_city()}
    rows = rows.annotate(**{name: Coalesce(office, 0) for name, office in named.items()})
    return rows.filter(Q(post__organ_id__in=led) | of_office).order_by("proposed_at", "pk")


# How far up the office in charge of an organ may be: a department's part, the department, its government, and above.
_LEVELS = 5


def _office_of(parent: str) -> Subquery:
    there = Organ.objects.filter(kind=OrganKind.EFFICIENCY_OFFICE, parent_id=OuterRef(parent), until__isnull=True)
    return Subquery(there.order_by("position", "pk").values("pk")[:1])


# The office in charge of the organ of a change, as ``offices.in_charge_of`` says.
_IN_CHARGE = Choose(
    When(post__organ__kind=OrganKind.EFFICIENCY_OFFICE, then=F("post__organ_id")),
    When(
        post__organ__kind=OrganKind.GOVERNMENT,
        then=Coalesce(*(_office_of(f"post__organ__{'parent__' * level}id") for level in range(_LEVELS))),
    ),
    default=Coalesce(*(_office_of(f"post__organ__{'parent__' * level}id") for level in range(1, _LEVELS))),
)
# The two offices that may be above it (``offices.offices_above``).
_CITY = Subquery(
    Organ.objects.filter(kind=OrganKind.EFFICIENCY_OFFICE, district__isnull=True, until__isnull=True)
    .order_by("position", "id")
    .values("pk")[:1]
)


def _above_city() -> Subquery:
    named = Organ.objects.filter(code=settings.ABOVE_CITY_OFFICE, kind=OrganKind.EFFICIENCY_OFFICE)
    return Subquery(named.values("pk")[:1])


def _decided_at(own_offices: Collection[int], on: date) -> Q:
    """The condition that a change, which no leader can decide, is for the heads of one of these offices."""
    at_charge, at_city = (~Exists(_heads_left(name, on)) for name in ("in_charge_id", "city_id"))
    is_city, is_above = Q(in_charge_id=F("city_id")), Q(in_charge_id=F("above_city_id"))
    from_below = Q(at_charge, city_id__in=own_offices) & ~is_city & ~is_above
    highest = Q(at_charge, above_city_id__in=own_offices) & ~is_above & (is_city | Q(at_city))
    return Q(in_charge_id__in=own_offices) | from_below | highest


def _heads_left(office: str, on: date) -> "QuerySet[Tenure]":
    """The heads of an office who neither put the change nor hold one of the posts in question."""
    heads = Tenure.objects.running(on).filter(
        post__organ_id=OuterRef(office),
        post__role=Role.OFFICE_OFFICER,
        post__rank=Rank.APPROVER,
        user__is_active=True,
    )
    posts = [Coalesce(OuterRef(OuterRef(name)), 0) for name in ("post_id", "before_id", "counterpart_id")]
    concerned = Tenure.objects.running(on).filter(user_id=OuterRef("user_id"), kind=TenureKind.HOLDER)
    concerned = concerned.filter(reduce(or_, (Q(post_id=each) for each in posts)))
    return heads.exclude(user_id=OuterRef("proposed_by_id")).filter(~Exists(concerned))


def deciders(change: CounterpartChange, /, *, on: date) -> list[int]:
    """
    Return the accounts of those who decide: leaders of the organ, else the heads of the office in charge.

    Where all of these are concerned, the heads of the nearest office above that has others; none: nobody can.
    """
    if found := _leaders(change, on):
        return found
    office, concerned = offices.in_charge_of(change.post.organ), _concerned(change, on)
    heads = Tenure.objects.running(on).filter(
        post__role=Role.OFFICE_OFFICER, post__rank=Rank.APPROVER, user__is_active=True
    )
    for each in [office, *offices.offices_above(office)] if office is not None else ():
        people = {tenure.user_id: tenure.user for tenure in heads.filter(post__organ=each).select_related("user")}
        found = [
            pk
            for pk, person in sorted(people.items())
            if pk not in concerned and may(person, "counterpart.approve", change)
        ]
        if found:
            return found
    return []


def _leaders(change: CounterpartChange, on: date) -> list[int]:
    """Return the accounts of the leaders of the organ who may decide."""
    there = Tenure.objects.running(on).filter(post__organ_id=change.post.organ_id, user__is_active=True)
    rows = there.filter(LEADING).exclude(user_id__in=_concerned(change, on))
    return list(dict.fromkeys(rows.order_by("user_id").values_list("user_id", flat=True)))


def _posts(change: CounterpartChange) -> list[int]:
    return [pk for pk in (change.post_id, change.before_id, change.counterpart_id) if pk is not None]


def _holders(change: CounterpartChange, on: date) -> list[int]:
    """Return the accounts that hold, or stand in for, one of the posts in question."""
    rows = Tenure.objects.running(on).filter(post_id__in=_posts(change), user__is_active=True)
    return list(dict.fromkeys(rows.order_by("user_id").values_list("user_id", flat=True)))


def _concerned(change: CounterpartChange, on: date) -> set[int]:
    """Return every account of whoever put the change or holds one of the posts in question."""
    rows = Tenure.objects.running(on).filter(post_id__in=_posts(change), kind=TenureKind.HOLDER)
    people = User.objects.filter(Q(pk=change.proposed_by_id) | Q(pk__in=rows.values("user_id"))).order_by("pk")
    return {account for person in people for account in persons.accounts_of(person)}


def _take(change: CounterpartChange, by: User) -> CounterpartChange:
    rows = CounterpartChange.objects.select_for_update(of=("self",), no_key=True)
    change = rows.select_related("post", "counterpart").get(pk=change.pk)
    if change.outcome != TenureChange.Outcome.OPEN:
        raise AlreadyDecided(_("This proposal has been decided already."))
    if persons.is_same_person(by, change.proposed_by):
        raise NotAllowed(_("A second person has to decide: you proposed this yourself."))
    if not may_decide(by, change, fresh=True):
        raise NotAllowed(_("This is decided by a leader of the organ who holds none of the posts in question."))
    return change


def _decide(change: CounterpartChange, outcome: str, by: User, at: datetime, remark: str) -> None:
    change.outcome, change.decided_by, change.decided_at, change.remark = outcome, by, at, remark
    change.save(update_fields=["outcome", "decided_by", "decided_at", "remark"])


def _note(action: str, change: CounterpartChange, by: User, at: datetime) -> None:
    detail = {"post": change.post_id, "before": change.before_id, "counterpart": change.counterpart_id}
    record(action, actor=by, obj=change, detail=detail, at=at)


def _tell(kind: str, change: CounterpartChange, to: Iterable[int], at: datetime) -> None:
    on = timezone.localdate(at).isoformat()
    post_message(f"{kind}:{change.pk}", kind, to=list(dict.fromkeys(to)), values={"from_on": on}, at=at)


PUT, APPROVED, REFUSED = "counterpart.proposed", "counterpart.approved", "counterpart.refused"


def register_messages() -> None:
    """Make the texts known; called once Django is ready. They name no person (docs/trust.md Z-15)."""
    registry.register_kind(
        PUT,
        _("Another counterpart of a post waits for your decision"),
        _("On %(from_on)s another counterpart (B) was put for a post that you decide about."),
        group=MessageGroup.ACCOUNT,
    )
    registry.register_kind(
        APPROVED,
        _("A post has another counterpart"),
        _("From %(from_on)s on the counterpart (B) of your post, or the post that yours stands in for, is another."),
        group=MessageGroup.ACCOUNT,
    )
    registry.register_kind(
        REFUSED,
        _("Another counterpart of a post was refused"),
        _("On %(from_on)s it was decided that the counterpart (B) of a post that concerns you stays as it is."),
        group=MessageGroup.ACCOUNT,
    )
