"""
How often one source may do what costs others something (docs/trust.md R-02 to R-05).

A source is an address, or an IPv6 network; it is counted under a keyed hash that changes every day. Many citizens share
an address, so above a limit one question is asked, and only ten times above it something is refused. Kiosks in service
halls have neither. Wrong codes never lock a case, and a right one opens whatever was tried before.
"""

import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from efficiency.access import counters
from efficiency.access.cipher import keyed_hash
from efficiency.access.client import client_address, client_source

log = structlog.get_logger(__name__)

HARD_FACTOR = 10
MINUTE = 60
TEN_MINUTES = 10 * MINUTE
DAY = 24 * 60 * MINUTE
_EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands before an act: nothing, a question (``asks``), or a time to wait (``wait_seconds``)."""

    asks: bool = False
    wait_seconds: int = 0


OPEN = Gate()


@dataclass(frozen=True, slots=True)
class Rule:
    """
    A limit: at most so many, by the setting of that name, in a span of seconds that slides in steps of ``slot``.

    A span of a day is the day of the calendar.
    """

    name: str
    setting: str
    span: int
    slot: int

    @property
    def limit(self) -> int:
        """The limit that holds now: half of it while each process counts for itself."""
        limit: int = getattr(settings, self.setting)
        return limit if counters.shared().is_shared else max(1, limit // 2)


FILINGS = Rule("filing", "FILINGS_PER_10_MINUTES", TEN_MINUTES, MINUTE)
FILINGS_A_DAY = Rule("filing-day", "FILINGS_PER_DAY", DAY, DAY)
OF_FILING = (FILINGS, FILINGS_A_DAY)
UPLOADS = Rule("upload-day", "UPLOAD_BYTES_PER_DAY", DAY, DAY)
WRONG_CODES = Rule("wrong-code", "WRONG_CODES_PER_10_MINUTES", TEN_MINUTES, MINUTE)
CODE_TRIES = Rule("code-try", "CODE_TRIES_PER_MINUTE", MINUTE, 5)
WRONG_CODES_OF_ALL = Rule("wrong-code-all", "WRONG_CODES_ALERT_PER_10_MINUTES", TEN_MINUTES, MINUTE)
SURVEY_CODES = Rule("survey-code", "SURVEY_CODES_PER_10_MINUTES", TEN_MINUTES, MINUTE)
OPEN311_FILINGS = Rule("open311", "OPEN311_FILINGS_PER_HOUR", 60 * MINUTE, 5 * MINUTE)
EXPORTS = Rule("export", "EXPORTS_PER_HOUR", 60 * MINUTE, 5 * MINUTE)
DOWNLOADS = Rule("open-data", "DOWNLOADS_PER_HOUR", 60 * MINUTE, 5 * MINUTE)
API_CALLS = Rule("api", "API_CALLS_PER_MINUTE", MINUTE, 5)


def filing(request: HttpRequest, *, at: datetime) -> Gate:
    """
    Say what stands before a filing from the source of ``request`` at ``at``.

    The bytes of its files are counted, as they have been sent whatever follows; the filing itself is not before
    ``filed`` is called, so that correcting a form costs nothing.
    """
    if is_kiosk(request):
        return OPEN
    source = client_source(request)
    size = sum(file.size or 0 for files in request.FILES.lists() for file in files[1])
    found = counters.shared().look_at([_name(rule, source, at) for rule in OF_FILING])
    gates = [_gate(rule, slots, at) for rule, slots in zip(OF_FILING, found, strict=True)]
    # The bytes of this request belong to the limit that they reach, not to the one after it.
    if size:
        gates.append(_gate(UPLOADS, _add(UPLOADS, source, at, size), at, spare=1))
    return Gate(asks=any(gate.asks for gate in gates), wait_seconds=max(gate.wait_seconds for gate in gates))


def filed(request: HttpRequest, *, at: datetime) -> None:
    """Count a case that was filed from the source of ``request``."""
    if not is_kiosk(request):
        source = client_source(request)
        counters.shared().add_to([_place(rule, source, at) for rule in OF_FILING], 1)


def survey_code(request: HttpRequest, *, at: datetime) -> Gate:
    """Say what stands before one more code for a survey from the source of ``request``; not counted yet."""
    return OPEN if is_kiosk(request) else _gate(SURVEY_CODES, _look(SURVEY_CODES, client_source(request), at), at)


def survey_code_drawn(request: HttpRequest, *, at: datetime) -> None:
    """Count a code for a survey that was drawn from the source of ``request``."""
    if not is_kiosk(request):
        _add(SURVEY_CODES, client_source(request), at)


def handing_in(request: HttpRequest, *, at: datetime) -> int:
    """Count the bytes that ``request`` hands in beside a filing; return the seconds to wait, 0 for none (R-02)."""
    size = sum(file.size or 0 for files in request.FILES.lists() for file in files[1])
    if not size or is_kiosk(request):
        return 0
    return _gate(UPLOADS, _add(UPLOADS, client_source(request), at, size), at, spare=1).wait_seconds


def wait_for_codes(request: HttpRequest, *, at: datetime | None = None) -> int:
    """
    Count one try of a code; return for how many seconds the source is refused unchecked, 0 if the try may go on.

    Only a program comes here; checking a code costs too little for anything stricter (docs/trust.md R-05).
    """
    at = at or timezone.now()
    return _wait(CODE_TRIES, _add(CODE_TRIES, client_source(request), at), at)


def wrong_code(request: HttpRequest, *, at: datetime | None = None) -> int:
    """
    Count one wrong code; return how many seconds to ask the person to wait, 0 below the limit.

    A right code still opens meanwhile. Many wrong codes over all sources are pointed out to the operators.
    """
    at = at or timezone.now()
    total = _total(WRONG_CODES_OF_ALL, _add(WRONG_CODES_OF_ALL, _EVERYBODY, at), at)
    if total == WRONG_CODES_OF_ALL.limit:
        log.error("many_wrong_codes", count=total, seconds=WRONG_CODES_OF_ALL.span)
    return _wait(WRONG_CODES, _add(WRONG_CODES, client_source(request), at), at)


def wrong_codes_of_all(*, at: datetime) -> int:
    """Return how many wrong codes were tried in the ten minutes before ``at``, as far as this process can tell."""
    return _total(WRONG_CODES_OF_ALL, _look(WRONG_CODES_OF_ALL, _EVERYBODY, at), at)


def export(user_id: int, *, at: datetime) -> Gate:
    """Count one export of an account; say whether it must wait."""
    return Gate(wait_seconds=_wait(EXPORTS, _add(EXPORTS, f"account:{user_id}", at), at))


def download(request: HttpRequest, *, at: datetime) -> int:
    """Count one file of open data from the source of ``request``; return the seconds to wait, 0 for none (R-02)."""
    if is_kiosk(request):
        return 0
    return _wait(DOWNLOADS, _add(DOWNLOADS, client_source(request), at), at)


def api_call(key_id: int, *, at: datetime) -> int:
    """Count one call with an API key; return how many seconds its system must wait, 0 below the limit (R-02)."""
    return _wait(API_CALLS, _add(API_CALLS, f"key:{key_id}", at), at)


def filing_by_key(key_id: int, *, at: datetime) -> int:
    """Count one filing by an application with its key; return how many seconds it must wait, 0 below the limit."""
    return _wait(OPEN311_FILINGS, _add(OPEN311_FILINGS, f"key:{key_id}", at), at)


def is_kiosk(request: HttpRequest) -> bool:
    """Say whether the request comes from an address that is configured as a kiosk (docs/trust.md R-03)."""
    address = ipaddress.ip_address(client_address(request))
    return any(address in network for network in _kiosks(tuple(settings.KIOSK_ADDRESSES)))


@lru_cache(maxsize=4)
def _kiosks(addresses: tuple[str, ...]) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(address, strict=False) for address in addresses)


def _name(rule: Rule, source: str, at: datetime) -> str:
    """A name from which nobody without the portal's key can tell the address, and nobody at all two days together."""
    print_ = keyed_hash(f"limits:{timezone.localdate(at):%Y-%m-%d}", source).hex()[:32]
    return f"limit:{rule.name}:{print_}"


