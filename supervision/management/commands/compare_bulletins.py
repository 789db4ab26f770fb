"""``manage.py compare_bulletins [PERIOD…]``: what a recount now finds to be another figure than was told last."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from supervision.bulletins import comparing, periods
from supervision.bulletins.sealing import text
from supervision.models import Bulletin


class Command(BaseCommand):
    """Prints a line of JSON for each difference; it stores nothing: the next monthly bulletin tells it."""

    help = "Compare the figures of bulletins with a recount as known now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take periods such as 2026-10; all bulletins without."""
        parser.add_argument("periods", nargs="*", metavar="PERIOD")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what differs."""
        wanted, at = [periods.of_slug(slug) for slug in options["periods"]], timezone.now()
        for bulletin in Bulletin.objects.order_by("since", "pk"):
            if wanted and bulletin.period not in wanted:
                continue
            for each in comparing.differences(bulletin, at=at):
                said = {
                    "bulletin": bulletin.slug,
                    "scope": each.scope,
                    "key": each.key,
                    "figure": each.name,
                    "old": [text(side) for side in each.old],
                    "new": [text(side) for side in each.new],
                    "why": each.why.value,
                }
                self.stdout.write(json.dumps(said, ensure_ascii=False))
