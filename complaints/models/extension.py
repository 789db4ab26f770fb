"""Requests for more time 延期申请, each decided by the leader or by the end of the old time (docs/domain.md 3.1)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.case import Case
from efficiency.deadlines.models import Deadline


class RequestState(models.TextChoices):
    """What became of a request."""

    ASKED = "asked", pgettext_lazy("state of a request for more time", "waits for a decision")
    GRANTED = "granted", pgettext_lazy("state of a request for more time", "granted")
    REFUSED = "refused", pgettext_lazy("state of a request for more time", "refused")
    # Undecided when the old time was over, or no longer needed because the promise had ended.
    LAPSED = "lapsed", pgettext_lazy("state of a request for more time", "lapsed")


class ExtensionRequest(models.Model):
    """More working days that were asked for, for one promise about a case. Changes through ``complaints.actions``."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="extension_requests")
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="+", verbose_name=_("promise"))
    days = models.PositiveSmallIntegerField(_("working days"))
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
        verbose_name = _("request for more time")
        verbose_name_plural = _("requests for more time")
        constraints = [
            models.UniqueConstraint(
                name="extension_request_once",
                fields=["deadline"],
                violation_error_message=_("More time was asked for or given before; that is done once."),
            ),
            models.CheckConstraint(name="extension_request_has_days", condition=Q(days__gte=1) & ~Q(reason="")),
            models.CheckConstraint(
                name="extension_request_decision_is_whole",
                condition=Q(state="asked", decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=["granted", "refused"], decided_at__isnull=False, decided_by__isnull=False)
                | Q(state="lapsed", decided_at__isnull=False, decided_by__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["case"], name="extension_request_waiting", condition=Q(state="asked"))]

    def __str__(self) -> str:
        return f"{self.case_id} +{self.days}"
