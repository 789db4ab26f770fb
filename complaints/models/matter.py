"""
Matters 办件: what departments' systems report of each application, and what follows from it (docs/domain.md 5, 9).

Reports are the truth and only grow. A matter is what follows from its reports by their moments, whatever the order in
which they came. Nothing is kept about the applicant: not a name, not a number, not a text.
"""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.models.commitment import ItemVersion, ServiceItem
from efficiency.access.may import MATRIX
from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only
from efficiency.keys.models import ApiKey
from efficiency.organs.models import Organ, Post

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User


class ReportKind(models.TextChoices):
    """What a report says has happened."""

    RECEIVED = "received", pgettext_lazy("report of a matter", "material received")
    NOTICE = "notice", pgettext_lazy("report of a matter", "told what is missing")
    ACCEPTED = "accepted", pgettext_lazy("report of a matter", "accepted")
    STEP_PASSED = "step_passed", pgettext_lazy("report of a matter", "step passed")
    SUSPENDED = "suspended", pgettext_lazy("report of a matter", "clock stopped")
    RESUMED = "resumed", pgettext_lazy("report of a matter", "clock runs again")
    EXTENDED = "extended", pgettext_lazy("report of a matter", "more time given")
    FINISHED = "finished", pgettext_lazy("report of a matter", "finished")
    DELIVERED = "delivered", pgettext_lazy("report of a matter", "result handed over")
    CORRECTED = "corrected", pgettext_lazy("report of a matter", "earlier report corrected")


class MatterGround(models.TextChoices):
    """Grounds on which the clock of a matter may stand still (docs/domain.md 3.4)."""

    EXPERT = "expert", pgettext_lazy("ground", "hearing, tender, inspection, testing or expert review")
    FORCE_MAJEURE = "force_majeure", pgettext_lazy("ground", "force majeure")


class Outcome(models.TextChoices):
    """How a matter ended."""

    GRANTED = "granted", pgettext_lazy("outcome of a matter", "granted")
    REFUSED = "refused", pgettext_lazy("outcome of a matter", "refused")
    WITHDRAWN = "withdrawn", pgettext_lazy("outcome of a matter", "withdrawn by the applicant")


class RefusalReason(models.TextChoices):
    """
    Why a matter was refused (docs/domain.md 5, 9.8): a closed list, as a free text would tell of the applicant.

    The reasons in words stand in the written decision that the applicant gets (行政许可法 Art. 38 **law**).
    """

    CONDITIONS = "conditions", pgettext_lazy("reason of a refusal", "conditions of the law not met")
    MATERIALS = "materials", pgettext_lazy("reason of a refusal", "material still incomplete after the notice")
    NOT_COMPETENT = "not_competent", pgettext_lazy("reason of a refusal", "not for this organ to decide")
    FALSE_MATERIALS = "false_materials", pgettext_lazy("reason of a refusal", "facts hidden or material false")
    FORBIDDEN = "forbidden", pgettext_lazy("reason of a refusal", "forbidden by law")
    QUOTA = "quota", pgettext_lazy("reason of a refusal", "number that may be granted is used up")


class MatterState(models.TextChoices):
    """Where a matter stands."""

    ANNOUNCED = "announced", pgettext_lazy("state of a matter", "acceptance not reported yet")
    # 不予受理, or withdrawn before it was accepted: that answered the receipt, and nothing else is promised.
    UNACCEPTED = "unaccepted", pgettext_lazy("state of a matter", "ended without an acceptance")
    RUNNING = "running", pgettext_lazy("state of a matter", "being handled")
    SUSPENDED = "suspended", pgettext_lazy("state of a matter", "clock stopped")
    FINISHED = "finished", pgettext_lazy("state of a matter", "finished")


