"""
The citizen's way in a browser: file, keep number and code, follow, read the reply, judge it (docs/ui.md).

By hand on a phone, by the keyboard alone, and without JavaScript; each page is looked at in every width. What the tests
hold on to are addresses, names of fields and data attributes, which are contract (docs/architecture.md).
"""

import re

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from complaints import actions, deadlines
from complaints.enums import State
from complaints.models import Case, Evaluation
from efficiency.keys import actions as keys
from efficiency.keys.models import Scope
from efficiency.organs.models import Role
from tests.browser.conftest import DESKTOP, PHONE, Visitor, due_moments, fill
from tests.complaints.uploads import samples
from tests.factories.cases import Cast, file, lead, make_cast
from tests.factories.staff import seat

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]

TITLE = "施工许可递交后一直没有答复"
STORY = "十一月三日在政务服务中心递交了施工许可申请，承诺五个工作日办结，至今没有答复，请督促办理。"
PHOTO = {"name": "受理窗口.jpg", "mimeType": "image/jpeg", "buffer": samples.photo()}
EVALUATE = "main a[href$='/evaluate/']"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def receipt_of(page: Page) -> tuple[str, str]:
    """Return number and code as the receipt carries them."""
    number = page.locator("[data-case-number]").get_attribute("data-case-number")
    code = page.locator("[data-case-code]").get_attribute("data-case-code")
    assert number
    assert code
    return number, code


def case_of(page: Page, number: str) -> Case:
    """Return the case that the tracking page shows; the page says where it stands."""
    expect(page.locator("[data-case-state]")).to_be_attached()
    case = Case.objects.get(number=number)
    expect(page.locator("[data-case-state]")).to_have_attribute("data-case-state", case.state)
    return case


def prints_on_one_sheet(page: Page) -> bool:
    """Say whether the page prints on one sheet, without buttons and menus."""
    page.emulate_media(media="print")
    for unwanted in page.locator("button, .btn, nav, form").all():
        expect(unwanted).to_be_hidden()
    sheets = re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))
    page.emulate_media(media="screen")
    return len(sheets) == 1


def file_with_an_error_first(visitor: Visitor, cast: Cast) -> tuple[str, str]:
    """Send the form once without what it needs, then as it should be; return number and code."""
    page = visitor.page
    organ = str(cast.city.construction.pk)
    fill(page.locator("[name=kind]"), "complaint")
    page.set_input_files("[name=attachments]", PHOTO)
    texts = {"organ": organ, "title": TITLE, "description": STORY, "location": "祖庙街道"}
    # A script sends the forms of a citizen, so that a broken line loses nothing: errors come without another page.
    visitor.fill_in(**texts, email="not an address", consent="on").click()

    expect(page.locator("[role=alert] a[href='#id_name']")).to_be_visible()
    expect(page.locator("#id_name")).to_have_attribute("aria-invalid", "true")
    for name, value in texts.items():
        expect(page.locator(f"[name={name}]")).to_have_value(value)
    expect(page.locator("[name=kind][value=complaint]")).to_be_checked()
    expect(page.locator("[name=consent]")).to_be_checked()
    expect(page.locator("[name=email]")).to_have_value("not an address")
    expect(page.get_by_text(PHOTO["name"])).to_be_visible()
    assert not Case.objects.exists()
    visitor.find_all_well()

    visitor.fill_in(category="delay", name="陈小明", email="", phone="13812345678").click()
    return receipt_of(page)


def explains_each_date(page: Page, case: Case) -> None:
    """Hold the page to the contract: each promise says when it is due, and the next one how that was reached."""
    shown = set(due_moments(page.locator("main")))
    owed = [row for row in deadlines.of_case(case) if row.promise != deadlines.Promise.INTERNAL]
    assert shown == {row.due_at for row in owed}
    account = page.locator("main details").first
    expect(account.locator("tbody")).to_be_hidden()
    account.locator("summary").click()
    last_day = timezone.localdate(min(row.due_at for row in owed if row.is_running)).isoformat()
    expect(account.locator("tbody time").last).to_have_attribute("datetime", last_day)


