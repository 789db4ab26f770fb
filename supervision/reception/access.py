"""Who stands how to a reception day and to its appointments; recusal (docs/trust.md Z-01, Z-07, Z-09)."""

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING

from complaints import relations
from complaints.models import Case
from efficiency.access import rotating
from efficiency.access.may import ACTING, may, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Role
from supervision.models import (
    ReceptionBooking,
    ReceptionDay,
    ReceptionLook,
    ReceptionRule,
    ReceptionVisitor,
)
from supervision.models.reception import OF_OFFICE, OF_TREE, organs_known_to
from supervision.reception.enums import BookingState
from supervision.reception.messages import row_named

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    Person = User | AnonymousUser

FIELDS = ("name", "phone", "email")
OF_ORGAN = (Role.CLERK, Role.ORGAN_LEADER, Role.OFFICE_OFFICER)


class Side(Enum):
    """From where a step with a day is taken."""

    ORGAN = "organ"  # of the organ whose head receives
    ABOVE = "above"  # of the organ above it, or of the office in charge


def seats_to(scope: Scope, day: ReceptionDay) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a day; a clerk reaches the own organ alone."""
    return [seat for seat in scope.seats if _reaches(seat, day.organ_id)]


def _reaches(seat: Seat, organ_id: int) -> bool:
    if seat.role == Role.CLERK:
        return seat.organ_id == organ_id
    return seat.role in (*OF_TREE, Role.AUDITOR) and organ_id in seat.organ_ids


def seats_to_booking(scope: Scope, booking: ReceptionBooking) -> Iterable[Seat]:
    """
    Return the seats from which somebody knows of an appointment.

    What is about whoever receives there is the office's alone, never the one whose head that is, and nobody's who ever
    held that post. What names a post is nobody's who ever held that; what became a case is theirs who read the case.
    The answer of ``BookingQuerySet.visible_to`` for one row (Z-07 to Z-09).
    """
    if scope.own_post_ids.intersection(booking.named_in):
        return []
    record = getattr(booking, "record", None)
    if record is not None and record.case is not None and not _reads_case(scope, record.case):
        return []
    seats = [seat for seat in seats_to(scope, booking.day) if seat.role != Role.AUDITOR]
    if booking.state != BookingState.PASSED_UP:
        return seats
    if booking.day.post_id in scope.own_post_ids:
        return []
    return [seat for seat in seats if seat.role in OF_OFFICE and seat.organ_id != booking.day.organ_id]


def _reads_case(scope: Scope, case: Case) -> bool:
    return any(seat.role in (Role.CLERK, *OF_TREE) for seat in relations.seats_to(scope, case))


def seats_to_rule(scope: Scope, rule: ReceptionRule) -> Iterable[Seat]:
    """Return the seats from which somebody knows of the rule of an organ: who knows of its days."""
    return [seat for seat in scope.seats if _reaches(seat, rule.organ_id)]


def is_on(side: Side, seat: Seat, day: ReceptionDay) -> bool:
    """
    Say whether a step of this side can be taken from the seat.

    Leave is given from above: by a leader of a higher organ, or the head of the office, never from the organ itself.
    """
    if side is Side.ORGAN:
        return seat.organ_id == day.organ_id and seat.role in OF_ORGAN
    return seat.organ_id != day.organ_id and day.organ_id in seat.organ_ids


def seats_that_may(by: User, right: str, side: Side, day: ReceptionDay) -> list[Seat]:
    """Return the seats from which ``by`` may do what needs ``right`` on this side."""
    return [seat for seat, cell in seats_for(by, right, day) if cell in ACTING and is_on(side, seat, day)]


def rules_of(user: "Person") -> "QuerySet[ReceptionRule]":
    """Return the rules of the organs whose days somebody knows of."""
    return ReceptionRule.objects.filter(organ_id__in=organs_known_to(scope_of(user)))


def looks_of(user: "Person") -> "QuerySet[ReceptionLook]":
    """Return the looks at visitors to those who read the audit record."""
    return ReceptionLook.objects.all() if may(user, "audit.see") else ReceptionLook.objects.none()


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(ReceptionDay, seats_to)
    register_relation(ReceptionBooking, seats_to_booking)
    register_relation(ReceptionRule, seats_to_rule)
    register_rows(ReceptionDay, ReceptionDay.objects.visible_to)
    register_rows(ReceptionBooking, ReceptionBooking.objects.visible_to)
    register_rows(ReceptionRule, rules_of)
    register_rows(ReceptionLook, looks_of)
    rotating.register(ReceptionVisitor, *FIELDS, bound_by="booking_id", row_of=row_named)
