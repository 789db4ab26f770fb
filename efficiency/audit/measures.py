"""What the process itself can measure: requests by route and status, and how long they took (docs/trust.md W-02)."""

import os

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client import multiprocess as multiprocess_

REGISTRY = CollectorRegistry()

_requests = Counter(
    "portal_requests", "Requests by route, method and status", ("route", "method", "status"), registry=REGISTRY
)
_duration = Histogram(
    "portal_request_seconds",
    "How long requests took",
    ("route",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=REGISTRY,
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request; routes come from ``urls.py``, so that nobody can make up new series."""
    _requests.labels(route, method if method in METHODS else "other", str(status)).inc()
    _duration.labels(route).observe(seconds)


def registry() -> CollectorRegistry:
    """Return what to collect from: all web processes where they share a folder, else this one."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    multiprocess_.MultiProcessCollector(shared)
    return shared
