"""Passwords grow old and do not come back: at most 90 days, none of the last five (docs/trust.md S-01)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.utils.translation import ngettext

from efficiency.access.models import FormerPassword

if TYPE_CHECKING:
    from efficiency.access.models import User


class NotUsedLately:
    """Refuse the passwords that a person had last; keeps their hashes, one row each."""

    def __init__(self, count: int = 5) -> None:
        self.count = count

    def validate(self, password: str, user: "User | None" = None) -> None:
        """
        Let a password pass that is none of the last ones.

        :raises ValidationError: the person had it lately
        """
        if user is None or user.pk is None:
            return
        kept = FormerPassword.objects.filter(user_id=user.pk).order_by("-set_at", "-id")
        if any(check_password(password, former) for former in kept.values_list("hash", flat=True)[: self.count]):
            raise ValidationError(self.get_help_text(), code="password_used_lately")

    def password_changed(self, password: str, user: "User | None" = None) -> None:
        """Keep the hash of a password that was set; those before the last ones go."""
        if user is None or user.pk is None or user.password_changed_at is None or not user.has_usable_password():
            return
        FormerPassword.objects.create(user_id=user.pk, hash=user.password, set_at=user.password_changed_at)
        rows = FormerPassword.objects.filter(user_id=user.pk).order_by("-set_at", "-id")
        rows.filter(pk__in=list(rows.values_list("pk", flat=True)[self.count :])).delete()

    def get_help_text(self) -> str:
        """Say what is asked for."""
        return ngettext(
            "Your password can't be the last one that you had.",
            "Your password can't be one of the last %(count)d that you had.",
            self.count,
        ) % {"count": self.count}


def is_too_old(user: "User", /, *, at: datetime) -> bool:
    """Say whether the person has to set a new password before anything else; 0 days in the settings mean never."""
    days = settings.PASSWORD_MAX_AGE_DAYS
    if not days or user.password_changed_at is None:
        return False
    return at - user.password_changed_at > timedelta(days=days)
