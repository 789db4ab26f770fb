"""
Matters pushed in by the interface in batches, beside COPY of the same rows; and a sweep over many that are open.

Both run in a process of their own on a copy of the database: ``python bench/matters.py batches N`` prints rows a
second of the interface and of COPY; ``fill N`` and then ``sweep N`` print the seconds of a sweep over N open matters.
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
    print(json.dumps({"batches": _batches, "fill": _fill, "sweep": _sweep}[sys.argv[1]](int(sys.argv[2]))))
