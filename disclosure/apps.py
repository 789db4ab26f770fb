"""The app of government-affairs disclosure."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisclosureConfig(AppConfig):
    """Registers what must be disclosed, what it promises, and who may see it."""

    name = "disclosure"
    verbose_name = _("government-affairs disclosure")

    def ready(self) -> None:
        """Tell the foundation what disclosure promises, who may see it, and what must hold."""
        from disclosure.requests import registering as requests

        requests.register()
