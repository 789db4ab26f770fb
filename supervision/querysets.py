"""Which escalations a member of the office may know of: those of subjects that the member may know of."""

from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, QuerySet

from complaints.models import Case
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Escalation
from efficiency.organs.models import Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User


def escalations_visible_to(user: "User | AnonymousUser", *, fresh: bool = False) -> QuerySet[Escalation]:
    """
    Keep the escalations that ``user`` may know of as office or inspector.

    A case that concerns the user is absent here as it is everywhere (docs/trust.md Z-07); a subject that this layer
    does not know is absent too. ``fresh`` reads the rights again, which an action does inside its transaction.
    """
    scope = scope_of(user, fresh=fresh)
    if not scope.seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR):
        return Escalation.objects.none()
    cases = Case.objects.visible_to(user).filter(pk=OuterRef("object_id"))
    return Escalation.objects.filter(Exists(cases), content_type=ContentType.objects.get_for_model(Case))


def highest(escalations: QuerySet[Escalation]) -> QuerySet[Escalation]:
    """Keep for each promise the escalation of its highest level: one row for each broken promise."""
    higher = Escalation.objects.filter(deadline=OuterRef("deadline"), level__gt=OuterRef("level"))
    return escalations.filter(~Exists(higher), level__gte=2)
