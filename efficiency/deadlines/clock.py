"""
Whether the clock can be believed (docs/trust.md D-08).

Time is the database's. A wall clock that jumped would turn promises late, or hide that they are, so each sweep compares
it with the steady clock of the machine since the last sweep there. A standstill is no jump: both clocks went on.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection
from django.db.models import Max, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from efficiency.deadlines.models import ClockConfirmation, Sweep

# The two clocks may part by so much; a sweep may come so long after the last one.
MOST_APART = timedelta(seconds=60)
LONGEST_STANDSTILL = timedelta(days=31)
# Among so many recent sweeps one of this machine is looked for: several machines may take turns.
RECENT = 50

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class ClockDoubtful(Exception):
    """The clock does not fit what is known; nothing is swept until it does or an operator confirms it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at both clocks: the database's wall clock, and the machine's steady one since its start."""

    at: datetime
    steady_seconds: float
    boot: str


def read() -> Reading:
    """Look at both clocks now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        at: datetime = cursor.fetchone()[0]
    return Reading(at=at, steady_seconds=steady(), boot=boot_of_machine())


def steady() -> float:
    """Return the seconds since some fixed moment; time in which the machine slept is counted where it is known."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def boot_of_machine() -> str:
    """Return what tells one start of the machine from the next; empty where it cannot be known."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def check(reading: Reading) -> None:
    """
    Compare a reading with what the last sweeps and confirmations left behind.

    :raises ClockDoubtful: the clock stands before the last sweep or more than 31 days after it, or it parted from the
        steady clock by more than a minute since the last sweep on this machine
    """
    evidence = _evidence()
    if not evidence:
        return
    last = max(each.at for each in evidence)
    if reading.at < last:
        raise ClockDoubtful(
            _("The clock stands at %(now)s, before the last sweep at %(last)s.")
            % {"now": reading.at.isoformat(), "last": last.isoformat()}
        )
    if reading.at - last > LONGEST_STANDSTILL:
        raise ClockDoubtful(
            _("The clock stands at %(now)s, more than 31 days after the last sweep at %(last)s.")
            % {"now": reading.at.isoformat(), "last": last.isoformat()}
        )
    here = [each for each in evidence if each.boot and each.boot == reading.boot]
    if not here:
        return
    before = max(here, key=lambda each: each.at)
    passed = timedelta(seconds=reading.steady_seconds - before.steady_seconds)
    apart = (reading.at - before.at) - passed
    if abs(apart) > MOST_APART:
        raise ClockDoubtful(
            _("The clock moved by %(seconds)d seconds against the steady clock since the last sweep.")
            % {"seconds": round(apart.total_seconds())}
        )


def believed() -> datetime | None:
    """
    Return the moment now, or None where the clock is doubtful.

    For whatever acts because time has passed: by a false clock it would take from people the time that is theirs.
    """
    reading = read()
    try:
        check(reading)
    except ClockDoubtful:
        return None
    return reading.at


def check_rehearsal(at: datetime) -> None:
    """
    Refuse to rehearse a moment that a sweep, real or rehearsed, has left behind.

    :raises ClockDoubtful: ``at`` is earlier than the last sweep
    """
    last = sweeps().aggregate(last=Max("at"))["last"]
    if last is not None and at < last:
        raise ClockDoubtful(
            _("The last sweep was at %(last)s; an earlier moment cannot be swept any more.")
            % {"last": last.isoformat()}
        )


def confirm(reading: Reading) -> ClockConfirmation:
    """Write down that an operator found the clock to be right: earlier evidence no longer counts."""
    return ClockConfirmation.objects.create(
        at=reading.at,
        steady_seconds=reading.steady_seconds,
        boot=reading.boot,
        last_sweep_id=Sweep.objects.aggregate(last=Max("id"))["last"] or 0,
    )


def _confirmation() -> ClockConfirmation | None:
    return ClockConfirmation.objects.order_by("-id").first()


def sweeps() -> QuerySet[Sweep]:
    """Return the sweeps that ran by the clock as it is believed now: those after the newest confirmation of it."""
    last = ClockConfirmation.objects.order_by("-id").values("last_sweep_id")[:1]
    return Sweep.objects.filter(id__gt=Coalesce(Subquery(last), 0))


def _evidence() -> list[Reading]:
    """Return what is known of the clock: the newest confirmation, and the recent real sweeps that came after it."""
    confirmation = _confirmation()
    evidence = []
    if confirmation is not None:
        evidence.append(Reading(confirmation.at, confirmation.steady_seconds, confirmation.boot))
    recent = sweeps().filter(rehearsal=False, steady_seconds__isnull=False).order_by("-id")[:RECENT]
    return evidence + [
        Reading(at, steady_seconds, boot)
        for at, steady_seconds, boot in recent.values_list("at", "steady_seconds", "boot")
        if steady_seconds is not None
    ]
