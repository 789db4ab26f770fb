"""A form whose check failed comes back as it was filled, to be sent once more (docs/trust.md S-13, F-20)."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from complaints.models import Case
from tests.factories.cases import make_cast

FORM = {
    "kind": "complaint",
    "category": "delay",
    "title": "施工许可迟迟不批",
    "description": "上月递交的施工许可申请至今没有答复，窗口让我反复跑了三趟。",
    "location": "市民之窗 3 号",
    "name": "陈小明",
    "phone": "13812345678",
}
NOTHING_LOST = "nothing was lost"


@pytest.fixture
def browser(db) -> Client:
    make_cast()
    client = Client(enforce_csrf_checks=True)
    client.cookies["language"] = "en"
    return client


def value_of(page: str, name: str) -> str:
    return re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1]


class TestS13ExpiredForm:
    def test_S13_it_comes_back_filled_and_can_be_sent_at_once(self, browser):
        page = browser.post(reverse("complaints:new"), FORM | {"csrfmiddlewaretoken": "x" * 64})
        body = page.content.decode()

        assert page.status_code == 403
        assert page.headers["Cache-Control"] == "no-store"
        assert NOTHING_LOST in body
        assert all(text in body for text in FORM.values())
        assert not Case.objects.exists()

        again = FORM | {name: value_of(body, name) for name in ("csrfmiddlewaretoken", "token")}
        assert browser.post(reverse("complaints:new"), again | {"personal_seen": "1"}).status_code == 302
        assert Case.objects.get().title == FORM["title"]

    @pytest.mark.parametrize(
        "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}], ids=["fetch site", "origin"]
    )
    def test_S13_another_site_puts_no_words_into_it(self, browser, headers):
        page = browser.post(reverse("complaints:new"), FORM, headers=headers)

        assert page.status_code == 403
        assert not any(text in page.content.decode() for text in (FORM["title"], FORM["description"], FORM["name"]))
