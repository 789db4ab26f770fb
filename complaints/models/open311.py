"""A case that an application filed through Open311 for a citizen (docs/open311.md, decision 0017)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Case
from complaints.models.public_answer import new_slug
from complaints.querysets import FiledRequestQuerySet
from efficiency.keys.models import ApiKey


class FiledRequest(models.Model):
    """
    What an application knows a case by, and whether its citizen has fetched number and secret code.

    The id is drawn by lot: it leads to state and dates and is no number of a case. The application is known by its key,
    the citizen by nothing: no account, device or address of theirs is kept (docs/trust.md P-05).
    """

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="filed_request", verbose_name=_("case"))
    slug = models.CharField(max_length=16, unique=True, default=new_slug, editable=False)
    key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+", verbose_name=_("API key"))
    collected_at = models.DateTimeField(_("receipt fetched at"), null=True, blank=True)

    objects = FiledRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("request filed through Open311")
        verbose_name_plural = _("requests filed through Open311")

    def __str__(self) -> str:
        return self.slug
