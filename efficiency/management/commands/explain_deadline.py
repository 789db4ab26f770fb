"""Print the due date of a limit and the account of it."""

import json
from argparse import ArgumentParser
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from efficiency.timing import store
from efficiency.timing.calendar import OutsideCalendar
from efficiency.timing.due import ZONE, BadLimit, Limit, Unit
from efficiency.timing.explain import explain


class Command(BaseCommand):
    """``explain_deadline --start 2026-02-06 --limit 15wd`` prints one JSON object."""

    help = "Prints when a limit ends, and the day-by-day account of it, as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the start, which counts as it is (docs/domain.md 3.1 rule 3), and the limit."""
        parser.add_argument(
            "--start", required=True, help="date or moment in ISO 8601; without a zone it is one of Asia/Shanghai"
        )
        parser.add_argument("--limit", required=True, help="number and unit: 15wd, 30d, 24h, 4wh, 6m, 2y")
        parser.add_argument(
            "--calendar-days", action="store_true", help="count the number of the limit in calendar days instead"
        )

    def handle(self, *args: Any, start: str, limit: str, calendar_days: bool, **options: Any) -> None:
        """Explain it."""
        try:
            parsed = Limit.parse(f"{limit}d" if calendar_days and limit.isdecimal() else limit)
        except BadLimit as error:
            raise CommandError(f"--limit: {error}") from error
        if calendar_days:
            if parsed.unit not in (Unit.WORKING_DAY, Unit.DAY):
                raise CommandError(f"--calendar-days goes with a number of days, not with {parsed}.")
            parsed = Limit(parsed.number, Unit.DAY)
        try:
            account = explain(_moment(start), parsed, calendar=store.load())
        except OutsideCalendar as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(account.as_dict(), ensure_ascii=False, indent=2))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise CommandError(
            f"--start: {text!r} is no date or moment in ISO 8601, such as 2026-02-06 or 2026-02-06T09:30+08:00."
        ) from error
    if "T" not in text and " " not in text.strip():
        moment = datetime.combine(moment.date(), time())
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)
