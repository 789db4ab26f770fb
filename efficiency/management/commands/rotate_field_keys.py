"""``manage.py rotate_field_keys``: seal everything with the newest key of ``FIELD_KEYS`` (docs/trust.md P-01)."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone

from efficiency.access import rotating
from efficiency.audit.records import record


class Command(BaseCommand):
    """Seal anew while the portal runs, and say which keys are needed; exit code 1 while another than the newest is."""

    help = "Seal identities, originals' keys and mobile numbers with the newest key of FIELD_KEYS (docs/operate.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to look alone."""
        parser.add_argument("--check", action="store_true", help="change nothing; say which keys are needed")

    def handle(self, *, check: bool, **_options: object) -> None:
        """Rotate, then count what each key is needed for."""
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        newest = settings.FIELD_KEYS[0].partition(":")[0] if settings.FIELD_KEYS else ""
        if not check:
            self._rotate(newest)
        needed = rotating.keys_in_use()
        for name in sorted(needed):
            self.stdout.write(f"{name}: {needed[name]} values")
        if former := sorted(set(needed) - {newest}):
            raise CommandError(
                f"Still needed besides the newest key: {', '.join(former)}. Programs that were not restarted since "
                "FIELD_KEYS changed seal with the former one; restart them, then run this again."
            )

    def _rotate(self, newest: str) -> None:
        result = rotating.rotate()
        counts: dict[str, Any] = {"key": newest, "sealed": result.sealed, "broken": result.broken}
        record("keys.rotate", actor=None, detail=counts, at=timezone.now())
        self.stdout.write(f"{result.sealed} values sealed with {newest}.")
        if result.broken:
            self.stderr.write(
                self.style.ERROR(f"{result.broken} values do not open: damaged, or their key is not in FIELD_KEYS.")
            )
