"""Bring the documents that the portal makes by itself in line with what they are made of."""

import json
from dataclasses import asdict

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import timezone

from disclosure.automatic import catching_up


class Command(BaseCommand):
    """Catch up once; a second run finds everything there and changes nothing."""

    help = "Makes documents of service items, posts and public answers that have none yet, and renews the others."

    def handle(self, **_options: object) -> None:
        """Catch up and print what was done as JSON."""
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        self.stdout.write(json.dumps(asdict(catching_up.catch_up(at=timezone.now()))))
