"""Chances that promises are missed, and what became of them (docs/domain.md 11, docs/decisions/0039)."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ


class Estimate(models.Model):
    """A chance and what it came from, as pages show it."""

    chance = models.DecimalField(pgettext_lazy("forecast", "chance of being missed"), max_digits=5, decimal_places=4)
    # What whoever knows nothing but the kind would say: the share of all organs, whatever time is left.
    baseline = models.DecimalField(_("simple baseline"), max_digits=5, decimal_places=4)
    own_missed = models.PositiveIntegerField()
    own_base = models.PositiveIntegerField()
    all_missed = models.PositiveIntegerField()
    all_base = models.PositiveIntegerField()

    class Meta:
        abstract = True

    @property
    def per_cent(self) -> Decimal:
        """The chance in per cent, to two decimals."""
        return self.chance * 100


def _is_chance(name: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            name=f"{name}_is_chance",
            condition=Q(chance__gte=0, chance__lte=1, baseline__gte=0, baseline__lte=1),
        ),
        models.CheckConstraint(
            name=f"{name}_is_share", condition=Q(own_missed__lte=F("own_base"), all_missed__lte=F("all_base"))
        ),
    ]


class ForecastRate(Estimate):
    """
    What is expected of the promises of a kind at an organ that have so many working days left; of the newest morning.

    Made anew each morning, for each organ that owes a promise of the kind; the rows of the day before go.
    """

    made_on = models.DateField(_("made on"))
    kind = models.CharField(_("kind of promise"), max_length=60)
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", db_index=False)
    days_left = models.PositiveSmallIntegerField(_("working days left"))

    class Meta:
        verbose_name = _("rate of a forecast")
        verbose_name_plural = _("rates of forecasts")
        constraints = [
            models.UniqueConstraint(fields=["organ", "kind", "days_left", "made_on"], name="forecast_rate_once"),
            *_is_chance("forecast_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.made_on} {self.kind} {self.days_left}"


class Forecast(Estimate):
    """
    What was expected of a promise on a morning, kept to be held against what became of it.

    ``missed`` is NULL as long as nobody knows, and for ever where the promise was taken back before its time was over.
    """

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="+")
    made_on = models.DateField(_("made on"))
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(_("kind of promise"), max_length=60)
    days_left = models.PositiveSmallIntegerField(_("working days left"))
    due_at = models.DateTimeField(_("due at"))
    missed = models.BooleanField(_("missed"), null=True)
    settled_at = models.DateTimeField(_("outcome known since"), null=True)

    class Meta:
        verbose_name = pgettext_lazy("supervision", "forecast")
        verbose_name_plural = pgettext_lazy("supervision", "forecasts")
        constraints = [
            models.UniqueConstraint(fields=["made_on", "deadline"], name="forecast_once_a_day"),
            models.CheckConstraint(
                name="forecast_outcome_has_moment", condition=Q(missed__isnull=True) | Q(settled_at__isnull=False)
            ),
            *_is_chance("forecast"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="forecast_unsettled", condition=Q(settled_at__isnull=True)),
            models.Index(fields=["organ", "made_on"], name="forecast_of_organ"),
        ]

    def __str__(self) -> str:
        return f"{self.made_on} {self.deadline_id}"
