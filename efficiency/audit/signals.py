"""Log-ins, failures and log-outs are recorded where Django announces them (docs/trust.md L-01)."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.utils import timezone

from efficiency.audit.models import Outcome
from efficiency.audit.records import record


def logged_in(sender: object, user: Any, **kwargs: Any) -> None:
    """Record a log-in; where that fails, so does the log-in (docs/trust.md L-07)."""
    record("account.log_in", actor=user, obj=user, at=timezone.now())


def logged_out(sender: object, user: Any, **kwargs: Any) -> None:
    """Record a log-out; an expired session has no person left to record."""
    if user is not None:
        record("account.log_out", actor=user, obj=user, at=timezone.now())


def login_failed(sender: object, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Record a failure against the account, if there is one; what was typed is kept nowhere: it may be a password."""
    model = get_user_model()
    account = model._default_manager.filter(
        **{model.USERNAME_FIELD: credentials.get(model.USERNAME_FIELD) or credentials.get("username")}
    ).first()
    record("account.log_in", actor=None, obj=account, outcome=Outcome.FAILED, at=timezone.now())


def watch() -> None:
    """Connect; called once Django is ready."""
    user_logged_in.connect(logged_in, dispatch_uid="efficiency.audit.logged_in")
    user_logged_out.connect(logged_out, dispatch_uid="efficiency.audit.logged_out")
    user_login_failed.connect(login_failed, dispatch_uid="efficiency.audit.login_failed")
