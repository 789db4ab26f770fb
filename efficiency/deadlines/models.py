"""
Every promise is a row here, and its next moment is a column (docs/domain.md 3.5 and 9.2).

The engine knows nothing of what a promise is about: the apps register kinds and what follows from a level
(``efficiency.deadlines.registry``). Rows of escalations are append-only.
"""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.audit.append_only import append_only, only_gone
from efficiency.organs.models import Organ, Post

# The kinds that figures count by when they ended, as ``targets.measures`` names them: an index lies where its table is.
# Matters are left out, which are reported by the thousand: there each key counts.
COUNTED_KINDS = ("complaints.accept", "complaints.reply", "complaints.rework", "requests.answer")


class Promise(models.TextChoices):
    """To whom a promise is made (the marks C, I, P of docs/domain.md 3.5)."""

    CITIZEN = "citizen", _("promise to the citizen")
    INTERNAL = "internal", _("internal limit")
    OWED_BY_CITIZEN = "owed_by_citizen", _("the citizen's own limit")


class DeadlineState(models.TextChoices):
    """Where a promise stands; whether it is late is derived from its moments, never a flag."""

    OPEN = "open", pgettext_lazy("state of a deadline", "open")
    SUSPENDED = "suspended", pgettext_lazy("state of a deadline", "suspended")
    MET = "met", pgettext_lazy("state of a deadline", "met")
    CANCELLED = "cancelled", pgettext_lazy("state of a deadline", "cancelled")
    LAPSED = "lapsed", pgettext_lazy("state of a deadline", "lapsed")


class Unit(models.TextChoices):
    """Units of a limit (docs/domain.md 3.1)."""

    WORKING_DAY = "wd", _("working days")
    DAY = "d", _("calendar days")
    HOUR = "h", _("hours")
    WORKING_HOUR = "wh", _("working hours")
    MONTH = "m", _("months")
    YEAR = "y", _("years")


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    """Promises by where they stand; lateness is always derived from moments (T19)."""

    def running(self) -> Self:
        """Keep the promises that still wait to be kept."""
        return self.filter(state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED])

    def of_government(self) -> Self:
        """Leave out what citizens owe."""
        return self.exclude(promise=Promise.OWED_BY_CITIZEN)

    def kept(self) -> Self:
        """Keep the promises that were kept in time."""
        return self.filter(state=DeadlineState.MET, met_at__lt=F("overdue_at"))

    def broken(self, *, at: datetime) -> Self:
        """Keep the promises of government that were late at ``at``: open ones, those kept late, those ended late."""
        return self.of_government().filter(
            Q(state=DeadlineState.OPEN, overdue_at__lte=at)
            | Q(state__in=[DeadlineState.MET, DeadlineState.CANCELLED], ended_at__gte=F("overdue_at"))
        )


