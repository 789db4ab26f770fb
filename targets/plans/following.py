"""Who follows what becomes of plans: reports are opened with them, and change with them (docs/domain.md 8.1)."""

from collections.abc import Callable
from datetime import datetime

from targets.models import Plan, PlanEvent
from targets.plans.enums import State

# What somebody does, in the same transaction, when a plan comes into force, or a change of it does.
Holds = Callable[[Plan, datetime], None]

_followers: list[Holds] = []


def register(holds: Holds) -> None:
    """Let somebody follow what holds."""
    if holds not in _followers:
        _followers.append(holds)


def tell(event: PlanEvent) -> None:
    """Tell everyone who follows, where the step let a plan, or a change of it, come into force."""
    came = event.to_state == State.IN_FORCE and event.from_state != State.IN_FORCE
    if came or event.action == "confirm_change":
        for holds in _followers:
            holds(event.plan, event.at)
