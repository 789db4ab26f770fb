"""Chances that promises are missed, and quality reviews of cases drawn (docs/domain.md 11, docs/decisions/0039)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models import Case, Reply
from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Organ, Role
from efficiency.steps.models import StepEvent, StepToken
from supervision.foresight.sampling.enums import Quality, Result, State, Stratum

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

USER = settings.AUTH_USER_MODEL


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

    Made anew each morning, for each organ that owes a promise of the kind or did within the last year, and once without
    an organ for all others; the rows of the day before go.
    """

    made_on = models.DateField(_("made on"))
    kind = models.CharField(_("kind of promise"), max_length=60)
    # None: of organs that have none of their own.
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    days_left = models.PositiveSmallIntegerField(_("working days left"))

    class Meta:
        verbose_name = _("rate of a forecast")
        verbose_name_plural = _("rates of forecasts")
        constraints = [
            models.UniqueConstraint(
                fields=["organ", "kind", "days_left", "made_on"], name="forecast_rate_once", nulls_distinct=False
            ),
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


# --- Replies that are nearly the same ---------------------------------------------------------------------------------

# What is less alike is kept as nothing.
LEAST_LIKE = 60


class ReplyLikeness(models.Model):
    """
    How much a sent reply is like the one of another case that it is most like, in per cent; 0: like none.

    One row for each reply that was compared; no words (docs/trust.md P-10).
    """

    reply = models.OneToOneField(Reply, on_delete=models.CASCADE, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Who sent it, by which the next ones are compared with it.
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField(_("sent at"))
    share = models.PositiveSmallIntegerField(_("alike (per cent)"))
    like = models.ForeignKey(Reply, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("likeness of a reply")
        verbose_name_plural = _("likenesses of replies")
        constraints = [
            models.CheckConstraint(name="reply_likeness_share", condition=Q(share=0) | Q(share__range=(60, 100)))
        ]
        indexes = [
            models.Index(fields=["organ", "-sent_at", "-id"], name="reply_likeness_of_organ"),
            models.Index(fields=["-sent_at"], name="reply_likeness_newest"),
            models.Index(fields=["case", "share"], name="reply_likeness_of_case", condition=Q(share__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.reply_id} {self.share}%"


class LikenessRule(models.Model):
    """From which share on a reply is nearly the same as another; the newest holds, and all of them stay."""

    share = models.PositiveSmallIntegerField(_("alike (per cent)"))
    reason = models.CharField(_("reason"), max_length=200)
    set_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("set by"))
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("share of nearly the same replies")
        verbose_name_plural = _("shares of nearly the same replies")
        constraints = [models.CheckConstraint(name="likeness_rule_share", condition=Q(share__range=(60, 100)))]
        triggers = append_only("likeness_rule")

    def __str__(self) -> str:
        return f"{self.share}%"


# --- Quality review by sample -----------------------------------------------------------------------------------------


class SampleDraw(models.Model):
    """
    A draw of closed cases for quality review; append-only, with everything that it takes to draw again.

    The population are the cases whose last reply of the period was sent before ``cut_off``, as known at that moment.
    """

    number = models.CharField(_("number"), max_length=20, unique=True)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    since = models.DateField(pgettext_lazy("period", "from"))
    # The first day after the period.
    until = models.DateField(_("until"))
    organ_ids = ArrayField(models.BigIntegerField(), verbose_name=_("organs"))
    per_cent = models.PositiveSmallIntegerField(_("per cent of the rest"))
    seed = models.CharField(_("seed"), max_length=64, unique=True)
    algorithm = models.CharField(_("algorithm"), max_length=20)
    population = models.PositiveIntegerField(_("cases drawn from"))
    population_sha256 = models.CharField(_("SHA-256 of their numbers"), max_length=64)
    # Numbers of cases in the order of the draw, the strata that are drawn whole first.
    numbers = ArrayField(models.CharField(max_length=20), verbose_name=_("cases drawn"))
    drawn_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("drawn by"))
    drawn_at = models.DateTimeField(_("drawn at"))
    # A little before: what is stored with a moment of then was there when it was drawn.
    cut_off = models.DateTimeField(pgettext_lazy("sampling", "cut-off"))

    class Meta:
        verbose_name = _("draw of a sample")
        verbose_name_plural = _("draws of samples")
        constraints = [
            models.CheckConstraint(name="sample_draw_is_ordered", condition=Q(since__lt=F("until"))),
            models.CheckConstraint(name="sample_draw_share", condition=Q(per_cent__lte=100)),
        ]
        indexes = [models.Index(fields=["-drawn_at"], name="sample_draw_newest")]
        triggers = append_only("sample_draw")

    def __str__(self) -> str:
        return self.number


class SampleSheetQuerySet(models.QuerySet["SampleSheet"]):
    """Review sheets by who may know of them."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep those about cases that the office's ``user`` may know of; whom a case concerns finds none (Z-07)."""
        reach = scope_of(user).organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR)
        if not reach:
            return self.none()
        return self.filter(organ__in=reach, case__in=Case.objects.visible_to_office(user).values("pk"))


class SampleSheet(models.Model):
    """The review of one case that was drawn, and the way to its result; what happened lies in its events."""

    number = models.CharField(_("number"), max_length=24, unique=True)
    draw = models.ForeignKey(SampleDraw, on_delete=models.PROTECT, related_name="sheets", verbose_name=_("draw"))
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", verbose_name=_("case"))
    # Whose reply is reviewed, and which.
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="+", verbose_name=_("reply"))
    stratum = models.CharField(_("stratum"), max_length=12, choices=Stratum)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAWN)
    version = models.PositiveIntegerField(_("version"), default=1)
    reviewer = models.ForeignKey(
        USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewer")
    )
    facts_checked = models.BooleanField(_("facts were checked"), null=True, blank=True)
    reply_true = models.BooleanField(_("the reply is true"), null=True, blank=True)
    solved = models.BooleanField(_("solved"), null=True, blank=True)
    contact_made = models.BooleanField(_("the complainant was contacted"), null=True, blank=True)
    quality = models.PositiveSmallIntegerField(_("quality"), choices=Quality, null=True, blank=True)
    result = models.CharField(pgettext_lazy("quality review", "result"), max_length=14, choices=Result, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    # The second person, of a false closing.
    confirmed_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # The next promise, kept up by every step, for lists.
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)

    objects = SampleSheetQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "review sheet")
        verbose_name_plural = pgettext_lazy("supervision", "review sheets")
        constraints = [
            models.UniqueConstraint(fields=["draw", "case"], name="sample_sheet_once"),
            models.CheckConstraint(
                name="sample_sheet_ended_has_moment",
                condition=Q(state=State.DONE, ended_at__isnull=False) | (~Q(state=State.DONE) & Q(ended_at=None)),
            ),
            models.CheckConstraint(
                name="sample_sheet_reviewed_whole",
                condition=Q(
                    state__in=[State.PROPOSED, State.DONE],
                    reviewer__isnull=False,
                    reviewed_at__isnull=False,
                    facts_checked__isnull=False,
                    reply_true__isnull=False,
                    solved__isnull=False,
                    contact_made__isnull=False,
                    quality__isnull=False,
                )
                & ~Q(result="")
                | Q(state__in=[State.DRAWN, State.ASSIGNED], result="", reviewed_at=None, quality=None),
                violation_error_message=_("A review answers every question."),
            ),
            models.CheckConstraint(
                name="sample_sheet_false_by_two",
                condition=~Q(state=State.DONE, result=Result.FALSE_CLOSING)
                | (Q(confirmed_by__isnull=False) & ~Q(confirmed_by=F("reviewer"))),
                violation_error_message=_("A false closing is confirmed by a second person."),
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "next_due_at", "id"], name="sample_sheet_of_organ"),
            models.Index(fields=["reviewer", "state"], name="sample_sheet_of_reviewer"),
        ]

    def __str__(self) -> str:
        return self.number


class SampleEvent(StepEvent):
    """One step with a review sheet; append-only."""

    of = "sheet"

    sheet = models.ForeignKey(SampleSheet, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a review sheet")
        verbose_name_plural = _("steps with review sheets")
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="sample_event_number")]
        # Words about a case end with its file, which is kept for ten years at least (docs/trust.md P-10).
        triggers = append_only(
            "sample_event", may_be_changed=f"{only_gone('text')} AND OLD.at <= now() - interval '10 years'"
        )


class SampleToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(SampleEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a review sheet")
        verbose_name_plural = _("tokens of review sheets")
