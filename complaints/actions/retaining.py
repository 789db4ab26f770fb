"""Holds: what a court, an audit or an inquiry still needs is not erased in its time (docs/trust.md P-10)."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from complaints import workflow
from complaints.actions.acting import action
from complaints.enums import State
from complaints.models import Case, RetentionHold
from complaints.refusals import Absent, Invalid, NotAllowed, NotInState
from efficiency import checks
from efficiency.access.may import may, seats_for
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.timing.limits import add_months

# A hold is for a time; whoever still needs it then says so again.
LONGEST_YEARS = 3
# So long after the closing somebody may need to know who filed a case (docs/domain.md 4.9).
SEALED_AFTER_YEARS = 2


@action
def place_hold(case: Case, /, *, by: User, at: datetime, until: date, reason: str) -> RetentionHold:
    """
    Keep everything of the case from being erased until the end of the local day ``until``.

    Several may stand on one case, each for its own reason. What was erased before does not come back.

    :raises Invalid: no reason, or the day is over or lies more than three years ahead
    :raises Absent: for ``by`` there is no such case
    :raises NotAllowed: ``by`` places no holds
    """
    _lock_for(case, by)
    words = checks.text("reason", reason, _("Please say what the case is still needed for."), at_most=1000)
    today = timezone.localdate(at)
    if until < today:
        raise Invalid("until", _("This day is over."))
    if until > add_months(today, 12 * LONGEST_YEARS):
        raise Invalid(
            "until",
            ngettext_lazy(
                "A hold lasts at most %(count)d year; place another one before it ends, if it is still needed then.",
                "A hold lasts at most %(count)d years; place another one before it ends, if it is still needed then.",
                LONGEST_YEARS,
            )
            % {"count": LONGEST_YEARS},
        )
    hold = RetentionHold.objects.create(case=case, reason=words, until=until, placed_by=by, placed_at=at)
    record("case.place_hold", actor=by, obj=case, detail={"hold": hold.pk, "until": until.isoformat()}, at=at)
    return hold


@action
def lift_hold(case: Case, /, *, by: User, at: datetime, hold: int, reason: str) -> RetentionHold:
    """
    Let what is kept of the case be erased in its time again, as far as no other hold stands.

    :raises Invalid: no reason, or the case has no such hold
    :raises NotInState: it was lifted before, or has ended by itself
    :raises Absent: for ``by`` there is no such case
    :raises NotAllowed: ``by`` lifts no holds
    """
    _lock_for(case, by)
    row = RetentionHold.objects.select_for_update(of=("self",)).filter(case=case, pk=hold).first()
    if row is None:
        raise Invalid(None, _("There is no such hold."))
    if not row.stands(timezone.localdate(at)):
        raise NotInState(_("This hold has ended."))
    row.lift_reason = checks.text("reason", reason, _("Please say why it is not needed any more."), at_most=1000)
    row.lifted_by, row.lifted_at = by, at
    row.save(update_fields=["lift_reason", "lifted_by", "lifted_at"])
    record("case.lift_hold", actor=by, obj=case, detail={"hold": row.pk}, at=at)
    return row


def is_held(case: Case, at: datetime) -> bool:
    """Say whether a hold keeps anything of the case from being erased at ``at``."""
    return RetentionHold.objects.standing(timezone.localdate(at)).filter(case=case).exists()


def is_past(case: Case, at: datetime) -> bool:
    """
    Say whether name and contact stay sealed for everybody: two years after the closing, unless a hold needs them.

    Until then the case is archived and they are erased; this holds as well where the archiving was late (4.9).
    """
    if case.state not in (State.CLOSED, State.ARCHIVED) or case.closed_at is None:
        return False
    until = add_months(timezone.localdate(case.closed_at), 12 * SEALED_AFTER_YEARS)
    return timezone.localdate(at) >= until and not is_held(case, at)


def _lock_for(case: Case, by: User) -> None:
    # Erasure locks its cases and looks at the holds again afterwards, so the two never pass each other.
    workflow.lock(case)
    if not seats_for(by, "hold.see", case, fresh=True):
        raise Absent
    if not may(by, "hold.place", case):
        raise NotAllowed(_("Only the efficiency office keeps a case from being erased."))
