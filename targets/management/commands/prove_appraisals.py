"""``manage.py prove_appraisals [ID…]``: whether published appraisals follow from the records as of their date."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from targets.appraisal import snapshots
from targets.models import Appraisal


class Command(BaseCommand):
    """Reckons each published appraisal anew; prints a line of JSON for each, and ends with 1 where anything differs."""

    help = "Prove published appraisals from the records as they were known at their date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the keys of appraisals; all that were published without."""
        parser.add_argument("ids", nargs="*", type=int, metavar="ID")

    def handle(self, *args: Any, ids: list[int], **options: Any) -> None:
        """
        Print what differs of each.

        :raises CommandError: anything does, or an appraisal was never published
        """
        published = Appraisal.objects.exclude(snapshot_sha256="").order_by("pk")
        if ids:
            published = published.filter(pk__in=ids)
            if missing := sorted(set(ids) - set(published.values_list("pk", flat=True))):
                raise CommandError(f"Never published: {', '.join(map(str, missing))}.")
        unproven = 0
        for appraisal in published:
            snapshot = snapshots.latest(appraisal)
            found = ["there is no snapshot"] if snapshot is None else snapshots.differences(snapshot)
            unproven += bool(found)
            said = {"appraisal": appraisal.pk, "sha256": appraisal.snapshot_sha256, "differences": found}
            self.stdout.write(json.dumps(said, ensure_ascii=False))
        if unproven:
            raise CommandError(f"{unproven} appraisals do not follow from the records.", returncode=1)
