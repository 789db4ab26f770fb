"""Build the rollups of the figures anew from what there is (docs/domain.md 12)."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from supervision.figures import rollups


class Command(BaseCommand):
    """Build all anew; whoever reads meanwhile reads what was there before."""

    help = "Builds the rollups of all figures anew from cases, matters, promises and cards."

    def handle(self, **_options: Any) -> None:
        """Build, and print of how many subjects as JSON."""
        self.stdout.write(json.dumps({"subjects": rollups.build(at=timezone.now())}))
