"""Reviews of the integrity risk points of a post: the one that is owed, and those that were made (docs/domain.md 7)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.organs.models import Post


class ReviewCause(models.TextChoices):
    """Why a review is owed; the variant of its promise."""

    YEARLY = "yearly", pgettext_lazy("review of risk points", "a year has passed")
    CHANGED = "changed", pgettext_lazy("review of risk points", "the sheet changed, or a point was never reviewed")


class RiskReview(models.Model):
    """One review of all risk points of a post; a post has one at most that is owed."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="risk_reviews", verbose_name=_("post"))
    cause = models.CharField(_("why"), max_length=10, choices=ReviewCause)
    # What the sheet said, as ``actions`` reckons it: when the review began to be owed, or when it was made.
    sheet_print = models.CharField(max_length=32)
    owed_since = models.DateTimeField(_("to be made since"))
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reviewed by"),
    )
    # The post has ended, or has no risk points any more.
    void_at = models.DateTimeField(_("not owed any more since"), null=True, blank=True)

    class Meta:
        verbose_name = _("review of risk points")
        verbose_name_plural = _("reviews of risk points")
        constraints = [
            models.UniqueConstraint(
                name="risk_review_one_owed",
                fields=["post"],
                condition=Q(reviewed_at__isnull=True, void_at__isnull=True),
                violation_error_message=_("A review of this post is owed already."),
            ),
            models.CheckConstraint(
                name="risk_review_made_by_somebody",
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, void_at__isnull=True),
                violation_error_message=_("A review was made by somebody, or not at all."),
            ),
        ]
        indexes = [models.Index(fields=["post", "-reviewed_at"], name="risk_review_of_post")]

    def __str__(self) -> str:
        return f"{self.post} · {self.get_cause_display()}"
