"""A key is a row without its secret: what is stored opens nothing (docs/trust.md, threat "leaked API key")."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from efficiency.organs.models import Organ
from efficiency.timing.zone import local_day


class Scope(models.TextChoices):
    """What a system may do with a key."""

    PUSH_MATTERS = "matters.push", _("report matters")
    SEE_MATTERS = "matters.see", _("read the own matters")
    OPEN311 = "open311.file", _("file requests through Open311")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys by whether they open anything."""

    def usable(self, *, at: datetime) -> Self:
        """Keep the keys that work at ``at``: neither revoked nor past their end or that of their organ."""
        organ_is_there = Q(organ__until__isnull=True) | Q(organ__until__gt=local_day(at))
        return self.filter(organ_is_there, revoked_at__isnull=True, expires_at__gt=at)


class ApiKey(models.Model):
    """One key of one organ. Its secret is shown once, when it is made; here is only what it can be known again by."""

    organ = models.ForeignKey(Organ, on_delete=models.PROTECT, related_name="+", verbose_name=_("organ"))
    name = models.CharField(_("system"), max_length=60)
    scopes = ArrayField(models.CharField(max_length=20, choices=Scope), verbose_name=_("what it may do"))
    # The beginning of the key, by which people and logs name it; it is no secret.
    prefix = models.CharField(_("beginning of the key"), max_length=8, unique=True)
    secret_hash = models.BinaryField(max_length=32, editable=False)
    # The key in whose place this one was put; the two work side by side until the old one ends.
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="successor", verbose_name=_("replaces")
    )
    created_at = models.DateTimeField(_("made at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("made by")
    )
    expires_at = models.DateTimeField(_("ends at"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )
    # To the minute: a system that calls a hundred times a second writes nothing for it.
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        constraints = [
            models.CheckConstraint(
                name="api_key_ends_after_it_was_made",
                condition=Q(expires_at__gte=F("created_at")),
                violation_error_message=_("A key ends after it was made."),
            ),
            models.CheckConstraint(
                name="api_key_may_do_something",
                condition=Q(scopes__len__gt=0),
                violation_error_message=_("A key that may do nothing is none."),
            ),
            models.CheckConstraint(
                name="api_key_revoked_by_somebody",
                condition=Q(revoked_at__isnull=True, revoked_by__isnull=True)
                | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                violation_error_message=_("A revoked key knows by whom it was revoked."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    def is_usable(self, *, at: datetime) -> bool:
        """Say whether the key works at ``at``."""
        return self.revoked_at is None and not self.has_ended(at=at)

    def has_ended(self, *, at: datetime) -> bool:
        """Say whether the time of the key, or of the organ that it speaks for, is over at ``at``."""
        until = self.organ.until
        return at >= self.expires_at or (until is not None and until <= local_day(at))

    @property
    def scope_labels(self) -> list[str]:
        """What the key may do, in words."""
        return [str(Scope(scope).label) for scope in self.scopes]


class KeyState(models.TextChoices):
    """Where a key stands, in words for lists."""

    USABLE = "usable", pgettext_lazy("state of a key", "works")
    EXPIRED = "expired", pgettext_lazy("state of a key", "has ended")
    REVOKED = "revoked", pgettext_lazy("state of a key", "revoked")


def state_of(key: ApiKey, *, at: datetime) -> KeyState:
    """Return where the key stands at ``at``."""
    if key.revoked_at is not None:
        return KeyState.REVOKED
    return KeyState.EXPIRED if key.has_ended(at=at) else KeyState.USABLE
