"""People and moments for the tests of the calendar."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from efficiency.timing import notices, registry

IN_DECEMBER = datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))

# What a notice for 2027 might say: Spring Festival stretched by two worked weekends, New Year's Day from December on.
DAYS_OFF_2027 = {
    date(2026, 12, 31): "new_year",
    date(2027, 1, 1): "new_year",
    date(2027, 1, 2): "new_year",
    date(2027, 1, 3): "new_year",
    **{date(2027, 2, day): "spring_festival" for day in range(5, 13)},
    **{date(2027, 4, day): "qingming" for day in (3, 4, 5)},
    **{date(2027, 5, day): "labour_day" for day in range(1, 6)},
    date(2027, 6, 9): "dragon_boat",
    date(2027, 9, 15): "mid_autumn",
    **{date(2027, 10, day): "national_day" for day in range(1, 8)},
}
MAKEUP_DAYS_2027 = [date(2026, 12, 27), date(2027, 1, 30), date(2027, 2, 14), date(2027, 5, 8), date(2027, 10, 9)]


@pytest.fixture
def notice_2027() -> dict:
    """What a person types in from the notice for 2027."""
    return {"days_off": DAYS_OFF_2027, "makeup_days": MAKEUP_DAYS_2027, "notice": "国办发明电〔2026〕测试1号"}


@pytest.fixture
def everybody_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give everyone the right to change the calendar: who has it really is tested on its own."""
    monkeypatch.setattr(registry, "_permissions", [lambda user, action: True])


@pytest.fixture
def changes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[date, datetime]]:
    """Record what is told of changes, and nobody else."""
    told: list[tuple[date, datetime]] = []
    follow: Callable[[date, datetime], None] = lambda first_date, at: told.append((first_date, at))  # noqa: E731
    monkeypatch.setattr(registry, "_on_change", [follow])
    return told


@pytest.fixture
def provisional_2027() -> None:
    """Make sure that the tests still mean something when the library knows 2027."""
    if 2027 in notices.announced():
        pytest.fail("chinesecalendar knows 2027 now: let these tests propose the first year that it does not know.")
