"""Works that run at once, each in a thread with a connection of its own, and what they wait for."""

import time
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

from django.db import connection

PATIENCE = 20.0


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Start the works together; return what each returned, or the exception that it ended with."""
    together = Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(place: int, work: Callable[[], Any]) -> None:
        try:
            together.wait(timeout=PATIENCE)
            results[place] = work()
        except Exception as error:  # the test looks at what it was
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, work), daemon=True) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=3 * PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "the works wait for each other"
    return results


def failures(results: list[Any]) -> list[Exception]:
    """Return the exceptions among the results."""
    return [result for result in results if isinstance(result, Exception)]


def until_somebody_waits() -> None:
    """Come back once another connection to this database waits for a lock that is held."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction would go on seeing what it saw first
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")
