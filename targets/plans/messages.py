"""Who is told of a step with a plan; a message names it by year and code and nothing else (docs/trust.md Z-15)."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from enum import Enum

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access import persons
from efficiency.organs.models import OrganKind, Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup
from targets.models import Plan, PlanEvent
from targets.plans import deadlines, proposing
from targets.plans.enums import State


class Told(Enum):
    """Who may be told of a step."""

    ANSWERING = "answering"  # whoever holds the post, or the leaders of the organ
    DRAFTER = "drafter"  # whoever put it, or drafted it
    OFFICERS = "officers"  # those of the office who can approve
    SIGNERS = "signers"  # whoever signs next
    PROPOSER = "proposer"  # whoever proposed the change


# fmt: off
KINDS = (
    ("put", _("Target plan %(number)s waits for your word"),
     _("Target plan %(number)s was put to you. Read it, and agree to it or write what should be otherwise."),
     MessageGroup.DECISION),
    ("comment", _("A remark on target plan %(number)s"),
     _("Somebody has written a remark on target plan %(number)s. It stands on its page."), MessageGroup.WORK),
    ("take_back", _("Target plan %(number)s is drafted anew"),
     _("Target plan %(number)s was taken back to be changed. It will be put to you again."), MessageGroup.PROGRESS),
    ("agree", _("Target plan %(number)s waits for approval"),
     _("Target plan %(number)s was agreed to. It waits for approval by somebody who neither drafted nor agreed to it."),
     MessageGroup.DECISION),
    ("counter", _("A counter-proposal to target plan %(number)s"),
     _("A counter-proposal to target plan %(number)s was made. Answer it, or take the plan back to change it."),
     MessageGroup.DECISION),
    ("answer", _("Your counter-proposal to target plan %(number)s was answered"),
     _("The counter-proposal to target plan %(number)s was answered. Read the answer, and say whether you agree."),
     MessageGroup.DECISION),
    ("impose", _("Target plan %(number)s was set without agreement"),
     _("The time to agree to target plan %(number)s was over, and the head of the efficiency office has set it. The"
       " reason stands on its page; the target letter is signed next."), MessageGroup.DECISION),
    ("approve", _("Target plan %(number)s waits for your signature"),
     _("Target plan %(number)s was approved. Read the target letter and sign it in the portal."),
     MessageGroup.DECISION),
    ("sign_organ", _("Target letter %(number)s waits for your signature"),
     _("The target letter %(number)s was signed by those who have to reach it. Now your side signs."),
     MessageGroup.DECISION),
    ("sign_office", _("Target letter %(number)s is signed"),
     _("The target letter %(number)s was signed by both sides. The plan is in force."), MessageGroup.PROGRESS),
    ("come_into_force", _("Target plan %(number)s is in force unsigned"),
     _("The last day to sign the target letter %(number)s is over. The plan is in force; the signature is still owed."),
     MessageGroup.WORK),
    ("end", _("Target plan %(number)s has ended"),
     _("The time of target plan %(number)s is over, and so is the time to report on it."), MessageGroup.PROGRESS),
    ("withdraw", _("Target plan %(number)s was withdrawn"),
     _("Target plan %(number)s was withdrawn. The reason stands on its page."), MessageGroup.PROGRESS),
    ("propose_change", _("A change of target plan %(number)s waits for a decision"),
     _("A change of target plan %(number)s was proposed. Somebody else than who proposed it confirms or refuses it."),
     MessageGroup.DECISION),
    ("confirm_change", _("Target plan %(number)s was changed"),
     _("A change of target plan %(number)s was confirmed. What is different stands on its page."),
     MessageGroup.WORK),
    ("refuse_change", _("A change of target plan %(number)s was refused"),
     _("The change of target plan %(number)s was refused. The reason stands on its page."), MessageGroup.PROGRESS),
)
# fmt: on
MADE = "plans.made"


def register() -> None:
    """Make texts and subject known to the outbox; called once, when the app is ready."""
    for action, subject, body, group in KINDS:
        registry.register_kind(f"plans.{action}", subject, body, group=group)
    registry.register_kind(
        MADE,
        _("%(count)s target plans were drafted"),
        _("You have drafted %(count)s target plans for %(year)s. They wait to be filled in and put."),
        path=_list_of_drafts,
        group=MessageGroup.PROGRESS,
        label=_("Target plans were drafted"),
    )
    registry.register_subject(Plan, labels_of, may_know)


def _list_of_drafts() -> str:
    return reverse("admin:targets_plan_changelist") + "?state__exact=draft"


def tell(event: PlanEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    on = timezone.localdate(event.at)
    if event.action == "withdraw" and event.from_state == State.DRAFT:
        told = [audience for audience in told if audience is not Told.ANSWERING]  # they do not know of drafts
    if event.action == "end" and event.data.get("refused"):
        told = [*told, Told.PROPOSER]
    found = dict.fromkeys(pk for audience in told for pk in people_of(event.plan, audience, on))
    to = [pk for pk in found if pk != event.actor_id]
    if to:
        outbox.post(f"plan-event:{event.pk}", f"plans.{event.action}", to=to, subject=event.plan, at=event.at)


def people_of(plan: Plan, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns, by the posts that are held on the day."""
    match audience:
        case Told.DRAFTER:
            return [plan.put_by_id or plan.drafted_by_id]
        case Told.PROPOSER:
            newest = plan.revisions.order_by("-number").values_list("proposed_by_id", flat=True).first()
            return [newest] if newest else []
        case Told.ANSWERING:
            return _holders(_answering(plan), on)
        case Told.OFFICERS:
            able = _holders(Q(post__organ=plan.office_id, post__role=Role.OFFICE_OFFICER), on)
            taken = {person.pk for person in proposing.of_plan(plan)}
            return [pk for pk in able if pk not in taken]
        case Told.SIGNERS:
            _organ, post = deadlines.owing(plan, on)
            return _holders(Q(post=post), on) if post is not None else []


def _answering(plan: Plan) -> Q:
    if plan.post_id is not None:
        return Q(post=plan.post_id)
    if plan.organ.kind == OrganKind.EFFICIENCY_OFFICE:
        return Q(post__organ=plan.organ_id, post__role=Role.OFFICE_OFFICER, post__is_head=True)
    return Q(post__organ=plan.organ_id, post__role=Role.ORGAN_LEADER)


def _holders(which: Q, on: date) -> list[int]:
    held = Tenure.objects.running(on).filter(which, user__is_active=True)
    return sorted(set(held.values_list("user_id", flat=True)))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page for staff of each plan."""
    rows = Plan.objects.filter(pk__in=ids).select_related("organ", "post")
    return {row.pk: (row.reference, reverse("admin:targets_plan_change", args=[row.pk])) for row in rows}


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, plan) in which the person may know of it at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in (each for each in persons.accounts_with(user_ids) if each.is_active):
        visible = Plan.objects.filter(pk__in=ids).headers_visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known
