"""What must be true of documents that were made by themselves (docs/trust.md I-37); counted by ``verify``."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.models import Document
from efficiency import facts
from efficiency.audit.verify import register_invariant
from efficiency.telling.models import UntoldFact

# What happened is told within the minute; what was not told for a day is stuck.
PATIENCE = timedelta(days=1)


def public_without_source() -> int:
    """Count documents that everybody may read although their source may not be told, or is no more."""
    at = timezone.now()
    count = 0
    for kind in facts.kinds():
        readable = Document.objects.readable().filter(source=kind.name, public_version__valid_until__isnull=True)
        keys = set(readable.order_by().values_list("source_key", flat=True))
        if keys:
            count += len(keys - {fact.key or str(fact.subject.pk) for fact in kind.standing(at)})
    return count


def untold() -> int:
    """Count what happened a day ago and was told to nobody."""
    return UntoldFact.objects.filter(at__lt=timezone.now() - PATIENCE).count()


def register() -> None:
    """Make the checks known; called once Django is ready."""
    for title, count in (
        (_("what was made by itself is public as long as its source is"), public_without_source),
        (_("what happened was told within a day"), untold),
    ):
        register_invariant("I-37", title, count)
