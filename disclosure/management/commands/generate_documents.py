"""Add synthetic documents for load tests and benchmarks."""

import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from disclosure.generating import generator
from efficiency.access.models import User


class Command(BaseCommand):
    """Add realistic synthetic documents with versions and steps; the same seed gives the same documents."""

    help = "Adds synthetic documents of disclosure, found by search like all others; same seed, same data."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take count, seed, base and days."""
        parser.add_argument("--count", type=int, required=True, help="how many documents")
        parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same documents")
        parser.add_argument(
            "--base", type=int, help="make so many and copy them in the database until there are --count, a multiple"
        )
        parser.add_argument("--days", type=int, default=3650, help="published within so many days (default 3650)")

    def handle(self, *, count: int, seed: int, base: int | None, days: int, **_options: object) -> None:
        """Generate, with a line of progress, and say how fast it was."""
        base = base or count
        if min(count, base, days) < 1:
            raise CommandError("--count, --base and --days are at least 1.")
        if count % base:
            raise CommandError("--count is a multiple of --base: every document is copied as often as any other.")
        if not settings.DEMONSTRATION and User.objects.exists():
            raise CommandError("This is no demonstration: people have accounts here, and what is public is theirs.")
        now, began, said = timezone.now(), time.monotonic(), time.monotonic()

        def progress(done: int) -> None:
            nonlocal said
            if time.monotonic() - said > 5:
                said = time.monotonic()
                self.stdout.write(f"  {done} of {count} documents")

        generator.generate(base, times=count // base - 1, seed=seed, days=days, now=now, progress=progress)
        seconds = time.monotonic() - began
        self.stdout.write(f"{count} documents generated in {seconds:.1f} seconds, {count / seconds:.0f} a second.")
