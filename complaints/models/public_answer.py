"""What is published of a case: a text without traces of anybody, approved by a second person (docs/domain.md 4.11)."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from complaints.enums import Category, Kind, Outcome
from complaints.models.case import Case
from complaints.models.reply import Reply
from complaints.querysets import PublicAnswerQuerySet
from efficiency.organs.models import Organ


class PublicAnswerState(models.TextChoices):
    """Where a public version stands."""

    PROPOSED = "proposed", pgettext_lazy("state of a public version", "waiting for approval")
    PUBLISHED = "published", pgettext_lazy("state of a public version", "public")
    RETURNED = "returned", pgettext_lazy("state of a public version", "sent back")
    WITHDRAWN = "withdrawn", pgettext_lazy("state of a public version", "taken back")


LIVE = (PublicAnswerState.PROPOSED, PublicAnswerState.PUBLISHED)


def new_slug() -> str:
    """Return the last part of a public address: drawn by lot, so that it tells nothing of the case."""
    return secrets.token_hex(8)


class PublicAnswer(models.Model):
    """
    A question and its answer as everybody may read them (docs/trust.md P-14).

    The row has its own words, and what is shown beside them. What leads back to the case is for staff alone: number,
    code, dates and address of the case are in nothing that is shown. Rows change through ``complaints.actions`` alone,
    under the lock of their case.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="public_answers", verbose_name=_("case"))
    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, related_name="+", verbose_name=_("reply"))
    slug = models.CharField(max_length=16, unique=True, default=new_slug, editable=False)
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    category = models.CharField(_("category"), max_length=24, choices=Category, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome)
    title = models.CharField(_("title"), max_length=80)
    question = models.TextField(_("question"))
    answer = models.TextField(_("answer"))
    state = models.CharField(_("state"), max_length=10, choices=PublicAnswerState, default=PublicAnswerState.PROPOSED)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drafted by")
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    remark = models.TextField(_("remark of the approver"), blank=True)
    # Nobody where the case went on, so that the reply is no longer its last word.
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True)
    withdrawal_reason = models.TextField(_("reason of the taking back"), blank=True)

    LIVE = LIVE
    objects = PublicAnswerQuerySet.as_manager()

    class Meta:
        verbose_name = _("public version of a case")
        verbose_name_plural = _("public versions of cases")
        constraints = [
            models.UniqueConstraint(
                name="public_answer_one_live", fields=["case"], condition=Q(state__in=["proposed", "published"])
            ),
            models.CheckConstraint(
                name="public_answer_was_decided",
                condition=~Q(state__in=["published", "returned"])
                | Q(decided_by__isnull=False, decided_at__isnull=False),
                violation_error_message=_("What is public was approved by a person."),
            ),
            models.CheckConstraint(
                name="public_answer_two_persons",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("drafted_by")),
                violation_error_message=_("Whoever drafted a public version cannot approve it."),
            ),
            models.CheckConstraint(
                name="public_answer_withdrawal_has_moment",
                condition=Q(state="withdrawn", withdrawn_at__isnull=False)
                | (~Q(state="withdrawn") & Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="public_answer_withdrawn_by_hand_has_reason",
                condition=Q(withdrawn_by__isnull=True) | ~Q(withdrawal_reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["-decided_at", "-id"], name="public_answer_newest", condition=Q(state="published")),
            models.Index(
                fields=["organ", "-decided_at", "-id"], name="public_answer_of_organ", condition=Q(state="published")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.state}"

    @property
    def is_public(self) -> bool:
        """Whether everybody can read it."""
        return self.state == PublicAnswerState.PUBLISHED
