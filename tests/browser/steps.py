"""What staff do in a browser again and again: open a case, press the button of a step, fill in its form."""

from playwright.sync_api import expect

from complaints.models import Case
from tests.browser.conftest import Visitor


def show(staff: Visitor, case: Case) -> None:
    """Open the page of the case."""
    staff.open(f"/admin/complaints/case/{case.pk}/change/")
    says_where_it_stands(staff, case)


def says_where_it_stands(staff: Visitor, case: Case) -> None:
    """Read the case anew once its page is there; the page says where it stands."""
    expect(staff.page.locator("[data-case-state]")).to_be_attached()
    case.refresh_from_db()
    expect(staff.page.locator("[data-case-state]")).to_have_attribute("data-case-state", case.state)


def begin(staff: Visitor, case: Case, action: str) -> None:
    """Press the button of a step on the page of the case; its form comes."""
    staff.follow(staff.page.locator(f"main a[href$='/{case.pk}/do/{action}/']:visible").first)
    staff.find_all_well()


def take(staff: Visitor, case: Case, action: str, **values: str) -> None:
    """Take a step of the case by its button and its form."""
    begin(staff, case, action)
    staff.send(**values)
    says_where_it_stands(staff, case)
