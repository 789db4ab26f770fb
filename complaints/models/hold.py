"""Why what is kept of a case is not erased when its time has run out (docs/trust.md P-10)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.case import Case
from complaints.querysets import RetentionHoldQuerySet


class RetentionHold(models.Model):
    """
    Nothing of a case is erased until the end of a day: a court, an audit or an inquiry still needs it.

    Several may stand on one case, each for its own reason. It ends by itself, or is lifted before; what was stays.
    Changes through ``complaints.actions``.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="retention_holds", verbose_name=_("case"))
    reason = models.TextField(_("reason"))
    until = models.DateField(_("last day"))
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("placed by")
    )
    placed_at = models.DateTimeField(_("placed at"))
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lift_reason = models.TextField(_("reason for lifting it"), blank=True)

    objects = RetentionHoldQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("retention", "hold on erasure")
        verbose_name_plural = pgettext_lazy("retention", "holds on erasure")
        constraints = [
            models.CheckConstraint(
                name="retention_hold_has_reason",
                condition=~Q(reason=""),
                violation_error_message=_("A hold on erasure has a reason."),
            ),
            models.CheckConstraint(
                name="retention_hold_lift_is_whole",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                violation_error_message=_("Whoever lifts a hold on erasure says why."),
            ),
        ]
        indexes = [
            models.Index(fields=["case", "until"], name="retention_hold_standing", condition=Q(lifted_at__isnull=True)),
            models.Index(fields=["-placed_at", "-id"], name="retention_hold_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.until:%Y-%m-%d}"

    def stands(self, on: date) -> bool:
        """Whether it keeps anything from being erased on a local date; the last day counts."""
        return self.lifted_at is None and on <= self.until
