"""The part 协办 that another organ takes in a case, while the lead organ answers for the whole (docs/domain.md 4.7)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.case import Case
from complaints.querysets import AssistanceQuerySet
from efficiency.organs.models import Organ


class PartState(models.TextChoices):
    """Where a part stands."""

    ASKED = "asked", pgettext_lazy("state of a part", "to be signed in")
    SIGNED_IN = "signed_in", pgettext_lazy("state of a part", "in work")
    ANSWERED = "answered", pgettext_lazy("state of a part", "answered")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a part", "no longer asked for")


OPEN_PART = (PartState.ASKED, PartState.SIGNED_IN)
_OPEN = Q(state__in=[state.value for state in OPEN_PART])


class Assistance(models.Model):
    """
    What one organ is asked to do for a case that another one leads.

    The request is written for that organ: it knows its own rows and the number of the case, never the case itself
    (docs/trust.md Z-12). Rows change through ``complaints.actions`` alone, under the lock of their case.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parts", verbose_name=_("case"))
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("assisting organ"))
    request = models.TextField(_("what is asked"))
    days = models.PositiveSmallIntegerField(_("working days for the part"))
    state = models.CharField(_("state"), max_length=10, choices=PartState, default=PartState.ASKED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"))
    signed_in_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("signed in by"),
    )
    signed_in_at = models.DateTimeField(_("signed in at"), null=True, blank=True)
    answer = models.TextField(_("answer of the assisting organ"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("answered by"),
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    # Nobody and no reason where the part ended because the case had gone on without it.
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("withdrawn by"),
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawal_reason = models.TextField(_("reason of the withdrawal"), blank=True)

    OPEN = OPEN_PART
    objects = AssistanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("part of an assisting organ")
        verbose_name_plural = _("parts of assisting organs")
        constraints = [
            models.UniqueConstraint(
                name="assistance_one_open",
                fields=["case", "organ"],
                condition=_OPEN,
                violation_error_message=_("This organ has been asked already and has not answered yet."),
            ),
            models.CheckConstraint(name="assistance_has_days", condition=Q(days__gte=1)),
            models.CheckConstraint(
                name="assistance_signing_in_is_whole",
                condition=Q(signed_in_by__isnull=True, signed_in_at__isnull=True, state__in=["asked", "withdrawn"])
                | (Q(signed_in_by__isnull=False, signed_in_at__isnull=False) & ~Q(state="asked")),
            ),
            models.CheckConstraint(
                name="assistance_answer_is_whole",
                condition=(Q(answered_by__isnull=True, answered_at__isnull=True, answer="") & ~Q(state="answered"))
                | (Q(answered_by__isnull=False, answered_at__isnull=False, state="answered") & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="assistance_withdrawal_has_moment",
                condition=Q(state="withdrawn", withdrawn_at__isnull=False)
                | (
                    Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                    & ~Q(state="withdrawn")
                ),
            ),
            models.CheckConstraint(
                name="assistance_withdrawn_by_hand_has_reason",
                condition=Q(withdrawn_by__isnull=True) | ~Q(withdrawal_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "-asked_at", "-id"], name="assistance_of_organ"),
            models.Index(fields=["-asked_at", "-id"], name="assistance_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.organ_id}"

    @property
    def is_open(self) -> bool:
        """Whether the part still waits for its answer."""
        return self.state in OPEN_PART
