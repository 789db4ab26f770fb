"""The app of fault accountability."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountabilityConfig(AppConfig):
    """Registers what follows from a promise that was not kept."""

    name = "accountability"
    verbose_name = _("fault accountability")

    def ready(self) -> None:
        """Have each part make itself known."""
        from accountability import sealed
        from accountability.cards import registering as cards
        from accountability.corrections import registering as corrections
        from accountability.faults import registering as faults
        from accountability.papers import registering as papers

        cards.register()
        corrections.register()
        faults.register()
        papers.register()
        sealed.register()
