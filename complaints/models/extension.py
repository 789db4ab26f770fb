"""Requests for more time 延期申请, each decided by the leader or by the end of the old time (docs/domain.md 3.1)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Case
from complaints.models.request import Request, decision_is_whole


class ExtensionRequest(Request):
    """More working days that were asked for, for one promise about a case. Changes through ``complaints.actions``."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="extension_requests")
    days = models.PositiveSmallIntegerField(_("working days"))

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
            decision_is_whole("extension_request_decision_is_whole"),
        ]
        indexes = [models.Index(fields=["case"], name="extension_request_waiting", condition=Q(state="asked"))]

    def __str__(self) -> str:
        return f"{self.case_id} +{self.days}"
