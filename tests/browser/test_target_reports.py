"""
The way of a target report (docs/ui.md 7): filled in on a phone, checked by an appraisal officer, followed by a leader.

Each page on the way is looked at in every width; what the steps do is tested in tests/targets/reports.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from targets.plans.enums import Span
from targets.reports import opening
from targets.reports.enums import State
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import reports as make
from tests.factories.targets import STANDARD, make_plan, make_target_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_a_report_is_filled_in_on_a_phone_checked_and_commented_on(visit):
    cast, before = make_target_cast(), timezone.now() - timedelta(days=1)
    plan = make_plan(cast.city.construction, cast.city.office, span=Span.FIRST_HALF, blocks=STANDARD, at=before)
    opening.open_missing(at=before)
    report = plan.reports.get()
    page = f"/admin/targets/report/{report.pk}/change/"

    organ = visit(PHONE, user=cast.leader)
    organ.open("/admin/")
    expect(organ.page.locator("main")).to_contain_text(report.number)
    organ.open(page)
    organ.find_all_well()
    organ.follow(organ.page.locator("main a[href*='/do/fill-']").first)
    organ.find_all_well()
    organ.send(actual="92", note="累计完成92件。")
    expect(organ.page.locator("main")).to_contain_text("累计完成92件")
    report.refresh_from_db()
    for key in ("A2", "A3", "A4"):
        make.fill(report, key, by=cast.leader, at=timezone.now())
    organ.open(page)
    organ.follow(organ.page.locator("main a[href$='/do/submit/']").first)
    organ.find_all_well()
    organ.send(text="各项任务按进度完成。")
    report.refresh_from_db()
    assert report.state == State.SUBMITTED

    office = visit(DESKTOP, user=cast.appraiser)
    for address in ("/supervision/targets/?span=first_half", "/admin/targets/report/", page):
        office.open(address)
        office.find_all_well()
    office.follow(office.page.locator("main a[href$='/do/accept/']").first)
    office.find_all_well()

    mayor = visit(PHONE, user=cast.mayor)
    mayor.open(f"/supervision/targets/{plan.pk}/")
    mayor.find_all_well()
    mayor.send(text="进度偏慢，请抓紧。")
    expect(mayor.page.locator("main")).to_contain_text("进度偏慢")
