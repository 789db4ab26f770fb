"""
Wake a worker after the commit, if that costs nothing (docs/trust.md D-03, D-06).

A nudge is a hint: everything to be done lies in rows, and the next minute's tick finds it. So a broker that is away
may neither fail a request nor hold it up: one short try, then none for half a minute.
"""

import contextlib
import os
import threading
import time
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction

from efficiency.audit import request_ids

log = structlog.get_logger(__name__)

# Seconds that a request may lose to a broker that does not answer, and that the process then leaves it alone.
LONGEST_WAIT = 0.1
REST_AFTER_FAILURE = 30.0

_IMPATIENT = {
    "socket_timeout": LONGEST_WAIT,
    "socket_connect_timeout": LONGEST_WAIT,
    "retry_on_timeout": False,
    "max_retries": 0,
}

_rests_until = 0.0
_kept: tuple[tuple[int, str], Any] | None = None
_lock = threading.Lock()


def nudge_senders() -> None:
    """Ask a worker to send messages once the running transaction has committed; once a transaction is enough."""
    connection = transaction.get_connection()
    if not any(function is _nudge_senders for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_nudge_senders)


def _nudge_senders() -> None:
    nudge("efficiency.send_messages")


def nudge(task: str) -> bool:
    """Put a task on the queue and say whether that worked; never raises, never waits longer than a moment."""
    global _rests_until
    with _lock:
        if time.monotonic() < _rests_until:
            return False
        try:
            _send(task)
        except Exception as error:  # whatever the broker does, the request has done its work
            _rests_until = time.monotonic() + REST_AFTER_FAILURE
            log.warning("nudge_failed", task=task, error=type(error).__name__)
            return False
    return True


def _send(task: str) -> None:
    from efficiency.celery import app

    is_kept = _kept is not None
    options = {
        "expires": 60,
        "retry": False,
        "ignore_result": True,
        "headers": {"request_number": request_ids.current()},
    }
    try:
        app.send_task(task, producer=_producer(), **options)
    except Exception as error:
        _forget()
        # A kept connection breaks when the broker was restarted; that costs nothing to find out, unlike a silent one.
        if not is_kept or type(error.__cause__).__name__ == "TimeoutError":  # Redis has a class of its own for it
            raise
        app.send_task(task, producer=_producer(), **options)


def _producer() -> Any:
    """Return the producer of this process; its connection stays open from one nudge to the next."""
    global _kept
    from efficiency.celery import app

    broker = (os.getpid(), app.conf.broker_url)
    if _kept is None or _kept[0] != broker:
        options = dict(settings.CELERY_BROKER_TRANSPORT_OPTIONS)
        if settings.REDIS_URL:
            options |= _IMPATIENT
        else:
            Path(options["data_folder_out"]).mkdir(parents=True, exist_ok=True)
        connection = app.connection_for_write(transport_options=options, connect_timeout=LONGEST_WAIT)
        _kept = (broker, app.amqp.Producer(connection))
    return _kept[1]


def _forget() -> None:
    """Drop a connection that failed; the next nudge opens a new one."""
    global _kept
    kept, _kept = _kept, None
    if kept is not None:
        with contextlib.suppress(Exception):
            kept[1].connection.collapse()
