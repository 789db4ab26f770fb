"""Who follows what becomes of a card: a fault case that was proposed waits for an appeal (docs/domain.md 9.3)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from accountability.models import Card

Followed = Callable[[Card, datetime], None]
Swept = Callable[[Sequence[int], datetime], None]


def _nothing(ids: Sequence[int], at: datetime) -> None:
    """Find by the state of each card what has become of it, later."""


@dataclass(frozen=True, slots=True)
class Follower:
    """
    What somebody does, in the same transaction, when a card is appealed, upheld or revoked.

    When all cards of a sweep are revoked these are too many for one act each (``sweeps``): ``swept`` gets their keys
    and takes a fixed number of statements, or leaves it to a worker that finds them by their state.
    """

    appealed: Followed
    upheld: Followed
    revoked: Followed
    swept: Swept = _nothing


_followers: list[Follower] = []


def register(follower: Follower) -> None:
    """Let somebody follow what becomes of cards."""
    if follower not in _followers:
        _followers.append(follower)


def followers() -> tuple[Follower, ...]:
    """Return everyone who follows."""
    return tuple(_followers)
