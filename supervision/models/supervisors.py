"""Social supervisors 特聘社会监督员: appointments, observations, tours and meetings (docs/domain.md 11)."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from complaints.models import Case
from efficiency.access.scope import Scope, scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.files.models import ErasableCopy, PictureCopy
from efficiency.organs.models import Organ, Post, Role, Tenure
from efficiency.steps.models import StepEvent, StepToken
from supervision.supervisors.enums import (
    CERTIFIED,
    ENDED_EARLY,
    IN_OFFICE,
    MOST_TERMS,
    OBSERVATION_ENDED,
    AppointmentState,
    Circle,
    GatheringKind,
    GatheringState,
    ObservationState,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

OF_OFFICE = (Role.OFFICE_OFFICER, Role.INSPECTOR)
# Texts are kept as long as the files of an office are (docs/trust.md P-10).
KEPT_YEARS = 10
_AFTER_ITS_TIME = f"OLD.at <= now() - interval '{KEPT_YEARS} years'"


def _nothing() -> Q:
    return Q(pk__in=[])


# --- Appointments ---------------------------------------------------------------------------------------------------


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments by time and by who may know of them."""

    def in_office(self, on: date) -> Self:
        """Keep whoever is in office on the day: what was confirmed, from its first day to before its end."""
        return self.filter(state__in=IN_OFFICE, since__lte=on, until__gt=on)

    def visible_to(self, user: "Person") -> Self:
        """Keep what the office, its inspectors and the auditor know of; nobody what is about themselves."""
        scope = scope_of(user)
        reach = scope.organ_ids_as(*OF_OFFICE, Role.AUDITOR)
        return self.filter(office_id__in=reach).exclude(person_id__in=scope.account_ids) if reach else self.none()

    def of_person(self, user: "Person") -> Self:
        """Keep the appointment in which the person is in office today, with the role that goes with it."""
        scope = scope_of(user)
        if Role.SOCIAL_SUPERVISOR not in scope.roles:
            return self.none()
        return self.in_office(scope.on).filter(person_id=scope.user_id)


