"""
What becomes of a letter in the complaint mailbox 投诉邮箱 (docs/domain.md 4.1, docs/mail.md).

A letter is filed by the same act as everything else, or joins the case whose letter it answers. Who wrote it is kept as
contact and proves nothing. Letters that machines wrote make no case; what cannot be read is put aside for a person.
"""

import json
import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import holds, messages, people
from complaints.actions.filing import ByMail, NobodyReceives, contact_hash, file_case
from complaints.actions.identity import point_out_many
from complaints.actions.supplementing import add_material, supplement
from complaints.enums import Category, Channel, Kind, RevealReason, State
from complaints.models import (
    Case,
    CaseEvent,
    CaseIdentity,
    IncomingMail,
    MailLook,
    MailReason,
    MailState,
    RetentionHold,
)
from complaints.refusals import Absent, NotAllowed, NotInState, Refused
from efficiency import checks, codes
from efficiency.access import cipher, persons
from efficiency.access.may import Cell, may, seats_for
from efficiency.access.models import User
from efficiency.audit.append_only import GONE
from efficiency.audit.models import Outcome
from efficiency.audit.records import record
from efficiency.chain import redacting
from efficiency.files import seal, store
from efficiency.organs import offices
from efficiency.organs.models import Role
from efficiency.outbox import actions as outbox
from efficiency.outbox.models import Channel as Way
from efficiency.outbox.models import Message

if TYPE_CHECKING:
    from complaints.mailbox.letter import Letter
    from efficiency.files.clean import CleanFile

__all__ = ["NobodyReceives"]

# How long what was not wholly taken in stays sealed (docs/trust.md Z-16).
KEPT = timedelta(days=30)
# How long it is kept why somebody looked at a letter and what was done with it: as the file of what was not handled
# (docs/domain.md 4.9), some days longer than the database insists on.
NOTES_KEPT = timedelta(days=3660)
# So many letters of receipt go to one address within a day: two machines must not write to each other.
RECEIPTS_A_DAY = 3
# And so many to all addresses within an hour: whoever writes under thousands of names must not have us write to them.
RECEIPTS_AN_HOUR = 300
# So many times the filings of a source in a day become cases from one address; what is more waits for a person.
TIMES_A_SOURCE = 10
ENVELOPE = "envelope"
_ANSWER_MARKS = re.compile(r"^\s*(?:(?:re|aw|fw|fwd|回复|答复|转发)\s*[:\uff1a]\s*)+", re.IGNORECASE)
_NUMBER = re.compile(rf"{codes.CASE}\s?20\d{{9,16}}", re.IGNORECASE)


# --- What becomes of it ---------------------------------------------------------------------------------------------


@transaction.atomic
def take_in(
    mail: IncomingMail,
    /,
    *,
    letter: "Letter",
    files: Sequence["CleanFile"],
    refused: Sequence[tuple[str, str]],
    at: datetime,
) -> None:
    """
    Let a letter join the case that it answers, or become one; the letter itself is gone then (docs/trust.md Z-16).

    One that answers a case which takes nothing any more, or is one of too many from its address, is put aside, unless a
    person said that it is a case.

    It counts from the moment when it was fetched, whenever it is read. ``refused`` are names of files that were not
    taken, each with the reason: then the letter stays sealed for some days, so that nothing is lost. A letter of which
    it was decided already stays as it is.

    :raises Invalid: the letter says nothing that could be filed
    :raises NobodyReceives: no efficiency office is set up
    :raises NoRoom: the files cannot be kept at the moment
    """
    mail = IncomingMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
    if mail.state != MailState.WAITING:
        return
    case, possible = _thread_of(letter)
    if case is not None:
        event = _joined(case, letter, files, mail)
        if event is not None:
            _taken(mail, MailState.JOINED, case, refused, at)
            return
        possible = case
        if not mail.is_meant:
            _put_aside_with(mail, case, words_of(letter), at)
            return
    elif not mail.is_meant and _is_one_of_too_many(letter.from_address, mail.stored_at):
        put_aside(mail, reason=MailReason.MANY, at=at, words=words_of(letter))
        return
    mail.possible_case = possible
    _taken(mail, MailState.FILED, _filed(letter, files, mail), refused, at)


