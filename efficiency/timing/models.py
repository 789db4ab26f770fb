"""
The calendar as it is stored: one row a day, one row a year, and who asked for and who settled a year.

Days are never edited by hand: they follow from the notices (``efficiency.timing.actions``). Triggers keep the running
numbers without a gap and note each change, so that no process counts with a calendar of yesterday.
"""

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.timing import sql
from efficiency.timing.calendar import DayKind
from efficiency.timing.texts import DAY_KINDS

WORKING_KINDS = (DayKind.WORKING.value, DayKind.MAKEUP.value)


def _follows_the_calendar(name: str, *checks: str) -> list[pgtrigger.Trigger]:
    """Return the triggers of a table that the calendar is read from: one change at a time, each one noted."""
    changes = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    return [
        pgtrigger.Trigger(
            name=f"{name}_one_at_a_time",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=changes,
            func=f"PERFORM pg_advisory_xact_lock({sql.CALENDAR_LOCK}); RETURN NULL;",
        ),
        pgtrigger.Trigger(
            name=f"{name}_noted",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=changes,
            func="\n".join([*checks, sql.NOTE_CHANGE, "RETURN NULL;"]),
        ),
    ]


class CalendarDay(models.Model):
    """
    One day of the working calendar (docs/domain.md 3.1 rule 2).

    ``ordinal`` is the running number of working days up to and including the day, so that "n working days later" is
    one look-up (docs/trust.md I-16).
    """

    date = models.DateField(_("date"), primary_key=True)
    kind = models.CharField(_("kind of day"), max_length=10, choices=list(DAY_KINDS.items()))
    ordinal = models.PositiveIntegerField(_("running number of working days"))
    holiday = models.CharField(_("holiday"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        constraints = [
            models.CheckConstraint(
                name="calendar_day_kind_fits_weekday",
                condition=Q(kind=DayKind.HOLIDAY.value)
                | Q(kind=DayKind.WORKING.value, date__iso_week_day__lte=5)
                | Q(kind__in=[DayKind.WEEKEND.value, DayKind.MAKEUP.value], date__iso_week_day__gte=6),
                violation_error_message=_("Weekends and make-up working days fall on Saturday or Sunday."),
            ),
            models.CheckConstraint(
                name="calendar_day_holiday_is_named",
                condition=Q(kind=DayKind.HOLIDAY.value) & ~Q(holiday="")
                | ~Q(kind=DayKind.HOLIDAY.value) & Q(holiday=""),
                violation_error_message=_("A holiday, and only a holiday, has a name."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ordinal"],
                include=["date"],
                name="calendar_day_worked",
                condition=Q(kind__in=WORKING_KINDS),
            ),
        ]
        triggers = _follows_the_calendar("calendar_day", sql.REFUSE_GAPS)

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"


class CalendarYear(models.Model):
    """
    One year: what its notice says, and whether there is one yet (docs/domain.md 3.1 rule 12).

    A notice may reach into the December before (New Year's Day), so ``days_off`` and ``makeup_days`` may lie there.
    Years that came with the portal were settled by nobody here: their ``confirmed_at`` is empty.
    """

    class State(models.TextChoices):
        """Whether the State Council's notice for a year is known."""

        PROVISIONAL = "provisional", pgettext_lazy("state of a calendar year", "provisional")
        CONFIRMED = "confirmed", pgettext_lazy("state of a calendar year", "confirmed")

    year = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PROVISIONAL)
    notice = models.CharField(_("notice"), max_length=120, blank=True)
    days_off = models.JSONField(_("days off"), default=dict, blank=True)  # ISO date → holiday
    makeup_days = ArrayField(models.DateField(), verbose_name=_("make-up working days"), default=list, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")
        constraints = [
            models.CheckConstraint(
                name="calendar_year_confirmed_at_has_by",
                condition=Q(confirmed_at__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False, state="confirmed"),
                violation_error_message=_("Who confirmed a year and when belong together."),
            ),
            models.CheckConstraint(
                name="calendar_year_confirmed_has_notice",
                condition=Q(state="confirmed") & ~Q(notice="") | Q(state="provisional", notice=""),
                violation_error_message=_("A year is confirmed by naming its notice."),
            ),
        ]
        triggers = _follows_the_calendar("calendar_year")

    def __str__(self) -> str:
        return str(self.year)

    @property
    def is_provisional(self) -> bool:
        """Whether the days of the year are still an assumption."""
        return self.state == self.State.PROVISIONAL


@pghistory.track()
class CalendarProposal(models.Model):
    """A notice typed in by one person, to be compared with the paper and confirmed by a second (docs/trust.md Z-10)."""

    class Outcome(models.TextChoices):
        """What became of a proposal."""

        OPEN = "open", pgettext_lazy("outcome of a proposal", "open")
        CONFIRMED = "confirmed", pgettext_lazy("outcome of a proposal", "confirmed")
        WITHDRAWN = "withdrawn", pgettext_lazy("outcome of a proposal", "withdrawn")

    year = models.ForeignKey(CalendarYear, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("year"))
    notice = models.CharField(_("notice"), max_length=120)
    days_off = models.JSONField(_("days off"), default=dict)
    makeup_days = ArrayField(models.DateField(), verbose_name=_("make-up working days"), default=list, blank=True)
    proposed_at = models.DateTimeField(_("proposed at"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        verbose_name = _("proposal for a calendar year")
        verbose_name_plural = _("proposals for calendar years")
        constraints = [
            models.UniqueConstraint(
                name="calendar_proposal_one_open_a_year",
                fields=["year"],
                condition=Q(outcome="open"),
                violation_error_message=_("There is an open proposal for this year already."),
            ),
            models.CheckConstraint(
                name="calendar_proposal_decided_at_has_by",
                condition=Q(outcome="open", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(outcome="open") & Q(decided_at__isnull=False, decided_by__isnull=False),
                violation_error_message=_("Who decided a proposal and when belong together."),
            ),
            models.CheckConstraint(
                name="calendar_proposal_needs_two_persons",
                condition=~Q(outcome="confirmed") | ~Q(decided_by=F("proposed_by")),
                violation_error_message=_("A second person has to confirm the year."),
            ),
            models.CheckConstraint(
                name="calendar_proposal_names_notice",
                condition=~Q(notice=""),
                violation_error_message=_("A proposal names the notice that it was taken from."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year_id} {self.notice}"


class CalendarVersion(models.Model):
    """
    A state of the stored calendar: triggers add a row for each change, and the newest number is the one in force.

    Numbers come from a sequence, so that one of a transaction that failed is never given again.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("version of the calendar")
        verbose_name_plural = _("versions of the calendar")

    def __str__(self) -> str:
        return str(self.pk)
