"""
Sampling of closed cases for a look at their quality 抽查: drawn by chance, and the same again from the same seed.

Whoever draws cannot choose: the order is that of a hash of seed and number, every draw is on record with its seed, and
anybody of the office who draws with that seed from the same period, as things stood, gets the same cases.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, QuerySet, Value
from django.db.models.functions import MD5, Concat

from complaints.models import Case
from efficiency.access.models import User
from efficiency.audit.records import record
from efficiency.organs.models import Organ
from efficiency.timing.zone import start_of

MOST = 100
LONGEST_SEED = 40


@dataclass(frozen=True, slots=True)
class Draw:
    """From what is drawn: cases closed from ``since`` to ``until``, both included; how many, and with which seed."""

    since: date
    until: date
    size: int
    seed: str
    organ: Organ | None = None


def new_seed() -> str:
    """Return a seed that nobody chose."""
    return secrets.token_hex(4)


def pool(draw: Draw, user: User) -> QuerySet[Case]:
    """Return the cases from which is drawn, as far as ``user`` may read them as the office does."""
    rows = Case.objects.visible_to_office(user).filter(
        closed_at__gte=start_of(draw.since), closed_at__lt=start_of(draw.until + timedelta(days=1))
    )
    return rows.filter(organ=draw.organ) if draw.organ else rows


def drawn(draw: Draw, user: User) -> QuerySet[Case]:
    """Return the cases that are drawn, in the order in which they are."""
    turn = MD5(Concat(Value(f"{draw.seed}:"), F("number")))
    return pool(draw, user).select_related("organ").order_by(turn, "pk")[: draw.size]


def note(draw: Draw, *, by: User, at: datetime, count: int) -> None:
    """Put a draw on record, with all that it takes to draw the same again."""
    detail = {
        "seed": draw.seed,
        "since": draw.since.isoformat(),
        "until": draw.until.isoformat(),
        "size": draw.size,
        "organ": draw.organ.pk if draw.organ else None,
        "drawn": count,
    }
    record("inspection.sample", actor=by, detail=detail, at=at)
