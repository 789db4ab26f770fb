"""``manage.py confirm_clock``: an operator says that the clock is right although it jumped (docs/trust.md D-08)."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from efficiency.deadlines import clock


class Command(BaseCommand):
    """Let sweeps go on from the clock as it stands now."""

    help = "Confirm that the clock is right although it jumped; sweeps go on from here."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the confirmation down and say for which moment."""
        confirmation = clock.confirm(clock.read())
        self.stdout.write(_("The clock is confirmed at %(at)s.") % {"at": confirmation.at.isoformat()})
