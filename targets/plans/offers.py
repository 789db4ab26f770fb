"""Which steps a person may take with a plan now, and why others cannot be taken: what its page offers."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from targets.models import Plan, PlanSignature, Revision
from targets.models.plans import of_own_post
from targets.plans import changing, deadlines, heading, negotiating, proposing, signing, workflow
from targets.plans.enums import RevisionState, SignatureSide, State

# The steps of staff in the order of the work.
STEPS = (
    *("agree", "approve", "answer", "impose", "sign_organ", "sign_office", "confirm_change", "refuse_change"),
    *("propose_change", "put", "edit", "edit_change", "counter", "comment", "begin_change", "take_back", "drop_change"),
    "withdraw",
)


def offers(plan: Plan, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    change = changing.open_change(plan) if plan.state == State.IN_FORCE else None
    signatures = {each.side: each for each in plan.signatures.select_related("user")}
    for name in STEPS:
        row = workflow.BY_ACTION[name]
        if not workflow.is_there(row, plan) or not workflow.steps.seats_that_may(user, row, plan):
            continue
        why_not = _why_not(plan, user, name, at, change, signatures)
        if why_not is not None:
            found.append(Offer(name, row.label, why_not))
    return found


def _why_not(
    plan: Plan,
    user: User,
    name: str,
    at: datetime,
    change: Revision | None,
    signatures: dict[str, PlanSignature],
) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    is_drafted = change is not None and change.state == RevisionState.DRAFT
    is_proposed = change is not None and change.state == RevisionState.PROPOSED
    match name:
        case "approve":
            return negotiating.why_not_approve(plan, user)
        case "impose":
            return negotiating.why_not_approve(plan, user) or negotiating.too_early_to_impose(plan, at)
        case "counter":
            return None if plan.countered_at is not None else ""
        case "answer":
            return "" if plan.waits_for_answer else None
        case "sign_organ":
            return None if SignatureSide.ORGAN in signatures else signing.why_not_sign(plan, user)
        case "sign_office":
            first = signatures.get(SignatureSide.ORGAN)
            if first is None or SignatureSide.OFFICE in signatures:
                return None
            return _("Nobody signs a letter for both parts.") if is_same_person(user, first.user) else ""
        case "begin_change":
            return None if change is not None else changing.why_not_change(plan, at)
        case "edit_change" | "drop_change":
            return "" if is_drafted and not changing.is_of_other_side(plan, user, name) else None
        case "propose_change":
            is_own = is_drafted and not changing.is_of_other_side(plan, user, name)
            return changing.why_not_change(plan, at) if is_own else None
        case "confirm_change" | "refuse_change":
            if not is_proposed or change is None:
                return None
            too_late = changing.why_not_change(plan, at) if name == "confirm_change" else ""
            return changing.why_not_confirm(change, user) or too_late
    return ""


def waiting_for(user: User, /, *, at: datetime | None = None) -> QuerySet[Plan]:
    """
    Return the plans in which the next step is the person's, the nearest promise first.

    :param at: the moment that is asked for; none: now
    """
    scope = scope_of(user)
    posts = [seat.post_id for seat in scope.seats]
    led = [seat.organ_id for seat in scope.seats if _leads(seat.role, seat.is_head)]
    approving = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    own = of_own_post(user) | Q(organ_id__in=scope.own_organ_ids) & ~Q(organ_id=F("office_id"))
    answers = Q(post_id__in=posts) | Q(post__isnull=True, organ_id__in=led)
    held = [seat.post_id for seat in scope.seats if not seat.is_stand_in]
    signs = Q(post_id__in=held) | Q(post__isnull=True) & heading.heads_organ(scope)
    organ_signed = Exists(PlanSignature.objects.filter(plan=OuterRef("pk"), side=SignatureSide.ORGAN))
    change = Revision.objects.filter(plan=OuterRef("pk"), number__gt=1, state=RevisionState.PROPOSED)
    no_part = change.exclude(proposed_by__in=scope.account_ids).exclude(drafted_by__in=scope.account_ids)
    decides = Exists(no_part) & ~proposing.change_proposed_by(scope.account_ids)
    begun = Q(drafted_by__in=scope.account_ids) | _by("put_by", user) | _by("agreed_by", user)
    proposers = begun | Q(proposing.proposed_by(scope.account_ids))
    unsigned = Q(state__in=[State.APPROVED, State.IN_FORCE], signed_at__isnull=True)
    countered = Q(countered_at__isnull=False, answered_at__isnull=True)
    can_be_set = heading.set_by(scope) & Q(deadlines.over_to_agree(at or timezone.now()))
    mine = (
        Q(state=State.PUT) & answers & ~countered
        | Q(state=State.PUT) & countered & _by("put_by", user)
        | Q(state=State.PUT) & can_be_set & ~proposers & ~own
        | Q(state=State.DRAFT, drafted_by__in=scope.account_ids)
        | Q(state=State.AGREED, office_id__in=approving) & ~proposers & ~own
        | unsigned & ~organ_signed & signs
        | unsigned & organ_signed & heading.countersigned_by(scope)
        | Q(state=State.IN_FORCE, office_id__in=approving) & decides & ~own
    )
    waits = Plan.objects.visible_to(user).filter(mine)
    return waits.order_by(F("next_due_at").asc(nulls_last=True), "pk")


def _leads(role: str, is_head: bool) -> bool:
    return role == Role.ORGAN_LEADER or (role == Role.OFFICE_OFFICER and is_head)


def _by(field: str, user: User) -> Q:
    return Q(**{f"{field}__isnull": False, f"{field}__in": scope_of(user).account_ids})
