"""
Who stands how to a plan: whoever drafts, whoever has to reach it, the office that approves (docs/trust.md Z-01, Z-10).

A plan is no matter against anybody: its own people read and negotiate it. What they never do is approve it, or confirm
a change of it, or sign it for the other side; and no office shows them more of it than others there know (Z-07).
"""

from collections.abc import Iterable
from enum import Enum

from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs import heads, offices
from efficiency.organs.models import Role
from targets.models import Plan
from targets.models.plans import OF_OFFICE, READERS, PlanQuerySet
from targets.plans import heading
from targets.plans.enums import State
from targets.plans.heading import leads


class Side(Enum):
    """From where a step is taken."""

    DRAFTING = "drafting"  # of the office; of a post's plan also the leaders of the organ
    ANSWERING = "answering"  # whoever has to reach it: the leaders of the organ, or the holder of the post
    EITHER = "either"  # one of these two
    APPROVING = "approving"  # of the office, and of nobody whose plan it is
    HEADING = "heading"  # the head of the office, likewise; where the head is recused, the next rank
    COUNTERSIGNING = "countersigning"  # the head of the office; of a post's plan that of the organ; likewise


def seats_to(scope: Scope, plan: Plan) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a plan; ``PlanQuerySet`` says the same of many."""
    return [seat for seat in scope.seats if _knows(scope, seat, plan)]


def _knows(scope: Scope, seat: Seat, plan: Plan) -> bool:
    is_reached = plan.organ_id in seat.organ_ids
    if seat.role in OF_OFFICE and (is_reached or plan.office_id == seat.organ_id) and not _concerns(scope, plan):
        return True
    if seat.role == Role.AUDITOR and is_reached:
        return plan.post_id not in scope.own_post_ids
    if (seat.role == Role.ORGAN_LEADER and is_reached) or _leads(seat, plan):
        is_others_draft = plan.post_id is not None and plan.post_id not in scope.own_post_ids
        return _was_put(plan) or is_others_draft
    if seat.role not in READERS:
        return False
    if plan.post_id is not None:
        return seat.post_id == plan.post_id and _was_put(plan)
    return seat.organ_id == plan.organ_id and plan.state not in (State.DRAFT, State.PUT, State.WITHDRAWN)


def _was_put(plan: Plan) -> bool:
    """Say whether those who have to reach a plan know of it: not of a draft, nor of one that was withdrawn as such."""
    return plan.state != State.DRAFT and (plan.state != State.WITHDRAWN or plan.put_at is not None)


def is_on(side: Side, scope: Scope, seat: Seat, plan: Plan) -> bool:
    """Say whether a step of this side can be taken from the seat. Offices and leaders further above look on."""
    match side:
        case Side.DRAFTING:
            return _drafts(scope, seat, plan)
        case Side.ANSWERING:
            return answers(seat, plan)
        case Side.EITHER:
            return _drafts(scope, seat, plan) or answers(seat, plan)
        case Side.APPROVING:
            return _of_office(scope, seat, plan) and not is_own(scope, plan)
        case Side.HEADING:
            is_officer = seat.role == Role.OFFICE_OFFICER and seat.is_head
            can_be = is_officer and _of_office(scope, seat, plan) and not is_own(scope, plan)
            # A head who had a part in the plan is told why (``negotiating.why_not_approve``).
            return can_be and (
                seat.post_id in heads.acting_in(plan.office_id, scope.on)
                or seat.post_id in heading.setting(plan, scope.on)
            )
        case Side.COUNTERSIGNING:
            return _countersigns(scope, seat, plan)


def _of_office(scope: Scope, seat: Seat, plan: Plan) -> bool:
    return seat.organ_id == plan.office_id and seat.role in OF_OFFICE and not _concerns(scope, plan)


def _concerns(scope: Scope, plan: Plan) -> bool:
    """Say of one plan what ``concerning`` says of many."""
    is_of_organ = plan.organ_id in scope.own_organ_ids and plan.office_id != plan.organ_id
    return plan.post_id in scope.own_post_ids or is_of_organ


def _leads(seat: Seat, plan: Plan) -> bool:
    """Say whether the seat leads the very organ; an efficiency office has no leader of that role: its heads do."""
    return leads(seat, plan.organ_id)


def _drafts(scope: Scope, seat: Seat, plan: Plan) -> bool:
    if _of_office(scope, seat, plan):
        return True
    return plan.post_id is not None and _leads(seat, plan) and plan.post_id not in scope.own_post_ids


def answers(seat: Seat, plan: Plan) -> bool:
    """Say whether a plan is to be reached from the seat."""
    return seat.post_id == plan.post_id if plan.post_id is not None else _leads(seat, plan)


def _countersigns(scope: Scope, seat: Seat, plan: Plan) -> bool:
    organ, posts = heading.countersigning(plan, scope.on)
    if seat.post_id not in posts or not leads(seat, organ.pk):
        return False
    return not is_own(scope, plan) if organ == plan.office else plan.post_id not in scope.own_post_ids


def is_own(scope: Scope, plan: Plan) -> bool:
    """
    Say whether a plan is of a post that the person holds or held, or of an organ in which they sit now.

    From whichever account (docs/trust.md Z-10). An office above which there is none decides on its own plan.
    """
    if plan.post_id in scope.own_post_ids:
        return True
    return plan.organ_id != plan.office_id and plan.organ_id in scope.own_organ_ids


def seats_that_may(by: User, right: str, side: Side, plan: Plan, scope: Scope) -> list[Seat]:
    """Return the seats from which ``by`` may do what needs ``right`` on this side."""
    found = [seat for seat, cell in seats_for(by, right, plan) if cell in ACTING]
    return [seat for seat in found if is_on(side, scope, seat, plan)]


def seats_that_draft(by: User, organ_id: int, office_id: int, *, of_post: bool) -> list[Seat]:
    """
    Return the seats from which ``by`` may draft a plan of an organ, or of a post in it, which that office approves.

    Nobody drafts as the office what another organ sits above: the plan of the office itself goes to the one above.
    """
    found = [seat for seat, cell in seats_for(by, "target.draft", fresh=True) if cell in ACTING]
    office = [
        seat
        for seat in found
        if seat.role in OF_OFFICE and (organ_id in seat.organ_ids or seat.organ_id == office_id)
        if organ_id not in scope_of(by).own_organ_ids
    ]
    leading = [seat for seat in found if of_post and leads(seat, organ_id)]
    return office + leading


def seats_that_draft_for_many(by: User) -> list[Seat]:
    """Return the seats of an office from which ``by`` may draft the plans of the organs in reach."""
    found = [seat for seat, cell in seats_for(by, "target.draft", fresh=True) if cell in ACTING]
    return [seat for seat in found if seat.role in OF_OFFICE]


def organs_drafted_for(by: User, seats: Iterable[Seat]) -> frozenset[int]:
    """
    Return the organs whose plans ``by`` drafts from these seats of offices: in reach, without the own.

    What stands above the city's office does not reach it, and drafts its plan all the same (docs/trust.md Z-09).
    """
    seats = list(seats)
    reach = frozenset().union(*(seat.organ_ids for seat in seats))
    above, city = offices.above_city_office(), offices.city_office()
    if above is not None and city is not None and any(seat.organ_id == above.pk for seat in seats):
        reach |= {city.pk}
    return reach - scope_of(by).own_organ_ids


def known_to(user: User) -> PlanQuerySet:
    """Return the plans of which ``user`` may know at least the header."""
    return Plan.objects.headers_visible_to(user)


def scope(user: User) -> Scope:
    """Return what the person may reach now."""
    return scope_of(user)


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Plan, seats_to)
    # Of some one may know the header alone; whoever shows content asks ``visible_to`` itself.
    register_rows(Plan, Plan.objects.headers_visible_to)
