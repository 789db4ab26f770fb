"""Reception 接待: a case comes in, and the receipt that survives a lost answer (docs/domain.md 4.1 to 4.3)."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext_lazy as _

from complaints import deadlines, messages, names, people, search, sql, traces, workflow
from complaints.actions import recusal
from complaints.enums import Category, Channel, Kind, NamedPerson, RecusalGround, State, Wording
from complaints.models import Case, CaseEvent, CaseIdentity, FilingToken, Origin, Recusal, ServiceItem
from complaints.refusals import Invalid, NotAllowed, Refused
from complaints.uploads import attaching
from efficiency import checks, codes, pairs
from efficiency.access import cipher, persons
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat
from efficiency.deadlines.models import Deadline
from efficiency.files import drafts
from efficiency.files.clean import CleanFile
from efficiency.inserting import insert_together
from efficiency.organs import offices
from efficiency.organs.models import Organ, Role
from efficiency.outbox import actions as outbox
from efficiency.outbox.models import Message
from efficiency.timing.store import load as load_calendar

SAME_TEXT = "same_text"

# What the paper form of a channel asks for besides, and what is said where it is missing (docs/domain.md 4.1).
ASKED_BY_CHANNEL: dict[str, dict[str, Lazy]] = {
    Channel.SUPERIOR: {
        "from_whom": _("Please name the organ that passed the case down."),
        "reference": _("Please give the number of its letter."),
    },
    Channel.HOTLINE: {"reference": _("Please give the number of the work order of the hotline.")},
    Channel.MEDIA: {"from_whom": _("Please name the medium, and when it reported.")},
}
# So many speak for a group at most (信访工作条例 Art. 20), the complainant among them.
MOST_REPRESENTATIVES = 5
LARGEST_GROUP = 1_000_000


@dataclass(frozen=True, slots=True)
class Intake:
    """
    What a member of staff adds to the form when they type it in for somebody (docs/domain.md 4.1, 4.7).

    ``by`` types; ``first_receiver`` is who was asked first, left out whoever types. ``report_by`` is the date that a
    superior organ's letter sets.
    """

    by: User
    first_receiver: User | None = None
    urgent: bool = False
    group_size: int | None = None
    representatives: Sequence[str] = field(default=(), repr=False)
    from_whom: str = ""
    reference: str = ""
    report_by: date | None = None


@dataclass(frozen=True, slots=True)
class ByMail:
    """
    What is different of a case that a letter in the mailbox brought (docs/trust.md Z-16).

    Its text counts as identity, signature and all: the handling organ reads it once the office has looked at it. The
    receipt tells how to come by a code, which no letter holds (S-09); it is left out where a machine may answer it.
    """

    acknowledge: bool = True


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the citizen gets: ``code`` is None once the receipt may no longer be shown again."""

    case: Case
    number: str
    code: str | None
    again: bool = False


class NobodyReceives(Refused):
    """There is no efficiency office that could receive a case."""


