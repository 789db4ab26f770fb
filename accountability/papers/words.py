"""Days and limits as papers write them, in Chinese whatever the reader's language is."""

from datetime import date, datetime

from django.utils import timezone

from efficiency.timing.due import Limit, Unit

UNITS = {
    Unit.WORKING_DAY: "个工作日",
    Unit.DAY: "日",
    Unit.HOUR: "小时",
    Unit.WORKING_HOUR: "个工作小时",
    Unit.MONTH: "个月",
    Unit.YEAR: "年",
}


def day(at: datetime) -> str:
    """Return the local day of a moment: 2026年3月9日."""
    return written(timezone.localdate(at))


def written(on: date) -> str:
    """Return a day: 2026年3月9日."""
    return f"{on.year}年{on.month}月{on.day}日"


def limit(of: Limit) -> str:
    """Return a limit: 15个工作日."""
    return f"{of.number}{UNITS[of.unit]}"
