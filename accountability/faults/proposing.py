"""
What the rules propose for a fault case, before anybody decides: row and responsibility, by what the portal recorded.

The chain is read from what the first clue of the case is about (``chains``); the row is the first that fits
(``liability``). It is where a form begins; whoever decides otherwise says why (docs/domain.md 10.2, 10.4).
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Model

from accountability.faults import chains, liability, severity
from accountability.faults.chains import Recorded
from accountability.faults.liability import Row
from accountability.faults.words import Circumstance, Responsibility
from accountability.models import Clue, FaultCase, Sanction
from efficiency.timing.due import local_day


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the rules propose for one respondent: ``responsibility`` is None where the chain leaves them out."""

    row: Row
    responsibility: Responsibility | None


def chain_of(case: FaultCase) -> Recorded:
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
    people = case.respondents.filter(person__isnull=False)
    rows = Sanction.objects.in_force().filter(person__in=people.values("person")).exclude(respondent__case=case)
    earlier: dict[int, list[date]] = {}
    for person, day in rows.order_by("pk").values_list("person_id", "fault_on"):
        if person is not None:
            earlier.setdefault(person, []).append(day)
    return {
        pk: [Circumstance.REPEATED]
        for pk, person in people.order_by("pk").values_list("pk", "person_id")
        if person is not None and severity.is_repeated(fault_on, earlier.get(person, []))
    }


def _subject_of(clue: Clue) -> Model | None:
    if clue.card is not None:
        return clue.card.deadline
    source = clue.complaint or clue.source
    return source if isinstance(source, Model) else None
