"""What complainants learn of a clue made of their complaint, and that nobody learns from a fault case who they are."""

from datetime import datetime

from accountability import behind
from accountability.models import FaultCase
from complaints import actions as cases
from complaints.actions import neutral
from complaints.models import Case


def complaints_of(case: FaultCase) -> list[Case]:
    """
    Return the complaints on which clues of the case rest.

    A clue was made of the complaint itself, or of a card or a correction that came from it over however many of them.
    """
    return list(Case.objects.filter(pk__in=behind.cases_behind(case)).order_by("pk"))


def named_complaints(case: FaultCase) -> list[Case]:
    """Return those of them whose complainant gave a name, and so is told (docs/domain.md 10.5)."""
    return [complaint for complaint in complaints_of(case) if complaint.is_named]


def check(case: FaultCase, field: str, words: str) -> None:
    """
    Refuse words that tell who complained, or repeat the complaint: people read them who must not know (P-06).

    :raises Refused: they do; a name or a contact is on record then
    """
    for complaint in complaints_of(case):
        neutral.check(field, words, complaint)


def tell_complainants(case: FaultCase, text: str, /, *, at: datetime) -> int:
    """Let the named complainants read why no fault case was opened; return how many complaints, in the transaction."""
    if not text:
        return 0
    return sum(cases.tell_of_inquiry(complaint, at=at, text=text) for complaint in named_complaints(case))
