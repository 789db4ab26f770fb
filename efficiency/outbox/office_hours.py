"""When a message that calls for work may leave: nobody acts on one at midnight or on a holiday (T8)."""

from datetime import datetime, timedelta

from django.conf import settings

from efficiency.timing import store
from efficiency.timing.due import OFFICE_HOURS, local


def leaves_at(at: datetime) -> datetime:
    """
    Return ``at`` itself in office hours, else when the office next opens.

    :raises OutsideCalendar: the calendar does not cover the days in question
    """
    if not settings.QUIET_MAIL:
        return at
    calendar = store.load()
    moment = local(at)
    opens, closes = OFFICE_HOURS[0][0], OFFICE_HOURS[-1][1]
    day = moment.date()
    if calendar.is_working_day(day) and opens <= moment.time() <= closes:
        return at
    if not calendar.is_working_day(day) or moment.time() > closes:
        day = calendar.on_or_after(day + timedelta(days=1))
    return moment.combine(day, opens, moment.tzinfo)