def _slot(rule: Rule, at: datetime) -> int:
    return 0 if rule.span == DAY else int(at.timestamp()) // rule.slot


def _add(rule: Rule, source: str, at: datetime, amount: int = 1) -> Mapping[int, int]:
    return counters.shared().add_to([_place(rule, source, at)], amount)[0]


def _place(rule: Rule, source: str, at: datetime) -> tuple[str, int, int]:
    """Return where something is counted: name, slot, and for how many seconds it is kept."""
    keep = _seconds_to_midnight(at) if rule.span == DAY else rule.span + rule.slot
    return _name(rule, source, at), _slot(rule, at), keep


def _look(rule: Rule, source: str, at: datetime) -> Mapping[int, int]:
    return counters.shared().look(_name(rule, source, at))


def _running(rule: Rule, slots: Mapping[int, int], at: datetime) -> dict[int, int]:
    """Return the slots that still count at ``at``."""
    if rule.span == DAY:
        return dict(slots)
    oldest = _slot(rule, at) - rule.span // rule.slot
    return {slot: amount for slot, amount in slots.items() if slot > oldest}


def _total(rule: Rule, slots: Mapping[int, int], at: datetime) -> int:
    return sum(_running(rule, slots, at).values())


def _gate(rule: Rule, slots: Mapping[int, int], at: datetime, *, spare: int = 0) -> Gate:
    """Say what stands before one more; with ``spare`` 1, before the one that was counted last."""
    total = _total(rule, slots, at)
    refused = total >= HARD_FACTOR * rule.limit + spare
    return Gate(
        asks=total >= rule.limit + spare,
        wait_seconds=_seconds_until(rule, slots, at, HARD_FACTOR * rule.limit + spare) if refused else 0,
    )


def _wait(rule: Rule, slots: Mapping[int, int], at: datetime) -> int:
    """Return the seconds to wait if what was counted last is above the limit, else 0."""
    if _total(rule, slots, at) <= rule.limit:
        return 0
    return _seconds_until(rule, slots, at, rule.limit + 1)


def _seconds_until(rule: Rule, slots: Mapping[int, int], at: datetime, below: int) -> int:
    """Return how long it takes until the sum has fallen below ``below`` if nothing is added; at least one second."""
    if rule.span == DAY:
        return _seconds_to_midnight(at)
    running = _running(rule, slots, at)
    total = sum(running.values())
    for slot in sorted(running):
        total -= running[slot]
        if total < below:
            ends = slot * rule.slot + rule.span
            return max(1, math.ceil(ends - at.timestamp()))
    return rule.span


def _seconds_to_midnight(at: datetime) -> int:
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(at) + timedelta(days=1), time.min))
    return max(1, math.ceil((midnight - at).total_seconds()))
