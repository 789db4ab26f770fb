"""Who stands how to a bulletin: the office that composes it. Everybody reads what is published, on public pages."""

from collections.abc import Iterable

from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat
from supervision.models import Bulletin
from supervision.models.bulletins import OF_OFFICE


def seats_to(scope: Scope, bulletin: Bulletin) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a bulletin; ``BulletinQuerySet`` says the same of many."""
    return [seat for seat in scope.seats_as(*OF_OFFICE) if seat.organ_id == bulletin.office_id]


def seats_that_may(by: User, right: str, bulletin: Bulletin) -> list[Seat]:
    """Return the seats from which ``by`` may do what needs ``right``."""
    return [seat for seat, cell in seats_for(by, right, bulletin) if cell in ACTING]


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Bulletin, seats_to)
    register_rows(Bulletin, Bulletin.objects.visible_to)
