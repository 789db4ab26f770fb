"""The head of each day, told to the auditors in the morning: a copy outside the portal (docs/trust.md L-04)."""

from datetime import datetime, time, timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.chain.models import ChainHead
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import MessageGroup

KIND = "chain.head"
# With the other digests of the morning.
TOLD_FROM = time(8, 30)
# What a worker that was away did not tell is told when it is back.
HEADS_OF_DAYS = 7


def register() -> None:
    """Make the text known; called once, when the app is ready."""
    registry.register_kind(
        KIND,
        _("Head of the record chain on %(day_on)s: %(place)s"),
        _(
            "The last seal of the day has the number %(place)s and the hash\n%(hash)s\n"
            "Keep this message outside the portal. Whether the chain still holds this head is shown by the command "
            "verify with the option --against."
        ),
        group=MessageGroup.WORK,
        label=_("Head of the record chain"),
        path=lambda: reverse("pages:integrity"),
    )


@transaction.atomic
def tell_heads(*, at: datetime) -> None:
    """
    Send each auditor the heads of the days before, from half past eight on.

    Safe to run twice, and two at once: one message to each auditor and day (docs/trust.md D-06).
    """
    today = timezone.localdate(at)
    if timezone.localtime(at).time() < TOLD_FROM:
        return
    heads = ChainHead.objects.filter(day__gte=today - timedelta(days=HEADS_OF_DAYS), day__lt=today).order_by("day")
    auditors = Tenure.objects.running(today).filter(post__role=Role.AUDITOR, user__is_active=True)
    readers = sorted(set(auditors.values_list("user_id", flat=True)))
    for head in heads:
        told = {"day_on": head.day.isoformat(), "place": head.number, "hash": head.hex}
        outbox.post_each(f"chain:{head.day.isoformat()}", KIND, dict.fromkeys(readers, told), at=at)
