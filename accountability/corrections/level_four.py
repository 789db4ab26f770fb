"""
Level four of a promise: a supervision order is proposed to the leader of the office in charge (docs/domain.md 9.2).

Runs in the transaction of the sweep: one statement for the whole batch, which inserts and locks nothing.
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import Exists, OuterRef

from accountability.corrections import elsewhere
from accountability.corrections.enums import Source
from accountability.models import Correction
from efficiency import demonstration
from efficiency.deadlines import clock, recipients, registry
from efficiency.deadlines.models import Deadline, Escalation

LEVEL = 4
BATCH = 5000
# Once for each promise, by its key. Nothing about corrections themselves: an order would follow an order for ever, and
# the leading group is told of what stays undone all the same. The office in charge is that which the level is told to.
_PROPOSE = f"""
WITH RECURSIVE written AS (
    SELECT id, deadline_id, level, passed_at, content_type_id, object_id, organ_id, post_id, responsible_id
      FROM efficiency_escalation
     WHERE id = ANY(%(ids)s::bigint[]) AND content_type_id <> %(own)s AND kind <> ALL(%(left_out)s::text[])
), {recipients.COMMON_TABLES}, made AS (
    INSERT INTO accountability_correction (kind, state, version, round, office_id, organ_id, post_id, source,
                                           source_text, content_type_id, object_id, deadline_id, proposal_key, title,
                                           findings, wanted, basis, drafted_at)
    SELECT 'order', 'proposed', 1, 1, c.office_id, w.organ_id, w.post_id, 'escalation', '', w.content_type_id,
           w.object_id, w.deadline_id, 'promise:' || w.deadline_id, '', '', '', '', %(at)s
      FROM written AS w JOIN in_charge AS c ON c.of_id = w.organ_id
     ORDER BY w.passed_at, w.id
        ON CONFLICT (proposal_key) DO NOTHING
    RETURNING id
)
INSERT INTO accountability_correctionevent (correction_id, number, action, at, from_state, to_state, text, is_internal,
                                            data)
SELECT id, 1, 'propose', %(at)s, '', 'proposed', '', true, '{{}}' FROM made
"""  # noqa: S608 - put together from our own constants


def propose(batch: registry.Batch, at: datetime) -> int:
    """Propose a supervision order for each promise of the batch that has none yet; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PROPOSE,
            {
                "ids": batch.as_array,
                "own": ContentType.objects.get_for_model(Correction).pk,
                "left_out": elsewhere.left_out(),
                "at": at,
                **recipients.PARAMETERS,
            },
        )
        return cursor.rowcount


def propose_missing() -> int:
    """
    Propose what the sweep would have proposed, where levels were put in beside it; return how many orders.

    Of promises that still run alone: what was done meanwhile needs no order.
    """
    at, made = clock.read().at, 0
    proposed = Correction.objects.filter(deadline_id=OuterRef("deadline_id"), source=Source.ESCALATION)
    waiting = Escalation.objects.filter(~Exists(proposed), level=LEVEL, deadline__in=Deadline.objects.running())
    ids = list(waiting.order_by("id").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        made += propose(registry.Batch(LEVEL, tuple(ids[start : start + BATCH])), at)
    return made


def register() -> None:
    """Let it follow from level four; called once, when the app is ready."""
    registry.register_handler(LEVEL, propose)
    demonstration.register_following(propose_missing)
