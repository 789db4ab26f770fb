"""The app of government-affairs disclosure."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisclosureConfig(AppConfig):
    """Registers what must be disclosed, what it promises, and who may see it."""

    name = "disclosure"
    verbose_name = _("government-affairs disclosure")

    def ready(self) -> None:
        """Let the parts tell the foundation what they have."""
        from disclosure import documents
        from disclosure.catalogue import setup as catalogue
        from disclosure.public import registering as public
        from disclosure.requests import registering as requests

        catalogue.register(self)
        documents.register()
        public.register()
        requests.register()
