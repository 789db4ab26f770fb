"""The index number 索引号: given once, when a document is first published, and kept for ever (docs/domain.md 6.2)."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from efficiency.organs.models import Organ

_COUNT = """
INSERT INTO disclosure_indexcounter AS c (organ_id, year, last) VALUES (%s, %s, 1)
    ON CONFLICT (organ_id, year) DO UPDATE SET last = c.last + 1
RETURNING last
"""


def index_number(organ: Organ, at: datetime) -> str:
    """
    Return the next number of the organ in the local year of ``at``: ``440600-JS/2026/00017``.

    The counter is held until the caller's transaction ends: two never get one number, and one that is rolled back
    leaves no gap.
    """
    year = timezone.localdate(at).year
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [organ.pk, year])
        running = int(cursor.fetchone()[0])
    return f"{organ.code}/{year}/{running:05}"
