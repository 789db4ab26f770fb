"""``manage.py second_trigger``: does the engine's work when the engine itself is late (docs/trust.md D-05)."""

from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from efficiency import tasks
from efficiency.chain import lag
from efficiency.deadlines import heartbeat
from efficiency.deadlines.clock import ClockDoubtful
from efficiency.deadlines.sweep import SweepFailed
from efficiency.runtime import supervisor

log = structlog.get_logger(__name__)


class Command(BaseCommand):
    """Sweep, send messages and seal without broker, worker and beat, if the last complete sweep is too long ago."""

    help = (
        "Sweep and send the messages that are due if the heartbeat is too old, and seal the record if that was not "
        "done for as long. Needs the database alone: made for a timer of systemd or a CronJob that runs every minute."
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Begin with nothing that failed."""
        super().__init__(*args, **options)
        self.failed: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the age of the heartbeat from which this acts."""
        parser.add_argument(
            "--after",
            type=float,
            default=supervisor.second_trigger_after(),
            metavar="SECONDS",
            help="age of the heartbeat from which this acts; SECOND_TRIGGER_AFTER or 300 by default",
        )

    def handle(self, *args: Any, after: float, **options: Any) -> None:
        """Do it, and say in one line whether there was a need."""
        now = timezone.now()
        age = heartbeat.age(now)
        is_late = age is None or age > after
        # What must not be late comes first, and what fails keeps nothing else from being done (docs/trust.md D-05).
        if is_late:
            self._try("check_deadlines")
            self._try("send_messages")
        # Of its own: a record that nobody seals stays unseen while the sweeps go on.
        if lag.seconds(now) > after:
            self._try("seal")
        if self.failed:
            raise CommandError("\n".join(self.failed))
        if is_late:
            self.stdout.write("Swept and sent, as the engine was late.")
        else:
            self.stdout.write(f"The last complete sweep was {age or 0.0:.0f} seconds ago; nothing to do.")

    def _try(self, name: str) -> None:
        try:
            getattr(tasks, name)()
        except (ClockDoubtful, SweepFailed) as error:
            self.failed.append(str(error))
        except Exception as error:
            log.exception("second_trigger_failed", job=name)
            self.failed.append(f"{name}: {type(error).__name__}")
