"""
Opinion surveys 征求意见表: what is asked, the codes by which it is answered once, and the answers (docs/domain.md 11).

An answer says nothing of who gave it, when, or by which code: a code that was used is gone, and rows of answers have
random keys and no moment (docs/trust.md P-18).
"""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from efficiency.access.scope import scope_of
from efficiency.audit.append_only import append_only
from efficiency.organs.models import Organ, Role
from efficiency.steps.models import StepEvent, StepToken
from supervision.surveys.enums import (
    AT_REST,
    HELD,
    MOST_GROUPS,
    WAYS_TO_ASK,
    Audience,
    BatchState,
    Grade,
    Kind,
    State,
    Way,
)
from targets.plans.enums import Span

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from efficiency.access.models import User

    Person = User | AnonymousUser

OF_OFFICE = (Role.OFFICE_OFFICER, Role.INSPECTOR)


class SurveyQuerySet(models.QuerySet["Survey"]):
    """Surveys by who may know of them as the office does; what everybody reads is asked for by its state."""

    def visible_to(self, user: "Person") -> Self:
        """Keep the surveys that ``user`` reads as one of the office."""
        return self.filter(office_id__in=scope_of(user).organ_ids_as(*OF_OFFICE))

    def headers_visible_to(self, user: "Person") -> Self:
        """Keep the surveys of which ``user`` may know title, dates and state."""
        return self.filter(office_id__in=scope_of(user).organ_ids_as(*OF_OFFICE, Role.AUDITOR))


