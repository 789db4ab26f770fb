"""What the codes of the pure part are called in the language of the reader."""

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext, pgettext_lazy

from efficiency.timing.calendar import DayKind, Holiday
from efficiency.timing.due import Limit, Unit
from efficiency.timing.explain import Account, Line, Note, Reason

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


_REASONS: dict[Reason, Promise] = {
    Reason.NOT_RECEIVED: gettext_lazy("Filed outside office hours."),
    Reason.START_DAY: gettext_lazy("The day of the start is not counted."),
    Reason.MAKEUP: gettext_lazy("This weekend day is worked."),
    Reason.WEEKEND: gettext_lazy("Not a working day."),
    Reason.HOLIDAY: gettext_lazy("Not a working day."),
    Reason.SUSPENDED: gettext_lazy("Suspended, not counted."),
    Reason.EXTENSION: gettext_lazy("Extension."),
    Reason.MOVED: gettext_lazy("The time may not end on a day off."),
}

_NOTES: dict[Note, Promise] = {
    Note.START_NOT_COUNTED: gettext_lazy("The day of the start does not count; counting begins on the next day."),
    Note.SAME_DAY: gettext_lazy("To be done on the same working day."),
    Note.WORKING_DAYS_ONLY: gettext_lazy("Only working days count: neither weekends nor holidays."),
    Note.ALL_DAYS: gettext_lazy("Every day counts, weekends and holidays included."),
    Note.HOURS_RUN_ON: gettext_lazy("Hours run on through nights, weekends and holidays."),
    Note.OFFICE_HOURS_ONLY: gettext_lazy("Only office hours count: 8:30 to 12:00 and 14:00 to 17:30 on working days."),
    Note.SAME_DAY_NUMBER: gettext_lazy("The time ends on the same day of the month, or on the month's last day."),
    Note.MOVED_TO_WORKING_DAY: gettext_lazy("The time would end on a day off, so it ends on the next working day."),
    Note.MAKEUP_COUNTED: gettext_lazy("Weekend days that are worked to make up for a holiday count as working days."),
    Note.SUSPENSION_NOT_COUNTED: gettext_lazy("Days on which the matter was suspended do not count."),
    Note.STILL_SUSPENDED: gettext_lazy("The time stands still. The new last day is known once it runs again."),
    Note.EXTENDED: gettext_lazy("The extension counts on from the old last day."),
    Note.ENDS_AT_24: gettext_lazy("The last day ends at 24:00."),
    Note.ENDS_AT_MOMENT: gettext_lazy("The time ends at the minute."),
    Note.RECEIVED_NEXT_WORKING_DAY: gettext_lazy(
        "What is filed outside office hours is received on the next working day."
    ),
}


def limit_text(limit: Limit) -> str:
    """Return a limit in words: "15 working days"."""
    number = limit.number
    if number == 0 and not limit.unit.is_hours:
        return pgettext("limit", "the same day")
    match limit.unit:
        case Unit.WORKING_DAY:
            text = ngettext("%(number)d working day", "%(number)d working days", number)
        case Unit.DAY:
            text = ngettext("%(number)d calendar day", "%(number)d calendar days", number)
        case Unit.HOUR:
            text = ngettext("%(number)d hour", "%(number)d hours", number)
        case Unit.WORKING_HOUR:
            text = ngettext("%(number)d working hour", "%(number)d working hours", number)
        case Unit.MONTH:
            text = ngettext("%(number)d month", "%(number)d months", number)
        case Unit.YEAR:
            text = ngettext("%(number)d year", "%(number)d years", number)
    return text % {"number": number}


def kind_name(line: Line) -> str:
    """Return what a day of an account is: the holiday by its name, else working day, weekend, make-up working day."""
    return str(holiday_name(line.holiday) if line.kind is DayKind.HOLIDAY else DAY_KINDS[line.kind.value])


def reason_text(line: Line, account: Account) -> str:
    """Return why a day of an account is counted or not; empty for a plain day that counts."""
    if line.reason is Reason.HOURS:
        return gettext("%(hours)s hours run on this day.") % {"hours": f"{line.hours:g}"}
    if line.reason is Reason.MOVED and line.date == account.last_day:
        return gettext("The next working day: the time ends here.")
    return str(_REASONS.get(line.reason, ""))


def note_texts(account: Account) -> Sequence[str]:
    """Return the rules that an account follows from, as sentences."""
    return [str(_NOTES[note]) for note in account.notes if note in _NOTES] + _provisional(account)


def summary(account: Account) -> str:
    """Return an account in one sentence, for the head of the day-by-day table."""
    values = {"limit": limit_text(account.limit), "start": date_format(account.start.date())}
    if account.extensions:
        values["extension"] = " + ".join(limit_text(each) for each in account.extensions)
    if account.last_day is None:
        if account.remaining is None:
            return gettext("%(limit)s from %(start)s; suspended at present.") % values
        values["remaining"] = limit_text(Limit(account.remaining, account.limit.unit))
        return gettext("%(limit)s from %(start)s; suspended at present, with %(remaining)s left.") % values
    values["end"] = date_format(account.last_day)
    if account.extensions:
        return gettext("%(limit)s from %(start)s, extended by %(extension)s: last day %(end)s.") % values
    return gettext("%(limit)s from %(start)s: last day %(end)s.") % values


def _provisional(account: Account) -> list[str]:
    return [
        gettext("The days off of %(year)d are not announced yet; the date may still change.") % {"year": year}
        for year in account.provisional_years
    ]
