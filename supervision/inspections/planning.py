"""Plans of inspections: prepared by one, approved by another; the team is not of the organ (docs/domain.md 11)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency import checks, codes
from efficiency.access.may import seats_for
from efficiency.access.models import User
from efficiency.access.persons import accounts_of_each, is_same_person
from efficiency.access.scope import Seat, scope_of
from efficiency.audit.records import record
from efficiency.organs import offices
from efficiency.organs.models import Organ, Role, Tenure
from efficiency.timing.limits import add_months
from supervision.inspections import access, deadlines, messages, workflow
from supervision.inspections.enums import OUT, Kind, State, VisitState
from supervision.inspections.messages import Told
from supervision.inspections.refusals import Invalid, NotAllowed, NotInState, Refused
from supervision.inspections.workflow import plan_action, plan_once, plan_steps
from supervision.models import ChecklistVersion, Inspection, InspectionEvent, InspectionMember, Visit
from supervision.models.inspections import OF_OFFICE

# What a number begins with.
NUMBER = "DC"
LONGEST_TOPIC, LONGEST_TEXT, LONGEST_REASON = 100, 5000, 1000
# At least so many inspect (docs/domain.md 11).
FEWEST = 2
# Whoever held a post in an organ within so many months does not inspect it (ours).
LATELY_MONTHS = 24
# Nothing is planned further ahead, as no working calendar is known (ours).
MONTHS_AHEAD = 12
_KEY = "SELECT nextval(pg_get_serial_sequence('supervision_inspection', 'id'))"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan says."""

    kind: str
    topic: str
    content: str
    begin_on: date
    end_on: date
    organs: Sequence[Organ]
    team: Sequence[User]
    leader: User | None
    checklist: ChecklistVersion | None
    no_notice_reason: str = ""
    follows: Visit | None = None
    guests: Sequence[User] = field(default=())


def prepare(plan: Plan, /, *, by: User, at: datetime, token: str | None = None) -> Inspection:
    """
    Prepare the plan of an inspection in the name of the office; the same form prepares once (S-10).

    :raises NotAllowed: ``by`` may not inspect one of the organs
    :raises Invalid: something is missing, too few inspect, or one of them belongs to an organ or did so lately
    """
    if token and (event := plan_steps.event_of(token, of="prepare")):
        return event.inspection
    try:
        with transaction.atomic():
            return _prepare(plan, by=by, at=at, token=token)
    except (Refused, IntegrityError) as failure:
        if token and (event := plan_steps.event_of(token, of="prepare")):
            return event.inspection
        if isinstance(failure, NotAllowed):
            record("inspection.prepare", actor=by, outcome="refused", at=at)
        raise


def _prepare(plan: Plan, *, by: User, at: datetime, token: str | None) -> Inspection:
    seat = _seat_for(by, plan.organs)
    office = deadlines.office_for(Organ.objects.select_related("parent").get(pk=seat.organ_id))
    if office is None:
        raise NotAllowed(_("Your post belongs to no efficiency office."))
    with connection.cursor() as cursor:
        cursor.execute(_KEY)
        key = int(cursor.fetchone()[0])
    inspection = Inspection(
        pk=key,
        number=codes.number_for(key, at, prefix=NUMBER),
        state=State.DRAFT,
        office=office,
        prepared_by=by,
        prepared_at=at,
    )
    _say(inspection, plan, by=by, at=at)
    inspection.save(force_insert=True)
    _staff(inspection, plan, at=at)
    event = plan_steps.first_event(inspection, "prepare", by=by, seat=seat, at=at)
    messages.tell(event, (Told.HEADS,))
    if token:
        plan_steps.keep_token(token, event, of="prepare")
    return inspection


def _seat_for(by: User, organs: Sequence[Organ]) -> Seat:
    if not organs:
        raise Invalid("organs", _("Please choose at least one organ."))
    wanted = {organ.pk for organ in organs}
    seats = [seat for seat, _cell in seats_for(by, "inspection.plan", fresh=True) if wanted <= seat.organ_ids]
    own = offices.organs_of(scope_of(by).own_organ_ids)
    if not seats or own.filter(pk__in=wanted).exists():
        raise NotAllowed(_("You may not inspect one of these organs."), "organs")
    return min(seats, key=lambda seat: (seat.is_stand_in, seat.post_id))


