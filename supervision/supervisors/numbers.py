"""Numbers such as 佛社监〔2026〕3号: by series and year, given once, kept for ever."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from efficiency.organs.models import Organ

CERTIFICATE, OBSERVATION = "监", "意"
_COUNT = """
INSERT INTO supervision_supervisorcounter AS c (series, year, last) VALUES (%s, %s, 1)
    ON CONFLICT (series, year) DO UPDATE SET last = c.last + 1
RETURNING last
"""


def next_number(office: Organ, sign: str, at: datetime) -> str:
    """
    Return the next number of an office in the local year of ``at``: 佛社监 of Foshan, 禅社监 of Chancheng.

    The counter is held until the caller's transaction ends: two never get one number.
    """
    series, year = f"{(office.parent or office).name[:1]}社{sign}", timezone.localdate(at).year
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [series, year])
        running = int(cursor.fetchone()[0])
    return f"{series}〔{year}〕{running}号"
