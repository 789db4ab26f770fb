"""
Counters over a span of time: shared through Redis, in the process while Redis is away (docs/trust.md R-04, F-04).

A counter lives at most a day. Redis that does not answer costs one request a tenth of a second; from then on a thread
asks whether it is back, and requests count in the process until it is. The limits are halved there: neither open nor
closed.
"""

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

LONGEST_WAIT = 0.1
PROBE_SECONDS = 2.0
# A process counts for so many names at most; the oldest are forgotten first.
MOST_NAMES = 20_000

Slots = Mapping[int, int]


class Counters:
    """Counts by name and slot, a slot being a number that the caller derives from the time."""

    def __init__(self, url: str) -> None:
        self._client = (
            redis.Redis.from_url(
                url,
                socket_timeout=LONGEST_WAIT,
                socket_connect_timeout=LONGEST_WAIT,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
            )
            if url
            else None
        )
        self._is_away = self._client is None
        self._lock = threading.Lock()
        self._local: OrderedDict[str, defaultdict[int, int]] = OrderedDict()

    @property
    def is_shared(self) -> bool:
        """Whether all processes count together at the moment."""
        return not self._is_away

    def add(self, name: str, slot: int, amount: int, *, keep_seconds: int) -> Slots:
        """Add ``amount`` to a slot of ``name``, to be kept so long after the last addition; return all its slots."""
        return self.add_to([(name, slot, keep_seconds)], amount)[0]

    def add_to(self, places: Sequence[tuple[str, int, int]], amount: int) -> list[Slots]:
        """Add to several names in one trip: name, slot and how long to keep each; return the slots of each."""
        if self._client is not None and not self._is_away:
            try:
                pipe = self._client.pipeline(transaction=False)
                for name, slot, keep_seconds in places:
                    pipe.hincrby(name, str(slot), amount)
                    pipe.expire(name, keep_seconds)
                    pipe.hgetall(name)
                return [_read(found) for found in pipe.execute()[2::3]]
            except (redis.RedisError, OSError) as error:
                self._fell_away(error)
        with self._lock:
            return [self._count(name, slot, amount) for name, slot, _keep_seconds in places]

    def _count(self, name: str, slot: int, amount: int) -> Slots:
        """Count in this process; under the lock."""
        slots = self._local.setdefault(name, defaultdict(int))
        slots[slot] += amount
        self._local.move_to_end(name)
        if len(self._local) > MOST_NAMES:
            self._local.popitem(last=False)
        return dict(slots)

    def look(self, name: str) -> Slots:
        """Return the slots of ``name`` without changing them."""
        return self.look_at([name])[0]

    def look_at(self, names: Sequence[str]) -> list[Slots]:
        """Return the slots of several names in one trip."""
        if self._client is not None and not self._is_away:
            try:
                pipe = self._client.pipeline(transaction=False)
                for name in names:
                    pipe.hgetall(name)
                return [_read(found) for found in pipe.execute()]
            except (redis.RedisError, OSError) as error:
                self._fell_away(error)
        with self._lock:
            return [dict(self._local.get(name, {})) for name in names]

    def _fell_away(self, error: Exception) -> None:
        with self._lock:
            if self._is_away:
                return
            self._is_away = True
        log.warning("counters_in_process", error=type(error).__name__)
        threading.Thread(target=self._wait_for_return, name="counters", daemon=True).start()

    def _wait_for_return(self) -> None:
        while self._client is not None:
            time.sleep(PROBE_SECONDS)
            try:
                self._client.ping()
            except (redis.RedisError, OSError):
                continue
            with self._lock:
                self._local.clear()
                self._is_away = False
            log.info("counters_shared_again")
            return


def _read(raw: dict) -> Slots:
    return {int(slot): int(amount) for slot, amount in raw.items()}


_shared: Counters | None = None
_shared_lock = threading.Lock()


def shared() -> Counters:
    """Return this process's counters."""
    global _shared
    if _shared is None:
        with _shared_lock:
            if _shared is None:
                _shared = Counters(settings.REDIS_URL)
    return _shared
