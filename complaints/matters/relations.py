"""In which of their seats a person stands to a matter: the answer of ``MatterQuerySet.visible_to`` for one row."""

from collections.abc import Collection, Iterable, Mapping

from django.urls import reverse

from complaints.models import Matter, MatterReport
from efficiency.access import persons
from efficiency.access.may import MATRIX, register_relation
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat
from efficiency.outbox.registry import register_subject


def seats_to(scope: Scope, matter: Matter) -> Iterable[Seat]:
    """Return the seats that reach the organ of the matter and may see matters."""
    return [seat for seat in scope.seats if seat.role in MATRIX["matter.see"] and matter.organ_id in seat.organ_ids]


def labels_of(matter_ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page of each matter."""
    return {
        pk: (number, reverse("admin:complaints_matter_change", args=[pk]))
        for pk, number in Matter.objects.filter(pk__in=matter_ids).values_list("pk", "external_id")
    }


def may_know(user_ids: Collection[int], matter_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, matter) in which the person may know of the matter at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in persons.accounts_with(user_ids):
        visible = Matter.objects.filter(pk__in=matter_ids).visible_to(user)
        known.update((user.pk, matter_id) for matter_id in visible.values_list("pk", flat=True))
    return known


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Matter, seats_to)
    register_rows(Matter, lambda user: Matter.objects.all().visible_to(user))
    register_rows(
        MatterReport,
        lambda user: MatterReport.objects.filter(matter__in=Matter.objects.all().visible_to(user)),
    )
    register_subject(Matter, labels_of, may_know)
