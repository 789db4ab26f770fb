"""
The sweep over N overdue promises, beside one hand-written statement that writes the same rows.

The promises are the replies to cases of ``generate_cases --overdue``; beyond 100,000 of them each is copied, as the
engine knows nothing of its subjects. Also: what a sweep costs when nothing is due, with few and with many promises
stored, and whether its memory grows.
"""

import contextlib
import json
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import cases
import psutil
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
    RETURNING id, deadline_id, level, passed_at, kind, content_type_id, object_id, organ_id, post_id, responsible_id
), keyed AS MATERIALIZED (
    SELECT w.*, nextval(pg_get_serial_sequence('accountability_card', 'id')) AS card_id
      FROM written AS w WHERE w.level IN (2, 3)
), replacing AS (
    SELECT keyed.*, lag(card_id) OVER (PARTITION BY deadline_id ORDER BY level) AS yellow_id FROM keyed
), carded AS (
    INSERT INTO accountability_card (id, colour, origin, rule, state, version, deadline_id, escalation_id, level, kind,
                                     content_type_id, object_id, organ_id, post_id, person_id, passed_at, issued_at,
                                     points, replaces_id, facts, basis, explanation, revoke_reason, withdrawal_reason,
                                     withdrawal_text)
    SELECT k.card_id, CASE k.level WHEN 2 THEN 'yellow' ELSE 'red' END, 'engine',
           CASE k.level WHEN 2 THEN 'overdue' ELSE 'overdue_long' END, 'issued', 0, k.deadline_id, k.id, k.level,
           k.kind, k.content_type_id, k.object_id, k.organ_id, k.post_id, k.responsible_id, k.passed_at, %(at)s,
           CASE k.level WHEN 2 THEN 5 ELSE 10 END, k.yellow_id, '', '', '', '', '', ''
      FROM replacing AS k
    RETURNING id, colour, organ_id, post_id, person_id
), own_time AS MATERIALIZED (
    SELECT own.colour, own.kind, own.variant, own.number, own.red, own.fourth, m.*
      FROM (VALUES ('yellow', 'cards.explain', 'yellow', 3, 2, 7), ('red', 'cards.explain', 'red', 2, 2, 7),
                   ('yellow', 'cards.appeal', '', 5, 3, 8), ('red', 'cards.appeal', '', 5, 3, 8)
           ) AS own (colour, kind, variant, number, red, fourth)
     CROSS JOIN LATERAL efficiency_moments(
         %(at)s, efficiency_due_date((%(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date, own.number, 'wd'),
         own.red, own.fourth) AS m
), promised AS (
    INSERT INTO efficiency_deadline (kind, variant, promise, content_type_id, object_id, generation, organ_id, post_id,
                                     responsible_id, started_at, limit_number, limit_unit, red_after, fourth_after,
                                     warn_at, due_at, overdue_at, red_at, fourth_at, provisional, state,
                                     suspended_days, extension_count, level, next_check_at, attempts, last_error)
    SELECT o.kind, o.variant, 'owed_by_citizen',
           (SELECT id FROM django_content_type WHERE app_label = 'accountability' AND model = 'card'), c.id, 1,
           c.organ_id, c.post_id, c.person_id, %(at)s, o.number, 'wd', o.red, o.fourth, o.warn_at, o.due_at,
           o.overdue_at, o.red_at, o.fourth_at, o.provisional, 'open', 0, 0, 0, o.overdue_at, 0, ''
      FROM carded AS c JOIN own_time AS o ON o.colour = c.colour
    RETURNING 1
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
        ON office.kind = 'efficiency_office' AND office.parent_id IS NOT NULL
       AND office.district_id IS NOT DISTINCT FROM o.district_id
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
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM written), (SELECT count(*) FROM posted),
       (SELECT count(*) FROM carded), (SELECT count(*) FROM promised)
"""

# Copies of a promise about cases that are not there: open as it is, or kept.
COPIED = """kind, variant, promise, content_type_id, generation, organ_id, post_id, responsible_id, started_at,
    limit_number, limit_unit, red_after, fourth_after, warn_at, due_at, overdue_at, red_at, fourth_at, provisional,
    suspended_days, extension_count, attempts, last_error"""
COPY_OPEN = f"""
INSERT INTO efficiency_deadline ({COPIED}, object_id, state, level, next_check_at)
SELECT {COPIED}, object_id + n * (SELECT max(object_id) FROM efficiency_deadline), state, level, next_check_at
  FROM efficiency_deadline CROSS JOIN generate_series(1, %s) AS n WHERE kind = 'complaints.reply'
"""  # noqa: S608 - put together from our own constants
INSERT_KEPT = f"""
INSERT INTO efficiency_deadline ({COPIED}, object_id, state, level, met_at, ended_at)
SELECT {COPIED}, object_id + n, 'met', 0, warn_at, warn_at
  FROM efficiency_deadline CROSS JOIN generate_series(1, %s) AS n WHERE kind = 'complaints.reply'
"""  # noqa: S608 - as above
MOST_GENERATED = 100_000
# Beyond so many rows one turn takes minutes, and chance no longer plays a part.
MOST_REPEATED = 100_000
# Of which rows both have to write the same number. What fault cases and corrections make of levels three and four the
# reference leaves out: that counts against the sweep.
WRITTEN = {
    "efficiency_escalation": "true",
    "efficiency_message": "event LIKE 'escalation:%'",
    "accountability_card": "true",
    "efficiency_deadline": "kind IN ('cards.explain', 'cards.appeal')",
}


def run(scratch: servers.Scratch, sizes: list[int], *, turns: int, stored: int) -> Iterator[Result]:
    """
    Measure sweeps over each of ``sizes`` overdue promises, in so many turns with the reference.

    Then one with nothing due and ``stored`` promises, unless that is 0.
    """
    each: dict[int, float] = {}
    nothing = _peak_of_nothing(scratch)
    with contextlib.ExitStack() as stack:
        generated: dict[int, servers.Scratch] = {}
        for size in sizes:
            base = min(size, MOST_GENERATED)
            if base not in generated:
                generated[base], _speed = stack.enter_context(cases.lent(scratch, base, overdue=True))
            with _overdue(generated[base], size // base, size % base) as filled:
                product, reference = _compare(filled, turns if size <= MOST_REPEATED else 1)
            each[size] = product.processor / size
            yield results.at_most("sweep", size, product.seconds, "s", reference.seconds, 3)
            yield results.beside("sweep processor", size, product.processor, "s", reference.processor)
            yield results.at_most("sweep memory", size, product.peak / 1024, "MiB", nothing / 1024, 2)
    if len(sizes) > 1:
        small, large = min(sizes), max(sizes)
        yield results.at_most("sweep linear", large, 1e6 * each[large], "us each", 1e6 * each[small], 1.25)
    if stored:
        yield _nothing_due(scratch, stored)


@contextlib.contextmanager
def _overdue(generated: servers.Scratch, times: int, rest: int) -> Iterator[servers.Scratch]:
    """Lend a database with so many times the overdue promises that were generated."""
    if rest:
        raise ValueError(f"More than {MOST_GENERATED} promises have to be a multiple of that.")
    if times == 1:
        yield generated
        return
    with generated.copy("multiplied") as filled:
        cases.run(filled, COPY_OPEN, [times - 1])
        cases.run(filled, "VACUUM (ANALYZE) efficiency_deadline")
        yield filled


@dataclass(frozen=True, slots=True)
class Done:
    """
    What a sweep did: rows looked at; escalations, messages, cards and time of their own for these written.

    In how many seconds, of which the processor worked for it ``processor`` (on the server, and here); KiB at the peak.
    """

    rows: tuple[int, ...]
    seconds: float
    processor: float
    peak: int = 0


def _compare(filled: servers.Scratch, repeats: int) -> tuple[Done, Done]:
    """Return the medians of sweep and reference, each time on a fresh copy of the database."""
    product, reference = [], []
    for _ in range(repeats):
        at = datetime.now(UTC)
        with filled.copy("product") as database:
            product.append(_sweep(database, at))
        with filled.copy("reference") as database:
            reference.append(_reference(database, at))
        if product[-1].rows != reference[-1].rows:
            raise AssertionError(f"The reference did not do the same: {product[-1].rows}, {reference[-1].rows}")
    return _median(product), _median(reference)


def _median(runs: list[Done]) -> Done:
    return Done(
        runs[-1].rows,
        statistics.median(run.seconds for run in runs),
        statistics.median(run.processor for run in runs),
        max(run.peak for run in runs),
    )


def _sweep(database: servers.Scratch, at: datetime) -> Done:
    """Sweep in a process of its own, as an operator would."""
    before = [_count(database, table, which) for table, which in WRITTEN.items()]
    cases.run(database, "CHECKPOINT")
    output = servers.run_program([*servers.PYTHON, "bench/sweep.py", at.isoformat()], database)
    done = json.loads(output.splitlines()[-1])
    after = [_count(database, table, which) for table, which in WRITTEN.items()]
    written = (now - then for now, then in zip(after, before, strict=True))
    return Done((done["checked"], *written), done["seconds"], done["processor"], done["peak"])


def _reference(database: servers.Scratch, at: datetime) -> Done:
    # What was written before need not be written out meanwhile.
    cases.run(database, "CHECKPOINT")
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(REFERENCE, {"at": at})
        rows, seconds = cursor.fetchone(), time.perf_counter() - began
        return Done(rows, seconds, processor_seconds(connection.get_backend_pid()))


def processor_seconds(server_process: int) -> float:
    """Return the processor time of a server process of this machine; 0 where it cannot be asked."""
    try:
        times = psutil.Process(server_process).cpu_times()
    except psutil.Error:
        return 0.0
    return times.user + times.system


def _count(database: servers.Scratch, table: str, which: str) -> int:
    return cases.run(database, f"SELECT count(*) FROM {table} WHERE {which}")[0][0]  # noqa: S608 - our own words


def _peak_of_nothing(scratch: servers.Scratch) -> int:
    with scratch.copy("nothing") as database:
        return _sweep(database, datetime.now(UTC)).peak


def _nothing_due(scratch: servers.Scratch, stored: int) -> Result:
    """Compare a sweep with nothing due over ``stored`` promises with one over a thousand."""
    seconds = {}
    with cases.lent(scratch, 1, overdue=True) as (one, _speed):
        _sweep(one, datetime.now(UTC))
        for size in (1000, stored):
            with one.copy("stored") as database:
                cases.run(database, INSERT_KEPT, [size])
                cases.run(database, "VACUUM ANALYZE efficiency_deadline")
                runs = [_sweep(database, datetime.now(UTC)).seconds for _ in range(7)]
                seconds[size] = statistics.median(runs)
    return results.at_most("sweep, nothing due", stored, 1000 * seconds[stored], "ms", 1000 * seconds[1000], 1.5)


def _main(at: str) -> None:
    """Sweep once as if it were ``at``, and print what it did, in how many seconds, with how much memory."""
    import django

    django.setup()
    from django.db import connection

    from efficiency.deadlines import sweep

    moment, before = datetime.fromisoformat(at), time.process_time()
    done = sweep.run(at=moment, rehearsal=True).as_dict()
    processor = time.process_time() - before + processor_seconds(connection.connection.get_backend_pid())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(done | {"processor": processor, "peak": peak}))


if __name__ == "__main__":
    _main(sys.argv[1])
