"""
Take docs/screenshots/ anew from a demonstration that runs: ``make demo`` here, ``make screenshots`` beside it.

Each page is taken in Chinese as it looks on a phone (390 px) and on a desktop (1280 px). On the way a citizen's report
is filed for each width, and the office asks for what is missing in it, keeps a filter of its list and begins to type in
a call, which it discards again; so the demonstration has two cases more afterwards. Needs what requirements-dev.txt
installs and a Chromium; what is missing is said in one line.
"""

import argparse
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]
TITLE = "施工许可材料齐全，超过承诺时限仍无答复"
STORY = (
    "11月3日在市行政服务中心建设窗口递交施工许可材料，窗口当场出具受理回执，承诺五日内办结。"
    "至今超过时限，先后三次电话询问，均答复“正在走流程”，没有书面说明。请督促办理，并告知延误的原因。"
)
MISSING = "请补充：一、受理回执的照片；二、三次电话询问的大致日期。收到后五个工作日内决定是否受理。"
FILTER = "在办投诉"
CALL = {
    "title": "来电反映办证窗口中午无人值守",
    "description": "来电人称，昨天中午十二点到窗口办理不动产登记，三个窗口都没有人，等到两点才有人上班。",
    "name": "何女士",
    "phone": "13800138000",
}
LARGEST = 200 * 1000  # bytes of a picture
PATIENCE = 90  # seconds for a page

sys.path.insert(0, str(CHECKOUT))
from tests.chromium import ARGUMENTS, chromium  # noqa: E402 - found by the line above


class Missing(Exception):
    """Something that is needed is not there; the message says what, and what to do."""


@dataclass(frozen=True)
class Window:
    """How tall the window is, how much of a long page is shown, and how many dots a pixel of the page has."""

    height: int
    longest: int
    scale: int


WINDOWS = {390: Window(844, 1300, 2), 1280: Window(800, 1400, 1)}


@dataclass(frozen=True)
class Demonstration:
    """The portal that is shown, the case whose tracking page is, and one in which a question waits, if it is known."""

    address: str
    password: str
    number: str
    code: str
    asked: tuple[str, str] | None = None


def main() -> None:
    """Read the arguments, take the pictures, say where they are."""
    words = argparse.ArgumentParser(description="Take docs/screenshots/ anew from a demonstration that runs.")
    words.add_argument("address", nargs="?", default="http://127.0.0.1:8000", help="of the demonstration")
    words.add_argument("--number", help="of a case that was replied to; the demonstration prints one when it starts")
    words.add_argument("--code", help="the secret code of that case")
    words.add_argument("--only", default="", help="take only the pictures whose name has this in it")
    given = words.parse_args()
    try:
        shown = demonstration(given)
        take(shown, only=given.only)
    except Missing as missing:
        sys.exit(str(missing))


def demonstration(given: argparse.Namespace) -> Demonstration:
    """
    Find the demonstration, and the case to show.

    :raises Missing: nothing answers at the address, or no case to show is known
    """
    address = given.address.rstrip("/")
    try:
        urlopen(f"{address}/healthz", timeout=10).close()  # noqa: S310 - an address that was typed in
    except (URLError, OSError, ValueError) as error:
        raise Missing(f"No portal answers at {address} ({error}). Start one with: make demo") from error
    password = os.environ.get("DEMO_PASSWORD", "efficiency-demo")
    if given.number and given.code:
        return Demonstration(address, password, given.number, given.code)
    shown, *more = receipts_of_this_checkout()
    return Demonstration(address, password, *shown, asked=more[0] if more else None)


