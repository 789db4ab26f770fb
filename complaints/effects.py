"""
What a step would do, before it is taken: the new state, promises that end and begin with their dates, who is told.

Read from the table of steps alone, so that the page before a step and the step itself cannot disagree.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from complaints import deadlines, together
from complaints.actions.reviewing import decisions_for
from complaints.enums import Kind, State
from complaints.messages import Audience
from complaints.models import Case
from complaints.workflow import DECISIONS, If, Transition, rows_of
from efficiency.deadlines import rules
from efficiency.deadlines.moments import limit_until
from efficiency.timing import store
from efficiency.timing.due import Limit, due_at, local_day

# What the table does not say: a step that opens and closes nothing may still lead to something.
NOTES: dict[str, Lazy] = {
    "recuse_person": gettext_lazy(
        "The person does not find the case any more from this moment on, and is not told why. It is never taken back."
    ),
    "report_unclear": gettext_lazy(
        "The head of the office designates a lead organ, which cannot return the case; the time for the reply runs on. "
        "Where an organ in question is not under the government of your office, the case goes to the office above, and "
        "you do not find it any more."
    ),
    "link_organ": gettext_lazy(
        "The organ, and what belongs to it, cannot have the case or a part in it any more: the office handles it "
        "itself, or gives it to an organ above. About an efficiency office it goes to the office above, and you may "
        "not find it any more."
    ),
    "ask_extension": gettext_lazy("The head of the office decides. Until then the last day stays as it is."),
    "take_up": gettext_lazy(
        "A new case begins with the decision on its acceptance; it comes from nobody. This case stays withdrawn, and "
        "its complainant is not told."
    ),
    "deny_contact": gettext_lazy(
        "Nothing changes before a second person of the office has confirmed it; the complainant learns nothing yet."
    ),
    "uphold_denial": gettext_lazy(
        "The case is treated as an anonymous one from now on: nobody is called or written to, and no review can be "
        "asked for. The complainant reads on the tracking page that the contact was not confirmed. A consent ends for "
        "good."
    ),
    "confirm_contact": gettext_lazy("The case is one with a name again; the handling organ does not learn it."),
    "ask_suspension": gettext_lazy("The efficiency office decides. Until then the clock runs on."),
    "extend": gettext_lazy("The last day moves by as many working days as you give. It moves only once."),
}
# Where one reply answers several cases.
OF_ALL = gettext_lazy(
    "One reply answers several cases, and this holds for all of them. If it is about somebody else than the others, "
    "separate it first."
)


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

    ``closes`` are the promises that the step keeps, ``cancels`` those that it ends without keeping them.
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
    opens = [
        opening
        for entry in row.opens
        if _can_hold(case, entry)
        for opening in _openings(case, row.action, entry, running - ending, at)
    ]
    target = row.target
    return Effect(
        way=row.way.label if row.way else "",
        becomes=State(target).label if target and target != case.state else "",
        closes=tuple(closes),
        cancels=tuple(deadlines.BY_NAME[kind].label for kind in row.cancels if kind in running),
        opens=tuple(opens),
        citizen_is_told=Audience.CITIZEN in row.told,
        note=_note_on(case, row.action),
    )


def _note_on(case: Case, action: str) -> str | Lazy:
    note = NOTES.get(action, "")
    if action in ("link_person", "link_organ") and (case.follows or together.followers(case).exists()):
        return f"{note} {OF_ALL}".strip()
    return note


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


def _openings(case: Case, action: str, entry: str | If, running: set[str], at: datetime) -> list[Opening]:
    """
    Return the promise that an entry opens; for a reply whose limit the step itself decides, one for each limit.

    Acceptance says what kind of case it is and how complex, so before it every limit is possible (docs/domain.md 3.5).
    """
    kind = entry.kind if isinstance(entry, If) else entry
    by_letter = deadlines.letter_day_of(case, kind)
    limit = limit_until(by_letter, at, calendar=store.load()) if by_letter else None
    if action != "accept" or kind != deadlines.REPLY or limit:
        condition = entry.words if isinstance(entry, If) else ""
        return [_opening(kind, _variant(case, action, kind), condition, running, at, limit)]
    between = pgettext("between items of a list", ", ")
    by_variant = {variant: _opening(kind, variant, label, running, at) for variant, label in _VARIANTS.items()}
    if deadlines.counts_from_reception(case):
        until = limit_until(deadlines.reception_day_of(case), at, calendar=store.load())
        for variant in (Kind.COMPLAINT.value, deadlines.COMPLEX):
            by_variant[variant] = _opening(kind, deadlines.RECEPTION, _VARIANTS[variant], running, at, until)
    by_day: dict[date | None, list[str]] = {}
    for opening in by_variant.values():
        by_day.setdefault(opening.last_day, []).append(str(opening.condition))
    variant = deadlines.variant_of(case, kind)
    first = by_variant[Kind.COMPLAINT.value if variant == deadlines.RECEPTION else variant].last_day
    return [
        Opening(label=deadlines.BY_NAME[kind].label, last_day=day, condition=between.join(words))
        for day, words in sorted(by_day.items(), key=lambda each: each[0] != first)
    ]


_VARIANTS: dict[str, Lazy] = {
    **{kind.value: kind.label for kind in Kind},  # type: ignore[dict-item]  # lazy, as all labels of choices
    deadlines.COMPLEX: pgettext_lazy("kind of case", "complex complaint"),
}


def _variant(case: Case, action: str, kind: str) -> str:
    """The limit that holds once the step was taken: what is instructed first is submitted on the same day."""
    comes_first = action == "instruct" and kind == deadlines.SUBMIT
    return deadlines.URGENT if comes_first else deadlines.variant_of(case, kind)


def _opening(
    kind: str, variant: str, condition: str | Lazy, running: set[str], at: datetime, limit: Limit | None = None
) -> Opening:
    within = limit or rules.terms_of(kind, variant, on=local_day(at)).limit
    return Opening(
        label=deadlines.BY_NAME[kind].label,
        last_day=None if kind in deadlines.CHOSEN else local_day(due_at(at, within, calendar=store.load())),
        condition=condition,
        is_running=kind in running,
    )
