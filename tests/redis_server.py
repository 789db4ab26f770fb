"""Whether there is a Redis for the tests: the portal does without one, what is about Redis cannot be tested then."""

import os
from functools import cache

from efficiency.runtime.redis import find_binary


def is_there(*, own: bool = False) -> bool:
    """Say whether the tests have a Redis; with ``own``, whether a portal that they start can have one of its own."""
    return _can_be_started() or (not own and bool(os.environ.get("REDIS_URL")))


@cache
def _can_be_started() -> bool:
    return find_binary() is not None