def test_a_citizen_files_follows_reads_and_judges(visit, cast):
    visitor = visit(PHONE)
    page = visitor.page
    visitor.open("/")
    visitor.find_all_well()
    visitor.follow(page.locator("main a[href='/complaints/new/']").first)
    visitor.find_all_well()

    number, code = file_with_an_error_first(visitor, cast)
    expect(page.locator("[data-case-code]")).to_have_text(re.compile(r"\s*".join(code.replace("-", ""))))
    visitor.find_all_well()
    assert prints_on_one_sheet(page)

    visitor.follow(page.locator("main a[href='/complaints/track/']"))
    visitor.find_all_well()
    visitor.send(number=number.lower(), code="7" * 16)
    expect(page.locator("#id_code")).to_have_attribute("aria-invalid", "true")
    visitor.find_all_well()
    visitor.send(number=number.lower(), code=f" {code.lower()} ")
    assert code not in page.url
    case = case_of(page, number)
    explains_each_date(page, case)
    visitor.find_all_well()

    lead(case, cast, State.REPLIED, at=timezone.now())
    page.reload()
    case_of(page, number)
    expect(page.locator("main")).to_contain_text(case.replies.get().findings)
    expect(page.locator("main")).not_to_contain_text("属市建设局职责，建议交办。")
    visitor.find_all_well()

    visitor.follow(page.locator(EVALUATE))
    visitor.find_all_well()
    visitor.fill_in(solved="no", text="等了太久。").click()
    expect(page.locator("[role=alert] a[href='#id_grade_0']")).to_be_visible()
    expect(page.locator("[name=text]")).to_have_value("等了太久。")
    visitor.send(grade="2")
    expect(page.locator("main [role=status]")).to_be_visible()
    expect(page.locator("main")).to_contain_text("等了太久。")
    expect(page.locator(EVALUATE)).to_have_count(0)
    visitor.find_all_well()
    judged = Evaluation.objects.get()
    assert (judged.grade, judged.solved) == (2, False)

    visitor.follow(page.locator("form[action$='/leave/'] button"))
    expect(page.locator("main [role=status]")).to_be_visible()
    visitor.open(f"/complaints/track/{number}/")
    expect(page.locator("[name=code]")).to_be_visible()
    expect(page.locator("[data-case-state]")).to_have_count(0)


def hand_in(visitor: Visitor, page_of: str, text: str) -> None:
    """
    Go from the case to a page on which something is handed in: nothing is refused with a reason, then it arrives.

    A script sends the form, and the file that was chosen first is kept for it meanwhile.
    """
    page = visitor.page
    visitor.follow(page.locator(f"main a[href$='/{page_of}/']"))
    page.set_input_files("[name=attachments]", PHOTO)
    visitor.fill_in().click()
    expect(page.locator("[role=alert] a[href='#id_text']")).to_be_visible()
    expect(page.get_by_text(PHOTO["name"])).to_be_visible()
    visitor.find_all_well()
    visitor.fill_in(text=text).click()
    page.wait_for_url(re.compile(r"/track/XN\d+/$"))
    expect(page.locator("main [role=status]").first).to_be_visible()


def test_a_citizen_supplements_adds_judges_and_asks_for_a_review(visit, cast):
    now = timezone.now()
    receipt = file(cast, at=now)
    case = receipt.case
    actions.ask_supplement(case, by=cast.officer, at=now, version=case.version, missing="1. 申请回执；2. 递交日期。")
    visitor = visit(PHONE)
    page = visitor.page
    visitor.open("/complaints/track/")
    visitor.send(number=receipt.number, code=receipt.code)
    case_of(page, receipt.number)
    expect(page.locator("main")).to_contain_text("1. 申请回执；2. 递交日期。")
    visitor.find_all_well()
    hand_in(visitor, "supplement", "十一月三日递交，回执见照片。")
    assert case_of(page, receipt.number).state == State.RECEIVED

    case.refresh_from_db()
    lead(case, cast, State.HANDLING, at=timezone.now())
    page.reload()
    hand_in(visitor, "material", "今天窗口又让我补一份图纸。")
    assert case.attachments.count() == 2
    case_of(page, receipt.number)
    visitor.find_all_well()

    case.refresh_from_db()
    lead(case, cast, State.REPLIED, at=timezone.now())
    page.reload()
    visitor.follow(page.locator(EVALUATE))
    visitor.send(grade="1", solved="no", text="没有说明谁负责。")
    visitor.follow(page.locator("main a[href$='/review/']"))
    visitor.fill_in(reasons="").click()
    expect(page.locator("#id_reasons")).to_have_attribute("aria-invalid", "true")
    visitor.find_all_well()
    visitor.send(reasons="答复没有写明依据，也没有说明延误由谁负责。")
    assert case_of(page, receipt.number).state == State.REVIEWING
    visitor.find_all_well()


