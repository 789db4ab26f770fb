"""Pilot programmes 试点工作: phases with their ends, tasks, organs that take part, what they hand in (11.2)."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.files.models import ErasableCopy
from efficiency.organs.models import Organ, Role
from efficiency.steps.models import StepEvent, StepToken
from supervision.pilots.enums import (
    MILESTONE_ENDED,
    MOST_ROUNDS,
    PARTICIPANT_ENDED,
    CheckKind,
    Conclusion,
    MilestoneState,
    ParticipantState,
    ProgrammeState,
    TaskKind,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

OF_OFFICE = (Role.OFFICE_OFFICER, Role.INSPECTOR, Role.AUDITOR)
OF_ORGAN = (Role.ORGAN_LEADER, Role.CLERK)
# Texts are kept as long as the files of an office are (docs/trust.md P-10).
KEPT_YEARS = 10
_AFTER_ITS_TIME = f"OLD.at <= now() - interval '{KEPT_YEARS} years'"


def _offices(user: "Person") -> list[int]:
    """Return the offices of the government whose programmes a person knows of: their own."""
    return sorted(scope_of(user).organ_ids_as(*OF_OFFICE))


def _own_organs(user: "Person") -> list[int]:
    return [seat.organ_id for seat in scope_of(user).seats_as(*OF_ORGAN)]


class ProgrammeQuerySet(models.QuerySet["Programme"]):
    """Programmes by who may know of them."""

    def visible_to(self, user: "Person") -> Self:
        """Keep the office's own; for an organ those in which it takes part, once they have begun."""
        mine = Q(pk__in=Participant.objects.filter(organ_id__in=_own_organs(user)).values("programme_id"))
        return self.filter(Q(office_id__in=_offices(user)) | mine & ~Q(state=ProgrammeState.DRAFT))

    def public(self) -> Self:
        """Keep what everybody reads: what has begun, or has ended."""
        return self.exclude(state=ProgrammeState.DRAFT)


