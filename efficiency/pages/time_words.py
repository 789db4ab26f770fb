"""The words of time: days, moments and amounts as every page says them, in the language of the reader (docs/ui.md)."""

from datetime import date, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext


def weekday(value: date | datetime) -> str:
    """Return the weekday of a date in short: 周五, Fri."""
    return _weekday_in(get_language(), _local_date(value).weekday())


# The same few days stand on a page a hundred times, and each takes several looks into the catalogue of a language.
@lru_cache(maxsize=64)
def _weekday_in(_language: str | None, number: int) -> str:
    # Written out, so that the extraction of messages finds each of them.
    return (
        pgettext("weekday", "Mon"),
        pgettext("weekday", "Tue"),
        pgettext("weekday", "Wed"),
        pgettext("weekday", "Thu"),
        pgettext("weekday", "Fri"),
        pgettext("weekday", "Sat"),
        pgettext("weekday", "Sun"),
    )[number]


@lru_cache(maxsize=4096)
def _date_in(_language: str | None, on: date, with_year: bool, with_weekday: bool) -> str:
    if with_year:
        shown = date_format(on, pgettext("format of a date with year", "j F Y"))
    else:
        shown = date_format(on, pgettext("format of a date without year", "j F"))
    if not with_weekday:
        return shown
    return pgettext("date with weekday", "%(weekday)s %(date)s") % {"weekday": weekday(on), "date": shown}


def day(value: date | datetime | None, today: date | None = None) -> str:
    """Return a date with its weekday, 12月11日（周五）; with the year where it is not that of ``today``."""
    if value is None:
        return ""
    on = _local_date(value)
    return _date_in(get_language(), on, on.year != (today or timezone.localdate()).year, True)


def plain_day(value: date | datetime, today: date | None = None) -> str:
    """Return the same without the weekday, 12月11日, for narrow columns of days that nobody has to keep."""
    on = _local_date(value)
    return _date_in(get_language(), on, on.year != (today or timezone.localdate()).year, False)


def moment(value: datetime | None, today: date | None = None) -> str:
    """Return a date with its weekday and the time of day: 12月11日（周五）10:32."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    return pgettext("date with time", "%(date)s %(time)s") % {
        "date": day(local, today),
        "time": local.strftime("%H:%M"),
    }


def time_tag(value: datetime, today: date | None = None, due: bool = False, with_time: bool = True) -> SafeString:
    """Return an element ``time`` for a moment; ``due`` adds ``data-due``, by which machines find deadlines."""
    iso = timezone.localtime(value).isoformat()
    text = moment(value, today) if with_time else day(value, today)
    if due:
        return format_html('<time datetime="{}" data-due="{}">{}</time>', iso, iso, text)
    return format_html('<time datetime="{}">{}</time>', iso, text)


def amount(number: int | None, unit: str = "wd") -> str:
    """Return a number of days with its unit: 13 个工作日."""
    number = number or 0
    if unit == "wd":
        return ngettext("%(number)d working day", "%(number)d working days", number) % {"number": number}
    if unit in ("h", "wh"):
        return ngettext("%(number)d hour", "%(number)d hours", number) % {"number": number}
    return ngettext("%(number)d day", "%(number)d days", number) % {"number": number}


def _local_date(value: date | datetime) -> date:
    return timezone.localtime(value).date() if isinstance(value, datetime) else value
