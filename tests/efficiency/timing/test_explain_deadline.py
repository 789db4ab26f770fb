"""The command that explains a due date."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.django_db


def explained(*arguments: str) -> dict:
    out = StringIO()
    call_command("explain_deadline", *arguments, stdout=out)
    return json.loads(out.getvalue())


def test_prints_the_due_date_and_its_account():
    answer = explained("--start", "2026-02-06", "--limit", "15wd")

    assert answer["due_at"] == "2026-03-05T23:59:59+08:00"
    assert answer["provisional"] is False
    assert answer["account"][0]["reason"] == "start_day"
    assert answer["account"][-1]["counted"] == 15


def test_marks_a_provisional_answer():
    assert explained("--start", "2026-12-25", "--limit", "5wd")["provisional"] is True


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-02-06T23:59:59", "2026-03-05T23:59:59+08:00"),
        ("2026-02-05T16:00:00Z", "2026-03-05T23:59:59+08:00"),
        ("2026-02-05T15:59:59Z", "2026-03-04T23:59:59+08:00"),
        ("2026-02-06T10:00+08:00", "2026-03-05T23:59:59+08:00"),
        ("2026-02-07", "2026-03-05T23:59:59+08:00"),
    ],
)
def test_takes_the_start_as_it_is_and_without_a_zone_as_one_of_shanghai(start, due):
    assert explained("--start", start, "--limit", "15wd")["due_at"] == due


@pytest.mark.parametrize("limit", ["30wd", "30d", "30"])
def test_counts_calendar_days_when_told_to(limit):
    answer = explained("--start", "2026-01-20", "--limit", limit, "--calendar-days")

    assert (answer["limit"], answer["last_day"]) == ("30d", "2026-02-24")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--start", "yesterday", "--limit", "5wd"], "ISO 8601"),
        (["--start", "2026-02-30", "--limit", "5wd"], "ISO 8601"),
        (["--start", "2026-02-06", "--limit", "5"], "is not a limit"),
        (["--start", "2026-02-06", "--limit", "five"], "is not a limit"),
        (["--start", "2026-02-06", "--limit", "24h", "--calendar-days"], "calendar-days"),
        (["--start", "1999-02-06", "--limit", "5wd"], "outside the calendar"),
        (["--start", "2026-02-06", "--limit", "9999y"], "beyond all calendars"),
        (["--limit", "5wd"], "--start"),
    ],
)
def test_says_what_is_wrong_with_the_input(arguments, words):
    with pytest.raises(CommandError, match=words):
        explained(*arguments)
