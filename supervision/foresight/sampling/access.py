"""Who may review a case that was drawn: nobody of its organ, and nobody with a part in it (docs/trust.md Z-07)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models import Case, CaseEvent
from efficiency.access.may import ACTING, may, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.organs import offices
from efficiency.organs.models import Role, Tenure
from supervision.models import SampleDraw, SampleSheet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def seats_to(scope: Scope, sheet: SampleSheet) -> Iterable[Seat]:
    """Return the seats from which somebody knows of a sheet; the case itself is asked by ``visible_to``."""
    return [
        seat
        for seat in scope.seats
        if seat.role in (Role.OFFICE_OFFICER, Role.INSPECTOR) and sheet.organ_id in seat.organ_ids
    ]


def seats_that_may(by: User, right: str, sheet: SampleSheet) -> list[Seat]:
    """Return the seats from which ``by`` may do what needs ``right``."""
    return [seat for seat, cell in seats_for(by, right, sheet) if cell in ACTING]


def why_not_review(person: User, sheet: SampleSheet) -> str:
    """
    Return why somebody cannot review a case, or confirm a false closing; empty where they can.

    Nobody of the organ whose reply it is, nobody with a part in the case by any account, nobody whom it concerns.
    """
    scope = scope_of(person)
    if not may(person, "sampling.review", sheet):
        return _("This person reviews no cases of this organ.")
    if offices.organs_of(scope.own_organ_ids).filter(pk=sheet.organ_id).exists():
        return _("Nobody reviews what their own organ answered.")
    if not Case.objects.visible_to_office(person).filter(pk=sheet.case_id).exists():
        return _("This person must not know of this case.")
    if CaseEvent.objects.filter(case_id=sheet.case_id, actor_id__in=scope.account_ids).exists():
        return _("Nobody reviews a case in which they had a part.")
    return ""


def reviewers(sheet: SampleSheet) -> list[User]:
    """Return the people of the office who can review a case, by name."""
    seated = Tenure.objects.running(timezone.localdate()).filter(
        user=OuterRef("pk"), post__role__in=[Role.OFFICE_OFFICER, Role.INSPECTOR]
    )
    people = User.objects.filter(Exists(seated), is_active=True).order_by("full_name", "pk")
    return [person for person in people if not why_not_review(person, sheet)]


def draws_of(user: "User | AnonymousUser") -> QuerySet[SampleDraw]:
    """Return the draws of the offices whose organs are in reach of ``user``."""
    reach = scope_of(user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
    return SampleDraw.objects.filter(organ_ids__overlap=sorted(reach)) if reach else SampleDraw.objects.none()


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(SampleSheet, seats_to)
    register_rows(SampleSheet, SampleSheet.objects.visible_to)
    register_rows(SampleDraw, draws_of)
