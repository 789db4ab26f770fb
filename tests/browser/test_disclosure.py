"""
What everybody reads of disclosure: from the front page by a search to a document, its older version and what changed.

On a phone without JavaScript, then every page as axe-core and the content policy see it, data for machines included.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import public_documents as make
from tests.factories.cases import make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_a_citizen_finds_a_document_and_what_changed_in_it(visit):
    organ, now = make_cast().city.construction, timezone.now()
    document = make.make_document(
        organ,
        "施工许可收费标准",
        "## 一、范围\n\n本标准适用于施工许可。\n\n| 项目 | 标准 |\n|---|---|\n| 工本费 | 10元 |",
        at=now - timedelta(days=9),
        document_number="佛建〔2026〕12号",
        theme="城乡建设",
        files=("附件",),
    )
    make.replace(document, now - timedelta(days=2), body=document.public_version.body.replace("10元", "免收"))
    make.make_document(organ, "临时用地办法", column=make.make_column("basis"), at=now - timedelta(days=5))
    gone = make.withdraw(make.make_document(organ, "撤下的公告", at=now - timedelta(days=4)), now - timedelta(days=1))

    visitor = visit(PHONE, java_script_enabled=False)
    page, main = visitor.page, visitor.page.locator("main")
    visitor.open("/disclosure/")
    visitor.find_all_well()
    visitor.send("main form", q="施工许可")
    expect(main.locator("mark").first).to_have_text("施工许可")
    visitor.find_all_well()
    visitor.follow(main.locator("a", has_text="收费标准").first)
    expect(main).to_contain_text("免收")
    # What is looked up now and then stands folded below the text.
    text, facts = main.locator(".document-text"), main.locator(".document-facts")
    assert text.bounding_box()["y"] < facts.bounding_box()["y"]
    facts.locator("summary").click()
    expect(facts).to_contain_text("佛建〔2026〕12号")
    visitor.find_all_well()
    visitor.follow(main.locator(f"a[href='/disclosure/{document.pk}/versions/2/comparison/']"))
    expect(main.locator("del", has_text="10元")).to_be_visible()
    visitor.find_all_well()
    visitor.follow(main.locator("a", has_text="施工许可收费标准"))
    assert page.url.endswith(f"/disclosure/{document.pk}/")

    looker = visit(DESKTOP)
    looker.seen.complaints.clear()
    for address in (
        "/disclosure/",
        f"/disclosure/?organ={organ.code}&category=fees",
        f"/disclosure/{document.pk}/",
        f"/disclosure/{document.pk}/versions/1/",
        f"/disclosure/{document.pk}/versions/2/comparison/",
        f"/organs/{organ.code}/",
    ):
        looker.open(address)
        looker.find_all_well()
    looker.open(f"/disclosure/{document.pk}/")
    expect(looker.page.locator(".document-facts")).to_have_attribute("open", "")
    assert looker.page.locator("script[type='application/ld+json']").count() == 1
    assert looker.seen.complaints == []
    # The browser calls a page that is gone an error of its own.
    looker.open(f"/disclosure/{gone.pk}/")
    looker.find_all_well()
    looker.seen.complaints[:] = [each for each in looker.seen.complaints if "410" not in each]
