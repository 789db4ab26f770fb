"""Who stands how to a correction: the office that issues it, the organ that answers; recusal (docs/trust.md Z-07)."""

from collections.abc import Iterable
from enum import Enum

from django.db import models

from accountability.models import Correction
from accountability.models.corrections import OF_OFFICE
from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows, rows_of
from efficiency.access.scope import Scope, Seat
from efficiency.organs.models import Role


class Side(Enum):
    """From where a step is taken."""

    OFFICE = "office"  # of the office that issues it
    ORGAN = "organ"  # of whoever has to answer it


def seats_to(scope: Scope, correction: Correction) -> Iterable[Seat]:
    """
    Return the seats from which somebody knows of a correction; ``CorrectionQuerySet`` says the same of many.

    What it came from, and may be hidden, is asked of the row itself (``CorrectionQuerySet.knows``).
    """
    return [seat for seat in scope.seats if _answers(seat, correction) or _watches(scope, seat, correction)]


def _answers(seat: Seat, correction: Correction) -> bool:
    if correction.issued_at is None:
        return False
    is_leader = seat.role == Role.ORGAN_LEADER and correction.organ_id in seat.organ_ids
    is_head = seat.role == Role.OFFICE_OFFICER and seat.is_head and seat.organ_id == correction.organ_id
    return seat.post_id == correction.post_id or is_leader or is_head


def _watches(scope: Scope, seat: Seat, correction: Correction) -> bool:
    if correction.organ_id not in seat.organ_ids or correction.post_id in scope.own_post_ids:
        return False
    return seat.role in (*OF_OFFICE, Role.AUDITOR) or (
        seat.role == Role.APPRAISAL_OFFICER and correction.issued_at is not None
    )


def is_on(side: Side, scope: Scope, seat: Seat, correction: Correction) -> bool:
    """
    Say whether a step of this side can be taken from the seat.

    The office above looks on; what it orders, it orders itself. Leaders above the organ look on as well.
    """
    if side is Side.ORGAN:
        return _answers(seat, correction) and seat.organ_id == correction.organ_id
    own_office = seat.organ_id == correction.office_id and seat.role in OF_OFFICE
    return own_office and correction.post_id not in scope.own_post_ids


def seats_that_may(by: User, right: str, side: Side, correction: Correction, scope: Scope) -> list[Seat]:
    """Return the seats from which ``by`` may do what needs ``right`` on this side."""
    found = [seat for seat, cell in seats_for(by, right, correction) if cell in ACTING]
    return [seat for seat in found if is_on(side, scope, seat, correction)]


def about_known_to(correction: Correction, user: User) -> models.Model | None:
    """Return what a correction came from, if the portal has it and ``user`` may know of it."""
    if correction.content_type is None:
        return None
    model = correction.content_type.model_class()
    return rows_of(model, user).filter(pk=correction.object_id).first() if model else None


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Correction, seats_to)
    # Of some one may know the header alone; whoever shows text asks ``visible_to`` itself.
    register_rows(Correction, Correction.objects.headers_visible_to)
