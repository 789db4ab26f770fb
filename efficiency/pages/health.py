"""
What operators ask: is the process alive, is the portal ready, how is it doing (docs/trust.md W-01, W-02).

Figures are read from the database when they are asked for, so that a dead worker cannot hide behind its last report.
Strangers learn which part fails, never why.
"""

import hmac
import ipaddress
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.storage.filesystem import FileSystemStorage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from efficiency.access.client import client_address
from efficiency.audit import measures
from efficiency.audit.models import AuditRecord, Outcome
from efficiency.chain import lag
from efficiency.deadlines import clock, heartbeat
from efficiency.outbox.models import Message, MessageState

log = structlog.get_logger(__name__)

# A sweep a minute is usual; a heartbeat older than this is a stopped engine.
STALE_AFTER = 300.0
BROKER_WAIT = 0.2
OK, DEGRADED, FAILED = "ok", "degraded", "failed"

_migrated = False


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process answers; asks nobody else."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """
    Say part by part whether the portal can work; 503 where one fails.

    A broker that is away is "degraded": the portal works, a little later. ``?part=web`` leaves the engine out, for
    load balancers: a stopped engine is loud, but never closes the doors.
    """
    checks = dict(CHECKS)
    if request.GET.get("part") == "web":
        del checks["engine"]
    parts: dict[str, str] = {}
    for name, check in checks.items():
        # Without a database the others would only wait for it one after the other.
        away = parts.get("database") == FAILED and name in ("migrations", "engine")
        parts[name] = FAILED if away else _state_of(name, check)
    state = FAILED if FAILED in parts.values() else DEGRADED if DEGRADED in parts.values() else OK
    return JsonResponse({"state": state, "parts": parts}, status=503 if state == FAILED else 200)


@require_GET
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Return all figures for Prometheus, to whoever comes from a network of the operator or brings the token."""
    if not _may_see_metrics(request):
        return HttpResponseForbidden()
    figures = CollectorRegistry()
    figures.register(Figures())
    body = generate_latest(measures.registry()) + generate_latest(figures)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


def _may_see_metrics(request: HttpRequest) -> bool:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if settings.METRICS_TOKEN and hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        return True
    address = ipaddress.ip_address(client_address(request))
    return any(address in ipaddress.ip_network(network, strict=False) for network in settings.METRICS_NETWORKS)


def _state_of(name: str, check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # whatever is wrong with a part, the answer is that it fails
        log.warning("part_failed", part=name, error=type(error).__name__)
        return FAILED


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        return FAILED if cursor.fetchone()[0] else OK


def _migrations() -> str:
    """Compare code and schema; a process that has found them equal once asks no more, as it cannot change its code."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return OK if _migrated else FAILED


def _storage() -> str:
    """Ask whether files can be kept: a folder that can be written, or a service that answers."""
    if isinstance(default_storage, FileSystemStorage):
        folder = Path(default_storage.location)
        folder.mkdir(parents=True, exist_ok=True)
        return OK if os.access(folder, os.W_OK | os.X_OK) else FAILED
    default_storage.exists("readyz")
    return OK


def _engine() -> str:
    age = heartbeat.age(clock.read().at)
    return OK if age is not None and age <= STALE_AFTER else FAILED


def _broker() -> str:
    if not settings.REDIS_URL:
        return OK
    import redis

    try:
        client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=BROKER_WAIT, socket_connect_timeout=BROKER_WAIT, retry=None
        )
        try:
            client.ping()
        finally:
            client.close()
    except redis.RedisError:
        return DEGRADED
    return OK


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "storage": _storage,
    "engine": _engine,
    "broker": _broker,
}

Source = Callable[[datetime], Iterator[Metric]]
_sources: list[Source] = []


def register_figures(source: Source) -> None:
    """Let an app above add figures to ``/metrics``; no label holds a person or a number of a case."""
    _sources.append(source)


class Figures:
    """Everything that is read from the database when Prometheus asks."""

    def collect(self) -> Iterator[Metric]:
        """Yield the figures; one that cannot be read is left out, and its absence is an alert of its own."""
        now = clock.read().at
        for source in (_engine_figures, _message_figures, _record_figures, _chain_figures, _machine_figures, *_sources):
            try:
                yield from list(source(now))
            except Exception as error:  # the other figures are still worth having
                log.warning("figures_failed", name=getattr(source, "__name__", ""), error=type(error).__name__)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _engine_figures(now: datetime) -> Iterator[Metric]:
    age = heartbeat.age(now)
    if age is not None:
        yield _gauge("portal_sweep_age_seconds", "Seconds since the last complete sweep", age)
    yield _gauge("portal_deadline_lag_seconds", "Age of the oldest passed, unprocessed threshold", heartbeat.lag(now))
    yield _gauge("portal_deadlines_quarantined", "Promises that the engine set aside", heartbeat.set_aside())
    offset = (now - timezone.now()).total_seconds()
    yield _gauge("portal_clock_offset_seconds", "Clock of the database minus clock of this process", offset)


def _message_figures(now: datetime) -> Iterator[Metric]:
    waiting = Message.objects.filter(state__in=[MessageState.WAITING, MessageState.LEASED], next_try_at__lte=now)
    oldest = waiting.aggregate(oldest=Min("next_try_at"))["oldest"]
    yield _gauge(
        "portal_outbox_oldest_seconds",
        "For how long the oldest letter that is due has waited",
        0.0 if oldest is None else (now - oldest).total_seconds(),
    )
    dead = Message.objects.filter(state=MessageState.DEAD).count()
    yield _gauge("portal_dead_letters", "Letters that were given up", dead)


def _record_figures(now: datetime) -> Iterator[Metric]:
    counts = (
        AuditRecord.objects.filter(at__gt=now - timedelta(days=1), outcome__in=[Outcome.REFUSED, Outcome.FAILED])
        .values("outcome")
        .annotate(number=Count("id"))
        .values_list("outcome", "number")
    )
    family = GaugeMetricFamily("portal_refusals_last_day", "Acts refused or failed within 24 hours", labels=["outcome"])
    for outcome, number in counts:
        family.add_metric([outcome], number)
    yield family


def _chain_figures(now: datetime) -> Iterator[Metric]:
    yield _gauge("portal_seal_lag_seconds", "Seconds since everything of record was last sealed", lag.seconds(now))


def _machine_figures(now: datetime) -> Iterator[Metric]:
    usage = shutil.disk_usage(settings.PORTAL_DATA if Path(settings.PORTAL_DATA).exists() else "/")
    yield _gauge("portal_disk_free_ratio", "Free part of the disk with the portal's data", usage.free / usage.total)
