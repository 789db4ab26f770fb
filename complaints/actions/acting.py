"""The frame around every action: one transaction, and a refused attempt on a case leaves a record."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import models, transaction

from complaints.refusals import GivesAway, NotAllowed
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
