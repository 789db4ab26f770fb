"""The visitor's way through the pages: find a day, book once, look it up, cancel; nothing for anybody else."""

import re

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from supervision.models import ReceptionBooking
from supervision.reception import announcing, booking, views
from supervision.reception.booking import Visitor
from supervision.reception.enums import BookingState
from tests.factories import reception as make
from tests.factories.cases import local
from tests.factories.reception import ANNOUNCED_AT, TOPIC

pytestmark = pytest.mark.django_db
LIST, TRACK = "/reception/", "/reception/track/"
CARD = "440601199001011239"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(ANNOUNCED_AT, tick=False):
        yield


def sent(day, **changes):
    first = day.slots.order_by("starts_at").first()
    return {"slot": first.pk, "name": "李晓兰", "phone": "13812345600", "topic": TOPIC} | changes


def token_of(response):
    found = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    assert found
    return found[1]


def shown(response):
    return response.content.decode()


class TestFinding:
    def test_11_days_that_are_announced_are_listed_with_place_person_and_what_is_free(self, cast, day, client):
        body = shown(client.get(LIST))

        assert make.PLACE in body
        assert cast.leader.full_name in body
        assert f"/reception/{day.pk}/" in body
        assert ">8</td>" in body

    def test_11_the_list_is_narrowed_down_by_organ(self, cast, day, client):
        assert f"/reception/{day.pk}/" in shown(client.get(LIST, {"organ": cast.city.construction.pk}))
        assert "error" in shown(client.get(LIST, {"organ": cast.city.tax.pk})).lower()

    def test_11_what_is_only_planned_is_nobodys_to_know(self, cast, client):
        day = make.plan(cast)

        assert client.get(f"/reception/{day.pk}/").status_code == 404
        assert f"/reception/{day.pk}/" not in shown(client.get(LIST))

    def test_5_1_the_home_page_shows_the_next_day_with_its_head(self, cast, client):
        assert "局长接待日</h2>" not in shown(client.get("/"))
        day = make.announce(cast)
        body = shown(client.get("/"))

        assert f"/reception/{day.pk}/" in body
        assert cast.leader.full_name in body

    def test_5_1_a_full_day_is_not_offered_there(self, cast, day, client):
        for number in range(8):
            make.book(day, number=number)

        assert views.next_day(timezone.now()) is None


class TestBooking:
    def test_11_booked_with_number_and_code_that_open_it(self, day, client):
        page = client.get(f"/reception/{day.pk}/")
        answer = client.post(f"/reception/{day.pk}/", sent(day, token=token_of(page)), follow=True)
        body = shown(answer)
        number = re.search(r'data-booking-number="(\w+)"', body)[1]
        code = re.search(r'data-booking-code="(\w+)"', body)[1]

        assert "no-store" in answer["Cache-Control"]
        assert code not in body.split("receipt-qr")[1]
        opened = client.post(TRACK, {"number": number, "code": code}, follow=True)
        assert TOPIC in shown(opened)

    def test_S10_sent_again_it_is_one_appointment_and_the_same_receipt(self, day, client):
        fields = sent(day, token=token_of(client.get(f"/reception/{day.pk}/")))
        bodies = [shown(client.post(f"/reception/{day.pk}/", fields, follow=True)) for _twice in range(2)]

        numbers = {re.search(r'data-booking-code="(\w+)"', body)[1] for body in bodies}
        assert len(numbers) == 1
        assert ReceptionBooking.objects.count() == 1

    def test_S10_in_another_browser_the_form_shows_nothing(self, day, client):
        fields = sent(day, token=token_of(client.get(f"/reception/{day.pk}/")))
        client.post(f"/reception/{day.pk}/", fields)

        assert Client().get("/reception/booked/").status_code == 410

    def test_5_9_a_slot_that_was_just_taken_others_are_offered_and_the_text_is_kept(self, day, client):
        make.book(day, visitor=Visitor("王强", "13700000000"))
        body = shown(client.post(f"/reception/{day.pk}/", sent(day)))

        assert TOPIC in body
        assert "刚刚被预约" in body
        assert body.count('type="radio"') == 7
        assert ReceptionBooking.objects.count() == 1

    def test_11_one_a_person_a_day(self, day, client):
        make.book(day, number=1, visitor=Visitor("李晓兰", "138-1234-5600"))
        body = shown(client.post(f"/reception/{day.pk}/", sent(day)))

        assert "每人每天限一个预约" in body
        assert ReceptionBooking.objects.count() == 1

    def test_P07_personal_numbers_are_pointed_out_before_they_are_sent(self, day, client):
        fields = sent(day, topic=f"身份证{CARD}办证")
        assert CARD not in shown(client.post(f"/reception/{day.pk}/", fields)).replace(fields["topic"], "")
        assert not ReceptionBooking.objects.exists()

        client.post(f"/reception/{day.pk}/", fields | {"personal_seen": "1"})
        assert ReceptionBooking.objects.count() == 1

    def test_S13_without_its_token_the_filled_form_comes_back_and_nothing_is_booked(self, day):
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post(f"/reception/{day.pk}/", sent(day))

        assert answer.status_code == 403
        assert TOPIC in shown(answer)
        assert not ReceptionBooking.objects.exists()

    def test_R01_many_from_one_source_are_asked_a_question_first(self, day, client, settings):
        settings.FILINGS_PER_10_MINUTES, settings.KIOSK_ADDRESSES = 1, []
        client.post(f"/reception/{day.pk}/", sent(day))
        second = list(day.slots.order_by("starts_at"))[1]
        body = shown(client.post(f"/reception/{day.pk}/", sent(day, phone="13700000000", slot=second.pk)))

        assert 'name="question"' in body
        assert ReceptionBooking.objects.count() == 1

    def test_Z04_fields_that_are_not_asked_for_change_nothing(self, day, client):
        client.post(f"/reception/{day.pk}/", sent(day, state="done", is_walk_in="1", number="JD1"))

        made = ReceptionBooking.objects.get()
        assert (made.state, made.is_walk_in) == (BookingState.BOOKED, False)

    def test_11_the_calendar_file_has_no_person(self, day, client):
        made = make.book(day).booking
        answer = client.get(f"/reception/{day.pk}/{made.slot_id}.ics")

        assert answer["Content-Type"].startswith("text/calendar")
        assert b"BEGIN:VEVENT" in answer.content
        assert "李晓兰" not in shown(answer)

    def test_11_after_half_past_five_of_the_day_before_nothing_can_be_booked(self, day, client):
        with time_machine.travel(local(2026, 10, 20, 17, 30), tick=False):
            body = shown(client.get(f"/reception/{day.pk}/"))
            client.post(f"/reception/{day.pk}/", sent(day))

        assert "已停止预约" in body
        assert not ReceptionBooking.objects.exists()


