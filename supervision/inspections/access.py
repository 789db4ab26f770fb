"""Who stands how to an inspection: team, heads, office, organ; recusal (docs/trust.md Z-07)."""

from collections.abc import Iterable
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from efficiency.access.may import ACTING, may, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.recusing import register_recused
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs import offices
from efficiency.organs.models import Role
from supervision.inspections.enums import RELEASED, State
from supervision.models import Checklist, Finding, Inspection, InspectionEvent, Visit, VisitEvent
from supervision.models.inspections import OF_OFFICE, head_offices, led_organs, recused_findings

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Side(Enum):
    """From where a step is taken."""

    OFFICE = "office"  # whoever plans in the office that inspects
    TEAM = "team"
    HEAD = "head"  # whoever signs in that office
    REVIEW = "review"  # of that office, without a part in the conclusion
    ORGAN = "organ"  # the leaders of the organ inspected


def is_member(scope: Scope, inspection: Inspection, *, guests: bool = True) -> bool:
    """Say whether one of the person's accounts is of the team."""
    members = inspection.members.filter(user_id__in=scope.account_ids)
    return (members if guests else members.filter(is_guest=False)).exists()


def _concerns(scope: Scope, visits: QuerySet[Visit]) -> bool:
    own = offices.organs_of(scope.own_organ_ids).values("pk")
    about = Q(organ__in=own) | Q(findings__post_id__in=scope.own_post_ids)
    return visits.filter(about | Q(findings__person_id__in=scope.account_ids)).exists()


def seats_to(scope: Scope, inspection: Inspection) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a plan; ``InspectionQuerySet`` says the same of many."""
    visits = Visit.objects.filter(inspection=inspection)
    if not scope.seats or _concerns(scope, visits):
        return []
    of_team, heads = is_member(scope, inspection), head_offices(scope)
    organs = frozenset(visits.values_list("organ_id", flat=True))
    return [seat for seat in scope.seats if _stands(seat, inspection, organs, heads, of_team=of_team)]


def _stands(
    seat: Seat, inspection: Inspection, organs: frozenset[int], heads: frozenset[int], *, of_team: bool
) -> bool:
    if seat.role in OF_OFFICE:
        return of_team or inspection.office_id in heads or (not inspection.is_secret and bool(organs & seat.organ_ids))
    if seat.role == Role.AUDITOR:
        return not inspection.is_secret and inspection.office_id in seat.organ_ids
    if seat.role == Role.APPRAISAL_OFFICER:
        return inspection.state == State.FINISHED and inspection.office_id in seat.organ_ids
    return seat.role == Role.SOCIAL_SUPERVISOR and of_team


def seats_to_visit(scope: Scope, visit: Visit) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a visit; ``VisitQuerySet`` says the same of many."""
    found = [seat for seat in scope.seats if _leads(seat, visit)]
    if not scope.seats or _concerns(scope, Visit.objects.filter(pk=visit.pk)):
        return found
    of_team, heads = is_member(scope, visit.inspection), head_offices(scope)
    return [seat for seat in scope.seats if seat in found or _watches(seat, visit, heads, of_team=of_team)]


def _watches(seat: Seat, visit: Visit, heads: frozenset[int], *, of_team: bool) -> bool:
    reaches = visit.organ_id in seat.organ_ids
    if seat.role in OF_OFFICE:
        return of_team or visit.inspection.office_id in heads or (not visit.is_secret and reaches)
    if seat.role == Role.AUDITOR:
        return not visit.is_secret and reaches
    if seat.role == Role.APPRAISAL_OFFICER:
        return visit.state in RELEASED and reaches
    return seat.role == Role.SOCIAL_SUPERVISOR and of_team


def _leads(seat: Seat, visit: Visit) -> bool:
    """Say whether the seat leads the organ inspected, once the organ was told."""
    leads = seat.role == Role.ORGAN_LEADER or (seat.role == Role.OFFICE_OFFICER and seat.is_head)
    return leads and seat.organ_id == visit.organ_id and visit.is_known_to_organ


def seats_that_may(by: User, right: str, side: Side, subject: Inspection | Visit) -> list[Seat]:
    """Return the seats from which ``by`` may do what needs ``right`` on this side."""
    scope = scope_of(by)
    found = [seat for seat, cell in seats_for(by, right, subject) if cell in ACTING]
    inspection = subject.inspection if isinstance(subject, Visit) else subject
    if side is Side.ORGAN:
        return [seat for seat in found if isinstance(subject, Visit) and _leads(seat, subject)]
    if side is Side.TEAM:
        is_of_team = bool(found) and is_member(scope, inspection, guests=False)
        return [seat for seat in found if is_of_team and seat.role in OF_OFFICE]
    found = [seat for seat in found if seat.organ_id == inspection.office_id and seat.role in OF_OFFICE]
    if side is Side.REVIEW and isinstance(subject, Visit) and found and had_part(by, subject):
        return []
    return found


def had_part_in_plan(user: User, inspection: Inspection) -> bool:
    """Say whether the natural person prepared the plan or changed it at any time, however little others did since."""
    return _took_a_step(user, InspectionEvent.objects.filter(inspection=inspection, action__in=["prepare", "revise"]))


def wrote_report(user: User, visit: Visit) -> bool:
    """Say whether the natural person wrote the report at any time, also one that was sent back."""
    return _took_a_step(user, VisitEvent.objects.filter(visit=visit, action="conclude"))


def _took_a_step(user: User, events: QuerySet[Any]) -> bool:
    actors = User.objects.filter(pk__in=events.order_by().values("actor"))
    return any(is_same_person(user, actor) for actor in actors)


def had_part(user: User, visit: Visit) -> bool:
    """Say whether the natural person had a part in a conclusion: prepared, approved, inspected, wrote or released."""
    inspection = visit.inspection
    if had_part_in_plan(user, inspection):
        return True
    people = [inspection.prepared_by, inspection.approved_by, visit.concluded_by, visit.released_by]
    people += [member.user for member in inspection.members.select_related("user")]
    return any(person is not None and is_same_person(user, person) for person in people)


def reads_whole(user: User, visit: Visit) -> bool:
    """Say whether the person reads more of a visit than its header."""
    return Visit.objects.filter(pk=visit.pk).visible_to(user).exists()


def is_of_office(user: User, visit: Visit) -> bool:
    """Say whether the person knows of a visit as the office does."""
    return Visit.objects.filter(pk=visit.pk).of_office(user).exists()


def checklists_of(user: "User | AnonymousUser") -> QuerySet[Checklist]:
    """Return the checklists to those who inspect."""
    return Checklist.objects.all() if may(user, "checklist.see") else Checklist.objects.none()


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Inspection, seats_to)
    register_relation(Visit, seats_to_visit)
    # Of some one may know the header alone; whoever shows text asks ``visible_to`` itself.
    register_rows(Inspection, Inspection.objects.headers_visible_to)
    register_rows(Visit, Visit.objects.headers_visible_to)
    register_rows(Finding, Finding.objects.visible_to)
    register_rows(Checklist, checklists_of)
    register_recused(Finding, recused_findings)


__all__ = ["Side", "had_part", "is_member", "is_of_office", "led_organs", "reads_whole", "register", "seats_that_may"]
