"""What the handling organ asks the office for about a promise, and what became of it (docs/domain.md 3.1, 3.4)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.deadlines.models import Deadline


class RequestState(models.TextChoices):
    """What became of a request."""

    ASKED = "asked", pgettext_lazy("state of a request for more time", "waits for a decision")
    GRANTED = "granted", pgettext_lazy("state of a request for more time", "granted")
    REFUSED = "refused", pgettext_lazy("state of a request for more time", "refused")
    # Undecided when the old time was over, or no longer needed because the promise had ended.
    LAPSED = "lapsed", pgettext_lazy("state of a request for more time", "lapsed")


class Request(models.Model):
    """The shape of a request for one promise: who asked why and when, and who decided on it."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="+", verbose_name=_("promise"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=8, choices=RequestState, default=RequestState.ASKED)
    # Nobody where the end of the time decided.
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        abstract = True


def decision_is_whole(name: str) -> models.CheckConstraint:
    """Return the constraint of a table of requests that a decision has a moment, and a person unless time decided."""
    return models.CheckConstraint(
        name=name,
        condition=Q(state="asked", decided_at__isnull=True, decided_by__isnull=True)
        | Q(state__in=["granted", "refused"], decided_at__isnull=False, decided_by__isnull=False)
        | Q(state="lapsed", decided_at__isnull=False, decided_by__isnull=True),
    )
