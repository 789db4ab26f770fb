"""Bring in counts of months before the portal existed (docs/domain.md 12)."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from supervision.figures import importing


class Command(BaseCommand):
    """All of a file goes in, or nothing; each fault is told by row and column."""

    help = "Brings in a CSV file with the columns organ (code), month (2005-03), indicator and count."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask for the file, and whether it is only to be looked at."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--preview", action="store_true", help="say what it would do, and do nothing")

    def handle(self, *, file: Path, preview: bool, **_options: Any) -> None:
        """Bring the file in, and print what that did as JSON."""
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(str(error)) from None
        found = importing.bring_in(content, file.name, at=timezone.now(), preview=preview)
        for fault in found.faults:
            self.stderr.write(str(fault))
        if found.faults:
            raise CommandError("Nothing was imported.")
        self.stdout.write(
            json.dumps(
                {
                    "new": found.new,
                    "replaced": found.replaced,
                    "same": found.same,
                    "imported_before": found.was_known,
                    "preview": preview,
                }
            )
        )