def _say(inspection: Inspection, plan: Plan, *, by: User, at: datetime) -> None:
    """Put what a plan says into it, checked."""
    inspection.kind = checks.choice("kind", plan.kind, Kind, _("Please choose a kind."))
    topic = checks.text("topic", plan.topic, _("Please give a topic."), at_most=LONGEST_TOPIC)
    inspection.topic = " ".join(topic.split())
    inspection.content = checks.text("content", plan.content, _("Please say what is looked at."), at_most=LONGEST_TEXT)
    if plan.begin_on < timezone.localdate(at):
        raise Invalid("begin_on", _("This day is over."))
    for name in ("begin_on", "end_on"):
        if getattr(plan, name) > farthest(at):
            raise Invalid(name, _("This day lies more than a year ahead."))
    if plan.end_on < plan.begin_on:
        raise Invalid("end_on", _("The last day lies before the first."))
    inspection.begin_on, inspection.end_on = plan.begin_on, plan.end_on
    reason = checks.optional_text("no_notice_reason", plan.no_notice_reason, at_most=LONGEST_REASON)
    if reason and inspection.kind == Kind.COVERT:
        raise Invalid("no_notice_reason", _("Of a covert inspection nobody is told; no reason is needed."))
    inspection.no_notice_reason = reason
    if plan.checklist is None or plan.checklist.checklist.ended_at is not None:
        raise Invalid("checklist", _("Please choose a checklist."))
    inspection.checklist = plan.checklist
    if (inspection.kind == Kind.FOLLOW_UP) != (plan.follows is not None):
        raise Invalid("follows", _("A follow-up inspection names the visit that it follows, and no other does."))
    if plan.follows is not None:
        if plan.follows.state not in OUT or plan.follows.state == VisitState.SKIPPED:
            raise Invalid("follows", _("Only what was released is followed up."))
        if [organ.pk for organ in plan.organs] != [plan.follows.organ_id]:
            raise Invalid("organs", _("A follow-up inspection is of the organ of the visit that it follows."))
    inspection.follows = plan.follows
    _check_team(inspection, plan, by=by, at=at)


def _check_team(inspection: Inspection, plan: Plan, *, by: User, at: datetime) -> None:
    people = list({user.pk: user for user in plan.team}.values())
    persons = [one for at_, one in enumerate(people) if not any(is_same_person(one, other) for other in people[:at_])]
    if len(persons) < FEWEST:
        raise Invalid("team", _("At least two people inspect."))
    if plan.leader is None or plan.leader.pk not in {user.pk for user in people}:
        raise Invalid("leader", _("Please say who of the team leads it."))
    on = timezone.localdate(at)
    inspectors = inspectors_for(plan.organs, on=on)
    if any(user.pk not in inspectors for user in people):
        raise Invalid("team", _("The team is of officers and inspectors in charge of these organs."))
    if plan.guests and not _are_social_supervisors(plan.guests, on):
        raise Invalid("guests", _("Guests are social supervisors."))
    if concerned := concerned_of([*people, *plan.guests], plan.organs, on=on):
        names = "、".join(sorted(str(user) for user in [*people, *plan.guests] if user.pk in concerned))
        raise Invalid("team", _("Who belongs to an organ that is inspected, or did so lately, stays away: %s.") % names)
    if inspection.is_covert:
        heads = Tenure.objects.running(on).filter(user=by, post__organ=inspection.office_id, post__is_head=True)
        if by.pk not in {user.pk for user in people} and not heads.exists():
            raise Invalid("team", _("A covert inspection is prepared by one of its team or the head of the office."))


def inspectors_for(organs: Sequence[Organ], *, on: date) -> frozenset[int]:
    """Return the accounts that may inspect all these organs: officers and inspectors of offices that reach them."""
    common = None
    for organ in organs:
        above = set()
        step: Organ | None = organ
        while step is not None:
            above |= {step.pk}
            step = step.parent
        found = set(
            Tenure.objects.running(on)
            .filter(Q(post__organ__parent__in=above) | Q(post__organ__in=above), post__role__in=OF_OFFICE)
            .filter(user__is_active=True)
            .exclude(post__organ__in=offices.parts_of([organ.pk]).exclude(pk=organ.pk).values("pk"))
            .values_list("user_id", flat=True)
        )
        common = found if common is None else common & found
    return frozenset(common or ())


def concerned_of(people: Sequence[User], organs: Sequence[Organ], *, on: date) -> frozenset[int]:
    """Return who of ``people``, from whichever account, holds a post in one of the organs or held one lately (Z-07)."""
    pairs = accounts_of_each(people)
    lately = add_months(on, -LATELY_MONTHS)
    held = Tenure.objects.filter(user_id__in={other for _one, other in pairs})
    held = held.filter(post__organ__in=offices.parts_of([organ.pk for organ in organs]).values("pk"))
    there = set(held.filter(Q(until__isnull=True) | Q(until__gt=lately)).values_list("user_id", flat=True))
    return frozenset(one for one, other in pairs if other in there)


def _are_social_supervisors(people: Sequence[User], on: date) -> bool:
    held = Tenure.objects.running(on).filter(user__in=people, post__role=Role.SOCIAL_SUPERVISOR)
    return set(held.values_list("user_id", flat=True)) == {user.pk for user in people}


