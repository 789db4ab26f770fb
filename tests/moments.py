"""Moments by their names; all in the portal's zone, in the year of docs/domain.md 3.2."""

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    """Return the moment written as ``2026-03-09 10:00`` in the portal's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


# A week without holidays.
MONDAY_MORNING = local("2026-03-02 09:30")
TUESDAY_MORNING = local("2026-03-03 09:30")
WEDNESDAY_MORNING = local("2026-03-04 09:30")
FRIDAY_MORNING = local("2026-03-06 09:30")
FRIDAY_EVENING = local("2026-03-06 20:15")
SATURDAY_NOON = local("2026-03-07 12:00")
NEXT_MONDAY_MORNING = local("2026-03-09 09:30")
