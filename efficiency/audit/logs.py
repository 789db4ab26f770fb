"""
Logs carry request id, route, status, time and account id; nothing that anybody typed (docs/trust.md P-08).

One JSON object a line. Every record of every library passes ``render``: exceptions keep their class and place and lose
the values of variables and what their message quotes; arguments that hold a request are left out.
"""

import json
import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog
from django.http import HttpRequest

# What a line may carry besides its event; anything else is dropped, so that a careless call cannot leak.
FIELDS = frozenset(
    {
        "action",
        "age",
        "attempts",
        "batch",
        "cards",
        "checked",
        "count",
        "dead",
        "duration_ms",
        "error",
        "escalated",
        "failed",
        "instance",
        "kind",
        "lag",
        "letter",
        "level_name",
        "messages",
        "method",
        "name",
        "object_id",
        "object_type",
        "overdue",
        "part",
        "pid",
        "port",
        "process",
        "reason",
        "request_id",
        "route",
        "seconds",
        "sent",
        "set_aside",
        "signal",
        "state",
        "status",
        "task",
        "user_id",
        "version",
        "warned",
        "withheld",
    }
)
# Messages of these loggers quote paths, addresses, user names or whole rows; what they begin with alone is kept.
_QUOTING = (
    "django.request",
    "django.security",
    "django.server",
    "axes",
    "gunicorn.access",
    "celery.app.trace",
    "celery.worker.request",
)
_SUSPICIONS = "django.security."


def configure() -> None:
    """Let structlog speak through the standard logging, where ``render`` writes all lines; called at the start."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def formatter() -> logging.Formatter:
    """Return what writes a record of the standard logging as a line; named in ``settings.LOGGING``."""
    return structlog.stdlib.ProcessorFormatter(processors=[render])


def render(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    """Return one line: time, level, logger, event, the fields that may be known, and an exception without values."""
    record: logging.LogRecord | None = event.pop("_record", None)
    ours = bool(event.pop("_from_structlog", False))
    fields = dict(event) if ours else {**structlog.contextvars.get_contextvars(), **event}
    line: dict[str, Any] = {
        "at": datetime.fromtimestamp(record.created if record else datetime.now(UTC).timestamp(), UTC).isoformat(
            timespec="milliseconds"
        ),
        "level": (record.levelname if record else name).lower(),
        "logger": record.name if record else str(getattr(logger, "name", "")),
        "event": _event(record, str(fields.pop("event", "")), ours=ours),
    }
    line |= {key: _plain(value) for key, value in fields.items() if key in FIELDS}
    exc_info = fields.get("exc_info") or (record.exc_info if record else None)
    if exc_info:
        line["exception"] = _exception(exc_info)
    return json.dumps(line, ensure_ascii=False, default=str)


def _event(record: logging.LogRecord | None, event: str, *, ours: bool) -> str:
    if ours or record is None:
        return event
    if record.name.startswith(_SUSPICIONS):
        # The message is that of an exception and quotes what was asked for; the logger is named after its class.
        return record.name.removeprefix(_SUSPICIONS)
    if record.name.startswith(_QUOTING):
        # "Internal Server Error: %s" without the path that goes into it.
        return str(record.msg).partition("%")[0].partition(":")[0].strip()
    return event


def _plain(value: Any) -> Any:
    if isinstance(value, HttpRequest):
        return None
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return str(value)


def _exception(exc_info: Any) -> list[dict[str, Any]]:
    """Return the chain of exceptions as class and places; messages quote values and stay out."""
    if exc_info is True:
        exc_info = sys.exc_info()
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    chain = []
    seen: set[int] = set()
    while isinstance(error, BaseException) and id(error) not in seen:
        seen.add(id(error))
        frames = traceback.extract_tb(error.__traceback__)
        chain.append(
            {
                "class": f"{type(error).__module__}.{type(error).__qualname__}",
                "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]],
            }
        )
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain
