"""
Questions that are asked again and again while one page is put together, asked once.

A page of the back office asks a dozen rules about one case, and each asks what it needs: whether the viewer is recused,
which promises run. Between ``at_once`` and its end such answers are kept; outside of it nothing is, so that an action,
which changes what it asked about, always asks anew.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

_answers: ContextVar[dict[Hashable, object] | None] = ContextVar("answers", default=None)


@contextmanager
def at_once() -> Iterator[None]:
    """Keep answers until the end of the block; whoever opens it writes nothing inside. Blocks may lie in each other."""
    if _answers.get() is not None:
        yield
        return
    token = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(token)


@contextmanager
def not_remembering() -> Iterator[None]:
    """Ask everything anew until the end of the block, as if outside of ``at_once``."""
    token = _answers.set(None)
    try:
        yield
    finally:
        _answers.reset(token)


def asked_once(key: Hashable, ask: Callable[[], T]) -> T:
    """Return what ``ask`` answers, or what it answered to the same ``key`` before in this block."""
    answers = _answers.get()
    if answers is None:
        return ask()
    if key not in answers:
        answers[key] = ask()
    return answers[key]  # type: ignore[return-value]  # kept under the key of the same question
