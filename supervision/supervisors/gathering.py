"""
Tours 巡查 and meetings 座谈会 of social supervisors, and the least that an office owes of them (docs/domain.md 11).

At least one tour a quarter and one meeting a half-year, as long as supervisors are in office: a promise of the engine,
due on the last day of the period. Where nobody is in office nothing is owed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import checks
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.scope import Seat, scope_of
from efficiency.deadlines import actions as engine
from efficiency.files.clean import CleanFile
from efficiency.kept_questions import is_within
from efficiency.organs.models import Organ
from efficiency.steps import frame
from efficiency.timing import store as calendars
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.limits import add_months
from supervision.models import (
    Appointment,
    Gathering,
    GatheringDuty,
    GatheringEvent,
    GatheringSeat,
    GatheringToken,
)
from supervision.supervisors import deadlines, messages
from supervision.supervisors.enums import GatheringKind, GatheringState
from supervision.supervisors.files import gathering_files
from supervision.supervisors.refusals import Absent, Changed, Invalid, NotAllowed, NotInState

log = structlog.get_logger(__name__)

LONGEST_TITLE, LONGEST_PLACE, LONGEST_TEXT, LONGEST_REASON = 100, 120, 20_000, 1000
# At least one in so many months (docs/domain.md 11).
EVERY_MONTHS = {GatheringKind.TOUR: 3, GatheringKind.MEETING: 6}


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table; all are of the office that invites."""

    right: str = "gathering.plan"


PLANNED = GatheringState.PLANNED
# fmt: off
TABLE = (
    Transition("change", pgettext_lazy("step with a gathering", "change the plan"), frozenset({PLANNED}), None),
    Transition("hold",   pgettext_lazy("step with a gathering", "record that it was held"),
               frozenset({PLANNED}), GatheringState.HELD),
    Transition("cancel", pgettext_lazy("step with a gathering", "call off"),
               frozenset({PLANNED}), GatheringState.CANCELLED),
)
# fmt: on
BEGUN = {"plan": pgettext_lazy("step with a gathering", "plan")}
Step = frame.Step[Gathering, Transition]


class GatheringSteps(frame.Steps[Gathering, GatheringEvent, Transition]):
    """The steps of tours and meetings."""

    name = "gathering"
    model, event_model, token_model = Gathering, GatheringEvent, GatheringToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("office",)
    begun = BEGUN

    def is_known_to(self, by: User, gathering: Gathering) -> bool:
        """Say whether ``by`` may know of it in the back office: supervisors take no steps."""
        return is_within(by, Gathering.objects.visible_to, gathering.pk)

    def seats_that_may(self, by: User, row: Transition, gathering: Gathering) -> list[Seat]:
        """Return the seats of the office that invites."""
        found = [seat for seat, cell in seats_for(by, row.right, gathering) if cell in ACTING]
        return [seat for seat in found if seat.organ_id == gathering.office_id]

    def bring_in_line(self, step: Step) -> None:
        """A tour or meeting that was held keeps what the office owes in its period."""
        gathering = step.subject
        if gathering.state != PLANNED:
            gathering.ended_at = step.at
        if gathering.state == GatheringState.HELD:
            _keep_duty(gathering, at=step.at)

    def tell(self, event: GatheringEvent, row: Transition) -> None:
        """Tell all who are invited."""
        people = event.gathering.seats.order_by("pk").values_list("appointment__person_id", flat=True)
        cause = f"gathering-event:{event.pk}"
        kind = f"gatherings.{event.action}"
        messages.tell(kind, event.gathering, people, cause=cause, at=event.at, actor=event.actor_id)


steps = GatheringSteps(TABLE)
begin, finish, action, once = steps.begin, steps.finish, steps.action, steps.once


