"""
What the rules propose for a fault case, before anybody decides: row and responsibility, by what the portal recorded.

The chain is what the inquiry found (``conduct``), before that read from what the first clue of the case is about
(``chains``); the row is the first that fits (``liability``), the measure that of ``severity``. It is where a form
begins; whoever decides otherwise says why (docs/domain.md 10.2 to 10.4).
"""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db.models import Model

from accountability.faults import chains, liability, severity
from accountability.faults.chains import Recorded
from accountability.faults.enums import RespondentKind
from accountability.faults.liability import Chain, Row, Step
from accountability.faults.measures import may_be_against
from accountability.faults.words import (
    Act,
    Against,
    Circumstance,
    Degree,
    Measure,
    Part,
    Responsibility,
    Severity,
)
from accountability.models import Clue, FaultCase, Respondent, Sanction
from efficiency.access.persons import accounts_of_each
from efficiency.timing.due import local_day


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the rules propose for one respondent: ``responsibility`` is None where the chain leaves them out."""

    row: Row
    responsibility: Responsibility | None


def as_stored(step: Step) -> dict[str, Any]:
    """Return a step of a chain as the case keeps it."""
    return asdict(step) | {"part": step.part.value, "act": step.act.value}


def severity_of(case: FaultCase) -> Severity | None:
    """Return how grave the fault is by what the inquiry found of conduct and effect; None before it found anything."""
    found = case.found
    return severity.grade(Degree(found["conduct"]), Degree(found["effect"])) if found else None


def measure_for(
    respondent: Respondent, how_grave: Severity, role: Responsibility, found: Collection[Circumstance]
) -> Measure | None:
    """
    Return the measure that the rules propose: the middle of the range, shifted by the circumstances (10.3, 10.4).

    None where a circumstance leaves none, or it is no measure against an organ.
    """
    measure = severity.propose(how_grave, role, found).measure
    is_organ = respondent.kind == RespondentKind.ORGAN
    return None if measure is None or (is_organ and not may_be_against(measure, Against.ORGAN)) else measure


def chain_of(case: FaultCase) -> Recorded:
    """
    Return what the inquiry found; before it did, what was recorded of the subject of the oldest clue of which was.
    """
    if case.found:
        steps = (Step(**each | {"part": Part(each["part"]), "act": Act(each["act"])}) for each in case.found["steps"])
        return Recorded(Chain(tuple(steps)), recorded_of(case).sent_back)
    return recorded_of(case)


def recorded_of(case: FaultCase) -> Recorded:
    """Return what was recorded of the subject of the oldest clue of which anything was; nothing otherwise."""
    clues = Clue.objects.filter(case=case, withdrawn_at__isnull=True).select_related("card__deadline", "complaint")
    for clue in clues.order_by("pk"):
        subject = _subject_of(clue)
        recorded = chains.NOTHING if subject is None else chains.read(subject)
        if recorded.chain.steps:
            return recorded
    return chains.NOTHING


def for_respondents(case: FaultCase) -> dict[int, Proposed]:
    """Return what the rules propose, by key of the respondent; nobody where nothing was recorded."""
    recorded = chain_of(case)
    if not recorded.chain.steps:
        return {}
    allocation = liability.propose(recorded.chain)
    shares = {share.person: share.responsibility for share in allocation.shares}
    known = {step.person for step in recorded.chain.steps}
    people = case.respondents.filter(person__in=known).order_by("pk").values_list("pk", "person_id")
    return {pk: Proposed(allocation.row, shares.get(person)) for pk, person in people if person is not None}


def circumstances(case: FaultCase) -> dict[int, list[Circumstance]]:
    """
    Return what the ledger itself knows to make it heavier, by key of the respondent: a sanction within the year.

    It is of this respondent alone; whom the ledger knows nothing of is left out.
    """
    fault_on = case.fault_on or local_day(case.received_at)
    answering = case.respondents.filter(person__isnull=False).select_related("person").order_by("pk")
    people = {row.pk: row.person for row in answering if row.person is not None}
    # Of the natural person, by whichever account it was borne.
    accounts: dict[int, set[int]] = {}
    for given, account in accounts_of_each(people.values()):
        accounts.setdefault(account, set()).add(given)
    rows = Sanction.objects.in_force().filter(person__in=accounts).exclude(respondent__case=case)
    earlier: dict[int, list[date]] = {}
    for account, day in rows.order_by("pk").values_list("person_id", "fault_on"):
        for given in accounts.get(account or 0, ()):
            earlier.setdefault(given, []).append(day)
    return {
        pk: [Circumstance.REPEATED]
        for pk, person in people.items()
        if severity.is_repeated(fault_on, earlier.get(person.pk, []))
    }


def _subject_of(clue: Clue) -> Model | None:
    if clue.card is not None:
        return clue.card.deadline
    source = clue.complaint or clue.source
    return source if isinstance(source, Model) else None
