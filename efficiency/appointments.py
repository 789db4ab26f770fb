"""
Giving and ending tenures, with two persons (docs/trust.md Z-10, Z-11, S-07).

The system administrator proposes, an officer of the efficiency office confirms. Nobody decides about the own person,
and nobody gets two of the three offices that are kept apart: system administrator, efficiency office, auditor.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from efficiency import organ_facts
from efficiency.access import persons
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.organs.models import Post, Role, Tenure, TenureChange, TenureKind
from efficiency.outbox import registry
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup

# The three offices of which one person holds at most one.
OFFICES_APART = (Role.SYSTEM_ADMINISTRATOR, Role.OFFICE_OFFICER, Role.AUDITOR)


class Refused(Exception):
    """A step that the rules do not allow; ``field`` names the parameter at fault, if one is."""

    def __init__(self, message: str | Promise, field: str | None = None) -> None:
        super().__init__(str(message))
        self.message, self.field = message, field


class NotAllowed(Refused):
    """The person may not take this step."""


class AlreadyDecided(Refused):
    """Somebody decided the proposal before."""


@transaction.atomic
def propose(
    *,
    by: User,
    at: datetime,
    user: User,
    post: Post,
    since: date,
    reason: str,
    kind: str = TenureKind.HOLDER,
    until: date | None = None,
) -> TenureChange:
    """
    Propose that ``user`` holds ``post`` from ``since`` to before ``until`` (local dates).

    :raises NotAllowed: ``by`` may not propose for this post, or the proposal concerns ``by``
    :raises Refused: the dates lie in the past or do not fit, or the same has been proposed already
    """
    change = TenureChange(
        user=user, post=post, kind=kind, since=since, until=until, reason=reason, proposed_by=by, proposed_at=at
    )
    _check_right(change, "tenure.propose", by)
    if since < timezone.localdate(at):
        raise Refused(_("A tenure cannot begin in the past: choose today or a later day."), "since")
    if until is not None and until <= since:
        raise Refused(_("The end of a tenure comes after its beginning."), "until")
    if kind == TenureKind.STAND_IN and until is None:
        raise Refused(_("A stand-in has rights only between two dates: give the end as well."), "until")
    _check_post_lasts(change)
    check_offices_apart(user, post, since=since, until=until)
    _save(change, _("This tenure has been proposed already."))
    _note("tenure.propose", change, by, at)
    return change


@transaction.atomic
def propose_end(tenure: Tenure, /, *, by: User, at: datetime, until: date, reason: str) -> TenureChange:
    """
    Propose that ``tenure`` ends before ``until``; today ends it at once.

    :raises NotAllowed: ``by`` may not propose for this post, or it is the own tenure
    :raises Refused: the date lies in the past or after the end that is set, or the end has been proposed already
    """
    change = TenureChange(
        tenure=tenure,
        user=tenure.user,
        post=tenure.post,
        kind=tenure.kind,
        since=tenure.since,
        until=until,
        reason=reason,
        proposed_by=by,
        proposed_at=at,
    )
    _check_right(change, "tenure.propose", by)
    if until < timezone.localdate(at):
        raise Refused(_("What was is not changed: choose today or a later day."), "until")
    if until <= tenure.since or (tenure.until is not None and until >= tenure.until):
        raise Refused(_("The new end must lie inside the tenure."), "until")
    _save(change, _("The end of this tenure has been proposed already."))
    _note("tenure.propose_end", change, by, at)
    return change


@transaction.atomic
def confirm(change: TenureChange, /, *, by: User, at: datetime) -> Tenure:
    """
    Let a proposal take effect; the person and the auditors are told, and the person's sessions end.

    What was is not changed: a proposal whose day has passed before anybody confirmed it is put anew, and one that would
    lengthen a tenure which was shortened meanwhile as well.

    :raises NotAllowed: ``by`` may not confirm for this post, proposed it, or is the person it concerns
    :raises AlreadyDecided: somebody decided it before
    :raises Refused: its day has passed, the tenure ends before it by now, or the person would hold two of the offices
        that are kept apart
    """
    change = _take(change, by)
    _check_not_passed(change, timezone.localdate(at))
    if change.tenure is not None:
        tenure = Tenure.objects.select_for_update(no_key=True).get(pk=change.tenure.pk)
        if tenure.until is not None and change.until is not None and tenure.until < change.until:
            raise Refused(_("The tenure ends before that day by now: refuse this proposal."), "until")
        tenure.until = change.until
        tenure.save(update_fields=["until"])
        for follow in _on_end:
            follow(tenure, by, at)
    else:
        _check_post_lasts(change)
        check_offices_apart(change.user, change.post, since=change.since, until=change.until)
        tenure = Tenure(
            user=change.user,
            post=change.post,
            kind=change.kind,
            since=change.since,
            until=change.until,
            reason=change.reason,
        )
        _save(tenure, _("This tenure is there already."))
    _decide(change, TenureChange.Outcome.CONFIRMED, by, at, "")
    if change.post.holder_is_public:
        organ_facts.changed_posts(Post.objects.filter(pk=change.post_id), at=at)
    _note("tenure.confirm", change, by, at)
    announce(change, at=at)
    return tenure


@transaction.atomic
def refuse(change: TenureChange, /, *, by: User, at: datetime, remark: str) -> TenureChange:
    """
    Refuse a proposal with a reason.

    :raises NotAllowed: ``by`` may not decide for this post, or is the person it concerns
    :raises AlreadyDecided: somebody decided it before
    """
    change = _take(change, by)
    _decide(change, TenureChange.Outcome.REFUSED, by, at, remark)
    _note("tenure.refuse", change, by, at)
    return change


def _check_not_passed(change: TenureChange, today: date) -> None:
    """Refuse to confirm what would change the past: rights, and who was answerable, follow the days of a tenure."""
    day = change.until if change.tenure_id is not None else change.since
    if day is not None and day < today:
        raise Refused(_("The day that was proposed has passed: refuse this proposal, and let it be put anew."), "since")


def _check_right(change: TenureChange, action: str, by: User) -> None:
    if persons.is_same_person(by, change.user):
        raise NotAllowed(_("Nobody decides about their own posts."), "user")
    if not may(by, action, change, fresh=True):
        raise NotAllowed(_("You may not give or end tenures of this organ."), "post")


def on_end(follow: Callable[[Tenure, User, datetime], None]) -> None:
    """Call ``follow(tenure, by, at)`` in the transaction in which the end of a tenure is confirmed."""
    if follow not in _on_end:
        _on_end.append(follow)


_on_end: list[Callable[[Tenure, User, datetime], None]] = []


def _check_post_lasts(change: TenureChange) -> None:
    """Refuse a tenure that would outlive its post; the post does not end before the transaction of the caller does."""
    post = Post.objects.select_for_update(no_key=True).get(pk=change.post_id)
    if post.until is not None and (change.until is None or change.until > post.until):
        raise Refused(_("The post ends before the tenure would."), "until")


def check_offices_apart(user: User, post: Post, *, since: date, until: date | None) -> None:
    """
    Refuse a tenure that would put two of the three offices into one hand, today or later (docs/trust.md Z-11).

    The person's accounts are locked first: of two tenures that are given at once the second sees the first.

    :raises Refused: the person would hold two of the offices that are kept apart
    """
    if post.role not in OFFICES_APART:
        return
    accounts = User.objects.filter(pk__in=persons.accounts_of(user)).order_by("pk")
    held_by = list(accounts.select_for_update(no_key=True).values_list("pk", flat=True))
    others = Tenure.objects.filter(user_id__in=held_by, post__role__in=OFFICES_APART).exclude(post__role=post.role)
    overlapping = others.filter(Q(until__isnull=True) | Q(until__gt=since))
    if until is not None:
        overlapping = overlapping.filter(since__lt=until)
    if overlapping.exists():
        raise Refused(
            _("System administration, efficiency office and audit are three offices: one person holds one of them."),
            "user",
        )


def _take(change: TenureChange, by: User) -> TenureChange:
    change = (
        TenureChange.objects.select_for_update(of=("self",), no_key=True)
        .select_related("post", "user", "tenure")
        .get(pk=change.pk)
    )
    if change.outcome != TenureChange.Outcome.OPEN:
        raise AlreadyDecided(_("This proposal has been decided already."))
    _check_right(change, "tenure.confirm", by)
    if persons.is_same_person(by, change.proposed_by):
        raise NotAllowed(_("A second person has to decide: you proposed this yourself."))
    return change


def _decide(change: TenureChange, outcome: str, by: User, at: datetime, remark: str) -> None:
    change.outcome, change.decided_by, change.decided_at, change.remark = outcome, by, at, remark
    change.save(update_fields=["outcome", "decided_by", "decided_at", "remark"])


def _save(row: Any, message: str | Promise) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as fault:
        raise Refused(message) from fault


def _note(action: str, change: TenureChange, by: User, at: datetime) -> None:
    detail = {"person": change.user_id, "post": change.post_id, "since": change.since.isoformat()}
    record(action, actor=by, obj=change, detail=detail, at=at)


def announce(change: TenureChange, /, *, at: datetime) -> None:
    """Tell the person, and the auditors who reach the organ, of a change that took effect (docs/trust.md Z-11)."""
    post_message(
        f"tenure_change:{change.pk}",
        ENDED if change.ends_a_tenure else GIVEN,
        to=[change.user_id, *auditors_of(change.post.organ_id, at=at)],
        values={"from_on": (change.until if change.ends_a_tenure else change.since).isoformat()},  # type: ignore[union-attr]
        at=at,
    )


def auditors_of(organ_id: int | None, /, *, at: datetime) -> list[int]:
    """Return the ids of the auditors who reach an organ today, of all auditors where none is named."""
    return _reaching(Role.AUDITOR, organ_id, at=at)


def administrators_of(organ_id: int, /, *, at: datetime) -> list[int]:
    """Return the ids of the system administrators who reach an organ today."""
    return _reaching(Role.SYSTEM_ADMINISTRATOR, organ_id, at=at)


def _reaching(role: Role, organ_id: int | None, *, at: datetime) -> list[int]:
    tenures = Tenure.objects.running(timezone.localdate(at)).filter(post__role=role).select_related("user")
    people = {tenure.user_id: tenure.user for tenure in tenures.order_by("id")}
    return [pk for pk, person in people.items() if organ_id is None or organ_id in scope_of(person).organ_ids_as(role)]


GIVEN, ENDED = "tenure.given", "tenure.ended"


def register_messages() -> None:
    """Make the texts known; called once Django is ready. They name no person (docs/trust.md Z-15)."""
    registry.register_kind(
        GIVEN,
        _("A post has been given to an account"),
        _("From %(from_on)s on a post of an organ in your scope, or your own, is held by somebody new."),
        group=MessageGroup.ACCOUNT,
    )
    registry.register_kind(
        ENDED,
        _("A tenure has been ended"),
        _("From %(from_on)s on a post of an organ in your scope, or your own, is no longer held as before."),
        group=MessageGroup.ACCOUNT,
    )
