"""
Read what was stored, and let it become cases (docs/mail.md).

A try is counted and committed before the work, so that a letter which kills the worker is put aside after some of them
and holds up none behind it (docs/trust.md D-07). What becomes of a letter is one transaction of its own that begins by
locking its row: run twice, or twice at once, it happens once.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr

import structlog
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from complaints.actions import mailing
from complaints.mailbox import charsets, reader, rules, sorting
from complaints.mailbox.letter import Letter, Part, Unreadable
from complaints.models import IncomingMail, MailReason, MailState
from complaints.refusals import Invalid
from efficiency.files import store
from efficiency.files.clean import DecoderBroken, clean_all
from efficiency.files.names import isolated

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=10)
PAUSE = timedelta(minutes=5)
# What keeps any letter from being read now is no fault of this one: it counts as no try.
_NOT_ITS_FAULT = (store.NoRoom, store.FileUnavailable, reader.ReaderBroken, DecoderBroken, mailing.NobodyReceives)


def read_waiting(*, at: datetime) -> int:
    """
    Read the letters that wait, and return of how many it was decided what they become.

    Of those that wait too long the officers are told, whatever happens here.
    """
    try:
        return _read_some(at)
    finally:
        mailing.point_out_waiting(at=at)


def _read_some(at: datetime) -> int:
    done, until = 0, time.monotonic() + rules.LONGEST_RUN
    for _number in range(rules.READ_AT_ONCE):
        mail = _next(at)
        if mail is None or time.monotonic() > until:
            break
        try:
            _process(mail, at)
            done += 1
        except _NOT_ITS_FAULT as trouble:
            log.warning("letter_waits", letter=mail.pk, error=type(trouble).__name__)
            _put_back(mail, at, tried=False)
        except Exception as error:  # one bad letter must not hold up the others (docs/trust.md F-15)
            log.exception("letter_failed", letter=mail.pk, error=type(error).__name__)
            _put_back(mail, at, tried=True)
    return done


@transaction.atomic
def _next(at: datetime) -> IncomingMail | None:
    """Take the letter that has waited longest, others skip it; its try is counted with that."""
    waiting = IncomingMail.objects.filter(state=MailState.WAITING, next_try_at__lte=at)
    mail = waiting.order_by("next_try_at", "id").select_for_update(skip_locked=True, of=("self",)).first()
    while mail is not None and mail.attempts >= rules.TRIES:
        mailing.put_aside(mail, reason=MailReason.POISON, at=at)
        mail = waiting.order_by("next_try_at", "id").select_for_update(skip_locked=True, of=("self",)).first()
    if mail is not None:
        mail.attempts += 1
        mail.next_try_at = at + LEASE
        mail.save(update_fields=["attempts", "next_try_at"])
    return mail


def _process(mail: IncomingMail, at: datetime) -> None:
    content = mailing.unsealed(mail)
    try:
        letter = reader.read(content)
    except Unreadable as why:
        mailing.put_aside(mail, reason=MailReason(why.code), at=at, words=_as_it_stands(content))
        return
    words = mailing.words_of(letter)
    automatic = None if mail.is_meant else sorting.reason_for(letter, own_addresses())
    if automatic is not None:
        mailing.leave_without_case(mail, reason=automatic, at=at, words=words)
    elif not letter.from_address:
        mailing.put_aside(mail, reason=MailReason.NO_SENDER, at=at, words=words)
    elif not (letter.text or letter.subject or letter.files):
        mailing.put_aside(mail, reason=MailReason.EMPTY, at=at, words=words)
    else:
        _take_in(mail, letter, at)


def _as_it_stands(content: bytes) -> str:
    """Return the beginning of a letter that cannot be taken apart as text, for a look at whom it names."""
    return charsets.storable(charsets.decoded(content[: rules.MAX_LOOKED_AT], None))


def _take_in(mail: IncomingMail, letter: Letter, at: datetime) -> None:
    parts = [*_rest_of_text(letter), *letter.files]
    good, bad = clean_all([SimpleUploadedFile(part.name, part.content, part.declared) for part in _usable(parts)])
    refused = [(file.name, str(file.message)) for file in bad]
    refused += [
        (name, _("The file %(name)s could not be opened.") % {"name": isolated(name)}) for name in letter.refused
    ]
    try:
        mailing.take_in(mail, letter=letter, files=good, refused=refused, at=at)
    except Invalid as refusal:
        # A person can make a case of what the form would not take.
        log.warning("letter_not_taken", letter=mail.pk, field=refusal.field)
        reason = MailReason.NO_SENDER if refusal.field == "email" else MailReason.BROKEN
        mailing.put_aside(mail, reason=reason, at=at, words=mailing.words_of(letter))


def _rest_of_text(letter: Letter) -> list[Part]:
    """Return the whole text as a file, where it is longer than a case may be."""
    if len(letter.text) <= rules.MAX_TEXT:
        return []
    # The heading keeps a text that begins like a page or a program from being taken for one.
    text = "{}\n\n{}".format(_("The whole text of the e-mail:"), letter.text)
    return [Part(_("Text of the e-mail") + ".txt", "text/plain", text.encode())]


def _usable(parts: Sequence[Part]) -> list[Part]:
    """Return the parts with a name that can stand for a file at all; what is in it is looked at where it is taken."""
    return [Part(part.name.strip("/\\. ") or "file", part.declared, part.content) for part in parts]


def _put_back(mail: IncomingMail, at: datetime, *, tried: bool) -> None:
    """Let a letter wait for its next try, unless it was decided on meanwhile."""
    mine = IncomingMail.objects.filter(pk=mail.pk, state=MailState.WAITING, attempts=mail.attempts)
    mine.update(next_try_at=at + PAUSE, attempts=mail.attempts if tried else mail.attempts - 1)


def own_addresses() -> frozenset[str]:
    """Return the addresses that letters of the portal carry, in lower case."""
    named = [*settings.MAIL_INTAKE_ADDRESSES, settings.DEFAULT_FROM_EMAIL]
    return frozenset(parseaddr(address)[1].lower() for address in named)
