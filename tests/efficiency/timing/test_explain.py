"""The account of a due date, and its sentences."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from efficiency.timing import notices, texts
from efficiency.timing.calendar import DayKind, Holiday
from efficiency.timing.due import Limit, Suspension
from efficiency.timing.explain import Note, Reason, explain

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = notices.calendar_of([notices.announced()[2025], notices.announced()[2026], notices.assumed(2027)])


def account_of(start: str, limit: str, **more):
    moment = datetime.fromisoformat(start if "T" in start else f"{start}T10:00").replace(tzinfo=SHANGHAI)
    return explain(moment, Limit.parse(limit), calendar=CALENDAR, **more)


def brief(account) -> list[tuple[str, str, int | None]]:
    return [(f"{line.date:%m-%d}", line.reason.value, line.counted) for line in account.lines]


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


class TestAccount:
    def test_names_each_day_and_why_it_counts_or_not(self):
        account = account_of("2026-02-12", "3wd")

        assert brief(account)[:5] == [
            ("02-12", "start_day", None),
            ("02-13", "counted", 1),
            ("02-14", "makeup", 2),
            ("02-15", "holiday", None),
            ("02-16", "holiday", None),
        ]
        assert brief(account)[-1] == ("02-24", "counted", 3)
        assert {line.holiday for line in account.lines if line.kind is DayKind.HOLIDAY} == {"spring_festival"}
        assert Note.MAKEUP_COUNTED in account.notes

    def test_shows_the_suspension_and_the_extension(self):
        account = account_of(
            "2026-03-02",
            "3wd",
            suspensions=[Suspension(date(2026, 3, 4), date(2026, 3, 5))],
            extensions=[Limit.parse("1wd")],
        )

        assert brief(account) == [
            ("03-02", "start_day", None),
            ("03-03", "counted", 1),
            ("03-04", "suspended", None),
            ("03-05", "suspended", None),
            ("03-06", "counted", 2),
            ("03-07", "weekend", None),
            ("03-08", "weekend", None),
            ("03-09", "counted", 3),
            ("03-10", "extension", 4),
        ]
        assert {Note.SUSPENSION_NOT_COUNTED, Note.EXTENDED} <= set(account.notes)

    def test_tells_that_the_end_was_moved_off_a_holiday(self):
        account = account_of("2026-01-20", "30d")

        assert brief(account)[30:] == [
            ("02-19", "counted", 30),
            ("02-20", "moved", None),
            ("02-21", "moved", None),
            ("02-22", "moved", None),
            ("02-23", "moved", None),
            ("02-24", "moved", None),
        ]

    def test_marks_the_days_that_are_not_announced_yet(self):
        account = account_of("2026-12-25", "5wd")

        assert account.provisional
        assert account.provisional_years == (2027,)
        assert [line.date.year for line in account.lines if line.provisional] == [2027] * 4
        assert account.notes[-1] is Note.PROVISIONAL

    def test_stops_where_a_suspension_lasts(self):
        account = account_of("2026-03-02", "5wd", suspensions=[Suspension(date(2026, 3, 5), None)])

        assert brief(account)[-1] == ("03-05", "suspended", None)
        assert account.due_at is None
        assert account.remaining == 3

    def test_ignores_a_suspension_that_begins_after_the_end(self):
        account = account_of("2026-03-02", "5wd", suspensions=[Suspension(date(2026, 3, 10), None)])

        assert account.last_day == date(2026, 3, 9)

    def test_begins_with_the_filing_where_it_was_received_later(self):
        account = account_of("2026-03-06T20:00", "1wd", receipt_rule="next_working_day")

        assert brief(account) == [
            ("03-06", "not_received", None),
            ("03-07", "not_received", None),
            ("03-08", "not_received", None),
            ("03-09", "start_day", None),
            ("03-10", "counted", 1),
        ]

    def test_of_the_same_day_counts_it(self):
        assert brief(account_of("2026-03-06", "0d")) == [("03-06", "counted", 1)]

    def test_of_hours_says_how_many_ran_on_each_day(self):
        account = account_of("2026-03-06T16:00", "4wh")

        assert [(line.reason, line.hours) for line in account.lines] == [
            (Reason.HOURS, 1.5),
            (Reason.WEEKEND, 0.0),
            (Reason.WEEKEND, 0.0),
            (Reason.HOURS, 2.5),
        ]

    def test_survives_json(self):
        for start, limit in [("2026-12-25", "5wd"), ("2026-01-20", "30d"), ("2026-03-06", "30h")]:
            account = account_of(start, limit)
            assert json.loads(json.dumps(account.as_dict()))["due_at"] == account.due_at.isoformat()


class TestTexts:
    def test_one_sentence_says_it_all(self):
        assert texts.summary(account_of("2026-03-02", "15wd")) == (
            "15 working days from March 2, 2026: last day March 23, 2026."
        )

    def test_an_extension_is_told(self):
        account = account_of("2026-03-02", "15wd", extensions=[Limit.parse("15wd")])

        assert texts.summary(account) == (
            "15 working days from March 2, 2026, extended by 15 working days: last day April 14, 2026."
        )

    def test_a_suspension_tells_what_is_left(self):
        account = account_of("2026-03-02", "5wd", suspensions=[Suspension(date(2026, 3, 5), None)])

        assert texts.summary(account).endswith("suspended at present, with 3 working days left.")

    def test_a_holiday_is_called_by_its_name(self):
        line = account_of("2026-02-12", "3wd").lines[3]

        assert texts.kind_name(line) == "Spring Festival"

    def test_a_holiday_that_a_notice_invented_is_called_as_there(self):
        assert texts.holiday_name("抗战胜利纪念日") == "抗战胜利纪念日"

    def test_the_day_that_the_end_was_moved_to_is_told_from_those_before(self):
        account = account_of("2026-01-20", "30d")

        assert texts.reason_text(account.lines[-2], account) == "The time may not end on a day off."
        assert texts.reason_text(account.lines[-1], account) == "The next working day: the time ends here."

    def test_every_code_has_its_words(self):
        assert {kind.value for kind in DayKind} == set(texts.DAY_KINDS)
        assert {holiday.value for holiday in Holiday} == set(texts.HOLIDAYS)
        assert set(Reason) - set(texts._REASONS) == {Reason.COUNTED, Reason.HOURS}
        assert set(Note) - set(texts._NOTES) == {Note.PROVISIONAL}

    def test_the_notes_name_the_year_that_is_not_announced(self):
        assert texts.note_texts(account_of("2026-12-25", "5wd"))[-1] == (
            "The days off of 2027 are not announced yet; the date may still change."
        )

    @pytest.mark.parametrize(
        ("limit", "text"),
        [("1wd", "1 working day"), ("2m", "2 months"), ("0wd", "the same day"), ("24h", "24 hours"), ("1y", "1 year")],
    )
    def test_a_limit_in_words(self, limit, text):
        assert texts.limit_text(Limit.parse(limit)) == text
