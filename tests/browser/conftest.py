"""
A real browser before the real portal; where there is none, ``tests.environment`` says so and leaves these tests out.

One portal and one browser serve the whole process. Each way is walked once; the pages on it are looked at in every
width, so that what is looked at grows without another page being asked for.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from tests.chromium import ARGUMENTS, chromium

PHONE, DESKTOP = 390, 1280
# The narrowest screen, a phone, a desktop; a page that fits is as wide as each of them.
WIDTHS = (320, PHONE, DESKTOP)
# What axe-core looks for: WCAG 2.2 AA and best practice.
STANDARDS = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# The rules whose answer depends on how wide the page is and how it looks; all others are about what it is made of.
OF_LOOKS = {
    "type": "rule",
    "values": ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"],
}

# The browser's driver runs an event loop in this thread, from which Django would refuse to ask the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
# A machine that does much else is slow, not wrong.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests as those that need a browser: one for all of them, to which no kind of page is shown twice."""
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    """Start the Chromium of this machine."""
    return {"executable_path": chromium(), "args": ARGUMENTS}


@pytest.fixture(scope="session")
def base_url() -> str:
    """Take the place of a plug-in's fixture that warns under this pytest; addresses come from ``live_server``."""
    return ""


@dataclass
class Watch:
    """What happened in a browser beside what is seen."""

    addresses: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> "Watch":
        """Keep requests, and every error, failed request and violation of the content policy in ``context``."""
        context.add_init_script(
            "document.addEventListener('securitypolicyviolation', (event) =>"
            " console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"
        )
        context.on("request", lambda request: self.addresses.append(request.url))
        context.on("requestfailed", self._failed)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("console", lambda line: self.complaints.append(line.text) if line.type == "error" else None)
        return self

    def _failed(self, request: Request) -> None:
        # A way that leads to a file ends there: the page stays, and the browser calls that aborted. So it does with
        # parts that come after a page, or anew on the wall, where the page is left before they came.
        comes_later = "/supervision/blocks/" in request.url or "view=wall" in request.url
        if not ((request.is_navigation_request() or comes_later) and request.failure == "net::ERR_ABORTED"):
            self.complaints.append(f"{request.url}: {request.failure}")


@pytest.fixture
def watch(context: BrowserContext) -> Iterator[Watch]:
    """Watch over the browser of the test; nothing of which it complains may be left at the end."""
    seen = Watch().over(context)
    yield seen
    assert seen.complaints == []


@dataclass
class Visitor:
    """Somebody before a browser of their own, which is watched."""

    page: Page
    seen: Watch
    has_scripts: bool = True

    def open(self, path: str) -> None:
        """Go to an address of the portal."""
        self.page.goto(path)

    def fill_in(self, form: str = "main form", **values: str) -> Locator:
        """Fill fields of a form by their names and return its main button."""
        for name, value in values.items():
            fill(self.page.locator(f"{form} [name={name}]"), value)
        return self.page.locator(f"{form} .btn-primary")

    def send(self, form: str = "main form", **values: str) -> None:
        """Fill in a form, send it, and be where that leads."""
        self.follow(self.fill_in(form, **values))

    def follow(self, control: Locator) -> None:
        """Click what leads to another page, and be there before anything is looked at."""
        with self.page.expect_navigation():
            control.click()

    def find_all_well(self) -> None:
        """
        Hold the page to what every page keeps in every width: it fits, a finger hits its controls, axe-core is content.

        Pages of a kind that axe-core was content with before are not shown to it again in this process.
        """
        page, own = self.page, self.page.viewport_size
        page.wait_for_load_state()
        # axe-core is a script itself, and waits for ever where there are none.
        kind = kind_of(page) if self.has_scripts else None
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": own["height"]})
            assert is_as_wide_as_the_screen(page), (page.url, width)
            assert small_controls(page) == [], (page.url, width)
            if kind is not None and kind not in _content_with and width != WIDTHS[0]:
                assert violations(page, STANDARDS if width == PHONE else OF_LOOKS) == [], (page.url, width)
        page.set_viewport_size(own)
        _content_with.add(kind)


# The kinds of pages with which axe-core was content.
_content_with: set[tuple | None] = set()


def kind_of(page: Page) -> tuple:
    """Return what makes two pages alike to axe-core: the view, the step, the parts that they have, errors or none."""
    match = resolve(urlsplit(page.url).path)
    parts = page.evaluate(
        """[...document.querySelectorAll("main [aria-labelledby]")]
          .map((part) => part.getAttribute("aria-labelledby").replace(/\\d+/g, ""))"""
    )
    has_errors = page.locator("[aria-invalid=true]").count() > 0
    return match.view_name, match.kwargs.get("action"), frozenset(parts), has_errors


@pytest.fixture
def visit(browser: Browser, live_server: Any) -> Iterator[Callable[..., Visitor]]:
    """
    Return what opens the browser of one more person: ``visit(PHONE)``, ``visit(DESKTOP, user=clerk)`` for staff.

    Whatever any of these browsers complains of fails the test at its end.
    """
    visitors = []

    def open_browser(width: int, *, user: Any = None, **options: Any) -> Visitor:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 800}, reduced_motion="reduce", **options
        )
        if user is not None:
            client = Client()
            client.force_login(user)
            cookie = client.cookies[settings.SESSION_COOKIE_NAME]
            context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        context.set_default_timeout(PATIENCE)
        has_scripts = options.get("java_script_enabled", True)
        visitors.append(Visitor(context.new_page(), Watch().over(context), has_scripts))
        return visitors[-1]

    yield open_browser
    for visitor in visitors:
        visitor.page.context.close()
        assert visitor.seen.complaints == []


def fill(fields: Locator, value: str) -> None:
    """Put a value into a field as a person would: type it, choose it from a list, or tick it."""
    kind = fields.first.evaluate("field => field.type")
    if kind == "radio":
        fields.and_(fields.page.locator(f"[value='{value}']")).check()
    elif kind == "checkbox":
        fields.set_checked(bool(value))
    elif kind == "select-one":
        fields.select_option(value)
    else:
        fields.fill(value)


def due_moments(part: Locator) -> list[datetime]:
    """Return when the promises in a part of a page fall due, in the order of the page (``data-due``, contract)."""
    return [datetime.fromisoformat(one.get_attribute("data-due") or "") for one in part.locator("[data-due]").all()]


def is_as_wide_as_the_screen(page: Page) -> bool:
    """Say whether the page fits without scrolling sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def small_controls(page: Page) -> list[str]:
    """Return the controls lower than 44 px; of a box or radio its whole row is the target."""
    return page.evaluate(
        """() => {
          const found = [];
          for (const one of document.querySelectorAll("button, .btn, .tool, input, select, textarea")) {
            const target = ["radio", "checkbox"].includes(one.type) ? one.closest("label") || one : one;
            if (!target.checkVisibility({ visibilityProperty: true }) || one.closest(".visually-hidden")) continue;
            if (target.getBoundingClientRect().height < 43.9) found.push(target.outerHTML.slice(0, 120));
          }
          return found;
        }"""
    )


def violations(page: Page, rules: dict[str, Any] = STANDARDS) -> list[str]:
    """Return what axe-core finds against ``rules``; it is handed to each page once."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE_SCRIPT)
    # Without its copy of the style sheets axe keeps to the content policy; no rule of these needs the copy.
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    return page.evaluate(
        """async (options) => (await axe.run(options)).violations.map(
          (one) => `${one.id}: ${JSON.stringify(one.nodes.map((node) => node.target))}`)""",
        options,
    )
