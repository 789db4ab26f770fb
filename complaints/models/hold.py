"""Why what is kept of a case is not erased when its time has run out (docs/trust.md P-10)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.case import Case
from complaints.querysets import RetentionHoldQuerySet
from efficiency.holds import Hold, constraints_of, indexes_of


class RetentionHold(Hold):
    """Nothing of a case is erased until the end of a day. Changes through ``complaints.actions``."""

    of = "case"

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="retention_holds", verbose_name=_("case"))

    objects = RetentionHoldQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("retention", "hold on erasure")
        verbose_name_plural = pgettext_lazy("retention", "holds on erasure")
        constraints = constraints_of("retention_hold")
        indexes = indexes_of("retention_hold", "case")
