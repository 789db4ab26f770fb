"""
What a step would do, before it is taken: the new state, promises that end and begin with their dates, who is told.

Read from the table of steps alone, so that the page before a step and the step itself cannot disagree.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import deadlines
from complaints.actions.reviewing import decisions_for
from complaints.enums import State
from complaints.messages import Audience
from complaints.models import Case
from complaints.workflow import DECISIONS, If, Transition, rows_of
from efficiency.deadlines import rules
from efficiency.timing import store
from efficiency.timing.due import due_at, local_day

# What the table does not say: a step that opens and closes nothing may still lead to something.
NOTES: dict[str, Lazy] = {
    "ask_extension": gettext_lazy("The head of the office decides. Until then the day of the reply stays as it is."),
    "extend": gettext_lazy("The day of the reply moves by as many working days as you give. It moves only once."),
}


@dataclass(frozen=True, slots=True)
class Opening:
    """
    A promise that a step opens, with its last day; ``condition`` says when, where it is not certain.

    Without a last day it is the one that whoever takes the step chooses.
    """

    label: str | Lazy
    last_day: date | None
    condition: str | Lazy = ""
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """
    What one row of the table would do; ``way`` names the way of handling where rows differ by it.

    ``closes`` are promises that the step keeps, ``cancels`` those that end neither kept nor broken.
    """

    way: str | Lazy
    becomes: str | Lazy
    closes: tuple[str | Lazy, ...]
    cancels: tuple[str | Lazy, ...]
    opens: tuple[Opening, ...]
    citizen_is_told: bool
    note: str | Lazy = ""


def effects_of(case: Case, action: str, /, *, at: datetime) -> list[Effect]:
    """
    Return what ``action`` would do to ``case`` at ``at``, one effect for each row of the table that could hold.

    :raises KeyError: the table does not know the action
    """
    running = deadlines.running_kinds(case)
    # A review ends in one of the ways that are open to this case; handling is chosen freely.
    ends = decisions_for(case) if action in DECISIONS else []
    rows = [row for row in rows_of(action) if case.state in row.sources and (not ends or row.way in ends)]
    return [_effect(case, row, running, at) for row in rows]


def _effect(case: Case, row: Transition, running: set[str], at: datetime) -> Effect:
    closes: list[str | Lazy] = []
    for entry in row.closes:
        kind = entry.kind if isinstance(entry, If) else entry
        if kind in running:
            closes.append(_conditional(kind, entry))
    ending = {entry.kind if isinstance(entry, If) else entry for entry in row.closes} | set(row.cancels)
    opens = [_opening(case, entry, running - ending, at) for entry in row.opens if _can_hold(case, entry)]
    target = row.target
    return Effect(
        way=row.way.label if row.way else "",
        becomes=State(target).label if target and target != case.state else "",
        closes=tuple(closes),
        cancels=tuple(deadlines.BY_NAME[kind].label for kind in row.cancels if kind in running),
        opens=tuple(opens),
        citizen_is_told=Audience.CITIZEN in row.told,
        note=NOTES.get(row.action, ""),
    )


def _conditional(kind: str, entry: str | If) -> str:
    label = str(deadlines.BY_NAME[kind].label)
    if isinstance(entry, If):
        return _("%(promise)s (if: %(condition)s)") % {"promise": label, "condition": entry.words}
    return label


def _can_hold(case: Case, entry: str | If) -> bool:
    """Leave out what cannot come true for this case; what depends on typed values stays, with its condition."""
    if not isinstance(entry, If):
        return True
    try:
        return entry.holds(case, {})
    except KeyError:
        return True


def _opening(case: Case, entry: str | If, running: set[str], at: datetime) -> Opening:
    kind = entry.kind if isinstance(entry, If) else entry
    terms = rules.terms_of(kind, deadlines.variant_of(case, kind), on=local_day(at))
    return Opening(
        label=deadlines.BY_NAME[kind].label,
        last_day=None if kind == deadlines.ASSIST else local_day(due_at(at, terms.limit, calendar=store.load())),
        condition=entry.words if isinstance(entry, If) else "",
        is_running=kind in running,
    )
