"""
Whose move it is: what a person finds to do with documents of their own organ.

Leaders above and the office may take every step of those below as well; what waits there is those organs' work and in
no queue but theirs.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from disclosure.documents import workflow
from disclosure.enums import DocumentStep, VersionState
from disclosure.models import DocumentEvent, DocumentVersion
from efficiency.access.may import ways
from efficiency.access.scope import Scope, scope_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class Turn:
    """A step that somebody has to take, and the condition of the versions that wait for it."""

    step: DocumentStep
    condition: Q


def turns_of(user: "Person") -> list[Turn]:
    """Return the steps that are the person's, in the order of the way of a document."""
    scope = scope_of(user)
    wrote = Exists(
        DocumentEvent.objects.filter(
            version=OuterRef("pk"), action__in=workflow.WRITING, by_id__in=sorted(scope.account_ids)
        )
    )
    turns = []
    if organs := _own_organs(scope, "document.draft"):
        unfinished = Q(state=VersionState.DRAFT, handed_in_at__isnull=True, document__organ__in=organs)
        turns.append(Turn(DocumentStep.CHANGE, unfinished))
    for state, step in workflow.NEXT.items():
        if organs := _own_organs(scope, workflow.right_of(step)):
            waits = Q(state=state, document__organ__in=organs) & ~Q(wrote)
            if state == VersionState.DRAFT:
                waits &= Q(handed_in_at__isnull=False)
            turns.append(Turn(step, waits))
    return turns


def waiting_for(user: "Person") -> QuerySet[DocumentVersion]:
    """Return the versions whose next step is the person's."""
    conditions = Q(pk__in=[])
    for turn in turns_of(user):
        conditions |= turn.condition
    return DocumentVersion.objects.filter(conditions)


def _own_organs(scope: Scope, action: str) -> list[int]:
    """Return the organs in which the person sits on a post that allows the action."""
    return sorted({seat.organ_id for seat, _cell in ways(scope.seats, action)})
