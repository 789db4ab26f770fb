"""What the worker does for many subjects because time has passed: each by itself (docs/trust.md D-07)."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog
from django.db import connection, transaction
from django.db.models import Model

M = TypeVar("M", bound=Model)
log = structlog.get_logger(__name__)


def each(
    rows: Iterable[M], work: Callable[[M], object], /, *, faster: type[Exception] | tuple[type[Exception], ...] = ()
) -> int:
    """
    Do the work for each row in a transaction of its own; return for how many of them it was done.

    What fails with one is logged and stops no other; the next run tries it again. A database that is
    away ends the run.

    :param work: returns something true where there was something to do
    :param faster: what the work raises where somebody else has done it meanwhile
    """
    done = 0
    for row in rows:
        try:
            with transaction.atomic():
                done += bool(work(row))
        except faster:
            continue
        except Exception as error:
            if not connection.is_usable():
                raise
            log.exception("not_tended", of=row._meta.label_lower, object_id=row.pk, error=type(error).__name__)
    return done
