"""What is done with messages: write them with their cause, send a dead one again, read them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from efficiency.access.may import may
from efficiency.audit.records import record
from efficiency.outbox import registry
from efficiency.outbox.models import Channel, Message, MessageState
from efficiency.outbox.nudge import nudge_senders

if TYPE_CHECKING:
    from efficiency.access.models import User

BOTH = (Channel.PORTAL, Channel.EMAIL)


class NotAllowed(Exception):
    """The person may not do this to messages."""


def post(
    event: str,
    kind: str,
    /,
    *,
    to: Iterable[int] = (),
    refs: Iterable[str] = (),
    channels: Iterable[str] = BOTH,
    subject: models.Model | None = None,
    values: Mapping[str, Any] | None = None,
    at: datetime,
) -> None:
    """
    Write one message to each recipient by each channel, in the caller's transaction (docs/trust.md D-06).

    A message that is there already (same event, recipient, channel) stays as it is, so that a repeated cause tells
    nobody twice. ``to`` are ids of accounts; ``refs`` are people outside, who are only written to. ``values`` are
    numbers, dates and codes for the text; never a text, a name or a secret (Z-15).

    :raises KeyError: nobody registered the kind
    """
    messages = written(event, kind, to=to, refs=refs, channels=channels, subject=subject, values=values, at=at)
    Message.objects.bulk_create(messages, ignore_conflicts=True)


def written(
    event: str,
    kind: str,
    /,
    *,
    to: Iterable[int] = (),
    refs: Iterable[str] = (),
    channels: Iterable[str] = BOTH,
    subject: models.Model | None = None,
    values: Mapping[str, Any] | None = None,
    at: datetime,
) -> list[Message]:
    """
    Return the messages that ``post`` would write, not stored yet: for a cause that is stored together with them.

    :raises KeyError: nobody registered the kind
    """
    registry.kind(kind)
    channels = list(dict.fromkeys(channels))
    common = {
        "event": event,
        "kind": kind,
        "subject_type": subject._meta.label_lower if subject is not None else "",
        "subject_id": subject.pk if subject is not None else None,
        "values": dict(values or {}),
        "created_at": at,
    }
    messages = [
        Message(recipient_id=user_id, channel=channel, **common, **_beginning(channel, at))
        for user_id in dict.fromkeys(to)
        for channel in channels
    ]
    if Channel.EMAIL in channels:
        messages += [
            Message(recipient_ref=ref, channel=Channel.EMAIL, **common, **_beginning(Channel.EMAIL, at))
            for ref in dict.fromkeys(refs)
        ]
    if any(message.channel == Channel.EMAIL for message in messages):
        nudge_senders()
    return messages


def _beginning(channel: str, at: datetime) -> dict[str, Any]:
    """Return how a message begins: one in the portal has arrived with the commit, a letter waits to be sent."""
    if channel == Channel.PORTAL:
        return {"state": MessageState.SENT, "sent_at": at}
    return {"state": MessageState.WAITING, "next_try_at": at}


@transaction.atomic
def resend(message: Message, /, *, by: "User", at: datetime) -> Message:
    """
    Give a dead letter all its tries again.

    :raises NotAllowed: ``by`` may not send messages again
    """
    if not may(by, "outbox.resend"):
        raise NotAllowed
    message = Message.objects.select_for_update().get(pk=message.pk)
    if message.state == MessageState.DEAD:
        message.state, message.attempts, message.next_try_at, message.last_error = MessageState.WAITING, 0, at, ""
        message.save(update_fields=["state", "attempts", "next_try_at", "last_error"])
        record("message.resend", actor=by, obj=message, at=at)
        nudge_senders()
    return message


def mark_read(user: "User", ids: Iterable[int] | None = None, /, *, at: datetime) -> int:
    """Mark the person's own unread notifications (all, or those of the ids) as read; return how many they were."""
    unread = Message.objects.filter(
        recipient=user, channel=Channel.PORTAL, state=MessageState.SENT, read_at__isnull=True
    )
    if ids is not None:
        unread = unread.filter(pk__in=list(ids))
    return unread.update(read_at=at)


def withhold(subject: models.Model, /, *, from_users: Iterable[int]) -> int:
    """
    Take back what people were told of a subject that they may no longer know of, such as after a recusal.

    What has been sent by mail cannot be taken back; what waits is not sent, what lies in the portal is gone.
    """
    return (
        Message.objects.filter(
            subject_type=subject._meta.label_lower, subject_id=subject.pk, recipient__in=list(from_users)
        )
        .exclude(channel=Channel.EMAIL, state=MessageState.SENT)
        .update(state=MessageState.WITHHELD, sent_at=None, next_try_at=None, leased_until=None)
    )
