"""Numbers of corrections 文号, such as 佛效督〔2026〕12号: by kind and year, given when it is issued, kept for ever."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from accountability.corrections.enums import Kind
from efficiency.organs.models import Organ

# What a series is called after: the place of the office, its trade 效, and the kind of paper.
SIGNS = {Kind.ORDER: "督", Kind.NOTICE: "改", Kind.OPINION: "建"}
_COUNT = """
INSERT INTO accountability_correctioncounter AS c (series, year, last) VALUES (%s, %s, 1)
    ON CONFLICT (series, year) DO UPDATE SET last = c.last + 1
RETURNING last
"""


def series_of(office: Organ, kind: str) -> str:
    """Return what the numbers of an office and a kind begin with: 佛效督 of Foshan, 禅效改 of Chancheng."""
    place = office.parent or office
    return f"{place.name[:1]}效{SIGNS[Kind(kind)]}"


def next_number(office: Organ, kind: str, at: datetime) -> str:
    """
    Return the next number in the local year of ``at``.

    The counter is held until the caller's transaction ends: two never get one number. No row is promised to follow
    every number: what was counted in a backup that is restored may be given once more than the papers show.
    """
    series, year = series_of(office, kind), timezone.localdate(at).year
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [series, year])
        running = int(cursor.fetchone()[0])
    return f"{series}〔{year}〕{running}号"
