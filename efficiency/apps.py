"""The foundation as a Django app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EfficiencyConfig(AppConfig):
    """Organs and posts, time, deadlines, messages, access."""

    name = "efficiency"
    verbose_name = _("foundation")

    def ready(self) -> None:
        """Make known how people stand to organs, posts, tenures and accounts."""
        from efficiency.access import foundation

        foundation.register()
