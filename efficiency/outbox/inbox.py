"""A person's notifications in the portal, as far as they may still know of what each is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from efficiency.access.persons import is_asking
from efficiency.outbox.models import Channel, Message, MessageState
from efficiency.outbox.registry import Line
from efficiency.outbox.rights import may_know
from efficiency.outbox.texts import words_of
from efficiency.remembering import at_once

if TYPE_CHECKING:
    from efficiency.access.models import User

# An exact count of thousands helps nobody: beyond this the badge says "99+".
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification as a page shows it, with the lines that it lists; ``url`` is empty where there is no page."""

    id: int
    text: str
    url: str
    at: datetime
    is_read: bool
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page of notifications, newest first."""

    notices: tuple[Notice, ...]
    number: int
    has_next: bool


def page(user: "User", number: int = 1, *, per_page: int = 25) -> Page:
    """Return one page of the person's notifications; what they may no longer know of is left out (Z-15)."""
    number = max(1, number)
    first = (number - 1) * per_page
    rows = list(_of(user).order_by("-created_at", "-id")[first : first + per_page + 1])
    shown = _known(user, rows[:per_page])
    words = words_of(shown)
    notices = tuple(
        Notice(
            row.pk,
            words[row.pk].subject,
            words[row.pk].path,
            row.created_at,
            row.read_at is not None,
            words[row.pk].lines,
        )
        for row in shown
    )
    return Page(notices, number, len(rows) > per_page)


def unread_count(user: "User") -> int:
    """Return how many notifications the person has not read, at most ``MOST_COUNTED``."""
    unread = _of(user).filter(read_at__isnull=True).order_by("-created_at").only("subject_type", "subject_id")
    return len(_known(user, list(unread[:MOST_COUNTED])))


def _of(user: "User"):  # type: ignore[no-untyped-def]  # a queryset of Message
    return Message.objects.filter(recipient=user, channel=Channel.PORTAL, state=MessageState.SENT)


def _known(user: "User", messages: Sequence[Message]) -> list[Message]:
    """Keep the messages about nothing in particular, and those whose subject the person may know of."""
    with at_once():
        is_asking(user)
        allowed = may_know([(user.pk, message) for message in messages])
    return [message for message in messages if (user.pk, message.pk) in allowed]
