"""What the owner of the database can do, and triggers cannot stop: a few rows of record, sealed, to do it to."""

from datetime import datetime, timedelta

from django.db import connection

from efficiency.audit.models import AuditRecord
from efficiency.audit.records import record
from efficiency.audit.verify import run
from efficiency.chain import sealing
from tests.moments import MONDAY_MORNING

ROWS = 5


def write(count: int = ROWS, *, at: datetime = MONDAY_MORNING) -> list[AuditRecord]:
    """Write so many records of acts."""
    return [
        record(f"tests.act_{n}", actor=None, at=at + timedelta(minutes=n), detail={"n": n, "of": "tests"})
        for n in range(count)
    ]


def sealed(count: int = ROWS) -> list[AuditRecord]:
    """Write so many records of acts and seal them."""
    rows = write(count)
    assert sealing.seal().is_complete
    return rows


def by_force(statement: str, *parameters: object) -> None:
    """Do what triggers and constraints refuse, as an administrator or a doctored backup would."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        assert cursor.rowcount != 0
        cursor.execute("SET LOCAL session_replication_role = origin")


def broken() -> list[tuple[int, str]]:
    """Return what ``verify`` finds wrong with the chain: how often, and the first place, for each of its checks."""
    return [(found.violations, found.first) for found in run("I-11") if found.violations]
