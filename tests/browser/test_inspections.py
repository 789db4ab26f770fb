"""
The way of an inspection (docs/ui.md 7): a checklist on a phone, a finding, the organ's comment, what the office orders.

Each page on the way is looked at in every width; what the steps do is tested in tests/supervision/inspections.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accountability.models import Correction
from supervision.inspections import planning, visiting
from supervision.inspections.enums import VisitState
from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.factories import inspections as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def do(person: Visitor, page: str, action: str, **values: str) -> None:
    """Take a step by its button on the page of the visit and its form."""
    person.open(page)
    person.find_all_well()
    person.follow(person.page.locator(f"main a[href*='/do/{action}/']:visible").first)
    person.find_all_well()
    person.send(**values)


def test_an_inspection_goes_from_the_checklist_on_a_phone_to_what_is_ordered(visit, tmp_path):
    cast, now = make.make_inspection_cast(), timezone.now()
    today = timezone.localdate(now)
    inspection = make.prepare(cast, at=now, begin_on=today, end_on=today + timedelta(days=1))
    planning.approve(inspection, by=cast.head, at=now, version=1)
    found = make.visit_of(inspection)
    visiting.notify(found, by=cast.second, at=now, version=1, notice="今日上午，请备齐考勤。")
    page = f"/admin/supervision/visit/{found.pk}/change/"
    picture = tmp_path / "窗口.jpg"
    picture.write_bytes(make.photo().content)

    inspector = visit(PHONE, user=cast.inspector)
    inspector.open("/admin/")
    expect(inspector.page.locator("main")).to_contain_text(inspection.number)
    inspector.open(page)
    inspector.follow(inspector.page.locator("main a[href$='/do/begin/']"))
    inspector.find_all_well()
    inspector.page.locator(f"main [name=together_with][value='{cast.second.pk}']").check()
    inspector.send(place="政务服务大厅")
    inspector.find_all_well()
    for position, item in enumerate(inspection.checklist.items.order_by("position")):
        answer = "no" if position == 0 else "yes"
        inspector.page.locator(f"[name=answer_{item.pk}][value={answer}]").check()
    first = inspector.page.locator(".checklist-item").first
    first.locator("input[type=text]").fill("两个窗口无人")
    first.locator("input[type=file]").set_input_files(picture)
    inspector.follow(first.locator("button[name=finding]"))
    inspector.find_all_well()
    inspector.send(severity="serious", text="两个窗口上午无人值守。", place="3号窗口")
    expect(inspector.page.locator("[data-checklist-answered]")).to_have_attribute(
        "data-checklist-answered", str(inspection.checklist.items.count())
    )
    assert found.files.filter(item__isnull=False).count() == 1
    do(inspector, page, "end_visit")
    do(inspector, page, "show")

    leader = visit(PHONE, user=cast.leader)
    do(leader, page, "comment", text="情况属实，立即整改。")
    found.refresh_from_db()
    assert found.state == VisitState.HEARD

    office = visit(DESKTOP, user=cast.officer)
    do(office, page, "draft_correction", kind="notice", title="窗口无人值守", wanted="落实AB岗。")
    expect(office.page.locator("[data-finding='1']")).to_contain_text(Correction.objects.get().reference)
    for address in ("/supervision/inspections/", "/supervision/inspections/rows/findings/",
                    f"/admin/supervision/inspection/{inspection.pk}/change/", "/admin/supervision/visit/"):  # fmt: skip
        office.open(address)
        office.find_all_well()
