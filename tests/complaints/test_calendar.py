"""What is due in the calendar of whoever owes it: stable entries, a secret address, no names (RFC 5545, Z-15)."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from complaints import actions, deadlines
from complaints.enums import State, SuspensionGround
from complaints.models import CalendarFeed, Case
from efficiency.audit.models import AuditRecord
from efficiency.organs.models import Tenure
from tests.factories.cases import TUESDAY, case_in, join, local, reply
from tests.factories.staff import make_user

pytestmark = pytest.mark.django_db

PAGE = "/admin/calendar/"
LATER = TUESDAY + timedelta(hours=2)


@pytest.fixture
def desk(cast):
    """The clerk's browser, logged in."""
    browser = Client()
    browser.force_login(cast.clerk)
    return browser


def address(secret: str) -> str:
    return reverse("complaints:calendar", args=[secret])


def entries(user, *, at: datetime = LATER) -> list:
    """Return what the calendar of the person holds at a moment."""
    secret = actions.renew_calendar(user, at=at)
    with time_machine.travel(at, tick=False):
        answer = Client().get(address(secret))
    assert answer.status_code == 200
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def entry_of(user, case: Case, kind: str, *, at: datetime = LATER):
    """Return the entry of one promise of the case."""
    pks = [each.pk for each in deadlines.of_case(case) if each.kind == kind]
    found = [each for each in entries(user, at=at) if any(each["uid"].startswith(f"deadline-{pk}@") for pk in pks)]
    assert len(found) == 1
    return found[0]


