"""
The frame around every action: one transaction, and a refused attempt on a case leaves a record. A step of the citizen
is taken once by the same form.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import IntegrityError, models, transaction

from complaints.models import Case, CaseEvent, StepToken
from complaints.refusals import GivesAway, NotAllowed, Refused
from efficiency.access.cipher import keyed_hash
from efficiency.audit.models import Outcome
from efficiency.audit.records import record

P = ParamSpec("P")
R = TypeVar("R")
# A case, or the part of an assisting organ in one.
S = TypeVar("S", bound=models.Model)


def action(function: Callable[Concatenate[S, P], R]) -> Callable[Concatenate[S, P], R]:
    """
    Run an action on a case in one transaction; whoever tries what they may not is recorded (docs/trust.md L-01).

    So is whoever writes something that tells who complained: one refusal is a slip, many are a search (P-04).

    The record is written after the action's transaction was rolled back, so it stays.
    """

    @wraps(function)
    def acting(subject: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(subject, *args, **kwargs)
        except (NotAllowed, GivesAway) as refusal:
            given: dict[str, Any] = kwargs
            record(
                f"case.{function.__name__}",
                actor=given.get("by"),
                obj=subject,
                outcome=Outcome.REFUSED,
                detail={"refusal": type(refusal).__name__},
                at=given["at"],
            )
            raise

    return acting


def once(function: Callable[..., CaseEvent]) -> Callable[..., CaseEvent]:
    """
    Let the same form take a step once: sent again, or twice at once, it gives the event of the first time (S-10).

    The action gets a parameter more, the form's one-time ``token``; without it each call is a step of its own.
    """

    @wraps(function)
    def taking(case: Case, /, *, token: str | None = None, **values: Any) -> CaseEvent:
        if token is None:
            return function(case, **values)
        if event := event_of(case, token):
            return event
        try:
            with transaction.atomic():
                event = function(case, **values)
                StepToken.objects.create(token_hash=_hash_of(case, token), event=event)
        except (Refused, IntegrityError):
            # Of two that are sent at once the second waits for the first: the step no longer begins where that led,
            # or the key of the token refuses it.
            if event := event_of(case, token):
                return event
            raise
        return event

    return taking


def event_of(case: Case, token: str) -> CaseEvent | None:
    """Return the step that was taken in ``case`` by the form of ``token``; None if none was."""
    taken = StepToken.objects.select_related("event").filter(token_hash=_hash_of(case, token)).first()
    return taken.event if taken else None


def _hash_of(case: Case, token: str) -> bytes:
    return keyed_hash("step-token", f"{case.pk}:{token}")
