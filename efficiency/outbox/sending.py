"""
Letters and short messages leave: leased, sent, marked; at least once, recognisable by a key made of the row
(docs/trust.md D-06).

Three short steps, each committed alone, so that no transaction waits for a mail server. A sender that dies between
them leaves a lease behind that runs out; one that was frozen and comes back late marks nothing, because its try has
another number by then (F-10).
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from efficiency.access import cipher, mobile
from efficiency.access.models import User
from efficiency.outbox import gateway, office_hours, registry
from efficiency.outbox.models import Channel, Message, MessageState
from efficiency.outbox.rights import may_know
from efficiency.outbox.texts import Words, absolute, words_of

log = structlog.get_logger(__name__)

BATCH = 50
LEASE = timedelta(minutes=10)
# Pauses after the first to the seventh failed try; the eighth within 24 hours is the last.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 45, 120, 360, 890))
TRIES = len(PAUSES) + 1
# Seconds after which a run leaves the rest to the next one: a lease outlasts the run that took it.
LONGEST_RUN = 180.0
# So many messages that wait for the same persons are taken along, to leave in the same letters.
COMPANIONS = 500
# After so many tries in a row that did not reach the gateway, the rest of a batch is left to the next run: waiting for
# each of fifty would outlast the run. One number that is never answered holds up nobody else (F-15).
MOST_UNREACHED = 3
# Where errors of mail, gateway and network carry their code.
CODES = ("smtp_code", "status", "errno")


@dataclass(slots=True)
class Result:
    """What one run of sending did, in messages."""

    sent: int = 0
    withheld: int = 0
    failed: int = 0
    dead: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """Messages to one address that go out as one mail or short message; the first of them gives it its key."""

    key: int
    channel: str
    address: str
    messages: list[Message] = field(hash=False)


# 1. What this sender takes; others skip it. A lease that ran out is taken again. Messages that were combined once stay
#    together, so that a second try is the same letter under the same key.
LEASE_DUE = """
WITH due AS (
    SELECT id FROM efficiency_message
     WHERE state IN ('waiting', 'leased') AND next_try_at <= %(at)s
     ORDER BY next_try_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), companions AS (
    SELECT m.id FROM efficiency_message AS m
     WHERE m.state = 'waiting' AND m.next_try_at <= %(at)s AND m.kind = ANY(%(digest)s)
       AND (m.recipient_id, m.channel) IN (
           SELECT recipient_id, channel FROM efficiency_message JOIN due USING (id) WHERE kind = ANY(%(digest)s)
       )
     ORDER BY m.next_try_at, m.id LIMIT %(companions)s FOR UPDATE SKIP LOCKED
), taken AS (
    SELECT id FROM due UNION SELECT id FROM companions
), numbered AS (
    SELECT m.id,
           CASE WHEN m.letter_id IS NOT NULL THEN m.letter_id
                WHEN m.kind = ANY(%(digest)s) AND m.recipient_id IS NOT NULL
                THEN min(m.id) OVER (
                         PARTITION BY m.recipient_id, m.channel, m.letter_id IS NULL, m.kind = ANY(%(digest)s)
                     )
                ELSE m.id END AS letter_id
      FROM efficiency_message AS m JOIN taken USING (id)
)
UPDATE efficiency_message AS m
   SET state = 'leased', attempts = m.attempts + 1, letter_id = numbered.letter_id,
       leased_until = %(until)s, next_try_at = %(until)s
  FROM numbered WHERE m.id = numbered.id
