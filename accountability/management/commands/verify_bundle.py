"""``manage.py verify_bundle FILE``: whether a ZIP is the bundle that its manifest describes."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accountability.papers import archive


class Command(BaseCommand):
    """Compares every file with the manifest; prints JSON, and ends with 1 where anything differs."""

    help = "Check a bundle of evidence against its manifest of hashes."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        """
        Print what is wrong.

        :raises CommandError: anything is
        """
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        faults = archive.faults_of(file.read_bytes())
        self.stdout.write(json.dumps({"file": file.name, "faults": faults}, ensure_ascii=False))
        if faults:
            raise CommandError(f"The bundle is not what its manifest says: {len(faults)} faults.", returncode=1)
