"""What complainants learn of a clue made of their complaint, and that nobody learns from a fault case who they are."""

from datetime import datetime

from accountability import behind
from accountability.models import FaultCase
from complaints import actions as cases
from complaints.actions import neutral
from complaints.models import Case

# Which way a complainant has who is not content (docs/domain.md 10.5), in the portal's own language as what is typed.
NOT_CONTENT = "对不予立案追究的决定不满意的，可以向同级监察机关反映。"


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
    """
    Let the named complainants read why no fault case was opened, and where they can go; return how many complaints.

    In the caller's transaction.
    """
    if not text:
        return 0
    words = f"{text}\n{NOT_CONTENT}"
    return sum(cases.tell_of_inquiry(complaint, at=at, text=words) for complaint in named_complaints(case))
