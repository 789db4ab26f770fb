"""``manage.py second_trigger``: does the engine's work when the engine itself is late (docs/trust.md D-05)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from efficiency import tasks
from efficiency.chain import lag
from efficiency.deadlines import heartbeat
from efficiency.deadlines.clock import ClockDoubtful
from efficiency.deadlines.sweep import SweepFailed
from efficiency.runtime import supervisor


class Command(BaseCommand):
    """Sweep, send messages and seal without broker, worker and beat, if the last complete sweep is too long ago."""

    help = (
        "Sweep and send the messages that are due if the heartbeat is too old, and seal the record if that was not "
        "done for as long. Needs the database alone: made for a timer of systemd or a CronJob that runs every minute."
    )

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
        # Of its own: a record that nobody seals stays unseen while the sweeps go on.
        if lag.seconds(now) > after:
            tasks.seal()
        age = heartbeat.age(now)
        if age is not None and age <= after:
            self.stdout.write(f"The last complete sweep was {age:.0f} seconds ago; nothing to do.")
            return
        try:
            tasks.check_deadlines()
            tasks.send_messages()
        except (ClockDoubtful, SweepFailed) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Swept and sent, as the engine was late.")