def plan(
    kind: str,
    /,
    *,
    by: User,
    at: datetime,
    title: str,
    place: str,
    begins_at: datetime,
    invited: Collection[Appointment],
    token: str = "",
) -> Gathering:
    """
    Plan a tour or a meeting and invite supervisors, who are told.

    :raises NotAllowed: ``by`` may not invite
    :raises Invalid: a field does not do; it lies in the past; nobody is invited, or somebody who is not in office then
    """
    if token and (event := steps.event_of(token, of="plan")):
        return event.gathering
    with transaction.atomic():
        scope_of(by, fresh=True)
        seats = [seat for seat, cell in seats_for(by, "gathering.plan") if cell in ACTING]
        if not seats:
            raise NotAllowed
        seat = frame.nearest(seats)
        gathering = Gathering(
            kind=checks.choice("kind", kind, GatheringKind, _("Please choose tour or meeting.")),
            state=PLANNED,
            office_id=seat.organ_id,
            **_checked(title, place, begins_at, at),
        )
        chosen = _checked_invited(invited, gathering)
        gathering.save()
        GatheringSeat.objects.bulk_create(GatheringSeat(gathering=gathering, appointment=each) for each in chosen)
        event = steps.first_event(gathering, "plan", at=at, by=by, seat=seat)
        if token:
            steps.keep_token(token, event, of="plan")
        steps.tell(event, Transition("plan", BEGUN["plan"], frozenset(), None))
    return gathering


def _checked(title: str, place: str, begins_at: datetime, at: datetime) -> dict[str, Any]:
    if begins_at <= at:
        raise Invalid("begins_at", _("This moment is over. Please choose a later one."))
    return {
        "title": checks.text("title", title, _("Please say what it is about."), at_most=LONGEST_TITLE),
        "place": checks.text("place", place, _("Please say where it is."), at_most=LONGEST_PLACE),
        "begins_at": begins_at,
    }


def _checked_invited(invited: Collection[Appointment], gathering: Gathering) -> list[Appointment]:
    """Return who is invited: supervisors of the office who are in office on the day."""
    on = timezone.localdate(gathering.begins_at)
    able = Appointment.objects.in_office(on).filter(office_id=gathering.office_id)
    chosen = list(able.filter(pk__in=[each.pk for each in invited]).order_by("pk"))
    if not chosen or len(chosen) < len({each.pk for each in invited}):
        raise Invalid("invited", _("Please invite supervisors who are in office on that day."))
    return chosen


@once
@action
def change(
    gathering: Gathering, /, *, by: User, at: datetime, version: int, title: str, place: str, begins_at: datetime
) -> GatheringEvent:
    """
    Change topic, place or time; all who are invited are told.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: a field does not do
    """
    step = begin(gathering, "change", by=by, at=at, version=version)
    for name, value in _checked(title, place, begins_at, at).items():
        setattr(gathering, name, value)
    return finish(step)


@once
@action
def hold(
    gathering: Gathering,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    attended: Collection[GatheringSeat],
    minutes: str,
    attachments: Sequence[CleanFile] = (),
) -> GatheringEvent:
    """
    Record that it was held: who came, and the minutes, which all who are invited read.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotInState also before its time
    :raises Invalid: no minutes, or nobody came
    """
    step = begin(gathering, "hold", by=by, at=at, version=version)
    if gathering.begins_at > at:
        raise NotInState(_("It has not begun yet."))
    came = {each.pk for each in attended}
    seats = list(gathering.seats.order_by("pk"))
    if not came or not came <= {seat.pk for seat in seats}:
        raise Invalid("attended", _("Please say who of those who were invited came."))
    for seat in seats:
        seat.attended = seat.pk in came
    GatheringSeat.objects.bulk_update(seats, ["attended"])
    words = checks.text("minutes", minutes, _("Please write the minutes."), at_most=LONGEST_TEXT)
    gathering.minutes = words
    event = finish(step, data={"attended": len(came), "invited": len(seats)})
    if attachments:
        gathering_files.attach(gathering, attachments, event=event, at=at)
    return event


