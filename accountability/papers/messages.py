"""Whoever asked for a bundle of evidence is told what became of it (docs/trust.md Z-13, Z-15)."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accountability.models import Bundle
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup

READY, NOT_MADE = "bundles.ready", "bundles.not_made"


def register() -> None:
    """Make texts and subject known to the outbox; called once, when the app is ready."""
    registry.register_kind(
        READY,
        _("Bundle of evidence %(number)s can be fetched"),
        _("Bundle of evidence %(number)s is ready. It can be fetched by you alone, for 24 hours."),
        group=MessageGroup.WORK,
    )
    registry.register_kind(
        NOT_MADE,
        _("Bundle of evidence %(number)s was not made"),
        _(
            "Bundle of evidence %(number)s could not be made in time, or is no longer yours to have. Its state is in "
            "your list, from where it can be asked for again."
        ),
        group=MessageGroup.WORK,
    )
    registry.register_subject(Bundle, labels_of, may_know)


def tell(bundle: Bundle, kind: str, /, *, at: datetime) -> None:
    """Write to whoever asked, in the transaction in which it came to its end."""
    outbox.post(f"bundle:{bundle.pk}", kind, to=[bundle.asked_by_id], subject=bundle, at=at)


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page of each bundle: what it is about stands on the page alone."""
    mine = reverse("admin:accountability_bundle_changelist")
    return {pk: (str(pk), mine) for pk in Bundle.objects.filter(pk__in=ids).values_list("pk", flat=True)}


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, bundle) in which the person asked for the bundle."""
    return set(Bundle.objects.filter(pk__in=ids, asked_by__in=user_ids).values_list("asked_by_id", "pk"))
