"""``manage.py migrate``: Django's own, as the owner of the tables where there is one."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.core.management.commands.migrate import Command as DjangoCommand

from efficiency.runtime.database import as_owner
from efficiency.runtime.quick_migrations import models_are_kept


class Command(DjangoCommand):
    """Migrate as the owner; the rights of the runtime role are granted afterwards (docs/trust.md L-02)."""

    # Called with the count of migrations applied so far, whatever the verbosity.
    on_applied: Callable[[int], None] | None = None
    _applied = 0

    def handle(self, *args: Any, **options: Any) -> None:
        """Run Django's command with the connection of the owner."""
        # Whoever names a migration may want to go back to it.
        with as_owner(options["database"]), nullcontext() if options.get("migration_name") else models_are_kept():
            super().handle(*args, **options)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:
        """Count, besides what Django prints."""
        if action == "apply_success":
            self._applied += 1
            if self.on_applied is not None:
                self.on_applied(self._applied)
        super().migration_progress_callback(action, migration, fake)