class Doubt(models.TextChoices):
    """
    What does not fit together in the reports of a matter; it counts as if it had not been reported.

    Some count and are looked at: what happened in time and was reported only when the promise was overdue, a second
    list of what is missing, an acceptance that counts from the receipt.
    """

    ACCEPTED_TWICE = "accepted_twice", pgettext_lazy("doubt", "accepted more than once: the first counts")
    FINISHED_TWICE = "finished_twice", pgettext_lazy("doubt", "finished more than once: the first counts")
    BEFORE_ACCEPTANCE = "before_acceptance", pgettext_lazy("doubt", "reported for a time before the acceptance")
    AFTER_THE_END = "after_the_end", pgettext_lazy("doubt", "reported for a time after the end")
    SUSPENDED_LATE = "suspended_late", pgettext_lazy("doubt", "clock stopped after the last day: it ran on")
    SUSPENDED_AFTERWARDS = (
        "suspended_afterwards",
        pgettext_lazy("doubt", "clock stopped in time, reported only when it was overdue"),
    )
    FINISHED_AFTERWARDS = (
        "finished_afterwards",
        pgettext_lazy("doubt", "finished in time, reported only when it was overdue"),
    )
    EXTENDED_LATE = "extended_late", pgettext_lazy("doubt", "more time given after the last day: it does not count")
    EXTENDED_TWICE = "extended_twice", pgettext_lazy("doubt", "more time given a second time: the first counts")
    EXTENDED_TOO_LONG = (
        "extended_too_long",
        pgettext_lazy("doubt", "more time given than the law allows: it does not count"),
    )
    EXTENDED_STOPPED = (
        "extended_stopped",
        pgettext_lazy("doubt", "more time given while the clock stood still: it does not count"),
    )
    EXTENDED_AFTERWARDS = (
        "extended_afterwards",
        pgettext_lazy("doubt", "more time given in time, reported only when it was overdue"),
    )
    MOVED_AFTERWARDS = (
        "moved_afterwards",
        pgettext_lazy("doubt", "receipt, acceptance, end of a standstill or decision moved only when it was overdue"),
    )
    NOTICED_TWICE = "noticed_twice", pgettext_lazy("doubt", "told a second time what is missing")
    DEEMED_ACCEPTED = (
        "deemed_accepted",
        pgettext_lazy("doubt", "not accepted in the time for it: it counts from the receipt"),
    )
    FINISHED_UNACCEPTED = (
        "finished_unaccepted",
        pgettext_lazy("doubt", "decided, and no acceptance reported: it counts from the receipt, where there is one"),
    )
    ANSWERED_AFTERWARDS = (
        "answered_afterwards",
        pgettext_lazy("doubt", "receipt answered in time, reported only when that was overdue"),
    )
    DELIVERED_AFTERWARDS = (
        "delivered_afterwards",
        pgettext_lazy("doubt", "handed over in time, reported only when that was overdue"),
    )
    DELIVERED_EARLY = (
        "delivered_early",
        pgettext_lazy("doubt", "handed over before it was granted: it does not count"),
    )
    SUSPENDED_TWICE = "suspended_twice", pgettext_lazy("doubt", "clock stopped while it stood still")
    NOT_SUSPENDED = "not_suspended", pgettext_lazy("doubt", "clock set running while it ran")
    NO_SUCH_STEP = (
        "no_such_step",
        pgettext_lazy("doubt", "passed a step that the item does not have: it does not count"),
    )
    CORRECTS_NOTHING = "corrects_nothing", pgettext_lazy("doubt", "corrects a report that is not there")
    RECEIPT_STAYS = "receipt_stays", pgettext_lazy("doubt", "a receipt cannot be taken back once its answer is overdue")
    ACCEPTANCE_STAYS = "acceptance_stays", pgettext_lazy("doubt", "an acceptance can be moved, not taken back")


# Where nothing was accepted, and so nothing but an answer is promised.
WITHOUT_PROMISE = (MatterState.ANNOUNCED, MatterState.UNACCEPTED)


class MatterQuerySet(models.QuerySet["Matter"]):
    """Matters by who may know of them."""

    def visible_to(self, user: "User | AnonymousUser") -> Self:
        """Keep the matters of the organs in reach of who may see matters (docs/trust.md, matrix row "matters")."""
        return self.filter(organ_id__in=scope_of(user).organ_ids_as(*MATRIX["matter.see"]))


