"""
Keys are made, put anew and revoked by the system administrator; the auditor is told of each (docs/trust.md S-05, L-01).

Whoever makes a key sees it once. It is never stored, so nobody can read it again, and a lost one is put anew.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from efficiency.access.may import may
from efficiency.appointments import NotAllowed, Refused, administrators_of, auditors_of
from efficiency.audit.records import record
from efficiency.keys.checking import HEAD, print_of
from efficiency.keys.models import ApiKey, Scope
from efficiency.organs import heads
from efficiency.organs.models import Organ, Role
from efficiency.outbox import registry
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup
from efficiency.timing.zone import local_day

if TYPE_CHECKING:
    from efficiency.access.models import User

# 160 bits beside the prefix, without characters that are mistaken for one another or need escaping anywhere.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
PREFIX_LENGTH, SECRET_LENGTH = 8, 40
LONGEST_DAYS = 730
LONGEST_OVERLAP_DAYS = 30
KEY_MADE, KEY_REVOKED, KEY_ENDS = "keys.made", "keys.revoked", "keys.ends"
# So long before the end of a key people are told, as a system has to be given the new one.
TOLD_BEFORE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with the text that is shown once."""

    key: ApiKey
    text: str


@transaction.atomic
def issue(*, by: "User", at: datetime, organ: Organ, name: str, scopes: Collection[str], days: int) -> NewKey:
    """
    Make a key for a system of ``organ`` that works for so many ``days``.

    :raises NotAllowed: ``by`` may not manage keys of this organ
    :raises Refused: the organ has ended, no name, no scope, an unknown one, or a time that is too long
    """
    _check(by, organ)
    if organ.until is not None and organ.until <= local_day(at):
        raise Refused(_("This organ no longer exists."), "organ")
    if not name.strip():
        raise Refused(_("Please name the system that the key is for."), "name")
    if not scopes or not set(scopes) <= set(Scope.values):
        raise Refused(_("Please choose what the key may do."), "scopes")
    _check_days(days)
    new = _make(by=by, at=at, organ=organ, name=name.strip(), scopes=sorted(set(scopes)), days=days)
    _record("api_key.issue", new.key, by=by, at=at)
    return new


@transaction.atomic
def rotate(key: ApiKey, /, *, by: "User", at: datetime, overlap_days: int, days: int) -> NewKey:
    """
    Put a new key in the place of ``key``; the old one works for ``overlap_days`` more, 0 ends it now.

    :raises NotAllowed: ``by`` may not manage keys of this organ
    :raises Refused: the key does not work any more, was replaced already, or a time is too long
    """
    key = ApiKey.objects.select_for_update(no_key=True).select_related("organ").get(pk=key.pk)
    _check(by, key.organ)
    if not key.is_usable(at=at):
        raise Refused(_("This key does not work any more: make a new one."))
    if ApiKey.objects.filter(replaces=key).exists():
        raise Refused(_("This key was replaced already: put the newer one anew."))
    if not 0 <= overlap_days <= LONGEST_OVERLAP_DAYS:
        raise Refused(
            _("The old key works for %(days)d days more at most.") % {"days": LONGEST_OVERLAP_DAYS}, "overlap_days"
        )
    _check_days(days)
    new = _make(by=by, at=at, organ=key.organ, name=key.name, scopes=key.scopes, days=days, replaces=key)
    key.expires_at = min(key.expires_at, at + timedelta(days=overlap_days))
    key.save(update_fields=["expires_at"])
    _record("api_key.rotate", new.key, by=by, at=at, replaces=key.pk)
    return new


@transaction.atomic
def revoke(key: ApiKey, /, *, by: "User", at: datetime) -> ApiKey:
    """
    End a key at once, for good.

    :raises NotAllowed: ``by`` may not manage keys of this organ
    :raises Refused: it was revoked before
    """
    key = ApiKey.objects.select_for_update(no_key=True).select_related("organ").get(pk=key.pk)
    _check(by, key.organ)
    if key.revoked_at is not None:
        raise Refused(_("This key was revoked before."))
    key.revoked_at, key.revoked_by = at, by
    key.save(update_fields=["revoked_at", "revoked_by"])
    _record("api_key.revoke", key, by=by, at=at)
    return key


@transaction.atomic
def tell_endings(*, at: datetime) -> int:
    """
    Tell leaders of the organ and system administrators that a key ends soon, each of them once, and return of how many.

    One in whose place a new one was put ends as it should.
    """
    soon = ApiKey.objects.usable(at=at).filter(expires_at__lte=at + TOLD_BEFORE, successor__isnull=True)
    keys = list(soon.order_by("pk"))
    for key in keys:
        leaders = heads.leading(local_day(at)).filter(post__organ=key.organ_id, post__role=Role.ORGAN_LEADER)
        told = [*administrators_of(key.organ_id, at=at), *leaders.order_by("pk").values_list("user_id", flat=True)]
        last = {"prefix": key.prefix, "ends_on": local_day(key.expires_at).isoformat()}
        post_message(f"api_key.ends:{key.pk}:{last['ends_on']}", KEY_ENDS, to=told, values=last, at=at)
    return len(keys)


def _make(
    *, by: "User", at: datetime, organ: Organ, name: str, scopes: list[str], days: int, replaces: ApiKey | None = None
) -> NewKey:
    prefix, secret = _random(PREFIX_LENGTH), _random(SECRET_LENGTH)
    key = ApiKey.objects.create(
        organ=organ,
        name=name,
        scopes=scopes,
        prefix=prefix,
        secret_hash=print_of(prefix, secret),
        replaces=replaces,
        created_at=at,
        created_by=by,
        expires_at=at + timedelta(days=days),
    )
    return NewKey(key, f"{HEAD}_{prefix}_{secret}")


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _place in range(length))


def _check(by: "User", organ: Organ) -> None:
    if not may(by, "key.manage", organ, fresh=True):
        raise NotAllowed(_("You may not manage keys of this organ."))


def _check_days(days: int) -> None:
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused(_("A key works for %(days)d days at most.") % {"days": LONGEST_DAYS}, "days")


def _record(action: str, key: ApiKey, *, by: "User", at: datetime, **detail: int) -> None:
    record(action, actor=by, obj=key, detail={"organ": key.organ_id, "scopes": key.scopes, **detail}, at=at)
    kind = KEY_REVOKED if action == "api_key.revoke" else KEY_MADE
    post_message(f"{action}:{key.pk}", kind, to=auditors_of(key.organ_id, at=at), at=at)


def register_messages() -> None:
    """Make the texts known; called once Django is ready. They hold no part of a key."""
    registry.register_kind(
        KEY_MADE,
        _("A key for a department's system has been made"),
        _("The system administrator has made a key, or put one anew, by which a system speaks to the portal."),
        group=MessageGroup.ACCOUNT,
    )
    registry.register_kind(
        KEY_ENDS,
        _("A key of a department's system ends soon"),
        _(
            "The key %(prefix)s by which a system of the organ speaks to the portal ends on %(ends_on)s. Please have "
            "the system administrator put a new one in its place: what the system reports afterwards is refused."
        ),
        group=MessageGroup.ACCOUNT,
    )
    registry.register_kind(
        KEY_REVOKED,
        _("A key of a department's system has been revoked"),
        _("The system administrator has revoked a key by which a system spoke to the portal."),
        group=MessageGroup.ACCOUNT,
    )
