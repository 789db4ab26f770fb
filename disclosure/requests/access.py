"""Who may know of requests: the answer of ``RequestQuerySet`` for one row, and for rows about them (Z-01)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Exists

from disclosure.models import InformationRequest, RequestHold, RequestIdentity, RequestLook
from disclosure.models.request import OF_ORGAN, OF_TREE, part_in_review
from disclosure.requests.enums import State
from disclosure.requests.identity import FIELDS
from disclosure.requests.messages import row_named
from efficiency.access import rotating
from efficiency.access.may import may, register_relation
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat
from efficiency.organs.models import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from efficiency.access.models import User

    Person = User | AnonymousUser

FAR = (*OF_TREE, Role.AUDITOR)


def seats_to(scope: Scope, request: InformationRequest) -> Iterable[Seat]:
    """
    Return the seats from which somebody knows of a request; an editor reaches the own organ alone.

    Whoever drafted or approved an answer under review has none outside the organ that gave it (Z-07).
    """
    if request.state == State.REVIEWING and _is_recused(scope, request):
        return [seat for seat in scope.seats_as(*OF_ORGAN) if seat.organ_id == request.organ_id]
    return [
        seat
        for seat in scope.seats
        if (seat.role in FAR and request.organ_id in seat.organ_ids)
        or (seat.role == Role.DISCLOSURE_EDITOR and request.organ_id == seat.organ_id)
    ]


def _is_recused(scope: Scope, request: InformationRequest) -> bool:
    rows = InformationRequest.objects.filter(pk=request.pk)
    return rows.filter(Exists(part_in_review(scope.account_ids))).exists()


def looks_of(user: "Person") -> "QuerySet[RequestLook]":
    """Return the looks at applicants to those who read the audit record."""
    return RequestLook.objects.all() if may(user, "audit.see") else RequestLook.objects.none()


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(InformationRequest, seats_to)
    # Of a request one may know the header alone; whoever shows text asks ``visible_to`` itself.
    register_rows(InformationRequest, InformationRequest.objects.headers_visible_to)
    register_rows(RequestLook, looks_of)
    register_rows(RequestHold, RequestHold.objects.visible_to)
    rotating.register(RequestIdentity, *FIELDS, bound_by="request_id", row_of=row_named)
