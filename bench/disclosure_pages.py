"""
What everybody reads of disclosure: search in Chinese, lists, a document; beside a view that selects 25 rows.

Search is also measured as statements alone (``disclosure_words.py``), beside a plain ILIKE over titles and texts and
beside a bare look into the index, which neither ranks nor makes sure nor puts the newest first.
"""

import contextlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from random import Random

import cases
import load
import results
import rounds
import servers
import staff
from results import Result

PATH = "/disclosure/"
SEED = 20_260_102
# So many are made; beyond that they are copied in the database until there are as many as asked for.
MOST_MADE = 10_000
TABLES = "disclosure_document, disclosure_documentversion, disclosure_documentevent"
LENGTHS = (2, 3, 4)
P95_MS = 150
WORDS = 120
DRAWN = 400


@contextlib.contextmanager
def lent(scratch: servers.Scratch, count: int) -> Iterator[tuple[servers.Scratch, Result]]:
    """Lend a copy of the database with so many documents, and how fast they were generated."""
    base = [f"--base={MOST_MADE}"] if count > MOST_MADE and count % MOST_MADE == 0 else []
    with scratch.copy("documents") as filled:
        began = time.perf_counter()
        servers.manage(filled, "generate_documents", f"--count={count}", f"--seed={SEED}", *base)
        seconds = time.perf_counter() - began
        cases.run(filled, f"VACUUM (ANALYZE) {TABLES}")
        cases.run(filled, "CHECKPOINT")
        yield filled, results.told("generate_documents", count, count / seconds, "documents/s")


def run(filled: servers.Scratch, count: int, ports: tuple[int, int], *, requests: int, turns: int) -> Iterator[Result]:
    """Measure with so many documents there: search by length of words, lists, documents, statements alone."""
    words = _words(filled)
    for length in LENGTHS:
        pages = [load.get(f"{PATH}?q={staff.quoted(word)}") for word in words[length]]
        yield from _measured(f"disclosure search, {length} characters", count, ports, pages, requests, turns, P95_MS)
    yield from _measured("disclosure list", count, ports, _lists(filled), requests, turns, None)
    yield from _measured("disclosure document", count, ports, _documents(filled), requests, turns, None)
    yield from _statements(filled, count, words)


def _measured(
    name: str,
    count: int,
    ports: tuple[int, int],
    pages: Sequence[bytes],
    requests: int,
    turns: int,
    limit: float | None,
) -> Iterator[Result]:
    """Send the pages in turns with the reference, then once more by few clients for the time that each takes."""
    portal, reference = ports
    sent = [pages[number % len(pages)] for number in range(max(1, requests // staff.FEWER))]
    warm = rounds.send(portal, sent[: rounds.WARMING], expected=200)
    if not all(b"<h1" in answer.body for answer in warm.answers):
        raise rounds.NotAsMeant(f"{name}: no page")
    selects = [load.get(f"/select/{number % 40}/") for number in range(len(sent))]
    rounds.send(reference, selects[: rounds.WARMING], expected=200)
    ours, theirs = rounds.compare(sent, selects, ports=ports, rounds=turns, expected=200)
    if name == "disclosure list":
        yield results.at_least(name, count, ours.per_second, "requests/s", theirs.per_second, 0.4)
    else:
        yield results.beside(name, count, ours.per_second, "requests/s", theirs.per_second)
    p95 = load.percentile(rounds.send(portal, sent, expected=200, clients=staff.WAITING).latencies, 95)
    name = f"{name} p95"
    yield results.told(name, count, p95, "ms") if limit is None else results.below(name, count, p95, "ms", limit)


def _statements(filled: servers.Scratch, count: int, words: dict[int, list[str]]) -> Iterator[Result]:
    """Measure the statements of a search alone, each word once by each of the three ways."""
    # A scan of a million texts takes seconds: few words say as much of it as many.
    few = {str(length): found[: WORDS // 6] for length, found in words.items()}
    asked = json.dumps(few, ensure_ascii=False)
    told = json.loads(servers.run_program([*servers.PYTHON, "bench/disclosure_words.py", asked], filled))
    for length, ways in told.items():
        for way in ("ILIKE", "bare index"):
            name = f"disclosure statements, {length} characters, beside {way}"
            yield results.beside(name, count, ways["search"], "ms", ways[way])


def _words(filled: servers.Scratch) -> dict[int, list[str]]:
    """Return words of each length: half as they stand in titles, half as in texts, one in ten stands nowhere."""
    chance = Random(SEED)
    drawn = cases.run(
        filled,
        "SELECT title, body FROM disclosure_documentversion WHERE state = 'published' AND id %% 7 = 0 LIMIT %s",
        [DRAWN],
    )
    found: dict[int, list[str]] = {}
    for length in LENGTHS:
        taken: list[str] = []
        while len(taken) < WORDS * 9 // 10:
            title, body = chance.choice(drawn)
            runs = [run for run in re.findall(r"[一-鿿]+", (title, body)[len(taken) % 2]) if len(run) >= length]
            if runs:
                run = chance.choice(runs)
                place = chance.randrange(len(run) - length + 1)
                taken.append(run[place : place + length])
        taken += ["".join(chance.choices("龘靐齉爨彧", k=length)) for _ in range(WORDS - len(taken))]
        chance.shuffle(taken)
        found[length] = taken
    return found


def _lists(filled: servers.Scratch) -> list[bytes]:
    """Return the requests of lists under each filter by itself and under two, and of their second pages."""
    organs = [code for (code,) in cases.run(filled, "SELECT code FROM efficiency_organ ORDER BY id LIMIT 20")]
    queries = [f"organ={code}" for code in organs]
    queries += [f"organ={code}&category=fees" for code in organs[:10]]
    queries += ["category=basis", "category=results", "door=statutory", "year=2026", "year=2020", "validity=valid"]
    queries += ["validity=repealed", "column=fees", f"theme={staff.quoted('教育')}", "year=2024&category=procedure"]
    return [load.get(f"{PATH}?{query}{page}") for query in queries for page in ("", "&page=2")]


def _documents(filled: servers.Scratch) -> list[bytes]:
    """Return the requests of documents drawn at random."""
    drawn = cases.run(
        filled,
        "SELECT d.id FROM disclosure_document AS d JOIN disclosure_documentversion AS v ON v.id = d.public_version_id"
        " WHERE v.state = 'published' AND d.id >= (SELECT min(id) + random() * (max(id) - min(id) - 1000)"
        " FROM disclosure_document) ORDER BY d.id LIMIT %s",
        [DRAWN],
    )
    return [load.get(f"{PATH}{key}/") for (key,) in drawn]
