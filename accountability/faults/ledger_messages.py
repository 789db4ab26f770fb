"""Who is told of a step with a sanction: that there is one and where, never what it is (docs/trust.md Z-15)."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accountability.faults.words import SanctionState
from accountability.models import Sanction
from efficiency.access.persons import accounts_of
from efficiency.outbox import registry
from efficiency.outbox.actions import post
from efficiency.outbox.models import MessageGroup

RECORDED, ANSWERED, REVOKED = "sanction.recorded", "sanction.answered", "sanction.revoked"


def tell_answer(proposal: Sanction, in_force: Sanction, /, *, at: datetime) -> None:
    """
    Tell whoever proposed a sanction that the other body answered, and the person concerned what took effect.

    A sanction that was decided in the portal is told by its decision, which is served.
    """
    post(f"sanction:{proposal.pk}:answered", ANSWERED, to=accounts_of(proposal.proposed_by), at=at)
    if in_force.state == SanctionState.IN_FORCE and in_force.person is not None:
        post(f"sanction:{in_force.pk}:recorded", RECORDED, to=accounts_of(in_force.person), at=at)


def tell_revoked(sanctions: Iterable[Sanction], /, *, at: datetime) -> None:
    """Tell the people concerned that a sanction against them was revoked."""
    for sanction in sanctions:
        if sanction.person is not None:
            post(f"sanction:{sanction.pk}:revoked", REVOKED, to=accounts_of(sanction.person), at=at)


def register() -> None:
    """Make the texts known; called once, when the app is ready."""
    registry.register_kind(
        RECORDED,
        _("A decision that concerns you was recorded"),
        _("What another body decided about you was recorded in the ledger of sanctions. You find it there."),
        path=_path,
        group=MessageGroup.ESCALATION,
        label=_("Sanction recorded"),
    )
    registry.register_kind(
        ANSWERED,
        _("Another body has answered your proposal"),
        _("The answer of another body to a sanction that you proposed was recorded. You find it in the ledger."),
        path=_path,
        group=MessageGroup.PROGRESS,
        label=_("Answer to a proposed sanction"),
    )
    registry.register_kind(
        REVOKED,
        _("A decision that concerns you was revoked"),
        _("A sanction against you was revoked. The ledger says so."),
        path=_path,
        group=MessageGroup.PROGRESS,
        label=_("Sanction revoked"),
    )


def _path() -> str:
    return reverse("admin:accountability_sanction_changelist")
