"""Who may know of papers and bundles: whoever may read what a paper is about; whoever asked for a bundle (Z-13)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet

from accountability.models import Bundle, Paper
from accountability.papers import bundles, registry
from efficiency.access.may import may, register_relation
from efficiency.access.rows import met, register_rows
from efficiency.access.scope import Scope, Seat

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser


def papers_of(user: "Person") -> "QuerySet[Paper]":
    """Return the papers of which ``user`` may read the subject, kind by kind."""
    known, there = Q(pk__in=[]), met(Paper)
    for kind in registry.kinds():
        about = ContentType.objects.get_for_model(kind.model)
        if about.pk in there:
            subjects = kind.subjects_of(user).order_by().values("pk")
            known |= Q(kind=kind.name, content_type=about, object_id__in=subjects)
    return Paper.objects.filter(known)


def bundles_of(user: "Person") -> "QuerySet[Bundle]":
    """
    Return the bundles that ``user`` asked for and of which they still may read the subject (docs/trust.md Z-07).

    Those of others do not exist, whatever their subject. Asked row by row: of one person there are few.
    """
    if not may(user, "bundle.ask"):
        return Bundle.objects.none()
    known = Q(pk__in=[])
    for source in bundles.sources():
        rows = source.readable_by(user).order_by().filter(pk=OuterRef("object_id"))
        known |= Q(Exists(rows), content_type=ContentType.objects.get_for_model(source.model))
    return Bundle.objects.filter(known, asked_by_id=user.pk)


def seats_to_bundle(scope: Scope, bundle: Bundle) -> Iterable[Seat]:
    """Return the seats of whoever asked for the bundle."""
    return scope.seats if bundle.asked_by_id == scope.user_id else []


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_rows(Paper, papers_of)
    register_rows(Bundle, bundles_of)
    register_relation(Bundle, seats_to_bundle)