class Deadline(models.Model):
    """One promise: a maker, a subject, a start, a limit and an end. All moments are UTC."""

    kind = models.CharField(_("kind of promise"), max_length=60)
    variant = models.CharField(_("variant"), max_length=40, blank=True)
    promise = models.CharField(_("made to"), max_length=16, choices=Promise)
    # Types of content are rows of the program, which nobody deletes: asking for one at each promise took a tenth of the
    # time in which thousands are reported (docs/performance.md, matters).
    content_type = models.ForeignKey(
        ContentType, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    object_id = models.BigIntegerField()
    subject = GenericForeignKey("content_type", "object_id")
    # A rework or a second acceptance is a new generation of the same kind: the first result stays (T9, T17).
    generation = models.PositiveSmallIntegerField(_("generation"), default=1)

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ that owes it"))
    post = models.ForeignKey(
        Post,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("responsible post"),
    )
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("responsible person"),
    )

    started_at = models.DateTimeField(_("started at"))
    limit_number = models.PositiveIntegerField(_("limit"))
    limit_unit = models.CharField(_("unit"), max_length=2, choices=Unit)
    # A day that a letter from outside fixed: the limit is the working days until it, however the calendar changes.
    fixed_on = models.DateField(_("last day fixed by a letter"), null=True, blank=True)
    # Working days after the last day at which red and level four are passed, as the rule stood at the start.
    red_after = models.PositiveSmallIntegerField(_("red after (working days)"))
    fourth_after = models.PositiveSmallIntegerField(_("level four after (working days)"))
    warn_at = models.DateTimeField(_("reminder at"))
    due_at = models.DateTimeField(_("due at"))
    overdue_at = models.DateTimeField(_("overdue from"))
    red_at = models.DateTimeField(_("red from"))
    fourth_at = models.DateTimeField(_("level four from"))
    provisional = models.BooleanField(_("crosses a provisional year"), default=False)
    # When suspension, extension or calendar last moved these moments; escalations found before keep the old ones.
    moved_at = models.DateTimeField(_("moments moved at"), null=True, blank=True)

    state = models.CharField(_("state"), max_length=10, choices=DeadlineState, default=DeadlineState.OPEN)
    suspended_at = models.DateTimeField(_("suspended at"), null=True, blank=True)
    suspended_days = models.PositiveIntegerField(_("days not counted"), default=0)
    extension_count = models.PositiveSmallIntegerField(_("extensions"), default=0)
    met_at = models.DateTimeField(_("met at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    level = models.PositiveSmallIntegerField(_("level"), default=0)
    # The only thing the sweep looks at; null once there is nothing left to look for.
    next_check_at = models.DateTimeField(_("next check at"), null=True, blank=True)
    # Poison rows are set aside, shown and alerted, and the rest goes on (docs/trust.md D-07).
    attempts = models.PositiveSmallIntegerField(_("failed attempts"), default=0)
    quarantined_at = models.DateTimeField(_("set aside at"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")
        constraints = [
            models.CheckConstraint(
                name="deadline_warns_before_due",
                condition=Q(warn_at__lte=F("due_at")),
                violation_error_message=_("The warning cannot come after the due date."),
            ),
            models.CheckConstraint(
                name="deadline_thresholds_ascend",
                condition=Q(due_at__lte=F("overdue_at"), overdue_at__lte=F("red_at"), red_at__lte=F("fourth_at")),
                violation_error_message=_("Each level comes after the one before."),
            ),
            models.CheckConstraint(
                name="deadline_met_has_moment",
                condition=Q(state="met", met_at__isnull=False) | (~Q(state="met") & Q(met_at__isnull=True)),
                violation_error_message=_("A promise is met exactly when its moment is known."),
            ),
            models.CheckConstraint(
                name="deadline_ended_is_not_checked",
                condition=Q(state="open") | Q(next_check_at__isnull=True),
                violation_error_message=_("Only an open promise is looked at again."),
            ),
            models.CheckConstraint(
                name="deadline_suspended_has_moment",
                condition=Q(state="suspended", suspended_at__isnull=False)
                | (~Q(state="suspended") & Q(suspended_at__isnull=True)),
                violation_error_message=_("A suspended promise knows since when."),
            ),
            models.UniqueConstraint(
                name="deadline_one_generation",
                fields=["content_type", "object_id", "kind", "generation"],
                violation_error_message=_("This promise was opened already."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at", "id"], name="deadline_next_check", condition=Q(next_check_at__isnull=False)
            ),
            models.Index(
                fields=["organ", "overdue_at"],
                name="deadline_open_of_organ",
                condition=Q(state__in=["open", "suspended"]),
            ),
            # What is waited for beside the way of a subject: the few that run of one kind.
            models.Index(
                fields=["kind", "organ", "overdue_at"],
                name="deadline_open_of_kind",
                condition=Q(state__in=["open", "suspended"]),
            ),
            # What stands at a moment, now or before, is counted from these alone (supervision.desk.standing).
            models.Index(
                fields=["state", "overdue_at"],
                # What each is about as well: these are few, and lists ask of the first of them who may know of it.
                include=["organ", "started_at", "red_at", "id", "content_type", "object_id"],
                name="deadline_stands",
                condition=Q(state__in=["open", "suspended"]) & ~Q(promise="owed_by_citizen"),
            ),
            models.Index(
                fields=["ended_at", "started_at"],
                include=["organ", "overdue_at", "red_at", "id"],
                name="deadline_stood",
                condition=Q(ended_at__isnull=False) & ~Q(promise="owed_by_citizen"),
            ),
            # What figures count of a month: what ended since it began, and what runs (``efficiency.deadlines.known``).
            models.Index(fields=["kind", "ended_at"], name="deadline_counted", condition=Q(kind__in=COUNTED_KINDS)),
            # Of most promises nobody in particular is named.
            models.Index(fields=["post"], name="deadline_of_post", condition=Q(post__isnull=False)),
            models.Index(
                fields=["responsible"], name="deadline_of_responsible", condition=Q(responsible__isnull=False)
            ),
            models.Index(fields=["next_check_at"], name="deadline_failed", condition=Q(attempts__gt=0)),
            models.Index(
                fields=["quarantined_at"], name="deadline_set_aside", condition=Q(quarantined_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.object_id}"

    @property
    def is_running(self) -> bool:
        """Whether the promise still waits to be kept."""
        return self.state in (DeadlineState.OPEN, DeadlineState.SUSPENDED)

    def is_late(self, *, at: datetime) -> bool:
        """
        Say whether the promise was late by its end, or is late at ``at`` while it runs.

        The last day is in time to its end, 24:00 is not (docs/domain.md 3.1 rule 4). A promise that was cancelled
        after its time stays broken; one that stands still is not late.
        """
        if self.state == DeadlineState.SUSPENDED:
            return False
        return (self.ended_at or at) >= self.overdue_at


class Suspension(models.Model):
    """A span in which a promise does not run; the days it touches are not counted (docs/domain.md 3.1 rule 8)."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="suspensions")
    ground = models.CharField(_("ground"), max_length=20)
    reason = models.TextField(_("reason"))
    started_at = models.DateTimeField(_("suspended at"))
    # Nobody of the portal where a department's system reported it; its report says who (``efficiency.deadlines.bulk``).
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("resumed at"), null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("suspension")
        verbose_name_plural = _("suspensions")
        constraints = [
            models.UniqueConstraint(
                name="suspension_at_most_one_open",
                fields=["deadline"],
                condition=Q(ended_at__isnull=True),
                violation_error_message=_("This promise is suspended already."),
            ),
            models.CheckConstraint(
                name="suspension_is_ordered",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                violation_error_message=_("A suspension ends after it starts."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deadline} {self.ground}"


class Extension(models.Model):
    """More time for a promise, counted on from its old last day (docs/domain.md 3.1 rule 9)."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="extensions")
    number = models.PositiveIntegerField(_("extended by"))
    unit = models.CharField(_("unit"), max_length=2, choices=Unit)
    reason = models.TextField(_("reason"))
    granted_at = models.DateTimeField(_("granted at"))
    # Null: it was reported from outside, as the standstills of ``bulk`` are.
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        # Its reason ends with the file of what was promised, which is kept for ten years at least (``retention``).
        # What was reported goes when it is corrected: the reports are the record (``portal_take_back_extensions``).
        triggers = append_only(
            "extension",
            may_be_erased="OLD.granted_by_id IS NULL",
            may_be_changed=f"{only_gone('reason')} AND OLD.granted_at <= now() - interval '10 years'",
        )

    def __str__(self) -> str:
        return f"{self.deadline} +{self.number}{self.unit}"


class Cause(models.TextChoices):
    """Why a due date moved."""

    SUSPENSION = "suspension", _("suspension")
    EXTENSION = "extension", _("extension")
    CALENDAR = "calendar", _("change of the calendar")
    CORRECTION = "correction", _("corrected report")


class DueDateChange(models.Model):
    """A due date that moved while the promise was open: never silently, never after the end (T16); append-only."""

    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="due_date_changes")
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    changed_at = models.DateTimeField(_("changed at"))
    due_before = models.DateTimeField(_("due before"))
    due_after = models.DateTimeField(_("due after"))

    class Meta:
        verbose_name = _("moved due date")
        verbose_name_plural = _("moved due dates")
        indexes = [models.Index(fields=["changed_at"], name="due_date_change_newest", condition=Q(cause="calendar"))]
        triggers = append_only("due_date_change")

    def __str__(self) -> str:
        return f"{self.deadline_id} {self.due_before:%Y-%m-%d} → {self.due_after:%Y-%m-%d}"


class LimitRule(models.Model):
    """A limit as the office set it from a date on; without a row the default of the registered kind holds."""

    kind = models.CharField(_("kind of promise"), max_length=60)
    variant = models.CharField(_("variant"), max_length=40, blank=True)
    number = models.PositiveIntegerField(_("limit"))
    unit = models.CharField(_("unit"), max_length=2, choices=Unit)
    extension_number = models.PositiveIntegerField(_("extension at most"), default=0)
    red_after = models.PositiveSmallIntegerField(_("red after (working days)"), null=True, blank=True)
    fourth_after = models.PositiveSmallIntegerField(_("level four after red (working days)"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    reason = models.CharField(_("reason"), max_length=200)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("limit")
        verbose_name_plural = _("limits")
        constraints = [
            models.UniqueConstraint(
                name="limit_rule_one_a_day",
                fields=["kind", "variant", "valid_from"],
                violation_error_message=_("There is a limit for this day already."),
            ),
        ]
        triggers = append_only("limit_rule")

    def __str__(self) -> str:
        return f"{self.kind} {self.number}{self.unit}"


class Sweep(models.Model):
    """One complete look at all due promises: the engine's proof of life."""

    at = models.DateTimeField(_("as of"))
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    # ``check_deadlines --at`` is a rehearsal of time: it moves neither the heartbeat nor the clock's evidence.
    rehearsal = models.BooleanField(_("rehearsal"), default=False)
    checked = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    overdue = models.PositiveIntegerField(default=0)
    escalated = models.PositiveIntegerField(default=0)
    cards = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    # The steady clock of the machine at the start, and which start of the machine it counts from: the next sweep on
    # it finds out whether the wall clock jumped meanwhile (docs/trust.md D-08).
    steady_seconds = models.FloatField(_("steady clock (seconds)"), null=True, blank=True)
    boot = models.CharField(_("start of the machine"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")
        indexes = [
            models.Index(fields=["-finished_at"], name="sweep_heartbeat", condition=Q(rehearsal=False)),
            models.Index(fields=["-at"], name="sweep_at"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


class ClockConfirmation(models.Model):
    """An operator says that the clock is right although it jumped: sweeps go on from here (docs/trust.md D-08)."""

    at = models.DateTimeField(_("as of"))
    steady_seconds = models.FloatField(_("steady clock (seconds)"))
    boot = models.CharField(_("start of the machine"), max_length=40)
    # Sweeps up to this one ran by another clock and say nothing of this one.
    last_sweep_id = models.BigIntegerField(_("last sweep before"), default=0)

    class Meta:
        verbose_name = _("confirmation of the clock")
        verbose_name_plural = _("confirmations of the clock")
        triggers = append_only("clock_confirmation")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"


class BatchInHand(models.Model):
    """
    Promises that a sweep has in hand: written and committed before the work, deleted in the same transaction with it.

    One that was begun and is left over without a lock on it tells of a sweep that died over these rows; one that was
    not begun is a part of such a batch (docs/trust.md D-07).
    """

    deadline_ids = ArrayField(models.BigIntegerField())
    taken_at = models.DateTimeField(_("taken at"))
    is_begun = models.BooleanField(_("begun"), default=True)

    class Meta:
        verbose_name = _("batch in hand")
        verbose_name_plural = _("batches in hand")

    def __str__(self) -> str:
        return f"{len(self.deadline_ids)} · {self.taken_at:%Y-%m-%d %H:%M:%S}"


class Escalation(models.Model):
    """
    A level that a promise passed: exactly one row for each (deadline, level), never changed.

    ``passed_at`` is the moment of the threshold, not the moment when the sweep ran (docs/domain.md 13 no. 9).
    Who owed it is kept as it was then.
    """

    # Found through the constraint below; an index of its own would be one more write for each of very many rows.
    deadline = models.ForeignKey(Deadline, on_delete=models.PROTECT, related_name="escalations", db_index=False)
    level = models.PositiveSmallIntegerField(_("level"))
    passed_at = models.DateTimeField(_("passed at"))
    found_at = models.DateTimeField(_("found at"))
    kind = models.CharField(_("kind of promise"), max_length=60)
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    object_id = models.BigIntegerField()
    organ = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("organ that owes it")
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    responsible = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        constraints = [
            models.UniqueConstraint(name="escalation_once_a_level", fields=["deadline", "level"]),
            models.CheckConstraint(name="escalation_level_known", condition=Q(level__gte=1, level__lte=4)),
        ]
        indexes = [
            models.Index(fields=["-passed_at", "-id"], name="escalation_newest"),
            models.Index(fields=["organ", "-passed_at"], name="escalation_of_organ"),
        ]
        triggers = append_only("escalation")

    def __str__(self) -> str:
        return f"{self.kind} #{self.object_id} · {self.level}"


class Acknowledgement(models.Model):
    """The efficiency office has seen an escalation; a second one is refused by the key."""

    escalation = models.OneToOneField(Escalation, on_delete=models.PROTECT, related_name="acknowledgement")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("acknowledged at"))
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        triggers = append_only(
            "acknowledgement",
            # Once the file of what was promised is kept no longer; that is ten years at the least (docs/trust.md P-10).
            may_be_changed=f"{only_gone('note')} AND OLD.at <= now() - interval '10 years'",
        )

    def __str__(self) -> str:
        return str(self.escalation_id)
