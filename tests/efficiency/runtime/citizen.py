"""A citizen who files complaints one after the other while the portal is hurt, and keeps what was acknowledged."""

import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import CookieJar

from tests.efficiency.runtime.running import Portal

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')
SHOWN = re.compile(r'data-case-(number|code)="([^"]+)"')
TEXT = "工地连续三晚施工到凌晨两点，多次反映无人过问，请依法处理。"
ANSWER_SECONDS = 15.0
PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Receipt:
    """What the citizen was told: the case of this title has this number and opens with this code."""

    title: str
    number: str
    code: str


class Browser:
    """Cookies, and the hidden fields of the form that is open."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, path: str) -> dict[str, str]:
        """
        Open a form and return its hidden fields.

        :raises OSError: it is not served
        """
        with _whole(), self.opener.open(self.portal.url(path), timeout=ANSWER_SECONDS) as answer:
            return dict(HIDDEN.findall(answer.read().decode()))

    def send(self, path: str, **fields: str) -> tuple[int, str]:
        """
        Send a form, follow where it leads, and return status and page.

        :raises OSError: nobody answers
        """
        data = urllib.parse.urlencode(fields).encode()
        with _whole():
            try:
                with self.opener.open(self.portal.url(path), data=data, timeout=ANSWER_SECONDS) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as refusal:
                with refusal:
                    return refusal.code, refusal.read().decode()


@contextmanager
def _whole() -> Iterator[None]:
    """Turn an answer that breaks off, as whoever gave it was killed, or that refuses, into one that nobody gave."""
    try:
        yield
    except HTTPException as error:
        raise OSError from error
    except urllib.error.HTTPError as refusal:
        with refusal:
            raise OSError(refusal.code) from None


class Citizen(threading.Thread):
    """
    Files until told to stop.

    Where no receipt comes, for whatever reason, the same form is sent again, as a person does; so each title is one
    case in the end, and what was shown once has to open it for ever (docs/trust.md I-01, I-02).
    """

    def __init__(self, portal: Portal) -> None:
        super().__init__(daemon=True)
        self.portal = portal
        self.sent: list[str] = []
        self.receipts: list[Receipt] = []
        self._enough = threading.Event()

    def run(self) -> None:
        """File one complaint after the other."""
        while not self._enough.is_set():
            self._file(f"夜间施工噪声扰民第{len(self.sent) + 1}件")

    def stop(self) -> None:
        """Let the complaint in hand be the last one, and wait until it is acknowledged."""
        self._enough.set()
        self.join(timeout=60)
        assert not self.is_alive()

    def _file(self, title: str) -> None:
        browser = Browser(self.portal)
        try:
            hidden = browser.open("complaints/new/")
        except OSError:
            self._enough.wait(PAUSE_SECONDS)
            return
        self.sent.append(title)
        while not (receipt := _sent(browser, {**hidden, **filled(title)})):
            self._enough.wait(PAUSE_SECONDS)
        self.receipts.append(receipt)


def filled(title: str) -> dict[str, str]:
    """Return the fields of an anonymous complaint as a person fills them in."""
    return {"kind": "complaint", "category": "delay", "title": title, "description": TEXT, "anonymous": "on"}


def receipt_on(title: str, page: str) -> Receipt | None:
    """Return what a page acknowledges; None when it is no receipt."""
    shown = dict(SHOWN.findall(page))
    return Receipt(title, shown["number"], shown["code"]) if shown.keys() == {"number", "code"} else None


def _sent(browser: Browser, fields: dict[str, str]) -> Receipt | None:
    try:
        _, page = browser.send("complaints/new/", **fields)
    except OSError:
        return None
    return receipt_on(fields["title"], page)


def opens(portal: Portal, receipt: Receipt) -> bool:
    """Say whether number and code of a receipt open the case with the text that was sent."""
    browser = Browser(portal)
    hidden = browser.open("complaints/track/")
    status, page = browser.send("complaints/track/", **hidden, number=receipt.number, code=receipt.code)
    return status == 200 and receipt.title in page and TEXT in page and "data-case-state" in page
