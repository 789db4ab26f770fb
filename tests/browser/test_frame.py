"""The frame of the portal in a browser: reflow, accessibility, weight, keyboard, behaviours and their absence."""

import gzip
import re
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OF_LOOKS, STANDARDS, WIDTHS, Watch, is_as_wide_as_the_screen, violations

PAGES = [
    "/",
    "/complaints/new/",
    "/complaints/track/",
    "/complaints/answers/",
    "/about/",
    "/privacy/",
    "/accessibility/",
    "/sitemap/",
    "/status/",
    "/preferences/",
    "/no/such/page/",
]
# Each look with the widths in which axe-core is asked, and what it is asked for: looks change nothing of the structure.
LOOKS = [
    ("", {320: STANDARDS, 1280: OF_LOOKS}),
    ("large", {320: OF_LOOKS}),
    ("contrast", {390: OF_LOOKS}),
]

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def choose(page: Page, address: str, view: str) -> None:
    if view:
        page.context.add_cookies([{"name": f"view_{view}", "value": "1", "url": address}])


@pytest.mark.parametrize(("view", "asked"), LOOKS)
def test_every_fixed_page_fits_and_is_accessible(live_server, page, view, asked):
    choose(page, live_server.url, view)
    for path in PAGES:
        page.goto(live_server.url + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert is_as_wide_as_the_screen(page), (path, width)
            assert width not in asked or violations(page, asked[width]) == [], (path, width)


def test_header_leaves_room_on_a_phone(live_server, page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(live_server.url)

    assert page.locator("header").bounding_box()["height"] <= 230


def test_targets_are_large_enough_for_a_finger(live_server, page):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(live_server.url)
    # The search of the header has no room on a phone; it stands on the pages themselves.
    controls = "header a:visible, header button:visible, main .btn:visible, main input:visible"
    for control in page.locator(controls).all():
        assert control.bounding_box()["height"] >= 40, control.inner_text()


def test_nothing_comes_from_elsewhere_and_little_comes_at_all(live_server, page, watch: Watch):
    page.goto(live_server.url, wait_until="networkidle")

    assert all(address.startswith(live_server.url) for address in watch.addresses)
    assert len(set(watch.addresses)) <= 6
    assert sum(len(gzip.compress(urlopen(address).read())) for address in set(watch.addresses)) <= 60_000  # noqa: S310


def test_the_keyboard_reaches_the_content_first(live_server, page):
    page.goto(live_server.url + "/about/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


class TestView:
    def test_switches_without_losing_what_was_typed(self, live_server, page, watch):
        page.goto(live_server.url)
        page.fill("#id_number", "XN2026")
        page.click("[data-portal-view=large] button")

        expect(page.locator("html")).to_have_class("large")
        expect(page.locator("#id_number")).to_have_value("XN2026")
        expect(page.locator("[data-portal-view=large] button")).to_have_attribute("aria-pressed", "true")
        page.reload()
        expect(page.locator("html")).to_have_class("large")

    def test_switches_without_scripts(self, live_server, browser: Browser):
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(live_server.url + "/about/")
        page.click("[data-portal-view=large] button")

        assert page.url == live_server.url + "/about/"
        expect(page.locator("html")).to_have_class("large")
        page.context.close()

    def test_large_type_is_half_as_large_again_and_its_buttons_grow(self, live_server, page):
        choose(page, live_server.url, "large")
        page.goto(live_server.url)

        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "24px"
        assert page.locator("main .btn-primary").first.bounding_box()["height"] >= 60

    def test_language_changes_both_ways(self, live_server, page):
        page.goto(live_server.url + "/about/")
        page.click("button[name=language]")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.click("button[name=language]")
        expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")


class TestForm:
    """The behaviours of the public form; without them it works all the same (test of the citizen's way)."""

    @pytest.fixture(autouse=True)
    def _open(self, live_server, city, page, watch):
        page.goto(live_server.url + "/complaints/new/")

    def test_categories_are_asked_of_complaints_only(self, page):
        part = page.locator("[data-portal-shown-for=kind]")
        page.check("input[name=kind][value=complaint]")
        expect(part).to_be_visible()
        page.check("input[name=category] >> nth=0")
        page.check("input[name=kind][value=request]")
        expect(part).to_be_hidden()
        assert page.locator("input[name=category] >> nth=0").is_disabled()
        page.check("input[name=kind][value=complaint]")
        expect(page.locator("input[name=category] >> nth=0")).to_be_checked()

    def test_typing_narrows_the_organs_and_keeps_the_choice(self, page):
        select = page.locator("#id_organ")
        options = select.locator("option")
        whole = options.count()
        select.select_option(index=1)
        chosen = select.input_value()
        page.fill("#id_organ-filter", "no such organ")
        assert options.count() < whole
        assert select.input_value() == chosen
        page.fill("#id_organ-filter", "")
        expect(options).to_have_count(whole)

    def test_letters_are_counted_only_near_the_limit(self, page):
        line = page.locator("[data-portal-count=id_description]")
        page.fill("#id_description", "字" * 100)
        expect(line).to_be_hidden()
        page.fill("#id_description", "字" * 4990)
        expect(line).to_have_text(re.compile(r"\b10\b"))

    def test_chosen_files_add_up_and_can_be_taken_off(self, page):
        control = page.locator("input[type=file]")
        control.set_input_files({"name": "one.txt", "mimeType": "text/plain", "buffer": b"1" * 2048})
        control.set_input_files({"name": "two.txt", "mimeType": "text/plain", "buffer": b"2"})
        rows = page.locator(".file-list li")
        expect(rows).to_have_count(2)
        expect(rows.first).to_contain_text("one.txt · 2 KB")
        rows.first.locator("button").click()
        expect(rows).to_have_count(1)

        assert page.evaluate("document.querySelector('input[type=file]').files[0].name") == "two.txt"

    def test_a_broken_line_loses_nothing(self, page, watch):
        page.set_input_files("input[type=file]", {"name": "one.txt", "mimeType": "text/plain", "buffer": b"1"})
        page.fill("#id_title", "A title that stays")
        page.route(
            "**/complaints/new/", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
        )
        page.click("main form .btn-primary")

        expect(page.locator("main form [role=status].plain-text")).not_to_be_empty()
        expect(page.locator("#id_title")).to_have_value("A title that stays")
        watch.complaints.clear()  # the browser reports the broken line, as it should

    def test_errors_come_back_with_the_summary_in_focus(self, page):
        page.fill("#id_title", "A title that stays")
        page.set_input_files("input[type=file]", {"name": "one.txt", "mimeType": "text/plain", "buffer": b"1"})
        page.click("main form .btn-primary")

        expect(page.locator(".error-summary")).to_be_focused()
        expect(page.locator("#id_title")).to_have_value("A title that stays")


def test_a_button_appears_from_the_due_second_on(live_server, page, watch):
    page.goto(live_server.url + "/about/")
    page.evaluate(
        """() => {
          const now = Date.now();
          const part = document.createElement("p");
          part.id = "urge";
          part.hidden = true;
          part.textContent = "now";
          part.dataset.portalDue = new Date(now + 2600).toISOString();
          part.dataset.portalServerNow = new Date(now).toISOString();
          document.querySelector("main").append(part);
        }"""
    )
    page.add_script_tag(url="/static/js/due.js", type="module")

    expect(page.locator("#urge")).to_be_hidden()
    expect(page.locator("#urge")).to_be_visible(timeout=15_000)


class TestAutosave:
    """The draft of staff, on a page of our own making: what the server answers is played here."""

    PAGE = """() => {
      document.querySelector("main").innerHTML = `<form data-portal-autosave="/draft/" data-portal-saved="saved {time}"
        data-portal-unsaved="not saved since {time}"><textarea name="text"></textarea>
        <p role="status" data-portal-autosave-told></p></form>`;
    }"""

    @pytest.fixture(autouse=True)
    def _open(self, live_server, page):
        page.clock.install()
        page.goto(live_server.url + "/about/")
        page.evaluate(self.PAGE)
        page.add_script_tag(url="/static/js/autosave.js", type="module")
        self.told = page.locator("[data-portal-autosave-told]")

    def answer(self, page, status, body=""):
        sent = []
        page.unroute_all()
        page.route(
            "**/draft/", lambda route: (sent.append(route.request.post_data), route.fulfill(status=status, body=body))
        )
        return sent

    def test_saves_what_changed_every_twenty_seconds(self, page):
        sent = self.answer(page, 204)
        page.clock.run_for(20_000)
        assert sent == []
        page.fill("textarea", "draft")
        page.clock.run_for(20_000)
        expect(self.told).to_have_text(re.compile(r"^saved \d\d:\d\d$"))
        page.clock.run_for(20_000)
        assert sent == ["text=draft"]

    def test_says_when_it_could_not_and_tries_again(self, page):
        self.answer(page, 500)
        page.fill("textarea", "draft")
        page.clock.run_for(20_000)
        expect(self.told).to_have_text(re.compile("^not saved since"))
        self.answer(page, 204)
        page.clock.run_for(20_000)
        expect(self.told).to_have_text(re.compile("^saved"))

    def test_a_stale_version_is_told_in_the_server_s_words(self, page):
        self.answer(page, 409, "Somebody else signed in.")
        page.fill("textarea", "draft")
        page.clock.run_for(20_000)
        expect(self.told).to_have_text("Somebody else signed in.")


def test_copying_works_without_the_clipboard_s_right_and_says_so(live_server, page, watch):
    page.goto(live_server.url + "/about/")
    page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.dataset.portalCopy = "XN2026";
          button.dataset.portalCopied = "Copied";
          document.querySelector("main").append(button);
          document.addEventListener("copy", () => { window.copied = document.activeElement.value; });
          Object.defineProperty(navigator, "clipboard", { value: undefined });
        }"""
    )
    page.add_script_tag(url="/static/js/copy.js", type="module")
    page.click("[data-portal-copy]")

    expect(page.locator("[data-portal-told]")).to_have_text("Copied")
    assert page.evaluate("window.copied") == "XN2026"