class Programme(models.Model):
    """A pilot programme: drafted by the office, begun by a second person, ended when every organ is assessed."""

    name = models.CharField(pgettext_lazy("pilot", "name"), max_length=100)
    basis = models.CharField(pgettext_lazy("pilot", "basis"), max_length=200)
    aim = models.TextField(pgettext_lazy("pilot", "aim"))
    state = models.CharField(_("state"), max_length=8, choices=ProgrammeState)
    version = models.PositiveIntegerField(_("version"), default=1)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    started_at = models.DateTimeField(pgettext_lazy("pilot", "begun at"), null=True, blank=True)
    conclusion = models.TextField(pgettext_lazy("pilot", "conclusion"), blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "pilot programme")
        verbose_name_plural = pgettext_lazy("supervision", "pilot programmes")
        constraints = [
            models.CheckConstraint(
                name="pilot_begun_whole",
                condition=Q(state=ProgrammeState.DRAFT, started_by__isnull=True, started_at__isnull=True)
                | ~Q(state=ProgrammeState.DRAFT) & Q(started_by__isnull=False, started_at__isnull=False),
            ),
            models.CheckConstraint(
                name="pilot_begun_by_another",
                condition=Q(started_by__isnull=True) | ~Q(started_by=F("drafted_by")),
            ),
            models.CheckConstraint(
                name="pilot_ended_whole",
                condition=Q(state=ProgrammeState.ENDED, ended_at__isnull=False) & ~Q(conclusion="")
                | ~Q(state=ProgrammeState.ENDED) & Q(ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Phase(models.Model):
    """A phase with its last day; phases follow each other."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="phases")
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(pgettext_lazy("pilot", "phase"), max_length=40)
    ends_on = models.DateField(pgettext_lazy("pilot", "last day"))

    class Meta:
        verbose_name = _("phase of a pilot programme")
        verbose_name_plural = _("phases of pilot programmes")
        constraints = [models.UniqueConstraint(fields=["programme", "position"], name="pilot_phase_position")]

    def __str__(self) -> str:
        return self.name


class PilotTask(models.Model):
    """What a phase asks each organ for."""

    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="tasks")
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(pgettext_lazy("pilot", "kind"), max_length=10, choices=TaskKind)
    text = models.CharField(pgettext_lazy("pilot", "task"), max_length=200)

    class Meta:
        verbose_name = _("task of a pilot programme")
        verbose_name_plural = _("tasks of pilot programmes")
        constraints = [models.UniqueConstraint(fields=["phase", "position"], name="pilot_task_position")]

    def __str__(self) -> str:
        return self.text


class ProgrammeEvent(StepEvent):
    """One step with a programme; append-only."""

    of = "programme"

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a pilot programme")
        verbose_name_plural = _("steps with pilot programmes")
        constraints = [models.UniqueConstraint(fields=["programme", "number"], name="pilot_event_number")]
        triggers = append_only("pilot_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class ProgrammeToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(ProgrammeEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a pilot programme")
        verbose_name_plural = _("tokens of pilot programmes")


# --- Organs that take part ------------------------------------------------------------------------------------------


class ParticipantQuerySet(models.QuerySet["Participant"]):
    """Organs that take part, by who may know of them."""

    def visible_to(self, user: "Person") -> Self:
        """Keep those of the office's programmes; for an organ its own, once the programme has begun."""
        own = Q(organ_id__in=_own_organs(user)) & ~Q(programme__state=ProgrammeState.DRAFT)
        return self.filter(Q(programme__office_id__in=_offices(user)) | own)


class Participant(models.Model):
    """An organ that takes part 试点单位, and what the office concluded of it."""

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="participants")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    state = models.CharField(_("state"), max_length=12, choices=ParticipantState)
    version = models.PositiveIntegerField(_("version"), default=1)
    conclusion = models.CharField(pgettext_lazy("pilot", "conclusion"), max_length=8, choices=Conclusion, blank=True)
    assessment = models.TextField(pgettext_lazy("pilot", "assessment"), blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "pilot organ")
        verbose_name_plural = pgettext_lazy("supervision", "pilot organs")
        constraints = [
            models.UniqueConstraint(fields=["programme", "organ"], name="pilot_organ_once"),
            models.CheckConstraint(
                name="pilot_assessed_whole",
                condition=Q(
                    state__in=PARTICIPANT_ENDED,
                    proposed_by__isnull=False,
                    confirmed_by__isnull=False,
                    ended_at__isnull=False,
                )
                & (~Q(state=ParticipantState.ASSESSED) | ~Q(conclusion=""))
                | ~Q(state__in=PARTICIPANT_ENDED) & Q(confirmed_by__isnull=True, ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="pilot_assessed_by_two",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} · {self.organ}"


class ParticipantEvent(StepEvent):
    """One step with an organ that takes part; append-only."""

    of = "participant"

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a pilot organ")
        verbose_name_plural = _("steps with pilot organs")
        constraints = [models.UniqueConstraint(fields=["participant", "number"], name="pilot_organ_event_number")]
        triggers = append_only("pilot_organ_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class ParticipantToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(ParticipantEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a pilot organ")
        verbose_name_plural = _("tokens of pilot organs")


class PilotCheck(models.Model):
    """A check or spot check of an organ by the office; append-only. What it found is put right by a milestone."""

    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="checks")
    kind = models.CharField(pgettext_lazy("pilot", "kind"), max_length=8, choices=CheckKind)
    checked_on = models.DateField(pgettext_lazy("pilot", "day of the check"))
    # The number of the inspection behind it, where there is one.
    inspection = models.CharField(pgettext_lazy("pilot", "number of the inspection"), max_length=60, blank=True)
    result = models.TextField(pgettext_lazy("pilot", "result of the check"))
    has_findings = models.BooleanField(pgettext_lazy("pilot", "something was found"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("check of a pilot organ")
        verbose_name_plural = _("checks of pilot organs")
        triggers = append_only("pilot_check", may_be_changed=f"{only_gone('result')} AND {_AFTER_ITS_TIME}")

    def __str__(self) -> str:
        return f"{self.participant_id} {self.checked_on}"


# --- What each organ has to do --------------------------------------------------------------------------------------


class MilestoneQuerySet(models.QuerySet["PilotMilestone"]):
    """Milestones by who may know of them."""

    def visible_to(self, user: "Person") -> Self:
        """Keep those of the office's programmes, and an organ's own."""
        own = Q(participant__organ_id__in=_own_organs(user))
        return self.filter(Q(participant__programme__office_id__in=_offices(user)) | own)


class PilotMilestone(models.Model):
    """
    A task of a phase as one organ owes it 节点: handed in, received on record, or sent back once with reasons.

    ``follows`` is the self-check whose findings a rectification puts right; ``check_found`` the check of the office.
    """

    participant = models.ForeignKey(
        Participant,
        on_delete=models.PROTECT,
        related_name="milestones",
        verbose_name=pgettext_lazy("supervision", "pilot organ"),
    )
    phase = models.ForeignKey(
        Phase, on_delete=models.PROTECT, related_name="milestones", verbose_name=pgettext_lazy("pilot", "phase")
    )
    kind = models.CharField(pgettext_lazy("pilot", "kind"), max_length=10, choices=TaskKind)
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(pgettext_lazy("pilot", "task"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=MilestoneState)
    version = models.PositiveIntegerField(_("version"), default=1)
    # How often it was handed in at most: sent back once.
    round = models.PositiveSmallIntegerField(pgettext_lazy("pilot", "round"), default=1)
    text = models.TextField(pgettext_lazy("pilot", "what was handed in"), blank=True)
    # Of a self-check: what it found; empty with ``has_findings`` false says that nothing was found.
    has_findings = models.BooleanField(pgettext_lazy("pilot", "something was found"), null=True, blank=True)
    findings = models.TextField(pgettext_lazy("pilot", "findings"), blank=True)
    follows = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        verbose_name=pgettext_lazy("pilot", "follows"),
    )
    check_found = models.OneToOneField(
        PilotCheck, on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    filed_at = models.DateTimeField(pgettext_lazy("pilot", "handed in at"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)

    objects = MilestoneQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "pilot task")
        verbose_name_plural = pgettext_lazy("supervision", "pilot tasks")
        constraints = [
            models.UniqueConstraint(fields=["participant", "phase", "position"], name="pilot_milestone_once"),
            models.CheckConstraint(name="pilot_milestone_rounds", condition=Q(round__gte=1, round__lte=MOST_ROUNDS)),
            models.CheckConstraint(
                name="pilot_milestone_ended",
                condition=Q(state=MilestoneState.RECEIVED, ended_at__isnull=False, filed_by__isnull=False)
                | Q(state=MilestoneState.DROPPED, ended_at__isnull=False)
                | ~Q(state__in=MILESTONE_ENDED) & Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "next_due_at"], name="pilot_milestone_due"),
            models.Index(
                fields=["ended_at"], name="pilot_to_erase", condition=Q(ended_at__isnull=False, erased_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PilotMilestoneEvent(StepEvent):
    """One step with a milestone; append-only."""

    of = "milestone"

    milestone = models.ForeignKey(PilotMilestone, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a pilot task")
        verbose_name_plural = _("steps with pilot tasks")
        constraints = [models.UniqueConstraint(fields=["milestone", "number"], name="pilot_milestone_event_number")]
        triggers = append_only("pilot_milestone_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class PilotMilestoneToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(PilotMilestoneEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a pilot task")
        verbose_name_plural = _("tokens of pilot tasks")


class PilotFile(ErasableCopy):
    """A document that was handed in: the cleaned copy that people get (docs/trust.md U-01 to U-08)."""

    of = "milestone"

    milestone = models.ForeignKey(PilotMilestone, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(PilotMilestoneEvent, on_delete=models.PROTECT, related_name="files")

    class Meta:
        verbose_name = _("file of a pilot task")
        verbose_name_plural = _("files of pilot tasks")
        constraints = [
            models.UniqueConstraint(fields=["milestone", "position"], name="pilot_file_position"),
            models.CheckConstraint(
                name="pilot_file_erased_whole", condition=Q(erased_at__isnull=True) | Q(storage_name="")
            ),
        ]
