"""Who filed a case, apart and encrypted (docs/trust.md P-01), and what proves that a form was taken once (S-10)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.enums import RevealReason
from complaints.models.case import Case, CaseEvent
from complaints.models.texts import append_only_but_texts
from efficiency.audit.append_only import append_only
from efficiency.organs.models import Organ


class CaseIdentity(models.Model):
    """
    Name and contact of a named complainant. Every field is sealed, bound to the case and the field's name.

    Read through ``complaints.actions.identity`` alone; an anonymous case has no row.
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="identity")
    name = models.BinaryField(_("name"))
    phone = models.BinaryField(_("telephone"), blank=True, default=b"")
    email = models.BinaryField(_("e-mail"), blank=True, default=b"")
    # Of a group: who speaks for it besides, one name a line (docs/domain.md 4.1).
    representatives = models.BinaryField(_("further representatives"), blank=True, default=b"")
    # Keyed hashes of the normalised contacts, to find repeat complainants by exact match (docs/trust.md P-02).
    phone_hash = models.BinaryField(max_length=32, blank=True, default=b"")
    email_hash = models.BinaryField(max_length=32, blank=True, default=b"")
    wants_email = models.BooleanField(_("wants a letter when there is news"), default=False)

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        indexes = [
            models.Index(fields=["phone_hash"], name="identity_phone"),
            models.Index(fields=["email_hash"], name="identity_email"),
        ]

    def __str__(self) -> str:
        return f"identity of {self.case_id}"


class Erasure(models.Model):
    """The record that it was forgotten who filed a case (docs/trust.md P-11); append-only."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="erasure")
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        triggers = append_only("erasure")

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d}"


class Reveal(models.Model):
    """One look of staff at an identity, written before anything is shown (docs/trust.md P-04); append-only."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reveals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # The organ for which the person looked: the complainant is told date and organ.
    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("at"))
    category = models.CharField(_("category of reason"), max_length=20, choices=RevealReason)
    reason = models.TextField(_("reason"))

    class Meta:
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        indexes = [
            models.Index(fields=["by", "-at"], name="reveal_of_user"),
            models.Index(fields=["-at", "-id"], name="reveal_newest"),
        ]
        triggers = append_only_but_texts("reveal", "reason")

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d %H:%M}"


class FilingToken(models.Model):
    """The form a case was filed with: the same form sent again finds the case instead of filing twice (I-02)."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="filing_token")
    filed_at = models.DateTimeField(_("filed at"))

    class Meta:
        verbose_name = _("filing token")
        verbose_name_plural = _("filing tokens")

    def __str__(self) -> str:
        return f"token of {self.case_id}"


class StepToken(models.Model):
    """The form by which a citizen took a step: sent again, it finds the event instead of taking the step twice."""

    token_hash = models.BinaryField(max_length=32, unique=True)
    event = models.OneToOneField(CaseEvent, on_delete=models.PROTECT, related_name="step_token")

    class Meta:
        verbose_name = _("token of a step")
        verbose_name_plural = _("tokens of steps")

    def __str__(self) -> str:
        return f"token of {self.event_id}"
