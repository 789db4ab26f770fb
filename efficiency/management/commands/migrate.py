"""``manage.py migrate``: Django's own, as the owner of the tables where there is one."""

from typing import Any

from django.core.management.commands.migrate import Command as DjangoCommand

from efficiency.runtime.database import as_owner


class Command(DjangoCommand):
    """Migrate as the owner; the rights of the runtime role are granted afterwards (docs/trust.md L-02)."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Run Django's command with the connection of the owner."""
        with as_owner(options["database"]):
            super().handle(*args, **options)
