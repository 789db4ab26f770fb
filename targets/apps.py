"""The app of target management."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TargetsConfig(AppConfig):
    """Registers what is planned, reported and appraised."""

    name = "targets"
    verbose_name = _("target management")

    def ready(self) -> None:
        from targets.measures import registering as measures

        measures.register()
