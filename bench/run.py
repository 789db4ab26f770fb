"""
Measures the portal beside its references: ``python bench/run.py [NAME…] [--n 100000 --n 1000000]``.

Prints one JSON object a result as it is known, and a table of all of them at the end. Every entry measures its
reference in the same run on the same machine; docs/performance.md says what the figures mean.
"""

import argparse
import sys
from collections.abc import Callable, Iterator

import results
import servers
import sweep
from results import Result

ENTRIES: dict[str, Callable[[servers.Scratch, argparse.Namespace], Iterator[Result]]] = {
    "sweep": lambda scratch, options: sweep.run(scratch, options.n, stored=options.stored),
}


def main() -> int:
    """Run the entries that are asked for; 1 if a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"entries to run: {', '.join(ENTRIES)}")
    parser.add_argument("--n", type=int, action="append", help="size of the sweep; may be given several times")
    parser.add_argument("--stored", type=int, default=100_000, help="promises stored while nothing is due")
    options = parser.parse_args()
    options.n = options.n or [10_000]
    if unknown := set(options.names) - set(ENTRIES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    sys.path.append(str(servers.ROOT))
    found = []
    for name in options.names or ENTRIES:
        with servers.scratch_database() as scratch:
            _migrate()
            for result in ENTRIES[name](scratch, options):
                print(result.as_json(), flush=True)
                found.append(result)
    print()
    print(results.table(found))
    return 0 if all(result.ok is not False for result in found) else 1


def _migrate() -> None:
    import django
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    call_command("migrate", verbosity=0, skip_checks=True)
    connection.close()


if __name__ == "__main__":
    sys.exit(main())
