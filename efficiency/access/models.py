"""The account of a person. What the person may do comes from tenures, never from the account."""

import pghistory
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from efficiency.access.may import MATRIX, may
from efficiency.access.plain import PlainName


@pghistory.track(exclude=["password", "last_login", "mobile"])
class User(AbstractUser):
    """An account of staff. ``is_superuser`` gives nothing here (docs/trust.md S-06)."""

    full_name = models.CharField(_("name of the person"), max_length=60)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    # Sealed, for short messages (docs/trust.md P-01); set by the person alone.
    mobile = models.BinaryField(_("mobile number"), blank=True, default=b"", editable=False)
    # Raised by a change of password, role or tenure: sessions that carry an older number are dead (docs/trust.md S-04).
    session_epoch = models.PositiveIntegerField(_("session epoch"), default=1)
    password_changed_at = models.DateTimeField(_("password changed at"), null=True, blank=True)

    first_name = None  # type: ignore[assignment]  # Django's way to leave out an inherited field
    last_name = None  # type: ignore[assignment]  # the same
    REQUIRED_FIELDS = ["full_name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        # Who is one natural person is asked on every page (docs/trust.md Z-10).
        indexes = [models.Index(PlainName("full_name"), name="user_plain_name")]

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        """Return the person's name; Chinese names are not split."""
        return self.full_name

    def get_short_name(self) -> str:
        """Return the person's name as it is called."""
        return self.full_name

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Say whether a running tenure gives the action ``perm`` of the matrix; ``is_superuser`` is not looked at."""
        return perm in MATRIX and may(self, perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        """Say no: what an app shows is decided model by model."""
        return False

    def set_password(self, raw_password: str | None) -> None:
        """Set the password and note when, so that its age can be told (docs/trust.md S-01)."""
        super().set_password(raw_password)
        self.password_changed_at = timezone.now()


class FormerPassword(models.Model):
    """The hash of a password that a person set, so that the last five do not come back (docs/trust.md S-01)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    hash = models.CharField(max_length=200)
    set_at = models.DateTimeField()

    class Meta:
        verbose_name = _("former password")
        verbose_name_plural = _("former passwords")
        indexes = [models.Index(fields=["user", "-set_at"], name="former_password_of_user")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at:%Y-%m-%d}"
