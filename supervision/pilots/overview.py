"""How a programme stands: organs by phases, what was kept, what is late, what is open (docs/domain.md 11.2)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from efficiency.deadlines.models import Deadline
from supervision.models import Participant, Phase, PilotMilestone, Programme
from supervision.pilots import deadlines
from supervision.pilots.enums import MilestoneState, TaskKind

KEPT, LATE, OPEN = "kept", "late", "open"


@dataclass(slots=True)
class Cell:
    """The milestones of an organ in a phase: handed in in time, late (handed in or not), still open in time."""

    kept: int = 0
    late: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        """How many milestones there are."""
        return self.kept + self.late + self.open


@dataclass(slots=True)
class Line:
    """An organ with its cells, in the order of the phases, and the day on which its plan went on record."""

    participant: Participant
    cells: list[Cell]
    plan_on_record: datetime | None = None
    checks: int = 0


@dataclass(slots=True)
class Table:
    """A programme as a table, with the sums of its columns."""

    phases: list[Phase]
    lines: list[Line]
    sums: list[Cell] = field(default_factory=list)


def table(programme: Programme, /, *, at: datetime) -> Table:
    """Return how a programme stands at ``at``; a fixed number of questions, however many organs there are."""
    phases = list(programme.phases.order_by("position"))
    rows = list(
        PilotMilestone.objects.filter(participant__programme=programme).only(
            "id", "participant_id", "phase_id", "kind", "state", "ended_at"
        )
    )
    stands = stands_of(rows, at=at)
    cells: dict[tuple[int, int], Cell] = defaultdict(Cell)
    plans: dict[int, datetime] = {}
    for row in rows:
        if row.state == MilestoneState.DROPPED and stands[row.pk] != LATE:
            continue  # its organ was withdrawn before it was due
        cell, how = cells[row.participant_id, row.phase_id], stands[row.pk]
        setattr(cell, how, getattr(cell, how) + 1)
        if row.kind == TaskKind.PLAN and row.state == MilestoneState.RECEIVED and row.ended_at:
            plans[row.participant_id] = row.ended_at
    participants = programme.participants.select_related("organ").prefetch_related("checks")
    lines = [
        Line(each, [cells[each.pk, phase.pk] for phase in phases], plans.get(each.pk), len(each.checks.all()))
        for each in participants.order_by("organ__position", "organ__sort_key", "organ_id")
    ]
    sums = [_sum(line.cells[index] for line in lines) for index in range(len(phases))]
    return Table(phases, lines, sums)


def stands_of(rows: Iterable[PilotMilestone], /, *, at: datetime) -> dict[int, str]:
    """
    Return for each milestone whether it was kept, is late, or is open: by the first promise about it.

    What was sent back was handed in in time all the same, if it was: its second time is a promise of its own, and makes
    it late if that one is.
    """
    ids = [row.pk for row in rows]
    found = dict.fromkeys(ids, OPEN)
    for promise in deadlines.of_many(ids):
        if _is_late(promise, at):
            found[promise.object_id] = LATE
        elif promise.met_at is not None and found[promise.object_id] != LATE:
            found[promise.object_id] = KEPT
        elif promise.is_running and found[promise.object_id] == KEPT:
            found[promise.object_id] = OPEN
    return found


def _is_late(promise: Deadline, at: datetime) -> bool:
    ended = promise.met_at or promise.ended_at or at
    return promise.overdue_at is not None and promise.overdue_at <= min(ended, at)


def _sum(cells: Iterable[Cell]) -> Cell:
    total = Cell()
    for cell in cells:
        total.kept, total.late, total.open = total.kept + cell.kept, total.late + cell.late, total.open + cell.open
    return total


def running_phase(programme: Programme, on: date) -> Phase | None:
    """Return the phase that runs on a day; None once the last is over."""
    return programme.phases.filter(ends_on__gte=on).order_by("position").first()
