"""Which steps a person may take now in a pilot programme, and why others cannot be taken."""

from datetime import datetime

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer
from supervision.models import Participant, PilotMilestone, Programme, ProgrammeEvent
from supervision.models.pilots import OF_ORGAN
from supervision.pilots import milestones, participants, programmes
from supervision.pilots.enums import PARTICIPANT_ENDED, WITH_ORGAN, MilestoneState, ParticipantState, ProgrammeState


def of_programme(programme: Programme, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with a programme that are of its state and of this person."""
    found = []
    for row in programmes.TABLE:
        if not programmes.steps.is_there(row, programme) or not programmes.steps.seats_that_may(user, row, programme):
            continue
        why_not = ""
        if row.action == "start" and (written := programmes.why_not_start(programme, user)):
            why_not = written
        elif row.action == "start" and programme.phases.filter(position=1, ends_on__lt=timezone.localdate(at)).exists():
            why_not = _("The first phase is over. Please change the draft first.")
        elif row.action == "end" and programme.participants.exclude(state__in=PARTICIPANT_ENDED).exists():
            why_not = _("Not every organ is assessed yet.")
        found.append(Offer(row.action, row.label, why_not))
    return found


def of_participant(participant: Participant, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with an organ that are of its state and of this person."""
    found = []
    for row in participants.TABLE:
        may_take = participants.steps.seats_that_may(user, row, participant)
        if not participants.steps.is_there(row, participant) or not may_take:
            continue
        why_not = ""
        if row.action == "assess" and participants.has_open(participant):
            why_not = _("Not everything that the organ has to hand in is on record yet.")
        own = participant.proposed_by is not None and is_same_person(user, participant.proposed_by)
        if row.action in ("confirm", "refuse", "withdraw", "keep") and own:
            why_not = _("A second person has to decide: you proposed this yourself.")
        found.append(Offer(row.action, row.label, why_not))
    return found


def of_milestone(milestone: PilotMilestone, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps with a milestone that are of its state and of this person."""
    found = []
    for row in milestones.TABLE:
        if not milestones.steps.is_there(row, milestone) or not milestones.steps.seats_that_may(user, row, milestone):
            continue
        own = milestone.filed_by is not None and is_same_person(user, milestone.filed_by)
        decides = row.action != "file"
        why_not = _("Whoever handed it in does not decide on it.") if decides and own else ""
        found.append(Offer(row.action, row.label, why_not))
    return found


def milestones_waiting_for(user: User, /) -> QuerySet[PilotMilestone]:
    """Return the milestones whose next step is the person's, those due first."""
    scope = scope_of(user)
    own = Q(participant__organ_id__in=[seat.organ_id for seat in scope.seats_as(*OF_ORGAN)], state__in=WITH_ORGAN)
    offices = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    to_look_at = Q(participant__programme__office_id__in=offices, state=MilestoneState.FILED)
    to_look_at &= ~Q(participant__organ_id__in=scope.own_organ_ids)
    rows = PilotMilestone.objects.visible_to(user).filter(own | to_look_at)
    return rows.order_by(F("next_due_at").asc(nulls_last=True), "pk")


def programmes_waiting_for(user: User, /) -> QuerySet[Programme]:
    """Return the drafts that wait for the person to begin them."""
    offices = [seat.organ_id for seat in scope_of(user).seats_as(Role.OFFICE_OFFICER)]
    rows = Programme.objects.visible_to(user).filter(office_id__in=offices, state=ProgrammeState.DRAFT)
    written = ProgrammeEvent.objects.filter(action__in=programmes.WRITING, actor_id__in=scope_of(user).account_ids)
    return rows.exclude(pk__in=written.values("programme_id")).order_by("pk")


def participants_waiting_for(user: User, /) -> QuerySet[Participant]:
    """Return the assessments that wait for the person's confirmation."""
    scope = scope_of(user)
    offices = [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER)]
    rows = Participant.objects.visible_to(user).filter(
        programme__office_id__in=offices, state__in=[ParticipantState.PROPOSED, ParticipantState.WITHDRAWING]
    )
    rows = rows.exclude(organ_id__in=scope.own_organ_ids)
    return rows.exclude(proposed_by_id__in=scope.account_ids).order_by("pk")
