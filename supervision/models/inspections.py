"""Inspections 督查: plan and team, the visit to each organ, checklists, findings (docs/domain.md 11)."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.access.scope import Scope, scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.files.models import PictureCopy
from efficiency.organs import offices
from efficiency.organs.models import Organ, Post, Rank, Role
from efficiency.steps.models import StepEvent, StepToken
from supervision.inspections.enums import (
    ENDED,
    KNOWN,
    RELEASED,
    VISIT_ENDED,
    Answer,
    Category,
    Kind,
    Outcome,
    Severity,
    State,
    VisitState,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

USER = settings.AUTH_USER_MODEL
OF_OFFICE = (Role.OFFICE_OFFICER, Role.INSPECTOR)
# Texts are kept as long as the files of an office are (docs/trust.md P-10).
KEPT_YEARS = 10
_AFTER_ITS_TIME = f"OLD.at <= now() - interval '{KEPT_YEARS} years'"


# --- Checklists -----------------------------------------------------------------------------------------------------


class Checklist(models.Model):
    """A checklist 检查清单 of the office; what it asks stands in its versions."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField(_("created at"))
    # No plan begins with it any more.
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("inspection", "checklist")
        verbose_name_plural = pgettext_lazy("inspection", "checklists")

    def __str__(self) -> str:
        return self.name


class ChecklistVersion(models.Model):
    """How a checklist reads from a day on; a plan keeps the version that it was made with. Append-only."""

    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(pgettext_lazy("checklist", "version"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    # Nobody: it came with the portal.
    by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = pgettext_lazy("inspection", "version of a checklist")
        verbose_name_plural = pgettext_lazy("inspection", "versions of checklists")
        constraints = [models.UniqueConstraint(fields=["checklist", "number"], name="checklist_version_number")]
        triggers = append_only("checklist_version")

    def __str__(self) -> str:
        return f"{self.checklist} ({self.number})"


class ChecklistItem(models.Model):
    """One question of a version; the right answer is yes. Append-only."""

    version = models.ForeignKey(ChecklistVersion, on_delete=models.PROTECT, related_name="items")
    position = models.PositiveSmallIntegerField(_("position"))
    category = models.CharField(pgettext_lazy("inspection", "category"), max_length=16, choices=Category)
    text = models.CharField(pgettext_lazy("checklist", "question"), max_length=200)
    norm = models.CharField(pgettext_lazy("inspection", "norm"), max_length=200, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("inspection", "item of a checklist")
        verbose_name_plural = pgettext_lazy("inspection", "items of checklists")
        ordering = ("position",)
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="checklist_item_position")]
        triggers = append_only("checklist_item")

    def __str__(self) -> str:
        return self.text


# --- Who knows of what ----------------------------------------------------------------------------------------------


def _team(user: "Person", path: str) -> Exists:
    accounts = scope_of(user).account_ids
    return Exists(InspectionMember.objects.filter(inspection=OuterRef(path), user_id__in=accounts))


def head_offices(scope: Scope) -> frozenset[int]:
    """Return the efficiency offices that the person heads or signs for."""
    seats = scope.seats_as(Role.OFFICE_OFFICER)
    return frozenset(seat.organ_id for seat in seats if seat.is_head or seat.rank == Rank.APPROVER)


def led_organs(scope: Scope) -> frozenset[int]:
    """Return the organs that the person leads: as leader, an efficiency office as its head."""
    return frozenset(seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)) | frozenset(
        seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head
    )


def _is_about(scope: Scope) -> Q:
    return Q(post_id__in=scope.own_post_ids) | Q(person_id__in=scope.account_ids)


def recused_findings(scope: Scope, personally: bool) -> "FindingQuerySet":
    """
    Return the findings from which a person is recused: those of visits that concern them (docs/trust.md Z-07).

    :param personally: only findings about the person or a post that they ever held
    """
    if not scope.account_ids:
        return Finding.objects.none()
    if personally:
        return Finding.objects.filter(_is_about(scope))
    return Finding.objects.filter(Exists(_concerned_visits(scope, Q(pk=OuterRef("visit")))))


