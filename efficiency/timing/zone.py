"""Days and moments in the portal's zone, Asia/Shanghai: the only place where one becomes the other. Pure Python."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)
# Days that people give lie in between: with one at the end of all dates no rule could reckon on.
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2099, 12, 31)


class NaiveMoment(ValueError):
    """A moment without a zone was handed in; which day it belongs to would be a guess."""


def local(moment: datetime) -> datetime:
    """
    Return the moment in the portal's zone.

    :raises NaiveMoment: it has no zone
    """
    if moment.tzinfo is ZONE:  # asked of thousands of moments at once, most of which are local already
        return moment
    if moment.utcoffset() is None:
        raise NaiveMoment(f"{moment} has no zone.")
    return moment.astimezone(ZONE)


def local_day(moment: datetime) -> date:
    """
    Return the day of a moment in the portal's zone: 00:00 to 08:00 belong to the previous day in UTC only.

    :raises NaiveMoment: it has no zone
    """
    return local(moment).date()


def start_of(day: date) -> datetime:
    """Return 00:00 of a day in the portal's zone."""
    return datetime.combine(day, time(), ZONE)


def end_of(day: date) -> datetime:
    """Return 24:00 of a day, which is the first moment that no longer belongs to it (rule 4)."""
    return start_of(day + ONE_DAY)
