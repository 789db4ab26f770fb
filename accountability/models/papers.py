"""Papers that were issued, and bundles of evidence that somebody asked for (docs/domain.md 10, docs/trust.md Z-13)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accountability.papers import registry
from efficiency import codes
from efficiency.audit.append_only import append_only

# So long a bundle can be fetched once it is made (docs/trust.md Z-13).
BUNDLE_LASTS = timedelta(hours=24)


class Paper(models.Model):
    """
    One notice or decision as it was handed out: its content was taken once, its bytes are kept; append-only.

    Another paper of the same kind about the same subject is a further edition, once the one before was revoked.
    """

    kind = models.CharField(_("kind of paper"), max_length=40)
    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    object_id = models.BigIntegerField()
    subject = GenericForeignKey("content_type", "object_id")
    edition = models.PositiveSmallIntegerField(_("edition"), default=1)
    number = models.CharField(_("number"), max_length=80)
    # Words that may stand on a public page: no person, nothing of the matter (docs/domain.md 10).
    public_title = models.CharField(pgettext_lazy("of a paper", "title"), max_length=120)
    issuer = models.CharField(_("issuer"), max_length=120)
    content = models.JSONField(_("content"))
    content_sha256 = models.BinaryField(max_length=32)
    storage_name = models.CharField(max_length=80, unique=True)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.BinaryField(max_length=32)
    # Printed on the paper for whoever holds it: 80 bits, so nobody comes upon a paper by trying.
    code = models.CharField(_("verification code"), max_length=codes.CODE_LENGTH, unique=True)
    issued_at = models.DateTimeField(_("issued at"))
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("issued by")
    )

    class Meta:
        verbose_name = pgettext_lazy("accountability", "paper")
        verbose_name_plural = pgettext_lazy("accountability", "papers")
        constraints = [
            models.UniqueConstraint(
                name="paper_one_an_edition", fields=["kind", "content_type", "object_id", "edition"]
            ),
        ]
        indexes = [
            models.Index(fields=["-issued_at", "-id"], name="paper_newest"),
            models.Index(fields=["content_type", "object_id"], name="paper_of_subject"),
        ]
        triggers = append_only("paper")

    def __str__(self) -> str:
        return f"{self.kind_label} {self.number}"

    @property
    def kind_label(self) -> str:
        """What a paper of its kind is called; the name of the kind where nobody knows it any more."""
        kind = registry.find(self.kind)
        return str(kind.label) if kind else self.kind


class PaperRevocation(models.Model):
    """That a paper no longer holds; append-only."""

    paper = models.OneToOneField(Paper, on_delete=models.PROTECT, related_name="revocation")
    at = models.DateTimeField(_("revoked at"))
    # NULL where the rules did it: a card that was revoked takes its notice with it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("revocation of a paper")
        verbose_name_plural = _("revocations of papers")
        triggers = append_only("paper_revocation")

    def __str__(self) -> str:
        return f"{self.paper_id} {self.at:%Y-%m-%d}"


class BundleState(models.TextChoices):
    """Where a bundle stands; that its time is over follows from the clock alone."""

    WAITING = "waiting", pgettext_lazy("state of a bundle", "waiting")
    MAKING = "making", pgettext_lazy("state of a bundle", "being made")
    READY = "ready", pgettext_lazy("state of a bundle", "ready")
    REFUSED = "refused", pgettext_lazy("state of a bundle", "no longer allowed")
    FAILED = "failed", pgettext_lazy("state of a bundle", "could not be made")


class Bundle(models.Model):
    """All that there is about one subject, as PDF and ZIP, for the very person who asked (docs/trust.md Z-13)."""

    content_type = models.ForeignKey(ContentType, on_delete=models.PROTECT, related_name="+", db_index=False)
    object_id = models.BigIntegerField()
    subject = GenericForeignKey("content_type", "object_id")
    label = models.CharField(_("about"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=BundleState, default=BundleState.WAITING)
    asked_at = models.DateTimeField(_("asked for at"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Counted and committed before the work: what kills a worker again and again comes to rest (docs/trust.md D-07).
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("can be fetched until"))
    pdf_name = models.CharField(max_length=80, blank=True)
    pdf_size = models.PositiveIntegerField(default=0)
    pdf_sha256 = models.BinaryField(max_length=32, blank=True, default=b"")
    zip_name = models.CharField(max_length=80, blank=True)
    zip_size = models.PositiveIntegerField(default=0)
    zip_sha256 = models.BinaryField(max_length=32, blank=True, default=b"")

    class Meta:
        verbose_name = _("bundle of evidence")
        verbose_name_plural = _("bundles of evidence")
        constraints = [
            models.CheckConstraint(
                name="bundle_ready_has_files",
                condition=(
                    Q(state=BundleState.READY, made_at__isnull=False) & ~Q(pdf_name="") & ~Q(zip_name="")
                    | ~Q(state=BundleState.READY) & Q(pdf_name="", zip_name="")
                ),
                violation_error_message=_("A bundle that is ready has its files, and no other has."),
            ),
            models.CheckConstraint(
                name="bundle_made_has_lease",
                condition=Q(state=BundleState.MAKING, leased_until__isnull=False)
                | ~Q(state=BundleState.MAKING) & Q(leased_until__isnull=True),
                violation_error_message=_("A bundle that is being made is leased, and no other is."),
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at", "-id"], name="bundle_of_asker"),
            models.Index(fields=["expires_at"], name="bundle_age"),
            models.Index(
                fields=["asked_at", "id"],
                name="bundle_to_make",
                condition=Q(state__in=[BundleState.WAITING, BundleState.MAKING]),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def is_fetchable(self, at: datetime) -> bool:
        """Say whether there is something to fetch at ``at``; the nightly look may not have come yet."""
        return self.state == BundleState.READY and at < self.expires_at
