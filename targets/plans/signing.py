"""The target letter 目标责任书: signed by who has to reach the plan, then by the other side (docs/domain.md 8.1)."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import Seat, scope_of
from efficiency.organs import heads
from efficiency.steps.frame import nearest
from targets.models import Plan, PlanEvent, PlanSignature, Revision
from targets.plans import letter, workflow
from targets.plans.enums import SignatureSide
from targets.plans.refusals import Changed, NotAllowed, NotInState
from targets.plans.workflow import action, once


@once
@action
def sign_organ(plan: Plan, /, *, by: User, at: datetime, version: int, text_sha256: str) -> PlanEvent:
    """
    Sign the text that ``by`` has read, for those who have to reach the plan: the head of the organ, the holder.

    Whoever calls has asked for the password again (docs/trust.md S-05).

    :raises Absent, NotAllowed, NotInState: as ``workflow.begin``; NotInState also where this side signed already
    :raises Changed: it is another text than the one that was read
    """
    step = workflow.begin(plan, "sign_organ", by=by, at=at, version=version)
    able = signing_seats(plan, by)
    if not able:
        raise NotAllowed(why_not_sign(plan, by))
    step.seat = nearest(able)
    return _sign(step, SignatureSide.ORGAN, by, text_sha256)


@once
@action
def sign_office(plan: Plan, /, *, by: User, at: datetime, version: int, text_sha256: str) -> PlanEvent:
    """
    Sign for the other side, after those who have to reach the plan; with that it is in force.

    The leader of the office signs with an organ, the head of the organ with the holder of a post (ours).

    :raises Absent, NotAllowed, NotInState: as ``workflow.begin``; NotInState also where it is not the turn of this side
    :raises Changed: it is another text than the one that was read
    """
    step = workflow.begin(plan, "sign_office", by=by, at=at, version=version)
    first = plan.signatures.filter(side=SignatureSide.ORGAN).select_related("user").first()
    if first is None:
        raise NotInState(_("Those who have to reach the plan sign first."))
    if is_same_person(by, first.user):
        raise NotAllowed(_("Nobody signs a letter for both parts."))
    return _sign(step, SignatureSide.OFFICE, by, text_sha256)


def _sign(step: workflow.Step, side: SignatureSide, by: User, text_sha256: str) -> PlanEvent:
    plan = step.subject
    if plan.signatures.filter(side=side).exists():
        raise NotInState(_("This side has signed already."))
    revision = signed_revision(plan)
    if text_sha256 != revision.text_sha256 or letter.sha256_of(revision.text) != revision.text_sha256:
        raise Changed
    if step.seat is None:
        raise NotAllowed(_("You may not take this step."))
    PlanSignature.objects.create(
        plan=plan,
        revision=revision,
        side=side,
        user=by,
        post_id=step.seat.post_id,
        at=step.at,
        sha256=revision.text_sha256,
    )
    data = {"sha256": revision.text_sha256}
    if side == SignatureSide.ORGAN:
        return workflow.finish(step, data=data, to=plan.state)
    plan.signed_at = step.at
    return workflow.finish(step, data=data)


def signing_seats(plan: Plan, by: User) -> list[Seat]:
    """Return the seats from which ``by`` signs first: of an organ its head's, of a post its holder's own."""
    seats = workflow.steps.seats_that_may(by, workflow.BY_ACTION["sign_organ"], plan)
    if plan.post_id is None:
        # Deputies bear the same mark: it is the head's own word.
        heading = heads.acting_in(plan.organ_id, scope_of(by).on)
        return [seat for seat in seats if seat.post_id in heading]
    # What a post has to reach is its holder's own word; a stand-in gives it for nobody (ours).
    return [seat for seat in seats if not seat.is_stand_in]


def why_not_sign(plan: Plan, by: User) -> str:
    """Return why ``by``, who stands on this side, does not sign for it; empty where they do."""
    if signing_seats(plan, by):
        return ""
    if plan.post_id is None:
        return str(_("The head of the organ signs the target letter."))
    return str(_("The holder of the post signs the target letter."))


def signed_revision(plan: Plan) -> Revision:
    """Return the revision whose letter is signed: the first; a change is confirmed and not signed anew (ours)."""
    return Revision.objects.get(plan=plan, number=1)
