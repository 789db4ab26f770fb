"""Which steps a person may take now, and why others cannot be taken: what the pages of this part offer."""

from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from supervision.models import Appointment, Gathering, Observation
from supervision.supervisors import appointing, gathering, observing
from supervision.supervisors.enums import AppointmentState, GatheringState, ObservationState

# Steps that end a term which still runs.
ENDINGS = ("propose_removal", "remove", "note_wish", "resign")


def of_appointment(appointment: Appointment, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with an appointment that are of its state and of this person."""
    found = []
    for row in appointing.TABLE:
        if not appointing.steps.is_there(row, appointment):
            continue
        if not appointing.steps.seats_that_may(user, row, appointment):
            continue
        first = {
            "confirm": appointment.proposed_by,
            "remove": appointment.removal_by,
            "resign": appointment.removal_by,
            "keep": appointment.removal_by,
        }.get(row.action)
        why_not = ""
        if first is not None and is_same_person(user, first):
            why_not = _("A second person has to decide: you proposed this yourself.")
        elif row.action in ENDINGS and appointment.until <= timezone.localdate(at):
            why_not = str(appointing.OVER)
        found.append(Offer(row.action, row.label, why_not))
    return found


def of_observation(observation: Observation, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with an observation that are of its state and of this person."""
    found = []
    for row in observing.TABLE:
        if not observing.steps.is_there(row, observation):
            continue
        if not observing.steps.seats_that_may(user, row, observation):
            continue
        own = observation.drafted_by is not None and is_same_person(user, observation.drafted_by)
        decides = row.action in ("release", "send_back")
        why_not = _("Whoever wrote an answer does not release it.") if own and decides else ""
        found.append(Offer(row.action, row.label, why_not))
    return found


def of_gathering(found: Gathering, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with a tour or meeting that are of its state and of this person."""
    offered = []
    for row in gathering.TABLE:
        if not gathering.steps.is_there(row, found) or not gathering.steps.seats_that_may(user, row, found):
            continue
        why_not = _("It has not begun yet.") if row.action == "hold" and found.begins_at > at else ""
        offered.append(Offer(row.action, row.label, why_not))
    return offered


def appointments_waiting_for(user: User, /) -> QuerySet[Appointment]:
    """Return the appointments whose second signature is the person's."""
    offices = [seat.organ_id for seat in scope_of(user).seats_as(Role.OFFICE_OFFICER)]
    own = scope_of(user).account_ids
    to_confirm = Q(state=AppointmentState.PROPOSED) & ~Q(proposed_by_id__in=own)
    to_remove = Q(state__in=[AppointmentState.REMOVING, AppointmentState.LEAVING]) & ~Q(removal_by_id__in=own)
    rows = Appointment.objects.visible_to(user).filter(office_id__in=offices)
    return rows.filter(to_confirm | to_remove).order_by("proposed_at", "pk")


def observations_waiting_for(user: User, /) -> QuerySet[Observation]:
    """Return the observations whose next step is the person's, those due first."""
    scope = scope_of(user)
    offices = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    led += [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head]
    of_office = Q(office_id__in=offices, state__in=[ObservationState.RECEIVED, ObservationState.TO_RELEASE])
    of_organ = Q(organ_id__in=led, state=ObservationState.WITH_ORGAN)
    rows = Observation.objects.visible_to(user).filter(of_office | of_organ)
    return rows.order_by(F("next_due_at").asc(nulls_last=True), "pk")


def gatherings_waiting_for(user: User, /, *, at: datetime) -> QuerySet[Gathering]:
    """Return the tours and meetings that have begun and whose minutes are missing."""
    offices = [seat.organ_id for seat in scope_of(user).seats_as(Role.OFFICE_OFFICER)]
    rows = Gathering.objects.visible_to(user).filter(office_id__in=offices, state=GatheringState.PLANNED)
    return rows.filter(begins_at__lte=at).order_by("begins_at", "pk")
