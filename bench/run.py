"""
Measures the portal beside its references: ``python bench/run.py [NAME…] [--n 100000 --n 1000000]``.

Prints one JSON object a result as it is known, and a table of all of them at the end. Every entry measures its
reference in the same run on the same machine; docs/performance.md says what the figures mean.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

# The portal's own modules, whatever folder this is started from.
sys.path.insert(1, str(Path(__file__).resolve().parent.parent))

import appraisal
import bulletin
import cases
import disclosure_pages
import filing
import matters
import overview
import results
import rounds
import servers
import staff
import sweep
import tracking
from results import Result

NAMES = (
    "verify",
    "queue",
    "search",
    "case_page",
    "tracking",
    "filing",
    "sweep",
    "matters",
    "open_matters",
    "disclosure",
    "appraisal",
    "overview",
    "overview_page",
    "bulletin",
)
# They look at cases at rest as rows of a list alone.
OF_LISTS = frozenset(staff.ENTRIES)
# Over the same cases and matters: statements, and pages.
OF_OVERVIEW = frozenset({"overview", "overview_page"})


def main() -> int:
    """Run the entries that are asked for; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"entries to run, all by default: {', '.join(NAMES)}")
    parser.add_argument("--n", type=int, action="append", help="how many cases are there; may be given several times")
    parser.add_argument("--stored", type=int, default=100_000, help="promises stored while nothing is due; 0: not that")
    parser.add_argument("--requests", type=int, default=1500, help="requests to portal and reference each")
    parser.add_argument("--rounds", type=int, default=5, help="rounds in which portal and reference take turns")
    options = parser.parse_args()
    options.n = options.n or [10_000]
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    found: list[Result] = []
    with servers.scratch_database() as scratch:
        _prepare(scratch)
        for result in _results(scratch, options):
            _tell(result, found)
    for result in staff.growth(tuple(found)):
        _tell(result, found)
    print()
    print(results.table(found))
    return 0 if all(result.ok is not False for result in found) else 1


def _tell(result: Result, found: list[Result]) -> None:
    print(result.as_json(), flush=True)
    found.append(result)


def _results(scratch: servers.Scratch, options: argparse.Namespace) -> Iterator[Result]:
    names = options.names or NAMES
    with_cases = set(names) - {"sweep", "matters", "open_matters", "disclosure", "appraisal", "bulletin", *OF_OVERVIEW}
    for count in options.n if with_cases else ():
        with cases.lent(scratch, count, archive=with_cases <= OF_LISTS) as (filled, speed):
            yield speed
            if "verify" in names:
                yield cases.verify(filled, count)
            entries = [entry for entry in (tracking, filing) if entry.__name__ in names]  # first the one that reads
            if entries or with_cases & OF_LISTS:
                with rounds.sites(filled) as ports:
                    if with_cases & OF_LISTS:
                        yield from staff.run(
                            filled, count, ports, names=names, requests=options.requests, turns=options.rounds
                        )
                    for entry in entries:
                        yield from entry.run(filled, count, ports, requests=options.requests, turns=options.rounds)
    if "sweep" in names:
        yield from sweep.run(scratch, options.n, turns=options.rounds, stored=options.stored)
    if "matters" in names:
        yield from matters.run(scratch, options.n, turns=options.rounds)
    if "open_matters" in names:
        yield from matters.run_open(scratch, options.n)
    if "appraisal" in names:
        yield from appraisal.run(scratch, options.n, turns=options.rounds)
    if OF_OVERVIEW & set(names):
        yield from overview.run(scratch, options.n, names=names, requests=options.requests, turns=options.rounds)
    if "bulletin" in names:
        yield from bulletin.run(scratch, options.n)
    for count in options.n if "disclosure" in names else ():
        with disclosure_pages.lent(scratch, count) as (filled, speed):
            yield speed
            with rounds.sites(filled) as ports:
                yield from disclosure_pages.run(filled, count, ports, requests=options.requests, turns=options.rounds)


def _prepare(scratch: servers.Scratch) -> None:
    """Make the tables and collect the browser's files, as a portal does before it starts."""
    servers.manage(scratch, "migrate", "--verbosity=0")
    servers.manage(scratch, "collectstatic", "--verbosity=0", "--no-input")
    import django

    django.setup()


if __name__ == "__main__":
    sys.exit(main())
