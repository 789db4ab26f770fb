"""
The sweep over N overdue promises, beside one hand-written statement that writes the same rows.

Also: what a sweep costs when nothing is due, with few and with many promises stored, and whether its memory grows.
"""

import contextlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import results
import servers
from results import Result

# The reference may assume what holds for these promises: one holder a post, nobody stands in, everybody is there.
REFERENCE = """
WITH due AS (
    SELECT * FROM efficiency_deadline WHERE next_check_at <= %(at)s
), threshold AS (
    SELECT due.*, t.number, t.passes_at FROM due
     CROSS JOIN LATERAL (VALUES (1, warn_at), (2, overdue_at), (3, red_at), (4, fourth_at)) AS t (number, passes_at)
), moved AS (
    UPDATE efficiency_deadline AS d SET level = n.reached, next_check_at = n.next_at
      FROM (SELECT id, max(number) FILTER (WHERE passes_at <= %(at)s) AS reached,
                   min(passes_at) FILTER (WHERE passes_at > %(at)s) AS next_at
              FROM threshold GROUP BY id) AS n
     WHERE d.id = n.id
), written AS (
    INSERT INTO efficiency_escalation (deadline_id, level, passed_at, found_at, kind, content_type_id, object_id,
                                       organ_id, post_id, responsible_id)
    SELECT id, number, passes_at, %(at)s, kind, content_type_id, object_id, organ_id, post_id, responsible_id
      FROM threshold WHERE passes_at <= %(at)s
    RETURNING id, deadline_id, level, kind, object_id, organ_id, post_id, responsible_id
), told AS (
    SELECT o.id AS organ_id, 1 AS level, t.user_id
      FROM efficiency_organ AS o
      JOIN efficiency_post AS p ON p.organ_id = o.id AND p.role = 'clerk'
      JOIN efficiency_tenure AS t ON t.post_id = p.id
     WHERE t.user_id IN (SELECT responsible_id FROM efficiency_deadline)
     UNION
    SELECT o.id, 2, t.user_id
      FROM efficiency_organ AS o
      JOIN efficiency_post AS p
        ON p.organ_id = o.id AND (p.role = 'organ_leader' OR (p.rank = 'reviewer' AND p.role = 'clerk'))
      JOIN efficiency_tenure AS t ON t.post_id = p.id
     UNION
    SELECT o.id, CASE WHEN p.is_head THEN 3 ELSE 2 END, t.user_id
      FROM efficiency_organ AS o
      JOIN efficiency_organ AS office
        ON office.kind = 'efficiency_office' AND office.district_id IS NOT DISTINCT FROM o.district_id
      JOIN efficiency_post AS p ON p.organ_id = office.id AND p.role = 'office_officer'
      JOIN efficiency_tenure AS t ON t.post_id = p.id
     UNION
    SELECT o.id, 4, t.user_id
      FROM efficiency_organ AS o
      JOIN efficiency_organ AS government
        ON government.kind = 'government' AND government.district_id IS NOT DISTINCT FROM o.district_id
      JOIN efficiency_post AS p ON p.organ_id = government.id AND p.is_head
      JOIN efficiency_tenure AS t ON t.post_id = p.id
), told_once AS MATERIALIZED (
    SELECT organ_id, user_id, min(level) AS level FROM told GROUP BY organ_id, user_id
), posted AS (
    INSERT INTO efficiency_message (event, kind, recipient_id, recipient_ref, channel, subject_type, subject_id,
                                    "values", created_at, state, sent_at, next_try_at, attempts, last_error)
    SELECT 'escalation:' || w.id, 'deadlines.level_' || w.level, t.user_id, '', way.channel, 'complaints.case',
           w.object_id, jsonb_build_object('promise', w.kind, 'due_on', (d.due_at AT TIME ZONE 'Asia/Shanghai')::date),
           %(at)s, way.state, way.sent_at, way.next_try_at, 0, ''
      FROM written AS w
      JOIN due AS d ON d.id = w.deadline_id
      JOIN told_once AS t ON t.organ_id = w.organ_id AND t.level <= w.level
      JOIN efficiency_user AS u ON u.id = t.user_id
     CROSS JOIN LATERAL (VALUES ('portal', 'sent', %(at)s::timestamptz, NULL::timestamptz),
                                ('email', 'waiting', NULL, %(at)s)) AS way (channel, state, sent_at, next_try_at)
     WHERE way.channel = 'portal' OR u.email <> ''
    RETURNING 1
)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM written), (SELECT count(*) FROM posted)
"""

