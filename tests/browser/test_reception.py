"""
A reception day (docs/ui.md 5.8): booked and cancelled on a phone, run on a desktop.

What the pages do is tested in tests/supervision/reception; here they are looked at in every width.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints.models import Case
from efficiency import codes
from supervision.models import ReceptionBooking, ReceptionDay
from supervision.reception import booking
from supervision.reception.booking import Visitor
from supervision.reception.enums import BookingState
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import reception as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

TRACK = "/reception/track/"


def test_a_visitor_books_confirms_and_cancels(visit):
    cast, now = make.make_reception_cast(), timezone.now()
    day = make.make_booked(cast.city.construction, cast.leader, at=now).day
    citizen = visit(PHONE)
    page = citizen.page
    citizen.open("/reception/")
    citizen.find_all_well()
    citizen.follow(page.locator(f"main a[href='/reception/{day.pk}/']"))
    citizen.find_all_well()
    form = "main form[method=post]"
    citizen.send(form, name="黎芷晴")
    expect(page.locator("[aria-invalid=true]")).not_to_have_count(0)
    citizen.find_all_well()
    page.locator("main [name=slot]").first.check()
    # Somebody else is faster: the text is kept and other times are offered.
    slot = int(page.locator("main [name=slot]").first.get_attribute("value") or "0")
    booking.book(day, slot=slot, visitor=Visitor("王强", "13700000001"), topic="占道经营", at=now)
    citizen.send(form, phone="13900001111", topic="加装电梯的审批")
    expect(page.locator("[name=topic]")).to_have_value("加装电梯的审批")
    expect(page.locator(f"main [name=slot][value='{slot}']")).to_have_count(0)
    page.locator("main [name=slot]").first.check()
    citizen.send(form)
    citizen.find_all_well()
    number = page.locator("[data-booking-number]").get_attribute("data-booking-number")
    code = page.locator("[data-booking-code]").get_attribute("data-booking-code")

    citizen.open(TRACK)
    citizen.find_all_well()
    citizen.send(form, number=number, code=code)
    expect(page.locator("[data-booking-state]")).to_have_attribute("data-booking-state", "booked")
    citizen.find_all_well()
    citizen.follow(page.locator("main a[href$='/cancel/']"))
    citizen.find_all_well()
    citizen.follow(page.locator("main .btn-danger"))
    expect(page.locator("[data-booking-state]")).to_have_attribute("data-booking-state", "cancelled")
    assert ReceptionBooking.objects.get(number=number).state == BookingState.CANCELLED


def test_a_clerk_runs_the_queue_and_makes_a_case(visit):
    cast, now = make.make_reception_cast(), timezone.now()
    made = make.make_booked(cast.city.construction, cast.leader, at=now)
    # The day is today, and its slots are those of today.
    back = timedelta(days=7)
    ReceptionDay.objects.update(on=timezone.localdate(now))
    for slot in made.day.slots.all():
        slot.starts_at, slot.ends_at = slot.starts_at - back, slot.ends_at - back
        slot.save()
    desk = visit(DESKTOP, user=cast.clerk)
    queue = f"/admin/supervision/receptionday/{made.day_id}/change/"
    desk.open(queue)
    desk.find_all_well()
    for step in ("arrive", "call_in"):
        desk.follow(desk.page.locator(f"main form[action$='/do/{step}/'] button"))
    desk.follow(desk.page.locator("main a[href$='/do/record/']"))
    desk.find_all_well()
    desk.page.locator("main [name=ending][value=case]").check()
    desk.send("main form[method=post]", said=make.SAID, kind="complaint", category="delay", title="加装电梯审批超期")
    expect(desk.page.locator("main")).to_contain_text(codes.in_fours(Case.objects.get().number))
    desk.open(queue)
    # Until the office gives the complaint to an organ, the queue knows nothing of it.
    expect(desk.page.locator("[data-booking-state]")).to_have_count(0)
    assert ReceptionBooking.objects.get().state == BookingState.DONE
    desk.find_all_well()

    office = visit(DESKTOP, user=cast.officer)
    office.open("/supervision/reception/")
    office.find_all_well()
