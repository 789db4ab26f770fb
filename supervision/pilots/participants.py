"""Organs that take part: checked by the office, assessed by two persons at the end (docs/domain.md 11.2)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import Seat
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from supervision.models import Participant, ParticipantEvent, ParticipantToken, PilotCheck
from supervision.pilots import messages, milestones
from supervision.pilots.access import Side, seats_that_may
from supervision.pilots.enums import (
    MILESTONE_ENDED,
    PARTICIPANT_ENDED,
    CheckKind,
    Conclusion,
    ParticipantState,
    ProgrammeState,
)
from supervision.pilots.refusals import Absent, Changed, Invalid, NotAllowed, NotInState

LONGEST_TEXT, LONGEST_REASON = 5000, 1000


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table; all are of the office of the programme."""

    right: str = "pilot.manage"


TAKING_PART, PROPOSED = ParticipantState.TAKING_PART, ParticipantState.PROPOSED
WITHDRAWING = ParticipantState.WITHDRAWING
# fmt: off
TABLE = (
    Transition("check",   pgettext_lazy("step with a pilot organ", "record a check"), frozenset({TAKING_PART}), None),
    Transition("assess",  pgettext_lazy("step with a pilot organ", "propose the assessment"),
               frozenset({TAKING_PART}), PROPOSED),
    Transition("confirm", pgettext_lazy("step with a pilot organ", "confirm the assessment"),
               frozenset({PROPOSED}),    ParticipantState.ASSESSED),
    Transition("refuse",  pgettext_lazy("step with a pilot organ", "send the assessment back"),
               frozenset({PROPOSED}),    TAKING_PART),
    Transition("propose_withdrawal", pgettext_lazy("step with a pilot organ", "propose the withdrawal"),
               frozenset({TAKING_PART}), WITHDRAWING),
    Transition("withdraw", pgettext_lazy("step with a pilot organ", "confirm the withdrawal"),
               frozenset({WITHDRAWING}), ParticipantState.WITHDRAWN),
    Transition("keep",    pgettext_lazy("step with a pilot organ", "keep in the programme"),
               frozenset({WITHDRAWING}), TAKING_PART),
)
# fmt: on
BEGUN = {"join": pgettext_lazy("step with a pilot organ", "begin")}
Step = frame.Step[Participant, Transition]


class ParticipantSteps(frame.Steps[Participant, ParticipantEvent, Transition]):
    """The steps with organs that take part."""

    name = "participant"
    model, event_model, token_model = Participant, ParticipantEvent, ParticipantToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("organ", "programme__office", "proposed_by")
    begun = BEGUN

    def is_known_to(self, by: User, participant: Participant) -> bool:
        """Say whether ``by`` may know of it."""
        return is_within(by, Participant.objects.visible_to, participant.pk)

    def seats_that_may(self, by: User, row: Transition, participant: Participant) -> list[Seat]:
        """Return the seats of the office; none for whoever holds a post in the organ."""
        return seats_that_may(by, row.right, Side.OFFICE, participant)

    def is_there(self, row: Transition, participant: Participant) -> bool:
        """Say whether the organ is where the step begins, while the programme is under way."""
        return participant.state in row.sources and participant.programme.state == ProgrammeState.RUNNING

    def bring_in_line(self, step: Step) -> None:
        """No promise runs about an organ itself: its milestones have theirs."""
        if step.subject.state in PARTICIPANT_ENDED:
            step.subject.ended_at = step.at

    def tell(self, event: ParticipantEvent, row: Transition) -> None:
        """Tell the second person what waits, and the organ what was found and concluded."""
        participant, on = event.participant, timezone.localdate(event.at)
        if event.action in ("assess", "propose_withdrawal"):
            to = messages.officers_of(participant.programme.office, on)
        elif event.action in ("refuse", "keep"):
            to = [event.participant.proposed_by_id] if event.participant.proposed_by_id else []
        else:
            to = messages.leaders_of_organ(participant.organ, on)
        cause = f"pilot-organ-event:{event.pk}"
        messages.tell(f"pilots.{event.action}", participant, to, cause=cause, event=event)


steps = ParticipantSteps(TABLE)
begin, finish, action, once = steps.begin, steps.finish, steps.action, steps.once


