"""Where a case came from besides the citizen: whoever passed it on, and what they are told (docs/domain.md 4.7)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Case


class Origin(models.Model):
    """
    The paper with which a case came: from whom, under which number, and by when they want to know the result.

    Read by the office and inspectors alone: a number of the hotline or of a letter, and the case that was withdrawn,
    lead to whoever complained (docs/trust.md P-06).
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="origin")
    from_whom = models.CharField(_("passed on by"), max_length=120, blank=True)
    reference = models.CharField(_("document number"), max_length=80, blank=True)
    # The date that the letter of a superior organ sets: its limit comes before the portal's own.
    report_by = models.DateField(_("result to be reported by"), null=True, blank=True)
    # The case that its complainant took back, whose matter the office goes on with of its own motion.
    withdrawn = models.OneToOneField(
        Case,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="taken_up",
        verbose_name=_("case that was withdrawn"),
    )
    report = models.TextField(_("result as reported"), blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reported_at = models.DateTimeField(_("result reported at"), null=True, blank=True)

    class Meta:
        verbose_name = _("origin of a case")
        verbose_name_plural = _("origins of cases")
        constraints = [
            models.CheckConstraint(
                name="origin_says_something",
                condition=~Q(from_whom="", reference="", report_by__isnull=True, withdrawn__isnull=True),
            ),
            models.CheckConstraint(
                name="origin_report_is_whole",
                condition=Q(report="", reported_by__isnull=True, reported_at__isnull=True)
                | (~Q(report="") & Q(reported_by__isnull=False, reported_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"origin of {self.case_id}"
