"""
One database as migrations leave it for all workers of a run: the first makes it, the others copy it.

Migrations take as long as some hundred tests. Who comes second waits for the first, which leaves a core to it.
"""

import fcntl
import os
from pathlib import Path
from typing import IO

from django.db import connection

# Named by the controller of a run that has servers of its own, which end with the run and the copy with them.
NAME = "DATABASE_TEMPLATE"

_lock: IO[str] | None = None


def take() -> None:
    """Let this worker copy the database if there is one; else it is to make it, and the others wait for ``give``."""
    global _lock
    name = os.environ.get(NAME)
    if not name or not os.environ.get("PYTEST_XDIST_WORKER"):
        return
    held = (Path(os.environ["PORTAL_DATA"]) / "database.lock").open("a+")
    fcntl.flock(held, fcntl.LOCK_EX)
    held.seek(0)
    if held.read():
        connection.settings_dict["TEST"]["TEMPLATE"] = name
        held.close()
    else:
        _lock = held


def was_taken() -> bool:
    """Say whether this worker has copied the database of another."""
    return bool(connection.settings_dict["TEST"].get("TEMPLATE"))


def give() -> None:
    """Leave a copy of the database that this worker has made to the others."""
    global _lock
    if _lock is None:
        return
    made = connection.settings_dict["NAME"]
    connection.close()  # nobody may be there while it is copied
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{os.environ[NAME]}" TEMPLATE "{made}"')
    _lock.write("made")
    _lock.close()
    _lock = None
