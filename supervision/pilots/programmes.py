"""Programmes: drafted with phases, tasks and organs, begun by a second person, ended when all are assessed (11.2)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from efficiency import checks
from efficiency.access.may import ACTING, seats_for
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import Seat, scope_of
from efficiency.kept_questions import is_within
from efficiency.organs.models import Organ, OrganKind
from efficiency.steps import frame
from efficiency.timing.calendar import OutsideCalendar
from supervision.models import (
    Participant,
    ParticipantEvent,
    Phase,
    PilotMilestone,
    PilotMilestoneEvent,
    PilotTask,
    Programme,
    ProgrammeEvent,
    ProgrammeToken,
)
from supervision.pilots import deadlines, messages, outline
from supervision.pilots.enums import PARTICIPANT_ENDED, MilestoneState, ParticipantState, ProgrammeState
from supervision.pilots.outline import PhaseLines, TaskLine
from supervision.pilots.refusals import Absent, Changed, Invalid, NotAllowed, NotInState

LONGEST_NAME, LONGEST_BASIS, LONGEST_TEXT = 100, 200, 5000


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table; all are of the office of the programme."""

    right: str = "pilot.manage"


DRAFT, RUNNING = ProgrammeState.DRAFT, ProgrammeState.RUNNING
# fmt: off
TABLE = (
    Transition("revise", pgettext_lazy("step with a pilot programme", "change the draft"), frozenset({DRAFT}), None),
    Transition("start",  pgettext_lazy("step with a pilot programme", "begin"), frozenset({DRAFT}), RUNNING),
    Transition("end",    pgettext_lazy("step with a pilot programme", "end"),
               frozenset({RUNNING}), ProgrammeState.ENDED),
)
# fmt: on
BEGUN = {"draft": pgettext_lazy("step with a pilot programme", "draft")}
# The steps of whoever writes a programme: none of them begins it.
WRITING = ("draft", "revise")
Step = frame.Step[Programme, Transition]


class ProgrammeSteps(frame.Steps[Programme, ProgrammeEvent, Transition]):
    """The steps of programmes."""

    name = "programme"
    model, event_model, token_model = Programme, ProgrammeEvent, ProgrammeToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("office", "drafted_by")
    begun = BEGUN

    def is_known_to(self, by: User, programme: Programme) -> bool:
        """Say whether ``by`` may know of it."""
        return is_within(by, Programme.objects.visible_to, programme.pk)

    def seats_that_may(self, by: User, row: Transition, programme: Programme) -> list[Seat]:
        """Return the seats of the office whose programme it is."""
        found = [seat for seat, cell in seats_for(by, row.right, programme) if cell in ACTING]
        return [seat for seat in found if seat.organ_id == programme.office_id]

    def bring_in_line(self, step: Step) -> None:
        """No promise runs about a programme itself."""

    def tell(self, event: ProgrammeEvent, row: Transition) -> None:
        """Tell the second person what waits, and the organs that it has begun or ended."""
        on = timezone.localdate(event.at)
        programme = event.programme
        if event.action == "draft":
            to = messages.officers_of(programme.office, on)
        elif event.action in ("start", "end"):
            to = messages.leaders_of(programme, on)
        else:
            return
        messages.tell(f"pilots.{event.action}", programme, to, cause=f"pilot-event:{event.pk}", event=event)


steps = ProgrammeSteps(TABLE)
begin, finish, action, once = steps.begin, steps.finish, steps.action, steps.once


def draft(
    *,
    by: User,
    at: datetime,
    name: str,
    basis: str,
    aim: str,
    phases: str,
    organs: Collection[Organ],
    token: str = "",
) -> Programme:
    """
    Draft a programme with its phases and tasks (``outline.read``) and the organs that take part.

    :raises NotAllowed: ``by`` is of no office
    :raises Invalid: a field does not do
    """
    if token and (event := steps.event_of(token, of="draft")):
        return event.programme
    with transaction.atomic():
        scope_of(by, fresh=True)
        seats = [seat for seat, cell in seats_for(by, "pilot.manage") if cell in ACTING]
        if not seats:
            raise NotAllowed
        seat = frame.nearest(seats)
        programme = Programme(state=DRAFT, office_id=seat.organ_id, drafted_by=by)
        _put(programme, name, basis, aim)
        read = outline.read(phases)
        chosen = _checked_organs(organs, seat)
        programme.save()
        _lay_out(programme, read, chosen)
        event = steps.first_event(programme, "draft", at=at, by=by, seat=seat)
        if token:
            steps.keep_token(token, event, of="draft")
        steps.tell(event, Transition("draft", BEGUN["draft"], frozenset(), None))
    return programme


@once
@action
def revise(
    programme: Programme,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    name: str,
    basis: str,
    aim: str,
    phases: str,
    organs: Collection[Organ],
) -> ProgrammeEvent:
    """
    Change a draft; whoever drafted or changed it cannot begin it.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: a field does not do
    """
    step = begin(programme, "revise", by=by, at=at, version=version)
    _put(programme, name, basis, aim)
    read = outline.read(phases)
    chosen = _checked_organs(organs, step.seat)
    PilotTask.objects.filter(phase__programme=programme).delete()
    Phase.objects.filter(programme=programme).delete()
    programme.participants.all().delete()
    _lay_out(programme, read, chosen)
    programme.drafted_by = by
    return finish(step)


