"""Which steps a person may take with a report now, and why others cannot be taken: what its page offers."""

from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.access.scope import Scope, scope_of
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from targets.models import Report
from targets.models.plans import of_own_post
from targets.reports import checking, filling, workflow
from targets.reports.enums import MOST_ROUNDS, WITH_ORGAN, ExtensionState, State

# The steps that have a page of their own, in the order of the work; filling in is done value by value.
STEPS = ("submit", "accept", "send_back", "ask_extension", "extend", "refuse_extension")


def offers(report: Report, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    for name in STEPS:
        row = workflow.steps.by_action[name]
        if not workflow.steps.is_there(row, report) or not workflow.steps.seats_that_may(user, row, report):
            continue
        why_not = _why_not(report, user, name, at)
        if why_not is not None:
            found.append(Offer(name, row.label, why_not))
    return found


def may_fill(report: Report, user: User) -> bool:
    """Say whether the person fills in values of the report now."""
    row = workflow.steps.by_action["fill"]
    return workflow.steps.is_there(row, report) and bool(workflow.steps.seats_that_may(user, row, report))


def _why_not(report: Report, user: User, name: str, at: datetime) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    match name:
        case "submit":
            if report.owed_since is None:
                return _("The period is not over yet. What you filled in is kept until then.")
            missing = filling.not_filled_in(report)
            names = "、".join(str(each) for each in missing)
            return _("Please fill in first: %(indicators)s.") % {"indicators": names} if missing else ""
        case "accept":
            return checking.why_not_theirs(user, report)
        case "send_back":
            if report.round >= MOST_ROUNDS:
                return _("It was sent back once already: what is not proved now is found so.")
            return checking.why_not_theirs(user, report)
        case "ask_extension":
            if report.owed_since is None or filling.waiting_extension(report):
                return None
            return filling.why_not_more(report, 1, at)
        case "extend" | "refuse_extension":
            wish = filling.waiting_extension(report)
            if wish is None:
                return None
            if why_not := checking.why_not_deciding(user, report, wish):
                return why_not
            return filling.why_not_more(report, wish.days, at) if name == "extend" else ""
    return ""


def waiting_for(user: User, /) -> QuerySet[Report]:
    """Return the reports in which the next step is the person's, the nearest promise first."""
    scope = scope_of(user)
    posts = [seat.post_id for seat in scope.seats]
    led = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    led += [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head]
    reports = Q(state__in=WITH_ORGAN, owed_since__isnull=False) & (
        Q(post_id__in=posts) | Q(organ_id__in=led, post__isnull=True)
    )
    decides = Q(extensions__state=ExtensionState.ASKED) & _in_charge(scope, Role.OFFICE_OFFICER) & _apart(user)
    waits = Report.objects.visible_to(user).filter(reports | _checks(user) | decides).distinct()
    return waits.order_by(F("next_due_at").asc(nulls_last=True), "pk")


def to_check(user: User, /) -> QuerySet[Report]:
    """Return the reports that wait for a check which the person may make."""
    return Report.objects.visible_to(user).filter(_checks(user))


def _checks(user: User) -> Q:
    in_charge = _in_charge(scope_of(user), Role.APPRAISAL_OFFICER)
    return Q(state=State.SUBMITTED) & in_charge & ~_by(user) & _apart(user)


def _apart(user: User) -> Q:
    """Return the condition of what is neither of an own post nor of an organ in which the person sits (Z-07)."""
    return ~Q(organ_id__in=scope_of(user).own_organ_ids) & ~of_own_post(user)


def _in_charge(scope: Scope, role: Role) -> Q:
    offices = [seat.organ_id for seat in scope.seats_as(role)]
    return Q(organ_id__in=scope.organ_ids_as(role)) | Q(office_id__in=offices)


def _by(user: User) -> Q:
    return Q(submitted_by__isnull=False, submitted_by__in=scope_of(user).account_ids)
