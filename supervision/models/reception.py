"""Director reception days: when a head receives, who has an appointment (apart and sealed), what became of it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models import Case
from efficiency.access.scope import Scope, scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.organs.models import Organ, Post, Role
from efficiency.steps.models import StepEvent, StepToken
from supervision.reception.dates import DEFAULT_DAY, LAST_DAY, Hours
from supervision.reception.enums import (
    COUNTS_FOR_PERSON,
    DAY_ENDED,
    HOLDS_SLOT,
    WAITING,
    Attended,
    BookingState,
    DayState,
    Ending,
    LookReason,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

_FORGOTTEN = "EXISTS (SELECT 1 FROM supervision_receptionerasure AS e WHERE e.booking_id = OLD.booking_id)"
OF_OFFICE = (Role.OFFICE_OFFICER, Role.INSPECTOR)
# A clerk knows of the days of the own organ; these of those below as well.
OF_TREE = (Role.ORGAN_LEADER, *OF_OFFICE)


def _own_organs(scope: Scope) -> frozenset[int]:
    return frozenset(seat.organ_id for seat in scope.seats_as(Role.CLERK))


def organs_known_to(scope: Scope) -> frozenset[int]:
    """Return the organs whose reception days somebody knows of."""
    return _own_organs(scope) | scope.organ_ids_as(*OF_TREE, Role.AUDITOR)


class ReceptionRule(models.Model):
    """That the head of an organ receives once a month: on which day, from when until when, where."""

    organ = models.OneToOneField(
        Organ, on_delete=models.PROTECT, related_name="reception_rule", verbose_name=_("organ")
    )
    day = models.PositiveSmallIntegerField(pgettext_lazy("reception", "day of the month"), default=DEFAULT_DAY)
    starts = models.TimeField(pgettext_lazy("reception", "from"))
    ends = models.TimeField(pgettext_lazy("reception", "until"))
    break_from = models.TimeField(pgettext_lazy("reception", "break from"), null=True, blank=True)
    break_until = models.TimeField(pgettext_lazy("reception", "break until"), null=True, blank=True)
    place = models.CharField(pgettext_lazy("reception", "place"), max_length=120)
    # Whether days are planned; what was announced stays promised.
    is_held = models.BooleanField(pgettext_lazy("reception", "days are held"), default=True)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(_("set at"))

    class Meta:
        verbose_name = _("rule of reception days")
        verbose_name_plural = _("rules of reception days")
        constraints = [
            models.CheckConstraint(name="reception_rule_day", condition=Q(day__gte=1, day__lte=LAST_DAY)),
            models.CheckConstraint(name="reception_rule_hours", condition=Q(starts__lt=F("ends"))),
            models.CheckConstraint(
                name="reception_rule_break",
                condition=Q(break_from__isnull=True, break_until__isnull=True)
                | Q(break_from__lt=F("break_until"), break_from__gte=F("starts"), break_until__lte=F("ends")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.organ)

    @property
    def hours(self) -> Hours:
        """From when until when."""
        return Hours(self.starts, self.ends, self.break_from, self.break_until)


class DayQuerySet(models.QuerySet["ReceptionDay"]):
    """Reception days by who may know of them."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep the days that ``user`` may read: a clerk those of the own organ, others those in reach."""
        return self.filter(organ_id__in=organs_known_to(scope_of(user)))


