"""Days as papers write them."""

from datetime import datetime

from django.utils import timezone


def day(at: datetime) -> str:
    """Return the local day of a moment as papers write it: 2026年3月9日."""
    on = timezone.localdate(at)
    return f"{on.year}年{on.month}月{on.day}日"
