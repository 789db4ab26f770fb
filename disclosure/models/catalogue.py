"""The catalogue: what each organ must publish, and each single publication that is owed (docs/domain.md 6)."""

from datetime import date
from typing import Self

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from disclosure.enums import Category, Door, OwedState, Released, Rhythm
from efficiency.organs.models import Organ, Post

# What the law allows from the day on which a piece of information was formed or changed (国令711号 Art. 26).
MOST_DAYS = 20


class Column(models.Model):
    """One heading of the catalogue, the same for all organs: a category of the city's rules, or one of the law."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name of the column"), max_length=60)
    door = models.CharField(_("part of disclosure"), max_length=10, choices=Door, default=Door.STATUTORY)
    # Of the six; empty for a column that only the law knows.
    category = models.CharField(_("category"), max_length=16, choices=Category, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = pgettext_lazy("of the catalogue", "column")
        verbose_name_plural = pgettext_lazy("of the catalogue", "columns")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class DutyQuerySet(models.QuerySet["PublicationDuty"]):
    """Duties by time."""

    def in_force(self, on: date) -> Self:
        """Keep the duties that hold on the local day."""
        return self.filter(Q(holds_until__isnull=True) | Q(holds_until__gt=on), holds_from__lte=on)


@pghistory.track()
class PublicationDuty(models.Model):
    """
    What an organ must publish: what, who, how often or upon which fact, within how many working days, on which basis.

    A duty raises what is owed by itself (``disclosure.catalogue``); it is ended, never deleted.
    """

    organ = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="publication_duties", verbose_name=_("organ")
    )
    column = models.ForeignKey(
        Column,
        on_delete=models.PROTECT,
        related_name="duties",
        verbose_name=pgettext_lazy("of the catalogue", "column"),
    )
    title = models.CharField(_("what is published"), max_length=120)
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post in charge")
    )
    rhythm = models.CharField(_("rhythm"), max_length=12, choices=Rhythm)
    # The kind of fact (``efficiency.facts``) upon which it is owed; for the rhythm "whenever it happens" alone.
    event = models.CharField(_("fact upon which it is owed"), max_length=40, blank=True)
    # Working days after the end of the period, or after the fact; the law allows twenty (国令711号 Art. 26).
    limit = models.PositiveSmallIntegerField(_("working days"), default=MOST_DAYS)
    # A fixed day of the year after the period instead, such as 31 January for annual reports.
    fixed_month = models.PositiveSmallIntegerField(_("month of the fixed day"), null=True, blank=True)
    fixed_day = models.PositiveSmallIntegerField(_("fixed day"), null=True, blank=True)
    # What is owed at the end of a year is about the year to come: a budget, a plan.
    looks_ahead = models.BooleanField(_("about the period to come"), default=False)
    form = models.CharField(_("form of publication"), max_length=60, blank=True)
    legal_basis = models.CharField(_("legal basis"), max_length=300)
    holds_from = models.DateField(_("holds from"))
    holds_until = models.DateField(_("no longer holds from"), null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name = _("publication duty")
        verbose_name_plural = _("publication duties")
        constraints = [
            models.UniqueConstraint(fields=["organ", "column", "title"], name="one_duty_of_a_title"),
            models.CheckConstraint(
                name="duty_has_an_event_if_it_waits_for_one",
                condition=Q(rhythm=Rhythm.EVENT) & ~Q(event="") | ~Q(rhythm=Rhythm.EVENT) & Q(event=""),
                violation_error_message=_("A fact is named for what is owed whenever it happens, and only for that."),
            ),
            models.CheckConstraint(
                name="duty_has_a_whole_fixed_day",
                condition=Q(fixed_month__isnull=True, fixed_day__isnull=True)
                | Q(fixed_month__range=(1, 12), fixed_day__range=(1, 31)),
                violation_error_message=_("Month and day of a fixed day belong together."),
            ),
            models.CheckConstraint(
                name="duty_has_a_fixed_day_each_year_alone",
                condition=Q(fixed_month__isnull=True) | Q(rhythm=Rhythm.YEARLY),
                violation_error_message=_("Only what comes due every year has a fixed day."),
            ),
            models.CheckConstraint(
                name="duty_keeps_to_the_legal_limit",
                condition=Q(limit__range=(1, MOST_DAYS)),
                violation_error_message=_("The law allows twenty working days at most."),
            ),
            models.CheckConstraint(
                name="duty_ends_after_it_began",
                condition=Q(holds_until__isnull=True) | Q(holds_until__gte=models.F("holds_from")),
                violation_error_message=_("A duty cannot end before it begins."),
            ),
        ]
        indexes = [models.Index(fields=["organ", "column"], name="duty_of_organ")]

    def __str__(self) -> str:
        return self.title


class OwedQuerySet(models.QuerySet["OwedPublication"]):
    """Owed publications by state and in the order of their last days."""

    def by_time_left(self) -> Self:
        """Order by the last day, the earliest first; an index serves it for those that are open."""
        return self.order_by("due_on", "id")

    def open(self) -> Self:
        """Keep what is still to be published."""
        return self.filter(state=OwedState.OPEN)


class OwedPublication(models.Model):
    """
    One publication that a duty asks for: of a period, or of one fact. The subject of its promise in the engine.

    ``key`` tells it from the others of its duty (``2026``, ``2026-Q3``, ``item_version:17``): raised twice it is one.
    """

    duty = models.ForeignKey(
        PublicationDuty, on_delete=models.PROTECT, related_name="owed", verbose_name=_("publication duty")
    )
    # As the duty's, so that lists and scopes need no join.
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    key = models.CharField(max_length=60)
    # Of a fact: what belongs together is one document (``efficiency.facts.Fact.key``). A document that was made of it
    # carries the same key.
    source_key = models.CharField(max_length=60, blank=True)
    title = models.CharField(_("what is published"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=OwedState, default=OwedState.OPEN)
    raised_at = models.DateTimeField(_("owed since"))
    # The last day (local); its end is when the promise is broken.
    due_on = models.DateField(_("to be published by"))
    document = models.ForeignKey(
        "disclosure.Document", on_delete=models.PROTECT, null=True, blank=True, related_name="fulfils", db_index=False
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    # A value of ``Released``, or what somebody of the office wrote.
    release_reason = models.CharField(_("reason why it is no longer required"), max_length=200, blank=True)
    released_at = models.DateTimeField(_("no longer required since"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("released by"),
    )

    objects = OwedQuerySet.as_manager()

    class Meta:
        verbose_name = _("owed publication")
        verbose_name_plural = _("owed publications")
        constraints = [
            models.UniqueConstraint(fields=["duty", "key"], name="owed_once"),
            models.CheckConstraint(
                name="owed_publication_is_whole",
                condition=Q(state=OwedState.OPEN, published_at__isnull=True, release_reason="")
                | Q(state=OwedState.PUBLISHED, published_at__isnull=False, document__isnull=False, release_reason="")
                | Q(state=OwedState.RELEASED, published_at__isnull=True) & ~Q(release_reason=""),
            ),
            models.CheckConstraint(
                name="owed_released_at_belongs_to_state",
                condition=Q(state=OwedState.RELEASED, released_at__isnull=False)
                | ~Q(state=OwedState.RELEASED) & Q(released_at__isnull=True, released_by__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["document"], name="owed_of_document", condition=Q(document__isnull=False)),
            models.Index(
                fields=["organ", "source_key"],
                name="owed_open_of_source",
                condition=Q(state=OwedState.OPEN) & ~Q(source_key=""),
            ),
            models.Index(fields=["organ", "due_on"], name="owed_of_organ"),
            models.Index(fields=["due_on", "id"], name="owed_open", condition=Q(state=OwedState.OPEN)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def number(self) -> str:
        """By what messages and lists call it."""
        return f"GK-{self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether it is still to be published."""
        return self.state == OwedState.OPEN

    @property
    def is_published(self) -> bool:
        """Whether it was published."""
        return self.state == OwedState.PUBLISHED

    @property
    def release_words(self) -> str:
        """Why it is no longer required, in words."""
        known = dict(Released.choices)
        return str(known.get(self.release_reason, self.release_reason))


class CountedPeriod(models.Model):
    """
    What the board of completeness counted of a period, of all organs at once, and as of when.

    Kept so that a page that everybody may open asks for what was counted instead of counting a city anew
    (``disclosure.catalogue.counted``); counted anew it is the same.
    """

    first_on = models.DateField()
    last_on = models.DateField()
    counted_at = models.DateTimeField()
    # By the key of the organ, in the order of ``disclosure.catalogue.board.FIGURES``.
    figures = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first_on", "last_on"], name="one_count_of_a_period")]

    def __str__(self) -> str:
        return f"{self.first_on:%Y-%m-%d} {self.last_on:%Y-%m-%d}"
