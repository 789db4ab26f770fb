"""The reply to a case, the report that closes it and the citizen's judgement of it (docs/domain.md 4.6, 4.8)."""

from typing import Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from complaints.enums import FollowUpCause, Grade, Outcome
from complaints.models.case import Case, CaseEvent
from complaints.models.texts import append_only_but_texts


class ReplyState(models.TextChoices):
    """A reply is drafted by one person, checked by another and approved by a third (docs/trust.md Z-10)."""

    DRAFT = "draft", _("draft")
    # For its check; where nobody of the organ can check it, for approval (docs/domain.md 4.6).
    PROPOSED = "proposed", _("waiting for check or approval")
    CHECKED = "checked", _("waiting for approval")
    SENT = "sent", _("sent")
    RETURNED = "returned", _("sent back")
    # The case left the organ before the reply was decided.
    DROPPED = "dropped", _("set aside")


# Before somebody who checks or approves, and all that can still be sent.
BEFORE_DECISION = (ReplyState.PROPOSED, ReplyState.CHECKED)
IN_WORK = (ReplyState.DRAFT, *BEFORE_DECISION)


class ReplyQuerySet(models.QuerySet["Reply"]):
    """Replies by whose words stand in them."""

    def living(self) -> Self:
        """
        Keep those whose words a reply in work goes back to: itself, and what came back since one was sent.

        The draft after one that came back begins with its words, so who wrote those wrote it (docs/trust.md Z-10).
        """
        later = Reply.objects.filter(case_id=OuterRef("case_id"), state=ReplyState.SENT, pk__gt=OuterRef("pk"))
        return self.filter(Q(state__in=IN_WORK) | Q(state=ReplyState.RETURNED) & ~Exists(later))


class Reply(models.Model):
    """One answer to the citizen, with what was found and what was done."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="replies", verbose_name=_("case"))
    state = models.CharField(_("state"), max_length=10, choices=ReplyState, default=ReplyState.DRAFT)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome, blank=True)
    findings = models.TextField(_("findings"), blank=True)
    measures = models.TextField(_("measures taken"), blank=True)
    basis = models.TextField(_("basis"), blank=True)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drafted by")
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True)
    # Kept up for queues: whether somebody is there who could check it (``complaints.checking``).
    to_check = models.BooleanField(_("waits for its check"), default=False)
    # By whom the very words of this row were found right; NULL where the organ had nobody to check them.
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("checked by"),
    )
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    remark = models.TextField(_("why it was sent back"), blank=True)
    # Print of what was sent, to point out the same words sent to another case; NULL before it is sent.
    text_print = models.BigIntegerField(null=True, editable=False)
    # A consultation that the office answered at once needs no second person (docs/domain.md 4.6).
    on_the_spot = models.BooleanField(_("answered on the spot"), default=False)

    objects = ReplyQuerySet.as_manager()

    class Meta:
        verbose_name = _("reply")
        verbose_name_plural = _("replies")
        constraints = [
            models.UniqueConstraint(
                name="reply_one_in_work", fields=["case"], condition=Q(state__in=["draft", "proposed", "checked"])
            ),
            models.CheckConstraint(
                name="reply_sent_was_decided",
                condition=~Q(state__in=["sent", "returned"]) | Q(decided_by__isnull=False, decided_at__isnull=False),
                violation_error_message=_("A reply is sent by the person who approved it."),
            ),
            models.CheckConstraint(
                name="reply_two_persons",
                condition=Q(decided_by__isnull=True) | Q(on_the_spot=True) | ~Q(decided_by=models.F("drafted_by")),
                violation_error_message=_("Whoever drafted a reply cannot approve it."),
            ),
            # A draft is never checked: whoever changes it makes a check of it void.
            models.CheckConstraint(
                name="reply_check_is_whole",
                condition=Q(checked_by__isnull=True, checked_at__isnull=True) & ~Q(state="checked")
                | Q(checked_by__isnull=False, checked_at__isnull=False) & ~Q(state__in=["draft", "proposed"]),
                violation_error_message=_("A check has a person and a moment, and is of a reply that was proposed."),
            ),
            models.CheckConstraint(
                name="reply_to_check_was_proposed",
                condition=Q(to_check=False) | Q(state="proposed"),
                violation_error_message=_("Only a reply that was proposed waits for its check."),
            ),
            models.CheckConstraint(
                name="reply_check_by_third_person",
                condition=Q(checked_by__isnull=True)
                | ~Q(checked_by=models.F("drafted_by")) & (~Q(state="sent") | ~Q(checked_by=models.F("decided_by"))),
                violation_error_message=_("A reply is checked by neither its drafter nor its approver."),
            ),
        ]
        indexes = [
            models.Index(fields=["text_print"], condition=Q(state="sent"), name="reply_same_text"),
            # What came back to somebody: a person's queue counts it.
            models.Index(fields=["drafted_by"], condition=Q(state="returned"), name="reply_returned"),
        ]
        triggers = [
            # The case knows what its reply waits for (``Case.reply_waits``), whoever moves it on and however many.
            # Every reply begins as a draft; rows that are added in bulk bring the column of the case along.
            pgtrigger.Trigger(
                name="reply_waits",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("state", "to_check"),
                declare=[("now_waits", "text")],
                func="""
                    SELECT CASE WHEN state = 'proposed' AND to_check THEN 'check' ELSE 'approval' END INTO now_waits
                      FROM complaints_reply WHERE case_id = NEW.case_id AND state IN ('proposed', 'checked');
                    UPDATE complaints_case SET reply_waits = coalesce(now_waits, '')
                     WHERE id = NEW.case_id AND reply_waits <> coalesce(now_waits, '');
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"