def test_nothing_is_lost_on_a_broken_line_after_an_error_and_when_the_session_has_ended(visit, cast):
    receipt = file(cast, at=timezone.now())
    case = lead(receipt.case, cast, State.HANDLING, at=timezone.now())
    visitor = visit(PHONE)
    page, form = visitor.page, f"/complaints/track/{case.number}/material/"
    visitor.open("/complaints/track/")
    visitor.send(number=receipt.number, code=receipt.code)
    visitor.open(form)
    text, told = page.locator("[name=text]"), page.locator("main form [data-portal-told]")

    # The line breaks before anything arrives.
    page.route(f"**{form}", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.set_input_files("[name=attachments]", PHOTO)
    visitor.fill_in(text="图纸已补交。").click()
    expect(told).not_to_be_empty()
    expect(text).to_have_value("图纸已补交。")
    assert page.evaluate("document.querySelector('[name=attachments]').files.length") == 1
    page.unroute_all()

    # It stalls: one ends it, or it counts as broken after a while; the button works again each time.
    page.route(f"**{form}", lambda route: None if route.request.method == "POST" else route.continue_())
    stop = page.get_by_role("button", name="停止提交")
    visitor.fill_in().click()
    visitor.find_all_well()
    stop.click()
    expect(told).to_contain_text("已停止提交")
    expect(stop).to_have_count(0)
    page.locator("main form[data-portal-upload]").evaluate("form => { form.dataset.portalPatience = '0.2'; }")
    visitor.fill_in().click()
    expect(told).to_contain_text("连接")
    expect(page.locator("main form progress")).to_have_count(0)
    expect(text).to_have_value("图纸已补交。")
    page.unroute_all()
    page.locator("main form[data-portal-upload]").evaluate("form => { delete form.dataset.portalPatience; }")

    # An error, twice: following the link of the summary changes the address, and loses nothing either.
    for _each in range(2):
        visitor.fill_in(text=" ").click()
        expect(page.locator(".error-summary")).to_be_focused()
        expect(page.get_by_text(PHOTO["name"])).to_have_count(1)
        page.locator("[role=alert] a[href='#id_text']").click()
        expect(text).to_be_focused()

    # The session ends while the citizen types.
    page.context.clear_cookies(name="track")
    visitor.fill_in(text="图纸已补交，见照片。").click()
    expect(page.locator("[name=code]")).to_be_visible()
    visitor.find_all_well()
    visitor.send(code=receipt.code)
    assert page.url.endswith(form)
    expect(text).to_have_value("图纸已补交，见照片。")
    expect(page.get_by_text(PHOTO["name"])).to_be_visible()
    visitor.find_all_well()

    # It arrives, but the line breaks before the answer does; what is sent again is the same.
    def lose_the_answer(route):
        route.fetch()
        route.abort()

    page.route(f"**{form}", lose_the_answer)
    visitor.fill_in().click()
    expect(told).not_to_be_empty()
    page.unroute_all()
    visitor.fill_in().click()
    page.wait_for_url(re.compile(r"/track/XN\d+/$"))
    assert case.events.filter(action="add_material").count() == 1
    assert case.attachments.count() == 1
    visitor.seen.complaints.clear()  # the browser reports the broken lines, as it should


def test_a_citizen_takes_a_case_back(visit, cast):
    receipt = actions.file_case(
        kind="request", title=TITLE, description=STORY, anonymous=True, channel="web", at=timezone.now()
    )
    visitor = visit(PHONE)
    visitor.open("/complaints/track/")
    visitor.send(number=receipt.number, code=receipt.code)
    visitor.follow(visitor.page.locator("main a[href$='/withdraw/']"))
    visitor.find_all_well()
    visitor.page.locator("main [name=reason]").fill("已经办好。")
    visitor.follow(visitor.page.locator("main form .btn-danger"))

    assert case_of(visitor.page, receipt.number).state == State.WITHDRAWN
    visitor.find_all_well()


def test_a_reason_for_not_accepting_is_read_at_the_same_place(visit, cast):
    receipt = actions.file_case(
        kind="request", title=TITLE, description=STORY, anonymous=True, channel="web", at=timezone.now()
    )
    text = "请向受理该案的法院提出。"
    actions.reject(
        receipt.case, by=cast.officer, at=timezone.now(), version=receipt.case.version, ground="judicial", text=text
    )
    visitor = visit(PHONE)
    visitor.open("/complaints/track/")
    visitor.send(number=receipt.number, code=receipt.code)
    case_of(visitor.page, receipt.number)

    expect(visitor.page.locator("main")).to_contain_text(text)
    expect(visitor.page.locator(EVALUATE)).to_have_count(0)
    visitor.find_all_well()


def test_everything_is_there_without_scripts(visit, cast):
    visitor = visit(PHONE, java_script_enabled=False)
    page = visitor.page
    visitor.open("/")
    visitor.follow(page.locator("main a[href='/complaints/new/']").first)
    number, code = file_with_an_error_first(visitor, cast)
    visitor.follow(page.locator("main a[href='/complaints/track/']"))
    visitor.send(number=number, code=code)
    case = case_of(page, number)
    explains_each_date(page, case)

    lead(case, cast, State.REPLIED, at=timezone.now())
    page.reload()
    expect(page.locator("main")).to_contain_text(case.replies.get().findings)
    visitor.follow(page.locator(EVALUATE))
    visitor.send(grade="5", solved="yes")
    case_of(page, number)
    assert Evaluation.objects.get().grade == 5


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the wanted control has the focus; it can be seen then, and that it has the focus as well."""
    for _press in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            break
    else:
        pytest.fail(f"{wanted} was not reached on {page.url}")
    expect(page.locator(":focus")).to_be_in_viewport()
    assert page.evaluate(
        """() => {
          // Of a box or radio its whole row is marked.
          const shown = document.activeElement.closest("label") || document.activeElement;
          const style = getComputedStyle(shown);
          return document.activeElement.matches(":focus-visible")
            && style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2;
        }"""
    ), wanted


def test_the_keyboard_alone_does(visit, cast):
    page = visit(DESKTOP).page
    keys = page.keyboard
    page.goto("/")
    tab_to(page, ".skip-link")
    keys.press("Enter")
    tab_to(page, "a[href='/complaints/new/']")
    keys.press("Enter")
    page.wait_for_url("**/complaints/new/")

    tab_to(page, "[name=kind]")
    keys.press("Space")
    tab_to(page, "[name=category]")
    keys.press("ArrowDown")
    tab_to(page, "[name=title]")
    keys.type(TITLE)
    tab_to(page, "[name=description]")
    keys.type(STORY)
    tab_to(page, "[name=anonymous]")
    keys.press("Space")
    tab_to(page, "main form .btn-primary")
    keys.press("Enter")
    number, code = receipt_of(page)
    assert Case.objects.get().anonymous

    tab_to(page, "main a[href='/complaints/track/']")
    keys.press("Enter")
    page.wait_for_url("**/track/")
    tab_to(page, "[name=number]")
    keys.type(number)
    tab_to(page, "[name=code]")
    keys.type(code)
    keys.press("Enter")
    case_of(page, number)
    tab_to(page, "main summary")
    keys.press("Enter")
    expect(page.locator("main details tbody").first).to_be_visible()


def test_a_citizen_fetches_number_and_code_of_what_an_application_filed(visit, cast):
    administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
    rights = {"organ": cast.city.office, "name": "城市随手拍", "scopes": [Scope.OPEN311], "days": 9}
    key = keys.issue(by=administrator, at=timezone.now(), **rights).text
    sent = {"api_key": key, "service_code": "complaint-delay", "address_string": "政务服务中心", "description": STORY}
    notice = Client().post("/open311/v2/requests.json", sent).json()[0]["service_notice"]
    address = re.search(r"/open311/receipt/\w+/", notice)[0]
    visitor = visit(PHONE)
    page = visitor.page

    visitor.open(address)
    visitor.find_all_well()
    page.locator("main form button").click()

    number, code = receipt_of(page)
    assert actions.open_tracking(number, code) == Case.objects.get()
    # Whoever opens it after somebody else is told so.
    visitor.open(address)
    expect(page.locator("main [role=status] time")).to_be_visible()
    visitor.find_all_well()
