"""
A database with N cases of ``generate_cases``, and what is known of them: numbers, secret codes, organs.
"""

import contextlib
import re
import time
from collections.abc import Iterator
from random import Random

import results
import servers
from results import Result

SEED = 20_260_101
# Beyond so many, cases at rest are stored without their course where nothing reads it.
MOST_WHOLE = 1_000_000
# So many are made; beyond that they are copied in the database until there are as many as asked for.
MOST_MADE = 20_000
TABLES = "complaints_case, complaints_caseevent, efficiency_deadline, efficiency_escalation, efficiency_message"


@contextlib.contextmanager
def lent(
    scratch: servers.Scratch, count: int, *, overdue: bool = False, archive: bool = False
) -> Iterator[tuple[servers.Scratch, Result]]:
    """
    Lend a copy of the database with so many cases, and how fast they were generated.

    With ``archive`` more than ``MOST_WHOLE`` are an archive of cases alone, apart from those that are open.
    """
    option = "--overdue" if overdue else "--archive" if archive and count > MOST_WHOLE else ""
    options = [option] if option else []
    if count > MOST_MADE and count % MOST_MADE == 0:
        options.append(f"--base={MOST_MADE}")
    with scratch.copy("overdue" if overdue else "cases") as filled:
        began = time.perf_counter()
        servers.manage(filled, "generate_cases", f"--count={count}", f"--seed={SEED}", *options)
        seconds = time.perf_counter() - began
        run(filled, f"VACUUM (ANALYZE) {TABLES}")
        run(filled, "CHECKPOINT")
        name = f"generate_cases {option}".strip()
        yield filled, results.told(name, count, count / seconds, "cases/s")


def verify(filled: servers.Scratch, count: int) -> Result:
    """Measure ``verify`` over so many cases; its target is that nothing is violated."""
    began = time.perf_counter()
    output = servers.manage(filled, "verify")
    seconds = time.perf_counter() - began
    violations = int(output.split()[-1])
    return Result("verify", count, results.rounded(seconds), "s", None, None, "0 violations", violations == 0)


def receipts(filled: servers.Scratch, count: int, most: int) -> list[tuple[str, str]]:
    """Return number and secret code of at most ``most`` of so many cases, drawn at random."""
    from complaints.demo.generator import token_of
    from efficiency import codes

    drawn = Random(SEED).sample(range(count), min(count, most))
    code_by_hash = {codes.hash_code(code): code for code in (codes.code_of(token_of(SEED, each)) for each in drawn)}
    rows = run(filled, "SELECT number, code_hash FROM complaints_case WHERE code_hash = ANY(%s)", [list(code_by_hash)])
    return [(number, code_by_hash[bytes(hash_)]) for number, hash_ in rows]


def run(filled: servers.Scratch, statement: str, values: list | None = None) -> list[tuple]:
    """Run one statement and return its rows, if it has any."""
    with contextlib.closing(filled.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def value_of(page: bytes, name: str) -> str:
    """
    Return the value of a hidden field of a page's form.

    :raises LookupError: there is none
    """
    found = re.search(rf'<input[^>]*name="{name}"[^>]*value="([^"]*)"', page.decode())
    if found is None:
        raise LookupError(f"The page has no field {name}.")
    return found[1]


def source(number: int) -> dict[str, str]:
    """Return the header by which a request comes from an address of its own."""
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
