"""
Appointing social supervisors, and removing them: two persons of the office each time (docs/domain.md 11).

Rights come from a tenure like all others (docs/trust.md S-07): the second signature gives it with the dates of the
term, so it ends without anyone acting; a removal ends it at once.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.papers import actions as printed
from efficiency import appointments, checks, organ_facts
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.persons import accounts_of, is_same_person
from efficiency.access.scope import Seat, scope_of
from efficiency.kept_questions import is_within
from efficiency.organs.models import Post, Role, Tenure, TenureChange
from efficiency.steps import frame
from efficiency.timing.limits import add_months
from supervision.models import Appointment, AppointmentEvent, AppointmentToken
from supervision.supervisors import messages, numbers
from supervision.supervisors.enums import CERTIFIED, IN_OFFICE, MOST_TERMS, TERM_YEARS, AppointmentState, Circle
from supervision.supervisors.refusals import Absent, Changed, Invalid, NotAllowed, NotInState

LONGEST_REASON = 1000
# So long before the end the supervisor is told (D).
SOON_DAYS = 30
OVER = _("The term is over: rights have ended by themselves.")


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table, with the right that it needs."""

    right: str = ""


APPOINT, CONFIRM = "supervisor.appoint", "supervisor.confirm"
PROPOSED, APPOINTED = AppointmentState.PROPOSED, AppointmentState.APPOINTED
REMOVING, LEAVING = AppointmentState.REMOVING, AppointmentState.LEAVING

# fmt: off
TABLE = (
    Transition("confirm",         pgettext_lazy("step with an appointment", "confirm the appointment"),
               frozenset({PROPOSED}),  APPOINTED,                 CONFIRM),
    Transition("decline",         pgettext_lazy("step with an appointment", "do not confirm"),
               frozenset({PROPOSED}),  AppointmentState.DECLINED, CONFIRM),
    Transition("propose_removal", pgettext_lazy("step with an appointment", "propose the removal"),
               frozenset({APPOINTED}), REMOVING,                  APPOINT),
    Transition("remove",          pgettext_lazy("step with an appointment", "confirm the removal"),
               frozenset({REMOVING}),  AppointmentState.REMOVED,  CONFIRM),
    Transition("note_wish",       pgettext_lazy("step with an appointment", "note the own wish to leave"),
               frozenset({APPOINTED}), LEAVING,                   APPOINT),
    Transition("resign",          pgettext_lazy("step with an appointment", "confirm the own wish to leave"),
               frozenset({LEAVING}),   AppointmentState.RESIGNED, CONFIRM),
    Transition("keep",            pgettext_lazy("step with an appointment", "keep in office"),
               frozenset({REMOVING, LEAVING}), APPOINTED,         CONFIRM),
    # What the end of a term brings with it, in the name of whoever confirmed that end.
    Transition("end_with",        pgettext_lazy("step with an appointment", "ends with the term before"),
               frozenset({APPOINTED, REMOVING, LEAVING}), None),
    Transition("lapse",           pgettext_lazy("step with an appointment", "falls with the term before"),
               frozenset({PROPOSED}),  AppointmentState.DECLINED),
)
# fmt: on
BEGUN = {"propose": pgettext_lazy("step with an appointment", "propose")}
Step = frame.Step[Appointment, Transition]