@once
@action
def cancel(gathering: Gathering, /, *, by: User, at: datetime, version: int, reason: str) -> GatheringEvent:
    """
    Call off what was planned; it keeps nothing that is owed.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no reason
    """
    step = begin(gathering, "cancel", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    return finish(step, text=words)


# --- The least that is owed -----------------------------------------------------------------------------------------


def period_of(kind: str, on: date) -> tuple[date, date]:
    """Return the first and the last day of the quarter (of tours) or half-year (of meetings) in which a day lies."""
    months = EVERY_MONTHS[GatheringKind(kind)]
    first = date(on.year, (on.month - 1) // months * months + 1, 1)
    return first, add_months(first, months) - timedelta(days=1)


def tend_duties(*, at: datetime) -> int:
    """
    Lay what offices owe in the periods that run at ``at``, and end what nobody owes any more; return how many are new.

    An office owes a tour in a quarter, and a meeting in a half-year, on whose first day one of its supervisors was in
    office (D: who is appointed within a period counts from the next one on), and for as long as one is. Safe to run
    twice, and two at once.
    """
    today = timezone.localdate(at)
    laid = 0
    for kind in GatheringKind:
        first, last = period_of(kind, today)
        owing = set(Appointment.objects.in_office(first).values_list("office_id", flat=True))
        owing &= _with_supervisors(today)
        known = set(GatheringDuty.objects.filter(kind=kind, first_day=first).values_list("office_id", flat=True))
        for office in Organ.objects.filter(pk__in=owing - known, until__isnull=True).order_by("pk"):
            laid += _lay(office, kind, first, last, at)
    _end_of_nobody(today, at)
    return laid


def _with_supervisors(on: date) -> set[int]:
    return set(Appointment.objects.in_office(on).values_list("office_id", flat=True))


@transaction.atomic
def _lay(office: Organ, kind: GatheringKind, first: date, last: date, at: datetime) -> int:
    """Lay one duty with its promise; where the calendar does not reach that far, the next run tries again."""
    _lock_office(office.pk)
    duty, is_new = GatheringDuty.objects.get_or_create(
        office=office, kind=kind, first_day=first, defaults={"last_day": last, "laid_at": at}
    )
    if not is_new:
        return 0
    held = _held_in(duty)
    if held is not None:  # held before the period was looked at: nothing is owed any more
        duty.gathering = held
        duty.save(update_fields=["gathering"])
        return 1
    try:
        # Where the last day is free it is the working day after it, as for every day by which something is owed.
        due_on = calendars.load().on_or_after(last)
        engine.open(duty, deadlines.KEPT_BY[kind], at=at, organ=office, fixed_on=due_on)
    except OutsideCalendar:
        log.warning("gathering_duty_outside_calendar", office=office.pk, last_day=last.isoformat())
        transaction.set_rollback(True)
        return 0
    return 1


def _lock_office(office_id: int) -> None:
    """
    Lock an office before what it owes: of who lays a duty and who records what keeps it, the second sees the first.

    Whoever has a tour or meeting in hand locks that first.
    """
    Organ.objects.select_for_update(no_key=True).get(pk=office_id)


def _held_in(duty: GatheringDuty) -> Gathering | None:
    held = Gathering.objects.filter(office=duty.office, kind=duty.kind, state=GatheringState.HELD)
    days = {"begins_at__date__gte": duty.first_day, "begins_at__date__lte": duty.last_day}
    return held.filter(**days).order_by("begins_at", "pk").first()


def _keep_duty(gathering: Gathering, *, at: datetime) -> None:
    """
    Keep what is owed by a tour or meeting that took place: in its own period in time, in those before late.

    What counts is the moment at which it took place, whenever its minutes are written (docs/domain.md 11.1).
    """
    _lock_office(gathering.office_id)
    on = timezone.localdate(gathering.begins_at)
    owed = GatheringDuty.objects.filter(
        office=gathering.office, kind=gathering.kind, first_day__lte=on, gathering__isnull=True
    )
    for duty in owed.order_by("pk").select_for_update(no_key=True):
        promise = deadlines.running_of([duty]).first()
        if promise is not None:
            moment = min(max(gathering.begins_at, promise.started_at), at)
            engine.meet(duty, deadlines.KEPT_BY[GatheringKind(duty.kind)], at=moment)
        elif duty.last_day < on:  # ended when nobody was in office
            continue
        duty.gathering = gathering
        duty.save(update_fields=["gathering"])


def _end_of_nobody(today: date, at: datetime) -> None:
    """End what runs, and what was missed, for offices that have no supervisors any more: it is owed to nobody."""
    duties = GatheringDuty.objects.filter(gathering__isnull=True, pk__in=deadlines.running_duties())
    for key, office in list(
        duties.exclude(office_id__in=_with_supervisors(today)).order_by("pk").values_list("pk", "office_id")
    ):
        with transaction.atomic():
            _lock_office(office)
            # Recorded meanwhile, it was kept.
            if duty := GatheringDuty.objects.filter(pk=key, gathering__isnull=True).first():
                engine.cancel(duty, at=at)
