"""
The way of a social supervisor on a phone, and of a pilot organ (docs/ui.md 7): handed in, answered, read.

Each page on the way is looked at in every width; what the steps do is tested in tests/supervision.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from supervision.models import Observation
from supervision.supervisors import observing
from supervision.supervisors.enums import ObservationState
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import pilots as make_pilots
from tests.factories import supervisors as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_a_supervisor_hands_in_on_a_phone_and_reads_the_answer(visit):
    cast, now = make.make_cast(), timezone.now()
    appointment = make.appoint(cast, at=now - timedelta(days=9))
    tour = make.meet(cast, appointment, at=now - timedelta(days=2))
    make.hold(cast, tour, at=now)

    own = visit(PHONE, user=cast.social)
    own.open("/admin/")
    expect(own.page.locator("main")).to_contain_text(appointment.number)
    own.find_all_well()
    own.open(f"/supervisors/own/gatherings/{tour.pk}/")
    own.find_all_well()
    own.follow(own.page.locator("main a[href*='/own/new/']").first)
    own.find_all_well()
    own.send(organ=str(cast.city.construction.pk), place_time="上午十时，3号窗口", what="窗口空岗二十分钟。")
    made = Observation.objects.get()
    expect(own.page.locator("[data-observation-number]")).to_contain_text(made.number)
    assert made.gathering == tour

    office = visit(DESKTOP, user=cast.officer)
    for address in (
        "/supervision/supervisors/",
        "/admin/supervision/observation/",
        f"/admin/supervision/appointment/{appointment.pk}/change/",
        f"/admin/supervision/gathering/{tour.pk}/change/",
        f"/admin/supervision/observation/{made.pk}/change/",
    ):
        office.open(address)
        office.find_all_well()
    office.follow(office.page.locator("main a[href$='/do/answer/']").first)
    office.find_all_well()
    office.send(text="已核实，窗口已安排AB岗。")
    made.refresh_from_db()
    assert made.state == ObservationState.ANSWERED

    own.open(f"/supervisors/own/{made.pk}/")
    expect(own.page.locator("main")).to_contain_text("窗口已安排AB岗")
    own.find_all_well()
    own.open("/supervisors/")
    own.find_all_well()
    assert not observing.steps.begun.keys() - {"hand_in", "succeed"}


def test_a_pilot_organ_hands_in_and_the_office_sees_organs_by_phases(visit):
    cast, now = make_pilots.make_cast(), timezone.now()
    today = timezone.localdate(now)
    phases = f"准备阶段 {today + timedelta(days=4)}\n- 成立领导小组\n- 〔方案〕方案\n- 〔总结〕总结"
    programme = make_pilots.start(cast, at=now, phases=phases)
    task = make_pilots.milestone(cast, programme, "task")

    organ = visit(PHONE, user=cast.leader)
    organ.open(f"/admin/supervision/pilotmilestone/{task.pk}/change/")
    organ.find_all_well()
    organ.follow(organ.page.locator("main a[href$='/do/file/']").first)
    organ.find_all_well()
    organ.send(text="领导小组已成立。")
    expect(organ.page.locator("main")).to_contain_text("领导小组已成立")

    office = visit(DESKTOP, user=cast.officer)
    for address in (
        "/supervision/pilots/",
        f"/admin/supervision/programme/{programme.pk}/change/",
        f"/admin/supervision/participant/{make_pilots.part_of(cast, programme).pk}/change/",
        "/pilots/",
        f"/pilots/{programme.pk}/",
    ):
        office.open(address)
        office.find_all_well()
