"""
The figures of the overview over N cases and 2 N matters: from rollups, beside a recount of one month by hand.

Asked is what the page asks the rollups for: its figures of a month, of the month before and of the same month a year
ago, their course over 13 months, the trend, and the ranking of the organs with all its columns, for months drawn at
random; what stands now, and the page itself, ``overview_page`` measures. Measured besides are building the
rollups, bringing them up to date after a minute's worth of changes, and whether every figure equals the recount.
``python bench/overview.py items`` and ``measure TURNS`` run in processes of their own.
"""

import json
import statistics
import sys
import time
from collections.abc import Collection, Iterator
from datetime import date
from random import Random
from typing import Any

import cases
import matters
import overview_page
import servers
from results import Result, below, beside, told

MILLISECONDS = 150
SECONDS = 60
ASKED = 100
# A city's busy minute, many times over: cases that go on, cases that are put in another class, matters reported.
REPLIED, RECLASSIFIED, REPORTED = 200, 50, 2_000
# A month by hand: what was received, replied, decided and evaluated, by the rows as they are now.
REFERENCE = """
SELECT (SELECT count(*) FROM complaints_case WHERE received_at >= %(since)s AND received_at < %(until)s),
       (SELECT count(*) FROM efficiency_deadline WHERE kind IN ('complaints.reply', 'complaints.rework')
           AND (met_at >= %(since)s AND met_at < %(until)s OR ended_at IS NULL AND overdue_at <= %(until)s)),
       (SELECT count(*) FROM efficiency_deadline WHERE kind = 'complaints.matter'
           AND (met_at >= %(since)s AND met_at < %(until)s OR ended_at IS NULL AND overdue_at <= %(until)s)),
       (SELECT count(*) FILTER (WHERE grade >= 3) FROM complaints_evaluation WHERE at >= %(since)s AND at < %(until)s)
"""


def run(
    scratch: servers.Scratch, sizes: list[int], *, names: Collection[str], requests: int, turns: int
) -> Iterator[Result]:
    """Measure the statements of the overview, its pages, or both, as ``names`` has them, over each of so many cases."""
    for size in sizes:
        with cases.lent(scratch, size) as (database, speed):
            yield speed
            _step(database, "items")
            servers.manage(database, "generate_matters", f"--count={2 * size}", f"--seed={cases.SEED}")
            cases.run(database, "VACUUM (ANALYZE)")
            if "overview" in names:
                yield from _statements(database, size, turns)
            else:
                servers.manage(database, "recount_figures")
            if "overview_page" in names:
                cases.run(database, "VACUUM (ANALYZE)")
                yield from overview_page.run(database, size, requests=requests, turns=turns)


def _statements(database: servers.Scratch, size: int, turns: int) -> Iterator[Result]:
    """Measure the statements alone."""
    found = _step(database, "measure", str(turns))
    yield told("overview: rollups built", size, found["subjects"] / found["building"], "subjects/s")
    yield told("overview: cells", size, found["cells"], "")
    yield told("overview: rollups on disk", size, found["bytes"] / 2**20, "MiB")
    yield below("overview p95", size, found["p95"], "ms", MILLISECONDS)
    yield told("overview median", size, found["median"], "ms")
    yield told("overview statements", size, found["statements"], "")
    yield told("overview: organs, of one kind", size, found["filtered"], "ms")
    yield told("overview: outlook, counted", size, found["outlook"], "ms")
    yield told("overview: outlook, kept", size, found["kept"], "ms")
    yield beside("overview beside one month by hand", size, found["median"], "ms", found["reference"])
    yield below("overview: update after a minute", size, found["update"], "s", SECONDS)
    yield told("overview: subjects of that minute", size, found["updated"], "")
    wrong = found["differences"]
    yield Result("overview: figures that differ", size, wrong, "", None, None, "0", wrong == 0)


def _step(database: servers.Scratch, *arguments: str) -> dict[str, Any]:
    output = servers.run_program([*servers.PYTHON, "bench/overview.py", *arguments], database)
    return json.loads(output.splitlines()[-1])


def _items() -> dict[str, int]:
    """Make the items that matters are about."""
    matters._prepare()
    return {"items": matters.ITEMS}


