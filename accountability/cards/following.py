"""Who follows what becomes of a card: a fault case that was proposed waits for an appeal (docs/domain.md 9.3)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from accountability.models import Card

Followed = Callable[[Card, datetime], None]


@dataclass(frozen=True, slots=True)
class Follower:
    """
    What somebody does, in the same transaction, when a card is appealed, upheld or revoked.

    Not when it is revoked with all cards of a sweep: those are too many for one act (``sweeps``).
    """

    appealed: Followed
    upheld: Followed
    revoked: Followed


_followers: list[Follower] = []


def register(follower: Follower) -> None:
    """Let somebody follow what becomes of cards."""
    if follower not in _followers:
        _followers.append(follower)


def followers() -> tuple[Follower, ...]:
    """Return everyone who follows."""
    return tuple(_followers)
