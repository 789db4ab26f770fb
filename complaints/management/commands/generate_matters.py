"""Add synthetic matters for the demonstration, load tests and benchmarks."""

import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from complaints.demo import loading, matters


class Command(BaseCommand):
    """Add realistic synthetic matters with reports and promises; the same seed gives the same matters."""

    help = "Adds synthetic matters of the service items, through COPY; same seed, same data."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take count, seed, days, and whether all of them still run."""
        parser.add_argument("--count", type=int, required=True, help="how many matters")
        parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same matters")
        parser.add_argument("--days", type=int, default=365, help="accepted within so many days (default 365)")
        parser.add_argument("--open", action="store_true", help="none of them has ended: to measure the sweep with")

    def handle(self, *, count: int, seed: int, days: int, open: bool, **_options: object) -> None:
        """Generate, with a line of progress, and say how fast it was."""
        if count < 1 or days < 1:
            raise CommandError("--count and --days are at least 1.")
        now, began, said = timezone.now(), time.monotonic(), time.monotonic()

        def progress(done: int) -> None:
            nonlocal said
            if time.monotonic() - said > 5:
                said = time.monotonic()
                self.stdout.write(f"  {done} of {count} matters")

        try:
            loading.load_organs_and_people(at=now)
            matters.generate(count, seed=seed, days=days, now=now, is_open=open, progress=progress)
        except loading.RealPeople as refusal:
            raise CommandError(
                "This is not a demonstration: people have accounts here. Synthetic matters have no place among real "
                "ones."
            ) from refusal
        except matters.NoItems as refusal:
            raise CommandError("No service item has a promise in force: load or write items first.") from refusal
        seconds = time.monotonic() - began
        self.stdout.write(f"{count} matters generated in {seconds:.1f} seconds, {count / seconds:.0f} a second.")
