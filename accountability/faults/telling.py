"""What complainants learn of a clue made of their complaint, and that nobody learns from a fault case who they are."""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from accountability.models import Card, Correction, FaultCase
from complaints import actions as cases
from complaints.actions import neutral
from complaints.models import Case


def complaints_of(case: FaultCase) -> list[Case]:
    """
    Return the complaints on which clues of the case rest.

    A clue was made of the complaint itself, of a red card about it, or of a correction that came from either.
    """
    of_case, of_card = ContentType.objects.get_for_model(Case), ContentType.objects.get_for_model(Card)
    of_correction = ContentType.objects.get_for_model(Correction)
    sources = case.clues.filter(content_type=of_correction).values("object_id")
    corrections = Correction.objects.filter(pk__in=sources)
    from_cards = corrections.filter(content_type=of_card).values("object_id")
    cards = Card.objects.filter(Q(clues__case=case) | Q(pk__in=from_cards), content_type=of_case)
    return list(
        Case.objects.filter(
            Q(pk__in=case.clues.filter(complaint__isnull=False).values("complaint_id"))
            | Q(pk__in=case.clues.filter(content_type=of_case).values("object_id"))
            | Q(pk__in=cards.values("object_id"))
            | Q(pk__in=corrections.filter(content_type=of_case).values("object_id"))
        ).order_by("pk")
    )


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
