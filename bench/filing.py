"""
Filing through the public form, beside the smallest view that inserts a row.

Every filing comes from a form that was opened by a browser of its own, at an address of its own, with its cookies and
tokens; what is measured is the sending of the form until the way to the receipt comes back.
"""

from collections.abc import Iterator
from random import Random

import cases
import load
import results
import rounds
import servers
from results import Result

FORM = "/complaints/new/"
WITH_NAME = 0.8


def run(filled: servers.Scratch, count: int, ports: tuple[int, int], *, requests: int, turns: int) -> Iterator[Result]:
    """Measure with so many cases there already: ``requests`` filings in so many turns with the reference."""
    before = _stored(filled)
    portal, reference = ports
    warming = rounds.warming(requests)
    texts = _texts(warming + requests)
    pages = rounds.send(portal, [load.get(FORM, cases.source(each)) for each in range(len(texts))], expected=200)
    organs = [row[0] for row in cases.run(filled, "SELECT id FROM efficiency_organ WHERE kind = 'department'")]
    filings = [
        _filing(page, cases.source(number), text, organs[number % len(organs)])
        for number, (page, text) in enumerate(zip(pages.answers, texts, strict=True))
    ]
    inserts = [load.post("/insert/", {"title": text["title"], "description": text["description"]}) for text in texts]
    rounds.send(portal, filings[:warming], expected=302)
    rounds.send(reference, inserts[:warming], expected=200)
    ours, theirs = rounds.compare(
        filings[warming:],
        inserts[warming:],
        ports=ports,
        rounds=turns,
        expected=302,
    )
    if _stored(filled) - before != len(filings):
        raise rounds.NotAsMeant(f"{_stored(filled) - before} cases instead of {len(filings)}")
    yield results.at_least("filing", count, ours.per_second, "requests/s", theirs.per_second, 0.4)
    yield results.below("filing p95", count, ours.p95, "ms", 100)


def _stored(filled: servers.Scratch) -> int:
    return cases.run(filled, "SELECT count(*) FROM complaints_case")[0][0]


def _texts(count: int) -> list[dict[str, str]]:
    """Return what citizens type: kind, category, title, text, and who they are."""
    from complaints.demo import people
    from complaints.demo.phrases import Phrases

    chance = Random(cases.SEED)
    phrases = Phrases(chance)
    found = []
    for number in range(count):
        kind, category = chance.choice(list(phrases.phrases))
        text = phrases.draw(kind, category)
        person = {
            "name": chance.choice(people.SURNAMES) + chance.choice(people.GIVEN_NAMES),
            "phone": f"1380000{number % 10_000:04d}",
        }
        found.append(
            {"kind": kind, "category": category, "title": text.title, "description": text.description}
            | (person if chance.random() < WITH_NAME else {"anonymous": "on"})
        )
    return found


def _filing(page: load.Answer, source: dict[str, str], text: dict[str, str], organ: int) -> bytes:
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies.items())
    fields = {
        "csrfmiddlewaretoken": cases.value_of(page.body, "csrfmiddlewaretoken"),
        "token": cases.value_of(page.body, "token"),
        "organ": str(organ),
        "location": "佛山市",
        **text,
    }
    return load.post(FORM, fields, source | {"Cookie": cookies})
