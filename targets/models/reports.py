"""Reports on targets 目标报告: what was achieved in a period, with its proof (docs/domain.md 8.1)."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.files.models import ErasableCopy
from efficiency.organs.models import Organ, Post, Role
from efficiency.steps.models import StepEvent, StepToken
from targets.models.plans import (
    AFTER_ITS_TIME,
    TEXT_MAY_GO,
    Indicator,
    Milestone,
    Plan,
    Revision,
    concerning,
    of_own_post,
)
from targets.plans.enums import Span
from targets.reports.enums import ENDED, MOST_ROUNDS, ExtensionState, Finding, State

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

# Under which keys of a step's data words stand: the note of a value, all values, what was found of them.
WORDS = ("note", "values", "findings")
OF_OFFICE = (Role.OFFICE_OFFICER, Role.APPRAISAL_OFFICER)
USER = settings.AUTH_USER_MODEL


class ReportQuerySet(models.QuerySet["Report"]):
    """Reports by who may know of them, and by state."""

    def visible_to(self, user: "Person") -> Self:
        """Keep the reports that ``user`` may read."""
        return self.filter(followed_by(user))

    def headers_visible_to(self, user: "Person") -> Self:
        """Keep the reports of which ``user`` may know number, organ, dates and state."""
        audited = Q(organ_id__in=scope_of(user).organ_ids_as(Role.AUDITOR)) & ~of_own_post(user)
        return self.filter(followed_by(user) | audited)


def followed_by(user: "Person") -> Q:
    """Return the condition of the reports, and of the plans that they report on, whose values ``user`` may read."""
    return _of_organ(user) | _of_office(user)


def _of_organ(user: "Person") -> Q:
    """
    Return the condition of what the person reports, is asked to fill in a part of, or watches over as a leader.

    An efficiency office has no leader of that role: its heads report.
    """
    scope = scope_of(user)
    posts = [seat.post_id for seat in scope.seats]
    answers = Q(post_id__in=posts)
    asked = Q(Exists(Indicator.objects.filter(revision=OuterRef("revision"), responsible_post__in=posts)))
    leads = Q(organ_id__in=scope.organ_ids_as(Role.ORGAN_LEADER))
    heads = Q(organ_id__in=[seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head])
    return answers | leads | heads | asked if posts else Q(pk__in=[])


def _of_office(user: "Person") -> Q:
    """
    Return the condition of what the office checks: in the organs in reach, and what it is in charge of, as the office
    above the city's does not reach that; nothing that concerns the person (docs/trust.md Z-07).
    """
    scope = scope_of(user)
    offices = [seat.organ_id for seat in scope.seats_as(*OF_OFFICE)]
    reach = Q(organ_id__in=scope.organ_ids_as(*OF_OFFICE)) | Q(office_id__in=offices)
    return reach & ~concerning(user) if offices else Q(pk__in=[])


class Report(models.Model):
    """
    What a plan achieved in a period: open from the day on which the plan came into force, owed once the period is over.

    ``organ``, ``post`` and ``office`` are those of the plan, for lists. While it can still be filled in, its values are
    those of the indicators now in force; once it is handed in they stay those of ``revision``.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="reports", verbose_name=_("plan"))
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post")
    )
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    span = models.CharField(pgettext_lazy("report", "period"), max_length=12, choices=Span)
    since = models.DateField(_("from"))
    # The first day after the period.
    until = models.DateField(_("until"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    version = models.PositiveIntegerField(_("version"), default=1)
    # How often it was, or is to be, handed in.
    round = models.PositiveSmallIntegerField(pgettext_lazy("report", "round"), default=1)
    text = models.TextField(_("summary"), blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    # Since when it is owed: the end of the period, or later the day on which the plan came into force.
    owed_since = models.DateTimeField(_("owed since"), null=True, blank=True)
    submitted_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    submitted_at = models.DateTimeField(_("handed in at"), null=True, blank=True)
    checked_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # When its texts and files went (docs/trust.md P-10).
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)
    # The next promise, kept up by every step, for lists.
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("target management", "target report")
        verbose_name_plural = pgettext_lazy("target management", "target reports")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "since", "until"],
                name="report_of_period_once",
                violation_error_message=_("There is a report for this period already."),
            ),
            models.CheckConstraint(name="report_period_is_ordered", condition=Q(since__lt=F("until"))),
            models.CheckConstraint(name="report_rounds", condition=Q(round__gte=1, round__lte=MOST_ROUNDS)),
            models.CheckConstraint(
                name="report_handed_in_whole",
                condition=~Q(state__in=[State.SUBMITTED, State.ACCEPTED])
                | Q(submitted_at__isnull=False, submitted_by__isnull=False, owed_since__isnull=False),
                violation_error_message=_("What is handed in has a day and somebody who handed it in."),
            ),
            models.CheckConstraint(
                name="report_checked_whole",
                condition=~Q(state=State.ACCEPTED) | Q(checked_at__isnull=False, checked_by__isnull=False),
            ),
            models.CheckConstraint(
                name="report_checked_by_another",
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("submitted_by")),
                violation_error_message=_("Whoever handed in a report does not check it."),
            ),
            models.CheckConstraint(
                name="report_ended_has_moment",
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "next_due_at", "id"], name="report_of_organ"),
            models.Index(fields=["office", "state"], name="report_of_office"),
            models.Index(fields=["post"], name="report_of_post", condition=Q(post__isnull=False)),
            models.Index(
                fields=["until"], name="report_to_be_owed", condition=Q(owed_since__isnull=True, state=State.OPEN)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def reference(self) -> str:
        """The number, which is how people call it."""
        return self.number

    @property
    def title(self) -> str:
        """Year and period in words, such as 2026 first half-year."""
        return pgettext("report", "%(year)d %(span)s") % {"year": self.since.year, "span": self.get_span_display()}

    @property
    def is_with_organ(self) -> bool:
        """Whether it can be filled in."""
        return self.state in (State.OPEN, State.RETURNED)


class ReportValue(models.Model):
    """What was achieved by one indicator that is reported, and what the office found of it."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="values")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+", verbose_name=_("indicator"))
    actual = models.DecimalField(_("achieved"), max_digits=18, decimal_places=4, null=True, blank=True)
    events = models.PositiveIntegerField(pgettext_lazy("report", "events"), null=True, blank=True)
    done = models.BooleanField(pgettext_lazy("report", "done"), null=True, blank=True)
    note = models.TextField(_("how it was achieved"), blank=True)
    entered_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField(pgettext_lazy("report", "entered at"))
    finding = models.CharField(pgettext_lazy("report", "finding"), max_length=8, choices=Finding, blank=True)
    finding_text = models.TextField(_("reasons of the finding"), blank=True)

    class Meta:
        verbose_name = _("value of a report")
        verbose_name_plural = _("values of reports")
        constraints = [
            models.UniqueConstraint(fields=["report", "indicator"], name="report_value_once"),
            models.CheckConstraint(
                name="report_value_finding_has_reasons",
                condition=Q(finding__in=["", Finding.PROVED]) | ~Q(finding_text=""),
                violation_error_message=_("What is not proved, or false, is found so with reasons."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id}/{self.indicator_id}"


class MilestoneResult(models.Model):
    """When a milestone was reached; none while it was not."""

    value = models.ForeignKey(ReportValue, on_delete=models.CASCADE, related_name="milestones")
    milestone = models.ForeignKey(Milestone, on_delete=models.PROTECT, related_name="+")
    done_on = models.DateField(_("reached on"))

    class Meta:
        verbose_name = _("milestone reached")
        verbose_name_plural = _("milestones reached")
        constraints = [models.UniqueConstraint(fields=["value", "milestone"], name="report_milestone_once")]

    def __str__(self) -> str:
        return f"{self.value_id}/{self.milestone_id}"


class ReportEvent(StepEvent):
    """One step with a report, with the values as they stood when it was handed in or decided on; append-only."""

    of = "report"

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a report")
        verbose_name_plural = _("steps with reports")
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="report_event_number")]
        triggers = append_only(
            "report_event", may_be_changed=f"{only_gone('text', keys={'data': WORDS})} AND {AFTER_ITS_TIME}"
        )


class ReportToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(ReportEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a report")
        verbose_name_plural = _("tokens of reports")


class ReportExtension(models.Model):
    """The wish for more time: asked by whoever reports, decided by the office before the end, once (3.5)."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="extensions")
    days = models.PositiveSmallIntegerField(_("working days"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=8, choices=ExtensionState, default=ExtensionState.ASKED)
    decided_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("report", "wish for more time")
        verbose_name_plural = pgettext_lazy("report", "wishes for more time")
        constraints = [
            models.UniqueConstraint(
                fields=["report"], name="report_one_extension_asked", condition=Q(state=ExtensionState.ASKED)
            ),
            models.CheckConstraint(
                name="report_extension_by_another", condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by"))
            ),
            models.CheckConstraint(
                name="report_extension_decided_whole",
                condition=Q(state=ExtensionState.ASKED, decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=[ExtensionState.GRANTED, ExtensionState.REFUSED], decided_by__isnull=False)
                | Q(state=ExtensionState.LAPSED, decided_at__isnull=False, decided_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} +{self.days}"


class ReportFile(ErasableCopy):
    """Evidence for one value or for the whole report: the cleaned copy that people get (docs/trust.md U-01 to U-08)."""

    of = "report"

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(ReportEvent, on_delete=models.PROTECT, related_name="files")
    value = models.ForeignKey(ReportValue, on_delete=models.SET_NULL, null=True, blank=True, related_name="files")

    class Meta:
        verbose_name = _("file of a report")
        verbose_name_plural = _("files of reports")
        constraints = [
            models.UniqueConstraint(fields=["report", "position"], name="report_file_position"),
            models.CheckConstraint(
                name="report_file_erased_whole", condition=Q(erased_at__isnull=True) | Q(storage_name="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"],
                name="report_file_unscanned",
                condition=Q(erased_at__isnull=True, scanned_at__isnull=True),
            ),
        ]


class LeaderComment(models.Model):
    """What a leader says of the progress of a plan, told to whoever is responsible; append-only."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="comments")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, blank=True, related_name="comments")
    # Of one indicator by its key, or empty: of the plan.
    indicator_key = models.CharField(_("indicator"), max_length=20, blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    text = models.TextField(_("comment"))

    class Meta:
        verbose_name = _("comment of a leader")
        verbose_name_plural = _("comments of leaders")
        constraints = [models.CheckConstraint(name="leader_comment_has_text", condition=~Q(text=""))]
        indexes = [models.Index(fields=["plan", "-at"], name="leader_comment_of_plan")]
        triggers = append_only("leader_comment", may_be_changed=TEXT_MAY_GO)

    def __str__(self) -> str:
        return f"{self.plan_id} {self.at:%Y-%m-%d}"
