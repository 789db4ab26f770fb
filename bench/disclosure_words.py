"""
Times the statements of a search, a program of its own: ``python bench/disclosure_words.py '{"2": ["施工", …], …}'``.

Prints for each length the milliseconds within which 95 of 100 words were answered by each way.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence

import django
import load

# As many as the portal looks for, and ordered as it shows them.
ILIKE = """
SELECT d.id FROM disclosure_document AS d JOIN disclosure_documentversion AS v ON v.id = d.public_version_id
 WHERE d.published_at IS NOT NULL AND v.state = 'published' AND (v.title ILIKE %(like)s OR v.body ILIKE %(like)s)
 ORDER BY d.published_at DESC, d.id DESC LIMIT %(most)s
"""
BARE = "SELECT id FROM disclosure_document WHERE search_pairs @> %(pairs)s LIMIT %(most)s"


def main() -> None:
    """Time every word by every way, the portal's first, and print the percentiles."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "efficiency.settings")
    django.setup()

    from django.db import connection

    from disclosure.public import search
    from efficiency.pairs import pairs_of

    def bare(word: str) -> None:
        cursor.execute(BARE, {"pairs": pairs_of(word), "most": search.MOST + 1})
        cursor.fetchall()

    def ilike(word: str) -> None:
        cursor.execute(ILIKE, {"like": f"%{word}%", "most": search.MOST + 1})
        cursor.fetchall()

    told = {}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        for length, words in json.loads(sys.argv[1]).items():
            search.best(words[0])
            ways = {"search": search.best, "bare index": bare, "ILIKE": ilike}
            told[length] = {name: _p95(words, ask) for name, ask in ways.items()}
    print(json.dumps(told, ensure_ascii=False))


def _p95(words: Sequence[str], ask: Callable[[str], object]) -> float:
    taken = []
    for word in words:
        began = time.perf_counter()
        ask(word)
        taken.append(time.perf_counter() - began)
    return load.percentile(taken, 95)


if __name__ == "__main__":
    main()
