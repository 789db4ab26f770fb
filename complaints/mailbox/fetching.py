"""
Fetch letters: each is stored sealed and committed, and only then taken away where it lay (docs/mail.md).

A worker that dies in between leaves a letter in the mailbox that is stored already; the next look knows it by its place
or by itself, stores nothing twice, and takes it away. Two looks at once do no harm either.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Collection
from datetime import datetime
from functools import partial

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from complaints.actions import mailing
from complaints.mailbox import places, rules
from complaints.mailbox.mailbox import Found, Mailbox, MailboxAway
from complaints.models import IncomingMail, MailPoll, MailReason, MailState
from complaints.uploads import attaching
from efficiency.access.cipher import keyed_hash
from efficiency.files import seal, store
from efficiency.organs.offices import city_office

log = structlog.get_logger(__name__)

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
# What a letter is known by, whichever way it came: the rest of its head are marks of the servers that it passed.
_ITS_OWN = re.compile(rb"^(?:message-id|from|to|subject|date):[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)


def fetch(*, at: datetime) -> int:
    """Look into every mailbox of the settings, and return how many letters are stored that were not before."""
    return sum(_look_into(mailbox, at) for mailbox in places.configured())


def _look_into(mailbox: Mailbox, at: datetime) -> int:
    stored = 0
    try:
        try:
            mailbox.open()
            stored = _take(mailbox, at)
        finally:
            mailbox.close()
    except Exception as trouble:  # one mailbox must keep nobody from the others, nor from reading what is stored (F-15)
        # The class alone: what a server says may hold an address (docs/trust.md P-09).
        error = str(trouble) if isinstance(trouble, MailboxAway) else type(trouble).__name__
        log.warning("mailbox_away", error=error)
        MailPoll.objects.update_or_create(mailbox=mailbox.name, defaults={"failed_at": at, "error": error[:80]})
    else:
        MailPoll.objects.update_or_create(mailbox=mailbox.name, defaults={"looked_at": at, "error": ""})
    return stored


def _take(mailbox: Mailbox, at: datetime) -> int:
    """Store what is new, then take away what is stored; also what an earlier run stored and could not take away."""
    done: list[str] = []
    stored, given, until = 0, 0, time.monotonic() + rules.LONGEST_RUN
    known = partial(_known, mailbox.name, done)
    try:
        for found in mailbox.waiting(known):
            content = b"" if found.size > rules.MAX_LETTER_BYTES else mailbox.content(found)
            if content is None:
                log.warning("letter_not_given", mailbox=mailbox.name)
            elif max(found.size, len(content)) > rules.MAX_LETTER_BYTES:  # it may give more than it said
                stored += _note_too_large(mailbox.name, found, at)
            else:
                stored += _store(mailbox.name, found, content, at)
                done.append(found.origin)
            # One that the server does not give takes no place of those behind it.
            given += content is not None
            if given >= rules.FETCHED_AT_ONCE or time.monotonic() > until:
                break
    finally:
        if done:
            mailbox.take_away(done)
    return stored


def _known(mailbox: str, done: list[str], origins: Collection[str]) -> set[str]:
    """Return which of the places were fetched from before, and note those whose letter need not lie there any more."""
    rows = dict(
        IncomingMail.objects.filter(mailbox=mailbox, origin__in=origins).values_list("origin", "digest").iterator()
    )
    done += [origin for origin, digest in rows.items() if digest is not None]
    return set(rows)


def _store(mailbox: str, found: Found, content: bytes, at: datetime) -> bool:
    """
    Keep a letter sealed; False where it is kept already, from here or from another place.

    :raises NoRoom: it cannot be kept
    """
    digest = keyed_hash("letter", _essence(content))
    if IncomingMail.objects.filter(Q(digest=digest) | Q(mailbox=mailbox, origin=found.origin)).exists():
        return False
    seal_name = secrets.token_hex(16)
    sealed = seal.sealed(content, row=mailing.sealed_as(seal_name))
    name = store.write(sealed.content, attaching.LETTERS)
    try:
        with transaction.atomic():
            IncomingMail.objects.create(
                mailbox=mailbox,
                origin=found.origin,
                digest=digest,
                office=city_office(),
                size=len(content),
                arrived_at=found.arrived_at,
                stored_at=at,
                storage_name=name,
                sha256=hashlib.sha256(sealed.content).digest(),
                sealed_key=sealed.key,
                seal_name=seal_name,
                next_try_at=at,
            )
    except IntegrityError:  # another look stored it meanwhile
        store.remove_after_commit([name])
        return False
    return True


def _note_too_large(mailbox: str, found: Found, at: datetime) -> bool:
    """Put a letter aside that is not read: it lies on in the mailbox, where a person finds it (docs/mail.md)."""
    mail, is_new = IncomingMail.objects.get_or_create(
        mailbox=mailbox,
        origin=found.origin,
        defaults={
            "office": city_office(),
            "size": found.size,
            "arrived_at": found.arrived_at,
            "stored_at": at,
            "state": MailState.ASIDE,
            "reason": MailReason.TOO_LARGE,
            "done_at": at,
        },
    )
    if is_new:
        mailing.point_out(mail, at=at)
    return is_new


def _essence(content: bytes) -> bytes:
    """Return what makes a letter the same that came twice by different ways; all of it where it has no id."""
    end = _END_OF_HEAD.search(content, 0, rules.MAX_HEAD_BYTES)
    own = _ITS_OWN.findall(content[: end.end()]) if end else []
    if not any(header.lower().startswith(b"message-id:") for header in own):
        return content
    return b"".join(own) + content[end.end() :] if end else content