def file_case(
    *,
    kind: str,
    category: str = "",
    organ: Organ | None = None,
    title: str,
    description: str,
    location: str = "",
    named_person: str = "",
    anonymous: bool = False,
    name: str = "",
    phone: str = "",
    email: str = "",
    consent: bool = False,
    wants_email: bool = True,
    files: Sequence[CleanFile] = (),
    channel: str = Channel.WEB,
    token: str | None = None,
    flags: Iterable[str] = (),
    item: ServiceItem | None = None,
    intake: Intake | None = None,
    by_mail: ByMail | None = None,
    at: datetime,
) -> Receipt:
    """
    File a case at ``at``, the moment when the data reached the system, and return its receipt.

    The same ``token`` files once: sent again, or twice at once, it gives the receipt of the one case, with the code
    for thirty minutes. Nothing of who files anonymously is stored, whatever was sent. ``intake`` is what a member of
    staff adds who types in for somebody else, ``by_mail`` what holds for a letter in the mailbox. ``item`` is kept of a
    complaint that its promise was not kept. Rules: docs/domain.md
    4.1 to 4.3, docs/trust.md S-09, S-10, P-05, Z-08.

    :raises Invalid: a field does not do; ``field`` names it
    :raises NotAllowed: whoever types in may not file for others
    :raises NobodyReceives: no efficiency office is set up
    """
    on = timezone.localdate(at)
    if channel == Channel.OWN_MOTION:
        raise Invalid("channel", _("This channel is not known."))
    wish = _checked(
        kind=kind,
        category=category,
        organ=organ,
        title=title,
        description=description,
        location=location,
        named_person=named_person,
        channel=channel,
        flags=flags,
        on=on,
    )
    wish["item"] = item if wish["category"] == Category.BROKEN_COMMITMENT else None
    seat = _seat_of(intake.by) if intake else None
    paper = _checked_intake(intake, channel=wish["channel"], at=at) if intake else None
    others = paper.representatives if paper else ()
    person = None if anonymous else _checked_person(name=name, phone=phone, email=email, representatives=others)
    code = codes.code_of(token or codes.new_token())
    try:
        with transaction.atomic():
            known = sql.before_filing(
                organ_id=organ.pk if organ else None,
                text=names.searched(title, f"{description}\n{named_person}"),
                text_print=wish["text_print"],
                on=on,
            )
            named = _accounts_named(known)
            known = _left_to_somebody(known, named, on)
            case = _new_case(wish, known, code, paper, anonymous=anonymous, consent=consent, at=at)
            gives_away = by_mail or traces.gives_away(person, title, description, location, named_person)
            if not case.consent and gives_away:
                case.wording = Wording.WITHHELD
            event = _first_event(case, known.event_id, intake.by if intake else None, seat, len(files))
            letter = _letter_of_receipt(by_mail) if person is not None and wants_email and person.email else ""
            promises = _first_promises(case)
            rows = [case, event, *promises, *_messages(event, known, letter)]
            rows += recusal.kept_out_as_named(case, named, at=at)
            if paper and paper.origin:
                rows.append(paper.origin)
            if person is not None:
                rows.append(_sealed(case, person, wants_email=wants_email))
            if token:
                rows.append(FilingToken(token_hash=codes.hash_token(token), case=case, filed_at=at))
            insert_together(rows)
            if files:
                attaching.attach(case, event, files, sealed=not anonymous, at=at)
    except IntegrityError:
        # Of two that are sent at once the second waits for the first, and is refused by the key of the token.
        receipt = receipt_of(token, at=at) if token else None
        if receipt is None:
            raise
        return receipt
    return Receipt(case, case.number, code)


def file_from(withdrawn: Case, /, *, step: workflow.Step, title: str, description: str) -> Case:
    """
    File a case of the office's own about the matter of one that was ``withdrawn``, and return it (docs/domain.md 4.6).

    In the caller's transaction. Nobody stands behind it: it has no identity, and its code is told to nobody. Whom the
    matter concerns, and who is kept out of it, is taken over with it (docs/trust.md Z-07 to Z-09).

    :raises Invalid: title or description does not do
    """
    at, on = step.at, timezone.localdate(step.at)
    organ = withdrawn.organ if withdrawn.organ and withdrawn.organ.until is None else None
    wish = _checked(
        kind=withdrawn.kind,
        category=withdrawn.category,
        organ=organ,
        title=title,
        description=description,
        location="",
        named_person="",
        channel=Channel.OWN_MOTION,
        flags=(),
        on=on,
    )
    known = sql.before_filing(
        organ_id=organ.pk if organ else None,
        text=names.searched(title, description),
        text_print=wish["text_print"],
        on=on,
    )
    origin = Origin(withdrawn=withdrawn)
    paper = _Paper(None, urgent=withdrawn.urgent, group_size=None, representatives=(), origin=origin)
    code = codes.code_of(codes.new_token())
    known = replace(known, office_id=withdrawn.office_id)
    case = _new_case(wish, known, code, paper, anonymous=True, consent=False, at=at)
    if withdrawn.named_person_state in (NamedPerson.LINKED, NamedPerson.UNRESOLVED):
        case.named_person_state, case.about_post = withdrawn.named_person_state, withdrawn.about_post
    case.about_organ = withdrawn.about_organ
    event = _first_event(case, known.event_id, step.by, step.seat, files=0)
    insert_together([case, event, *_first_promises(case), origin])
    Recusal.objects.bulk_create(recusal.kept_out_as_named(case, _accounts_named(known), at=at))
    Recusal.objects.bulk_create(
        [
            Recusal(case=case, user_id=each.user_id, ground=each.ground, by_id=each.by_id, at=at, reason=each.reason)
            for each in withdrawn.recusals.exclude(ground=RecusalGround.FORMER_DECISION)
        ],
        ignore_conflicts=True,
    )
    messages.tell(event, (messages.Audience.OFFICE,))
    return case


