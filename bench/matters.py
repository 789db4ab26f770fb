"""
Matters pushed in by the interface in batches, beside COPY of the same rows; and a sweep over many that are open.

Each runs in a process of its own on a copy of the database: ``python bench/matters.py batches N`` prints rows a
second of the interface and of COPY; ``fill N`` and then ``sweep N`` print the seconds of a sweep over N open matters
of which nearly all are late, ``open N`` and then ``look N`` of one over N of which most are not due.
"""

import io
import json
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import results
import servers
from results import Result

BATCH = 10_000
ITEMS = 40
# The interface refuses more calls a minute than this for one key; a measurement is no accident.
UNLIMITED = 1_000_000
SINCE = date(2020, 1, 1)
# So many open matters are made, of the last days; beyond that they are copied in the database.
MOST_MADE, FEW = 20_000, 1000
OPEN_DAYS = 8
IDLE_TURNS = 7
FOREIGN_KEYS = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'complaints_matter'::regclass AND contype = 'f'
"""


def run(scratch: servers.Scratch, sizes: list[int], *, turns: int) -> Iterator[Result]:
    """Measure batches of each size in so many turns, and a sweep over as many open matters."""
    for size in sizes:
        found = [_in_process(scratch, size, "batches") for _turn in range(turns)]
        product, reference = (statistics.median(each[name] for each in found) for name in ("product", "reference"))
        yield results.at_least("matters", size, product, "rows/s", reference, 0.2)
        # Filled by one process and swept by another, so that the memory of the one is not taken for that of the other.
        swept = _in_process(scratch, size, "fill", "sweep")
        yield results.told("matters sweep", size, swept["seconds"], "s")
        yield results.told("matters sweep memory", size, swept["peak"] / 1024, "MiB")


def run_open(scratch: servers.Scratch, sizes: list[int]) -> Iterator[Result]:
    """
    Measure a sweep over so many open matters, most of them not due, and the next one, for which nothing is left.

    Due is what passes a threshold within a day, as in the first sweep of a morning: reminders, and what stays
    unfinished. Beside it stands the same with a thousand open matters.
    """
    few = _in_process(scratch, FEW, "open", "look")
    for size in sizes:
        many = _in_process(scratch, size, "open", "look")
        yield results.told("open matters due", size, many["due"], "rows")
        yield results.beside("open matters sweep", size, many["seconds"], "s", few["seconds"])
        yield results.beside("open matters sweep memory", size, many["peak"] / 1024, "MiB", few["peak"] / 1024)
        each, reference = (1000 * found["seconds"] / max(found["due"], 1) for found in (many, few))
        yield results.beside("open matters due, each", size, each, "ms", reference)
        yield results.at_most("open matters, nothing due", size, 1000 * many["idle"], "ms", 1000 * few["idle"], 1.5)


def _in_process(scratch: servers.Scratch, size: int, *steps: str) -> dict[str, Any]:
    """Take the steps on a copy of the database, each in a process of its own; return what the last one printed."""
    with scratch.copy("matters") as database:
        for step in steps:
            output = servers.run_program([*servers.PYTHON, "bench/matters.py", step, str(size)], database)
        return json.loads(output.splitlines()[-1])


def _prepare() -> Any:
    """Make the organs of the demonstration and some items of one of them; return that organ."""
    from django.utils import timezone

    from complaints.demo import loading
    from complaints.models import ItemVersion, ServiceItem
    from efficiency.access.models import User
    from efficiency.organs.models import Organ

    now = timezone.now()
    loading.load_organs_and_people(at=now)
    organ = Organ.objects.filter(kind="department").order_by("pk").first()
    writer, publisher = User.objects.order_by("pk")[:2]
    for number in range(ITEMS):
        item = ServiceItem.objects.create(
            code=f"BENCH-{number}",
            name=f"事项{number}",
            organ=organ,
            kind="01",
            theme="other",
            audience="both",
        )
        ItemVersion.objects.create(
            item=item,
            number=1,
            state="published",
            valid_from=SINCE,
            matter_type="committed",
            committed_number=number % 15 + 1,
            committed_unit="wd",
            legal_basis="《行政许可法》第四十二条",
            applicants="申请人",
            conditions="材料齐全",
            result="许可证",
            window="综合窗口",
            phone="12345",
            supervision_phone="12345",
            drafted_by=writer,
            drafted_at=now,
            published_by=publisher,
            published_at=now,
        )
    return organ


def _batches(size: int) -> dict[str, float]:
    """Push matters in through the interface, then copy what it wrote into a table like its own."""
    from django.conf import settings
    from django.db import connection, transaction
    from django.test import Client
    from django.utils import timezone

    from efficiency.access.models import User
    from efficiency.keys import actions
    from efficiency.organs.models import Role

    organ = _prepare()
    import_module("efficiency.wsgi")  # a process as web servers are
    settings.API_CALLS_PER_MINUTE = UNLIMITED
    settings.ALLOWED_HOSTS = ["*"]
    now = timezone.now()
    admin = User.objects.filter(tenures__post__role=Role.SYSTEM_ADMINISTRATOR).first()
    key = actions.issue(by=admin, at=now, organ=organ, name="bench", scopes=["matters.push"], days=1)
    client = Client(headers={"Authorization": f"Bearer {key.text}"})
    client.get("/api/v1/matters")  # what a process does once is no part of a batch
    seconds = 0.0
    for first in range(0, size, BATCH):
        body = json.dumps({"reports": [_report(number, now) for number in range(first, min(first + BATCH, size))]})
        began = time.perf_counter()
        answer = client.post("/api/v1/matters", body, content_type="application/json")
        seconds += time.perf_counter() - began
        assert answer.status_code == 200
        assert answer.json()["rejected"] == []
    with transaction.atomic(), connection.cursor() as cursor:
        text = io.StringIO()
        cursor.execute(FOREIGN_KEYS)
        keys = [row[0] for row in cursor.fetchall()]
        cursor.copy_expert("COPY complaints_matter TO STDOUT", text)
        cursor.execute("CREATE TABLE bench_matter (LIKE complaints_matter INCLUDING ALL)")
        for definition in keys:
            cursor.execute(f"ALTER TABLE bench_matter ADD {definition}")
        lines = text.getvalue().splitlines(keepends=True)
        began = time.perf_counter()
        for first in range(0, size, BATCH):
            cursor.copy_expert("COPY bench_matter FROM STDIN", io.StringIO("".join(lines[first : first + BATCH])))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        copied = time.perf_counter() - began
    return {"product": size / seconds, "reference": size / copied}


def _report(number: int, now: Any) -> dict[str, str]:
    at = now - timedelta(days=number % 30, seconds=number % 1000)
    return {
        "id": f"r{number}",
        "matter": f"B-{number}",
        "kind": "accepted",
        "at": at.isoformat(),
        "item": f"BENCH-{number % ITEMS}",
    }


def _fill(size: int) -> dict[str, int]:
    """Add open matters, accepted over a year, most of them late."""
    from django.utils import timezone

    from complaints.demo import matters

    _prepare()
    return {"matters": matters.generate(size, seed=1, days=365, now=timezone.now(), is_open=True)}


# Tables that are multiplied, which of their rows, and what a copy has of its own: ``n`` counts the copies.
MULTIPLIED = (
    ("complaints_matter", "TRUE", {"id": "id + n * {step}", "external_id": "external_id || '-' || n"}),
    (
        "complaints_matterreport",
        "TRUE",
        {"id": None, "matter_id": "matter_id + n * {step}", "report_id": "report_id || '-' || n"},
    ),
    (
        "efficiency_deadline",
        "content_type_id = (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'matter')",
        {"id": None, "object_id": "object_id + n * {step}"},
    ),
)
COLUMNS = """
SELECT attname FROM pg_attribute
 WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


