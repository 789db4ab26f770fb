"""What is kept about an applicant, on a phone (docs/trust.md P-13)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from disclosure.requests import deadlines
from tests.browser.conftest import PHONE
from tests.factories import requests as make

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_an_applicant_sees_corrects_and_asks_for_the_erasure(visit):
    receipt = make.file(make.make_request_cast(), at=timezone.now(), consent=True)
    visitor = visit(PHONE)
    page = visitor.page
    visitor.open("/disclosure/requests/track/")
    visitor.send(number=receipt.number, code=receipt.code)

    visitor.follow(page.locator("main a[href$='/own-data/']"))
    expect(page.locator("main")).to_contain_text("138****5678")
    visitor.find_all_well()
    visitor.send("main form:has([name=code])", code=receipt.code)
    expect(page.locator("[data-portal-identity]")).to_contain_text("13812345678")
    visitor.find_all_well()

    visitor.follow(page.locator("main a[href$='/contact/']"))
    visitor.find_all_well()
    visitor.send(address="佛山市禅城区某路2号", code=receipt.code)
    expect(page.locator("main")).to_contain_text("＊＊＊")

    visitor.follow(page.locator("main a[href$='/erase/']"))
    visitor.find_all_well()
    page.locator("main [name=code]").fill(receipt.code)
    page.locator("main .btn-danger").click()
    expect(page.locator("main")).to_contain_text("效能办作出决定")
    visitor.find_all_well()
    assert deadlines.running(receipt.request, deadlines.ERASURE) is not None