@dataclass(frozen=True, slots=True)
class Sent:
    """What was done with a form before it is sent: filed already, or sent with files that are kept for it."""

    is_filed: bool = False
    has_files: bool = False


def sent_before(token: str) -> Sent:
    """Return what was done before with the form of ``token``, in one look: of most forms nothing was."""
    return Sent(*sql.sent_before(token_hash=codes.hash_token(token), drafts_hash=drafts.hash_of(token)))


def receipt_of(token: str, *, at: datetime) -> Receipt | None:
    """Return the receipt of a form that was sent before, as it may be shown at ``at``; None if it was not."""
    filed = FilingToken.objects.select_related("case").filter(token_hash=codes.hash_token(token)).first()
    return _receipt(filed, token, at) if filed else None


def open_tracking(number: str, code: str) -> Case | None:
    """
    Return the case that a typed number and a typed code open together, else None.

    An unknown number and a wrong code do the same work and give the same answer (docs/trust.md S-12).
    """
    wanted = codes.normalise_number(number)[:20]
    found = Case.objects.filter(number=wanted if "\x00" not in wanted else "").values_list("pk", "code_hash").first()
    if not codes.opens(code, found[1] if found else None) or found is None:
        return None
    return Case.objects.select_related("organ", "office", "handling_organ").get(pk=found[0])


def code_for(case: Case, token: str) -> str | None:
    """Return the code that belongs to the token of a filing; None once another code has taken its place (S-11)."""
    return codes.code_for(token, case.code_hash)


def _receipt(filed: FilingToken, token: str, at: datetime) -> Receipt:
    """The receipt as it was; without a code when its time is over, or when another code has taken its place (S-11)."""
    code = code_for(filed.case, token) if at - filed.filed_at <= codes.RECEIPT_AGAIN else None
    return Receipt(filed.case, filed.case.number, code, again=True)


@dataclass(frozen=True, slots=True)
class _Paper:
    """What staff added to a form, checked; the origin still without its case."""

    first_receiver: User | None
    urgent: bool
    group_size: int | None
    representatives: tuple[str, ...]
    origin: Origin | None


def _checked_intake(intake: Intake, *, channel: str, at: datetime) -> _Paper:
    """Return what the paper form of the channel asks for, or refuse the first field that does not do."""
    receiver = intake.first_receiver or intake.by
    colleagues = people.who_receive_with(intake.by, timezone.localdate(at))
    if receiver.pk != intake.by.pk and not colleagues.filter(pk=receiver.pk).exists():
        raise Invalid("first_receiver", _("The first receiver is somebody of your own organ."))
    asked = ASKED_BY_CHANNEL.get(channel, {})
    values = {
        "from_whom": checks.optional_text("from_whom", intake.from_whom, at_most=120),
        "reference": checks.optional_text("reference", intake.reference, at_most=80),
    }
    for name, missing in asked.items():
        if not values[name]:
            raise Invalid(name, missing)
    if intake.report_by is not None and channel != Channel.SUPERIOR:
        raise Invalid("report_by", _("Only a superior organ sets a date for the report of the result."))
    if intake.report_by is not None and intake.report_by < timezone.localdate(at):
        raise Invalid(
            "report_by", _("This day is over. Please agree on another one with whoever passed the case down.")
        )
    if intake.report_by is not None and intake.report_by not in load_calendar():
        raise Invalid("report_by", _("No working days are known yet for this day. Please check the year."))
    return _Paper(
        first_receiver=receiver,
        urgent=intake.urgent,
        group_size=_checked_group(intake.group_size),
        representatives=_checked_representatives(intake),
        origin=Origin(**values, report_by=intake.report_by) if any(values.values()) or intake.report_by else None,
    )


def _checked_group(size: int | None) -> int | None:
    if size is not None and not 2 <= size <= LARGEST_GROUP:
        raise Invalid("group_size", _("A group has at least two people; for one person leave this open."))
    return size


