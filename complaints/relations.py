"""
In which of their seats a person stands to a case: the answer of ``CaseQuerySet.visible_to`` for one row.

The two say the same (a test tries every pair); rows are asked for lists, the relation for what may be done.
"""

from collections.abc import Iterable

from complaints.enums import NamedPerson
from complaints.models import Assistance, Case, Recusal
from complaints.querysets import STATES_WITH_ORGAN
from efficiency.access.scope import Scope, Seat
from efficiency.organs.models import OrganKind, Role
from efficiency.remembering import asked_once

OF_OFFICE = frozenset({Role.OFFICE_OFFICER, Role.INSPECTOR, Role.APPRAISAL_OFFICER, Role.AUDITOR})
OF_ORGAN = frozenset({Role.CLERK, Role.ORGAN_LEADER})
OFFICE = OrganKind.EFFICIENCY_OFFICE


def seats_to(scope: Scope, case: Case) -> Iterable[Seat]:
    """
    Return the seats from which the person knows of ``case``; none when it concerns them or is out of scope.

    Rules: docs/trust.md Z-01, Z-07, Z-08. One query, for the recusals, and only if a seat reaches the case.
    """
    seats = [seat for seat in scope.seats if _reaches(seat, case)]
    return () if _concerns(scope, case, seats) else seats


def seats_to_part(scope: Scope, part: Assistance) -> Iterable[Seat]:
    """
    Return the seats from which the person knows of a part: in the organ that was asked, or of the office (Z-12).

    The answer of ``AssistanceQuerySet.visible_to`` for one row. The organ that leads the case has none here: it reads
    the parts as the case's, and signs in or answers none of them.
    """
    seats = [seat for seat in scope.seats if _reaches_part(seat, part)]
    return () if _concerns(scope, part.case, seats) else seats


def _concerns(scope: Scope, case: Case, seats: list[Seat]) -> bool:
    if scope.user_id is None or not seats or case.about_post_id in scope.own_post_ids:
        return True
    recused = Recusal.objects.in_force().filter(case_id=case.pk, user__in=scope.account_ids)
    return asked_once(("recused", case.pk, scope.account_ids), recused.exists)


def _reaches_part(seat: Seat, part: Assistance) -> bool:
    if seat.role in OF_OFFICE:
        return _reaches(seat, part.case)
    return (
        seat.role in OF_ORGAN
        and part.organ_id in seat.organ_ids
        and part.case.named_person_state != NamedPerson.UNRESOLVED
        and not _is_against(seat, part.case)
    )


def _is_against(seat: Seat, case: Case) -> bool:
    """Whether the case is about the organ of the seat, as such or by its head, one above it, or an office (Z-09)."""
    about = [case.about_organ] if case.about_organ is not None else []
    if case.about_post is not None and (case.about_post.is_head or case.about_post.organ.kind == OFFICE):
        about.append(case.about_post.organ)
    return any(each.kind == OFFICE or each.pk in seat.above_ids for each in about)


def _reaches(seat: Seat, case: Case) -> bool:
    if seat.role in OF_OFFICE:
        return case.office_id in seat.organ_ids or case.handling_organ_id in seat.organ_ids
    return (
        seat.role in OF_ORGAN
        and case.handling_organ_id in seat.organ_ids
        and case.handling_organ is not None
        and case.handling_organ.kind != OrganKind.EFFICIENCY_OFFICE
        and case.state in STATES_WITH_ORGAN
        and case.named_person_state != NamedPerson.UNRESOLVED
    )