def _concerned_visits(scope: Scope, outer: Q) -> Exists:
    """Say whether an organ inspected is one of the person's, or a finding is about a post or the person (Z-07)."""
    about = Finding.objects.filter(_is_about(scope), visit=OuterRef("pk"))
    own = offices.organs_of(scope.own_organ_ids).values("pk")
    return Exists(Visit.objects.filter(outer).filter(Q(organ__in=own) | Exists(about)))


class InspectionQuerySet(models.QuerySet["Inspection"]):
    """Plans of inspections by who may know of them."""

    def visible_to(self, user: "Person") -> Self:
        """
        Keep the plans that ``user`` may read: the team and the heads of the office, of an open one the office in reach.

        A covert one is nobody else's before it is finished, and one that was dropped never is (docs/domain.md 11).
        """
        return self._known(user, by_header=False)

    def headers_visible_to(self, user: "Person") -> Self:
        """Keep the plans of which ``user`` may know number, organs, dates and state."""
        return self._known(user, by_header=True)

    def _known(self, user: "Person", *, by_header: bool) -> Self:
        scope = scope_of(user)
        if scope.user_id is None:
            return self.none()
        reach = scope.organ_ids_as(*OF_OFFICE)
        seen = Q(pk__in=[])
        if reach:
            seen |= Q(_team(user, "pk")) | Q(office_id__in=head_offices(scope))
            seen |= NOT_SECRET & Q(Exists(Visit.objects.filter(inspection=OuterRef("pk"), organ_id__in=reach)))
        if by_header:
            seen |= NOT_SECRET & Q(office_id__in=scope.organ_ids_as(Role.AUDITOR))
            seen |= Q(state=State.FINISHED, office_id__in=scope.organ_ids_as(Role.APPRAISAL_OFFICER))
            if scope.seats_as(Role.SOCIAL_SUPERVISOR):
                seen |= Q(_team(user, "pk"))
        return self.filter(seen & ~Q(_concerned_visits(scope, Q(inspection=OuterRef("pk")))))


# A covert inspection is known to others from its end on.
NOT_SECRET = ~Q(kind=Kind.COVERT) | Q(state=State.FINISHED)


