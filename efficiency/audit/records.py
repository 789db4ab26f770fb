"""The audit record is written with the act: if it cannot be written, the act does not happen (docs/trust.md L-07)."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from efficiency.audit import request_ids
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.timing.zone import start_of

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser


def record(
    action: str,
    /,
    *,
    actor: "AbstractBaseUser | AnonymousUser | None",
    obj: models.Model | None = None,
    outcome: str = Outcome.DONE,
    detail: Mapping[str, Any] | None = None,
    at: datetime,
) -> AuditRecord:
    """
    Write who did what to what, with which outcome, in the caller's transaction.

    ``detail`` holds ids, codes and names of fields; never content and never identity (docs/trust.md P-08, P-12).
    ``actor`` is None for the system and for citizens, who have no account.
    """
    return AuditRecord.objects.create(
        at=at,
        actor_id=actor.pk if actor is not None else None,
        action=action,
        object_type=obj._meta.label_lower if obj is not None else "",
        object_id=str(obj.pk) if obj is not None else "",
        outcome=outcome,
        detail=dict(detail or {}),
        request_id=request_ids.current(),
    )


def record_once_a_day(
    action: str, /, *, actor: "AbstractBaseUser | AnonymousUser", obj: models.Model, at: datetime
) -> None:
    """Write that somebody did what a page does many times for them, such as showing pictures: once a local day."""
    about = {"object_type": obj._meta.label_lower, "object_id": str(obj.pk)}
    today = start_of(timezone.localdate(at))
    if not AuditRecord.objects.filter(**about, action=action, actor_id=actor.pk, at__gte=today).exists():
        record(action, actor=actor, obj=obj, at=at)