@transaction.atomic
def leave_without_case(mail: IncomingMail, /, *, reason: MailReason, at: datetime, words: str = "") -> None:
    """Note that a machine wrote the letter, with these words. It stays sealed for some days, should that be wrong."""
    _note_named(mail, words, at)
    _decided(mail, MailState.NO_CASE, reason, at)


@transaction.atomic
def put_aside(mail: IncomingMail, /, *, reason: MailReason, at: datetime, words: str = "") -> None:
    """
    Put a letter aside for a person, and tell the office; it stays sealed until somebody has settled it.

    ``words`` are as much of it as could be read: of whom it names, nobody sees it (docs/trust.md Z-07).
    """
    _note_named(mail, words, at)
    if _decided(mail, MailState.ASIDE, reason, at):
        point_out(mail, at=at, once_an_hour=reason == MailReason.MANY)


def _put_aside_with(mail: IncomingMail, case: Case, words: str, at: datetime) -> None:
    """Put an answer aside to a case that takes nothing any more, for the office that has the case."""
    mail.possible_case, mail.office_id = case, case.office_id
    mail.save(update_fields=["possible_case", "office"])
    put_aside(mail, reason=MailReason.CLOSED, at=at, words=words)


def words_of(letter: "Letter") -> str:
    """Return everything of a letter in which a name may stand."""
    return "\n".join([letter.subject, letter.from_name, letter.text, *(part.name for part in letter.files)])


def _note_named(mail: IncomingMail, words: str, at: datetime) -> None:
    """
    Note who of the office, and above it, is named in the words; where that is every officer, an office above has it.

    A letter that cannot be taken apart is looked at as it stands: what is encoded in it hides a name.
    """
    if not words or mail.office is None:
        return
    on = timezone.localdate(at)
    users = [tenure.user for tenure in holds.holders_named("", words, mail.office, on).select_related("user")]
    if not users:
        return
    mail.named = sorted({account for _user, account in persons.accounts_of_each(users)})
    officers = people.holders(mail.office.pk, [Role.OFFICE_OFFICER], on)
    if not officers.exclude(pk__in=mail.named).exists() and (above := offices.offices_above(mail.office)):
        mail.office = above[0]
    mail.save(update_fields=["named", "office"])


def point_out(mail: IncomingMail, /, *, at: datetime, once_an_hour: bool = False) -> None:
    """Tell the officers that a letter waits for a person; nothing of it is told."""
    cause = f"letters-aside:{_hour(at)}" if once_an_hour else f"letter-aside:{mail.pk}"
    to = [officer for officer in _officers([mail], at) if officer not in mail.named]
    outbox.post(cause, messages.LETTER_ASIDE, to=to, at=at)


def point_out_waiting(*, at: datetime) -> int:
    """Tell the officers, once an hour, of letters that have waited too long to be read; return how many wait so."""
    late = IncomingMail.objects.late(at)
    if count := late.count():
        to = _officers(late.select_related("office")[:1], at)
        outbox.post(f"letters-late:{_hour(at)}", messages.LETTERS_LATE, to=to, values={"count": count}, at=at)
    return count


def _hour(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H")


def erase_letters(*, at: datetime) -> int:
    """
    Erase letters that were decided on and have been kept for their days; return how many (docs/trust.md P-10).

    One of a case on which a hold stands is kept. What was noted of letters ten years ago goes as well: why they were
    looked at, and what was done with them.
    """
    _forget_notes(at)
    over = IncomingMail.objects.exclude(storage_name="", envelope=b"").filter(
        state__in=[MailState.FILED, MailState.JOINED, MailState.NO_CASE, MailState.SETTLED], done_at__lte=at - KEPT
    )
    held = RetentionHold.objects.standing(timezone.localdate(at)).values("case")
    over = over.exclude(case__in=held).exclude(possible_case__in=held)
    return sum(_erase(pk, at) for pk in over.order_by("id").values_list("pk", flat=True)[:1000])


@transaction.atomic
def _erase(pk: int, at: datetime) -> bool:
    # Whoever places a hold locks the case first; that is locked here before the holds are looked at once more.
    cases = [case for case in IncomingMail.objects.values_list("case", "possible_case").get(pk=pk) if case]
    len(Case.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=cases).order_by("pk").values("pk"))
    mail = IncomingMail.objects.select_for_update(of=("self",)).get(pk=pk)
    if mail.state in (MailState.WAITING, MailState.ASIDE):
        return False
    if RetentionHold.objects.standing(timezone.localdate(at)).filter(case__in=cases).exists():
        return False
    _forget(mail)
    mail.save()
    return True


