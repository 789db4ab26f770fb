"""
Who is told of a document: whoever finds its next step in their work, and its authors when it comes back.

A message says that there is something and where, never what it is (docs/trust.md Z-15).
"""

from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.documents import workflow
from disclosure.enums import VersionState
from disclosure.models import DocumentVersion
from efficiency.access import persons
from efficiency.access.may import MATRIX
from efficiency.access.models import User
from efficiency.organs.models import Tenure
from efficiency.outbox import registry
from efficiency.outbox.actions import post
from efficiency.outbox.models import MessageGroup

WAITS, SENT_BACK = "disclosure.document_waits", "disclosure.document_sent_back"


def tell_next(version: DocumentVersion, /, *, authors: list[User], at: datetime) -> None:
    """Tell whoever may take the next step at the organ itself, but no author of the version."""
    step = workflow.NEXT.get(VersionState(version.state))
    if step is None:
        return
    people = [
        person
        for person in _entitled(version, workflow.right_of(step), at)
        if not any(persons.is_same_person(person, author) for author in authors)
    ]
    event = f"document:{version.pk}:{version.revision}:{step.value}"
    post(event, WAITS, to=[person.pk for person in people], at=at)


def tell_authors(version: DocumentVersion, /, *, authors: list[User], by: User, at: datetime) -> None:
    """Tell those who wrote the version that it came back, unless they took it back themselves."""
    people = [author.pk for author in authors if not persons.is_same_person(author, by)]
    post(f"document:{version.pk}:{version.revision}:{at.isoformat()}:back", SENT_BACK, to=people, at=at)


def _entitled(version: DocumentVersion, right: str, at: datetime) -> list[User]:
    """Return those who sit at the organ of the document on a post that allows an action."""
    ways = Q(pk__in=[])
    for role, cell in MATRIX[right].items():
        ways |= Q(post__role=role) & (Q() if cell.ranks is None else Q(post__rank__in=cell.ranks))
    running = Tenure.objects.running(timezone.localdate(at)).filter(ways, post__organ=version.document.organ_id)
    return list(User.objects.filter(pk__in=running.values("user"), is_active=True).order_by("pk"))


def register() -> None:
    """Make the texts known; called once Django is ready."""
    registry.register_kind(
        WAITS,
        _("A document waits for your step"),
        _("A document for disclosure of your organ waits for a step that you may take. Your work of today names it."),
        digest=True,
        path=_path_of_work,
        group=MessageGroup.DECISION,
        label=_("A document waits for the next step"),
    )
    registry.register_kind(
        SENT_BACK,
        _("A document was sent back to you"),
        _("A document for disclosure that you wrote on was sent back. Its page says what has to be changed."),
        path=_path_of_work,
        group=MessageGroup.WORK,
        label=_("A document was sent back"),
    )


def _path_of_work() -> str:
    return f"{reverse('admin:disclosure_document_changelist')}?standing=mine"
