"""Which complaints stand behind what the office makes, and that nobody learns from it who complained (P-06)."""

from collections.abc import Iterable

from django.db import models

from accountability.models import Card, Correction, FaultCase, Respondent
from complaints.actions import neutral
from complaints.models import Case
from efficiency.deadlines.models import Deadline


def cases_behind(*subjects: models.Model | None) -> frozenset[int]:
    """
    Return the keys of the cases that subjects are about, or came from over however many steps.

    Followed are what cards and corrections are about, their promises and what these are about, the clues of fault
    cases, and the case in which somebody answers. A case is its own; None and everything else has none.
    """
    found: set[int] = set()
    seen: set[tuple[type, int]] = set()
    waiting = list(subjects)
    while waiting:
        subject = waiting.pop()
        if subject is None or (key := (type(subject), subject.pk)) in seen:
            continue
        seen.add(key)
        if isinstance(subject, Case):
            found.add(subject.pk)
        else:
            waiting.extend(_came_from(subject))
    return frozenset(found)


def _came_from(subject: models.Model) -> Iterable[models.Model | None]:
    match subject:
        case Card() | Correction():
            return (_about(subject), subject.deadline)
        case Deadline():
            return (_about(subject),)
        case Respondent():
            return (subject.case,)
        case FaultCase():
            clues = subject.clues.select_related("card", "complaint")
            return [each for clue in clues for each in (clue.card, clue.complaint, _about(clue))]
    return ()


def _about(subject: models.Model) -> models.Model | None:
    """Return the object that a row refers to by type and key, whoever may see it."""
    kind = subject.content_type  # type: ignore[attr-defined]  # rows with a reference to any model
    model = kind.model_class() if kind is not None else None
    return model._base_manager.filter(pk=subject.object_id).first() if model is not None else None  # type: ignore[attr-defined]  # as above


def check(field: str, words: str, *subjects: models.Model | None) -> None:
    """
    Refuse words that tell who complained, or repeat the complaint that ``subjects`` came from: the accused reads them.

    :raises Invalid: they do; ``GivesAway`` where it is a name or a contact, which the caller puts on record (P-04)
    """
    if not words.strip():
        return
    for case in Case.objects.filter(pk__in=cases_behind(*subjects)).order_by("pk"):
        neutral.check(field, words, case)
