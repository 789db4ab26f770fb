"""
The overview as people open it: page, figures and the rows behind them, at rest and while cases are filed and swept.

Each page is asked for by two persons at once, logged in as an account of the demonstration: the office, which sees all;
the leader of a department; the auditor, who knows sums alone; the auditor with one kind of cases, where what stands is
counted class by class. The pages behind figures are those of six figures, of this month and of this year.

The same once more while ``FILED`` cases a second come in by the public form, and sweep and rollups run as in the
worker: the next one begins a minute after the one before began, or at once where that took longer.
``python bench/overview_page.py work`` runs in a process of its own until its input ends.
"""

import contextlib
import json
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence

import cases
import filing
import load
import results
import rounds
import servers
import staff
from results import Result

OVERVIEW = "/supervision/"
# Who opens it, and with which filters.
PAGES = (
    ("office", "office", ""),
    ("leader", "leader.construction", ""),
    ("auditor", "auditor", ""),
    ("auditor, of a kind", "auditor", "?kind=complaint"),
)
BEHIND = ("open_promises", "overdue_promises", "will_turn_red", "on_time_closing", "kept_rate", "satisfaction")
# So many cases a second: a million in a working year of eight hours a day.
FILED = 4.2
MINUTE = 60.0
# Pages of one kind at least: one in twenty may take longer than the limit.
LEAST = 20


def run(filled: servers.Scratch, count: int, *, requests: int, turns: int) -> Iterator[Result]:
    """Measure all pages over so many cases whose rollups are built: at rest, then while the portal works."""
    with rounds.sites(filled) as ports:
        accounts = {account for _name, account, _query in PAGES}
        site = staff.Site(ports, {account: staff._log_in(ports[0], account) for account in sorted(accounts)})
        number = max(LEAST, requests // staff.FEWER // len(PAGES))
        yield from _pages(count, site, number, turns, "")
        with _filing(filled, ports[0]) as filed, _working(filled) as worked:
            began = time.perf_counter()
            yield from _pages(count, site, number, turns, ", while it works")
            seconds = time.perf_counter() - began
            yield results.told("overview_page: filed meanwhile", count, len(filed) / seconds, "cases/s")
        yield results.told("overview_page: sweeps meanwhile", count, len(worked), "")


def _pages(count: int, site: staff.Site, number: int, turns: int, when: str) -> Iterator[Result]:
    limit = staff.P95_MS
    for name, account, query in PAGES:
        pages = [site.page(OVERVIEW + query, account)] * number
        yield from staff._measured(
            f"overview_page {name}{when}", count, site, pages, turns, holds=b'id="figures"', limit=limit
        )
    year, month = time.strftime("%Y"), time.strftime("%Y-%m")
    for name, period in (("month", month), ("year", year)):
        paths = [f"{OVERVIEW}figures/{each}/?period={period}" for each in BEHIND]
        pages = staff._cycled([site.page(path, "office") for path in paths], number)
        yield from staff._measured(
            f"overview_page figures of a {name}{when}", count, site, pages, turns, holds=b"<h1", limit=limit
        )


@contextlib.contextmanager
def _filing(filled: servers.Scratch, port: int) -> Iterator[Sequence[float]]:
    """File cases at their pace until the block ends; lend the list of their moments."""
    texts, ends = filing._texts(1000), threading.Event()
    filed: list[float] = []
    failures: list[BaseException] = []

    def work() -> None:
        connection, began = load.Connection(port), time.perf_counter()
        try:
            while not ends.wait(max(0.0, began + len(filed) / FILED - time.perf_counter())):
                # Beyond those of ``filing``, so that no limit by address is met.
                source = cases.source(1_000_000 + len(filed))
                page = connection.send(load.get(filing.FORM, source))
                text = texts[len(filed) % len(texts)]
                answer = connection.send(filing._filing(page, source, text, organs[len(filed) % len(organs)]))
                if answer.status != 302:
                    raise rounds.NotAsMeant(f"Instead of 302: {answer.status}")
                filed.append(time.perf_counter())
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    organs = [row[0] for row in cases.run(filled, "SELECT id FROM efficiency_organ WHERE kind = 'department'")]
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield filed
    finally:
        ends.set()
        thread.join()
    if failures:
        raise failures[0]


@contextlib.contextmanager
def _working(filled: servers.Scratch) -> Iterator[list[str]]:
    """Let sweep and rollups run until the block ends; the lent list is filled then, with what each turn did."""
    worked: list[str] = []
    process = subprocess.Popen(  # noqa: S603 - our own program
        [*servers.PYTHON, "bench/overview_page.py", "work"],
        env=servers.program_environment(filled),
        cwd=servers.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield worked
    finally:
        output, _errors = process.communicate("")
        worked += output.splitlines()
    if process.returncode or not worked:
        raise rounds.NotAsMeant(f"The sweep beside the pages ended with {process.returncode}.")


def _work() -> None:
    """Sweep and bring the rollups up to date, minute by minute, until the input ends."""
    from django.utils import timezone

    from efficiency.deadlines import sweep
    from supervision.figures import rollups

    is_over = False
    while not is_over:
        began = time.monotonic()
        swept, updated = sweep.tick().as_dict(), rollups.update(at=timezone.now())
        print(json.dumps({"swept": swept, "updated": updated}), flush=True)
        left = max(0.0, began + MINUTE - time.monotonic())
        is_over = bool(select.select([sys.stdin], [], [], left)[0])


if __name__ == "__main__":
    import django

    django.setup()
    _work()
