"""Rows that the worker looks after, each by itself: one that fails stops none of the others (docs/trust.md D-07)."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

Row = TypeVar("Row")
log = structlog.get_logger(__name__)


def each(
    rows: Iterable[Row],
    tend: Callable[[Row], int | bool],
    /,
    *,
    job: str,
    named: Callable[[Row], object] = lambda row: getattr(row, "pk", None),
) -> int:
    """
    Let ``tend``, a transaction of its own, look after each row; return the sum of what it says.

    :param named: what the log calls a row: its key, nothing of what it says
    :raises ExceptionGroup: what failed, once all rows were looked at
    """
    done, failed = 0, list[Exception]()
    for row in rows:
        try:
            done += tend(row)
        except Exception as error:
            log.exception("reception_row_not_tended", job=job, row=named(row))
            failed.append(error)
    if failed:
        raise ExceptionGroup(f"Some of {job} failed.", failed)
    return done