def _open(size: int) -> dict[str, int]:
    """
    Add open matters of the last days that were watched until yesterday, so that what a day makes due is left to do.

    Beyond ``MOST_MADE`` those are copied with their reports and promises, as they stand after the sweep of yesterday.
    """
    from django.db import connection
    from django.utils import timezone

    from complaints.demo import matters
    from efficiency.deadlines import sweep

    _prepare()
    now, base = timezone.now(), min(size, MOST_MADE)
    if size % base:
        raise ValueError(f"More than {MOST_MADE} matters have to be a multiple of that.")
    matters.generate(base, seed=1, days=OPEN_DAYS, now=now, is_open=True)
    sweep.run(at=now - timedelta(days=1), rehearsal=True)
    if size > base:
        with connection.cursor() as cursor:
            _multiply(cursor, size // base - 1)
    with connection.cursor() as cursor:
        for table, _which, _own in MULTIPLIED:
            cursor.execute(f"VACUUM (ANALYZE) {table}")
        cursor.execute("CHECKPOINT")
    return {"matters": size}


def _multiply(cursor: Any, copies: int) -> None:
    """Copy matters with reports and promises so many times, in a statement each."""
    cursor.execute("SELECT max(id) FROM complaints_matter")
    step = cursor.fetchone()[0]
    for table, which, own in MULTIPLIED:
        cursor.execute(COLUMNS, [table])
        names = [name for (name,) in cursor.fetchall() if own.get(name, "") is not None]
        values = (own.get(name, name).format(step=step) for name in names)
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"  # noqa: S608 - our own words
            f"  FROM {table} CROSS JOIN generate_series(1, %s) AS n WHERE {which}",
            [copies],
        )


def _look(_size: int) -> dict[str, float]:
    """Sweep over what a day has made due, then, once that is cleared away, again and again with nothing left to do."""
    from django.db import connection
    from django.utils import timezone

    from efficiency.deadlines import sweep

    done = sweep.run(at=timezone.now(), rehearsal=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with connection.cursor() as cursor:
        cursor.execute("VACUUM efficiency_deadline")  # as the database does by itself within minutes
    idle = [sweep.run(at=timezone.now(), rehearsal=True).seconds for _turn in range(IDLE_TURNS)]
    return {"due": done.checked, "seconds": done.seconds, "peak": peak, "idle": statistics.median(idle)}


def _sweep(_size: int) -> dict[str, float]:
    """Sweep once over all that is there."""
    from django.utils import timezone

    from efficiency.deadlines import sweep

    done = sweep.run(at=timezone.now(), rehearsal=True)
    return {"seconds": done.seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


if __name__ == "__main__":
    from pathlib import Path

    sys.path.insert(1, str(Path(__file__).resolve().parent.parent))
    import django

    django.setup()
    steps = {"batches": _batches, "fill": _fill, "sweep": _sweep, "open": _open, "look": _look}
    print(json.dumps(steps[sys.argv[1]](int(sys.argv[2]))))
