"""
The way of a target plan (docs/ui.md 6): the office types it on a desktop, the organ answers on a phone.

Each page on the way is looked at in every width; what the steps do is tested in tests/targets/plans.
"""

import os
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from targets.models import Indicator
from targets.plans import negotiating
from targets.plans.enums import State
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import targets as make
from tests.factories.targets import STANDARD, Line

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]
PLANS = "/admin/targets/plan/"


def shot(visitor, name):
    """Keep a picture where somebody asked for one."""
    if folder := os.environ.get("SHOTS"):
        visitor.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_plan_is_typed_by_the_office_and_answered_by_the_organ(visit):
    cast, now = make.make_target_cast(), timezone.now()
    plan = make.make_plan(
        cast.city.construction, cast.city.office, state=State.DRAFT, by=cast.appraiser, blocks=STANDARD, at=now
    )
    page = f"{PLANS}{plan.pk}/change/"
    office = visit(DESKTOP, user=cast.appraiser)
    for name, address in (
        ("list", PLANS),
        ("add", f"{PLANS}add/"),
        ("many", f"{PLANS}many/"),
        ("plan", page),
        ("preview", f"{PLANS}{plan.pk}/preview/1/"),
        ("edit", f"{PLANS}{plan.pk}/do/edit/"),
    ):
        office.open(address)
        office.find_all_well()
        shot(office, f"{name}-1280")
    office.page.locator("summary", has_text="A1").click()
    office.page.fill("#id_line-0-milestones", "没有日期")
    office.send()
    office.find_all_well()
    expect(office.page.locator("#id_line-0-milestones")).to_have_value("没有日期")
    office.page.fill("#id_line-0-milestones", "")
    office.page.fill("#id_line-0-name", "竣工项目数")
    office.send()
    office.page.wait_for_url(f"**{page}")
    assert Indicator.objects.get(revision__plan=plan, key="A1").name == "竣工项目数"

    plan.refresh_from_db()
    waiting = make.make_plan(cast.city.tax, cast.city.office, state=State.PUT, blocks=STANDARD, at=now)
    organ = visit(PHONE, user=cast.tax_leader)
    organ.open(f"{PLANS}{waiting.pk}/change/")
    organ.find_all_well()
    shot(organ, "plan-390")
    organ.follow(organ.page.locator("main a[href$='/do/agree/']").first)
    organ.find_all_well()
    organ.send()
    waiting.refresh_from_db()
    assert waiting.state == State.AGREED


def with_parts(second: str) -> dict:
    """Return a block whose one indicator is made of two parts: 60, and what is given."""
    return {
        "A": (
            "100",
            [
                Line("A1", "100", "composite", None, name="营商环境", kind="composite"),
                Line("A1.1", "60", target="50", name="新开办企业数", part_of="A1"),
                Line(
                    *("A1.2", second, "deadline", None), name="办事指南更新", kind="deadline",
                    milestones=[date(timezone.localdate().year, 12, 20)], part_of="A1",
                ),
            ],
        )
    }  # fmt: skip


def test_a_composite_is_put_once_its_parts_make_a_hundred_and_read_part_by_part(visit):
    cast, now = make.make_target_cast(), timezone.now()
    plan = make.make_plan(
        cast.city.construction, cast.city.office, state=State.DRAFT, by=cast.appraiser, blocks=with_parts("30"), at=now
    )
    page = f"{PLANS}{plan.pk}/change/"
    office = visit(DESKTOP, user=cast.appraiser)
    office.open(page)
    expect(office.page.locator("main")).to_contain_text("A1各分项权重之和为90")
    expect(office.page.locator("main table th", has_text="└ A1.2")).to_be_visible()
    office.find_all_well()

    office.open(f"{PLANS}{plan.pk}/do/edit/")
    weight = office.page.locator("#id_line-2-weight")
    assert float(weight.input_value()) == 30
    office.page.locator("summary", has_text="A1.2").click()
    weight.fill("40")
    office.send()
    office.page.wait_for_url(f"**{page}")
    expect(office.page.locator("main")).not_to_contain_text("权重之和为")
    office.open(f"{PLANS}{plan.pk}/preview/1/")
    expect(office.page.locator("main td", has_text="└").first).to_be_visible()
    office.find_all_well()
    office.open(f"{PLANS}{plan.pk}/do/put/")
    office.send()
    plan.refresh_from_db()
    assert plan.state == State.PUT

    negotiating.agree(plan, by=cast.leader, at=timezone.now(), version=plan.version)
    negotiating.approve(plan, by=cast.head, at=timezone.now(), version=plan.version)
    office.open(f"{PLANS}{plan.pk}/letter/")
    expect(office.page.locator("main")).to_contain_text("A1.2")
    office.find_all_well()


def test_coverage_letter_and_comparison_are_read_in_every_width(visit):
    cast, now = make.make_target_cast(), timezone.now()
    blocks = {"A": ("100", [Line("A1", "50"), Line("A2", "50")])}
    above = make.make_plan(cast.city.government, cast.city.office, blocks=blocks, at=now)
    below = {"A": ("100", [Line("A1", target="60", carries=make.indicator_of(above, "A1"))])}
    plan = make.make_plan(cast.city.construction, cast.city.office, parent=above, blocks=below, at=now)
    changed = {"A": ("100", [Line("A1", target="50"), Line("A2", "0", "yes_no", None, kind="veto")])}
    make.make_revision(plan, changed, by=cast.leader, number=2)
    for width in (DESKTOP, PHONE):
        office = visit(width, user=cast.officer)
        for name, address in (
            ("coverage", f"{PLANS}{above.pk}/coverage/"),
            ("letter", f"{PLANS}{plan.pk}/letter/"),
            ("compare", f"{PLANS}{plan.pk}/compare/1/2/"),
            ("change", f"{PLANS}{plan.pk}/do/propose_change/"),
        ):
            office.open(address)
            office.find_all_well()
            shot(office, f"{name}-{width}")
