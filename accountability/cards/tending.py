"""
What the worker does for cards: each statement is safe to run twice, and two at once.

Silence accepts a card, the time for an appeal makes it final, a promise that was kept clears it, an appeal that nobody
ruled on revokes it, one revoked as not due comes again when it is, and one withheld comes then, three final yellow ones
make a red one (docs/domain.md 9.3, 9.6).
"""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from accountability.cards import accumulating, again, deadlines, life, withheld
from accountability.cards.enums import CardState
from accountability.cards.refusals import NotInState
from accountability.models import Card
from accountability.models.cards import CardQuerySet
from efficiency.deadlines.models import DeadlineState
from efficiency.deadlines.tending import each

M = TypeVar("M", bound=Model)

BATCH = 500

# All that nobody explained in time, with an event each at the moment at which the time was over.
ACCEPT_SILENCE = """
WITH silent AS (
    SELECT c.id, d.overdue_at AS at FROM accountability_card AS c
      JOIN efficiency_deadline AS d ON d.content_type_id = %(type)s AND d.object_id = c.id AND d.kind = %(kind)s
     WHERE c.state = 'issued' AND c.final_at IS NULL AND d.state IN ('open', 'lapsed') AND d.overdue_at <= %(at)s
     ORDER BY c.id FOR NO KEY UPDATE OF c SKIP LOCKED
), moved AS (
    UPDATE accountability_card AS c SET state = 'accepted', version = c.version + 1
      FROM silent WHERE c.id = silent.id
    RETURNING c.id, c.version, silent.at
)
INSERT INTO accountability_cardevent (card_id, number, action, at, from_state, to_state, text, data)
SELECT id, version, 'accept_silence', at, 'issued', 'accepted', '', '{}' FROM moved ORDER BY id
"""

# All against which nobody appealed in time; the moment is that of the end of the time, not of this statement.
MAKE_FINAL = """
WITH silent AS (
    SELECT c.id, d.overdue_at AS at FROM accountability_card AS c
      JOIN efficiency_deadline AS d ON d.content_type_id = %(type)s AND d.object_id = c.id AND d.kind = %(kind)s
     WHERE c.final_at IS NULL AND c.state IN ('explained', 'accepted', 'cleared')
       AND d.state IN ('open', 'lapsed') AND d.overdue_at <= %(at)s
     ORDER BY c.id FOR NO KEY UPDATE OF c SKIP LOCKED
)
UPDATE accountability_card AS c SET final_at = silent.at FROM silent WHERE c.id = silent.id
"""


def tend(*, at: datetime) -> dict[str, int]:
    """Do what time has brought for cards at ``at``; return how many were accepted, made final, cleared, and so on."""
    type_id = ContentType.objects.get_for_model(Card).pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ACCEPT_SILENCE, {"type": type_id, "kind": deadlines.EXPLAIN, "at": at})
        accepted = cursor.rowcount
        cursor.execute(MAKE_FINAL, {"type": type_id, "kind": deadlines.APPEAL, "at": at})
        final = cursor.rowcount
    over = deadlines.rulings_over(at=at).values("object_id")
    return {
        "accepted": accepted,
        "final": final,
        "cleared": _each(_kept().select_related("deadline"), lambda card: life.clear(card, at=at)),
        "lapsed": _each(
            Card.objects.filter(pk__in=over, state=CardState.APPEALED), lambda card: life.lapse_ruling(card, at=at)
        ),
        "withheld": _each(withheld.due(at=at), lambda level: withheld.issue(level.deadline_id, at=at) or None),
        "again": _each(again.due(at=at), lambda card: again.issue(card, at=at)),
        "accumulated": accumulating.accumulate(at=at),
    }


def _kept() -> CardQuerySet:
    """Return the cards whose explanation was accepted before, and whose promise has ended since."""
    waiting = Card.objects.filter(
        state__in=[CardState.EXPLAINED, CardState.UPHELD], explanation_accepted_at__isnull=False
    )
    return waiting.exclude(deadline__state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED])


def _each(cards: QuerySet[M], work: Callable[[M], object]) -> int:
    """Do the work for each card, or level, by itself."""
    return each(cards.order_by("level", "pk")[:BATCH], work, faster=NotInState)
