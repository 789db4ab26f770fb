"""Sheets and what would have been in a browser: the chart draws itself within the content policy, forms fit a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from targets.appraisal import computing
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import appraisal as make
from tests.factories.targets import make_plan, make_target_cast
from tests.targets.appraisal import year
from tests.targets.appraisal.test_kinds import ACHIEVED, BLOCKS
from tests.targets.sheets.test_what_if import small_year

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_an_appraisal_officer_reads_a_sheet_draws_a_target_and_imagines_another_year(visit):
    cast = make_target_cast()
    appraisal = small_year(cast)
    sheet = appraisal.sheets.get(organ=cast.city.tax)
    officer = visit(DESKTOP, user=cast.appraiser)

    officer.open(reverse("targets:sheet", args=[sheet.pk]))
    expect(officer.page.locator("main")).to_contain_text("A1")
    officer.find_all_well()
    officer.follow(officer.page.locator(f"main a[href$='/{sheet.pk}/comparison/']"))
    officer.find_all_well()

    officer.open(reverse("targets:course", args=[sheet.plan_id]))
    drawn = officer.page.locator("[data-portal-chart] svg")
    expect(drawn).to_be_visible()
    drawn.hover()
    # On paper the picture is as wide as the page, and afterwards as it was.
    before = drawn.get_attribute("style")
    officer.page.pdf()
    assert drawn.get_attribute("style") == before
    assert drawn.get_attribute("viewBox") is None
    officer.find_all_well()

    officer.open(reverse("targets:what_if", args=[appraisal.pk]))
    officer.fill_in("main form.filters", sheet=str(sheet.pk))
    officer.follow(officer.page.locator("main form.filters .btn"))
    officer.send("main form:not(.filters)", target_A1="80", from_excellent="95")
    expect(officer.page.locator("main [role=status] .figure-value").first).to_have_text("1")
    officer.find_all_well()


def test_a_composite_stands_on_the_sheet_and_on_paper_part_by_part_with_what_was_adjusted(visit):
    cast = make_target_cast()
    plan = make_plan(cast.city.construction, cast.city.office, blocks=BLOCKS, by=cast.officer, approver=cast.head)
    make.make_report(plan, ACHIEVED, by=cast.leader, checker=cast.appraiser)
    appraisal = year.appraise(cast)
    computing.compute(appraisal, at=make.LATER)
    sheet = appraisal.sheets.get(organ=cast.city.construction)
    make.make_adjustment(sheet, "1", by=cast.appraiser, second=cast.officer)
    computing.grading(appraisal)
    for width in (DESKTOP, PHONE):
        officer = visit(width, user=cast.appraiser)
        for address in (
            reverse("admin:targets_sheet_change", args=[sheet.pk]),
            reverse("targets:sheet", args=[sheet.pk]),
        ):
            officer.open(address)
            expect(officer.page.locator("main th", has_text="└ A1.2")).to_be_visible()
            expect(officer.page.locator("main", has_text="市级创新试点。")).to_be_visible()
            officer.find_all_well()