class ReceptionDay(models.Model):
    """One reception day of one organ; ``on`` is the day itself, ``month`` the month for which it is held."""

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="reception_days", verbose_name=_("organ"))
    month = models.DateField(pgettext_lazy("reception", "month"))
    on = models.DateField(pgettext_lazy("reception", "day"))
    # The year is not announced yet: the day may still move.
    is_provisional = models.BooleanField(_("provisional"), default=False)
    starts = models.TimeField(pgettext_lazy("reception", "from"))
    ends = models.TimeField(pgettext_lazy("reception", "until"))
    break_from = models.TimeField(pgettext_lazy("reception", "break from"), null=True, blank=True)
    break_until = models.TimeField(pgettext_lazy("reception", "break until"), null=True, blank=True)
    place = models.CharField(pgettext_lazy("reception", "place"), max_length=120)
    # Who receives, as announced: the head, or with leave the deputy.
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("who receives")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    deputy_post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("deputy")
    )
    deputy_reason = models.TextField(_("why a deputy"), blank=True)
    leave_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    leave_given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    leave_given_at = models.DateTimeField(_("leave given at"), null=True, blank=True)

    state = models.CharField(_("state"), max_length=16, choices=DayState, default=DayState.PLANNED)
    version = models.PositiveIntegerField(_("version"), default=1)
    attended = models.CharField(_("who received"), max_length=8, choices=Attended, blank=True)
    announced_at = models.DateTimeField(_("announced at"), null=True, blank=True)
    # When it was held or cancelled; none before.
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)

    objects = DayQuerySet.as_manager()

    class Meta:
        verbose_name = _("reception day")
        verbose_name_plural = _("reception days")
        constraints = [
            models.UniqueConstraint(fields=["organ", "month"], name="reception_day_of_month"),
            models.CheckConstraint(
                name="reception_day_announced_whole",
                condition=~Q(state__in=[DayState.ANNOUNCED, DayState.HELD])
                | Q(announced_at__isnull=False, post__isnull=False, person__isnull=False),
            ),
            models.CheckConstraint(
                name="reception_day_ended_has_moment",
                condition=Q(state__in=DAY_ENDED, ended_at__isnull=False)
                | (~Q(state__in=DAY_ENDED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="reception_day_held_by_somebody",
                condition=(Q(state=DayState.HELD) & ~Q(attended="")) | (~Q(state=DayState.HELD) & Q(attended="")),
            ),
            models.CheckConstraint(
                name="reception_deputy_with_leave",
                condition=~Q(attended=Attended.DEPUTY) | Q(leave_given_by__isnull=False, deputy_post__isnull=False),
                violation_error_message=_("A deputy receives only with the superior's leave."),
            ),
            models.CheckConstraint(
                name="reception_leave_by_another",
                condition=Q(leave_given_by__isnull=True) | ~Q(leave_given_by=F("leave_asked_by")),
                violation_error_message=_("Whoever asked for leave does not give it."),
            ),
        ]
        indexes = [
            models.Index(fields=["on", "id"], name="reception_day_on"),
            models.Index(fields=["organ", "-on"], name="reception_day_of_organ"),
        ]

    def __str__(self) -> str:
        return self.on.isoformat()

    @property
    def named(self) -> str:
        """Organ and day, as pages and messages name it."""
        return f"{self.organ} {self.on.isoformat()}"

    @property
    def hours(self) -> Hours:
        """From when until when."""
        return Hours(self.starts, self.ends, self.break_from, self.break_until)

    @property
    def is_deputy(self) -> bool:
        """Whether a deputy receives, with leave."""
        return self.leave_given_by_id is not None

    @property
    def waits_for_leave(self) -> bool:
        """Whether leave for a deputy was asked for and is not decided on."""
        return self.leave_asked_by_id is not None and self.leave_given_by_id is None


class ReceptionDayEvent(StepEvent):
    """One step with a reception day; append-only."""

    of = "day"

    day = models.ForeignKey(ReceptionDay, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a reception day")
        verbose_name_plural = _("steps with reception days")
        constraints = [models.UniqueConstraint(fields=["day", "number"], name="reception_day_event_number")]
        triggers = append_only("reception_day_event")


class ReceptionDayToken(StepToken):
    """The form by which a step was taken: sent again it is found (S-10)."""

    event = models.OneToOneField(ReceptionDayEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a reception day")
        verbose_name_plural = _("tokens of reception days")


class ReceptionSlot(models.Model):
    """Twenty minutes of an announced day."""

    day = models.ForeignKey(ReceptionDay, on_delete=models.PROTECT, related_name="slots")
    starts_at = models.DateTimeField(pgettext_lazy("reception", "from"))
    ends_at = models.DateTimeField(pgettext_lazy("reception", "until"))

    class Meta:
        verbose_name = pgettext_lazy("reception", "slot")
        verbose_name_plural = pgettext_lazy("reception", "slots")
        constraints = [
            models.UniqueConstraint(fields=["day", "starts_at"], name="reception_slot_once"),
            models.CheckConstraint(name="reception_slot_runs", condition=Q(starts_at__lt=F("ends_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.day_id} {self.starts_at:%H:%M}"


class BookingQuerySet(models.QuerySet["ReceptionBooking"]):
    """Appointments by who may know of them, and by what they hold."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """
        Keep the appointments that ``user`` may read: a clerk those of the own organ, others those in reach.

        What is about whoever receives there is the office's alone, never the one whose head that is, and nobody's who
        held the post. What names a post is nobody's who ever held that; what became a case is theirs who read the case
        (docs/trust.md Z-07 to Z-09).
        """
        scope = scope_of(user)
        watched = frozenset().union(*(seat.organ_ids - {seat.organ_id} for seat in scope.seats_as(*OF_OFFICE)))
        known = _own_organs(scope) | scope.organ_ids_as(*OF_TREE)
        passed_up = Q(state=BookingState.PASSED_UP)
        of_office = passed_up & Q(day__organ_id__in=watched) & ~Q(day__post_id__in=scope.own_post_ids)
        found = self.filter((~passed_up & Q(day__organ_id__in=known)) | of_office)
        found = found.exclude(named_in__overlap=sorted(scope.own_post_ids)) if scope.own_posts else found
        other = ReceptionRecord.objects.filter(booking=OuterRef("pk"), case__isnull=False)
        return found.exclude(Exists(other.exclude(case__in=Case.objects.visible_to(user).order_by().values("pk"))))

    def holding(self) -> Self:
        """Keep what takes its slot."""
        return self.filter(state__in=HOLDS_SLOT)

    def waiting(self) -> Self:
        """Keep what has not ended."""
        return self.filter(state__in=WAITING)


class ReceptionBooking(models.Model):
    """
    One appointment, or one visitor who came without; who it is lies apart (``ReceptionVisitor``).

    ``person_hash`` is a keyed hash of telephone number and date: it finds a second appointment of the same person on
    the same date, with whatever organ, and nothing else.
    """

    number = models.CharField(_("number"), max_length=24, unique=True)
    day = models.ForeignKey(
        ReceptionDay, on_delete=models.PROTECT, related_name="bookings", verbose_name=_("reception day")
    )
    slot = models.ForeignKey(
        ReceptionSlot,
        on_delete=models.PROTECT,
        related_name="bookings",
        verbose_name=pgettext_lazy("reception", "slot"),
    )
    topic = models.CharField(pgettext_lazy("reception", "topic"), max_length=200)
    case_number = models.CharField(_("number of a case"), max_length=24, blank=True)
    is_walk_in = models.BooleanField(_("walk-in"), default=False)
    # The posts that the topic names, and what was written down names: kept from whoever ever held them (Z-07).
    named_in = ArrayField(models.BigIntegerField(), default=list, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=BookingState, default=BookingState.BOOKED)
    version = models.PositiveIntegerField(_("version"), default=1)
    booked_at = models.DateTimeField(_("booked at"))
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    person_hash = models.BinaryField(max_length=32, null=True)
    code_hash = models.BinaryField(max_length=32)

    objects = BookingQuerySet.as_manager()

    class Meta:
        verbose_name = _("reception appointment")
        verbose_name_plural = _("reception appointments")
        constraints = [
            # No double booking, whatever the load and whether booked or walked in.
            models.UniqueConstraint(fields=["slot"], name="reception_slot_taken", condition=Q(state__in=HOLDS_SLOT)),
            models.UniqueConstraint(
                fields=["person_hash"], name="reception_one_a_day", condition=Q(state__in=COUNTS_FOR_PERSON)
            ),
            models.CheckConstraint(
                name="reception_booking_ended",
                condition=Q(state__in=WAITING, ended_at__isnull=True)
                | (~Q(state__in=WAITING) & Q(ended_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["day", "id"], name="reception_booking_of_day"),
            models.Index(fields=["ended_at"], name="reception_to_erase", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.number


class ReceptionVisitor(models.Model):
    """
    Who comes: every field sealed, bound to the appointment and the field's name (docs/trust.md P-01).

    Read through ``supervision.reception.identity`` alone.
    """

    booking = models.OneToOneField(ReceptionBooking, on_delete=models.PROTECT, related_name="visitor")
    name = models.BinaryField(_("name"))
    phone = models.BinaryField(_("telephone"), blank=True, default=b"")
    email = models.BinaryField(_("e-mail"), blank=True, default=b"")

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")

    def __str__(self) -> str:
        return f"visitor of {self.booking_id}"


class ReceptionBookingEvent(StepEvent):
    """One step with an appointment; append-only. ``actor_kind`` tells a visitor from staff and the portal."""

    of = "booking"

    booking = models.ForeignKey(ReceptionBooking, on_delete=models.PROTECT, related_name="events")
    actor_kind = models.CharField(max_length=10, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with an appointment")
        verbose_name_plural = _("steps with appointments")
        constraints = [models.UniqueConstraint(fields=["booking", "number"], name="reception_booking_event_number")]
        triggers = append_only("reception_booking_event")


class ReceptionBookingToken(StepToken):
    """The form by which an appointment was made, or a step with it taken: sent again it is found (S-10)."""

    event = models.OneToOneField(ReceptionBookingEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of an appointment")
        verbose_name_plural = _("tokens of appointments")


class ReceptionRecord(models.Model):
    """What was said at a reception, and how it ended: answered on the spot, or a case."""

    booking = models.OneToOneField(ReceptionBooking, on_delete=models.PROTECT, related_name="record")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("who received")
    )
    said = models.TextField(pgettext_lazy("reception", "what was said"))
    ending = models.CharField(pgettext_lazy("reception", "how it ended"), max_length=10, choices=Ending)
    answer = models.TextField(pgettext_lazy("reception", "answer"), blank=True)
    case = models.OneToOneField(
        Case, on_delete=models.PROTECT, null=True, blank=True, related_name="reception", verbose_name=_("case")
    )
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("reception record")
        verbose_name_plural = _("reception records")
        constraints = [
            models.CheckConstraint(
                name="reception_record_ends_somehow",
                condition=(Q(ending=Ending.ANSWERED, case__isnull=True) & ~Q(answer=""))
                | Q(ending=Ending.CASE, case__isnull=False),
                violation_error_message=_("A reception is answered on the spot, or becomes a case."),
            ),
        ]

    def __str__(self) -> str:
        return f"record of {self.booking_id}"


class ReceptionLook(models.Model):
    """One look of staff at a visitor, written before anything is shown (P-04); append-only."""

    booking = models.ForeignKey(ReceptionBooking, on_delete=models.PROTECT, related_name="looks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    category = models.CharField(_("category of reason"), max_length=12, choices=LookReason)
    reason = models.TextField(_("reason"))

    # Taken away by the running portal, once the trigger lets it go.
    FILLED_LATER = ("reason",)

    class Meta:
        verbose_name = _("look at a visitor")
        verbose_name_plural = _("looks at visitors")
        indexes = [models.Index(fields=["by", "-at"], name="reception_look_of_user")]
        # The reason tells of the visitor: it goes with them, once it is on record that they are forgotten (P-10).
        triggers = append_only("reception_look", may_be_changed=f"{only_gone('reason')} AND {_FORGOTTEN}")

    def __str__(self) -> str:
        return f"{self.booking_id} {self.at:%Y-%m-%d %H:%M}"


class ReceptionErasure(models.Model):
    """The record that it was forgotten who came (docs/trust.md P-11); append-only."""

    booking = models.OneToOneField(ReceptionBooking, on_delete=models.PROTECT, related_name="erasure")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("erasure of a visitor")
        verbose_name_plural = _("erasures of visitors")
        triggers = append_only("reception_erasure")

    def __str__(self) -> str:
        return f"{self.booking_id} {self.at:%Y-%m-%d}"