RETURNING m.id
"""


def send_due(at: datetime, *, longest: float = LONGEST_RUN) -> Result:
    """
    Send everything that is due at ``at``, for at most ``longest`` seconds; two senders at once share the work.

    What failed waits longer each time and is a dead letter after ``TRIES`` tries. Someone who may no longer know of the
    subject, or has no address or number any more, gets nothing (Z-15).
    """
    result = Result()
    stop = time.monotonic() + longest
    while messages := lease(at):
        with translation.override(settings.LANGUAGE_CODE):
            _send_batch(messages, at, result)
        if time.monotonic() > stop:
            break
    if result.sent or result.failed or result.withheld:
        log.info("messages_sent", sent=result.sent, failed=result.failed, dead=result.dead, withheld=result.withheld)
    return result


def lease(at: datetime) -> list[Message]:
    """Take the next letters that are due, and commit that before anything is sent; the try is counted already."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            LEASE_DUE,
            {
                "at": at,
                "until": at + LEASE,
                "batch": BATCH,
                "companions": COMPANIONS,
                "digest": registry.digest_kinds(),
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    return list(Message.objects.filter(pk__in=ids).select_related("recipient").order_by("letter_id", "id"))


def _send_batch(messages: Sequence[Message], at: datetime, result: Result) -> None:
    # Every try of these was begun and none was ended: sending them kills the sender.
    deadly = [message for message in messages if message.attempts > TRIES]
    result.dead += _mark(deadly, state=MessageState.DEAD, last_error="no try came back")
    messages = [message for message in messages if message.attempts <= TRIES]
    wanted = _still_wanted(messages)
    letters, refused = _letters([message for message in messages if message.pk in wanted])
    pointless = [message for message in messages if message.pk not in wanted]
    result.withheld += _mark(refused + pointless, state=MessageState.WITHHELD)
    if not letters:
        return
    words = words_of(message for letter in letters for message in letter.messages)
    _send_mail([letter for letter in letters if letter.channel == Channel.EMAIL], words, at, result)
    _send_short([letter for letter in letters if letter.channel == Channel.SMS], words, at, result)


def _send_mail(letters: Sequence[Letter], words: dict[int, Words], at: datetime, result: Result) -> None:
    if not letters:
        return
    mail = get_connection()
    try:
        mail.open()
    except Exception as error:  # the server is away: no letter can leave now
        for letter in letters:
            _failed(letter, error, at, result)
        return
    try:
        for letter in letters:
            _send(letter, words, mail, at, result)
    finally:
        _close(mail)


def _send(letter: Letter, words: dict[int, Words], mail: BaseEmailBackend, at: datetime, result: Result) -> None:
    try:
        _compose(letter, words, mail).send()
    except Exception as error:  # one bad letter must not hold up the others (F-15)
        _failed(letter, error, at, result)
        _close(mail)
    else:
        result.sent += _mark(letter.messages, state=MessageState.SENT, sent_at=at)


def _send_short(letters: Sequence[Letter], words: dict[int, Words], at: datetime, result: Result) -> None:
    """Hand short messages to the gateway, one by one; where it is away, the rest waits for the next run."""
    unreached = 0
    for place, letter in enumerate(letters):
        try:
            gateway.send(key=letter_name(letter.key), to=letter.address, text=_short(letter, words))
        except Exception as error:  # as with letters
            _failed(letter, error, at, result)
            unreached = unreached + 1 if isinstance(error, gateway.AWAY) else 0
        else:
            unreached = 0
            result.sent += _mark(letter.messages, state=MessageState.SENT, sent_at=at)
        if unreached == MOST_UNREACHED:
            _put_back([message for rest in letters[place + 1 :] for message in rest.messages], at)
            return


def _short(letter: Letter, words: dict[int, Words]) -> str:
    """Return the text of a short message: what it is about and an address, nothing else (docs/trust.md Z-15)."""
    parts = [words[message.pk] for message in letter.messages]
    subject, path = _subject(parts), reverse("admin:messages") if len(parts) > 1 else parts[0].path
    return f"{subject} {absolute(path)}"


def _subject(parts: Sequence[Words]) -> str:
    """Return the subject of one message, or how many there are in one letter."""
    if len(parts) == 1:
        return parts[0].subject
    return ngettext(
        "%(count)d notice from the efficiency portal", "%(count)d notices from the efficiency portal", len(parts)
    ) % {"count": len(parts)}


def _put_back(messages: Sequence[Message], at: datetime) -> None:
    """Let wait what was leased and not tried, with the tries that it had before."""
    again = office_hours.leaves_at(at + PAUSES[0])
    for attempts, ids in _by_try(messages).items():
        Message.objects.filter(pk__in=ids, state=MessageState.LEASED, attempts=attempts).update(
            state=MessageState.WAITING, attempts=attempts - 1, next_try_at=again, leased_until=None
        )


def _close(mail: BaseEmailBackend) -> None:
    try:
        mail.close()
    except Exception as error:  # the letters are sent; a bad farewell changes nothing
        log.warning("mail_close_failed", error=type(error).__name__)


def _compose(letter: Letter, words: dict[int, Words], mail: BaseEmailBackend) -> EmailMessage:
    """Return the mail: plain text, number, kind and address only, and marked so that no robot answers it (T10)."""
    parts = [words[message.pk] for message in letter.messages]
    if len(parts) == 1:
        body = _with_address(parts[0])
    else:
        body = "\n\n".join(f"{index}. {part.subject}\n   {absolute(part.path)}" for index, part in enumerate(parts, 1))
    answered_at = _answered_at(letter)
    foot = (
        _(
            "This letter was sent automatically. Answers to it join the case as long as it takes material; later ones "
            "are read by the efficiency office."
        )
        if answered_at
        else _("This letter was sent automatically; answers to it are not read.")
    )
    return EmailMessage(
        subject=_subject(parts),
        body=f"{body}\n\n{foot}\n",
        to=[letter.address],
        reply_to=answered_at,
        connection=mail,
        headers={
            "Message-ID": message_id(letter.key),
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
        },
    )


def _answered_at(letter: Letter) -> list[str]:
    """Return the mailbox that takes in answers of citizens, where there is one; of staff none are read."""
    is_outside = all(message.recipient_id is None for message in letter.messages)
    return settings.MAIL_INTAKE_ADDRESSES[:1] if is_outside else []


def _with_address(words: Words) -> str:
    """Return the text of a message with the address of its page, which not every kind puts into its sentences."""
    lines = [f"- {line.text}\n  {absolute(line.path)}" if line.path else f"- {line.text}" for line in words.lines]
    text, address = "\n".join([words.body, *lines]), absolute(words.path)
    return text if not words.path or address in words.body else f"{text}\n{address}"


def message_id(key: int) -> str:
    """Return the Message-ID of the letter whose first message has the id ``key``; the same at every try."""
    return f"<{letter_name(key)}>"


def letter_name(key: int) -> str:
    """Return the name of a letter in the world, by which a receiver knows a second try of it."""
    return f"message-{key}@{urlsplit(settings.PORTAL_URL).hostname or 'portal.invalid'}"


def _still_wanted(messages: Sequence[Message]) -> set[int]:
    """Return the ids of messages that are not pointless by now, such as a reminder of a promise that was kept."""
    by_kind: dict[str, set[int]] = defaultdict(set)
    for message in messages:
        by_kind[message.kind].add(message.pk)
    wanted: set[int] = set()
    for name, ids in by_kind.items():
        ask = registry.kind(name).still_wanted
        wanted |= ids if ask is None else ask(ids)
    return wanted


def _letters(messages: Sequence[Message]) -> tuple[list[Letter], list[Message]]:
    """Return the letters to be sent, and the messages whose recipient may not know or cannot be reached any more."""
    outside = registry.addresses_of(message.recipient_ref for message in messages if message.recipient_ref)
    inside = [(message.recipient_id, message) for message in messages if message.recipient_id is not None]
    allowed = may_know(inside)  # type: ignore[arg-type]  # ids that are not None, as asked above
    letters: dict[int, Letter] = {}
    refused = []
    for message in messages:
        address = _address(message, outside, allowed)
        if address is None:
            refused.append(message)
            continue
        key = message.letter_id or message.pk
        letters.setdefault(key, Letter(key, message.channel, address, [])).messages.append(message)
    return list(letters.values()), refused


def _address(message: Message, outside: dict[str, str], allowed: set[tuple[int, int]]) -> str | None:
    recipient = message.recipient
    if recipient is None:
        return outside.get(message.recipient_ref)
    if not recipient.is_active or (recipient.pk, message.pk) not in allowed:
        return None
    return (_mobile(recipient) if message.channel == Channel.SMS else recipient.email) or None


def _mobile(recipient: User) -> str:
    """Return the number with that of the country, as a gateway takes it; empty where there is none to be had."""
    try:
        number = mobile.number_of(recipient)
    except cipher.CannotOpen:  # its key was lost: the person has to type the number again (docs/operate.md)
        log.error("mobile_cannot_be_opened", object_id=recipient.pk)
        return ""
    return f"{mobile.CHINA}{number}" if number else ""


def _mark(
    messages: Iterable[Message], *, state: MessageState, sent_at: datetime | None = None, last_error: str = ""
) -> int:
    """Write the outcome, but only where this try is still the newest (F-10); return of how many it was."""
    return sum(
        Message.objects.filter(pk__in=ids, state=MessageState.LEASED, attempts=attempts).update(
            state=state, sent_at=sent_at, next_try_at=None, leased_until=None, last_error=last_error
        )
        for attempts, ids in _by_try(messages).items()
    )


def _by_try(messages: Iterable[Message]) -> dict[int, list[int]]:
    by_try: dict[int, list[int]] = defaultdict(list)
    for message in messages:
        by_try[message.attempts].append(message.pk)
    return by_try


def _failed(letter: Letter, error: Exception, at: datetime, result: Result) -> None:
    """Let the letter wait longer, or give it up; the error is kept by its class and code."""
    text = describe(error)
    log.warning("letter_failed", letter=letter.key, error=type(error).__name__)
    for message in letter.messages:
        mine = Message.objects.filter(pk=message.pk, state=MessageState.LEASED, attempts=message.attempts)
        if message.attempts >= TRIES:
            result.dead += mine.update(state=MessageState.DEAD, next_try_at=None, leased_until=None, last_error=text)
        else:
            again = at + PAUSES[message.attempts - 1]
            if message.channel == Channel.SMS:  # it rings
                again = office_hours.leaves_at(again)
            mine.update(state=MessageState.WAITING, next_try_at=again, leased_until=None, last_error=text)
        result.failed += 1


def describe(error: BaseException) -> str:
    """Return class and code of an error; what a server says may hold the address (docs/trust.md P-09)."""
    code = next((code for name in CODES if (code := getattr(error, name, None))), None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
