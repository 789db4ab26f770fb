"""``manage.py prove_bulletins [PERIOD…]``: whether figures follow from their counts, and the seals hold."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from supervision.bulletins import periods, proving
from supervision.models import Bulletin


class Command(BaseCommand):
    """Reckons each figure anew from its counts; prints a line of JSON for each bulletin, ends with 1 on faults."""

    help = "Prove the figures of bulletins from their stored counts, and their checksums."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take periods such as 2026-10, 2026-q3, 2026; all bulletins without."""
        parser.add_argument("periods", nargs="*", metavar="PERIOD")

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Print what does not hold of each.

        :raises CommandError: anything does not, or there is no such bulletin
        """
        bulletins = list(Bulletin.objects.order_by("since", "pk"))
        if wanted := [periods.of_slug(slug) for slug in options["periods"]]:
            bulletins = [each for each in bulletins if each.period in wanted]
            if len(bulletins) < len(set(wanted)):
                raise CommandError("There is no bulletin of one of these periods.")
        unproven = 0
        for bulletin in bulletins:
            found = [fault.what for fault in proving.faults(iter([bulletin]))]
            unproven += bool(found)
            said = {"bulletin": bulletin.slug, "sha256": bulletin.checksum, "faults": found}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        if unproven:
            raise CommandError(f"{unproven} bulletins do not follow from their counts.", returncode=1)
