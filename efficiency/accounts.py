"""Accounts: made, closed and given a way in by the system administrator, who never learns a password."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from efficiency.access import sessions
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.appointments import NotAllowed, auditors_of
from efficiency.audit.records import record
from efficiency.outbox import registry
from efficiency.outbox.actions import post as post_message
from efficiency.outbox.models import MessageGroup

WAY_IN, IDENTITY_CHANGED = "account.way_in", "account.identity"
# By these it is told which accounts are one natural person's (docs/trust.md Z-10).
IDENTITY = frozenset({"full_name", "phone", "email"})


@transaction.atomic
def way_in(account: User, /, *, by: User, at: datetime) -> str:
    """
    Return the path of a page on which the person sets a password, once and within ``PASSWORD_RESET_TIMEOUT`` seconds.

    The password until now is dead from this moment, and so are all sessions: the link is for who cannot come in.

    :raises NotAllowed: ``by`` may not manage this account, or it is closed
    """
    account = User.objects.select_for_update(no_key=True).get(pk=account.pk)
    _check(account, by)
    if not account.is_active:
        raise NotAllowed(_("A closed account gets no way in: open it first."))
    account.set_unusable_password()
    account.save(update_fields=["password"])
    sessions.end_all_of(account)
    record("account.way_in", actor=by, obj=account, at=at)
    post_message(
        f"account:{account.pk}:{account.session_epoch}",
        WAY_IN,
        to=[account.pk, *auditors_of(None, at=at)],
        at=at,
    )
    return path_to_set_password(account)


def path_to_set_password(account: User, /) -> str:
    """Return the path of the page on which the person sets a password; it dies with the first use."""
    uid = urlsafe_base64_encode(force_bytes(account.pk))
    return reverse("admin:first_log_in", args=[uid, default_token_generator.make_token(account)])


@transaction.atomic
def set_open(account: User, /, *, by: User, at: datetime, is_open: bool) -> User:
    """
    Open or close an account; closing ends every session of the person by the next request.

    :raises NotAllowed: ``by`` may not manage this account
    """
    account = User.objects.select_for_update(no_key=True).get(pk=account.pk)
    _check(account, by)
    if account.is_active != is_open:
        account.is_active = is_open
        account.save(update_fields=["is_active"])
        sessions.end_all_of(account)
        record("account.open" if is_open else "account.close", actor=by, obj=account, at=at)
    return account


@transaction.atomic
def tell_of_identity(account: User, /, *, fields: Collection[str], by: User, at: datetime) -> None:
    """
    Put on record that ``by`` changed name, telephone or e-mail of an account, and tell its owner and the auditors.

    One person may change them, but not unheard: by these it is told who is a second person (docs/trust.md Z-10, Z-11).
    """
    entry = record("account.identity", actor=by, obj=account, detail={"fields": sorted(fields)}, at=at)
    to = [account.pk, *auditors_of(None, at=at)]
    post_message(f"account_identity:{entry.pk}", IDENTITY_CHANGED, to=to, at=at)


def _check(account: User, by: User) -> None:
    if not may(by, "account.manage", account, fresh=True):
        raise NotAllowed(_("You may not manage this account."))


def register_messages() -> None:
    """Make the texts known; called once Django is ready."""
    registry.register_kind(
        WAY_IN,
        _("A one-time link has been made"),
        _("The system administrator has made a one-time link by which the password of an account is set anew."),
        group=MessageGroup.ACCOUNT,
    )
    registry.register_kind(
        IDENTITY_CHANGED,
        _("Name or contact of an account has been changed"),
        _(
            "The system administrator has changed the name, telephone or e-mail of an account. By these it is told "
            "which accounts belong to one person. If it is your account and the change is wrong, tell the auditor."
        ),
        group=MessageGroup.ACCOUNT,
    )
