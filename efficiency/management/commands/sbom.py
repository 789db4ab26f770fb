"""``manage.py sbom``: what the portal is made of, as CycloneDX (docs/trust.md C-05)."""

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from efficiency.runtime.bill import bill


class Command(BaseCommand):
    """Print the bill of materials of the lock files."""

    help = "Print the software bill of materials as CycloneDX JSON, from requirements.txt and package-lock.json."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Print it."""
        self.stdout.write(json.dumps(bill(settings.BASE_DIR), ensure_ascii=False, indent=2))
