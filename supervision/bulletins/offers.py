"""Which steps a person may take with a bulletin now, and why others cannot be taken: what its page offers."""

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Rank, Role
from efficiency.steps.offers import Offer
from supervision.bulletins import editing, workflow
from supervision.bulletins.enums import Section, State
from supervision.models import Bulletin


def offers(bulletin: Bulletin, user: User, /) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    for row in reversed(workflow.TABLE):
        is_there = workflow.steps.is_there(row, bulletin)
        if is_there and workflow.steps.seats_that_may(user, row, bulletin):
            found.append(Offer(row.action, row.label, _why_not(bulletin, user, row.action)))
    return found


def _why_not(bulletin: Bulletin, user: User, name: str) -> str:
    if name == "publish" and editing.has_part_in(bulletin, user):
        return _("Whoever wrote of a bulletin or handed it in does not approve it.")
    if name == "submit" and bulletin.corrections.exists() and not bulletin.texts.get(Section.CORRECTIONS):
        return _("Please say with the corrections of earlier figures why they changed.")
    return ""


def waiting_for(user: User, /) -> QuerySet[Bulletin]:
    """Return the bulletins in which the next step is the person's, the nearest promise first."""
    seats = scope_of(user).seats_as(Role.OFFICE_OFFICER)
    edits = Q(state=State.DRAFT, office_id__in=[seat.organ_id for seat in seats])
    approves = Q(
        state=State.SUBMITTED, office_id__in=[seat.organ_id for seat in seats if seat.rank == Rank.APPROVER]
    ) & ~Q(submitted_by_id__in=scope_of(user).account_ids)
    waits = Bulletin.objects.visible_to(user).filter(edits | approves)
    return waits.order_by(F("next_due_at").asc(nulls_last=True), "pk")
