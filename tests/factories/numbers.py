"""Numbers that no two workers of a run give out: what one has kept as a scene stands beside what another makes."""

import os
from itertools import count

_EACH = 100_000


def running() -> "count[int]":
    """Return the numbers of this worker, or of a run without workers."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return count(1 + _EACH * int(worker))
