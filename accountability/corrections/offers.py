"""Which steps a person may take with a correction now, and why others cannot be taken: what its page offers."""

from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from accountability.corrections import answering, elsewhere, workflow
from accountability.corrections.enums import BEFORE, ExtensionState, State
from accountability.models import Correction
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.organs.models import Rank, Role
from efficiency.steps.offers import Offer

# The steps of staff in the order of the work; ``send_back`` stands for two rows of the table.
STEPS: dict[str, tuple[str, ...]] = {
    "issue": ("issue",),
    "pass_on": ("pass_on",),
    "revise": ("revise",),
    "plan": ("plan",),
    "finish": ("finish",),
    "answer": ("answer",),
    "accept": ("accept",),
    "send_back": ("find_insufficient", "fail"),
    "issue_again": ("issue_again",),
    "ask_extension": ("ask_extension",),
    "extend": ("extend",),
    "refuse_extension": ("refuse_extension",),
    "decline": ("decline",),
    "withdraw": ("withdraw",),
}


def offers(correction: Correction, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    for name, rows in STEPS.items():
        there = [workflow.steps.by_action[each] for each in rows]
        there = [row for row in there if workflow.steps.is_there(row, correction)]
        if not there or not workflow.steps.seats_that_may(user, there[0], correction):
            continue
        why_not = _why_not(correction, user, name, at)
        if why_not is not None:
            found.append(Offer(name, there[0].label, why_not))
    return found


def _why_not(correction: Correction, user: User, name: str, at: datetime) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    match name:
        case "issue":
            if elsewhere.of(correction) is not None:
                return None
            own = correction.drafted_by is not None and is_same_person(user, correction.drafted_by)
            return _("Whoever drafted it does not issue it.") if own else ""
        case "pass_on":
            return "" if elsewhere.of(correction) is not None else None
        case "accept" | "send_back":
            own = correction.reported_by is not None and is_same_person(user, correction.reported_by)
            return _("Whoever handed in the result does not decide on it.") if own else ""
        case "issue_again":
            own = correction.found_by is not None and is_same_person(user, correction.found_by)
            return _("Whoever found the result insufficient does not issue it again.") if own else ""
        case "ask_extension":
            return None if answering.waiting_extension(correction) else answering.why_not_more(correction, 1, at)
        case "extend" | "refuse_extension":
            wish = answering.waiting_extension(correction)
            if wish is None:
                return None
            if is_same_person(user, wish.asked_by):
                return _("Whoever asked for more time does not decide on it.")
            return answering.why_not_more(correction, wish.days, at) if name == "extend" else ""
    return ""


def waiting_for(user: User, /) -> QuerySet[Correction]:
    """Return the corrections in which the next step is the person's, the nearest promise first."""
    scope = scope_of(user)
    posts = [seat.post_id for seat in scope.seats]
    led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    led += [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head]
    officer = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    office = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER, Role.INSPECTOR)]
    signs = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.rank == Rank.APPROVER]
    of_organ = Q(state__in=[State.ISSUED, State.PLANNED]) & (Q(post_id__in=posts) | Q(organ_id__in=led))
    reviews = Q(office_id__in=office, state=State.DONE) & ~_by("reported_by", user)
    decides = Q(office_id__in=officer, extensions__state=ExtensionState.ASKED)
    to_sign = Q(state__in=BEFORE) & ~_by("drafted_by", user) | Q(state=State.INSUFFICIENT) & ~_by("found_by", user)
    of_office = (reviews | decides | Q(office_id__in=signs) & to_sign) & ~Q(
        post_id__isnull=False, post_id__in=scope.own_post_ids
    )
    waits = Correction.objects.visible_to(user).filter(of_organ | of_office).distinct()
    return waits.order_by(F("next_due_at").asc(nulls_last=True), "pk")


def _by(field: str, user: User) -> Q:
    return Q(**{f"{field}__isnull": False, f"{field}__in": scope_of(user).account_ids})