class TestEntries:
    def test_the_reply_stands_on_its_last_day_within_working_hours(self, cast):
        case = case_in(State.HANDLING, cast)
        due = deadlines.running(case, deadlines.REPLY).due_at

        entry = entry_of(cast.clerk, case, deadlines.REPLY)

        begins = entry["dtstart"]
        assert begins.params["TZID"] == "Asia/Shanghai"
        assert begins.dt.date() == due.astimezone(begins.dt.tzinfo).date()
        assert (begins.dt.hour, begins.dt.minute) == (16, 30)
        assert entry["summary"].endswith(case.number)
        assert (entry["status"], entry["sequence"]) == ("CONFIRMED", 0)
        assert entry["url"].endswith(f"/admin/complaints/case/{case.pk}/change/")

    def test_Z15_no_name_and_no_text(self, cast):
        case = case_in(State.HANDLING, cast, consent=True)
        secret = actions.renew_calendar(cast.clerk, at=LATER)
        body = Client().get(address(secret)).content.decode()

        for words in ("陈小明", "13812345678", case.title, case.description[:10], cast.clerk.full_name):
            assert words not in body

    def test_more_time_moves_the_same_entry(self, cast):
        case = case_in(State.HANDLING, cast)
        before = entry_of(cast.clerk, case, deadlines.REPLY)
        actions.extend(case, by=cast.office_head, at=LATER, version=case.version, days=5, reason="需现场检测")

        after = entry_of(cast.clerk, case, deadlines.REPLY, at=LATER + timedelta(hours=1))

        assert after["uid"] == before["uid"]
        assert after["sequence"] > before["sequence"]
        assert after["dtstart"].dt > before["dtstart"].dt

    def test_a_clock_that_stands_still_is_cancelled_and_comes_back(self, cast):
        case = case_in(State.HANDLING, cast)
        ground = SuspensionGround.PROCEEDING
        actions.suspend(case, by=cast.officer, at=LATER, version=case.version, ground=ground, reason="同一事项在复议")
        case.refresh_from_db()
        stopped = entry_of(cast.clerk, case, deadlines.REPLY, at=LATER + timedelta(hours=1))
        resumed_at = local(2026, 3, 5)
        actions.resume(case, by=cast.officer, at=resumed_at, version=case.version, reason="复议已结束")

        running = entry_of(cast.clerk, case, deadlines.REPLY, at=resumed_at + timedelta(hours=1))

        assert (stopped["status"], running["status"]) == ("CANCELLED", "CONFIRMED")
        assert running["sequence"] > stopped["sequence"] > 0
        assert running["uid"] == stopped["uid"]

    def test_what_was_done_is_cancelled_for_two_weeks(self, cast):
        case = reply(case_in(State.HANDLING, cast), cast, at=LATER)

        done = entry_of(cast.clerk, case, deadlines.REPLY, at=LATER + timedelta(hours=1))

        assert done["status"] == "CANCELLED"
        uids = {each["uid"] for each in entries(cast.clerk, at=LATER + timedelta(days=15))}
        assert done["uid"] not in uids

    def test_only_what_is_the_persons_own(self, cast):
        case = case_in(State.HANDLING, cast)

        assert entries(cast.tax_clerk) == []
        assert entries(cast.auditor) == []
        actions.transfer(case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属税务")
        assert entries(cast.clerk) == []
        assert entries(cast.tax_clerk) != []

    def test_what_others_owe_in_the_same_case_is_none_of_it(self, cast):
        case = case_in(State.HANDLING, cast)  # the complainant stays unknown: the office calls
        assert deadlines.running(case, deadlines.CONTACT).organ == cast.city.office

        summaries = " ".join(str(each["summary"]) for each in entries(cast.clerk))

        assert str(deadlines.BY_NAME[deadlines.REPLY].label) in summaries
        assert str(deadlines.BY_NAME[deadlines.CONTACT].label) not in summaries

    def test_an_assisting_organ_finds_its_part_and_nothing_of_the_case(self, cast):
        case = case_in(State.HANDLING, cast)
        part = join(case, cast)

        listed = {str(each["summary"]): each for each in entries(cast.tax_clerk)}

        assert len(listed) == 2  # to be signed in, and to be answered
        assert all(words.endswith(case.number) for words in listed)
        assert {str(each["url"]).rsplit("/admin/")[1] for each in listed.values()} == {
            f"complaints/assistance/{part.pk}/change/"
        }
        assert str(deadlines.BY_NAME[deadlines.ASSIST].label) not in " ".join(
            str(each["summary"]) for each in entries(cast.officer)
        )
        actions.sign_in_part(part, by=cast.tax_clerk, at=LATER)
        actions.answer_part(part, by=cast.tax_clerk, at=LATER, answer="已缴清。")
        ended = entries(cast.tax_clerk, at=LATER + timedelta(hours=1))
        assert {str(each["status"]) for each in ended} == {"CANCELLED"}

    def test_more_cases_ask_no_more(self, cast):
        secret = actions.renew_calendar(cast.clerk, at=LATER)
        case_in(State.HANDLING, cast)
        Client().get(address(secret))
        with CaptureQueriesContext(connection) as few:
            Client().get(address(secret))
        for _ in range(3):
            case_in(State.HANDLING, cast)
        with CaptureQueriesContext(connection) as many:
            Client().get(address(secret))

        assert len(many) == len(few)


class TestAddress:
    def test_it_is_shown_once_and_only_its_hash_is_kept(self, cast, desk):
        page = desk.post(PAGE)
        secret = page.context["address"].split("/")[-2]

        assert page.context["address"] in page.content.decode()
        assert "no-store" in page.headers["Cache-Control"]
        assert secret not in desk.get(PAGE).content.decode()
        assert secret.encode() not in bytes(CalendarFeed.objects.get().secret_hash)
        answer = Client().get(address(secret))
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        assert "no-store" in answer["Cache-Control"]

    def test_a_new_one_ends_the_old_and_all_of_it_is_on_record(self, cast, desk):
        first = desk.post(PAGE).context["address"].split("/")[-2]
        second = desk.post(PAGE).context["address"].split("/")[-2]
        assert (Client().get(address(first)).status_code, Client().get(address(second)).status_code) == (404, 200)

        desk.post(PAGE, {"end": "1"})

        assert Client().get(address(second)).status_code == 404
        acts = AuditRecord.objects.filter(action__endswith="_calendar").order_by("pk").values_list("action", flat=True)
        assert list(acts) == ["account.renew_calendar"] * 2 + ["account.end_calendar"]

    def test_whoever_holds_no_post_or_account_any_more_has_none(self, cast):
        secret = actions.renew_calendar(cast.clerk, at=LATER)
        cast.clerk.is_active = False
        cast.clerk.save()
        assert Client().get(address(secret)).status_code == 404
        cast.clerk.is_active = True
        cast.clerk.save()
        Tenure.objects.filter(user=cast.clerk).update(until=local(2026, 1, 5).date())

        assert Client().get(address(secret)).status_code == 404

    def test_S04_a_change_of_the_password_ends_it(self, cast, desk):
        secret = desk.post(PAGE).context["address"].split("/")[-2]
        assert Client().get(address(secret)).status_code == 200

        cast.clerk.set_password("Another-Horse-8-Battery")
        cast.clerk.save()

        assert Client().get(address(secret)).status_code == 404
        assert actions.calendar_of(cast.clerk) is None

    def test_it_cannot_be_guessed_and_takes_nothing(self, cast):
        secret = actions.renew_calendar(cast.clerk, at=LATER)

        assert len(secret) >= 43
        assert Client().get(address("0" * 43)).status_code == 404
        assert Client().post(address(secret)).status_code == 405

    def test_the_page_is_for_those_who_hold_a_post(self, cast):
        browser = Client()
        assert browser.get(PAGE).status_code == 302
        browser.force_login(make_user())
        assert browser.get(PAGE).status_code == 302