def _checked_representatives(intake: Intake) -> tuple[str, ...]:
    """Return the names of those who speak for a group besides the complainant (信访工作条例 Art. 20)."""
    typed = (checks.optional_text("representatives", name, at_most=60) for name in intake.representatives)
    found = tuple(name for name in typed if name)
    if found and intake.group_size is None:
        raise Invalid("group_size", _("Please say how many people the group has."))
    if len(found) >= MOST_REPRESENTATIVES:
        raise Invalid("representatives", _("A group names at most 5 representatives: the person above and four more."))
    if intake.group_size is not None and len(found) >= intake.group_size:
        raise Invalid("representatives", _("There are more representatives than people in the group."))
    return found


@dataclass(frozen=True, slots=True)
class _Person:
    name: str
    phone: str
    email: str
    representatives: tuple[str, ...] = ()


def _checked(
    *,
    kind: str,
    category: str,
    organ: Organ | None,
    title: str,
    description: str,
    location: str,
    named_person: str,
    channel: str,
    flags: Iterable[str],
    on: date,
) -> dict[str, Any]:
    """Return the fields of the case itself, as typed, or refuse the first that does not do."""
    known_kind = checks.choice(
        "kind", kind, Kind, _("Please choose what you want to tell us: complaint, request, consultation or suggestion.")
    )
    if category or known_kind is Kind.COMPLAINT:
        category = checks.choice("category", category, Category, _("Please choose what the complaint is about."))
    if organ is not None and (organ.since > on or (organ.until is not None and organ.until <= on)):
        raise Invalid("organ", _("This organ no longer exists. Please choose another, or leave the choice to us."))
    title = checks.as_typed(
        "title", title, at_least=2, at_most=80, message=_("Please give a title of 2 to 80 characters.")
    )
    description = checks.as_typed(
        "description",
        description,
        at_least=10,
        at_most=5000,
        message=_("Please describe what happened in 10 to 5,000 characters."),
    )
    return {
        "kind": known_kind,
        "category": category,
        "organ": organ,
        "title": title,
        "description": description,
        "location": checks.as_typed(
            "location", location, at_most=200, message=_("Please describe the place in at most 200 characters.")
        ),
        "named_person": checks.as_typed(
            "named_person",
            named_person,
            at_most=80,
            message=_("Please give name or badge number in at most 80 characters."),
        ),
        "channel": checks.choice("channel", channel, Channel, _("This channel is not known.")),
        "flags": sorted(set(flags)),
        "text_print": text_print_of(title, description),
    }


def text_print_of(title: str, description: str) -> int:
    """Return a print of a text by which the same text is found again; width, case and white space do not matter."""
    folded = pairs.normalise(f"{title}\n{description}")
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), "big", signed=True)


def _checked_person(*, name: str, phone: str, email: str, representatives: tuple[str, ...]) -> _Person:
    name = checks.text("name", name, _("Please give your name, or choose to stay anonymous."), at_most=60)
    phone, email = checks.phone("phone", phone), checks.email("email", email)
    if not phone and not email:
        raise Invalid("phone", _("Please give a telephone number or an e-mail address."))
    return _Person(name, phone, email, representatives)


def _seat_of(by: User) -> Seat:
    seats = [seat for seat, cell in seats_for(by, "case.file", fresh=True) if cell in ACTING]
    if not seats:
        raise NotAllowed(_("You may not file a case for somebody else."))
    return min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id))


def _new_case(
    wish: dict[str, Any],
    known: sql.BeforeFiling,
    code: str,
    paper: _Paper | None,
    *,
    anonymous: bool,
    consent: bool,
    at: datetime,
) -> Case:
    if known.office_id is None:
        raise NobodyReceives(_("No efficiency office is set up yet that could receive a case."))
    is_held = bool(wish["named_person"].strip()) or known.names_holder or bool(known.named_ids)
    number = codes.number_for(known.sequence, at)
    flags = [*wish.pop("flags"), *([SAME_TEXT] if known.is_same_text else [])]
    case = Case(
        **wish,
        pk=known.case_id,
        number=number,
        office_id=known.office_id,
        first_receiver=paper.first_receiver if paper else None,
        urgent=bool(paper and paper.urgent),
        group_size=paper.group_size if paper else None,
        named_person_state=NamedPerson.UNRESOLVED if is_held else NamedPerson.NONE,
        anonymous=anonymous,
        consent=consent and not anonymous,
        state=State.RECEIVED,
        received_at=at,
        flags=flags,
        code_hash=codes.hash_code(code),
        search_pairs=search.elements_of(
            title=wish["title"], description=wish["description"], named_person=wish["named_person"], received_at=at
        ),
    )
    if paper and paper.origin:
        # Now, as the letter decides on the limits of the first promises.
        paper.origin.case = case
    return case


