"""
By which channels people are told, beside the portal: what they chose by group of messages, else the default.

Decided when the message is written, in its transaction, by one statement for all recipients.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from efficiency.access.models import User
from efficiency.outbox.models import Channel, MessageChoice, MessageGroup

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Groups of which letters go out as long as nobody chose otherwise; no short message leaves unasked.
MAILED = tuple(group for group in MessageGroup if group is not MessageGroup.ACCOUNT)

# Needs ``asked``: user_id, message_group, and whatever goes along; gives its rows once for each channel beside the
# portal. Whoever has no address there is not told there.
CHOSEN = """
SELECT asked.*, way.channel
  FROM asked
  JOIN efficiency_user AS u ON u.id = asked.user_id
 CROSS JOIN LATERAL (
       VALUES ('email', u.email <> ''), ('sms', %(sms_is_offered)s AND u.mobile <> '')
 ) AS way (channel, is_there)
  LEFT JOIN efficiency_messagechoice AS c
    ON c.user_id = asked.user_id AND c.message_group = asked.message_group AND c.channel = way.channel
 WHERE way.is_there AND coalesce(c.is_wanted, way.channel = 'email' AND asked.message_group = ANY(%(mailed)s))
"""
OF_PEOPLE = f"""
WITH asked AS (SELECT unnest(%(user_ids)s::bigint[]) AS user_id, %(message_group)s AS message_group)
SELECT user_id, channel FROM ({CHOSEN}) AS chosen ORDER BY user_id, channel
"""  # noqa: S608 - put together from our own constants


def parameters() -> dict[str, Any]:
    """Return the parameters that ``CHOSEN`` needs."""
    return {"sms_is_offered": bool(settings.SMS_URL), "mailed": [group.value for group in MAILED]}


def offered() -> tuple[Channel, ...]:
    """Return the channels beside the portal; short messages only where a gateway is set."""
    return (Channel.EMAIL, Channel.SMS) if settings.SMS_URL else (Channel.EMAIL,)


def chosen(user_ids: Collection[int], group: MessageGroup) -> dict[int, list[str]]:
    """Return by which channels beside the portal each person is told of a group of messages."""
    if not user_ids:
        return {}
    with connection.cursor() as cursor:
        asked = {"user_ids": list(user_ids), "message_group": group.value}
        cursor.execute(OF_PEOPLE, asked | parameters())
        return by_person(cursor.fetchall())


def by_person(pairs: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    """Return pairs (user id, channel) by person."""
    found: dict[int, list[str]] = defaultdict(list)
    for user_id, channel in pairs:
        found[user_id].append(channel)
    return found


def choices_of(user: User) -> dict[MessageGroup, list[Channel]]:
    """Return what a person has chosen, the defaults included; the portal stands there for the digest alone."""
    rows = MessageChoice.objects.filter(user=user).values_list("message_group", "channel", "is_wanted")
    wanted = {(group, channel): is_wanted for group, channel, is_wanted in rows}
    found = {}
    for group in MessageGroup:
        of_digest = (Channel.PORTAL,) if group is MessageGroup.DIGEST else ()
        found[group] = [
            channel
            for channel in (*of_digest, *offered())
            if wanted.get((group, channel), channel is Channel.EMAIL and group in MAILED)
        ]
    return found


def readers_of_digest() -> "QuerySet[User]":
    """Return the people who asked for the digest in the morning."""
    asked = MessageChoice.objects.filter(
        message_group=MessageGroup.DIGEST, channel=Channel.PORTAL, is_wanted=True
    ).values("user_id")
    return User.objects.filter(pk__in=asked, is_active=True)
