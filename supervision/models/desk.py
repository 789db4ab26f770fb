"""What people keep of the overview: views under a name, and files that are made for them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

LONGEST_NAME, LONGEST_QUERY = 40, 500
# A file that was made can be fetched for a day (docs/trust.md Z-13).
EXPORT_LASTS = timedelta(hours=24)


class DeskView(models.Model):
    """Filters of the overview as they stand in its address, kept by one person under a name."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    query = models.CharField(_("filters"), max_length=LONGEST_QUERY, blank=True)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            models.UniqueConstraint(
                name="desk_view_named_once",
                fields=["owner", "name"],
                violation_error_message=_("You have a view of this name already."),
            ),
            models.CheckConstraint(name="desk_view_has_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name


class ExportState(models.TextChoices):
    """Where a file stands; that its time is over follows from the clock alone."""

    WAITING = "waiting", pgettext_lazy("state of an export", "waiting")
    MAKING = "making", pgettext_lazy("state of an export", "being made")
    READY = "ready", pgettext_lazy("state of an export", "ready")
    REFUSED = "refused", pgettext_lazy("state of an export", "no longer allowed")
    FAILED = "failed", pgettext_lazy("state of an export", "could not be made")


class DeskExport(models.Model):
    """
    A long list of the overview as a file, made in the background for the very person who asked (docs/trust.md Z-13).

    ``figure`` and ``part`` say whose rows, ``query`` which filters; they are checked again when it is made.
    """

    figure = models.CharField(_("figure"), max_length=60)
    part = models.CharField(_("part of the figure"), max_length=12)
    query = models.CharField(_("filters"), max_length=LONGEST_QUERY, blank=True)
    format = models.CharField(_("format"), max_length=4)
    language = models.CharField(_("language"), max_length=10)
    label = models.CharField(_("list"), max_length=200)
    state = models.CharField(_("state"), max_length=8, choices=ExportState, default=ExportState.WAITING)
    asked_at = models.DateTimeField(_("asked for at"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    # Counted and committed before the work: what kills a worker again and again comes to rest (docs/trust.md D-07).
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    made_at = models.DateTimeField(_("made at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("can be fetched until"))
    rows = models.PositiveIntegerField(_("rows"), default=0)
    # The rows that are in the file, and the organs that whoever asked reached when it was made: compared when it is
    # fetched (docs/trust.md Z-13).
    keys = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    organs = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)
    storage_name = models.CharField(max_length=80, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.BinaryField(max_length=32, blank=True, default=b"")

    class Meta:
        verbose_name = _("export of the overview")
        verbose_name_plural = _("exports of the overview")
        constraints = [
            models.CheckConstraint(
                name="desk_export_ready_has_file",
                condition=(
                    Q(state=ExportState.READY, made_at__isnull=False) & ~Q(storage_name="")
                    | ~Q(state=ExportState.READY) & Q(storage_name="")
                ),
                violation_error_message=_("An export that is ready has its file, and no other has."),
            ),
            models.CheckConstraint(
                name="desk_export_made_has_lease",
                condition=Q(state=ExportState.MAKING, leased_until__isnull=False)
                | ~Q(state=ExportState.MAKING) & Q(leased_until__isnull=True),
                violation_error_message=_("An export that is being made is leased, and no other is."),
            ),
        ]
        indexes = [
            models.Index(fields=["asked_by", "-asked_at", "-id"], name="desk_export_of_asker"),
            models.Index(fields=["expires_at"], name="desk_export_age"),
            models.Index(
                fields=["asked_at", "id"],
                name="desk_export_to_make",
                condition=Q(state__in=[ExportState.WAITING, ExportState.MAKING]),
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def is_fetchable(self, at: datetime) -> bool:
        """Say whether there is something to fetch at ``at``; the hourly look may not have come yet."""
        return self.state == ExportState.READY and at < self.expires_at