class TestTracking:
    @pytest.fixture
    def receipt(self, day):
        return make.book(day)

    @pytest.fixture
    def opened(self, client, receipt):
        client.post(TRACK, {"number": receipt.number, "code": receipt.code})
        return client

    def test_S12_a_wrong_code_and_an_unknown_number_are_answered_alike(self, client, receipt):
        unknown = booking.codes.number_for(999_999, ANNOUNCED_AT, prefix=booking.PREFIX)
        bodies = [
            re.sub(
                r"JD\d+|nonce=\"[^\"]+\"|value=\"[^\"]*\"",
                "",
                shown(client.post(TRACK, {"number": n, "code": "0" * 16})),
            )
            for n in (receipt.number, unknown)
        ]

        assert "编号或查询码" in bodies[0]
        assert len(bodies[0]) == len(bodies[1])

    def test_S08_one_appointment_does_not_open_another(self, opened, day):
        other = make.book(day, number=1)

        for number in (other.number, f"{other.number}%00"):
            assert opened.get(f"{TRACK}{number}/")["Location"].startswith(TRACK)
        assert opened.post(f"{TRACK}{other.number}/cancel/")["Location"].startswith(TRACK)
        assert ReceptionBooking.objects.get(number=other.number).state == BookingState.BOOKED

    def test_11_cancelled_by_number_and_code_and_its_slot_is_free(self, opened, receipt, day):
        page = opened.get(f"{TRACK}{receipt.number}/cancel/")
        token = token_of(page)
        for _twice in range(2):
            opened.post(f"{TRACK}{receipt.number}/cancel/", {"token": token})

        assert ReceptionBooking.objects.get().state == BookingState.CANCELLED
        assert booking.free_slots(day).count() == 8

    def test_11_too_late_it_is_not_cancelled_any_more(self, opened, receipt):
        with time_machine.travel(local(2026, 10, 20, 17, 30), tick=False):
            opened.post(TRACK, {"number": receipt.number, "code": receipt.code})
            opened.post(f"{TRACK}{receipt.number}/cancel/", {})

        assert ReceptionBooking.objects.get().state == BookingState.BOOKED

    def test_11_called_off_says_why_and_offers_others(self, cast, opened, receipt, day):
        announcing.cancel(day, by=cast.leader, at=ANNOUNCED_AT, version=day.version, reason="全体防汛值守")
        body = shown(opened.get(f"{TRACK}{receipt.number}/"))

        assert "全体防汛值守" in body
        assert "/complaints/new/" in body

    def test_S08_after_leaving_this_browser_shows_nothing(self, opened, receipt):
        opened.post("/reception/track/leave/")

        assert opened.get(f"{TRACK}{receipt.number}/").status_code == 302
