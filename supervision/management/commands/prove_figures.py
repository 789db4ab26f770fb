"""Compare the rollups with a recount from the sources (docs/domain.md 12, docs/trust.md I-18)."""

import json
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from efficiency.timing.due import add_months, local_day
from supervision.desk import standing
from supervision.figures import proving, rollups
from targets.measures.registry import Figure


class Command(BaseCommand):
    """Bring the rollups up to date, compare every figure, and end with 1 if any differs."""

    help = (
        "Compares every figure of a period, and what stood at the ends of its months, with a recount: as a whole,"
        " by organ, kind, category and channel."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Ask for the days; without them, this month and the one before."""
        parser.add_argument("--since", type=date.fromisoformat, help="first day, 2026-03-01")
        parser.add_argument("--until", type=date.fromisoformat, help="day after the last")

    def handle(self, *, since: date | None, until: date | None, **_options: Any) -> None:
        """Compare, and print each difference as a line of JSON."""
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
        at = timezone.now()
        while (rollups.as_of() or rollups.NEVER) < at:
            if not rollups.update(at=at) and (rollups.as_of() or rollups.NEVER) < at:
                raise CommandError("Somebody else is bringing the rollups up to date; try again.")
        month = local_day(at).replace(day=1)
        since, until = since or add_months(month, -1), until or add_months(month, 1)
        if since >= until:
            raise CommandError("The first day comes before the last.")
        count = 0
        for each in (*proving.differences(since, until, at=at), *standing.differences(since, until, at=at)):
            count += 1
            told = {"figure": each.figure, "by": each.by, "key": None if each.key is None else str(each.key)}
            self.stdout.write(json.dumps(told | {"kept": _sides(each.kept), "counted": _sides(each.counted)}))
        asked = {"since": since.isoformat(), "until": until.isoformat(), "as_of": at.isoformat()}
        self.stdout.write(json.dumps(asked | {"differences": count}))
        if count:
            raise SystemExit(1)


def _sides(figure: Figure) -> list[int | None]:
    return [_number(figure.numerator), _number(figure.denominator)]


def _number(side: Decimal | None) -> int | None:
    return None if side is None else int(side)
