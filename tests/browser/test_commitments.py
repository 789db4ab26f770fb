"""What is promised, looked up on a phone and without scripts (docs/domain.md 5)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from efficiency.organs.models import Rank, Role
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories.commitments import make_item, promise
from tests.factories.staff import Seat, make_city, seat_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


@pytest.fixture
def items():
    """Two items with promises in force, one of which ends today."""
    city = make_city()
    people = seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.government),
        leader=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
    )
    writers, at = (people["editor"], people["leader"]), timezone.now()
    permit = make_item(city.construction, code="JS-001", keywords="开工")
    promise(permit, timezone.localdate(at), 5, by=writers, at=at, visits=1, special_procedure="专家评审")
    promise(
        make_item(city.tax, "发票领用"), timezone.localdate(at), 0, by=writers, at=at, fees="1 元", fee_basis="《办法》"
    )
    return permit


def test_a_citizen_finds_what_is_promised_and_complains_that_it_was_not_kept(visit, items):
    visitor = visit(PHONE)
    page = visitor.page
    visitor.open("/commitments/")
    expect(page.locator(".commitment-line")).to_have_count(2)
    visitor.find_all_well()

    visitor.send("main form", q="开工 许可")
    expect(page.locator(".commitment-line")).to_have_count(1)
    visitor.find_all_well()
    visitor.follow(page.locator(".commitment-line a"))
    expect(page.locator(".promise-limit")).to_have_text("5 个工作日")
    page.locator(".promise summary").click()
    expect(page.locator(".promise .day-last")).to_have_count(1)
    visitor.find_all_well()

    visitor.follow(page.locator("a[href$='?item=JS-001']"))
    expect(page.locator("[name=title]")).to_have_value("服务承诺未兑现：建筑工程施工许可证核发")
    expect(page.locator("[name=organ]")).to_have_value(str(items.organ_id))


def test_all_of_it_is_there_without_scripts_and_nothing_but_it_on_paper(visit, items):
    visitor = visit(DESKTOP, java_script_enabled=False)
    page = visitor.page
    visitor.open("/commitments/")
    visitor.send("main form", q="没有这样的事项")
    expect(page.locator("main")).to_contain_text("没有找到符合条件的事项")
    visitor.follow(page.locator("a[href='?theme=construction']"))
    expect(page.locator(".commitment-line")).to_have_count(2)

    visitor.open("/commitments/JS-001/")
    page.emulate_media(media="print")
    expect(page.locator(".promise .day-last")).to_be_visible()
    expect(page.locator("main .btn-primary")).to_be_hidden()
