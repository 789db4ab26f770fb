"""
Receipts that nobody answered: they count as acceptances once the time to answer is over (docs/domain.md 9.8).

No report comes then, so a pass looks for them. Safe to run twice, and two at once: whoever is second finds them done.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from complaints.matters import reporting
from complaints.matters.promises import NOTICE
from complaints.models import Matter
from efficiency.organs.models import Organ

log = structlog.get_logger(__name__)
# So many are brought in line in one transaction; those of one organ wait for its reports, and these for them.
BATCH = 1000
UNANSWERED = """
SELECT m.organ_id, m.id, m.external_id
  FROM efficiency_deadline AS d JOIN complaints_matter AS m ON m.id = d.object_id
 WHERE d.content_type_id = %(type)s AND d.kind = %(kind)s AND d.state = 'open' AND d.overdue_at <= %(at)s
   AND m.state = 'announced' AND (m.organ_id, m.id) > (%(organ)s, %(matter)s)
 ORDER BY m.organ_id, m.id LIMIT %(batch)s
"""


def deem_accepted(*, at: datetime) -> int:
    """Let matters count as accepted whose receipt nobody answered in time, and return how many were looked at."""
    return _reckon_again(lambda after: _unanswered(after, at=at), at=at)


def reckon_all(*, at: datetime) -> int:
    """Bring all matters in line with their reports, and return how many there are."""
    return _reckon_again(_next, at=at)


def _reckon_again(more: Callable[[tuple[int, int]], Sequence[tuple[int, int, str]]], *, at: datetime) -> int:
    """
    Bring in line what ``more`` gives, organ after organ, batch by batch, each in a transaction of its own.

    What goes wrong with one organ keeps nobody from the others, and is raised when all had their turn.
    """
    place, count = (0, 0), 0
    faults: list[Exception] = []
    while found := more(place):
        place = found[-1][:2]
        count += len(found)
        numbers: dict[int, list[str]] = {}
        for organ_id, _matter_id, number in found:
            numbers.setdefault(organ_id, []).append(number)
        organs = Organ.objects.in_bulk(numbers)
        for organ_id, given in numbers.items():
            try:
                reporting.reckon_again(given, organ=organs[organ_id], at=at)
            except Exception as fault:  # whatever it is, the other organs do not wait for it (docs/trust.md F-14)
                log.exception("matters_not_reckoned", organ=organ_id)
                faults.append(fault)
    if faults:
        raise faults[0]
    return count


def _next(after: tuple[int, int]) -> list[tuple[int, int, str]]:
    rows = Matter.objects.extra(  # a comparison of pairs
        where=["(complaints_matter.organ_id, complaints_matter.id) > (%s, %s)"], params=list(after)
    )
    return list(rows.order_by("organ", "pk").values_list("organ", "pk", "external_id")[:BATCH])


def _unanswered(after: tuple[int, int], *, at: datetime) -> list[tuple[int, int, str]]:
    asked: dict[str, Any] = {
        "type": ContentType.objects.get_for_model(Matter).pk,
        "kind": NOTICE,
        "at": at,
        "organ": after[0],
        "matter": after[1],
        "batch": BATCH,
    }
    with connection.cursor() as cursor:
        cursor.execute(UNANSWERED, asked)
        return list(cursor.fetchall())
