"""``manage.py check_deadlines``: one complete sweep, the same that the worker runs every minute."""

import json
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from efficiency.deadlines import sweep
from efficiency.deadlines.clock import ClockDoubtful


class Command(BaseCommand):
    """Sweep once, as of now or as if the clock stood elsewhere."""

    help = "Raise every promise that is due to the level it has reached, and print what was done as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the moment of a rehearsal."""
        parser.add_argument(
            "--at",
            type=moment,
            metavar="ISO",
            help="sweep as if the clock stood there, not earlier than the last sweep; "
            "a moment without a zone is one of the portal's",
        )

    def handle(self, *args: Any, at: datetime | None = None, **options: Any) -> None:
        """Run the sweep and print one JSON object."""
        try:
            result = sweep.tick() if at is None else sweep.run(at=at, rehearsal=True)
        except (ClockDoubtful, sweep.SweepFailed) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(result.as_dict()))


def moment(text: str) -> datetime:
    """
    Return the moment that is written as ISO 8601.

    :raises ValueError: it is not one
    """
    parsed = parse_datetime(text) or parse_datetime(f"{text}T00:00:00")
    if parsed is None:
        raise ValueError(text)
    return parsed if timezone.is_aware(parsed) else timezone.make_aware(parsed)
