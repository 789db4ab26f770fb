"""``manage.py first_people``: names the system administrator and the officer with whom a portal begins."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from efficiency import founding


class Command(BaseCommand):
    """Name the first two people, once; everybody else is proposed and confirmed by them."""

    help = "Name the first system administrator and the first officer of the efficiency office."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take account, name and post of each."""
        for option in ("--administrator", "--officer"):
            parser.add_argument(option, nargs=3, required=True, metavar=("ACCOUNT", "NAME", "POST"))

    def handle(self, *args: Any, administrator: list[str], officer: list[str], **options: Any) -> None:
        """Name them, and print for each the address at which a password is set, once and within a day."""
        try:
            paths = founding.found(founding.First(*administrator), founding.First(*officer), at=timezone.now())
        except founding.CannotFound as refusal:
            raise CommandError(str(refusal)) from refusal
        for (username, name, _post), path in zip((administrator, officer), paths, strict=True):
            self.stdout.write(f"{username} ({name}) sets a password at {settings.PORTAL_URL.rstrip('/')}{path}")