class Inspection(models.Model):
    """
    The plan of an inspection: what is looked at, in which organs, when, by whom; what happened lies in its events.

    Each organ has a visit of its own, with what was found there.
    """

    number = models.CharField(_("number"), max_length=20, unique=True)
    kind = models.CharField(pgettext_lazy("inspection", "kind"), max_length=9, choices=Kind)
    state = models.CharField(_("state"), max_length=8, choices=State)
    version = models.PositiveIntegerField(_("version"), default=1)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    topic = models.CharField(pgettext_lazy("inspection", "topic"), max_length=100)
    content = models.TextField(pgettext_lazy("inspection", "what is looked at"))
    begin_on = models.DateField(_("first day"))
    end_on = models.DateField(_("last day"))
    checklist = models.ForeignKey(
        ChecklistVersion,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("inspection", "checklist"),
    )
    # Why an open one is not announced: notice would defeat it.
    no_notice_reason = models.TextField(_("why there is no notice"), blank=True)
    # The visit that ordered it.
    follows = models.ForeignKey("Visit", on_delete=models.PROTECT, null=True, blank=True, related_name="followed_by")

    prepared_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("prepared at"))
    approved_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    begun_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)

    objects = InspectionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "inspection")
        verbose_name_plural = pgettext_lazy("supervision", "inspections")
        constraints = [
            models.CheckConstraint(name="inspection_days", condition=Q(end_on__gte=F("begin_on"))),
            models.CheckConstraint(
                name="inspection_approved_by_another",
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")),
                violation_error_message=_("Whoever prepared a plan does not approve it."),
            ),
            models.CheckConstraint(
                name="inspection_approved_whole",
                condition=Q(state=State.DRAFT, approved_by__isnull=True, approved_at__isnull=True)
                | Q(state=State.DROPPED)
                | (~Q(state=State.DRAFT) & Q(approved_by__isnull=False, approved_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="inspection_ended_has_moment",
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="inspection_covert_gives_no_reason", condition=~Q(kind=Kind.COVERT) | Q(no_notice_reason="")
            ),
        ]
        indexes = [models.Index(fields=["office", "state", "next_due_at"], name="inspection_of_office")]

    def __str__(self) -> str:
        return self.number

    @property
    def is_covert(self) -> bool:
        """Whether it comes unannounced and is known to the team and the heads alone."""
        return self.kind == Kind.COVERT

    @property
    def is_secret(self) -> bool:
        """Whether nobody but the team and the heads of the office may know of it now."""
        return self.is_covert and self.state != State.FINISHED

    @property
    def wants_notice(self) -> bool:
        """Whether the organs are told before it begins."""
        return not self.is_covert and not self.no_notice_reason


class InspectionMember(models.Model):
    """Who inspects; a social supervisor who comes along is a guest, and not counted."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="members")
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    is_leader = models.BooleanField(pgettext_lazy("inspection", "leads the team"), default=False)
    is_guest = models.BooleanField(pgettext_lazy("inspection", "guest"), default=False)

    class Meta:
        verbose_name = _("member of an inspection team")
        verbose_name_plural = _("members of inspection teams")
        constraints = [
            models.UniqueConstraint(fields=["inspection", "user"], name="inspection_member_once"),
            models.UniqueConstraint(fields=["inspection"], name="inspection_one_leader", condition=Q(is_leader=True)),
            models.CheckConstraint(name="inspection_guest_leads_not", condition=~Q(is_leader=True, is_guest=True)),
        ]

    def __str__(self) -> str:
        return f"{self.inspection_id} {self.user_id}"


class InspectionEvent(StepEvent):
    """One step with a plan; append-only."""

    of = "inspection"

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with an inspection")
        verbose_name_plural = _("steps with inspections")
        constraints = [models.UniqueConstraint(fields=["inspection", "number"], name="inspection_event_number")]
        triggers = append_only("inspection_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class InspectionToken(StepToken):
    """The form by which a step with a plan was taken (docs/trust.md S-10)."""

    event = models.OneToOneField(InspectionEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of an inspection")
        verbose_name_plural = _("tokens of inspections")


# --- The visit to one organ -----------------------------------------------------------------------------------------


class VisitQuerySet(models.QuerySet["Visit"]):
    """Visits by who may know of them."""

    def visible_to(self, user: "Person") -> Self:
        """Keep the visits that ``user`` may read: of the office as the plan, of the organ what it was told of."""
        return self._known(user, by_header=False)

    def headers_visible_to(self, user: "Person") -> Self:
        """Keep the visits of which ``user`` may know number, organ, dates, state and outcome."""
        return self._known(user, by_header=True)

    def of_office(self, user: "Person") -> Self:
        """Keep the visits that ``user`` knows as the office does, with what the organ does not read."""
        return self.filter(self._of_office(user))

    def _known(self, user: "Person", *, by_header: bool) -> Self:
        scope = scope_of(user)
        if scope.user_id is None:
            return self.none()
        seen = Q(organ_id__in=led_organs(scope)) & TOLD | self._of_office(user)
        if by_header:
            recused = Q(_concerned_visits(scope, Q(pk=OuterRef("pk"))))
            of_auditor = VISIT_NOT_SECRET & Q(organ_id__in=scope.organ_ids_as(Role.AUDITOR))
            of_appraiser = Q(state__in=RELEASED, organ_id__in=scope.organ_ids_as(Role.APPRAISAL_OFFICER))
            seen |= (of_auditor | of_appraiser) & ~recused
            if scope.seats_as(Role.SOCIAL_SUPERVISOR):
                seen |= Q(_team(user, "inspection_id")) & ~recused
        return self.filter(seen)

    @staticmethod
    def _of_office(user: "Person") -> Q:
        scope = scope_of(user)
        reach = scope.organ_ids_as(*OF_OFFICE)
        if not reach:
            return Q(pk__in=[])
        seen = Q(_team(user, "inspection_id")) | Q(inspection__office_id__in=head_offices(scope))
        seen |= VISIT_NOT_SECRET & Q(organ_id__in=reach)
        # Before the plan is approved there is no visit.
        return seen & Q(version__gte=1) & ~Q(_concerned_visits(scope, Q(pk=OuterRef("pk"))))


# The organ learns of it by notice, as findings are shown, or by the release: no report without findings tells it.
TOLD = Q(noticed_at__isnull=False) | Q(shown_at__isnull=False) | Q(state__in=RELEASED)
# Of a covert one the visit to an organ is known to others from its release on, the plan from its end on.
VISIT_NOT_SECRET = ~Q(inspection__kind=Kind.COVERT) | Q(inspection__state=State.FINISHED) | Q(state__in=RELEASED)


class Visit(models.Model):
    """The inspection of one organ: notice, visit, comment, report, challenge; what happened lies in its events."""

    inspection = models.ForeignKey(Inspection, on_delete=models.PROTECT, related_name="visits")
    organ = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="inspection_visits", verbose_name=_("organ")
    )
    state = models.CharField(_("state"), max_length=10, choices=VisitState)
    # None before the plan is approved.
    version = models.PositiveIntegerField(_("version"), default=0)

    notice = models.TextField(pgettext_lazy("inspection", "notice"), blank=True)
    noticed_at = models.DateTimeField(_("notice given at"), null=True, blank=True)
    noticed_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    place = models.CharField(pgettext_lazy("inspection", "place"), max_length=200, blank=True)
    begun_at = models.DateTimeField(_("begun at"), null=True, blank=True)
    visited_at = models.DateTimeField(_("visit over at"), null=True, blank=True)
    shown_at = models.DateTimeField(_("shown to the organ at"), null=True, blank=True)
    comment = models.TextField(pgettext_lazy("inspection", "comment of the organ"), blank=True)
    commented_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    commented_at = models.DateTimeField(_("commented at"), null=True, blank=True)
    conclusion = models.TextField(pgettext_lazy("inspection", "conclusion"), blank=True)
    concluded_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    concluded_at = models.DateTimeField(_("concluded at"), null=True, blank=True)
    follow_up_on = models.DateField(_("follow-up inspection by"), null=True, blank=True)
    released_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    challenged_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    challenged_at = models.DateTimeField(_("challenged at"), null=True, blank=True)
    reviewed_by = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    outcome = models.CharField(
        pgettext_lazy("inspection", "outcome of the review"), max_length=8, choices=Outcome, blank=True
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "visit of an inspection")
        verbose_name_plural = pgettext_lazy("supervision", "visits of inspections")
        constraints = [
            models.UniqueConstraint(fields=["inspection", "organ"], name="inspection_visit_once"),
            models.CheckConstraint(
                name="inspection_visit_ended_has_moment",
                condition=Q(state__in=VISIT_ENDED, ended_at__isnull=False)
                | (~Q(state__in=VISIT_ENDED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="inspection_visit_released_by_another",
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("concluded_by")),
                violation_error_message=_("Whoever wrote a report does not release it."),
            ),
            models.CheckConstraint(
                name="inspection_visit_released_whole",
                condition=~Q(state__in=RELEASED)
                | (Q(released_by__isnull=False, released_at__isnull=False) & ~Q(conclusion="")),
            ),
            models.CheckConstraint(
                name="inspection_visit_reviewed_by_another",
                condition=Q(reviewed_by__isnull=True)
                | (~Q(reviewed_by=F("released_by")) & ~Q(reviewed_by=F("concluded_by"))),
                violation_error_message=_("Whoever made a conclusion does not review it."),
            ),
            models.CheckConstraint(
                name="inspection_visit_reviewed_whole",
                condition=Q(state=VisitState.REVIEWED, reviewed_by__isnull=False) & ~Q(outcome="")
                | (~Q(state=VisitState.REVIEWED) & Q(reviewed_by__isnull=True, outcome="")),
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "state", "next_due_at"], name="inspection_visit_of_organ"),
            models.Index(
                fields=["ended_at"],
                name="inspection_visit_to_erase",
                condition=Q(ended_at__isnull=False, erased_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.inspection.number} {self.organ}"

    @property
    def is_known_to_organ(self) -> bool:
        """Whether the organ was told of it: by notice, as what was found was shown, or by the release."""
        return self.noticed_at is not None or self.shown_at is not None or self.state in RELEASED

    @property
    def is_secret(self) -> bool:
        """Whether of the office nobody but the team and the heads may know of it now."""
        return self.inspection.is_secret and self.state not in RELEASED


class VisitEvent(StepEvent):
    """One step with the visit to an organ; append-only."""

    of = "visit"

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)
    # What the organ does not read of it.
    is_internal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("step with a visit of an inspection")
        verbose_name_plural = _("steps with visits of inspections")
        constraints = [models.UniqueConstraint(fields=["visit", "number"], name="inspection_visit_event_number")]
        triggers = append_only("visit_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class VisitToken(StepToken):
    """The form by which a step with a visit was taken (docs/trust.md S-10)."""

    event = models.OneToOneField(VisitEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a visit of an inspection")
        verbose_name_plural = _("tokens of visits of inspections")


class CheckAnswer(models.Model):
    """What was seen of an item on the spot; it changes until the visit is over."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="answers")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(pgettext_lazy("inspection", "answer"), max_length=3, choices=Answer, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer of a checklist")
        verbose_name_plural = _("answers of checklists")
        constraints = [models.UniqueConstraint(fields=["visit", "item"], name="inspection_answer_once")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.item_id}: {self.answer}"


class FindingQuerySet(models.QuerySet["Finding"]):
    """Findings by who may know of them."""

    def visible_to(self, user: "Person") -> Self:
        """Keep what ``user`` may read: the office what it knows of, the organ what was shown to it."""
        scope = scope_of(user)
        shown = Q(visit__organ_id__in=led_organs(scope), visit__state__in=KNOWN, shown_at__isnull=False)
        return self.filter(shown | Q(visit__in=Visit.objects.of_office(user).values("pk")))

    def standing(self) -> Self:
        """Leave out what was dropped, or fell in a review."""
        return self.filter(dropped_at__isnull=True)


class Finding(models.Model):
    """What was found 发现问题: where, when, about whom, which norm was broken, how grave it is."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField(_("number"))
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    category = models.CharField(pgettext_lazy("inspection", "category"), max_length=16, choices=Category)
    severity = models.CharField(pgettext_lazy("inspection", "severity"), max_length=8, choices=Severity)
    text = models.TextField(_("what was found"))
    norm = models.CharField(pgettext_lazy("inspection", "norm broken"), max_length=200, blank=True)
    place = models.CharField(pgettext_lazy("inspection", "place"), max_length=200)
    found_at = models.DateTimeField(_("found at"))
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post")
    )
    # Whoever answered for the post at that moment.
    person = models.ForeignKey(USER, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    comment = models.TextField(pgettext_lazy("inspection", "comment of the organ"), blank=True)
    recorded_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(_("recorded at"))
    shown_at = models.DateTimeField(_("shown to the organ at"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("dropped at"), null=True, blank=True)
    dropped_reason = models.TextField(_("why it was dropped"), blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "finding of an inspection")
        verbose_name_plural = pgettext_lazy("supervision", "findings of inspections")
        ordering = ("visit", "number")
        constraints = [
            models.UniqueConstraint(fields=["visit", "number"], name="inspection_finding_number"),
            models.CheckConstraint(
                name="inspection_finding_dropped_with_reason",
                condition=Q(dropped_at__isnull=True, dropped_reason="")
                | (Q(dropped_at__isnull=False) & ~Q(dropped_reason="")),
            ),
        ]
        indexes = [models.Index(fields=["post"], name="inspection_finding_of_post", condition=Q(post__isnull=False))]

    def __str__(self) -> str:
        return f"{self.visit.inspection.number}-{self.visit_id}-{self.number}"


class VisitFile(PictureCopy):
    """A photograph or file of a visit: of an item, of a finding, or of a step (docs/trust.md U-01 to U-08)."""

    of = "visit"

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(VisitEvent, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    item = models.ForeignKey(ChecklistItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("file of a visit of an inspection")
        verbose_name_plural = _("files of visits of inspections")
        constraints = [
            models.UniqueConstraint(fields=["visit", "position"], name="inspection_file_position"),
            # The same photograph of the same item, sent again over a bad line, is there once.
            models.UniqueConstraint(
                fields=["visit", "item", "sha256"], name="inspection_photo_once", condition=Q(item__isnull=False)
            ),
            models.CheckConstraint(
                name="inspection_file_erased_whole",
                condition=Q(erased_at__isnull=True) | Q(storage_name="", preview_name=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"],
                name="inspection_file_unscanned",
                condition=Q(erased_at__isnull=True, scanned_at__isnull=True),
            ),
        ]
