"""What is done with messages: write them with their cause, send a dead one again, read them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from efficiency.access import mobile
from efficiency.access.may import may
from efficiency.audit.records import record
from efficiency.outbox import channels as ways
from efficiency.outbox import office_hours, registry
from efficiency.outbox.models import Channel, Message, MessageChoice, MessageGroup, MessageState
from efficiency.outbox.nudge import nudge_senders

if TYPE_CHECKING:
    from efficiency.access.models import User


class NotAllowed(Exception):
    """The person may not do this to messages."""


class Invalid(Exception):
    """What was chosen cannot be kept; ``field`` says which answer, ``message`` why."""

    def __init__(self, field: str, message: Lazy | str) -> None:
        super().__init__(str(message))
        self.field, self.message = field, message


def post(
    event: str,
    kind: str,
    /,
    *,
    to: Iterable[int] = (),
    refs: Iterable[str] = (),
    channels: Iterable[str] | None = None,
    subject: models.Model | None = None,
    values: Mapping[str, Any] | None = None,
    at: datetime,
) -> None:
    """
    Write one message to each recipient by each channel, in the caller's transaction (docs/trust.md D-06).

    A message that is there already (same event, recipient, channel) stays as it is, so that a repeated cause tells
    nobody twice. ``to`` are ids of accounts, told in the portal and as each of them chose, unless ``channels`` says
    otherwise; ``refs`` are people outside, who are only written to. ``values`` are numbers, dates and codes for the
    text; never a text, a name or a secret (Z-15).

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
    channels: Iterable[str] | None = None,
    chosen: Mapping[int, Iterable[str]] | None = None,
    subject: models.Model | None = None,
    values: Mapping[str, Any] | None = None,
    at: datetime,
) -> list[Message]:
    """
    Return the messages that ``post`` would write, not stored yet: for a cause that is stored together with them.

    :param chosen: what ``channels.chosen`` says of ``to``, where the caller has asked already
    :raises KeyError: nobody registered the kind
    """
    group, user_ids = registry.kind(kind).group, list(dict.fromkeys(to))
    if channels is not None:
        by_user: Mapping[int, Iterable[str]] = dict.fromkeys(user_ids, tuple(dict.fromkeys(channels)))
    else:
        beside = ways.chosen(user_ids, group) if chosen is None else chosen
        by_user = {user_id: [Channel.PORTAL, *beside.get(user_id, ())] for user_id in user_ids}
    common = {
        "event": event,
        "kind": kind,
        "subject_type": subject._meta.label_lower if subject is not None else "",
        "subject_id": subject.pk if subject is not None else None,
        "values": dict(values or {}),
        "created_at": at,
    }
    # Once for each channel: whether an office is open is a question to the database.
    beginnings = {channel: _beginning(channel, at) for channel in set(chain.from_iterable(by_user.values()))}
    messages = [
        Message(recipient_id=user_id, channel=channel, **common, **beginnings[channel])
        for user_id in user_ids
        for channel in by_user[user_id]
    ]
    messages += [
        Message(recipient_ref=ref, channel=Channel.EMAIL, **common, **_beginning(Channel.EMAIL, at))
        for ref in dict.fromkeys(refs)
    ]
    if any(message.channel != Channel.PORTAL for message in messages):
        nudge_senders()
    return messages


def post_each(event: str, kind: str, /, values: Mapping[int, Mapping[str, Any]], *, at: datetime) -> None:
    """
    Write to each account, by the id of which ``values`` stand, a message of its own: one question, then one write.

    Who was told of this event before is not told again.

    :raises KeyError: nobody registered the kind
    """
    messages = written(event, kind, to=sorted(values), at=at)
    for message in messages:
        message.values = dict(values[message.recipient_id])  # type: ignore[index]  # written to accounts alone
    Message.objects.bulk_create(messages, ignore_conflicts=True)


def _beginning(channel: str, at: datetime) -> dict[str, Any]:
    """
    Return how a message begins: one in the portal has arrived with the commit, a letter waits to be sent.

    A short message rings: it waits for office hours.
    """
    if channel == Channel.PORTAL:
        return {"state": MessageState.SENT, "sent_at": at}
    leaves_at = office_hours.leaves_at(at) if channel == Channel.SMS else at
    return {"state": MessageState.WAITING, "next_try_at": leaves_at}


@transaction.atomic
def choose(
    user: "User", /, *, wanted: Mapping[MessageGroup, Iterable[Channel]], number: str | None = None, at: datetime
) -> None:
    """
    Keep by which channels a person wants to be told of each group of messages, and the number for short messages.

    A channel that is not offered at present keeps its answers. ``number`` None leaves the number as it is.

    :raises Invalid: the number is none of a mobile telephone, or there is none for the short messages that are wanted
    """
    if number is not None:
        try:
            number = mobile.normalised(number)
        except mobile.NoMobile as error:
            raise Invalid("number", _("Please give a mobile number of eleven digits, such as 13800138000.")) from error
        mobile.keep(user, number)
    if not user.mobile and any(Channel.SMS in channels for channels in wanted.values()):
        raise Invalid("number", _("Short messages need a mobile number. Please give one, or choose another channel."))
    choices = [
        MessageChoice(user=user, message_group=group, channel=channel, is_wanted=is_wanted, chosen_at=at)
        for group, channels in wanted.items()
        for channel, is_wanted in _answers(group, frozenset(channels)).items()
    ]
    MessageChoice.objects.bulk_create(
        choices,
        update_conflicts=True,
        unique_fields=["user", "message_group", "channel"],
        update_fields=["is_wanted", "chosen_at"],
    )
    record("account.choose_channels", actor=user, obj=user, at=at)


def _answers(group: MessageGroup, channels: frozenset[Channel]) -> dict[Channel, bool]:
    """Return the answer for each channel on offer; a digest by whatever channel lies in the portal as well."""
    answers = {channel: channel in channels for channel in ways.offered()}
    if group is MessageGroup.DIGEST:
        answers[Channel.PORTAL] = bool(channels)
    return answers


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

    What has left the portal cannot be taken back; what waits is not sent, what lies in the portal is gone.
    """
    return (
        Message.objects.filter(
            subject_type=subject._meta.label_lower, subject_id=subject.pk, recipient__in=list(from_users)
        )
        .exclude(~Q(channel=Channel.PORTAL), state=MessageState.SENT)
        .update(state=MessageState.WITHHELD, sent_at=None, next_try_at=None, leased_until=None)
    )
