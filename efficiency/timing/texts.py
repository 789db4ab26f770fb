"""What the codes of the pure part are called in the language of the reader."""

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from efficiency.timing.calendar import DayKind, Holiday

DAY_KINDS: dict[str, Promise] = {
    DayKind.WORKING.value: pgettext_lazy("kind of day", "working day"),
    DayKind.WEEKEND.value: pgettext_lazy("kind of day", "weekend"),
    DayKind.HOLIDAY.value: pgettext_lazy("kind of day", "holiday"),
    DayKind.MAKEUP.value: pgettext_lazy("kind of day", "make-up working day"),
}

HOLIDAYS: dict[str, Promise] = {
    Holiday.NEW_YEAR.value: pgettext_lazy("holiday", "New Year's Day"),
    Holiday.SPRING_FESTIVAL.value: pgettext_lazy("holiday", "Spring Festival"),
    Holiday.QINGMING.value: pgettext_lazy("holiday", "Qingming Festival"),
    Holiday.LABOUR_DAY.value: pgettext_lazy("holiday", "Labour Day"),
    Holiday.DRAGON_BOAT.value: pgettext_lazy("holiday", "Dragon Boat Festival"),
    Holiday.MID_AUTUMN.value: pgettext_lazy("holiday", "Mid-Autumn Festival"),
    Holiday.NATIONAL_DAY.value: pgettext_lazy("holiday", "National Day"),
    Holiday.VICTORY_DAY.value: pgettext_lazy("holiday", "70th anniversary of the victory in the War of Resistance"),
}


def holiday_name(holiday: str) -> Promise | str:
    """Return what a holiday is called; one that no code is known for is called as the notice calls it."""
    return HOLIDAYS.get(holiday, holiday)