def receipts_of_this_checkout() -> list[tuple[str, str]]:
    """
    Ask the demonstration of this checkout for number and code of the cases that it shows around.

    :raises Missing: it does not say
    """
    asked = subprocess.run(
        [sys.executable, "manage.py", "load_demo"], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    found = re.findall(r"with number (\S+) and code (.+)", asked.stdout)
    if not found:
        raise Missing(
            "The case to show is not known: give --number and --code, which the demonstration printed when it started."
        )
    return found


def take(shown: Demonstration, *, only: str = "") -> None:
    """
    Take every picture whose name has ``only`` in it.

    :raises Missing: there is no Chromium or no driver for it, or the portal does not show what is expected
    """
    try:
        import PIL.Image  # noqa: F401 - asked before the first picture is taken
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise Missing(f"{error.name} is not installed. Install it with: make setup-dev") from error
    path = chromium()
    if path is None:
        raise Missing(
            "No Chromium was found. Install one (apt-get install chromium-headless-shell), or name it: "
            "CHROMIUM=/path/to/it"
        )
    with sync_playwright() as driver:
        try:
            browser = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
            for width in WINDOWS:
                Camera(browser, shown, width=width, only=only).take_all()
            browser.close()
        except Error as error:
            raise Missing(f"The browser could not go on: {error.message}") from error


class Camera:
    """Walks through the portal at one width and takes what is to be seen there."""

    def __init__(self, browser: Any, shown: Demonstration, *, width: int, only: str) -> None:
        self.browser, self.shown, self.width, self.only = browser, shown, width, only
        self.window = WINDOWS[width]
        # Number and code of the report that was filed on the way.
        self.filed = ("", "")

    def take_all(self) -> None:
        """Take what citizens see, then what each member of staff sees."""
        for person, pictures in (
            ("", self.citizen),
            ("", self.reader),
            ("office", self.office),
            ("", self.supplement),
            ("clerk.construction", self.clerk),
            ("leader.construction", self.leader),
            ("inspector", self.inspector),
            ("head.office", self.head),
            ("supervisor.social", self.supervisor),
        ):
            context = self.browser.new_context(
                base_url=self.shown.address,
                viewport={"width": self.width, "height": self.window.height},
                device_scale_factor=self.window.scale,
                locale="zh-CN",
                reduced_motion="reduce",
            )
            context.set_default_timeout(PATIENCE * 1000)
            page = context.new_page()
            if person:
                self.log_in(page, person)
            pictures(page)
            context.close()

    def citizen(self, page: Any) -> None:
        """Home, public answers, form, what an error looks like, receipt, tracking page with a reply, own data."""
        page.goto("/")
        self.picture(page, "home")
        page.goto("/complaints/answers/")
        page.locator("main li .row-link").first.wait_for()
        self.picture(page, "answers")
        page.goto("/complaints/new/")
        page.locator("[name=kind][value=complaint]").check()
        self.picture(page, "form")
        page.locator("[name=title]").fill(TITLE)
        page.locator("main form .btn-primary").click()
        page.locator("[role=alert]").wait_for()
        self.picture(page, "form-errors")
        page.locator("[name=category][value=delay]").check()
        page.locator("[name=description]").fill(STORY)
        page.locator("[name=anonymous]").check()
        page.locator("main form .btn-primary").click()
        page.locator("[data-case-code]").wait_for()
        self.filed = tuple(
            page.locator(f"[data-case-{name}]").get_attribute(f"data-case-{name}") for name in ("number", "code")
        )
        self.picture(page, "receipt")
        self.track(page, self.shown.number, self.shown.code)
        self.picture(page, "tracking")
        page.locator("main a[href$='/own-data/']").click()
        self.picture(page, "own-data")

    def reader(self, page: Any) -> None:
        """What everybody may read: promises, posts, documents, bulletins, results of the appraisal, reception days."""
        for name, path in (
            ("commitments", "/commitments/"),
            ("posts", "/posts/"),
            ("disclosure", "/disclosure/"),
            ("completeness", "/disclosure/completeness/"),
            ("statistics", "/statistics/"),
            ("reception", "/reception/"),
        ):
            page.goto(path)
            self.picture(page, name)
        self.first(page, "/commitments/", ".commitment-line .row-link")
        self.picture(page, "commitment")
        self.first(page, "/targets/", ".row-link[href*='?of=']")
        self.picture(page, "ranking")

    def first(self, page: Any, path: str, link: str) -> None:
        """
        Open a list, and the first that stands in it.

        :raises Missing: nothing stands in it
        """
        page.goto(path)
        if not page.locator(f"main {link}").count():
            raise Missing(f"Nothing to open at {path}: is this the demonstration?")
        page.goto(page.locator(f"main {link}").first.evaluate("link => link.href"))

    def supplement(self, page: Any) -> None:
        """The tracking page of cases in which the citizen has the next move: to hand something in, to answer."""
        self.track(page, *self.filed)
        self.picture(page, "supplement")
        if self.shown.asked:
            self.track(page, *self.shown.asked)
            page.locator("#question").wait_for()
            self.picture(page, "question")

    def track(self, page: Any, number: str, code: str) -> None:
        """
        Open a case with number and code.

        :raises Missing: the two open none
        """
        page.goto("/complaints/track/")
        page.locator("[name=number]").fill(number)
        page.locator("[name=code]").fill(code)
        page.locator("main form .btn-primary").click()
        if not page.locator("[data-case-state]").count():
            raise Missing(f"Number {number} and its code open no case at {self.shown.address}.")

    def office(self, page: Any) -> None:
        """The queue of the efficiency office, the form of a step, the list with a kept filter, a case just received."""
        page.goto("/admin/")
        self.picture(page, "queue")
        page.locator("main a[href$='/do/accept/']").first.click()
        self.picture(page, "step")
        page.goto("/admin/complaints/case/?kind=complaint&state=handling")
        if not page.locator(".kept-filters [aria-current=true]").count():
            page.locator(".kept-filters a[href*='/filters/add/']").click()
            page.locator("[name=name]").fill(FILTER)
            page.locator("main form .btn-primary").click()
            page.locator(".kept-filters [aria-current=true]").wait_for()
            page.goto("/admin/complaints/case/?kind=complaint&state=handling")
        self.picture(page, "list")
        page.goto(f"/admin/complaints/case/?q={self.filed[0]}")
        page.locator("#result_list a[href*='/complaints/case/']").first.click()
        self.picture(page, "case-received")
        page.locator("main a[href$='/do/ask_supplement/']").click()
        page.locator("[name=missing]").fill(MISSING)
        page.locator("main form .btn-primary").click()
        page.locator("[data-case-state=supplementing]").wait_for()
        page.goto("/admin/complaints/assistance/?state__exact=signed_in")
        page.locator("#result_list a[href*='/complaints/assistance/']").first.click()
        self.picture(page, "part")
        self.call(page)

    def call(self, page: Any) -> None:
        """A call that is typed in, as the form looks when its draft is opened again."""
        page.goto("/admin/complaints/case/add/")
        page.locator("[name=channel][value=phone]").check()
        for name, words in CALL.items():
            page.locator(f"[name={name}]").fill(words)
        page.locator("button[formaction$='/add/draft/']").click()
        page.locator("[data-portal-draft]").wait_for()
        self.picture(page, "intake")
        page.locator("[data-portal-draft] button").click()
        page.locator("[data-portal-draft]").wait_for(state="detached")

    def clerk(self, page: Any) -> None:
        """A case in the hands of a department, with what can be done next, and the bar that stays in sight."""
        page.goto("/admin/?whose=mine&state=handling")
        page.locator("main th a[href*='/complaints/case/']").first.click()
        page.locator(".case-bar").wait_for()
        self.picture(page, "case")
        page.goto(f"{page.url.partition('?')[0]}?course=steps#course")
        page.locator(".course-filter [aria-current]").wait_for()
        self.picture(page, "case-course", from_top=False)

    def leader(self, page: Any) -> None:
        """A reply that waits for its approval, as leaders see it on the phone, and how they are told of such things."""
        page.goto("/admin/")
        page.locator("main .queue a[href$='/do/approve_reply/']").first.click()
        page.locator("main form .btn-primary").wait_for()
        self.picture(page, "approve")
        page.locator(".breadcrumbs a[href*='/complaints/case/']").last.click()
        page.locator(".case-bar").wait_for()
        self.picture(page, "case-to-approve")
        page.goto("/admin/messages/channels/")
        self.picture(page, "channels")

    def inspector(self, page: Any) -> None:
        """The overview; promises that were broken, and one of them."""
        page.goto("/supervision/?whole=1")
        self.picture(page, "overview")
        page.goto("/supervision/escalations/")
        self.picture(page, "supervision")
        page.locator("main td a[href*='/escalations/']").first.click()
        self.picture(page, "escalation")

    def head(self, page: Any) -> None:
        """A fault case, what the worker forecasts, and an appraisal, as the head of the efficiency office sees them."""
        self.first(page, "/admin/accountability/faultcase/", "#result_list tbody th a")
        self.picture(page, "fault-case")
        page.goto("/supervision/forecast/")
        self.picture(page, "forecast")
        self.first(page, "/admin/targets/appraisal/", "#result_list tbody th a")
        self.picture(page, "appraisal")

    def supervisor(self, page: Any) -> None:
        """What a social supervisor has reported, and what became of it."""
        page.goto("/supervisors/own/")
        self.picture(page, "observations")

    def log_in(self, page: Any, person: str) -> None:
        """
        Log in with an account of the demonstration.

        :raises Missing: it does not let us in
        """
        page.goto("/admin/")
        page.locator("[name=username]").fill(person)
        page.locator("[name=password]").fill(self.shown.password)
        page.locator("#login-form .btn-primary").click()
        if page.locator("#login-form").count():
            raise Missing(f"{person} could not log in: is this a demonstration, and DEMO_PASSWORD its password?")

    def picture(self, page: Any, name: str, *, from_top: bool = True) -> None:
        """Take the page from its top as far as it is worth showing, or what is in sight, and write it down small."""
        if self.only not in name:
            return
        page.evaluate("document.activeElement?.blur()")
        page.wait_for_load_state("networkidle")
        part: dict[str, Any] = {}
        if from_top:
            page.evaluate("window.scrollTo(0, 0)")
            height = min(page.evaluate("document.documentElement.scrollHeight"), self.window.longest)
            part = {"full_page": True, "clip": {"x": 0, "y": 0, "width": self.width, "height": height}}
        shot = page.screenshot(**part, animations="disabled")
        path = HERE / f"{name}-{self.width}.png"
        path.write_bytes(smallest(shot))
        print(f"{path.relative_to(CHECKOUT)}  {path.stat().st_size / 1000:.0f} kB")  # noqa: T201 - for who runs it


def smallest(shot: bytes) -> bytes:
    """Return the picture with as many colours as it can have within ``LARGEST`` bytes, and without metadata."""
    from PIL import Image

    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for colours in (256, 128, 64, 32):
        written = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(written, "PNG", optimize=True)
        if written.tell() <= LARGEST:
            break
    return written.getvalue()


if __name__ == "__main__":
    main()