class Appointment(models.Model):
    """
    One term of one supervisor: proposed by the office, confirmed by another person, certified, published.

    ``until`` is the first day that is no longer of the term; whoever leaves before is in office to before ``left_on``.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, null=True, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=AppointmentState)
    version = models.PositiveIntegerField(_("version"), default=1)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=pgettext_lazy("supervision", "supervisor"),
    )
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", verbose_name=_("post"))
    # As published and as it stands in the certificate, whatever the account is called later.
    name = models.CharField(_("name"), max_length=60)
    circle = models.CharField(pgettext_lazy("supervision", "circle"), max_length=12, choices=Circle)
    workplace = models.CharField(pgettext_lazy("supervision", "where they work"), max_length=100, blank=True)
    term = models.PositiveSmallIntegerField(pgettext_lazy("supervision", "term"), default=1)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"))
    left_on = models.DateField(pgettext_lazy("supervision", "left on"), null=True, blank=True)
    renews = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="renewals", verbose_name=_("renews")
    )
    tenure = models.ForeignKey(Tenure, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(_("proposed at"))
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    # Who proposed the removal, or noted the wish to leave, that waits for a second person or was carried out.
    removal_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "social supervisor")
        verbose_name_plural = pgettext_lazy("supervision", "social supervisors")
        constraints = [
            models.CheckConstraint(name="appointment_period", condition=Q(until__gt=F("since"))),
            models.CheckConstraint(name="appointment_terms", condition=Q(term__gte=1, term__lte=MOST_TERMS)),
            models.CheckConstraint(
                name="appointment_certified_whole",
                condition=Q(
                    state__in=CERTIFIED,
                    number__isnull=False,
                    confirmed_by__isnull=False,
                    confirmed_at__isnull=False,
                    tenure__isnull=False,
                )
                | Q(
                    state__in=[AppointmentState.PROPOSED, AppointmentState.DECLINED],
                    number__isnull=True,
                    confirmed_by__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="appointment_by_two",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="appointment_removed_by_two",
                condition=~Q(state__in=ENDED_EARLY)
                | Q(removal_by__isnull=False, removed_by__isnull=False) & ~Q(removed_by=F("removal_by")),
            ),
            models.CheckConstraint(
                name="appointment_left_early",
                condition=Q(state__in=ENDED_EARLY, left_on__isnull=False)
                | (~Q(state__in=ENDED_EARLY) & Q(left_on__isnull=True)),
            ),
            # Nobody is proposed twice at once, and nobody holds two terms at once.
            models.UniqueConstraint(
                fields=["person"],
                name="appointment_one_proposal",
                condition=Q(state=AppointmentState.PROPOSED),
            ),
            # What was declined, or left before it began, does not stand in the way of another renewal.
            models.UniqueConstraint(
                fields=["renews"],
                name="appointment_renewed_once",
                condition=~Q(state__in=[AppointmentState.DECLINED, AppointmentState.RESIGNED]),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "until"], name="appointment_in_office"),
            models.Index(fields=["person"], name="appointment_of_person"),
            models.Index(fields=["office", "state"], name="appointment_of_office"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}" if self.number else self.name

    @property
    def last_day(self) -> date:
        """The last day of the term, or the last day in office of whoever left before."""
        return (self.left_on or self.until) - timedelta(days=1)

    def is_in_office(self, on: date) -> bool:
        """Say whether the supervisor is in office on the day."""
        return self.state in IN_OFFICE and self.since <= on < self.until


class AppointmentEvent(StepEvent):
    """One step with an appointment; append-only."""

    of = "appointment"

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with an appointment")
        verbose_name_plural = _("steps with appointments")
        constraints = [models.UniqueConstraint(fields=["appointment", "number"], name="appointment_event_number")]
        triggers = append_only("appointment_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class AppointmentToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(AppointmentEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of an appointment")
        verbose_name_plural = _("tokens of appointments")


class SupervisorCounter(models.Model):
    """The last number of a series, such as 佛社监, in a year."""

    series = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("counter of social supervisors")
        verbose_name_plural = _("counters of social supervisors")
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="supervisor_counter_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last}"


# --- Tours and meetings ---------------------------------------------------------------------------------------------


class GatheringQuerySet(models.QuerySet["Gathering"]):
    """Tours and meetings by who may know of them."""

    def visible_to(self, user: "Person") -> Self:
        """Keep what the office, its inspectors and the auditor know of."""
        reach = scope_of(user).organ_ids_as(*OF_OFFICE, Role.AUDITOR)
        return self.filter(office_id__in=reach) if reach else self.none()

    def of_person(self, user: "Person") -> Self:
        """Keep those to which the person is invited who is in office as a supervisor today."""
        own = Appointment.objects.of_person(user)
        invited = GatheringSeat.objects.filter(appointment__in=own).values("gathering_id")
        return self.filter(pk__in=invited)


class Gathering(models.Model):
    """A tour 巡查 or a meeting 座谈会: planned with day, place and who is invited; held, with its minutes."""

    kind = models.CharField(pgettext_lazy("gathering", "kind"), max_length=8, choices=GatheringKind)
    state = models.CharField(_("state"), max_length=10, choices=GatheringState)
    version = models.PositiveIntegerField(_("version"), default=1)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    title = models.CharField(pgettext_lazy("gathering", "topic"), max_length=100)
    place = models.CharField(_("place"), max_length=120)
    begins_at = models.DateTimeField(pgettext_lazy("gathering", "begins at"))
    minutes = models.TextField(pgettext_lazy("gathering", "minutes"), blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)

    objects = GatheringQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "tour or meeting")
        verbose_name_plural = pgettext_lazy("supervision", "tours and meetings")
        constraints = [
            models.CheckConstraint(
                name="gathering_held_has_minutes",
                condition=~Q(state=GatheringState.HELD) | ~Q(minutes=""),
            ),
            models.CheckConstraint(
                name="gathering_ended_has_moment",
                condition=Q(state=GatheringState.PLANNED, ended_at__isnull=True)
                | (~Q(state=GatheringState.PLANNED) & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["office", "kind", "begins_at"], name="gathering_of_office")]

    def __str__(self) -> str:
        day = timezone.localdate(self.begins_at).isoformat()
        return pgettext("gathering", "%(kind)s on %(day)s") % {"kind": self.get_kind_display(), "day": day}


class GatheringSeat(models.Model):
    """Who is invited, and whether they came: unknown until it was held."""

    gathering = models.ForeignKey(Gathering, on_delete=models.PROTECT, related_name="seats")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="seats")
    attended = models.BooleanField(pgettext_lazy("gathering", "attended"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation of a supervisor")
        verbose_name_plural = _("invitations of supervisors")
        constraints = [models.UniqueConstraint(fields=["gathering", "appointment"], name="gathering_invited_once")]

    def __str__(self) -> str:
        return f"{self.gathering_id} {self.appointment_id}"


class GatheringEvent(StepEvent):
    """One step with a tour or a meeting; append-only."""

    of = "gathering"

    gathering = models.ForeignKey(Gathering, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a tour or meeting")
        verbose_name_plural = _("steps with tours and meetings")
        constraints = [models.UniqueConstraint(fields=["gathering", "number"], name="gathering_event_number")]
        triggers = append_only("gathering_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class GatheringToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(GatheringEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a tour or meeting")
        verbose_name_plural = _("tokens of tours and meetings")


class GatheringFile(ErasableCopy):
    """A file that came with the minutes: the cleaned copy that people get (docs/trust.md U-01 to U-08)."""

    of = "gathering"

    gathering = models.ForeignKey(Gathering, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(GatheringEvent, on_delete=models.PROTECT, related_name="files")

    class Meta:
        verbose_name = _("file of a tour or meeting")
        verbose_name_plural = _("files of tours and meetings")
        constraints = [
            models.UniqueConstraint(fields=["gathering", "position"], name="gathering_file_position"),
            models.CheckConstraint(
                name="gathering_file_erased_whole", condition=Q(erased_at__isnull=True) | Q(storage_name="")
            ),
        ]


class GatheringDuty(models.Model):
    """
    What an office owes in a period: a tour each quarter, a meeting each half-year (docs/domain.md 11).

    Laid while supervisors are in office, one for each office, kind and period; ``gathering`` is the one that kept it.
    """

    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    kind = models.CharField(pgettext_lazy("gathering", "kind"), max_length=8, choices=GatheringKind)
    first_day = models.DateField(pgettext_lazy("period", "from"))
    last_day = models.DateField(pgettext_lazy("period", "to"))
    laid_at = models.DateTimeField(_("laid at"))
    gathering = models.ForeignKey(Gathering, on_delete=models.PROTECT, null=True, blank=True, related_name="keeps")

    class Meta:
        verbose_name = _("duty to hold tours and meetings")
        verbose_name_plural = _("duties to hold tours and meetings")
        constraints = [
            models.UniqueConstraint(fields=["office", "kind", "first_day"], name="gathering_duty_once"),
            models.CheckConstraint(name="gathering_duty_period", condition=Q(last_day__gt=F("first_day"))),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first_day} – {self.last_day}"


# --- Observations ---------------------------------------------------------------------------------------------------


class ObservationQuerySet(models.QuerySet["Observation"]):
    """Observations by who may know of them."""

    def visible_to(self, user: "Person") -> Self:
        """Keep what the office knows of, and what the organ has to answer; nobody what concerns an own post."""
        scope = scope_of(user)
        return self.filter(of_office(scope) | _of_organ(scope))

    def known_to_office(self, user: "Person") -> Self:
        """Keep what the person knows of as office or inspector, with who it was that observed."""
        return self.filter(of_office(scope_of(user)))

    def of_person(self, user: "Person") -> Self:
        """Keep the own ones of a supervisor who is in office today, of the term before as well."""
        scope = scope_of(user)
        if not Appointment.objects.of_person(user).exists():
            return self.none()
        return self.filter(appointment__person_id=scope.user_id)


def of_office(scope: Scope) -> Q:
    """
    Return the condition of what somebody knows of as office or inspector (docs/trust.md Z-07, Z-09).

    What is about an efficiency office is known to the office above alone.
    """
    known = _nothing()
    for seat in scope.seats_as(*OF_OFFICE):
        known |= (Q(office_id=seat.organ_id) | Q(organ_id__in=seat.organ_ids)) & ~Q(organ_id=seat.organ_id)
    return known & ~_concerning(scope)


def _of_organ(scope: Scope) -> Q:
    """Return the condition of what the leader of an organ, or the head of an office, has to answer."""
    leads = [seat.organ_id for seat in scope.seats_as(Role.ORGAN_LEADER)]
    leads += [seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head]
    if not leads:
        return _nothing()
    passed_on = Q(organ_id__in=leads, passed_on_at__isnull=False) & ~Q(state=ObservationState.CASE)
    return passed_on & ~_concerning(scope)


def _concerning(scope: Scope) -> Q:
    """Return the condition of what concerns a post that the person holds or held, or was seen by themselves."""
    own = sorted(scope.own_post_ids)
    of_post = Q(post_id__isnull=False, post_id__in=own) | Q(named_in__overlap=own)
    return of_post | Q(appointment__person_id__in=scope.account_ids)


class Observation(models.Model):
    """What a supervisor saw: looked at by the office, answered by it or by the organ, or taken up as a case."""

    number = models.CharField(_("number"), max_length=40, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=ObservationState)
    version = models.PositiveIntegerField(_("version"), default=1)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    appointment = models.ForeignKey(
        Appointment,
        on_delete=models.PROTECT,
        related_name="observations",
        verbose_name=pgettext_lazy("supervision", "supervisor"),
    )
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    # Whom it is about, where the office found that out: whoever holds or held the post finds it absent.
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post")
    )
    # The posts whose holders the words name: kept from whoever ever held them (docs/trust.md Z-07).
    named_in = ArrayField(models.BigIntegerField(), default=list, blank=True)
    gathering = models.ForeignKey(
        Gathering,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="observations",
        verbose_name=pgettext_lazy("supervision", "tour or meeting"),
    )
    place_time = models.CharField(pgettext_lazy("observation", "place and time"), max_length=200)
    what = models.TextField(pgettext_lazy("observation", "what was seen"))
    # Whoever typed it: the supervisor, or the office what was said at a tour or meeting.
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    handed_in_at = models.DateTimeField(pgettext_lazy("observation", "handed in at"))
    passed_on_at = models.DateTimeField(pgettext_lazy("observation", "passed on at"), null=True, blank=True)
    # What the organ wants to answer, and who wrote it, until the office releases it.
    draft = models.TextField(pgettext_lazy("observation", "answer of the organ"), blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    answer = models.TextField(pgettext_lazy("observation", "answer"), blank=True)
    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="observation", verbose_name=_("case")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "observation")
        verbose_name_plural = pgettext_lazy("supervision", "observations")
        constraints = [
            models.CheckConstraint(
                name="observation_ended_whole",
                condition=Q(state__in=OBSERVATION_ENDED, ended_at__isnull=False) & ~Q(answer="")
                | (~Q(state__in=OBSERVATION_ENDED) & Q(ended_at__isnull=True, answer="")),
            ),
            models.CheckConstraint(
                name="observation_case_whole",
                condition=Q(state=ObservationState.CASE, case__isnull=False)
                | (~Q(state=ObservationState.CASE) & Q(case__isnull=True)),
            ),
            models.CheckConstraint(name="observation_says_something", condition=~Q(what="") & ~Q(place_time="")),
        ]
        indexes = [
            models.Index(fields=["office", "state", "next_due_at"], name="observation_of_office"),
            models.Index(fields=["organ", "state"], name="observation_of_organ"),
            models.Index(fields=["appointment", "-handed_in_at"], name="observation_of_person"),
            models.Index(
                fields=["ended_at"], name="observation_to_erase", condition=Q(ended_at__isnull=False, erased_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ObservationEvent(StepEvent):
    """One step with an observation; append-only."""

    of = "observation"

    observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)
    # Neither the supervisor nor the organ reads of it.
    is_internal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("step with an observation")
        verbose_name_plural = _("steps with observations")
        constraints = [models.UniqueConstraint(fields=["observation", "number"], name="observation_event_number")]
        triggers = append_only("observation_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class ObservationToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(ObservationEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of an observation")
        verbose_name_plural = _("tokens of observations")


class ObservationFile(PictureCopy):
    """A photograph, or a file that came with an answer: the cleaned copy that people get (U-01 to U-08)."""

    of = "observation"

    observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(ObservationEvent, on_delete=models.PROTECT, related_name="files")

    class Meta:
        verbose_name = _("file of an observation")
        verbose_name_plural = _("files of observations")
        constraints = [
            models.UniqueConstraint(fields=["observation", "position"], name="observation_file_position"),
            models.CheckConstraint(
                name="observation_file_erased_whole",
                condition=Q(erased_at__isnull=True) | Q(storage_name="", preview_name=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"],
                name="observation_file_unscanned",
                condition=Q(erased_at__isnull=True, scanned_at__isnull=True),
            ),
        ]


class ObservationResult(models.Model):
    """A card or a correction that followed from an observation, made by its own actions; append-only."""

    observation = models.ForeignKey(Observation, on_delete=models.PROTECT, related_name="results")
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+")
    object_id = models.BigIntegerField()
    about = GenericForeignKey("content_type", "object_id")
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField(_("noted at"))

    class Meta:
        verbose_name = _("result of an observation")
        verbose_name_plural = _("results of observations")
        constraints = [
            models.UniqueConstraint(
                fields=["observation", "content_type", "object_id"], name="observation_result_once"
            ),
        ]
        triggers = append_only("observation_result")

    def __str__(self) -> str:
        return f"{self.observation_id}: {self.content_type_id} {self.object_id}"