class Survey(models.Model):
    """A survey: what it asks stands in its questions, what happened in its events, what came of it in ``results``."""

    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=1)
    office = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("efficiency office"))
    title = models.CharField(_("title"), max_length=100)
    purpose = models.TextField(pgettext_lazy("opinion survey", "purpose"))
    audience = models.CharField(pgettext_lazy("opinion survey", "audience"), max_length=12, choices=Audience)
    way = models.CharField(pgettext_lazy("opinion survey", "how it is answered"), max_length=8, choices=Way)
    begins_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    # Which time of the appraisal the scores are for; none: they are only published.
    year = models.PositiveSmallIntegerField(_("year of the appraisal"), null=True, blank=True)
    span = models.CharField(_("period of the appraisal"), max_length=12, choices=Span, blank=True)
    # What the groups of questions are called, in their order; a page each.
    groups = models.JSONField(pgettext_lazy("opinion survey", "groups of questions"), default=list)
    organs = models.ManyToManyField(Organ, through="SurveyOrgan", related_name="+", verbose_name=_("organs judged"))
    copied_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(_("drafted at"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    # The end as it was reckoned when it opened: the first moment at which nothing is taken any more.
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    # What was counted, as it is published, and its checksum; nothing of fewer than ten answers is in it.
    results = models.JSONField(null=True, blank=True)
    checksum = models.CharField(max_length=64, blank=True)
    next_due_at = models.DateTimeField(_("next due"), null=True, blank=True)
    # When the free texts went, in their time.
    erased_at = models.DateTimeField(_("texts erased at"), null=True, blank=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        verbose_name = _("opinion survey")
        verbose_name_plural = _("opinion surveys")
        constraints = [
            models.CheckConstraint(
                name="survey_days",
                condition=Q(ends_on__gte=F("begins_on")),
                violation_error_message=_("The last day does not lie before the first."),
            ),
            models.CheckConstraint(name="survey_way", condition=Q(way__in=WAYS_TO_ASK)),
            models.CheckConstraint(
                name="survey_opened_whole",
                condition=Q(opened_by__isnull=False, opened_at__isnull=False, ends_at__isnull=False)
                | Q(opened_by__isnull=True, opened_at__isnull=True, ends_at__isnull=True)
                & Q(state__in=(State.DRAFT, State.DROPPED)),
            ),
            models.CheckConstraint(
                name="survey_opened_by_another",
                condition=Q(opened_by__isnull=True) | ~Q(opened_by=F("drafted_by")),
                violation_error_message=_("Whoever drafted a survey does not open it."),
            ),
            models.CheckConstraint(
                name="survey_published_whole",
                condition=Q(
                    state=State.PUBLISHED,
                    published_by__isnull=False,
                    published_at__isnull=False,
                    results__isnull=False,
                    counted_by__isnull=False,
                )
                | ~Q(state=State.PUBLISHED) & Q(published_by__isnull=True, published_at__isnull=True),
            ),
            models.CheckConstraint(
                name="survey_published_by_another",
                condition=Q(published_by__isnull=True) | ~Q(published_by=F("counted_by")),
                violation_error_message=_("Whoever counted a survey does not publish it."),
            ),
            models.CheckConstraint(
                name="survey_appraisal_whole",
                condition=Q(year__isnull=True, span="") | Q(year__isnull=False) & ~Q(span=""),
            ),
        ]
        indexes = [
            models.Index(fields=["office", "state"], name="survey_of_office"),
            models.Index(fields=["ends_at"], name="survey_to_end", condition=Q(state=State.OPEN)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def reference(self) -> str:
        """How messages call it, which name no title."""
        return pgettext("opinion survey", "survey no. %(key)d") % {"key": self.pk}

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing follows of it any more."""
        return self.state in AT_REST

    @property
    def is_held(self) -> bool:
        """Whether it has ended, and was not dropped."""
        return self.state in HELD


class SurveyOrgan(models.Model):
    """An organ that a survey asks about."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="judged")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("organ judged")
        verbose_name_plural = _("organs judged")
        constraints = [models.UniqueConstraint(fields=["survey", "organ"], name="survey_organ_once")]

    def __str__(self) -> str:
        return str(self.organ)


class SurveyQuestion(models.Model):
    """A question; it changes while its survey is a draft, and never afterwards."""

    survey = models.ForeignKey(Survey, on_delete=models.CASCADE, related_name="questions")
    # Which group it belongs to, from 1 on: a page of the public form.
    group = models.PositiveSmallIntegerField(pgettext_lazy("opinion survey", "group"))
    position = models.PositiveSmallIntegerField(_("position"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    text = models.CharField(pgettext_lazy("opinion survey", "question"), max_length=200)
    help = models.CharField(pgettext_lazy("opinion survey", "explanation of a question"), max_length=200, blank=True)
    is_required = models.BooleanField(pgettext_lazy("opinion survey", "has to be answered"), default=False)
    # Asked for each organ that somebody judges; grades always are.
    each_organ = models.BooleanField(pgettext_lazy("opinion survey", "asked for each organ"), default=False)
    # What can be chosen, in order; an answer keeps the places.
    options = models.JSONField(pgettext_lazy("opinion survey", "choices"), default=list, blank=True)
    least = models.DecimalField(_("at least"), max_digits=12, decimal_places=2, null=True, blank=True)
    most = models.DecimalField(_("at most"), max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("opinion survey", "question")
        verbose_name_plural = pgettext_lazy("opinion survey", "questions")
        ordering = ("group", "position", "pk")
        constraints = [
            models.CheckConstraint(name="survey_question_group", condition=Q(group__gte=1, group__lte=MOST_GROUPS)),
            models.CheckConstraint(
                name="survey_question_grades_organ", condition=~Q(kind=Kind.GRADES) | Q(each_organ=True)
            ),
        ]

    def __str__(self) -> str:
        return self.text


class SurveyEvent(StepEvent):
    """One step with a survey; append-only."""

    of = "survey"

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="events")
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("step with a survey")
        verbose_name_plural = _("steps with surveys")
        constraints = [models.UniqueConstraint(fields=["survey", "number"], name="survey_event_number")]
        triggers = append_only("survey_event")


class SurveyToken(StepToken):
    """The form by which a step was taken: sent again it is found (docs/trust.md S-10)."""

    event = models.OneToOneField(SurveyEvent, on_delete=models.PROTECT, related_name="token")

    class Meta:
        verbose_name = _("token of a survey")
        verbose_name_plural = _("tokens of surveys")


class SurveyBatch(models.Model):
    """
    Codes that were made together, or forms on paper that one person typed in.

    ``made`` counts codes, ``voided`` those of them that were taken back unused; those used are what is missing. An
    answer with a code does not say from which batch.
    """

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="batches")
    way = models.CharField(pgettext_lazy("batch of a survey", "kind"), max_length=8, choices=Way)
    name = models.CharField(pgettext_lazy("batch of a survey", "for whom"), max_length=60, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=BatchState, default=BatchState.OPEN)
    made = models.PositiveIntegerField(default=0)
    voided = models.PositiveIntegerField(default=0)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField(_("made at"))
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("opinion survey", "batch")
        verbose_name_plural = pgettext_lazy("opinion survey", "batches")
        constraints = [
            models.CheckConstraint(
                name="survey_batch_two_persons",
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("made_by")),
                violation_error_message=_("Whoever typed forms in does not look them over."),
            ),
            models.UniqueConstraint(fields=["survey"], name="survey_one_open_batch", condition=Q(way=Way.OPEN)),
            # The one of which service users draw has no name.
            models.UniqueConstraint(
                fields=["survey"], name="survey_one_drawn_batch", condition=Q(way=Way.CODE, name="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.survey_id}-{self.pk}"


class SurveyCode(models.Model):
    """A code that waits to be used; one that was used is gone, so that nothing tells which answer was given with it."""

    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(SurveyBatch, on_delete=models.PROTECT, related_name="codes")
    code_hash = models.BinaryField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("answer code")
        verbose_name_plural = _("answer codes")

    def __str__(self) -> str:
        return f"code of survey {self.survey_id}"


class SurveyDrawn(models.Model):
    """That whoever had a case drew their one code of a survey; which case, tells a keyed hash to nobody (P-18)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="+")
    key_hash = models.BinaryField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("drawn answer code")
        verbose_name_plural = _("drawn answer codes")

    def __str__(self) -> str:
        return f"drawn in survey {self.survey_id}"


class SurveyAnswer(models.Model):
    """One form that somebody answered: no moment, no person, no code, no order."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="answers")
    way = models.CharField(max_length=8, choices=Way)
    # Of forms on paper: which batch, and which of its sheets.
    batch = models.ForeignKey(SurveyBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="answers")
    sheet = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("opinion survey", "answer")
        verbose_name_plural = pgettext_lazy("opinion survey", "answers")
        constraints = [
            models.CheckConstraint(
                name="survey_answer_on_paper",
                condition=Q(way=Way.PAPER, batch__isnull=False, sheet__isnull=False)
                | ~Q(way=Way.PAPER) & Q(batch__isnull=True, sheet__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["batch", "sheet"],
                name="survey_answer_sheet_once",
                violation_error_message=_("This sheet was typed in already."),
            ),
        ]

    def __str__(self) -> str:
        return f"answer to survey {self.survey_id}"


class SurveyValue(models.Model):
    """What an answer says to one question, about one organ where it is asked for each."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    answer = models.ForeignKey(SurveyAnswer, on_delete=models.CASCADE, related_name="values")
    question = models.ForeignKey(SurveyQuestion, on_delete=models.PROTECT, related_name="+")
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    grade = models.PositiveSmallIntegerField(null=True, blank=True, choices=Grade)
    # Places of what was chosen, from 0 on; of yes or no, 1 for yes.
    chosen = models.JSONField(default=list, blank=True)
    number = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = pgettext_lazy("opinion survey", "value")
        verbose_name_plural = pgettext_lazy("opinion survey", "values")
        constraints = [
            models.UniqueConstraint(
                fields=["answer", "question", "organ"], name="survey_value_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="survey_value_grade", condition=Q(grade__isnull=True) | Q(grade__gte=1, grade__lte=5)
            ),
        ]

    def __str__(self) -> str:
        return f"value of {self.answer_id}"
