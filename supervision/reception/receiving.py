"""
The day itself: who has arrived, who is called in, what was said and what becomes of it (docs/domain.md 11).

A reception is answered on the spot or becomes a case, filed by the same action as every other: number, code, promises
and first receiver are those of a case.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import actions as case_actions
from complaints.enums import Channel, Kind
from complaints.models import Case
from complaints.refusals import Refused as CaseRefused
from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.organs.models import Organ
from supervision.models import ReceptionBooking, ReceptionBookingEvent, ReceptionDay, ReceptionRecord
from supervision.reception import appointments, booking, identity, messages, naming, workflow
from supervision.reception.access import Side, seats_that_may
from supervision.reception.appointments import action, once
from supervision.reception.booking import Receipt, Visitor
from supervision.reception.enums import DayState, Ending
from supervision.reception.messages import Told
from supervision.reception.refusals import Absent, Invalid, NotAllowed, NotInState

LONGEST_TEXT = 5000


@dataclass(frozen=True, slots=True)
class Wish:
    """What a case is filed with that a reception becomes."""

    kind: str = ""
    category: str = ""
    title: str = ""
    named_person: str = ""
    consent: bool = False
    organ: Organ | None = None
    # The one-time token of the form: the code of the case is shown by it once (S-10).
    token: str | None = field(default=None, repr=False)


@transaction.atomic
def register_walk_in(
    day: ReceptionDay,
    /,
    *,
    by: User,
    at: datetime,
    slot: int | None,
    visitor: Visitor,
    topic: str,
    case_number: str = "",
    token: str | None = None,
) -> Receipt:
    """
    Register somebody who came without an appointment: on the day, in a slot that is free.

    :raises Absent, NotAllowed: there is no such day for ``by``, or they do not receive there
    :raises NotInState: the day is not announced, or not today
    :raises Taken, Invalid: as ``booking.book``
    """
    workflow.steps.lock(day)
    if not ReceptionDay.objects.visible_to(by).filter(pk=day.pk).exists():
        raise Absent
    seats = seats_that_may(by, "reception.receive", Side.ORGAN, day)
    if not seats:
        raise NotAllowed
    _only_today(day, at)
    return booking.walk_in(
        day,
        by=by,
        seat=seats[0],
        slot=slot,
        visitor=visitor,
        topic=topic,
        case_number=case_number,
        token=token,
        at=at,
    )


@once
@action
def arrive(booked: ReceptionBooking, /, *, by: User, at: datetime, version: int) -> ReceptionBookingEvent:
    """
    Note that a visitor has arrived.

    :raises NotInState: the day is not today
    :raises NoBooking, NotAllowed, Changed, NotInState: as ``appointments.begin``
    """
    step = appointments.begin(booked, "arrive", by=by, at=at, version=version)
    _only_today(booked.day, at)
    return appointments.finish(step)


@once
@action
def call_in(booked: ReceptionBooking, /, *, by: User, at: datetime, version: int) -> ReceptionBookingEvent:
    """
    Call a visitor in: the conversation begins.

    :raises NotInState: the day is not today
    :raises NoBooking, NotAllowed, Changed, NotInState: as ``appointments.begin``
    """
    step = appointments.begin(booked, "call_in", by=by, at=at, version=version)
    _only_today(booked.day, at)
    return appointments.finish(step)


@once
@action
def miss(booked: ReceptionBooking, /, *, by: User, at: datetime, version: int) -> ReceptionBookingEvent:
    """
    Note that a visitor did not come; the slot is free for somebody who did.

    :raises NotInState: the time of the slot has not begun
    :raises NoBooking, NotAllowed, Changed, NotInState: as ``appointments.begin``
    """
    step = appointments.begin(booked, "miss", by=by, at=at, version=version)
    if at < booked.slot.starts_at:
        raise NotInState(_("The time of this appointment has not come yet."))
    return appointments.finish(step)


@once
@action
def record(
    booked: ReceptionBooking,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    said: str,
    ending: str,
    answer: str = "",
    wish: Wish = Wish(),
) -> ReceptionBookingEvent:
    """
    Write down what was said, and answer on the spot or file the case.

    What names whoever receives is passed to the office instead: nobody receives people about themselves, and the organ
    reads nothing of it (docs/trust.md Z-07 to Z-09).

    :raises Invalid: what was said, the answer, or a field of the case does not do, or names who receives
    :raises NoBooking, NotAllowed, Changed, NotInState: as ``appointments.begin``
    """
    step = appointments.begin(booked, "record", by=by, at=at, version=version)
    _not_about_receiver(booked, said=said, named_person=wish.named_person)
    how = checks.choice("ending", ending, Ending, _("Please say how the reception ended."))
    words = checks.text("said", said, _("Please write down what was said."), at_most=LONGEST_TEXT)
    if how is Ending.ANSWERED:
        given = checks.text("answer", answer, _("Please write down what was answered."), at_most=LONGEST_TEXT)
        row = ReceptionRecord(ending=how, said=words, answer=given)
    else:
        given = checks.optional_text("answer", answer, at_most=LONGEST_TEXT)
        row = ReceptionRecord(ending=how, said=words, answer=given, case=_filed(booked, words, wish, by=by, at=at))
    named = naming.posts_named(booked.day, f"{words}\n{wish.named_person}", at=at, is_of_visitor=False)
    booked.named_in = sorted({*booked.named_in, *named})
    return _recorded(step, row, by=by, at=at)


def _not_about_receiver(booked: ReceptionBooking, **typed: str) -> None:
    person = booked.day.person
    field = next((name for name, text in typed.items() if naming.names_person(person, text)), None)
    if field is None and naming.names_person(person, booked.topic):
        field = "said"
    if field is not None:
        raise Invalid(
            field,
            _("This names the person who receives. Nobody receives people about themselves: please pass it to the "
              "efficiency office."),
        )  # fmt: skip


@once
@action
def pass_up(
    booked: ReceptionBooking,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    said: str,
    wish: Wish,
) -> ReceptionBookingEvent:
    """
    Pass a visitor who complains about whoever receives to the efficiency office, as a case that names the person.

    Nobody receives people about themselves: the organ reads nothing of it from now on. Nor does whoever receives learn
    number and code of what is about them: somebody else of the organ passes it on (docs/trust.md Z-07, Z-09).

    :raises Invalid: what was said, or a field of the case does not do
    :raises NoBooking, NotAllowed, Changed, NotInState: as ``appointments.begin``
    """
    step = appointments.begin(booked, "pass_up", by=by, at=at, version=version)
    if why_not := why_not_pass_up(booked, by):
        raise NotAllowed(why_not)
    words = checks.text("said", said, _("Please write down what was said."), at_most=LONGEST_TEXT)
    named = wish.named_person or (booked.day.person.full_name if booked.day.person else "")
    whole = Wish(Kind.COMPLAINT, wish.category, wish.title, named, False, booked.day.organ, wish.token)
    row = ReceptionRecord(ending=Ending.CASE, said=words, case=_filed(booked, words, whole, by=by, at=at))
    event = _recorded(step, row, by=by, at=at)
    messages.tell_staff(messages.PASSED_UP, event, (Told.OFFICE,))
    return event


def why_not_pass_up(booked: ReceptionBooking, by: User) -> str:
    """Return why ``by`` does not pass a visitor on: who receives, or ever held that post; empty for others."""
    day = booked.day
    is_own = day.post_id in scope_of(by).own_post_ids or (day.person is not None and is_same_person(by, day.person))
    return _("It is about you: please let somebody else of your organ pass it on.") if is_own else ""


def _filed(booked: ReceptionBooking, words: str, wish: Wish, *, by: User, at: datetime) -> Any:
    """File the case of a visitor, whose name goes from seal to seal without being shown to anybody."""
    who = identity.opened(booked.visitor) if hasattr(booked, "visitor") else identity.NOBODY
    try:
        return case_actions.receive(
            intake=case_actions.Intake(by=by),
            channel=Channel.RECEPTION_DAY,
            kind=wish.kind,
            category=wish.category,
            organ=wish.organ or booked.day.organ,
            title=wish.title,
            description=words,
            named_person=wish.named_person,
            # Who leaves no way to reach them can follow by number and code alone.
            anonymous=not (who.phone or who.email),
            name=who.name,
            phone=who.phone,
            email=who.email,
            consent=wish.consent,
            wants_email=bool(who.email),
            token=wish.token,
            at=at,
        ).case
    except CaseRefused as refusal:
        raise Invalid({"description": "said"}.get(refusal.field or "", refusal.field), refusal.message) from refusal


def told_at(case: Case) -> datetime | None:
    """Return when somebody was received whose case this became; None where it came otherwise."""
    found = ReceptionRecord.objects.filter(case=case).values_list("booking__slot__starts_at", flat=True)
    return found.first()


def _recorded(step: Any, row: ReceptionRecord, *, by: User, at: datetime) -> ReceptionBookingEvent:
    booked = step.subject
    if booked.day.state != DayState.ANNOUNCED:
        raise NotInState(_("The day is not open."))
    if booked.day.on > timezone.localdate(at):
        raise NotInState(_("The day is still to come."))
    row.booking, row.written_by, row.written_at = booked, by, at
    row.received_by = booked.day.person or by
    row.save()
    data = {"ending": str(row.ending)} | ({"case": row.case_id} if row.case_id else {})
    return appointments.finish(step, data=data)


def _only_today(day: ReceptionDay, at: datetime) -> None:
    if day.state != DayState.ANNOUNCED:
        raise NotInState(_("The day is not open."))
    if day.on != timezone.localdate(at):
        raise NotInState(_("The day is not today."))
