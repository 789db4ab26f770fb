"""
What everybody reads of disclosure: from the front page by a search to a document, its older version and what changed.

On a phone without JavaScript, then every page as axe-core and the content policy see it, data for machines included.
"""

import unicodedata
from datetime import timedelta
from io import BytesIO

import pypdf
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


# A4 in points, as a browser rounds it.
A4 = (595, 842)


def test_a_document_prints_whole_on_a4_without_what_is_for_the_screen(visit):
    paragraphs = [f"第{number}条 建设单位应当在开工前向主管部门提出申请，编号{number:03}。" for number in range(1, 91)]
    document = make.make_document(
        make_cast().city.construction,
        "施工许可管理办法",
        "## 总则\n\n" + "\n\n".join(paragraphs) + "\n\n| 项目 | 标准 |\n|---|---|\n| 工本费 | 免收 |",
        at=timezone.now() - timedelta(days=2),
        files=("附件",),
    )
    visitor = visit(PHONE)
    visitor.open(f"/disclosure/{document.pk}/")
    page = visitor.page
    page.emulate_media(media="print")
    for unwanted in page.locator("button, .btn, nav, form, .skip-link").all():
        expect(unwanted).to_be_hidden()
    printed = pypdf.PdfReader(BytesIO(page.pdf(prefer_css_page_size=True)))
    page.emulate_media(media="screen")

    assert len(printed.pages) > 1
    sizes = {
        tuple(round(float(side)) for side in (sheet.mediabox.width, sheet.mediabox.height)) for sheet in printed.pages
    }
    assert sizes == {A4}
    # The fonts of the machine decide where lines break, and signs that look alike may stand for one another.
    words = "".join(unicodedata.normalize("NFKC", sheet.extract_text()) for sheet in printed.pages)
    words = "".join(words.split())
    for number in range(1, 91):
        assert f"编号{number:03}" in words
    for there in ("施工许可管理办法", "工本费", "免收", document.index_number):
        assert unicodedata.normalize("NFKC", there) in words
    for unwanted in ("复制", "打印", "跳到"):
        assert unwanted not in words
