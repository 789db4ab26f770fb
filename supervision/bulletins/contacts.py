"""How the offices of city and districts are reached with a complaint (seed of the pilot, docs/ui.md 3)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from efficiency.access.may import ACTING, register_relation, seats_for
from efficiency.access.models import User
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat
from efficiency.audit.records import record
from efficiency.organs.models import Role
from efficiency.pages import contacts
from efficiency.pages.contacts import Contact
from supervision.bulletins.refusals import NotAllowed
from supervision.models import OfficeContact


def read() -> list[Contact]:
    """Return the contacts of all offices, the city's first, then the districts in their order."""
    rows = OfficeContact.objects.select_related("office").filter(office__until__isnull=True)
    return [
        Contact(row.office.name, row.office.code, row.phone, row.letter_box, row.email, row.address, row.hours)
        for row in rows.order_by(F("office__district__position").asc(nulls_first=True), "office__position", "pk")
    ]


def seats_to(scope: Scope, contact: OfficeContact) -> Iterable[Seat]:
    """Return the seats of officers who reach the office."""
    return [seat for seat in scope.seats_as(Role.OFFICE_OFFICER) if contact.office_id in seat.organ_ids]


@transaction.atomic
def save(contact: OfficeContact, /, *, by: User, at: datetime) -> None:
    """
    Keep how an office is reached; every page shows it within a minute.

    :raises NotAllowed: ``by`` is no officer who reaches the office
    """
    if not any(cell in ACTING for _seat, cell in seats_for(by, "contact.edit", contact, fresh=True)):
        raise NotAllowed
    contact.save()
    record("contact.edit", actor=by, obj=contact, at=at)
    transaction.on_commit(contacts.forget)


def register() -> None:
    """Make rights and source known; called once, when the app is ready."""
    register_relation(OfficeContact, seats_to)
    register_rows(OfficeContact, OfficeContact.objects.visible_to)
    contacts.register(read)
