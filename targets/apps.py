"""The app of target management."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TargetsConfig(AppConfig):
    """Registers what is planned, reported and appraised."""

    name = "targets"
    verbose_name = _("target management")

    def ready(self) -> None:
        """Tell the foundation of each part; none of them asks the database here."""
        from efficiency import demonstration
        from targets import demo
        from targets import tasks as _tasks  # noqa: F401 - the tasks register themselves
        from targets.appraisal import registering as appraisal
        from targets.measures import registering as measures
        from targets.plans import registering as plans
        from targets.reports import registering as reports
        from targets.sheets import registering as sheets

        plans.register()
        reports.register()
        appraisal.register()
        measures.register()
        sheets.register()
        demonstration.register("targets", demo.load)
