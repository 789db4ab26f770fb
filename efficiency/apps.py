"""The foundation as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EfficiencyConfig(AppConfig):
    """Organs and posts, time, deadlines, messages, access."""

    name = "efficiency"
    verbose_name = _("foundation")
