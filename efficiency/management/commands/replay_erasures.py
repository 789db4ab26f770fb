"""``manage.py replay_erasures``: run before the portal opens, so that no backup brings anybody back (P-11)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from efficiency import erasure_ledger


class Command(BaseCommand):
    """Erase again what was erased before the backup was restored, and complete the list of erasures."""

    help = "Erase again what a restored backup brought back, by the list of erasures (docs/operate.md)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay, then list; say how many cases that were."""
        at = timezone.now()
        erased = listed = 0
        for part in erasure_ledger.parts():
            try:
                erased += part.replay(at=at)
                listed += part.complete(at=at)
            except OSError as error:
                raise CommandError(
                    f"The list of erasures {erasure_ledger.path(part.of)} cannot be read or written: {error.strerror}."
                ) from error
        if erased or listed:
            self.stdout.write(f"{erased} cases erased again, {listed} erasures added to the list.")
