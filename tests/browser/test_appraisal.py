"""
The way of an appraisal (docs/ui.md 7): led by the office on a desktop, contested by an organ on a phone, read by all.

Each page on the way is looked at in every width; what the steps do is tested in tests/targets/procedure.
"""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from targets.appraisal.enums import AppraisalState, SheetState
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import appraising as make
from tests.factories.targets import make_target_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]
APPRAISALS, SHEETS = "/admin/targets/appraisal/", "/admin/targets/sheet/"


def step(visitor, row, action, **values):
    """Press the button of a step on the page of an appraisal or a sheet, look at its form, and send it."""
    visitor.open(f"{SHEETS if hasattr(row, 'appraisal') else APPRAISALS}{row.pk}/change/")
    visitor.find_all_well()
    visitor.follow(visitor.page.locator(f"main a[href$='/{row.pk}/do/{action}/']").first)
    visitor.find_all_well()
    visitor.send(**values)
    row.refresh_from_db()


def test_an_appraisal_is_led_by_the_office_and_scored_and_contested_by_an_organ_on_a_phone(visit):
    cast, now = make_target_cast(), timezone.now()
    # Who has no plan hands in no self-score, and their time has to be over.
    begun = now - timedelta(days=20)
    appraisal = make.prepare(cast, year=now.year - 1, at=begun)
    appraiser, head, officer = (visit(DESKTOP, user=user) for user in (cast.appraiser, cast.head, cast.officer))
    leader = visit(PHONE, user=cast.leader)
    for address in (f"{APPRAISALS}add/", f"{APPRAISALS}{appraisal.pk}/do/call_self_scores/"):
        appraiser.open(address)
        appraiser.find_all_well()
    make.call(appraisal, cast, at=begun)
    sheet = make.sheet_of(appraisal, cast.city.construction)
    leader.open("/admin/")
    leader.find_all_well()
    step(leader, sheet, "self_score", score="91.50", text="各项目标均已完成，自评91.50分。")
    expect(leader.page.locator("main")).to_contain_text("91.50")
    appraisal.refresh_from_db()
    step(appraiser, appraisal, "compute")
    make.score(appraisal, {cast.city.construction: "88.5"})

    adjustment = make.propose(
        make.sheet_of(appraisal, cast.city.construction), by=cast.appraiser, at=timezone.now(), points="1"
    )
    sheet.refresh_from_db()
    step(officer, sheet, "confirm_adjustment", adjustment=str(adjustment.pk))
    assert sheet.total == Decimal("89.50")
    step(head, appraisal, "show")
    assert appraisal.state == AppraisalState.SHOWN

    for address in ("/admin/", APPRAISALS, SHEETS):
        leader.open(address)
        leader.find_all_well()
    step(leader, sheet, "object", text="A1的完成数少计一项。")
    assert sheet.state == SheetState.OBJECTED
    expect(leader.page.locator("main")).to_contain_text("少计一项")
    leader.find_all_well()
    second = visit(DESKTOP, user=cast.other_officer)
    step(second, sheet, "rule", ruling="rejected", text="经核实，数据无误。")
    assert sheet.state == SheetState.RULED
    second.find_all_well()


def test_a_ranking_is_published_by_the_head_and_read_by_everybody_without_scripts(visit):
    cast, now = make_target_cast(), timezone.now()
    year = now.year - 1
    appraisal = make.prepare(cast, year=year, at=now - timedelta(days=70))
    # Far enough apart for five working days even where holidays lie between them.
    way = ((make.call, 70), (make.compute, 52), (make.show, 50), (make.conclude, 32), (make.submit, 30))
    for act, days in way:
        act(appraisal, cast, at=now - timedelta(days=days))
        if act is make.compute:
            make.score(appraisal, {cast.city.construction: "93.126", cast.city.tax: "58"})
    make.decide(appraisal, cast, at=now - timedelta(days=20))
    head = visit(DESKTOP, user=cast.head)
    step(head, appraisal, "publish")
    assert appraisal.state == AppraisalState.PUBLISHED
    head.find_all_well()

    reader = visit(PHONE, java_script_enabled=False)
    scripted = visit(PHONE)
    for address in ("/targets/", f"/targets/{year}/"):
        for each in (reader, scripted):
            each.open(address)
            each.find_all_well()
    expect(reader.page.locator("main")).to_contain_text("93.13")
