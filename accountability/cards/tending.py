"""
What the worker does for cards: each statement is safe to run twice, and two at once.

Silence accepts a card, the time for an appeal makes it final, a promise that was kept clears it, an appeal that nobody
ruled on revokes it, three final yellow ones make a red one (docs/domain.md 9.3, 9.6).
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction

from accountability.cards import accumulating, deadlines, life
from accountability.cards.enums import CardState
from accountability.cards.refusals import NotInState
from accountability.models import Card
from efficiency.deadlines.models import DeadlineState

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
    cleared, lapsed = _clear_kept(at), _lapse_rulings(at)
    with transaction.atomic():
        accumulated = accumulating.accumulate(at=at)
    return {
        "accepted": accepted,
        "final": final,
        "cleared": cleared,
        "lapsed": lapsed,
        "accumulated": accumulated,
    }


def _clear_kept(at: datetime) -> int:
    """Clear cards whose explanation was accepted before, and whose promise has ended since."""
    waiting = (
        Card.objects.filter(state__in=[CardState.EXPLAINED, CardState.UPHELD], explanation_accepted_at__isnull=False)
        .exclude(deadline__state__in=[DeadlineState.OPEN, DeadlineState.SUSPENDED])
        .order_by("pk")
    )
    return sum(_is_cleared(card, at) for card in waiting.select_related("deadline")[:BATCH])


def _is_cleared(card: Card, at: datetime) -> bool:
    try:
        with transaction.atomic():
            life.clear(card, at=at)
    except NotInState:  # somebody was faster
        return False
    return True


def _lapse_rulings(at: datetime) -> int:
    over = deadlines.rulings_over(at=at).values("object_id")
    waiting = Card.objects.filter(pk__in=over, state=CardState.APPEALED).order_by("pk")
    return sum(_is_lapsed(card, at) for card in waiting[:BATCH])


def _is_lapsed(card: Card, at: datetime) -> bool:
    try:
        life.lapse_ruling(card, at=at)
    except NotInState:  # somebody was faster
        return False
    return True
