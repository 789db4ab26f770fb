"""Sheets and what would have been in a browser: the chart draws itself within the content policy, forms fit a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.factories.targets import make_target_cast
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
