"""Add synthetic cases for load tests and benchmarks."""

import time

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from complaints.demo import generator, loading


class Command(BaseCommand):
    """Add realistic synthetic cases with events, promises and evaluations; the same seed gives the same cases."""

    help = "Adds synthetic cases with everything that belongs to them, through COPY; same seed, same data."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take count, seed, base, days, and whether all of them are to be overdue."""
        parser.add_argument("--count", type=int, required=True, help="how many cases")
        parser.add_argument("--seed", type=int, required=True, help="the same seed gives the same cases")
        parser.add_argument(
            "--base", type=int, help="make so many and copy them in the database until there are --count, a multiple"
        )
        parser.add_argument("--days", type=int, default=365, help="filed within so many days (default 365)")
        parser.add_argument(
            "--overdue", action="store_true", help="all of them with a broken promise that no sweep has seen yet"
        )
        parser.add_argument(
            "--archive",
            action="store_true",
            help="few of them open, and those at rest without their course: to measure lists of many millions",
        )

    def handle(
        self, *, count: int, seed: int, base: int | None, days: int, overdue: bool, archive: bool, **_options: object
    ) -> None:
        """Generate, with a line of progress, and say how fast it was."""
        base = base or count
        if min(count, base, days) < 1:
            raise CommandError("--count, --base and --days are at least 1.")
        if count % base:
            raise CommandError("--count is a multiple of --base: every case is copied as often as any other.")
        if overdue and archive:
            raise CommandError("What is overdue is not at rest: --overdue or --archive, not both.")
        now, began, said = timezone.now(), time.monotonic(), time.monotonic()
        try:
            loading.load_organs_and_people(at=now)
        except loading.RealPeople as refusal:
            raise CommandError(
                "This is not a demonstration: people have accounts here. Synthetic cases have no place among real ones."
            ) from refusal

        def progress(done: int) -> None:
            nonlocal said
            if time.monotonic() - said > 5:
                said = time.monotonic()
                self.stdout.write(f"  {done} of {count} cases")

        generator.generate(
            base,
            seed=seed,
            days=days,
            now=now,
            overdue=overdue,
            archive=archive,
            times=count // base - 1,
            progress=progress,
        )
        seconds = time.monotonic() - began
        self.stdout.write(f"{count} cases generated in {seconds:.1f} seconds, {count / seconds:.0f} a second.")
