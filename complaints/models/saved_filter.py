"""A choice of filters that a member of staff keeps under a name, for themself alone."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class SavedFilter(models.Model):
    """Filters of the list of cases as they stand in its address; words that were searched for are not among them."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(_("filters"), max_length=500)
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        constraints = [
            models.UniqueConstraint(
                name="saved_filter_named_once",
                fields=["owner", "name"],
                violation_error_message=_("You have a filter of this name already."),
            ),
            models.CheckConstraint(name="saved_filter_has_name_and_query", condition=~Q(name="") & ~Q(query="")),
        ]

    def __str__(self) -> str:
        return self.name
