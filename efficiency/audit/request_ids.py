"""One number from page to task to log to message to audit (docs/trust.md W-04)."""

import re
import uuid

from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

# What a proxy in front of us may hand in: short, and free of anything that could forge a line of a log.
_ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{7,39}")


def accept(text: str | None) -> str:
    """Return the id that was handed in, if it has the form of one, else a new one."""
    if text and _ACCEPTED.fullmatch(text):
        return text
    return uuid.uuid4().hex


def begin(request_id: str, **more: object) -> None:
    """Begin a piece of work under this id; what an earlier one left on the thread is gone."""
    clear_contextvars()
    bind_contextvars(request_id=request_id, **more)


def end() -> None:
    """Forget the id at the end of the work."""
    clear_contextvars()


def current() -> str:
    """Return the id of the running work, empty outside of any."""
    return str(get_contextvars().get("request_id", ""))
