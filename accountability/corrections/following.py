"""Who follows what is not put right: it is a clue for a fault case (docs/domain.md 10.5, 11)."""

from collections.abc import Callable
from datetime import datetime

from accountability.models import Correction

# What somebody does, in the same transaction, when the second result of a correction was insufficient as well.
NotPutRight = Callable[[Correction, datetime], None]

_followers: list[NotPutRight] = []


def register(not_put_right: NotPutRight) -> None:
    """Let somebody follow what is not put right."""
    if not_put_right not in _followers:
        _followers.append(not_put_right)


def tell(correction: Correction, at: datetime) -> None:
    """Tell everyone who follows, in the caller's transaction."""
    for not_put_right in _followers:
        not_put_right(correction, at)
