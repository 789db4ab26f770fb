"""
Noting what has to be told, and telling it (docs/architecture.md).

The note commits with the change. Telling locks the note first, so a change that has not committed yet is told after it
has, and one that comes later makes a note of its own.
"""

from collections.abc import Sequence
from typing import Any

import structlog
from django.apps import apps
from django.db import connection, transaction

from efficiency import facts
from efficiency.facts import Fact
from efficiency.outbox import nudge
from efficiency.telling.models import UntoldFact

log = structlog.get_logger(__name__)

BATCH = 100
# Of one act so many facts are told in its own transaction; more would keep whoever acts waiting.
MOST_AT_ONCE = 3
_NOTE = """
INSERT INTO efficiency_untoldfact (kind, subject_id, organ_id, key, at, by_id, failures)
SELECT %(kind)s, subject_id, organ_id, key, %(at)s, by_id, 0
  FROM unnest(%(subjects)s::bigint[], %(organs)s::bigint[], %(keys)s::text[], %(by)s::bigint[])
       AS noted (subject_id, organ_id, key, by_id)
 ORDER BY subject_id
    ON CONFLICT (kind, subject_id) DO UPDATE
   SET at = LEAST(efficiency_untoldfact.at, EXCLUDED.at), by_id = COALESCE(EXCLUDED.by_id, efficiency_untoldfact.by_id),
       failures = 0
"""


def tell_or_note(found: Sequence[Fact], /) -> None:
    """Tell a few facts at once, in the caller's transaction; note them where one act makes many."""
    if len(found) > MOST_AT_ONCE:
        note(found)
        return
    for fact in found:
        facts.announce(fact)


def note(found: Sequence[Fact], /) -> None:
    """
    Note facts that are told by the worker once the transaction has committed; one statement a kind.

    :raises KeyError: nobody registered the kind of one of them
    """
    for name in sorted({fact.kind for fact in found}):
        facts.kind_of(name)
        of_kind = {fact.subject.pk: fact for fact in found if fact.kind == name}
        values: dict[str, Any] = {
            "kind": name,
            "at": min(fact.at for fact in of_kind.values()),
            "subjects": list(of_kind),
            "organs": [fact.organ.pk for fact in of_kind.values()],
            "keys": [fact.key for fact in of_kind.values()],
            "by": [fact.by.pk if fact.by else None for fact in of_kind.values()],
        }
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, values)
    if found and not any(function is _nudge for _, function, *_ in connection.run_on_commit):
        transaction.on_commit(_nudge)


def _nudge() -> None:
    nudge.nudge("efficiency.tell_facts")


def tell(*, most: int = BATCH) -> int:
    """
    Tell what waits, the oldest first, each in a transaction of its own; return how many were told.

    Safe to run twice, and two at once. What cannot be told stays, is logged, and waits behind the others.
    """
    told = 0
    waiting = list(UntoldFact.objects.order_by("failures", "pk").values_list("pk", flat=True)[:most])
    for pk in waiting:
        try:
            told += _tell(pk)
        except Exception:
            log.exception("facts.untold", fact=pk)
            _failed(pk)
    return told


@transaction.atomic
def _tell(pk: int) -> int:
    noted = UntoldFact.objects.select_for_update(skip_locked=True, of=("self",)).select_related("organ", "by")
    row = noted.filter(pk=pk).first()
    if row is None:
        return 0
    row.delete()
    subject = apps.get_model(facts.kind_of(row.kind).model).objects.filter(pk=row.subject_id).first()
    if subject is None:
        return 0
    facts.announce(Fact(row.kind, subject, row.organ, row.at, row.key, row.by))
    return 1


@transaction.atomic
def _failed(pk: int) -> None:
    row = UntoldFact.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if row is not None:
        row.failures = min(row.failures + 1, 30_000)
        row.save(update_fields=["failures"])