@transaction.atomic
def _forget_notes(at: datetime) -> None:
    """Let the reasons of looks, and what was done with letters, be gone after ten years unless a hold needs them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_forget_mail_looks()")
    redacting.note(MailLook, at=at, why="notes of letters are kept for ten years (P-10)")
    held = RetentionHold.objects.standing(timezone.localdate(at)).values("case")
    old = IncomingMail.objects.filter(done_at__lte=at - NOTES_KEPT).exclude(settled_text__in=["", GONE])
    old.exclude(case__in=held).exclude(possible_case__in=held).update(settled_text=GONE)


def _decided(mail: IncomingMail, state: MailState, reason: MailReason, at: datetime) -> bool:
    row = IncomingMail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
    if row.state != MailState.WAITING:
        return False
    row.state, row.reason, row.next_try_at, row.done_at = state, reason, None, at
    row.save(update_fields=["state", "reason", "next_try_at", "done_at"])
    return True


def _taken(mail: IncomingMail, state: MailState, case: Case, refused: Sequence[tuple[str, str]], at: datetime) -> None:
    mail.state, mail.case, mail.next_try_at, mail.done_at = state, case, None, at
    mail.office_id = case.office_id
    mail.refused_files = len(refused)
    if refused:
        content = json.dumps(refused, ensure_ascii=False)
        mail.envelope = cipher.encrypt(content, row=sealed_as(mail.seal_name), field=ENVELOPE)
    else:
        _forget(mail)
    mail.save()


def _forget(mail: IncomingMail) -> None:
    """Let the letter be gone for good: without its key no copy of it can be read either."""
    store.remove_after_commit([mail.storage_name])
    mail.storage_name, mail.sha256, mail.sealed_key, mail.envelope = "", b"", b"", b""


# --- Filing and joining ---------------------------------------------------------------------------------------------


def _filed(letter: "Letter", files: Sequence["CleanFile"], mail: IncomingMail) -> Case:
    receipt = file_case(
        kind=Kind.COMPLAINT,
        category=Category.OTHER,
        title=_title(letter),
        description=_description(letter),
        name=(letter.from_name or letter.from_address)[:60],
        email=letter.from_address,
        files=files,
        channel=Channel.EMAIL,
        by_mail=ByMail(acknowledge=_may_be_answered(letter.from_address, mail.stored_at)),
        at=mail.stored_at,
    )
    return receipt.case


def _title(letter: "Letter") -> str:
    title = _ANSWER_MARKS.sub("", letter.subject)[:80].strip()
    return title if len(title) >= 2 else _("E-mail without a subject")


def _description(letter: "Letter") -> str:
    text = letter.text[:5000]
    if len(text.strip()) >= 10:
        return text
    if text.strip():
        return _("The e-mail says no more than this: %(text)s") % {"text": text}
    return _("The e-mail has no text of its own; see its subject and its files.")


def _may_be_answered(address: str, at: datetime) -> bool:
    """Whether a receipt goes to the address: not to one that writes again and again, and not in a flood of letters."""
    if _filed_lately(address, at)[:RECEIPTS_A_DAY].count() >= RECEIPTS_A_DAY:
        return False
    receipts = Message.objects.filter(
        ~Q(channel=Way.PORTAL), kind=messages.RECEIVED_BY_MAIL, created_at__gt=at - timedelta(hours=1)
    )
    return receipts[:RECEIPTS_AN_HOUR].count() < RECEIPTS_AN_HOUR


def _is_one_of_too_many(address: str, at: datetime) -> bool:
    """Whether so many letters from the address became cases within a day that a person has to look at the others."""
    most = TIMES_A_SOURCE * settings.FILINGS_PER_DAY
    return _filed_lately(address, at)[:most].count() >= most


def _filed_lately(address: str, at: datetime) -> QuerySet[CaseIdentity]:
    return CaseIdentity.objects.filter(
        email_hash=contact_hash("email", address.lower()),
        case__channel=Channel.EMAIL,
        case__received_at__gt=at - timedelta(days=1),
    )


def _thread_of(letter: "Letter") -> tuple[Case | None, Case | None]:
    """
    Return the case that a letter belongs to, and one that it may belong to for a clerk to decide.

    It belongs to a case whose letter it answers, or whose number stands in its subject, if it comes from the address
    that the case has as its contact: neither an id nor a number is a secret, and a letter is passed on to others.
    """
    by_letter = _answered_cases(letter.answers)
    numbers = [codes.normalise_number(number)[:20] for number in _NUMBER.findall(letter.subject)]
    by_number = list(Case.objects.filter(number__in=numbers).order_by("id")) if numbers else []
    found = list(dict.fromkeys([*by_letter, *by_number]))
    if not found:
        return None, None
    writer = contact_hash("email", letter.from_address.lower())
    own = set(
        CaseIdentity.objects.filter(case__in=found, case__unconfirmed=False, email_hash=writer).values_list(
            "case_id", flat=True
        )
    )
    case = next((case for case in found if case.pk in own), None)
    return case, found[0] if case is None else None


def _answered_cases(ids: Collection[str]) -> list[Case]:
    """Return the cases about which the portal wrote the letters with these ids, the nearest first; to citizens only."""
    host = re.escape(urlsplit(settings.PORTAL_URL).hostname or "portal.invalid")
    known = [found[1] for each in ids if (found := re.fullmatch(rf"<message-(\d{{1,18}})@{host}>", each))]
    letters = dict(
        Message.objects.filter(
            pk__in=known, subject_type=Case._meta.label_lower, recipient_ref__startswith=f"{messages.IDENTITY}:"
        ).values_list("pk", "subject_id")
    )
    order = [letters[int(key)] for key in known if int(key) in letters]
    cases = Case.objects.in_bulk(order)
    return [cases[pk] for pk in dict.fromkeys(order) if pk in cases]


def _joined(case: Case, letter: "Letter", files: Sequence["CleanFile"], mail: IncomingMail) -> CaseEvent | None:
    """Add the letter to the case as what its complainant hands in; None where the case takes nothing any more."""
    case = Case.objects.get(pk=case.pk)
    text = letter.text[:5000] or letter.subject or _("The e-mail has no text of its own; see its files.")
    last = case.events.order_by("-number").values_list("at", flat=True).first()
    values: dict[str, Any] = {
        "at": max(mail.stored_at, last or mail.stored_at),
        "text": text,
        "files": files,
        "token": f"letter:{mail.pk}",
        "by_mail": True,
    }
    step = supplement if case.state == State.SUPPLEMENTING else add_material
    try:
        if case.state == State.SUSPENDED:
            return _first_that_does(case, values)
        return step(case, **values)
    except store.NoRoom:
        raise
    except Refused:
        return None


def _first_that_does(case: Case, values: dict[str, Any]) -> CaseEvent:
    """A stopped clock waits for the complainant, or for somebody else: then the letter is material."""
    try:
        return supplement(case, **values)
    except store.NoRoom:
        raise
    except Refused:
        return add_material(Case.objects.get(pk=case.pk), **values)


# --- What staff do with it ------------------------------------------------------------------------------------------


def open_letter(mail: IncomingMail, /, *, by: User, at: datetime, category: str, reason: str) -> bytes:
    """
    Return the letter as it came, after person, moment and reason are on record; no record, no look (P-04).

    One that has not been read yet is opened by nobody: whom it names, and for whom it does not exist then, is not known
    before (docs/trust.md Z-07).

    :raises Invalid: no category, or no reason in words
    :raises Absent: for ``by`` there is no such letter
    :raises NotAllowed: ``by`` may not
    :raises NotInState: the letter is gone, or has not been read yet
    :raises FileUnavailable: the storage does not give it
    """
    mail = _locked(mail, by, "mail.open", at)
    if mail.state == MailState.WAITING:
        raise NotInState(
            _("The portal has not read this letter yet: whom it names has to be known before it is opened.")
        )
    if not mail.storage_name:
        raise NotInState(_("The letter itself is not kept any more."))
    ground = checks.choice("category", category, RevealReason, _("Please choose what the letter is needed for."))
    words = checks.text("reason", reason, _("Please say in words what the letter is needed for."), at_most=1000)
    with transaction.atomic():
        MailLook.objects.create(mail=mail, by=by, at=at, category=ground, reason=words)
        record("incomingmail.open", actor=by, obj=mail, detail={"category": ground.value}, at=at)
        point_out_many(by, at)
        return unsealed(mail)


@transaction.atomic
def try_again(mail: IncomingMail, /, *, by: User, at: datetime, is_meant: bool = False) -> None:
    """
    Let a letter be read again; ``is_meant``: a person says that it is a case, whatever machine it looks like.

    :raises Absent, NotAllowed: as ``open_letter``
    :raises NotInState: it became a case, is gone, or was settled
    """
    mail = _locked(mail, by, "mail.settle", at)
    if mail.state not in (MailState.ASIDE, MailState.NO_CASE) or not mail.storage_name:
        raise NotInState(_("This letter cannot be read again."))
    mail.state, mail.reason, mail.attempts, mail.is_meant = MailState.WAITING, "", 0, mail.is_meant or is_meant
    mail.next_try_at, mail.done_at = at, None
    mail.save(update_fields=["state", "reason", "attempts", "is_meant", "next_try_at", "done_at"])
    record("incomingmail.try_again", actor=by, obj=mail, detail={"is_meant": is_meant}, at=at)


@transaction.atomic
def settle(mail: IncomingMail, /, *, by: User, at: datetime, text: str) -> None:
    """
    Note what a person did with a letter that was put aside: typed it in, wrote back, or found nothing in it.

    :raises Invalid: not said what was done
    :raises Absent, NotAllowed: as ``open_letter``
    :raises NotInState: it does not wait for a person
    """
    mail = _locked(mail, by, "mail.settle", at)
    if mail.state != MailState.ASIDE:
        raise NotInState(_("This letter does not wait for a person."))
    words = checks.text("text", text, _("Please say what was done with the letter."), at_most=1000)
    mail.state, mail.settled_by, mail.settled_text, mail.done_at = MailState.SETTLED, by, words, at
    mail.save(update_fields=["state", "settled_by", "settled_text", "done_at"])
    record("incomingmail.settle", actor=by, obj=mail, at=at)


def refused_files(mail: IncomingMail) -> list[tuple[str, str]]:
    """Return names of the files of a letter that were not taken, each with the reason; for whoever opened it."""
    if not mail.envelope:
        return []
    content = cipher.decrypt(mail.envelope, row=sealed_as(mail.seal_name), field=ENVELOPE)
    return [(name, why) for name, why in json.loads(content)]


def unsealed(mail: IncomingMail) -> bytes:
    """
    Return the letter as it came.

    :raises FileUnavailable: the storage does not give it, or it does not open
    """
    try:
        return seal.unsealed(store.read(mail.storage_name, mail.sha256), mail.sealed_key, row=sealed_as(mail.seal_name))
    except cipher.CannotOpen as error:
        raise store.FileUnavailable from error


def sealed_as(seal_name: str) -> str:
    """Return the name under which a letter and what is known of it are sealed."""
    return f"letter:{seal_name}"


def _locked(mail: IncomingMail, by: User, action: str, at: datetime) -> IncomingMail:
    with transaction.atomic():
        row = IncomingMail.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=mail.pk).first()
    if row is None:
        raise Absent
    allowed = {cell for _seat, cell in seats_for(by, action, fresh=True)}
    if not (may(by, action) or Cell.REASON in allowed):
        record(action.replace("mail.", "incomingmail."), actor=by, obj=row, outcome=Outcome.REFUSED, at=at)
        raise NotAllowed(gettext_lazy("Only the efficiency office may do this with a letter."))
    return row


def _officers(mails: Collection[IncomingMail], at: datetime) -> list[int]:
    on = timezone.localdate(at)
    offices = {mail.office_id for mail in mails if mail.office_id is not None}
    found: list[int] = []
    for office_id in sorted(offices):
        officers = people.holders(office_id, [Role.OFFICE_OFFICER], on)
        found += officers.order_by("pk").values_list("pk", flat=True)
    return found