def _staff(inspection: Inspection, plan: Plan, *, at: datetime) -> None:
    """Write the team, and a visit for each organ; before the approval both are written anew."""
    inspection.members.all().delete()
    inspection.visits.all().delete()
    leader = plan.leader.pk if plan.leader else None
    members = {user.pk: InspectionMember(inspection=inspection, user=user) for user in plan.team}
    for user_id, member in members.items():
        member.is_leader = user_id == leader
    guests = [InspectionMember(inspection=inspection, user=user, is_guest=True) for user in plan.guests]
    InspectionMember.objects.bulk_create([*members.values(), *guests])
    Visit.objects.bulk_create(
        Visit(inspection=inspection, organ=organ, state=VisitState.PLANNED, version=0)
        for organ in {organ.pk: organ for organ in plan.organs}.values()
    )


@plan_once
@plan_action
def revise(inspection: Inspection, /, *, by: User, at: datetime, version: int, plan: Plan) -> InspectionEvent:
    """
    Change a plan that is not approved; whoever changed it last has prepared it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``PlanSteps.begin``
    :raises Invalid: as ``prepare``
    """
    step = plan_steps.begin(inspection, "revise", by=by, at=at, version=version)
    _seat_for(by, plan.organs)
    inspection.prepared_by, inspection.prepared_at = by, at
    _say(inspection, plan, by=by, at=at)
    _staff(inspection, plan, at=at)
    return plan_steps.finish(step)


@plan_once
@plan_action
def approve(inspection: Inspection, /, *, by: User, at: datetime, version: int) -> InspectionEvent:
    """
    Approve a plan that somebody else prepared: its begin and each of its visits are promised from now on.

    :raises Absent, NotAllowed, Changed, NotInState: as ``PlanSteps.begin``; NotAllowed also for who prepared it (Z-10);
        NotInState also where its first day is over, or a member belongs to an organ by now
    """
    step = plan_steps.begin(inspection, "approve", by=by, at=at, version=version)
    if access.had_part_in_plan(by, inspection):
        raise NotAllowed(_("Whoever prepared a plan does not approve it."))
    on = timezone.localdate(at)
    if inspection.begin_on < on:
        raise NotInState(_("The first day is over. Please send the plan back."))
    people = [member.user for member in inspection.members.select_related("user")]
    organs = [visit.organ for visit in inspection.visits.select_related("organ")]
    if concerned_of(people, organs, on=on):
        raise NotInState(_("A member of the team belongs to an organ that is inspected. Please send the plan back."))
    inspection.approved_by, inspection.approved_at = by, at
    event = plan_steps.finish(step)
    for visit in inspection.visits.select_related("organ").order_by("pk"):
        visit.version = 1
        deadlines.bring_in_line(visit, at=at, met=())
        visit.save(update_fields=["version", "next_due_at"])
        workflow.steps.first_event(visit, "plan", by=by, seat=step.seat, at=at, is_internal=True)
    return event


@plan_once
@plan_action
def send_back(inspection: Inspection, /, *, by: User, at: datetime, version: int, reason: str) -> InspectionEvent:
    """
    Send a plan back to whoever prepared it, with the reason.

    :raises Absent, NotAllowed, Changed, NotInState: as ``PlanSteps.begin``
    :raises Invalid: no reason
    """
    step = plan_steps.begin(inspection, "send_back", by=by, at=at, version=version)
    return plan_steps.finish(step, text=reason_of(reason))


@plan_once
@plan_action
def drop(inspection: Inspection, /, *, by: User, at: datetime, version: int, reason: str) -> InspectionEvent:
    """
    Drop an inspection that has not begun, with the reason; organs that had notice are told.

    :raises Absent, NotAllowed, Changed, NotInState: as ``PlanSteps.begin``
    :raises Invalid: no reason
    """
    step = plan_steps.begin(inspection, "drop", by=by, at=at, version=version)
    event = plan_steps.finish(step, text=reason_of(reason))
    # Visits of a plan that was never approved have not begun to be anything.
    for visit in inspection.visits.select_related("organ", "inspection").filter(version__gte=1):
        skipping = workflow.Step(visit, workflow.steps.by_action["skip"], at, by, step.seat)
        workflow.finish(skipping, text=event.text)
    return event


def farthest(at: datetime) -> date:
    """Return the last day that can be planned at a moment."""
    return add_months(timezone.localdate(at), MONTHS_AHEAD)


def reason_of(reason: str) -> str:
    """
    Return a reason as it is kept.

    :raises Invalid: there is none
    """
    return checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)


def may_follow(user: User) -> QuerySet[Visit]:
    """Return the visits that a follow-up inspection by ``user`` can be of, those that ordered one first."""
    rows = Visit.objects.of_office(user).filter(state__in=OUT).exclude(state=VisitState.SKIPPED)
    return rows.select_related("inspection", "organ").order_by("follow_up_on", "-released_at", "-pk")


__all__ = ["Plan", "approve", "concerned_of", "drop", "prepare", "revise", "send_back"]