def _measure(turns: int) -> dict[str, float]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from efficiency.timing.due import add_months, local_day
    from supervision.figures import proving, rollups
    from supervision.models import FigureCell

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    at = timezone.now()
    building, subjects = _timed(lambda: rollups.build(at=at))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) supervision_figurecell, supervision_figuresubject, supervision_figurechange")
        cursor.execute(
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(ARRAY['supervision_figurecell',"
            " 'supervision_figuresubject']) AS name"
        )
        size = int(cursor.fetchone()[0])
    this_month = local_day(at).replace(day=1)
    chance = Random(cases.SEED)
    months = [add_months(this_month, -chance.randrange(6)) for _each in range(ASKED * turns)]
    _ask(this_month, at)  # what a process does once
    with CaptureQueriesContext(connection) as queries:
        _ask(this_month, at)
    times = sorted(1000 * _timed(lambda month=month: _ask(month, at))[0] for month in months)
    filtered = statistics.median(1000 * _timed(lambda month=month: _of_kind(month, at))[0] for month in months[:20])
    outlook, _first = _timed(lambda: _outlook(this_month, at))
    kept = statistics.median(_timed(lambda: _outlook(this_month, at))[0] for _turn in range(3))
    reference = statistics.median(
        1000 * _timed(lambda month=month: _by_hand(month))[0] for month in months[: 3 * turns]
    )
    _minute()
    # Its own statistics, as autovacuum would have them after a while.
    update, updated = _timed(lambda: rollups.update(at=timezone.now()))
    as_of = rollups.as_of()
    assert as_of is not None
    wrong = sum(1 for _each in proving.differences(add_months(this_month, -1), add_months(this_month, 1), at=as_of))
    return {
        "building": building,
        "subjects": subjects,
        "cells": FigureCell.objects.count(),
        "bytes": size,
        "p95": times[int(len(times) * 0.95)],
        "median": statistics.median(times),
        "statements": len(queries),
        "filtered": filtered,
        "outlook": 1000 * outlook,
        "kept": 1000 * kept,
        "reference": reference,
        "update": update,
        "updated": updated,
        "differences": wrong,
    }


def _ask(month: date, at: Any) -> None:
    """Ask for what the overview shows of a month, as ``supervision.desk`` does."""
    from efficiency.timing.due import add_months
    from supervision.desk import blocks, ranking
    from supervision.desk import figures as six
    from supervision.figures.asking import By, Question, figures

    end = add_months(month, 1)
    for first in (month, add_months(month, -1), add_months(month, -12)):
        figures(six.COUNTED, Question(first, add_months(first, 1)), at=at)
    trend = Question(add_months(month, -12), end)
    figures(six.COUNTED, trend, by=By.MONTH, at=at)
    figures((blocks.RECEIVED, blocks.REPLIED, six.IN_TIME), trend, by=By.MONTH, at=at)
    figures(ranking.NAMES, Question(month, end), by=By.ORGAN, at=at)


def _of_kind(month: date, at: Any) -> None:
    """Ask for two things at once, which no level of cells has: each organ, and cases of one kind."""
    from efficiency.timing.due import add_months
    from supervision.figures.asking import By, Question, figures

    asked = Question(month, add_months(month, 1), kind="complaint")
    figures(("on_time_closing", "satisfaction"), asked, by=By.ORGAN, at=at)


def _outlook(month: date, at: Any) -> None:
    """Make the blocks that come after the page for somebody of the office: buck-passing, forecast, doubts, systems."""
    from efficiency.access.models import User
    from efficiency.organs.models import Role, Tenure
    from efficiency.timing.due import add_months, local_day
    from supervision.figures.asking import Question
    from supervision.foresight import overview

    held = Tenure.objects.running(local_day(at)).filter(post__role=Role.OFFICE_OFFICER)
    officer = User.objects.filter(pk__in=held.values("user")).order_by("pk").first()
    if officer is None:
        return
    wanted = overview.Wanted(Question(month, add_months(month, 1)), officer, at)
    for block in overview.blocks(officer):
        block.make(wanted)


def _by_hand(month: date) -> None:
    from django.db import connection

    from efficiency.timing.due import add_months
    from efficiency.timing.zone import start_of

    with connection.cursor() as cursor:
        cursor.execute(REFERENCE, {"since": start_of(month), "until": start_of(add_months(month, 1))})
        cursor.fetchall()


def _minute() -> None:
    """Let a minute's worth of things happen, as their actions would leave them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE efficiency_deadline SET state = 'met', met_at = now(), ended_at = now(), next_check_at = NULL"
            " WHERE id IN (SELECT id FROM efficiency_deadline WHERE state = 'open' AND kind = 'complaints.reply'"
            "               ORDER BY id LIMIT %s)",
            [REPLIED],
        )
        cursor.execute(
            "UPDATE complaints_case SET channel = 'phone' WHERE id IN (SELECT id FROM complaints_case"
            " WHERE channel <> 'phone' ORDER BY id DESC LIMIT %s)",
            [RECLASSIFIED],
        )
        cursor.execute(
            "UPDATE efficiency_deadline SET state = 'met', met_at = started_at + interval '3 hours',"
            " ended_at = started_at + interval '3 hours', next_check_at = NULL"
            " WHERE id IN (SELECT id FROM efficiency_deadline WHERE state = 'open' AND kind = 'complaints.matter'"
            "               AND started_at < now() - interval '4 hours' ORDER BY id LIMIT %s)",
            [REPORTED],
        )


def _timed(work: Any) -> tuple[float, Any]:
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


if __name__ == "__main__":
    import django

    django.setup()
    step, *given = sys.argv[1:]
    print(json.dumps(_items() if step == "items" else _measure(int(given[0]))))
