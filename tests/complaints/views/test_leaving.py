"""After leaving, the browser shows nothing of a case to whoever sits down at it next (docs/trust.md S-08, S-10)."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories.cases import make_cast

FORM = {
    "kind": "complaint",
    "category": "delay",
    "title": "施工许可迟迟不批",
    "description": "上月递交的施工许可申请至今没有答复，窗口让我反复跑了三趟。",
    "anonymous": "on",
}


@pytest.fixture
def browser(db) -> Client:
    make_cast()
    return Client()


def filed(browser: Client) -> tuple[dict[str, str], str]:
    """File from ``browser`` and return what was sent and the code that the receipt shows."""
    page = browser.get(reverse("complaints:new")).content.decode()
    sent = FORM | {"token": re.search(r'name="token" value="([^"]+)"', page)[1]}
    receipt = browser.post(reverse("complaints:new"), sent, follow=True).content.decode()
    return sent, re.search(r'data-case-code="([^"]+)"', receipt)[1]


class TestS08Leaving:
    def test_S08_the_receipt_offers_to_leave(self, browser):
        filed(browser)

        assert reverse("complaints:leave") in browser.get(reverse("complaints:receipt")).content.decode()

    def test_S08_the_receipt_is_gone(self, browser):
        _sent, code = filed(browser)
        browser.post(reverse("complaints:leave"))

        page = browser.get(reverse("complaints:receipt"))

        assert page.status_code == 410
        assert code not in page.content.decode()

    def test_S10_the_same_form_sent_again_does_not_bring_the_code_back(self, browser):
        sent, code = filed(browser)
        browser.post(reverse("complaints:leave"))

        page = browser.post(reverse("complaints:new"), sent, follow=True)

        assert page.status_code == 200
        assert code not in page.content.decode()
