"""Who stands how to programmes, organs that take part and milestones; recusal (docs/trust.md Z-07, docs/access.md)."""

from collections.abc import Iterable
from enum import Enum

from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from supervision.models import Participant, PilotMilestone, Programme
from supervision.models.pilots import OF_OFFICE, OF_ORGAN
from supervision.pilots.enums import ProgrammeState


class Side(Enum):
    """From where a step is taken."""

    OFFICE = "office"
    ORGAN = "organ"


def seats_to_programme(scope: Scope, programme: Programme) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a programme: of its office, or of an organ that takes part."""
    found = [seat for seat in scope.seats_as(*OF_OFFICE) if programme.office_id in seat.organ_ids]
    if programme.state != ProgrammeState.DRAFT:
        organs = set(programme.participants.values_list("organ_id", flat=True))
        found += [seat for seat in scope.seats_as(*OF_ORGAN) if seat.organ_id in organs]
    return found


def seats_to_participant(scope: Scope, participant: Participant) -> Iterable[Seat]:
    """Return the seats from which somebody knows of an organ's part."""
    programme = participant.programme
    found = [seat for seat in scope.seats_as(*OF_OFFICE) if programme.office_id in seat.organ_ids]
    if programme.state != ProgrammeState.DRAFT:
        found += [seat for seat in scope.seats_as(*OF_ORGAN) if seat.organ_id == participant.organ_id]
    return found


def seats_to_milestone(scope: Scope, milestone: PilotMilestone) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a milestone."""
    return seats_to_participant(scope, milestone.participant)


def seats_that_may(by: User, right: str, side: Side, participant: Participant) -> list[Seat]:
    """
    Return the seats from which ``by`` may take a step on this side.

    Nobody decides as the office on an organ in which they hold a post themselves (docs/trust.md Z-07).
    """
    scope = scope_of(by)
    found = [seat for seat, cell in seats_for(by, right, participant) if cell in ACTING]
    if side is Side.ORGAN:
        return [seat for seat in found if seat.organ_id == participant.organ_id]
    if participant.organ_id in scope.own_organ_ids:
        return []
    return [seat for seat in found if seat.organ_id == participant.programme.office_id]


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Programme, seats_to_programme)
    register_rows(Programme, Programme.objects.visible_to)
    register_relation(Participant, seats_to_participant)
    register_rows(Participant, Participant.objects.visible_to)
    register_relation(PilotMilestone, seats_to_milestone)
    register_rows(PilotMilestone, PilotMilestone.objects.visible_to)
