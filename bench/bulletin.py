"""
Composing the bulletin of a month over N cases and 2 N matters, as the worker does it: piece by piece.

Before it lie the bulletins of thirteen months, with their quarters and their year; then some of what they counted
changes. Measured is each piece of the work on the last month: the comparison of every earlier bulletin, the table by
category and organ among it, and the freezing of the month's own figures; and how many figures come of it.
``python bench/bulletin.py items`` and ``measure`` run in processes of their own.
"""

import json
import sys
import time
from collections.abc import Iterator
from typing import Any

import cases
import matters
import servers
from results import Result, below, told

MONTHS = 13
# Of the limit of the task so much is left free: other work goes on beside it.
ROOM = 4
# So many cases of a closed month are put in another class, so that there is something to correct.
RECLASSIFIED = 50


def run(scratch: servers.Scratch, sizes: list[int]) -> Iterator[Result]:
    """Measure it over each of so many cases."""
    for size in sizes:
        with cases.lent(scratch, size) as (database, speed):
            yield speed
            _step(database, "items")
            servers.manage(database, "generate_matters", f"--count={2 * size}", f"--seed={cases.SEED}")
            servers.manage(database, "recount_figures")
            cases.run(database, "VACUUM (ANALYZE)")
            found = _step(database, "measure")
            limit = found["limit"] / ROOM
            yield below("bulletin", size, found["whole"], "s", limit)
            yield below("bulletin: longest piece", size, found["longest"], "s", limit)
            yield told("bulletin: pieces", size, found["pieces"], "")
            yield told("bulletin: freezing", size, found["freezing"], "s")
            yield told("bulletin: one earlier bulletin compared", size, found["compared"], "s")
            yield told("bulletin: figures", size, found["figures"], "")
            yield told("bulletin: corrections", size, found["corrections"], "")


def _step(database: servers.Scratch, *arguments: str) -> dict[str, Any]:
    output = servers.run_program([*servers.PYTHON, "bench/bulletin.py", *arguments], database)
    return json.loads(output.splitlines()[-1])


def _items() -> dict[str, int]:
    """Make the items that matters are about."""
    matters._prepare()
    return {"items": matters.ITEMS}


def _measure() -> dict[str, float]:
    from django.db import connection
    from django.utils import timezone

    from efficiency.timing.due import add_months
    from supervision.bulletins import opening, tasks
    from supervision.bulletins.enums import Span
    from supervision.bulletins.periods import Period, around, last_over
    from supervision.figures import rollups
    from supervision.models import Bulletin

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    at = timezone.now()
    last = last_over(Span.MONTH, at - opening.SETTLED)
    months = [Period(Span.MONTH, add_months(last.since, -back)) for back in range(MONTHS, 0, -1)]
    longer = {around(span, each.since) for span in (Span.QUARTER, Span.YEAR) for each in months}
    for period in [
        *months,
        *sorted((each for each in longer if each.until <= last.since), key=lambda each: each.since),
    ]:
        opening._freeze(period, at)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE complaints_case SET channel = 'phone' WHERE id IN (SELECT id FROM complaints_case"
            " WHERE channel <> 'phone' AND received_at < %s ORDER BY received_at DESC LIMIT %s)",
            [last.cut_off, RECLASSIFIED],
        )
    rollups.update(at=timezone.now())
    pieces = []
    while not Bulletin.objects.filter(slug=last.slug).exists():
        now = timezone.now()
        began = time.perf_counter()
        if not opening._go_on(last, now):
            raise SystemExit("The bulletin could not be composed.")
        pieces.append(time.perf_counter() - began)
    made = Bulletin.objects.get(slug=last.slug)
    *compared, freezing = pieces
    return {
        "limit": tasks.LIMIT,
        "whole": sum(pieces),
        "longest": max(pieces),
        "pieces": len(pieces),
        "freezing": freezing,
        "compared": sum(compared) / len(compared) if compared else 0,
        "figures": made.figures.count(),
        "corrections": made.corrections.count(),
    }


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(_items() if sys.argv[1] == "items" else _measure()))
