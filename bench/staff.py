"""
What staff work with all day: the queue, the search in Chinese, the page of a case; beside a view that selects 25 rows.

Answers a second are those of as many clients as elsewhere. How long one waits is measured with ``WAITING`` clients, so
that it says what the work takes and not how many stand before it.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import cases
import load
import results
import rounds
import servers
from results import Result

LOGIN, QUEUE, LIST = "/admin/login/", "/admin/", "/admin/complaints/case/"
CLERK, OFFICER = "clerk.construction", "office"
# One for each core that the target is meant for (docs/performance.md).
WAITING = 2
P95_MS = 150
# How much longer one may wait with ten times as many cases stored.
GROWTH = 1.5
MOST_PAGES = 400
# So many times fewer requests than to pages of citizens: of these pages there are five, and each takes longer.
FEWER = 3
# Characters of the words that are searched for.
LENGTHS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Site:
    """A portal that somebody has logged in to, and its reference: ports, and the cookie of each account."""

    ports: tuple[int, int]
    cookies: dict[str, str]

    def page(self, path: str, account: str) -> bytes:
        """Return the request of a page by somebody."""
        return load.get(path, {"Cookie": self.cookies[account]})


Entry = Callable[[servers.Scratch, int, Site, int, int], Iterator[Result]]


def run(
    filled: servers.Scratch, count: int, ports: tuple[int, int], *, names: Sequence[str], requests: int, turns: int
) -> Iterator[Result]:
    """Measure those of the three that are named, with so many cases there."""
    site = Site(ports, {account: _log_in(ports[0], account) for account in (CLERK, OFFICER)})
    for name, entry in ENTRIES.items():
        if name in names:
            yield from entry(filled, count, site, max(1, requests // FEWER), turns)


def growth(found: Sequence[Result]) -> Iterator[Result]:
    """Compare how long one waits at the largest size with the smallest, of each entry that has a target."""
    by_name: dict[str, list[Result]] = {}
    for result in found:
        if result.target == f"< {P95_MS} ms":
            by_name.setdefault(result.name, []).append(result)
    for name, measured in by_name.items():
        least, most = (pick(measured, key=lambda each: each.n) for pick in (min, max))
        if least.n < most.n:
            yield results.at_most(f"{name}, growth", most.n, most.value, "ms", least.value, GROWTH)


def queue(filled: servers.Scratch, count: int, site: Site, requests: int, turns: int) -> Iterator[Result]:
    """Measure the first page of a clerk: figures, whose move it is, what is due next."""
    pages = [site.page(path, CLERK) for path in (QUEUE, f"{QUEUE}?whose=section", f"{QUEUE}?whose=all")]
    yield from _measured("queue", count, site, _cycled(pages, requests), turns, holds=b"queue-figures", limit=P95_MS)


def search(filled: servers.Scratch, count: int, site: Site, requests: int, turns: int) -> Iterator[Result]:
    """Measure searches for words of one to three characters, by a clerk and by the office, which sees all cases."""
    words = _words(filled)
    for length in LENGTHS:
        paths = [f"{LIST}?q={quoted(word)}" for word in words if len(word) == length]
        pages = [site.page(path, account) for path in paths for account in (CLERK, OFFICER)]
        name = f"search, {length} character{'s' if length > 1 else ''}"
        yield from _measured(name, count, site, _cycled(pages, requests), turns, holds=b"searchbar", limit=P95_MS)


def case_page(filled: servers.Scratch, count: int, site: Site, requests: int, turns: int) -> Iterator[Result]:
    """Measure the pages of cases drawn at random, as the office sees them."""
    # Of those whose course is stored (``generate_cases --archive``).
    drawn = cases.run(
        filled,
        "SELECT case_id FROM complaints_caseevent WHERE action = 'file' AND id >="
        " (SELECT min(id) + random() * (max(id) - min(id)) FROM complaints_caseevent) ORDER BY id LIMIT %s",
        [MOST_PAGES],
    )
    pages = [site.page(f"{LIST}{key}/change/", OFFICER) for (key,) in drawn]
    yield from _measured("case_page", count, site, _cycled(pages, requests), turns, holds=b'id="course"', limit=None)


ENTRIES: dict[str, Entry] = {"queue": queue, "search": search, "case_page": case_page}


def _measured(
    name: str, count: int, site: Site, pages: Sequence[bytes], turns: int, *, holds: bytes, limit: int | None
) -> Iterator[Result]:
    """Send the pages in turns with the reference, then once more by few clients for the time that each takes."""
    portal, reference = site.ports
    warm = rounds.send(portal, pages[: rounds.WARMING], expected=200)
    if not all(holds in answer.body for answer in warm.answers):
        raise rounds.NotAsMeant(f"{name}: a page without {holds.decode()}")
    selects = [load.get(f"/select/{number % 40}/") for number in range(len(pages))]
    rounds.send(reference, selects[: rounds.WARMING], expected=200)
    ours, theirs = rounds.compare(pages, selects, ports=site.ports, rounds=turns, expected=200)
    yield results.beside(name, count, ours.per_second, "requests/s", theirs.per_second)
    p95 = load.percentile(rounds.send(portal, pages, expected=200, clients=WAITING).latencies, 95)
    name = f"{name} p95"
    yield results.told(name, count, p95, "ms") if limit is None else results.below(name, count, p95, "ms", limit)


def _cycled(pages: Sequence[bytes], requests: int) -> list[bytes]:
    return [pages[number % len(pages)] for number in range(requests)]


def _words(filled: servers.Scratch) -> list[str]:
    """Return words of each length as they stand in titles, frequent ones more often, and some that stand nowhere."""
    chance = Random(cases.SEED)
    titles = cases.run(filled, "SELECT title FROM complaints_case ORDER BY id LIMIT %s", [MOST_PAGES])
    found = []
    for (title,) in titles:
        plain = "".join(re.findall(r"[一-鿿]", title))
        for length in LENGTHS:
            if len(plain) >= length:
                place = chance.randrange(len(plain) - length + 1)
                found.append(plain[place : place + length])
    # One search in ten finds nothing.
    for length in LENGTHS:
        found += ("".join(chance.choices("龘靐齉爨彧", k=length)) for _ in range(len(titles) // 9 + 1))
    chance.shuffle(found)
    return found


def quoted(word: str) -> str:
    """Return a word as an address carries it."""
    return "".join(f"%{byte:02X}" for byte in word.encode())


def _log_in(port: int, account: str) -> str:
    """Log in as an account of the demonstration and return the cookie of the session."""
    (form,) = rounds.send(port, [load.get(LOGIN)], expected=200).answers
    fields = {
        "csrfmiddlewaretoken": cases.value_of(form.body, "csrfmiddlewaretoken"),
        "username": account,
        "password": os.environ.get("DEMO_PASSWORD", "efficiency-demo"),
        "next": QUEUE,
    }
    cookie = {"Cookie": f"csrftoken={form.cookies['csrftoken']}"} | cases.source(0)
    (answer,) = rounds.send(port, [load.post(LOGIN, fields, cookie)], expected=302).answers
    return f"sessionid={answer.cookies['sessionid']}; language=zh-hans"
