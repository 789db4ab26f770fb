"""``manage.py black_out``: take a text out of the record because a court or a law demands it (docs/trust.md L-05)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from efficiency.access.models import User
from efficiency.chain import redacting, registry
from efficiency.deadlines import clock
from efficiency.runtime.database import as_owner


class Command(BaseCommand):
    """Black out one text of one sealed row, as the owner of the tables; its hash stays in the chain."""

    help = "Take a text out of a sealed row of the record. Its hash stays, with who decided it and why."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the row as ``verify`` names it, the text, and on whose decision."""
        parser.add_argument("kind", choices=[sealed.name for sealed in registry.kinds() if sealed.texts])
        parser.add_argument("row", type=int)
        parser.add_argument("text", help="such as public_text")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="who decided it")
        parser.add_argument("--why", required=True, help="judgment or rule; no word of the text itself")

    def handle(self, *args: Any, kind: str, row: int, text: str, by: str, why: str, **options: Any) -> None:
        """Do it, and say so."""
        decided_by = User.objects.filter(username=by).first()
        if decided_by is None:
            raise CommandError(f"nobody has the account {by}")
        try:
            with as_owner():
                redacting.black_out(kind, row, text, by=decided_by, why=why, at=clock.read().at)
        except redacting.NotThere:
            raise CommandError(f"{kind} {row} has no {text} in the chain, or it is gone already") from None
        self.stdout.write(f"{kind} {row}: {text} is gone, its hash stays")
