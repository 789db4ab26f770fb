"""The app of government-affairs disclosure."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DisclosureConfig(AppConfig):
    """Registers what must be disclosed, what it promises, and who may see it."""

    name = "disclosure"
    verbose_name = _("government-affairs disclosure")

    def ready(self) -> None:
        """Have each part make itself known."""
        from disclosure import automatic, documents, sealed
        from disclosure.catalogue import setup as catalogue
        from disclosure.demo import loading as demonstration
        from disclosure.open_data import sets
        from disclosure.public import registering as public
        from disclosure.requests import registering as requests

        catalogue.register(self)
        documents.register()
        public.register()
        requests.register()
        automatic.register()
        sets.register()
        demonstration.register()
        sealed.register()