# Promises of replies about cases that are not needed here: the engine knows nothing of its subjects.
INSERT_PROMISES = """
INSERT INTO efficiency_deadline (kind, variant, promise, content_type_id, object_id, generation, organ_id, post_id,
    responsible_id, started_at, limit_number, limit_unit, red_after, fourth_after, warn_at, due_at, overdue_at, red_at,
    fourth_at, provisional, state, suspended_days, extension_count, met_at, ended_at, level, next_check_at, attempts,
    last_error)
SELECT 'complaints.reply', 'complaint', 'citizen', %(content_type)s, %(first)s + n, 1, owner.organ_id, owner.post_id,
       owner.user_id, m.started_at, m.number, m.unit, m.red_after, m.fourth_after, m.warn_at, m.due_at, m.overdue_at,
       m.red_at, m.fourth_at, false, %(state)s, 0, 0, CASE WHEN %(state)s = 'met' THEN m.met_at END,
       CASE WHEN %(state)s = 'met' THEN m.met_at END, 0, CASE WHEN %(state)s = 'open' THEN m.warn_at END, 0, ''
  FROM generate_series(1, %(count)s) AS n
  JOIN bench_moments AS m ON m.number_of = n %% (SELECT count(*) FROM bench_moments)
  JOIN bench_owner AS owner ON owner.number_of = n %% (SELECT count(*) FROM bench_owner)
"""


def run(scratch: servers.Scratch, sizes: list[int], *, stored: int) -> Iterator[Result]:
    """Measure sweeps over each of ``sizes`` overdue promises, and one with nothing due and ``stored`` promises."""
    _prepare(scratch)
    seconds_each: dict[int, float] = {}
    for size in sizes:
        with scratch.copy("due") as filled:
            _fill(filled, size, state="open")
            product, reference, peak = _compare(filled, repeats=3 if size <= 100_000 else 1)
        seconds_each[size] = product / size
        yield results.at_most("sweep", size, product, "s", reference, 3)
        yield results.at_most("sweep memory", size, peak / 1024, "MiB", _peak_of_nothing(scratch) / 1024, 2)
    if len(sizes) > 1:
        small, large = min(sizes), max(sizes)
        yield results.at_most(
            "sweep linear", large, 1e6 * seconds_each[large], "us each", 1e6 * seconds_each[small], 1.25
        )
    yield _nothing_due(scratch, stored)


def _prepare(scratch: servers.Scratch) -> None:
    """Load organs and people, and what the rows are made of: owners, and the moments of the last hundred days."""
    from django.db import connection
    from django.utils import timezone

    from complaints.demo import people
    from efficiency.deadlines import moments
    from efficiency.management.commands.load_organs import SINCE
    from efficiency.organs import foshan, foshan_posts, reference
    from efficiency.timing import store
    from efficiency.timing.due import Limit, red_after

    reference.load_organs(foshan.organs(), since=SINCE)
    reference.load_posts(foshan_posts.sheets(), since=SINCE)
    now = timezone.now()
    people.load_people(at=now)
    limit, calendar = Limit.parse("15wd"), store.load()
    red = red_after(limit)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_moments (number_of int, started_at timestamptz, number int, unit text, red_after int,"
            " fourth_after int, warn_at timestamptz, due_at timestamptz, overdue_at timestamptz, red_at timestamptz,"
            " fourth_at timestamptz, met_at timestamptz)"
        )
        for number in range(100):
            # Overdue since one to a hundred days: every level is among them.
            started_at = now - timedelta(days=24 + number, minutes=7 * number)
            each = moments.first_moments(started_at, limit, red=red, fourth=red + 5, calendar=calendar)
            cursor.execute(
                "INSERT INTO bench_moments VALUES (%s, %s, 15, 'wd', %s, %s, %s, %s, %s, %s, %s, %s)",
                [
                    *(number, started_at, red, red + 5, each.warn_at, each.due_at, each.overdue_at, each.red_at),
                    *(each.fourth_at, started_at + timedelta(days=3)),
                ],
            )
        cursor.execute(
            "CREATE TABLE bench_owner AS SELECT (row_number() OVER (ORDER BY p.organ_id) - 1)::int AS number_of,"
            " p.organ_id, p.id AS post_id, t.user_id FROM efficiency_post AS p JOIN efficiency_tenure AS t"
            " ON t.post_id = p.id WHERE p.role = 'clerk' AND p.rank = 'handler'"
        )
    connection.close()


