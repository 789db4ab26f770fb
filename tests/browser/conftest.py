"""A real browser before the real portal. Where no Chromium is found, the tests say so loudly and are skipped."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import BrowserContext, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Headless and silent: nothing of the browser's own goes over the network.
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# The browser's driver runs an event loop in this thread, from which Django would refuse to ask the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests, and skip them where there is no browser."""
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="NO CHROMIUM ON PATH: THE PAGES WERE NOT TRIED IN A BROWSER"))


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    """Start the Chromium of this machine."""
    return {"executable_path": CHROMIUM, "args": ARGUMENTS}


@pytest.fixture(scope="session")
def base_url() -> str:
    """Take the place of a plug-in's fixture that warns under this pytest; addresses come from ``live_server``."""
    return ""


@dataclass
class Watch:
    """What happened on a page beside what is seen."""

    addresses: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def watch(context: BrowserContext, page: Page) -> Iterator[Watch]:
    """Keep requests, errors and violations of the content policy; none of the latter may be left at the end."""
    seen = Watch()
    context.add_init_script(
        "document.addEventListener('securitypolicyviolation', (event) =>"
        " console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));"
    )
    page.on("request", lambda request: seen.addresses.append(request.url))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("console", lambda line: seen.complaints.append(line.text) if line.type == "error" else None)
    yield seen
    assert seen.complaints == []


def is_as_wide_as_the_screen(page: Page) -> bool:
    """Say whether the page fits without scrolling sideways."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def violations(page: Page) -> list[str]:
    """
    Return what axe-core finds against WCAG 2.2 AA and best practice.

    Asked last: axe copies style sheets and is itself a violation of the content policy.
    """
    from axe_playwright_python.sync_playwright import Axe

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}}).response["violations"]
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found]
