"""Load the demonstration: organs, people and a thousand cases, once."""

import logging
import time
from datetime import datetime

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from complaints.demo import loading


class Command(BaseCommand):
    """Load what is missing of the demonstration; a second run finds everything there and does nothing."""

    help = "Loads the organs of Foshan, demonstration accounts and a thousand cases, once."

    def handle(self, **_options: object) -> None:
        """Load, with a line of progress, and say in which case one can look."""
        began, said = time.monotonic(), 0.0

        def progress(done: int, of: int, at: datetime) -> None:
            nonlocal said
            if time.monotonic() - said > 5 or done == of:
                said = time.monotonic()
                self.stdout.write(f"  {done:4d} of {of} steps played, up to {timezone.localdate(at)}")

        # One line for each past midnight would bury the line of progress.
        logging.getLogger("efficiency.deadlines").setLevel(logging.WARNING)
        try:
            count = loading.load(now=timezone.now(), progress=progress)
        except loading.RealPeople as refusal:
            raise CommandError(
                "This is not a demonstration: people have accounts here. The accounts of the demonstration have a "
                "password that everybody knows."
            ) from refusal
        if count:
            self.stdout.write(f"{count} cases loaded in {time.monotonic() - began:.0f} seconds.")
        else:
            self.stdout.write("The demonstration was loaded before; nothing was changed.")
        if receipt := loading.demo_receipt():
            self.stdout.write(
                f"Follow one of them at /complaints/track/ with number {receipt[0]} and code {receipt[1]}"
            )
        if receipt := loading.demo_receipt(loading.ASKED):
            self.stdout.write(f"Answer what is asked in another with number {receipt[0]} and code {receipt[1]}")
