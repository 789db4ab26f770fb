"""
What follows when a version becomes public, is replaced, or is withdrawn: parts of disclosure that keep something of it.

A follower is called in the transaction of the step, with the document as it now stands.
"""

from collections.abc import Callable
from datetime import datetime

from disclosure.models import Document

Follower = Callable[[Document, datetime], None]
_followers: list[Follower] = []


def register_follower(follower: Follower) -> None:
    """Have ``follower(document, at)`` called whenever what everybody may read of a document has changed."""
    if follower not in _followers:
        _followers.append(follower)


def tell(document: Document, at: datetime) -> None:
    """Tell all followers."""
    for follower in _followers:
        follower(document, at)
