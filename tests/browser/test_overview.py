"""
The overview in a browser: on a phone, on a desktop, on the wall; its charts, and what is left without scripts.

What the page holds is tested without a browser (tests/supervision/desk); here is what only one shows.
"""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from supervision.figures import rollups
from tests.browser.conftest import DESKTOP, PHONE, WIDTHS, is_as_wide_as_the_screen, violations
from tests.factories.cases import Cast, make_cast
from tests.moments import local
from tests.targets.measures import rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

PAGE, MARCH, WALL = "/supervision/", "/supervision/?period=2026-03", (1920, 1080)


@pytest.fixture
def cast() -> Cast:
    found = make_cast()
    city = found.city
    for organ, kept, broken in ((city.construction, 6, 1), (city.tax, 5, 4)):
        given = rows.cases(kept + broken, organ=organ, office=city.office, handling_organ=organ)
        rows.promises(given[:kept], "complaints.reply", organ=organ, due="2026-03-24", met=local("2026-03-20 10:00"))
        rows.promises(given[kept:], "complaints.reply", organ=organ, due="2026-03-24")
    return found


def test_an_officer_reads_the_overview_and_goes_to_the_rows(visit, cast):
    rollups.build(at=timezone.now())  # with them, what stands has its months
    officer = visit(DESKTOP, user=cast.officer)
    officer.open(MARCH)
    page = officer.page
    expect(page.locator(".desk-figures .desk-spark")).to_have_count(4)
    expect(page.locator("[data-portal-chart='chart-trend'] svg")).to_be_visible()
    # The chart is there, so its table folds; axe-core reads it unfolded as well.
    expect(page.locator("[data-portal-chart-table='chart-trend']")).not_to_have_attribute("open", "")
    officer.find_all_well()
    for chart in page.locator("[data-portal-chart]").all():
        chart.hover()
    for table in page.locator("[data-portal-chart-table] summary").all():
        table.click()
    assert violations(page) == []

    figure = page.locator("[data-figure=on_time_closing]")
    shown = figure.inner_text()
    officer.follow(figure.locator("a"))
    expect(page.locator("main dd[data-figure]")).to_contain_text(shown.rstrip("%").strip())
    officer.find_all_well()
    officer.follow(page.locator("main nav a.btn-plain", has_text="16"))
    expect(page.locator("main [role=status]").first).to_contain_text("16")
    expect(page.locator("main tbody tr")).to_have_count(16)


def test_a_click_on_a_bar_leads_to_what_it_counts(visit, cast):
    officer = visit(DESKTOP, user=cast.officer)
    officer.open(MARCH)
    bar = officer.page.locator("[data-portal-chart='chart-ranking'] svg")
    expect(bar).to_be_visible()
    bar.scroll_into_view_if_needed()
    box = bar.bounding_box()
    with officer.page.expect_navigation():
        officer.page.mouse.click(box["x"] + box["width"] * 0.35, box["y"] + box["height"] * 0.4)
    assert "/supervision/figures/on_time_closing/" in officer.page.url
    assert "alone=1" in officer.page.url


@pytest.mark.parametrize(("form", "begins"), [("svg", b"<svg"), ("png", b"\x89PNG")])
def test_every_chart_is_saved_as_a_picture(visit, cast, form, begins):
    officer = visit(DESKTOP, user=cast.officer)
    officer.open(MARCH)
    tools = officer.page.locator("[data-portal-chart-tools='chart-trend']")
    expect(tools).to_be_visible()
    with officer.page.expect_download() as waiting:
        tools.locator(f"[data-portal-picture={form}]").click()
    assert Path(waiting.value.path()).read_bytes().startswith(begins)


def test_a_chart_that_fails_leaves_its_table(visit, cast):
    officer = visit(DESKTOP, user=cast.officer)
    officer.page.route("**/echarts.common.min.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    officer.open(MARCH)
    expect(officer.page.locator("[data-portal-chart='chart-trend']")).to_be_hidden()
    expect(officer.page.locator("[data-portal-chart-table='chart-trend'] table")).to_be_visible()


def test_a_leader_reads_it_on_the_phone_and_without_scripts(visit, cast):
    leader = visit(PHONE, user=cast.leader, java_script_enabled=False)
    leader.open(MARCH)
    expect(leader.page.locator("[data-figure=on_time_closing]")).to_contain_text("85.71")
    expect(leader.page.locator("#trend table")).to_be_visible()
    expect(leader.page.locator("#ranking table")).to_be_visible()

    officer = visit(PHONE, user=cast.officer)
    officer.open(PAGE)
    officer.page.locator(".desk-filters > summary").click()
    officer.send("main form.filters", period="2026-03", kind="complaint")
    expect(officer.page.locator(".chips").first).to_contain_text("投诉")
    officer.find_all_well()


def test_filters_that_make_no_sense_are_told_and_views_are_kept(visit, cast):
    officer = visit(DESKTOP, user=cast.officer)
    officer.open(f"{PAGE}?period=range&since=2026-03-10&last=2026-03-01")
    expect(officer.page.locator("[aria-invalid=true]")).to_have_count(1)
    officer.find_all_well()
    officer.open("/supervision/views/?period=2026-03")
    officer.send("main form:has([name=name])", name="三月")
    expect(officer.page.locator("main")).to_contain_text("2026年3月")
    for address in ("/supervision/views/", "/supervision/definitions/", "/supervision/exports/"):
        officer.open(address)
        officer.find_all_well()


def test_the_wall_screen_renews_itself_can_be_paused_and_is_loud_when_it_cannot(visit, cast):
    screen = visit(WALL[0], user=cast.officer)
    page = screen.page
    page.set_viewport_size({"width": WALL[0], "height": WALL[1]})
    screen.open(f"{MARCH}&view=wall")
    expect(page.locator("[data-portal-chart='chart-trend'] svg")).to_be_visible()
    assert page.locator(".submenu-list").count() == 0
    assert is_as_wide_as_the_screen(page)
    assert violations(page) == []

    page.evaluate("document.querySelector('#figures h2').textContent = 'old'")
    page.evaluate("document.dispatchEvent(new CustomEvent('portal:renew'))")
    expect(page.locator("#figures h2")).not_to_have_text("old")
    expect(page.locator("[data-portal-chart='chart-trend'] svg")).to_be_visible()

    pause = page.locator("[data-portal-wall-pause]")
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    page.evaluate("document.querySelector('#figures h2').textContent = 'old'")
    page.evaluate("document.dispatchEvent(new CustomEvent('portal:renew'))")
    expect(page.locator("#figures h2")).to_have_text("old")
    pause.click()
    expect(page.locator("#figures h2")).not_to_have_text("old")

    page.route(f"**{PAGE}?*", lambda route: route.fulfill(status=503, body=""))
    page.evaluate("document.dispatchEvent(new CustomEvent('portal:renew'))")
    expect(page.locator("[data-portal-wall-late]")).to_be_visible()
    # What the browser says of it is what the test has done.
    screen.seen.complaints.clear()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert is_as_wide_as_the_screen(page), width


def test_the_outlook_comes_after_the_page_and_stands_on_the_wall(visit, cast):
    officer = visit(DESKTOP, user=cast.officer)
    officer.open(MARCH)
    for key in ("passing", "forecast", "doubts", "systems"):
        expect(officer.page.locator(f"#{key}[data-portal-later]")).to_have_count(0)
    expect(officer.page.locator("#systems table")).to_be_visible()
    officer.find_all_well()

    screen = visit(DESKTOP, user=cast.officer)
    screen.open(f"{MARCH}&view=wall")
    expect(screen.page.locator("#systems table")).to_be_visible()
