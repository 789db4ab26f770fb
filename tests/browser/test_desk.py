"""
The desk of staff: a call that is typed in, the page of a case in large type, and a step by the keyboard alone.

Few and short: what these pages hold is tested without a browser (tests/complaints/admin), here is what only one shows.
"""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from complaints import actions
from complaints.enums import Channel, State
from complaints.models import Case, FormDraft
from tests.browser.conftest import DESKTOP, OF_LOOKS, PHONE, WIDTHS, is_as_wide_as_the_screen, violations
from tests.browser.steps import says_where_it_stands, show
from tests.factories.cases import Cast, case_in, make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

INTAKE = "/admin/complaints/case/add/"
REPORT = {"facts": "经查属实，收件后未登记。", "basis": "《行政许可法》第四十二条", "measures": "已发证并整改。"}
# The bar that stays in sight covers nothing of the control that has the focus (WCAG 2.4.11).
IS_UNCOVERED = """() => {
  const bar = document.querySelector(".case-bar"), one = document.activeElement;
  if (getComputedStyle(bar).position !== "sticky") return false;
  const [above, box] = [bar.getBoundingClientRect(), one.getBoundingClientRect()];
  return bar.contains(one) || box.top >= above.bottom - 1 || box.bottom <= above.top + 1;
}"""


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_a_call_is_typed_in_and_its_receipt_is_read_out(visit, cast):
    clerk = visit(DESKTOP, user=cast.clerk)
    clerk.page.clock.install()
    clerk.open(INTAKE)
    call = {"kind": "complaint", "title": "电话投诉办证拖延", "name": "何先生", "phone": "13900001111"}
    clerk.fill_in(channel="phone", organ=str(cast.city.construction.pk), **call)
    # What was said so far stays on the server: by itself while it is typed, and by the button.
    clerk.page.clock.run_for(20_000)
    expect(clerk.page.locator("[data-portal-autosave-told]")).not_to_be_empty()
    assert FormDraft.objects.get().owner == cast.clerk
    clerk.follow(clerk.page.locator(f"button[formaction='{INTAKE}draft/']"))
    expect(clerk.page.locator("[data-portal-draft]")).to_be_visible()
    expect(clerk.page.locator("[name=phone]")).to_have_value("13900001111")
    clerk.find_all_well()

    clerk.send(category="delay", description="来电人称三月初递交材料，至今无人答复，请予督促。")
    case = Case.objects.get()
    assert (case.channel, case.first_receiver) == (Channel.PHONE, cast.clerk)
    expect(clerk.page.locator(f"[data-case-number='{case.number}']")).to_be_visible()
    code = clerk.page.locator("[data-case-code]")
    # It is read out in fours, and is copied without the gaps.
    assert "".join(code.inner_text().split()) == code.get_attribute("data-case-code")
    assert [len(part) for part in code.inner_text().split()] == [4] * 4
    clerk.find_all_well()
    assert not FormDraft.objects.exists()


def test_a_discarded_draft_is_not_saved_anew_by_the_page_that_goes(visit, cast):
    case = case_in(State.REPLIED, cast, at=timezone.now())
    actions.keep_form(cast.clerk, "report", REPORT, at=timezone.now(), case=case, version=case.version)
    clerk = visit(DESKTOP, user=cast.clerk)
    clerk.open(f"/admin/complaints/case/{case.pk}/do/report/")
    words = "另外写的几句话，不要了。"
    clerk.page.locator("[name=facts]").fill(words)

    clerk.follow(clerk.page.locator("[data-portal-draft] [name=discard]"))

    expect(clerk.page.locator("[data-portal-draft]")).to_have_count(0)
    expect(clerk.page.locator("[name=facts]")).not_to_have_value(words)
    assert not FormDraft.objects.exists()


def test_the_page_of_a_case_reads_in_large_type_and_in_high_contrast(visit, live_server, cast):
    case = case_in(State.HANDLING, cast, at=timezone.now(), named_person="", consent=True)
    clerk = visit(PHONE, user=cast.clerk)
    clerk.page.context.add_cookies([{"name": "view_large", "value": "1", "url": live_server.url}])
    show(clerk, case)
    page = clerk.page

    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
    # On a phone what is looked up now and then is folded.
    expect(page.locator("#promises")).to_be_visible()
    assert page.locator("details[data-portal-fold][open]").count() == 0
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert is_as_wide_as_the_screen(page), width
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert page.locator(".case-steps .btn-primary").bounding_box()["height"] >= 60
    assert violations(page, OF_LOOKS) == []

    clerk.page.context.add_cookies([{"name": "view_contrast", "value": "1", "url": live_server.url}])
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(0, 0, 0)"
    assert violations(page, OF_LOOKS) == []


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the wanted control has the focus, and see that nothing covers what has it on the way."""
    has_bar = page.locator(".case-bar").count() > 0
    for _press in range(60):
        page.keyboard.press("Tab")
        assert not has_bar or page.evaluate(IS_UNCOVERED), page.evaluate("document.activeElement.outerHTML")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            return
    pytest.fail(f"{wanted} was not reached on {page.url}")


def test_a_step_is_taken_by_the_keyboard_alone(visit, cast):
    case = case_in(State.REPLIED, cast, at=timezone.now())
    clerk = visit(DESKTOP, user=cast.clerk)
    show(clerk, case)
    page, keys = clerk.page, clerk.page.keyboard

    # Backwards from the end: a bar that stays in sight would cover what comes into sight under it.
    for _press in range(16):
        keys.press("Shift+Tab")
        assert page.evaluate(IS_UNCOVERED), page.evaluate("document.activeElement.outerHTML")
    assert page.evaluate("window.scrollY") > 0
    show(clerk, case)
    tab_to(page, f"a[href$='/{case.pk}/do/report/']")
    with page.expect_navigation():
        keys.press("Enter")
    for name, words in REPORT.items():
        tab_to(page, f"[name={name}]")
        keys.press("Control+a")
        keys.type(words)
    tab_to(page, "main form .btn-primary")
    with page.expect_navigation():
        keys.press("Enter")
    says_where_it_stands(clerk, case)
    assert case.state == State.REPORTED
    assert case.closing_reports.get().facts == REPORT["facts"]
