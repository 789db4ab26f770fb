"""Periods that are over and have no bulletin: nothing waits in silence (docs/domain.md 12.1, docs/trust.md D-07)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, Metric

from efficiency.audit.verify import Violations
from supervision.models import Bulletin, BulletinWork

# So long composing a bulletin may take, with all that has to be tried again.
USUAL = timedelta(days=1)


def figures(now: datetime) -> Iterator[Metric]:
    """Yield how many periods wait for their bulletin, and for how long the first of them has."""
    noted = sorted(BulletinWork.objects.values_list("noted_at", flat=True))
    yield GaugeMetricFamily("portal_bulletins_owed", "Periods that are over and have no bulletin", value=len(noted))
    waits = (now - noted[0]).total_seconds() if noted else 0
    yield GaugeMetricFamily("portal_bulletin_owed_seconds", "How long the first of them has waited", value=waits)


def overdue() -> Violations:
    """Count the periods that wait for longer than is usual, for ``verify``."""
    late = BulletinWork.objects.filter(noted_at__lt=timezone.now() - USUAL).order_by("since", "pk")
    known = set(Bulletin.objects.filter(slug__in=[each.period.slug for each in late]).values_list("slug", flat=True))
    slugs = [each.period.slug for each in late if each.period.slug not in known]
    return Violations(len(slugs), slugs[0] if slugs else "")
