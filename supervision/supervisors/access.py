"""Who stands how to appointments, observations, tours and meetings; recusal (docs/trust.md Z-07, docs/access.md)."""

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs import offices
from efficiency.organs.models import Organ, OrganKind, Role
from supervision.models import Appointment, Gathering, GatheringDuty, Observation
from supervision.models.supervisors import OF_OFFICE, AppointmentQuerySet, GatheringQuerySet, ObservationQuerySet
from supervision.supervisors.enums import ObservationState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Side(Enum):
    """From where a step is taken."""

    OFFICE = "office"
    ORGAN = "organ"
    SUPERVISOR = "supervisor"


# --- Appointments ---------------------------------------------------------------------------------------------------


def seats_to_appointment(scope: Scope, appointment: Appointment) -> Iterable[Seat]:
    """Return the seats from which somebody knows of an appointment; whom it is about has none but their own."""
    if appointment.person_id in scope.account_ids:
        return [seat for seat in scope.seats_as(Role.SOCIAL_SUPERVISOR) if seat.post_id == appointment.post_id]
    watching = scope.seats_as(*OF_OFFICE, Role.AUDITOR)
    return [seat for seat in watching if appointment.office_id in seat.organ_ids]


def appointments_known_to(user: "User | AnonymousUser") -> AppointmentQuerySet:
    """Return the appointments a person may know of in the back office, and the own ones."""
    scope = scope_of(user)
    seen = Appointment.objects.visible_to(user)
    return Appointment.objects.filter(Q(pk__in=seen.values("pk")) | Q(person_id=scope.user_id))


# --- Tours and meetings ---------------------------------------------------------------------------------------------


def seats_to_gathering(scope: Scope, gathering: Gathering) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a tour or meeting: of the office, or invited."""
    found = [seat for seat in scope.seats_as(*OF_OFFICE, Role.AUDITOR) if gathering.office_id in seat.organ_ids]
    own = scope.seats_as(Role.SOCIAL_SUPERVISOR)
    if (
        own
        and gathering.seats.filter(
            appointment__in=Appointment.objects.in_office(scope.on).filter(person_id=scope.user_id)
        ).exists()
    ):
        found += own
    return found


def gatherings_known_to(user: "User | AnonymousUser") -> GatheringQuerySet:
    """Return the tours and meetings a person may know of: of the office, or invited to."""
    seen, invited = Gathering.objects.visible_to(user), Gathering.objects.of_person(user)
    return Gathering.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=invited.values("pk")))


# --- Observations ---------------------------------------------------------------------------------------------------


def seats_to_observation(scope: Scope, observation: Observation) -> Iterable[Seat]:
    """Return the seats from which somebody knows of an observation; ``ObservationQuerySet`` says the same of many."""
    return [seat for seat in scope.seats if any(is_on(side, scope, seat, observation) for side in Side)]


def is_on(side: Side, scope: Scope, seat: Seat, observation: Observation) -> bool:
    """Say whether a seat stands on this side of an observation."""
    is_own = observation.appointment.person_id in scope.account_ids
    if side is Side.SUPERVISOR:
        is_person = observation.appointment.person_id == scope.user_id
        return is_person and seat.role == Role.SOCIAL_SUPERVISOR
    if is_own or scope.own_post_ids.intersection([observation.post_id, *observation.named_in]):
        return False
    if side is Side.ORGAN:
        is_leader = seat.role == Role.ORGAN_LEADER or (seat.role == Role.OFFICE_OFFICER and seat.is_head)
        is_there = observation.passed_on_at is not None and observation.state != ObservationState.CASE
        return is_leader and is_there and seat.organ_id == observation.organ_id
    is_known = observation.office_id == seat.organ_id or observation.organ_id in seat.organ_ids
    return seat.role in OF_OFFICE and is_known and seat.organ_id != observation.organ_id


def observations_known_to(user: "User | AnonymousUser") -> ObservationQuerySet:
    """Return the observations a person may know of: of the office, of the organ, or the own ones."""
    seen, own = Observation.objects.visible_to(user), Observation.objects.of_person(user)
    return Observation.objects.filter(Q(pk__in=seen.values("pk")) | Q(pk__in=own.values("pk")))


def duties_known_to(user: "User | AnonymousUser") -> QuerySet[GatheringDuty]:
    """Return the duties to hold tours and meetings of the offices that a person works in or watches over."""
    reach = scope_of(user).organ_ids_as(*OF_OFFICE, Role.AUDITOR)
    return GatheringDuty.objects.filter(office_id__in=reach)


def seats_to_duty(scope: Scope, duty: GatheringDuty) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a duty to hold tours and meetings."""
    return [seat for seat in scope.seats_as(*OF_OFFICE, Role.AUDITOR) if duty.office_id in seat.organ_ids]


def office_of_observation(office: Organ, organ: Organ) -> Organ | None:
    """
    Return the office that looks at what a supervisor of ``office`` observed at ``organ``.

    What is about an efficiency office is looked at by the one above it; None where there is none.
    """
    if organ.kind != OrganKind.EFFICIENCY_OFFICE:
        return office
    return next(iter(offices.offices_above(organ)), None)


def seats_that_may(by: User, right: str, side: Side, observation: Observation, scope: Scope) -> list[Seat]:
    """
    Return the seats from which ``by`` may take a step on this side.

    The office above looks on; the office that looks at it decides.
    """
    found = [seat for seat, cell in seats_for(by, right, observation) if cell in ACTING]
    found = [seat for seat in found if is_on(side, scope, seat, observation)]
    return [seat for seat in found if side is not Side.OFFICE or seat.organ_id == observation.office_id]


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Appointment, seats_to_appointment)
    register_rows(Appointment, appointments_known_to)
    register_relation(Gathering, seats_to_gathering)
    register_rows(Gathering, gatherings_known_to)
    register_relation(GatheringDuty, seats_to_duty)
    register_rows(GatheringDuty, duties_known_to)
    register_relation(Observation, seats_to_observation)
    register_rows(Observation, observations_known_to)