class ClosingReport(models.Model):
    """The organ's report that a case is done: facts, basis, measures, responsible posts (docs/domain.md 4.6)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="closing_reports", verbose_name=_("case"))
    facts = models.TextField(_("facts"))
    basis = models.TextField(_("basis"))
    measures = models.TextField(_("measures taken"))
    responsible = models.TextField(_("responsible posts"), blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("reported at"))

    class Meta:
        verbose_name = _("closing report")
        verbose_name_plural = _("closing reports")
        triggers = append_only_but_texts("closing_report", "facts", "basis", "measures", "responsible")

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d}"


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    """Evaluations by what was found out about them (docs/domain.md 4.8)."""

    def with_cause(self) -> Self:
        """Add the ``cause`` of the dissatisfaction that the follow-up call found; None where nobody called about it."""
        calls = CaseEvent.objects.filter(case_id=OuterRef("case_id"), action="record_follow_up")
        about = calls.annotate(judged=Cast(KeyTextTransform("evaluation", "data"), models.BigIntegerField()))
        last = about.filter(judged=OuterRef("pk")).order_by("-number")
        return self.annotate(cause=Subquery(last.values_list(KeyTextTransform("cause", "data"))[:1]))

    def objective(self) -> Self:
        """Keep the negative ones whose cause is objective: the law does not allow what was wanted."""
        negative = self.with_cause().filter(grade__lte=Grade.DISSATISFIED)
        return negative.filter(cause=FollowUpCause.OBJECTIVE.value)

    def for_appraisal(self) -> Self:
        """Leave those out: they stay in the public figures, and leave the base of the appraisal."""
        return self.exclude(pk__in=Evaluation.objects.objective().values("pk"))


class Evaluation(models.Model):
    """
    The citizen's judgement, once for each reply; none is never counted as satisfied (docs/domain.md 4.8).

    The reply to a leading case is judged by each complainant whose case was joined to it.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evaluations", verbose_name=_("case"))
    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="evaluations")
    grade = models.PositiveSmallIntegerField(_("grade"), choices=Grade)
    contacted_in_time = models.BooleanField(_("contacted in time"), null=True)
    solved = models.BooleanField(_("solved"), null=True)
    text = models.TextField(_("what is lacking"), blank=True)
    at = models.DateTimeField(_("evaluated at"))

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("evaluation")
        verbose_name_plural = _("evaluations")
        constraints = [
            models.UniqueConstraint(name="evaluation_once", fields=["reply", "case"]),
            models.CheckConstraint(name="evaluation_grade_known", condition=Q(grade__gte=1, grade__lte=5)),
        ]
        indexes = [models.Index(fields=["case"], name="evaluation_denied", condition=Q(contacted_in_time=False))]
        triggers = append_only_but_texts("evaluation", "text")

    def __str__(self) -> str:
        return f"{self.case_id} {self.grade}"

    @property
    def is_negative(self) -> bool:
        """Whether the evaluation is a 差评, which calls for a follow-up."""
        return self.grade <= Grade.DISSATISFIED


class SupervisionOrderQuerySet(models.QuerySet["SupervisionOrder"]):
    """Supervision orders by whether somebody still has to answer them."""

    def waiting(self) -> Self:
        """Keep those that wait for their answer."""
        return self.filter(answered_at__isnull=True, ended_at__isnull=True)


class SupervisionOrder(models.Model):
    """An order 督办单 to an organ to move a case on and to answer for it (docs/domain.md 4.6)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="supervision_orders")
    event = models.OneToOneField(CaseEvent, on_delete=models.PROTECT, related_name="+")
    organ = models.ForeignKey("efficiency.Organ", on_delete=models.PROTECT, related_name="+")
    text = models.TextField(_("what is ordered"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("ordered at"))
    generation = models.PositiveSmallIntegerField(_("order number in the case"), default=1)
    answer = models.TextField(_("answer of the organ"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    # When the case went a way on which nobody answers any more: its promise was cancelled then.
    ended_at = models.DateTimeField(null=True, editable=False)

    objects = SupervisionOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("supervision order")
        verbose_name_plural = _("supervision orders")
        constraints = [
            models.CheckConstraint(
                name="supervision_order_ends_once",
                condition=Q(ended_at__isnull=True) | Q(answered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="supervision_order_answer_is_whole",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["case"],
                condition=Q(answered_at__isnull=True, ended_at__isnull=True),
                name="supervision_order_unanswered",
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d}"
