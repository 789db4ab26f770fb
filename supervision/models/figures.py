"""What the figures are kept in: cells of days, what each subject adds, what has changed since (decision 0038)."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

# What is placed in no period: it counts at every cut-off until something ends it.
ALWAYS = date(1, 1, 1)
FOREVER = date.max


class Level(models.IntegerChoices):
    """By what the cells of a level are told apart, beside their days."""

    ALL = 0, pgettext_lazy("level of a figure", "all")
    ORGAN = 1, pgettext_lazy("level of a figure", "organ")
    KIND = 2, pgettext_lazy("level of a figure", "kind")
    CATEGORY = 3, pgettext_lazy("level of a figure", "category")
    CHANNEL = 4, pgettext_lazy("level of a figure", "channel")


class SubjectKind(models.TextChoices):
    """What a change is about: a case with all that hangs on it, a matter, another promise, a card."""

    CASE = "case", _("case")
    MATTER = "matter", pgettext_lazy("matter of a department's system", "matter")
    PROMISE = "promise", _("promise")
    CARD = "card", _("warning card")
    # Working days changed from a day on: whoever was counted over it is counted anew. The id is the day, as a number.
    CALENDAR = "calendar", _("calendar")


class FigureChange(models.Model):
    """
    What has changed since the rollups were last brought up to date: written by triggers of the tables that count.

    One row for each statement that changed something, with all keys. Nothing is unique, so writers never wait for one
    another; the worker takes the rows away with what it did about them.
    """

    kind = models.CharField(max_length=8, choices=SubjectKind)
    ids = ArrayField(models.BigIntegerField())

    class Meta:
        verbose_name = _("change that the figures do not have yet")
        verbose_name_plural = _("changes that the figures do not have yet")

    def __str__(self) -> str:
        return f"{self.kind} {len(self.ids)}"


class FigureSubject(models.Model):
    """
    What a subject adds to the cells now: what is taken away again when it changes.

    The arrays run beside one another, an entry at each place: which stream, whose, the day that places it in a period
    (``ALWAYS``: none), the day from which on it counts, and how much.
    """

    kind = models.CharField(max_length=8, choices=SubjectKind)
    subject_id = models.BigIntegerField()
    case_kind = models.CharField(max_length=14, blank=True)
    category = models.CharField(max_length=24, blank=True)
    channel = models.CharField(max_length=18, blank=True)
    streams = ArrayField(models.SmallIntegerField())
    organs = ArrayField(models.BigIntegerField())
    placed = ArrayField(models.DateField())
    effective = ArrayField(models.DateField())
    amounts = ArrayField(models.BigIntegerField())
    # After this day it adds nothing new (``FOREVER``: something of it stands): who asks for later days leaves it out.
    last_on = models.DateField()
    # When time alone will change what it adds: a promise falls due, or becomes overdue.
    recheck_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("share of a subject in the figures")
        verbose_name_plural = _("shares of subjects in the figures")
        constraints = [models.UniqueConstraint(name="figure_subject_once", fields=["kind", "subject_id"])]
        indexes = [
            models.Index(fields=["recheck_at"], name="figure_subject_recheck", condition=Q(recheck_at__isnull=False)),
            models.Index(
                fields=["case_kind", "category", "channel"], name="figure_subject_class", condition=Q(kind="case")
            ),
            models.Index(fields=["last_on"], name="figure_subject_last", condition=Q(kind="case")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class FigureCell(models.Model):
    """A sum of one stream: placed on a day, effective from a day on, of an organ or a class of cases."""

    level = models.PositiveSmallIntegerField(choices=Level)
    stream = models.PositiveSmallIntegerField()
    placed = models.DateField()
    effective = models.DateField()
    # Of the organ level; 0 on all others.
    organ_id = models.BigIntegerField(default=0)
    # The value of the class that the level is of; "" on all others.
    value = models.CharField(max_length=24, blank=True)
    amount = models.BigIntegerField()

    class Meta:
        verbose_name = _("sum of a day")
        verbose_name_plural = _("sums of days")
        constraints = [
            models.UniqueConstraint(
                name="figure_cell_once", fields=["level", "stream", "placed", "effective", "organ_id", "value"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.stream} {self.placed} {self.amount}"


class FigureState(models.Model):
    """Until when the rollups have everything: one row, none before they were built."""

    as_of = models.DateTimeField(_("as of"))
    built_at = models.DateTimeField(_("built anew at"))
    # Whether what stands is in them of every subject: where they were built before it was kept, it is filled in.
    has_standing = models.BooleanField(_("with what stands"), default=False)

    class Meta:
        verbose_name = _("state of the figures")
        verbose_name_plural = _("states of the figures")
        constraints = [models.CheckConstraint(name="figure_state_is_one_row", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"{self.as_of}"


class ImportedCount(models.Model):
    """
    A count of a month before the portal existed, as a file gave it (docs/domain.md 12).

    Of an organ, a month and an indicator the newest one holds; the ones before stay.
    """

    organ = models.ForeignKey("efficiency.Organ", on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    month = models.DateField(_("month"))
    # A stream by its name, which is a side of one figure or several.
    indicator = models.CharField(_("count"), max_length=40)
    count = models.BigIntegerField(pgettext_lazy("imported count", "number"))
    file_sha256 = models.CharField(_("checksum of the file"), max_length=64)
    file_name = models.CharField(_("name of the file"), max_length=200)
    imported_at = models.DateTimeField(_("imported at"))
    replaced_at = models.DateTimeField(_("replaced at"), null=True, blank=True)

    class Meta:
        verbose_name = _("imported count")
        verbose_name_plural = _("imported counts")
        constraints = [
            models.UniqueConstraint(
                name="imported_count_one_holds",
                fields=["organ", "month", "indicator"],
                condition=Q(replaced_at__isnull=True),
                violation_error_message=_("Another count holds for this month."),
            ),
            models.CheckConstraint(
                name="imported_count_is_of_a_month",
                condition=Q(month=Func(F("month"), template="date_trunc('month', %(expressions)s)::date")),
                violation_error_message=_("A month is named by its first day."),
            ),
            models.CheckConstraint(name="imported_count_is_none_or_more", condition=Q(count__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.organ_id} {self.month:%Y-%m} {self.indicator}"