def _accounts_named(known: sql.BeforeFiling) -> set[int]:
    """Return every account of who is named and would know of the case by its office: hardly ever anybody (Z-07)."""
    if not known.named_ids:
        return set()
    return {account for _user, account in persons.accounts_of_each(User.objects.filter(pk__in=known.named_ids))}


def _left_to_somebody(known: sql.BeforeFiling, named: set[int], on: date) -> sql.BeforeFiling:
    """Leave the filing to the officers who are not named in it, and to the nearest office above where these are all."""
    if not named or not known.officer_ids or known.office_id is None:
        return known
    left = [user_id for user_id in known.officer_ids if user_id not in named]
    if left:
        return replace(known, officer_ids=left)
    for office in offices.offices_above(Organ(pk=known.office_id)):
        there = people.holders(office.pk, [Role.OFFICE_OFFICER], on).exclude(pk__in=named).order_by("pk")
        if officers := list(there.values_list("pk", flat=True)):
            return replace(known, office_id=office.pk, officer_ids=officers)
    return replace(known, officer_ids=[])


def _first_promises(case: Case) -> list[Deadline]:
    """What the table opens for a new case; its next due date is that of the one that comes first."""
    kinds = workflow.that_hold(workflow.rows_of("file")[0].opens, case, {})
    promises = [deadlines.first_for(case, kind, at=case.received_at) for kind in kinds]
    case.next_due_at = min(promise.due_at for promise in promises)
    return promises


def _first_event(case: Case, key: int, by: User | None, seat: Seat | None, files: int) -> CaseEvent:
    return CaseEvent(
        pk=key,
        case=case,
        number=case.version,
        action="file",
        actor=by,
        actor_kind="staff" if by else "citizen",
        actor_organ_id=seat.organ_id if seat else None,
        actor_post_id=seat.post_id if seat else None,
        at=case.received_at,
        to_state=State.RECEIVED,
        data={"channel": case.channel, "files": files},
    )


def _sealed(case: Case, person: _Person, *, wants_email: bool) -> CaseIdentity:
    """The identity sealed, bound to this case, and searchable by keyed hashes alone (docs/trust.md P-01, P-02)."""
    row, others = messages.identity_row(case.pk), person.representatives
    return CaseIdentity(
        case=case,
        name=cipher.encrypt(person.name, row=row, field="name"),
        phone=cipher.encrypt(person.phone, row=row, field="phone"),
        email=cipher.encrypt(person.email, row=row, field="email"),
        representatives=cipher.encrypt("\n".join(others), row=row, field="representatives") if others else b"",
        phone_hash=contact_hash("phone", checks.digits_of(person.phone)),
        email_hash=contact_hash("email", person.email.lower()),
        wants_email=wants_email and bool(person.email),
    )


def contact_hash(field: str, normalised: str) -> bytes:
    """Return the keyed hash by which a telephone number or an e-mail address is found again; empty for none."""
    return cipher.keyed_hash(f"contact-{field}", normalised) if normalised else b""


def _letter_of_receipt(by_mail: ByMail | None) -> str:
    """The kind of letter by which the citizen gets the number; empty where none is written."""
    if by_mail is None:
        return messages.RECEIVED
    return messages.RECEIVED_BY_MAIL if by_mail.acknowledge else ""


def _messages(event: CaseEvent, known: sql.BeforeFiling, letter: str) -> list[Message]:
    """What ``messages.tell`` would write, without asking again who works at the office and how they are told."""
    cause, case = messages.cause_of(event), event.case
    to = [user_id for user_id in known.officer_ids if user_id != event.actor_id]
    found = outbox.written(cause, "complaints.file", to=to, chosen=known.chosen, subject=case, at=event.at)
    if letter:
        found += outbox.written(cause, letter, refs=[messages.reference_of(case)], subject=case, at=event.at)
    return found