@once
@action
def check(
    participant: Participant,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    kind: str,
    checked_on: date,
    result: str,
    has_findings: bool,
    inspection: str = "",
) -> ParticipantEvent:
    """
    Record a check or spot check of the office; what it found is asked to be put right within fifteen working days.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no result, or a day that lies ahead
    """
    step = begin(participant, "check", by=by, at=at, version=version)
    if checked_on > timezone.localdate(at):
        raise Invalid("checked_on", _("This day lies ahead."))
    row = PilotCheck.objects.create(
        participant=participant,
        kind=checks.choice("kind", kind, CheckKind, _("Please choose check or spot check.")),
        checked_on=checked_on,
        inspection=checks.optional_text("inspection", inspection, at_most=60),
        result=checks.text("result", result, _("Please say what was seen."), at_most=LONGEST_TEXT),
        has_findings=has_findings,
        by=by,
        at=at,
    )
    event = finish(step, text=row.result)
    if has_findings:
        milestones.ask_to_put_right(participant, row.result, step, check=row)
    return event


@once
@action
def assess(
    participant: Participant, /, *, by: User, at: datetime, version: int, conclusion: str, assessment: str
) -> ParticipantEvent:
    """
    Propose what the office concludes of an organ, once all that it had to hand in is on record.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotInState also while something is missing
    :raises Invalid: no conclusion or no reasons
    """
    step = begin(participant, "assess", by=by, at=at, version=version)
    if has_open(participant):
        raise NotInState(_("Not everything that the organ has to hand in is on record yet."))
    participant.conclusion = checks.choice("conclusion", conclusion, Conclusion, _("Please choose what you conclude."))
    participant.assessment = checks.text("assessment", assessment, _("Please give the reasons."), at_most=LONGEST_TEXT)
    participant.proposed_by = by
    return finish(step, text=participant.assessment, data={"conclusion": participant.conclusion})


def has_open(participant: Participant) -> bool:
    """Say whether something that the organ has to hand in is not on record yet."""
    return participant.milestones.exclude(state__in=MILESTONE_ENDED).exists()


@once
@action
def confirm(participant: Participant, /, *, by: User, at: datetime, version: int) -> ParticipantEvent:
    """
    Confirm an assessment; the organ reads it, and its conclusion is public.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for whoever proposed it
    """
    step = begin(participant, "confirm", by=by, at=at, version=version)
    _only_second(participant, by)
    participant.confirmed_by = by
    return finish(step)


@once
@action
def refuse(participant: Participant, /, *, by: User, at: datetime, version: int, reason: str) -> ParticipantEvent:
    """
    Send a proposed assessment back to whoever proposed it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for whoever proposed it
    :raises Invalid: no reason
    """
    step = begin(participant, "refuse", by=by, at=at, version=version)
    _only_second(participant, by)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    participant.conclusion = ""
    return finish(step, text=words)


@once
@action
def propose_withdrawal(
    participant: Participant, /, *, by: User, at: datetime, version: int, reason: str
) -> ParticipantEvent:
    """
    Propose that an organ takes part no longer, such as one that was dissolved; until it is confirmed nothing changes.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no reason
    """
    step = begin(participant, "propose_withdrawal", by=by, at=at, version=version)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    participant.proposed_by = by
    return finish(step, text=words)


@once
@action
def withdraw(participant: Participant, /, *, by: User, at: datetime, version: int) -> ParticipantEvent:
    """
    Confirm that an organ takes part no longer: what it still owes is owed no more; what was overdue stays broken.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for whoever proposed it
    """
    step = begin(participant, "withdraw", by=by, at=at, version=version)
    _only_second(participant, by)
    participant.confirmed_by = by
    milestones.drop_all(participant, step)
    return finish(step)


@once
@action
def keep(participant: Participant, /, *, by: User, at: datetime, version: int, reason: str) -> ParticipantEvent:
    """
    Refuse a withdrawal that was proposed: the organ takes part as before.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for whoever proposed it
    :raises Invalid: no reason
    """
    step = begin(participant, "keep", by=by, at=at, version=version)
    _only_second(participant, by)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    return finish(step, text=words)


def _only_second(participant: Participant, by: User) -> None:
    if participant.proposed_by is not None and is_same_person(by, participant.proposed_by):
        raise NotAllowed(_("A second person has to decide: you proposed this yourself."))
