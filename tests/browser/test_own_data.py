"""One's own data in a browser, on a phone, and the new code at the office (docs/trust.md P-13, S-11)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints import actions
from complaints.enums import State
from complaints.models import Case
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories.cases import Cast, case_in, make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

TOKEN = "0123456789abcdef0123456789abcdef"
PERSON = {"name": "端木赐明", "phone": "13787654321", "email": "duanmu@example.cn", "consent": True}


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def opened(cast) -> tuple[Case, str]:
    """A named case that is being handled, and its code."""
    at = timezone.now()
    case = case_in(State.HANDLING, cast, at=at, token=TOKEN, **PERSON)
    code = actions.receipt_of(TOKEN, at=at).code
    assert code
    return case, code


def test_a_complainant_sees_corrects_hides_and_asks_for_the_erasure(visit, opened):
    case, code = opened
    visitor = visit(PHONE)
    page = visitor.page
    visitor.open("/complaints/track/")
    visitor.send(number=case.number, code=code)

    visitor.follow(page.locator("main a[href$='/own-data/']"))
    expect(page.locator("main")).to_contain_text("137****4321")
    visitor.find_all_well()
    visitor.send("main form:has([name=code])", code=code)
    expect(page.locator("[data-portal-identity]")).to_contain_text(PERSON["phone"])
    visitor.find_all_well()

    visitor.follow(page.locator("main a[href$='/contact/']"))
    visitor.find_all_well()
    visitor.send(phone="13900000009", code=code)
    expect(page.locator("main")).to_contain_text("139****0009")

    page.locator("form[action$='/hide/'] button").click()
    expect(page.locator("form[action$='/hide/']")).to_have_count(0)
    case.refresh_from_db()
    assert not case.consent

    visitor.follow(page.locator("main a[href$='/erase/']"))
    visitor.find_all_well()
    page.locator("main [name=code]").fill(code)
    page.locator("main form .btn-danger").click()
    expect(page.locator("main [data-due]").first).to_be_visible()
    visitor.find_all_well()


def test_the_office_gives_a_new_code_by_two_persons(visit, opened, cast):
    case, old = opened
    address = f"/admin/complaints/case/{case.pk}/"
    officer, head = visit(DESKTOP, user=cast.officer), visit(PHONE, user=cast.office_head)
    officer.open(address)
    officer.follow(officer.page.locator("a[href$='/do/ask_new_code/']"))
    officer.find_all_well()
    officer.send("#content form", check="document", reason="本人到场，回执遗失")
    expect(officer.page.locator("a[href$='/do/issue_new_code/']")).to_have_count(0)

    head.open("/admin/")
    expect(head.page.locator("section[aria-labelledby=asked]")).to_contain_text(case.number)
    head.find_all_well()
    head.open(address)
    head.follow(head.page.locator("a[href$='/do/issue_new_code/']"))
    head.send("#content form")
    new = head.page.locator("[data-case-code]").get_attribute("data-case-code")
    head.find_all_well()

    assert new
    assert actions.open_tracking(case.number, new) == case
    assert actions.open_tracking(case.number, old) is None