def _fill(scratch: servers.Scratch, count: int, *, state: str, first: int = 0) -> None:
    with contextlib.closing(scratch.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'case'")
        (content_type,) = cursor.fetchone()
        cursor.execute(INSERT_PROMISES, {"content_type": content_type, "first": first, "count": count, "state": state})
        cursor.execute("VACUUM ANALYZE efficiency_deadline")


def _compare(filled: servers.Scratch, *, repeats: int) -> tuple[float, float, int]:
    """Return the median seconds of sweep and reference, and the sweep's peak memory in KiB; each on a fresh copy."""
    product, reference, peaks = [], [], []
    for _ in range(repeats):
        at = datetime.now(UTC)
        with filled.copy("product") as database:
            checked, escalations, seconds, peak = _sweep(database, at)
            product.append(seconds)
            peaks.append(peak)
            messages = _count(database, "efficiency_message")
        with filled.copy("reference") as database:
            rows, seconds = _reference(database, at)
            reference.append(seconds)
        if (checked, escalations, messages) != rows:
            raise AssertionError(f"The reference did not do the same: {rows}, {(checked, escalations, messages)}")
    return statistics.median(product), statistics.median(reference), max(peaks)


def _sweep(database: servers.Scratch, at: datetime) -> tuple[int, int, float, int]:
    """Sweep in a process of its own, as an operator would; return rows, escalations, seconds and KiB at the peak."""
    before = _count(database, "efficiency_escalation")
    _checkpoint(database)
    output = subprocess.run(  # noqa: S603 - this very module
        [sys.executable, str(servers.ROOT / "bench" / "sweep.py"), at.isoformat()],
        env=os.environ | {"DATABASE_URL": database.url, "PYTHONPATH": str(servers.ROOT)},
        cwd=servers.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    done = json.loads(output.splitlines()[-1])
    return done["checked"], _count(database, "efficiency_escalation") - before, done["seconds"], done["peak"]


def _reference(database: servers.Scratch, at: datetime) -> tuple[tuple[int, int, int], float]:
    _checkpoint(database)
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(REFERENCE, {"at": at})
        return cursor.fetchone(), time.perf_counter() - began


def _checkpoint(database: servers.Scratch) -> None:
    """Leave nothing behind that the measured statement would have to write for others."""
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def _count(database: servers.Scratch, table: str) -> int:
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own name
        return cursor.fetchone()[0]


def _peak_of_nothing(scratch: servers.Scratch) -> int:
    with scratch.copy("nothing") as database:
        return _sweep(database, datetime.now(UTC))[3]


def _nothing_due(scratch: servers.Scratch, stored: int) -> Result:
    """Compare a sweep with nothing due over ``stored`` promises with one over a thousand."""
    seconds = {}
    for size in (1000, stored):
        with scratch.copy("stored") as database:
            _fill(database, size, state="met")
            runs = [_sweep(database, datetime.now(UTC))[2] for _ in range(7)]
            seconds[size] = statistics.median(runs)
    return results.at_most("sweep, nothing due", stored, 1000 * seconds[stored], "ms", 1000 * seconds[1000], 1.5)


def _main(at: str) -> None:
    """Sweep once as if it were ``at``, and print what it did, in how many seconds, with how much memory."""
    import django

    django.setup()
    from efficiency.deadlines import sweep

    moment = datetime.fromisoformat(at)
    done = sweep.run(at=moment, rehearsal=True).as_dict()
    print(json.dumps(done | {"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))


if __name__ == "__main__":
    _main(sys.argv[1])
