"""``manage.py verify``: the invariants over the whole database, each with its count of violations."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection

from efficiency.audit import verify


class Command(BaseCommand):
    """Check every invariant; exit code 1 if any is violated."""

    help = "Check the invariants of docs/trust.md over the whole database."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print a line for each invariant as soon as it is known, then the sum."""
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        violations = 0
        for finding in verify.run():
            violations += finding.violations
            style = self.style.ERROR if finding.violations else self.style.SUCCESS
            self.stdout.write(style(f"{finding.number:<5} {finding.violations:>8}  {finding.title}"))
        self.stdout.write(f"{'':<5} {violations:>8}")
        if violations:
            raise SystemExit(1)
