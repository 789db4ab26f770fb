"""What else follows from a decision that took effect, or from a ruling: whoever keeps sanctions is told here."""

from collections.abc import Callable
from datetime import datetime

from accountability.models import Appeal, FaultDecision

Decided = Callable[[FaultDecision, datetime], None]
Ruled = Callable[[Appeal, datetime], None]

_decided: list[Decided] = []
_ruled: list[Ruled] = []
_served: list[Ruled] = []


def on_decision(follow: Decided) -> None:
    """Have ``follow`` called in the transaction in which a decision is confirmed."""
    if follow not in _decided:
        _decided.append(follow)


def on_ruling(follow: Ruled) -> None:
    """Have ``follow`` called in the transaction in which a ruling on an appeal is confirmed."""
    if follow not in _ruled:
        _ruled.append(follow)


def on_service_of_ruling(follow: Ruled) -> None:
    """Have ``follow`` called in the transaction in which it is recorded that a ruling was served."""
    if follow not in _served:
        _served.append(follow)


def of_decision(decision: FaultDecision, at: datetime) -> None:
    """Let follow what follows from a decision."""
    for follow in _decided:
        follow(decision, at)


def of_ruling(appeal: Appeal, at: datetime) -> None:
    """Let follow what follows from a ruling."""
    for follow in _ruled:
        follow(appeal, at)


def of_service_of_ruling(appeal: Appeal, at: datetime) -> None:
    """Let follow what follows from the service of a ruling: before it whom it is about learns nothing of it (10.5)."""
    for follow in _served:
        follow(appeal, at)
