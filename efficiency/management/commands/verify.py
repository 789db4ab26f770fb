"""``manage.py verify``: the invariants over the whole database, each with its count of violations."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from efficiency.audit import verify
from efficiency.chain import heads


class Command(BaseCommand):
    """Check every invariant; exit code 1 if any is violated."""

    help = "Check the invariants of docs/trust.md over the whole database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which invariants to check, and what was published of the chain."""
        parser.add_argument("--only", nargs="+", default=[], metavar="NUMBER", help="check these alone, such as I-11")
        parser.add_argument(
            "--against",
            metavar="HEADFILE|HASH",
            help="is this in the chain of hashes? A head that was published, or a file of heads: as JSON, or lines "
            "with number and hash; - reads them from the standard input",
        )

    def handle(self, *args: Any, only: list[str], against: str | None, **options: Any) -> None:
        """Print a line for each invariant as soon as it is known, then the sum, then what was held against it."""
        known = [] if against is None else _read(against)
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        violations = 0
        for finding in verify.run(*only):
            violations += finding.violations
            style = self.style.ERROR if finding.violations else self.style.SUCCESS
            self.stdout.write(style(f"{finding.number:<5} {finding.violations:>8}  {finding.title}"))
            if finding.first:
                self.stdout.write(style(f"{'':<15} {finding.first}"))
        self.stdout.write(f"{'':<5} {violations:>8}")
        for head in known:
            is_there = heads.is_contained(head)
            violations += not is_there
            style = self.style.SUCCESS if is_there else self.style.ERROR
            self.stdout.write(style(f"{head} {'is' if is_there else 'is NOT'} in the chain"))
        if violations:
            raise SystemExit(1)


def _read(against: str) -> list[heads.Head]:
    """Return the heads that are meant by what was typed: those of a file, or the one itself."""
    try:
        if against == "-":
            return heads.parse(sys.stdin.read())
        path = Path(against)
        return heads.parse(path.read_text(encoding="utf-8") if path.is_file() else against)
    except (OSError, ValueError) as error:
        raise CommandError(f"{against}: neither a hash nor a file with heads of the chain") from error
