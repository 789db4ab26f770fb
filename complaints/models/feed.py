"""The secret address under which the calendar of a member of staff shows what is due."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CalendarFeed(models.Model):
    """One address a person; a new one ends the old. Only a hash of it is stored, so it is shown once."""

    owner = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    secret_hash = models.BinaryField(max_length=32, unique=True)
    made_at = models.DateTimeField(_("made at"))

    class Meta:
        verbose_name = _("calendar of a person")
        verbose_name_plural = _("calendars of persons")

    def __str__(self) -> str:
        return f"calendar of {self.owner_id}"
