"""What an organ hands in of a pilot programme, and what the office does with it (docs/domain.md 11.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from efficiency import checks
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import Seat
from efficiency.files.clean import CleanFile
from efficiency.kept_questions import is_within
from efficiency.steps import frame
from supervision.models import (
    Participant,
    Phase,
    PilotCheck,
    PilotMilestone,
    PilotMilestoneEvent,
    PilotMilestoneToken,
)
from supervision.pilots import deadlines, messages
from supervision.pilots.access import Side, seats_that_may
from supervision.pilots.deadlines import AGAIN, MILESTONE, RECEIVE
from supervision.pilots.enums import MILESTONE_ENDED, MOST_ROUNDS, PAPERS, MilestoneState, TaskKind
from supervision.pilots.files import files
from supervision.pilots.refusals import Absent, Changed, Invalid, NotAllowed, NotInState

LONGEST_TEXT, LONGEST_REASON = 5000, 1000


@dataclass(frozen=True, slots=True)
class Transition(frame.Transition):
    """One row of the table: the right, the side, the promises that it keeps."""

    right: str = ""
    side: Side = Side.OFFICE
    meets: tuple[str, ...] = ()


OPEN, FILED, RETURNED = MilestoneState.OPEN, MilestoneState.FILED, MilestoneState.RETURNED
# fmt: off
TABLE = (
    Transition("file",    pgettext_lazy("step with a pilot task", "hand in"),
               frozenset({OPEN, RETURNED}), FILED,                   "pilot.report", Side.ORGAN, (MILESTONE, AGAIN)),
    Transition("receive", pgettext_lazy("step with a pilot task", "take on record"),
               frozenset({FILED}),          MilestoneState.RECEIVED, "pilot.manage", meets=(RECEIVE,)),
    Transition("send_back", pgettext_lazy("step with a pilot task", "send back"),
               frozenset({FILED}),          RETURNED,                "pilot.manage", meets=(RECEIVE,)),
    # What the withdrawal of an organ brings with it, in the name of whoever confirmed that.
    Transition("drop",    pgettext_lazy("step with a pilot task", "end without being done"),
               frozenset({OPEN, FILED, RETURNED}), MilestoneState.DROPPED),
)
# fmt: on
BEGUN = {
    "open": pgettext_lazy("step with a pilot task", "begin"),
    "follow": pgettext_lazy("step with a pilot task", "ask to put right what was found"),
}
Step = frame.Step[PilotMilestone, Transition]


class MilestoneSteps(frame.Steps[PilotMilestone, PilotMilestoneEvent, Transition]):
    """The steps of milestones."""

    name = "pilotmilestone"
    model, event_model, token_model = PilotMilestone, PilotMilestoneEvent, PilotMilestoneToken
    absent, changed, not_in_state = Absent, Changed, NotInState
    joined = ("participant__organ", "participant__programme__office", "phase")
    begun = BEGUN

    def is_known_to(self, by: User, milestone: PilotMilestone) -> bool:
        """Say whether ``by`` may know of it."""
        return is_within(by, PilotMilestone.objects.visible_to, milestone.pk)

    def seats_that_may(self, by: User, row: Transition, milestone: PilotMilestone) -> list[Seat]:
        """Return the seats on the side of the step that have its right; none for what comes with a withdrawal."""
        return [] if self.is_of_portal(row) else seats_that_may(by, row.right, row.side, milestone.participant)

    def is_of_portal(self, row: Transition) -> bool:
        """Say whether a step comes with the withdrawal of its organ."""
        return not row.right

    def is_there(self, row: Transition, milestone: PilotMilestone) -> bool:
        """Say whether state and round are those of the step: it is sent back once."""
        may_go_back = row.action != "send_back" or milestone.round < MOST_ROUNDS
        return milestone.state in row.sources and may_go_back

    def bring_in_line(self, step: Step) -> None:
        """Let the promise run that runs where the milestone stands now."""
        milestone = step.subject
        milestone.ended_at = step.at if milestone.state in MILESTONE_ENDED else None
        deadlines.bring_in_line(milestone, at=step.at, met=step.row.meets)

    def tell(self, event: PilotMilestoneEvent, row: Transition) -> None:
        """Tell the office what was handed in, the organ what became of it; of a withdrawal the organ is told once."""
        if event.action == "drop":
            return
        participant, on = event.milestone.participant, timezone.localdate(event.at)
        if event.action == "file":
            to = messages.officers_of(participant.programme.office, on)
        else:
            to = messages.leaders_of_organ(participant.organ, on)
        cause = f"pilot-milestone-event:{event.pk}"
        messages.tell(f"pilots.{event.action}", event.milestone, to, cause=cause, event=event)


steps = MilestoneSteps(TABLE)
begin, finish, action, once = steps.begin, steps.finish, steps.action, steps.once


@once
@action
def file(
    milestone: PilotMilestone,
    /,
    *,
    by: User,
    at: datetime,
    version: int,
    text: str,
    findings: str = "",
    has_findings: bool | None = None,
    attachments: Sequence[CleanFile] = (),
) -> PilotMilestoneEvent:
    """
    Hand in what a task asks for: a paper with its document; of a self-check also what was found, or that nothing was.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``
    :raises Invalid: no words, no document of a paper, or a self-check that does not say whether something was found
    """
    step = begin(milestone, "file", by=by, at=at, version=version)
    words = checks.text("text", text, _("Please say what was done."), at_most=LONGEST_TEXT)
    if milestone.kind in PAPERS and not attachments:
        raise Invalid("attachments", pgettext_lazy("pilot", "Please add the document."))
    if milestone.kind == TaskKind.SELF_CHECK:
        if has_findings is None:
            raise Invalid("has_findings", _("Please say whether the self-check found something to put right."))
        found = checks.optional_text("findings", findings, at_most=LONGEST_TEXT)
        if has_findings and not found:
            raise Invalid("findings", _("Please say what was found."))
        milestone.has_findings, milestone.findings = has_findings, found if has_findings else ""
    milestone.text, milestone.filed_by, milestone.filed_at = words, by, at
    event = finish(step, text=words)
    if attachments:
        files.attach(milestone, attachments, event=event, at=at)
    return event


@once
@action
def receive(
    milestone: PilotMilestone, /, *, by: User, at: datetime, version: int, remark: str = ""
) -> PilotMilestoneEvent:
    """
    Take what was handed in on record 备案; what a self-check found is asked to be put right.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotAllowed also for whoever handed it in
    """
    # Before the milestone, as a check and a withdrawal do: what is asked to be put right gets a place of its own.
    Participant.objects.select_for_update(no_key=True).get(pk=milestone.participant_id)
    step = begin(milestone, "receive", by=by, at=at, version=version)
    _only_another(milestone, by)
    words = checks.optional_text("remark", remark, at_most=LONGEST_REASON)
    event = finish(step, text=words)
    if milestone.kind == TaskKind.SELF_CHECK and milestone.has_findings:
        _ask_to_put_right(milestone.participant, milestone.phase, milestone.findings, step, follows=milestone)
    return event


@once
@action
def send_back(
    milestone: PilotMilestone, /, *, by: User, at: datetime, version: int, reason: str
) -> PilotMilestoneEvent:
    """
    Send what was handed in back, once, with reasons; it is handed in again within five working days.

    :raises Absent, NotAllowed, Changed, NotInState: as ``frame.begin``; NotInState also the second time
    :raises Invalid: no reason
    """
    step = begin(milestone, "send_back", by=by, at=at, version=version)
    _only_another(milestone, by)
    words = checks.text("reason", reason, _("Please give the reason."), at_most=LONGEST_REASON)
    milestone.round += 1
    return finish(step, text=words)


def _only_another(milestone: PilotMilestone, by: User) -> None:
    if milestone.filed_by is not None and is_same_person(by, milestone.filed_by):
        raise NotAllowed(_("Whoever handed it in does not decide on it."))


def _ask_to_put_right(
    participant: Participant,
    phase: Phase | None,
    findings: str,
    step: "frame.Step",  # type: ignore[type-arg]  # of a milestone, or of an organ that takes part
    *,
    follows: PilotMilestone | None = None,
    check: PilotCheck | None = None,
) -> PilotMilestone:
    """Ask an organ to put right what its self-check or the office found: a milestone of its own, with its own time."""
    last = participant.milestones.filter(phase=phase).aggregate(last=Max("position"))["last"] or 0
    with override("zh-hans"):
        title = "整改自查发现的问题" if follows else "整改检查发现的问题"
    row = PilotMilestone(
        participant=participant,
        phase=phase,
        kind=TaskKind.RECTIFY,
        position=last + 1,
        title=title,
        state=OPEN,
        findings=findings,
        follows=follows,
        check_found=check,
    )
    row.save()
    event = steps.first_event(row, "follow", at=step.at, by=step.by, seat=step.seat)
    deadlines.bring_in_line(row, at=step.at)
    row.save(update_fields=["next_due_at"])
    steps.tell(event, Transition("follow", BEGUN["follow"], frozenset(), None))
    return row


def ask_to_put_right(
    participant: Participant,
    findings: str,
    step: "frame.Step",
    *,
    check: PilotCheck,  # type: ignore[type-arg]
) -> PilotMilestone:
    """Ask an organ to put right what a check found, in the phase in which the check took place."""
    return _ask_to_put_right(participant, phase_on(participant, check.checked_on), findings, step, check=check)


def drop_all(participant: Participant, step: "frame.Step") -> None:  # type: ignore[type-arg]
    """End what an organ that is withdrawn still owes, with all promises about it; ``step`` holds the organ's lock."""
    for row in participant.milestones.exclude(state__in=MILESTONE_ENDED).order_by("pk"):
        follows = steps.begin_itself(row, "drop", at=step.at)
        follows.by, follows.seat = step.by, step.seat
        finish(follows)


def phase_on(participant: Participant, day: date) -> Phase | None:
    """Return the phase that runs on a day: the first that is not over, or the last."""
    phases = participant.programme.phases.order_by("position")
    return phases.filter(ends_on__gte=day).first() or phases.last()
