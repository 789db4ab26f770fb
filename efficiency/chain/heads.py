"""The last seal of each day: kept, published, and held against the chain later (docs/trust.md L-04)."""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from django.db import connection

from efficiency.chain.models import ChainHead, Seal

# The last seal was made on an earlier local day, and that day has no head yet: nothing can come to it any more.
KEEP_UP = """
INSERT INTO efficiency_chainhead (day, number, hash, made_at)
SELECT made.day, s.number, s.chain, %(at)s
  FROM efficiency_seal AS s
 CROSS JOIN LATERAL (SELECT (s.sealed_at AT TIME ZONE 'Asia/Shanghai')::date AS day) AS made
 WHERE s.number = (SELECT max(number) FROM efficiency_seal)
   AND made.day < (%(at)s AT TIME ZONE 'Asia/Shanghai')::date
    ON CONFLICT (day) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Head:
    """A place in the chain as somebody wrote it down: a number, where it was kept, and the hash in hex."""

    hash: str
    number: int | None = None

    def __str__(self) -> str:
        return f"{self.number} {self.hash}" if self.number is not None else self.hash


def moment() -> datetime:
    """Return what the clock of the database shows, also within a transaction that began earlier."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cast(datetime, cursor.fetchone()[0])


def keep_up(at: datetime) -> None:
    """
    Keep the head of the last day with a seal, once it is over at ``at``; the caller holds the sealer's lock.

    What is sealed behind it in the same transaction is sealed at the same moment: read anew, midnight could fall
    between the two, and the newest seal would hide that the day before has no head.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEEP_UP, {"at": at})


def newest() -> Seal | None:
    """Return the last seal there is."""
    return Seal.objects.order_by("-number").first()


def of_day(day: date) -> ChainHead | None:
    """Return the head of a local day, or of the last day before that has one."""
    return ChainHead.objects.filter(day__lte=day).order_by("-day").first()


def is_contained(head: Head) -> bool:
    """Return whether the chain has this hash, at this number where one is given."""
    places = Seal.objects.filter(chain=bytes.fromhex(head.hash))
    return (places if head.number is None else places.filter(number=head.number)).exists()


def parse(text: str) -> list[Head]:
    """
    Return the heads that a text holds: a hash, lines with number and hash, or JSON as the portal publishes it.

    :raises ValueError: it holds none
    """
    try:
        known = [Head(each["hash"].lower(), int(each["number"])) for each in json.loads(text)["heads"]]
    except (ValueError, KeyError, TypeError):
        known = [
            Head(found["hash"].replace(" ", "").lower(), int(found["number"]) if found["number"] else None)
            for found in _LINE.finditer(text)
        ]
    if not known or not all(re.fullmatch("[0-9a-f]{64}", head.hash) for head in known):
        raise ValueError("no head of the chain in it")
    return known


def as_json(head: ChainHead) -> dict[str, Any]:
    """Return a head as the portal publishes it, and ``parse`` reads it."""
    return {"day": head.day.isoformat(), "number": head.number, "hash": head.hex}


# In fours as the page shows it, or in one.
_LINE = re.compile(r"(?:\b(?P<number>\d{1,18})[ \t,;:]+)?\b(?P<hash>(?:[0-9A-Fa-f]{4} ?){15}[0-9A-Fa-f]{4})\b")
