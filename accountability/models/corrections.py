"""Corrections 整改: supervision orders, rectification notices, supervision opinions (docs/domain.md 9.2, 11)."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from accountability.corrections import origins
from accountability.corrections.enums import BEFORE, ENDED, MOST_ROUNDS, NUMBERED, ExtensionState, Kind, Source, State
from efficiency.access.recusing import is_about_recused
from efficiency.access.rows import met, rows_of
from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only, only_gone
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline
from efficiency.files.models import ErasableCopy
from efficiency.kept_questions import is_within
from efficiency.organs.models import Organ, Post, Role
from efficiency.steps.models import StepEvent, StepToken

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

OF_OFFICE = (Role.OFFICE_OFFICER, Role.INSPECTOR)
# Texts are kept as long as the files of an office are (docs/trust.md P-10).
KEPT_YEARS = 10
_AFTER_ITS_TIME = f"OLD.at <= now() - interval '{KEPT_YEARS} years'"


class CorrectionQuerySet(models.QuerySet["Correction"]):
    """Corrections by who may know of them, and by state."""

    def visible_to(self, user: "Person") -> Self:
        """Keep the corrections that ``user`` may read."""
        return self.filter(_of_organ(user) | _of_office(user))

    def headers_visible_to(self, user: "Person") -> Self:
        """Keep the corrections of which ``user`` may know number, organ, dates and state."""
        return self.filter(_of_organ(user) | _by_header(user, source_models_met()))

    def knows(self, user: "Person", correction: "Correction") -> bool:
        """
        Say whether ``headers_visible_to`` keeps one correction; asked by every step of it.

        What a correction came from may be of a dozen kinds, each with a long question; here one of them is asked.
        """
        return is_within(user, _known_of_type(correction.content_type_id), correction.pk)

    def of_office(self, user: "Person") -> Self:
        """Keep the corrections of which ``user`` knows as the office does, with what the organ does not read."""
        return self.filter(_of_office(user))


@cache
def _known_of_type(content_type_id: int | None) -> Callable[["Person"], CorrectionQuerySet]:
    """Return what keeps the corrections that ``user`` knows, as long as they came from a row of this type."""

    def known(user: "Person") -> CorrectionQuerySet:
        came_from = [each for each in source_models() if _type_of(each).pk == content_type_id]
        return Correction.objects.filter(_of_organ(user) | _by_header(user, came_from))

    return known


def _concerning(user: "Person") -> Q:
    """Return the condition of what is put before a post that the person holds or ever held (docs/trust.md Z-07)."""
    return Q(post_id__isnull=False, post_id__in=scope_of(user).own_post_ids)


def _of_organ(user: "Person") -> Q:
    """
    Return the condition of what the person has to answer, or watches over as a leader: once it was issued.

    Whoever holds the post answers for it; of the others in the organ only the leaders know of it.
    """
    scope = scope_of(user)
    answers = Q(post_id__in=[seat.post_id for seat in scope.seats])
    leads = Q(organ_id__in=scope.organ_ids_as(Role.ORGAN_LEADER))
    # An efficiency office has no leader of that role: its heads answer.
    heads = Q(organ_id__in=[seat.organ_id for seat in scope.seats_as(Role.OFFICE_OFFICER) if seat.is_head])
    # A leader whom a finding is about, which another post has to put right, does not watch over that.
    led = (leads | heads) & ~is_about_recused(scope, personally=True)
    return Q(answers | led, issued_at__isnull=False)


def _of_office(user: "Person") -> Q:
    """
    Return the condition of what the office or an inspector knows of in the organs in reach.

    Whom it concerns finds it absent, and so does whoever may not know of what it came from (docs/trust.md Z-07).
    """
    reach = scope_of(user).organ_ids_as(*OF_OFFICE)
    return _open_to(user, Q(organ_id__in=reach), source_models_met()) if reach else Q(pk__in=[])


def _by_header(user: "Person", came_from: Iterable[type[models.Model]]) -> Q:
    """Return the condition of what the office, an inspector or who looks on knows of, at least by the header."""
    scope = scope_of(user)
    reach = scope.organ_ids_as(*OF_OFFICE, Role.AUDITOR)
    appraised = scope.organ_ids_as(Role.APPRAISAL_OFFICER)
    if not reach and not appraised:
        return Q(pk__in=[])
    reached = Q(organ_id__in=reach) | Q(organ_id__in=appraised, issued_at__isnull=False)
    return _open_to(user, reached, came_from)


def _open_to(user: "Person", reached: Q, came_from: Iterable[type[models.Model]]) -> Q:
    """
    Return the condition of what was ``reached``, does not concern the person, and came from something known to them.

    Asked row by row: there are few corrections, and a million cases.
    """
    known = Q(content_type__isnull=True)
    for model in came_from:
        rows = rows_of(model, user).order_by().filter(pk=OuterRef("object_id"))
        known |= Q(Exists(rows), content_type=_type_of(model))
    return reached & ~_concerning(user) & known


def _type_of(model: type[models.Model]) -> ContentType:
    return ContentType.objects.get_for_model(model)


def source_models() -> list[type[models.Model]]:
    """Return the models of what a correction may have come from: cards, and all that promises are about."""
    from django.apps import apps

    others = [model._meta.label_lower for model in origins.registered()]
    labels = dict.fromkeys(["accountability.card", *others, *(kind.subject_model for kind in registry.kinds())])
    return [apps.get_model(label) for label in labels if label and label != Correction._meta.label_lower]


def source_models_met() -> list[type[models.Model]]:
    """
    Return those of ``source_models`` that some correction did come from; one question.

    Of a kind that is met for the first time meanwhile nothing is shown until it is asked again.
    """
    there = met(Correction)
    return [each for each in source_models() if _type_of(each).pk in there]


class Correction(models.Model):
    """
    One thing that an organ has to put right, and the way to there; what happened lies in its events.

    ``office`` issues it, ``organ`` (and in it ``post``) answers. ``proposal_key`` lets whatever proposes do so once.
    """

    kind = models.CharField(pgettext_lazy("correction", "kind"), max_length=8, choices=Kind)
    number = models.CharField(_("number"), max_length=40, unique=True, null=True, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State)
    version = models.PositiveIntegerField(_("version"), default=1)
    # How often it was issued.
    round = models.PositiveSmallIntegerField(pgettext_lazy("correction", "round"), default=1)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="corrections", verbose_name=_("organ"))
    post = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post")
    )

    source = models.CharField(_("source"), max_length=12, choices=Source)
    # What stands for it where the portal does not have it: the number of an inspection, a letter.
    source_text = models.CharField(pgettext_lazy("correction", "reference"), max_length=200, blank=True)
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    object_id = models.BigIntegerField(null=True, blank=True)
    about = GenericForeignKey("content_type", "object_id")
    # The promise that reached level four.
    deadline = models.ForeignKey(
        Deadline, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("promise")
    )
    proposal_key = models.CharField(max_length=80, unique=True, null=True, blank=True)

    title = models.CharField(_("title"), max_length=100, blank=True)
    findings = models.TextField(_("what was found"), blank=True)
    wanted = models.TextField(_("what is wanted"), blank=True)
    basis = models.TextField(_("basis"), blank=True)

    # Nobody where the portal proposed it.
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    # The first time; that of the second round stands in its event.
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    issued_at = models.DateTimeField(_("issued at"), null=True, blank=True)
    # Of the result that waits, or was the last: who handed it in. Of an opinion whether it is adopted.
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reported_at = models.DateTimeField(_("result handed in at"), null=True, blank=True)
    is_adopted = models.BooleanField(_("adopted"), null=True, blank=True)
    # Who found the result insufficient, until it is issued again.
    found_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    # The next promise, kept up by every step, for lists.
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    # When its free texts went, ten years after the end.
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("supervision", "correction")
        verbose_name_plural = pgettext_lazy("supervision", "corrections")
        constraints = [
            models.CheckConstraint(
                name="correction_ended_has_moment",
                condition=Q(state__in=ENDED, ended_at__isnull=False) | (~Q(state__in=ENDED) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="correction_issued_whole",
                condition=Q(state__in=NUMBERED, number__isnull=False, issued_at__isnull=False, issued_by__isnull=False)
                | (~Q(state__in=NUMBERED) & Q(number__isnull=True, issued_at__isnull=True, issued_by__isnull=True)),
                violation_error_message=_("What is issued has a number, a day and somebody who signed it."),
            ),
            models.CheckConstraint(
                name="correction_issued_has_texts",
                condition=~Q(state__in=NUMBERED) | ~(Q(title="") | Q(findings="") | Q(wanted="")),
                violation_error_message=_("What is issued says what was found and what is wanted."),
            ),
            models.CheckConstraint(
                name="correction_issued_by_another",
                condition=Q(issued_by__isnull=True) | Q(drafted_by__isnull=True) | ~Q(issued_by=F("drafted_by")),
                violation_error_message=_("Whoever drafted a correction does not issue it."),
            ),
            models.CheckConstraint(
                name="correction_plan_is_of_a_notice",
                condition=~Q(state=State.PLANNED) | Q(kind=Kind.NOTICE),
            ),
            models.CheckConstraint(
                name="correction_adopted_is_of_an_opinion",
                condition=Q(is_adopted__isnull=True) | Q(kind=Kind.OPINION),
            ),
            models.CheckConstraint(name="correction_rounds", condition=Q(round__gte=1, round__lte=MOST_ROUNDS)),
            models.CheckConstraint(
                name="correction_of_the_portal_is_proposed",
                condition=~Q(state=State.DRAFT) | Q(drafted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="correction_about_whole",
                condition=Q(content_type__isnull=True, object_id__isnull=True)
                | Q(content_type__isnull=False, object_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["organ", "next_due_at", "id"], name="correction_of_organ"),
            models.Index(fields=["office", "state"], name="correction_of_office"),
            models.Index(fields=["post"], name="correction_of_post", condition=Q(post__isnull=False)),
            models.Index(fields=["content_type", "object_id"], name="correction_about"),
            models.Index(
                fields=["ended_at"], name="correction_to_erase", condition=Q(ended_at__isnull=False, erased_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """The number, or before it has one how people call it."""
        if self.number:
            return self.number
        return pgettext("correction", "%(kind)s, draft %(key)d") % {"kind": self.get_kind_display(), "key": self.pk}

    @property
    def is_before(self) -> bool:
        """Whether it was never issued so far, and still may be."""
        return self.state in BEFORE


class CorrectionEvent(StepEvent):
    """One step with a correction; append-only."""

    of = "correction"

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="events")
    from_state = models.CharField(max_length=12, blank=True)
    to_state = models.CharField(max_length=12)
    text = models.TextField(blank=True)
    # For the office alone, such as why a draft was put aside.
    is_internal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("step with a correction")
        verbose_name_plural = _("steps with corrections")
        constraints = [models.UniqueConstraint(fields=["correction", "number"], name="correction_event_number")]
        triggers = append_only("correction_event", may_be_changed=f"{only_gone('text')} AND {_AFTER_ITS_TIME}")


class CorrectionToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(CorrectionEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a correction")
        verbose_name_plural = _("tokens of corrections")


class CorrectionExtension(models.Model):
    """The wish for more time: asked by the organ, decided by the office before the end, once (docs/domain.md 11)."""

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="extensions")
    days = models.PositiveSmallIntegerField(_("working days"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=8, choices=ExtensionState, default=ExtensionState.ASKED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("correction", "wish for more time")
        verbose_name_plural = pgettext_lazy("correction", "wishes for more time")
        constraints = [
            models.UniqueConstraint(
                fields=["correction"], name="correction_one_extension_asked", condition=Q(state=ExtensionState.ASKED)
            ),
            models.CheckConstraint(
                name="correction_extension_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="correction_extension_decided_whole",
                condition=Q(state=ExtensionState.ASKED, decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=[ExtensionState.GRANTED, ExtensionState.REFUSED], decided_by__isnull=False)
                | Q(state=ExtensionState.LAPSED, decided_at__isnull=False, decided_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.correction_id} +{self.days}"


class CorrectionFile(ErasableCopy):
    """A file that came with a step: the cleaned copy that people get (docs/trust.md U-01 to U-08)."""

    of = "correction"

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="files")
    event = models.ForeignKey(CorrectionEvent, on_delete=models.PROTECT, related_name="files")

    class Meta:
        verbose_name = _("file of a correction")
        verbose_name_plural = _("files of corrections")
        constraints = [
            models.UniqueConstraint(fields=["correction", "position"], name="correction_file_position"),
            models.CheckConstraint(
                name="correction_file_erased_whole", condition=Q(erased_at__isnull=True) | Q(storage_name="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["-created_at", "-id"],
                name="correction_file_unscanned",
                condition=Q(erased_at__isnull=True, scanned_at__isnull=True),
            ),
        ]


class CorrectionCounter(models.Model):
    """The last number of a series, such as 佛效督, in a year."""

    series = models.CharField(max_length=8)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("counter of corrections")
        verbose_name_plural = _("counters of corrections")
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="correction_counter_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last}"
