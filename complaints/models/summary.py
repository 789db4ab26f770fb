"""The neutral summary 摘要 of a case, written by the office for those who must not read the complaint (4.3)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Case
from complaints.models.texts import append_only_but_texts


class CaseSummary(models.Model):
    """
    What may be said of a case to the person complained about, and perhaps to the organ; append-only, the newest holds.

    Never the words of the complaint, nor anything that tells who complained (docs/trust.md P-06).
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="summaries", verbose_name=_("case"))
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("summary"))
    # Whether the handling organ reads this in place of the complaint, or may read both.
    replaces_text = models.BooleanField(_("read by the organ in place of the complaint"), default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("neutral summary")
        verbose_name_plural = _("neutral summaries")
        constraints = [
            models.CheckConstraint(name="summary_has_title_and_text", condition=~Q(title="") & ~Q(text="")),
        ]
        triggers = append_only_but_texts("case_summary", "title", "text")

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d}"