class Matter(models.Model):
    """
    One application to an organ, under the number that the organ's own system gave it.

    Everything but the number follows from the reports (``complaints.matters.course``) and is set by
    ``complaints.matters.reporting`` alone. A matter keeps the version of the promise that was in force when it was
    accepted.
    """

    organ = models.ForeignKey(
        Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"), db_index=False
    )
    external_id = models.CharField(_("number at the organ"), max_length=60)
    version = models.ForeignKey(
        ItemVersion,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("promise"),
    )
    # The item of the version once more, because lists group by it.
    item = models.ForeignKey(
        ServiceItem,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="matters",
        db_index=False,
        verbose_name=_("service item"),
    )
    state = models.CharField(_("state"), max_length=10, choices=MatterState)
    step = models.PositiveSmallIntegerField(_("last step passed"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    # When the running promise is overdue: what its deadline says, kept here because lists sort and count by it.
    overdue_at = models.DateTimeField(_("overdue from"), null=True, blank=True)
    doubts = ArrayField(
        models.CharField(max_length=20, choices=Doubt), default=list, blank=True, verbose_name=_("what does not fit")
    )
    first_reported_at = models.DateTimeField(_("first reported at"))
    last_reported_at = models.DateTimeField(_("last reported at"))

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter")
        verbose_name_plural = _("matters")
        constraints = [
            models.UniqueConstraint(
                name="matter_one_number_an_organ",
                fields=["organ", "external_id"],
                violation_error_message=_("There is a matter of this number already."),
            ),
            models.CheckConstraint(
                name="matter_accepted_has_promise",
                condition=Q(
                    Q(state__in=["announced", "unaccepted"]),
                    Q(accepted_at__isnull=True, version__isnull=True, item__isnull=True),
                )
                | Q(
                    ~Q(state__in=["announced", "unaccepted"]),
                    Q(accepted_at__isnull=False, version__isnull=False, item__isnull=False),
                ),
                violation_error_message=_("A matter that was accepted is held to a promise."),
            ),
            models.CheckConstraint(
                name="matter_finished_has_end",
                condition=Q(state="finished", finished_at__gte=F("accepted_at")) & ~Q(outcome="")
                | ~Q(state="finished") & Q(finished_at__isnull=True, outcome=""),
                violation_error_message=_("A finished matter has an end after its beginning, and an outcome."),
            ),
            models.CheckConstraint(
                name="matter_running_is_due",
                condition=Q(state="running", overdue_at__isnull=False)
                | ~Q(state="running") & Q(overdue_at__isnull=True),
                violation_error_message=_("A matter has a due date exactly while its promise runs."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["overdue_at", "organ", "item"], name="matter_due", condition=Q(overdue_at__isnull=False)
            ),
            models.Index(fields=["accepted_at", "organ", "item"], name="matter_arriving"),
            models.Index(fields=["organ", "-last_reported_at", "-id"], name="matter_of_organ"),
            # How promises were kept is asked of the matters of an item that ended in a year.
            models.Index(fields=["item", "finished_at"], name="matter_ended_of_item"),
            # The few whose clock stands still.
            models.Index(fields=["organ", "item"], name="matter_stopped", condition=Q(state="suspended")),
        ]

    def __str__(self) -> str:
        return self.external_id


class MatterReport(models.Model):
    """One report about a matter, as it came: by which key or person, when, and what it says. It never changes."""

    # That of the matter, which the database guards, and ``verify`` that they are the same (I-18).
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="reports")
    # The sender's own identifier: the same report again changes nothing.
    report_id = models.CharField(_("identifier of the report"), max_length=60)
    kind = models.CharField(_("what happened"), max_length=12, choices=ReportKind)
    at = models.DateTimeField(_("at"))
    item = models.ForeignKey(
        ServiceItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    step = models.PositiveSmallIntegerField(_("step"), null=True, blank=True)
    ground = models.CharField(_("ground"), max_length=16, choices=MatterGround, blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    corrects = models.CharField(_("corrects the report"), max_length=60, blank=True)
    # By how many working days more time is given, and who of the organ decided that.
    days = models.PositiveSmallIntegerField(_("working days"), null=True, blank=True)
    approver = models.CharField(_("approved by"), max_length=60, blank=True, default="", db_default="")
    # Who answers for the matter, where it is another post than that of the item; the person follows from the tenures.
    post = models.ForeignKey(
        Post,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("post in charge"),
    )
    # What was refused before reasons had to be told has none.
    reason = models.CharField(
        _("reason of the refusal"), max_length=16, choices=RefusalReason, blank=True, default="", db_default=""
    )
    # The right moment of the report that is corrected; null takes it back.
    right_at = models.DateTimeField(_("right moment"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"))
    key = models.ForeignKey(
        ApiKey,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("by the key"),
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("uploaded by"),
    )

    class Meta:
        verbose_name = _("report of a matter")
        verbose_name_plural = _("reports of matters")
        constraints = [
            models.UniqueConstraint(
                name="matter_report_once",
                fields=["organ", "report_id"],
                violation_error_message=_("There is a report of this identifier already."),
            ),
            models.CheckConstraint(
                name="matter_report_comes_from_somebody",
                condition=Q(key__isnull=False, uploaded_by__isnull=True)
                | Q(key__isnull=True, uploaded_by__isnull=False),
                violation_error_message=_("A report comes by a key or from a person."),
            ),
            models.CheckConstraint(
                name="matter_report_says_what_it_has_to",
                condition=Q(kind="accepted", item__isnull=False)
                | Q(kind="step_passed", step__isnull=False)
                | Q(kind="suspended") & ~Q(ground="")
                | Q(kind="finished") & ~Q(outcome="")
                | Q(kind="corrected") & ~Q(corrects="")
                | Q(kind="received", item__isnull=False)
                | Q(kind="extended", days__isnull=False) & ~Q(approver="")
                | Q(kind__in=["resumed", "notice", "delivered"]),
                violation_error_message=_("A report says everything that its kind has to say."),
            ),
        ]
        triggers = append_only("matter_report")

    def __str__(self) -> str:
        return f"{self.report_id} {self.get_kind_display()}"
