"""Who stands how to a survey: the office that holds it, whoever looks on from above; recusal (docs/trust.md Z-07)."""

from collections.abc import Iterable

from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs.models import Organ, Post, Role
from supervision.models import Survey
from supervision.models.surveys import OF_OFFICE


def seats_to(scope: Scope, survey: Survey) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a survey; ``SurveyQuerySet`` says the same of many."""
    return [
        seat for seat in scope.seats if seat.role in (*OF_OFFICE, Role.AUDITOR) and survey.office_id in seat.organ_ids
    ]


def seats_that_may(by: User, right: str, survey: Survey) -> list[Seat]:
    """
    Return the seats from which ``by`` may do what needs ``right``: in the very office, and never over the own organ.

    The office above looks on. Who sits in an organ that is judged, or ever did, takes no step (docs/trust.md Z-07).
    """
    if survey.pk and survey.judged.filter(organ_id__in=own_organs(by)).exists():
        return []
    found = [seat for seat, cell in seats_for(by, right, survey) if cell in ACTING]
    return [seat for seat in found if seat.organ_id == survey.office_id]


def seat_to_draft(by: User) -> Seat | None:
    """Return the seat in an efficiency office from which ``by`` drafts a survey, or None."""
    found = [seat for seat, _cell in seats_for(by, "opinion.draft", fresh=True)]
    offices = scope_of(by).office_ids
    mine = [seat for seat in found if seat.organ_id in offices]
    return min(mine, key=lambda seat: (seat.is_stand_in, seat.post_id)) if mine else None


def own_organs(user: User) -> frozenset[int]:
    """Return the organs to which the natural person belongs, or ever did: nobody reads what was said of them (Z-07)."""
    scope = scope_of(user)
    held = Post.objects.filter(pk__in=scope.own_post_ids).values_list("organ_id", flat=True)
    return scope.own_organ_ids | frozenset(held)


def judgeable(organ_ids: Iterable[int]) -> list[Organ]:
    """Return those organs that a survey may ask about: in force, and no efficiency office."""
    rows = Organ.objects.filter(pk__in=list(organ_ids), until__isnull=True).exclude(kind="efficiency_office")
    return list(rows.order_by("position", "sort_key", "pk"))


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Survey, seats_to)
    # Of some one may know the header alone; whoever shows more asks ``visible_to`` itself.
    register_rows(Survey, Survey.objects.headers_visible_to)
