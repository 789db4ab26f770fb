"""What ``/metrics`` says of the complaint mailbox; no label holds an address or a number (docs/trust.md W-02)."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min
from prometheus_client.core import GaugeMetricFamily, Metric

from complaints.mailbox import places
from complaints.models import IncomingMail, MailPoll, MailState


def figures(now: datetime) -> Iterator[Metric]:
    """Yield the figures; there is no age where no mailbox is set up, or one was never looked into."""
    names = [mailbox.name for mailbox in places.configured()]
    looked = dict(MailPoll.objects.filter(mailbox__in=names).values_list("mailbox", "looked_at"))
    moments = [looked.get(name) for name in names]
    oldest = min((moment for moment in moments if moment is not None), default=None)
    if oldest is not None and None not in moments:  # its absence is an alert of its own
        age = (now - oldest).total_seconds()
        yield GaugeMetricFamily(
            "portal_mailbox_age_seconds", "Since the mailbox looked into longest ago was looked into", value=age
        )
    waiting = IncomingMail.objects.filter(state=MailState.WAITING).aggregate(n=Count("pk"), since=Min("stored_at"))
    yield GaugeMetricFamily("portal_letters_waiting", "Letters that are stored and not read", value=waiting["n"])
    yield GaugeMetricFamily(
        "portal_letters_oldest_seconds",
        "For how long the oldest of them has waited",
        value=(now - waiting["since"]).total_seconds() if waiting["since"] else 0.0,
    )
    aside = IncomingMail.objects.filter(state=MailState.ASIDE).count()
    yield GaugeMetricFamily("portal_letters_aside", "Letters put aside for a person", value=aside)
    family = GaugeMetricFamily(
        "portal_letters_last_day", "Letters decided on within 24 hours", labels=["state", "reason"]
    )
    decided = IncomingMail.objects.filter(done_at__gt=now - timedelta(days=1)).values_list("state", "reason")
    for state, reason, number in decided.annotate(number=Count("pk")).order_by("state", "reason"):
        family.add_metric([state, reason], number)
    yield family
