"""What has happened and was not told yet (docs/architecture.md)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from efficiency.organs.models import Organ


class UntoldFact(models.Model):
    """
    A fact that waits to be told: written with the change itself, gone once those who listen were told.

    However often a subject changes meanwhile, it is one row, the moment is that of the first change, and
    the person whoever changed it last.
    """

    kind = models.CharField(_("kind"), max_length=40)
    subject_id = models.BigIntegerField()
    organ = models.ForeignKey(Organ, on_delete=models.CASCADE, related_name="+", verbose_name=_("organ"))
    key = models.CharField(max_length=40)
    at = models.DateTimeField(_("happened at"))
    # Whoever changed it last; nobody, where it came about by itself.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    # How often telling it failed; it comes last then, so that it keeps no other from being told.
    failures = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("fact that waits to be told")
        verbose_name_plural = _("facts that wait to be told")
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id"], name="untold_fact_once")]
        indexes = [models.Index(fields=["failures", "id"], name="untold_fact_next")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
