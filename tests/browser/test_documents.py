"""A document on its way in a browser: written, checked, reviewed, approved, read (docs/domain.md 6.2, docs/ui.md)."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from disclosure.documents import actions
from disclosure.enums import VersionState
from disclosure.models import DocumentVersion
from tests.browser.conftest import DESKTOP, PHONE, Visitor
from tests.factories.documents import Hands, make_column, make_hands
from tests.factories.staff import make_city

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

BODY = (
    "## 一、总则\n\n为方便企业，**压缩**办理时限。值班电话 13812345678。\n\n- 取消重复材料\n- 一次告知\n\n"
    "| 事项 | 时限 |\n|---|---:|\n| 施工许可 | 5 |\n\n> 依据《建筑法》第七条\n\n[岗位](/posts/)"
)


@pytest.fixture
def hands() -> Hands:
    make_column()
    return make_hands(make_city().construction)


def begin(staff: Visitor, version: DocumentVersion, step: str) -> None:
    """Go from the first page to the step that waits there."""
    staff.open("/admin/")
    staff.follow(staff.page.locator(f"main a[href$='/{version.document_id}/do/{step}/']"))
    staff.find_all_well()


def test_an_editor_writes_a_second_person_checks_and_the_leader_publishes(visit, hands):
    editor = visit(DESKTOP, user=hands.editor)
    editor.open("/admin/")
    editor.find_all_well()
    editor.follow(editor.page.locator("main a[href$='/disclosure/document/add/']").first)
    today = timezone.localdate().isoformat()
    editor.fill_in(title="关于压缩施工许可时限的通知", body=BODY, formed_on=today, document_number="佛建〔2026〕12号")
    editor.page.locator("[name=column]").select_option(label="办事依据")
    # With scripts the form that comes back takes the place of the page.
    editor.page.locator("button[name=preview]").click()
    expect(editor.page.locator("#preview td").nth(1)).to_have_text("5")
    editor.find_all_well()
    editor.follow(editor.page.locator("button[name=hand_in]"))
    editor.find_all_well()
    version = DocumentVersion.objects.get()

    checker = visit(PHONE, user=hands.checker)
    begin(checker, version, "check_source")
    checker.send()
    expect(checker.page.locator("[name=numbers_reason]")).to_have_attribute("aria-invalid", "true")
    checker.find_all_well()
    checker.send(numbers_reason="对外公布的值班电话")
    begin(checker, version, "review")
    for name in actions.Points.__slots__:
        checker.fill_in(**{name: "1"})
    checker.send(ground="办事指南，不涉密")

    leader = visit(PHONE, user=hands.leader)
    begin(leader, version, "approve")
    leader.send()
    expect(leader.page.locator(".case-tags .tag").first).to_have_text("已公开")
    leader.find_all_well()
    version.refresh_from_db()
    assert version.state == VersionState.PUBLISHED

    actions.begin_version(version.document, by=hands.editor, at=timezone.now())
    plain = visit(DESKTOP, user=hands.editor, java_script_enabled=False)
    plain.open(f"/admin/disclosure/document/{version.document_id}/edit/")
    plain.fill_in(body=BODY.replace("一次告知", "一次性告知"))
    plain.follow(plain.page.locator("button[name=save]"))
    plain.follow(plain.page.locator("main a[href*='/compare/']"))
    expect(plain.page.locator("ins")).to_contain_text("性")
    editor.open(f"/admin/disclosure/document/{version.document_id}/compare/?old=1&new=2")
    editor.find_all_well()