class AppointmentSteps(frame.Steps[Appointment, AppointmentEvent, Transition]):
    """The steps of appointments: of the office of the appointment alone; never of the person concerned."""

    name = "appointment"
    model, event_model, token_model = Appointment, AppointmentEvent, AppointmentToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("office__parent", "person", "post", "tenure")
    begun = BEGUN

    def is_known_to(self, by: User, appointment: Appointment) -> bool:
        """Say whether ``by`` may know of it in the back office."""
        return is_within(by, Appointment.objects.visible_to, appointment.pk)

    def seats_that_may(self, by: User, row: Transition, appointment: Appointment) -> list[Seat]:
        """Return the seats of the own office that have the right; none for what the end of a term brings with it."""
        if self.is_of_portal(row):
            return []
        found = [seat for seat, cell in seats_for(by, row.right, appointment) if cell in ACTING]
        return [seat for seat in found if seat.organ_id == appointment.office_id]

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether a step comes with the end of another term."""
        return not row.right

    def bring_in_line(self, step: Step) -> None:
        """No promise runs about an appointment."""

    def tell(self, event: AppointmentEvent, row: Transition) -> None:
        """Tell the second person what waits, and the person concerned what was decided."""
        appointment, on = event.appointment, timezone.localdate(event.at)
        cause = f"appointment-event:{event.pk}"
        office = messages.officers_of(appointment.office, on)
        person = [appointment.person_id]
        for kind, to in {
            "propose": [("supervisors.proposed", office)],
            "propose_removal": [("supervisors.removal_proposed", office)],
            "note_wish": [("supervisors.wish_noted", office)],
            "confirm": [("supervisors.confirm", person)],
            "decline": [("supervisors.declined", [appointment.proposed_by_id])],
            "lapse": [("supervisors.declined", [appointment.proposed_by_id])],
            "remove": [("supervisors.remove", person)],
            "resign": [("supervisors.remove", person)],
        }.get(event.action, []):
            messages.tell(kind, appointment, to, cause=cause, at=event.at, actor=event.actor_id)


steps = AppointmentSteps(TABLE)
begin, finish, action, once = steps.begin, steps.finish, steps.action, steps.once


def propose(
    person: User,
    circle: str,
    /,
    *,
    by: User,
    at: datetime,
    reason: str,
    since: date,
    workplace: str = "",
    token: str = "",
) -> Appointment:
    """
    Invite a person as a social supervisor: two years from ``since``, or once more after the first term.

    :raises NotAllowed: ``by`` may not appoint, or proposes themselves
    :raises Invalid: no reason, circle or post; a third term; a person who works in an organ or was removed for misuse
    """
    if token and (event := steps.event_of(token, of="propose")):
        return event.appointment
    with transaction.atomic():
        seat = _seat_of(by)
        if is_same_person(by, person):
            raise NotAllowed(_("Nobody appoints themselves."))
        circle = checks.choice("circle", circle, Circle, _("Please choose from where the person comes."))
        words = checks.text("reason", reason, _("Please say why the person is invited."), at_most=LONGEST_REASON)
        workplace = checks.optional_text("workplace", workplace, at_most=100)
        accounts = _lock(person)
        if Appointment.objects.filter(person_id__in=accounts, state=PROPOSED).exists():
            raise Invalid("person", _("This person has been proposed already."))
        before = _last_term(accounts)
        since = _first_day(since, before, timezone.localdate(at))
        _check_person(accounts, before, since)
        appointment = Appointment(
            state=PROPOSED,
            office_id=seat.organ_id,
            person=person,
            post=_post_of(seat),
            name=person.full_name,
            circle=circle,
            workplace=workplace,
            term=before.term + 1 if before else 1,
            since=since,
            until=add_months(since, 12 * TERM_YEARS),
            renews=before,
            proposed_by=by,
            proposed_at=at,
        )
        try:
            with transaction.atomic():
                appointment.save()
        except IntegrityError as fault:
            raise Invalid("person", _("This person has been proposed already.")) from fault
        event = steps.first_event(appointment, "propose", at=at, by=by, seat=seat, words={"text": words})
        if token:
            steps.keep_token(token, event, of="propose")
        steps.tell(event, Transition("propose", BEGUN["propose"], frozenset(), None))
    return appointment


def _seat_of(by: User) -> Seat:
    scope_of(by, fresh=True)
    found = [seat for seat, cell in seats_for(by, APPOINT) if cell in ACTING]
    if not found:
        raise NotAllowed
    return frame.nearest(found)


def _post_of(seat: Seat) -> Post:
    """Return the post of social supervisors in the government of an office: several people hold it at once."""
    posts = Post.objects.filter(
        role=Role.SOCIAL_SUPERVISOR, organ__children__pk=seat.organ_id, until__isnull=True
    ).order_by("code")
    post = posts.first()
    if post is None:
        raise Invalid(None, _("There is no post of social supervisors yet. Please have one set up first."))
    return post


def _lock(person: User) -> list[int]:
    """
    Lock all accounts of the natural person and return their ids.

    Of two who propose, confirm or end terms of one person at once the second sees what the first did, from whichever
    account; the accounts come before the appointments.
    """
    rows = User.objects.filter(pk__in=accounts_of(person)).order_by("pk")
    return list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def _last_term(accounts: list[int]) -> Appointment | None:
    """Return the last term that was confirmed for one of the accounts; one that was left before it began is none."""
    held = Appointment.objects.filter(person_id__in=accounts, state__in=CERTIFIED)
    never_served = held.filter(state=AppointmentState.RESIGNED, left_on__lte=F("since"))
    return held.exclude(pk__in=never_served.values("pk")).order_by("-until", "-pk").first()


def _first_day(since: date, before: Appointment | None, today: date) -> date:
    """Return the first day of a term: never before today, and never before the term before is over."""
    if since < today:
        raise Invalid("since", _("A term begins today or later."))
    return max(since, before.left_on or before.until) if before else since


def _check_person(accounts: list[int], before: Appointment | None, since: date) -> None:
    if Appointment.objects.filter(person_id__in=accounts, state=AppointmentState.REMOVED).exists():
        raise Invalid("person", _("Who was removed for misuse is not appointed again."))
    if before is not None and before.term >= MOST_TERMS:
        raise Invalid("person", _("A term is renewed once: this person has served both terms."))
    held = Tenure.objects.running(since).filter(user_id__in=accounts)
    if held.exclude(post__role=Role.SOCIAL_SUPERVISOR).exists():
        raise Invalid("person", _("Whoever holds a post of an organ is not invited: supervisors come from outside."))


@once
@action
def confirm(appointment: Appointment, /, *, by: User, at: datetime, version: int) -> AppointmentEvent:
    """
    Appoint who was proposed: the certificate gets its number, and the rights of the term are given.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for who proposed it
    :raises Invalid: the person meanwhile holds a post of an organ, or has got another term
    """
    accounts = _lock(appointment.person)
    step = begin(appointment, "confirm", by=by, at=at, version=version)
    _only_second(step, appointment.proposed_by)
    today = timezone.localdate(at)
    if appointment.since < today:  # the term lasts two years from the day on which it is confirmed
        appointment.since = today
        appointment.until = add_months(today, 12 * TERM_YEARS)
    before = _last_term(accounts)
    _check_person(accounts, before, appointment.since)
    if (before.pk if before else None) != appointment.renews_id:
        raise Invalid(None, _("This person has another term by now. Please decline this proposal and make a new one."))
    appointment.number = numbers.next_number(appointment.office, numbers.CERTIFICATE, at)
    appointment.confirmed_by, appointment.confirmed_at = by, at
    appointment.tenure = _give_tenure(appointment, by, at)
    return finish(step)


def _give_tenure(appointment: Appointment, by: User, at: datetime) -> Tenure:
    """Give the rights of the term, on record like every other tenure; one that runs already ends with the term."""
    of_post = Tenure.objects.select_for_update(no_key=True).filter(user=appointment.person, post=appointment.post)
    running = of_post.running(appointment.since).order_by("pk").first()
    reason = "聘任特聘社会监督员"
    if running is not None:
        running.until = appointment.until
        running.save(update_fields=["until"])
        tenure = running
    else:
        tenure = Tenure.objects.create(
            user=appointment.person,
            post=appointment.post,
            since=appointment.since,
            until=appointment.until,
            reason=reason,
        )
    _note_change(appointment, running, appointment.proposed_by, by, at, reason)
    return tenure


def _note_change(
    appointment: Appointment, tenure: Tenure | None, proposer: User, by: User, at: datetime, reason: str
) -> None:
    """
    Write down who proposed and who confirmed, where all tenures are looked up; with ``tenure`` it is its end.

    The person and the auditors are told, as of every other tenure (docs/trust.md Z-11).
    """
    dates: Any = tenure or appointment
    change = TenureChange.objects.create(
        tenure=tenure,
        user=appointment.person,
        post=appointment.post,
        since=dates.since,
        until=dates.until,
        reason=reason,
        proposed_by=proposer,
        proposed_at=at if appointment.removal_by_id is not None else appointment.proposed_at,
        outcome=TenureChange.Outcome.CONFIRMED,
        decided_by=by,
        decided_at=at,
    )
    appointments.announce(change, at=at)
    if appointment.post.holder_is_public:
        organ_facts.changed_posts(Post.objects.filter(pk=appointment.post_id), at=at)


@once
@action
def decline(appointment: Appointment, /, *, by: User, at: datetime, version: int, reason: str) -> AppointmentEvent:
    """
    Put a proposal aside.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no reason
    """
    step = begin(appointment, "decline", by=by, at=at, version=version)
    words = _reason(reason)
    appointment.ended_at = at
    return finish(step, text=words)


@once
@action
def propose_removal(
    appointment: Appointment, /, *, by: User, at: datetime, version: int, reason: str
) -> AppointmentEvent:
    """
    Propose to remove a supervisor for misuse of the office.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no reason
    """
    step = begin(appointment, "propose_removal", by=by, at=at, version=version)
    _still_runs(appointment, at)
    words = checks.text("reason", reason, _("Please say what the misuse was."), at_most=LONGEST_REASON)
    appointment.removal_by = by
    return finish(step, text=words)


@once
@action
def remove(appointment: Appointment, /, *, by: User, at: datetime, version: int) -> AppointmentEvent:
    """
    Carry out a removal: the rights end at once, and the certificate holds no longer.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for who proposed it
    """
    accounts = _lock(appointment.person)
    step = begin(appointment, "remove", by=by, at=at, version=version)
    _still_runs(appointment, at)
    _only_second(step, appointment.removal_by)
    return _end(step, accounts, by, "解聘特聘社会监督员")


@once
@action
def keep(appointment: Appointment, /, *, by: User, at: datetime, version: int, reason: str) -> AppointmentEvent:
    """
    Refuse a removal that was proposed, or put aside a wish to leave that is none.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for who proposed it
    :raises Invalid: no reason
    """
    step = begin(appointment, "keep", by=by, at=at, version=version)
    _only_second(step, appointment.removal_by)
    words = _reason(reason)
    appointment.removal_by = None
    return finish(step, text=words)


@once
@action
def note_wish(appointment: Appointment, /, *, by: User, at: datetime, version: int, reason: str) -> AppointmentEvent:
    """
    Note that a supervisor wishes to leave; nothing changes until a second person confirms it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no reason
    """
    step = begin(appointment, "note_wish", by=by, at=at, version=version)
    _still_runs(appointment, at)
    words = _reason(reason)
    appointment.removal_by = by
    return finish(step, text=words)


@once
@action
def resign(appointment: Appointment, /, *, by: User, at: datetime, version: int) -> AppointmentEvent:
    """
    Confirm that a supervisor leaves by their own wish: the rights end at once.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for who noted the wish
    """
    accounts = _lock(appointment.person)
    step = begin(appointment, "resign", by=by, at=at, version=version)
    _still_runs(appointment, at)
    _only_second(step, appointment.removal_by)
    return _end(step, accounts, by, "特聘社会监督员辞任")


def _end(step: Step, accounts: list[int], by: User, reason: str) -> AppointmentEvent:
    """End a term, and with it what was confirmed or proposed for the time after, of whichever account."""
    ended = step.subject
    _end_rights(ended, ended.removal_by or by, by, step.at, reason)
    event = finish(step)
    others = Appointment.objects.filter(person_id__in=accounts).exclude(pk=ended.pk)
    later = others.filter(state__in=IN_OFFICE, until__gt=timezone.localdate(step.at))
    for other in (later | others.filter(state=PROPOSED)).order_by("pk"):
        row = "lapse" if other.state == PROPOSED else "end_with"
        follows = steps.begin_itself(other, row, at=step.at)
        follows.by, follows.seat = step.by, step.seat
        if row == "lapse":
            other.ended_at = step.at
            finish(follows, data={"term": ended.pk})
        else:
            other.removal_by = ended.removal_by
            _end_rights(other, ended.removal_by or by, by, step.at, reason)
            finish(follows, data={"term": ended.pk}, to=ended.state)
    return event


def _end_rights(appointment: Appointment, proposer: User, by: User, at: datetime, reason: str) -> None:
    """End the rights of a term before today; who left on the first day, or before it, is in office no whole day."""
    today = timezone.localdate(at)
    appointment.left_on, appointment.ended_at = max(today, appointment.since), at
    appointment.removed_by = by
    tenure = Tenure.objects.select_for_update(no_key=True).get(pk=appointment.tenure_id or 0)
    if tenure.since > today:  # rights that lie ahead never begin; a tenure of no day at all there cannot be
        tenure.since = _free_day(tenure, today - timedelta(days=1))
    tenure.until = max(today, tenure.since + timedelta(days=1))
    tenure.save(update_fields=["since", "until"])
    printed.revoke_all(appointment, by=by, at=at, reason=reason)
    _note_change(appointment, tenure, proposer, by, at, reason)


def _free_day(tenure: Tenure, day: date) -> date:
    """Return the last day until ``day`` on which no other tenure of the person in the post begins."""
    same = Tenure.objects.filter(user=tenure.user_id, post=tenure.post_id, kind=tenure.kind, since__lte=day)
    begun = set(same.values_list("since", flat=True))
    while day in begun:
        day -= timedelta(days=1)
    return day


def _still_runs(appointment: Appointment, at: datetime) -> None:
    if appointment.until <= timezone.localdate(at):
        raise NotInState(OVER)


def _only_second(step: Step, first: User | None) -> None:
    if first is not None and step.by is not None and is_same_person(step.by, first):
        raise NotAllowed(_("A second person has to decide: you proposed this yourself."))


def _reason(reason: str) -> str:
    return checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)


def ending_soon(*, at: datetime) -> int:
    """Tell those whose term ends within thirty days, once; return how many that were."""
    today = timezone.localdate(at)
    until = today + timedelta(days=SOON_DAYS)
    renewed = Appointment.objects.filter(state__in=[PROPOSED, *IN_OFFICE], renews__isnull=False).values("renews_id")
    due = Appointment.objects.in_office(today).filter(until__lte=until).exclude(pk__in=renewed).order_by("pk")
    told = 0
    for appointment in due:
        cause = f"appointment-ends:{appointment.pk}"
        messages.tell("supervisors.ends_soon", appointment, [appointment.person_id], cause=cause, at=at, actor=None)
        told += 1
    return told
