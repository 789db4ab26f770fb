"""
The tracking page, beside the smallest view that selects 25 rows by an index.

The cases are drawn at random; each is opened by its number and code as a citizen does, and its page is then asked for
with the cookie that this gave.
"""

from collections.abc import Iterator

import cases
import load
import results
import rounds
import servers
from results import Result

QUESTION = "/complaints/track/"
# What any answer of the portal costs, and any page.
PLAIN = {"empty page": "/healthz", "plain page": QUESTION}
MOST_SESSIONS = 400
# Cases that one browser of the run opens: fewer than what a source may try in a minute.
TRIES = 20


def run(filled: servers.Scratch, count: int, ports: tuple[int, int], *, requests: int, turns: int) -> Iterator[Result]:
    """Measure with so many cases there: ``requests`` pages in so many turns with the reference."""
    portal, reference = ports
    warming = rounds.warming(requests)
    sessions = _sessions(portal, cases.receipts(filled, count, min(MOST_SESSIONS, warming + requests)))
    pages = [sessions[number % len(sessions)] for number in range(warming + requests)]
    selects = [load.get(f"/select/{number % 40}/") for number in range(len(pages))]
    warm = rounds.send(portal, pages[:warming], expected=200)
    if not all(b"data-case-state" in answer.body for answer in warm.answers):
        raise rounds.NotAsMeant("A page without a case")
    rounds.send(reference, selects[:warming], expected=200)
    ours, theirs = rounds.compare(pages[warming:], selects[warming:], ports=ports, rounds=turns, expected=200)
    yield results.at_least("tracking", count, ours.per_second, "requests/s", theirs.per_second, 0.4)
    yield results.told("tracking p95", count, ours.p95, "ms")
    for name, path in PLAIN.items():
        plain = [load.get(path)] * len(selects)
        ours, theirs = rounds.compare(plain, selects, ports=ports, rounds=1, expected=200)
        yield results.beside(name, count, ours.per_second, "requests/s", theirs.per_second)


def _sessions(port: int, receipts: list[tuple[str, str]]) -> list[bytes]:
    """Open each case with its code and return the requests for their pages."""
    (form,) = rounds.send(port, [load.get(QUESTION)], expected=200).answers
    token = cases.value_of(form.body, "csrfmiddlewaretoken")
    cookie = {"Cookie": f"csrftoken={form.cookies['csrftoken']}"}
    questions = [
        load.post(
            QUESTION,
            {"csrfmiddlewaretoken": token, "number": number, "code": code},
            cookie | cases.source(place // TRIES),
        )
        for place, (number, code) in enumerate(receipts)
    ]
    opened = rounds.send(port, questions, expected=302).answers
    return [load.get(answer.headers["location"], {"Cookie": f"track={answer.cookies['track']}"}) for answer in opened]
