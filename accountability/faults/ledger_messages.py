"""Who is told of a step with a sanction: that there is one and where, never what it is (docs/trust.md Z-15)."""

from collections.abc import Iterable
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.faults.deadlines import office_for
from accountability.faults.words import SanctionState
from accountability.models import Sanction, SanctionRuling
from efficiency.access.models import User
from efficiency.access.persons import accounts_of
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import registry
from efficiency.outbox.actions import post
from efficiency.outbox.models import MessageGroup

RECORDED, ANSWERED, REVOKED = "sanction.recorded", "sanction.answered", "sanction.revoked"
WAITS, RETURNED, RULED = "sanction.ruling_waits", "sanction.ruling_returned", "sanction.ruled"


def tell_answer(proposal: Sanction, in_force: Sanction, /, *, at: datetime) -> None:
    """
    Tell whoever proposed a sanction that the other body answered, and the person concerned what took effect.

    A sanction that was decided in the portal is told by its decision, which is served.
    """
    post(f"sanction:{proposal.pk}:answered", ANSWERED, to=accounts_of(proposal.proposed_by), at=at)
    if in_force.state == SanctionState.IN_FORCE:
        tell_recorded(in_force, at=at)


def tell_recorded(sanction: Sanction, /, *, at: datetime) -> None:
    """Tell the person concerned that a sanction of another body took effect."""
    if sanction.person is not None:
        post(f"sanction:{sanction.pk}:recorded", RECORDED, to=accounts_of(sanction.person), at=at)


def tell_ruling_waits(ruling: SanctionRuling, /, *, at: datetime) -> None:
    """Tell the officers of the office in charge that what another body ruled waits for one of them."""
    sanction = ruling.sanction
    office = office_for(sanction.organ)
    posts = {"post__role": Role.OFFICE_OFFICER, "post__organ": office, "user__is_active": True}
    rows = Tenure.objects.running(timezone.localdate(at)).filter(**posts)
    people = User.objects.filter(pk__in=rows.values("user"))
    known = [each for each in people if Sanction.objects.headers_visible_to(each).filter(pk=sanction.pk).exists()]
    own = accounts_of(ruling.recorded_by) + (accounts_of(sanction.person) if sanction.person else [])
    post(f"sanction-ruling:{ruling.pk}", WAITS, to=[each.pk for each in known if each.pk not in own], at=at)


def tell_ruling_returned(ruling: SanctionRuling, /, *, at: datetime) -> None:
    """Tell whoever entered a ruling that it was sent back."""
    post(f"sanction-ruling:{ruling.pk}:returned", RETURNED, to=accounts_of(ruling.recorded_by), at=at)


def tell_ruled(ruling: SanctionRuling, /, *, at: datetime) -> None:
    """Tell the person concerned that another body upheld a sanction; what it took back is told by that."""
    if ruling.sanction.person is not None:
        post(f"sanction-ruling:{ruling.pk}:ruled", RULED, to=accounts_of(ruling.sanction.person), at=at)


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

    registry.register_kind(
        WAITS,
        _("A ruling of another body waits for a second person"),
        _("What another body ruled on a sanction of its own was entered. A second person has to confirm it."),
        path=lambda: f"{_path()}?standing=ruling",
        group=MessageGroup.DECISION,
        label=_("Ruling of another body to confirm"),
    )
    registry.register_kind(
        RETURNED,
        _("A ruling that you entered was sent back"),
        _("The ruling of another body that you entered was sent back with a remark. You find it in the ledger."),
        path=_path,
        group=MessageGroup.WORK,
        label=_("Ruling of another body sent back"),
    )
    registry.register_kind(
        RULED,
        _("A ruling on a sanction that concerns you was recorded"),
        _("Another body looked again at a sanction against you and upheld it. The ledger says so."),
        path=_path,
        group=MessageGroup.PROGRESS,
        label=_("Ruling of another body recorded"),
    )


def _path() -> str:
    return reverse("admin:accountability_sanction_changelist")