def _put(programme: Programme, name: str, basis: str, aim: str) -> None:
    programme.name = checks.text("name", name, _("Please name the programme."), at_most=LONGEST_NAME)
    programme.basis = checks.text("basis", basis, _("Please name what it rests on."), at_most=LONGEST_BASIS)
    programme.aim = checks.text("aim", aim, _("Please say what it is for."), at_most=LONGEST_TEXT)


def _checked_organs(organs: Collection[Organ], seat: Seat | None) -> list[Organ]:
    """Return the organs that take part: in reach of the office, and no efficiency office."""
    chosen = sorted(organs, key=lambda organ: organ.pk)
    reach = seat.organ_ids if seat else frozenset()
    if not chosen:
        raise Invalid("organs", _("Please choose the organs that take part."))
    if any(o.pk not in reach or o.kind == OrganKind.EFFICIENCY_OFFICE or o.until is not None for o in chosen):
        raise Invalid("organs", _("An organ in reach of the office takes part, and no efficiency office."))
    return chosen


def _lay_out(programme: Programme, phases: tuple[PhaseLines, ...], organs: list[Organ]) -> None:
    rows = Phase.objects.bulk_create(
        Phase(programme=programme, position=position, name=phase.name, ends_on=phase.ends_on)
        for position, phase in enumerate(phases, start=1)
    )
    PilotTask.objects.bulk_create(
        PilotTask(phase=row, position=position, kind=task.kind, text=task.text)
        for row, phase in zip(rows, phases, strict=True)
        for position, task in enumerate(phase.tasks, start=1)
    )
    Participant.objects.bulk_create(
        Participant(programme=programme, organ=organ, state=ParticipantState.TAKING_PART) for organ in organs
    )


def outline_of(programme: Programme) -> str:
    """Return the phases and tasks of a programme as the text that the office edits."""
    from supervision.pilots.enums import TaskKind

    phases = [
        PhaseLines(
            phase.name,
            phase.ends_on,
            tuple(TaskLine(TaskKind(task.kind), task.text) for task in phase.tasks.order_by("position")),
        )
        for phase in programme.phases.order_by("position")
    ]
    return outline.written(phases)


@once
@action
def start(programme: Programme, /, *, by: User, at: datetime, version: int) -> ProgrammeEvent:
    """
    Begin a programme: from now on each organ owes each task by the last day of its phase.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for whoever drafted or
        changed it;
        NotInState also where the first phase is over, or the working calendar does not reach the end of the last
    """
    step = begin(programme, "start", by=by, at=at, version=version)
    if why_not := why_not_start(programme, by):
        raise NotAllowed(why_not)
    phases = list(programme.phases.order_by("position").prefetch_related("tasks"))
    if phases[0].ends_on < timezone.localdate(at):
        raise NotInState(_("The first phase is over. Please change the draft first."))
    programme.started_by, programme.started_at = by, at
    participants = list(programme.participants.select_related("organ", "programme").order_by("organ_id"))
    event = finish(step)
    for each in participants:
        ParticipantEvent.objects.create(
            participant=each,
            number=each.version,
            action="join",
            actor=by,
            actor_organ_id=step.seat.organ_id if step.seat else None,
            at=at,
            to_state=each.state,
        )
    try:
        for phase in phases:
            _open(phase, participants, step)
    except OutsideCalendar as outside:
        raise NotInState(_("The working calendar does not reach the end of the last phase yet.")) from outside
    return event


def why_not_start(programme: Programme, by: User) -> str:
    """Return why ``by`` is not the second person; empty where they are."""
    writers = programme.events.filter(action__in=WRITING, actor__isnull=False).select_related("actor")
    if any(is_same_person(by, event.actor) for event in writers if event.actor):
        return gettext("Whoever drafted or changed the programme does not begin it.")
    return ""


def _open(phase: Phase, participants: list[Participant], step: Step) -> None:
    """Open the milestones of a phase for all organs, in a few statements."""
    tasks = sorted(phase.tasks.all(), key=lambda task: task.position)
    rows = PilotMilestone.objects.bulk_create(
        PilotMilestone(
            participant=participant,
            phase=phase,
            kind=task.kind,
            position=task.position,
            title=task.text,
            state=MilestoneState.OPEN,
        )
        for participant in participants
        for task in tasks
    )
    PilotMilestoneEvent.objects.bulk_create(
        PilotMilestoneEvent(
            milestone=row,
            number=1,
            action="open",
            actor=step.by,
            actor_organ_id=step.seat.organ_id if step.seat else None,
            at=step.at,
            to_state=row.state,
        )
        for row in rows
    )
    deadlines.open_phase(rows, phase.ends_on, at=step.at)


@once
@action
def end(programme: Programme, /, *, by: User, at: datetime, version: int, conclusion: str) -> ProgrammeEvent:
    """
    End a programme once every organ is assessed; the conclusion is public.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotInState also where an organ is not assessed
    :raises Invalid: no conclusion
    """
    step = begin(programme, "end", by=by, at=at, version=version)
    if programme.participants.exclude(state__in=PARTICIPANT_ENDED).exists():
        raise NotInState(_("Not every organ is assessed yet."))
    words = checks.text("conclusion", conclusion, _("Please say what was learned."), at_most=LONGEST_TEXT)
    programme.conclusion, programme.ended_at = words, at
    return finish(step, text=words)
