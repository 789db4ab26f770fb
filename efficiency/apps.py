"""The foundation as a Django app."""

from functools import partial

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class EfficiencyConfig(AppConfig):
    """Organs and posts, time, deadlines, messages, access."""

    name = "efficiency"
    verbose_name = _("foundation")

    def ready(self) -> None:
        """Make known how people stand to organs, posts, tenures and accounts, and what is said about these."""
        from efficiency import accounts, appointments
        from efficiency.access import foundation
        from efficiency.access.may import may
        from efficiency.audit.records import record
        from efficiency.timing import registry as calendar_registry
        from efficiency.timing import store as calendar_store

        # A set-up step, not a rule: without a calendar nothing can be promised, in a new database as in a test's.
        post_migrate.connect(calendar_store.seed_after_migrate, sender=self)
        calendar_registry.ask_permission_of(partial(may, fresh=True))
        calendar_registry.on_step(record)
        foundation.register()
        accounts.register_messages()
        appointments.register_messages()
