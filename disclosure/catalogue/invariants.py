"""What must be true of the catalogue at any time (docs/trust.md I-38); counted by ``verify``."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from disclosure.catalogue import raising
from efficiency.audit.verify import count_sql, register_invariant
from efficiency.timing.due import local_day

# The task that raises and releases runs every hour; what it has not seen for a day it has lost.
PATIENCE = timedelta(days=1)

_PROMISES = """
    SELECT d.* FROM efficiency_deadline AS d JOIN django_content_type AS c ON c.id = d.content_type_id
     WHERE c.app_label = 'disclosure' AND c.model = 'owedpublication' AND d.kind = 'disclosure.publish'
"""
# What is open has one promise that runs and whose last day is its own; anything else has none.
PROMISE_WRONG = f"""
SELECT count(*) FROM disclosure_owedpublication AS o
  LEFT JOIN (SELECT object_id, count(*) AS running, max((due_at AT TIME ZONE 'Asia/Shanghai')::date) AS due_on
               FROM ({_PROMISES}) AS p WHERE state IN ('open', 'suspended') GROUP BY object_id) AS d
    ON d.object_id = o.id
 WHERE (o.state = 'open')::int <> coalesce(d.running, 0)
    OR (o.state = 'open' AND d.due_on IS DISTINCT FROM o.due_on)
"""  # noqa: S608 - put together from our own constants
# What is published was so when its promise was met; what is released was ended without.
END_WRONG = f"""
SELECT count(*) FROM disclosure_owedpublication AS o
 WHERE o.state <> 'open' AND NOT EXISTS (
     SELECT FROM ({_PROMISES}) AS p WHERE p.object_id = o.id
        AND (o.state = 'published' AND p.state = 'met' AND p.met_at = o.published_at
             OR o.state = 'released' AND p.state = 'cancelled' AND p.ended_at = o.released_at))
"""  # noqa: S608 - put together from our own constants
# A document fulfils what its own organ owes; whoever owes is the organ of the duty.
OF_ANOTHER = """
SELECT count(*) FROM disclosure_owedpublication AS o
  JOIN disclosure_publicationduty AS duty ON duty.id = o.duty_id
  LEFT JOIN disclosure_document AS document ON document.id = o.document_id
 WHERE o.organ_id <> duty.organ_id OR document.organ_id <> o.organ_id OR document.column_id <> duty.column_id
"""
_NOT_RELEASED = """
SELECT count(*) FROM disclosure_owedpublication AS o
  JOIN disclosure_publicationduty AS duty ON duty.id = o.duty_id
  JOIN efficiency_organ AS organ ON organ.id = o.organ_id
 WHERE o.state = 'open' AND (duty.holds_until <= %(on)s OR organ.until <= %(on)s)
"""
# What a duty owed that has ended since may have gone over to the organ that follows (``succeeding``).
_NOT_RAISED = f"""
SELECT count(*) FROM ({raising.CANDIDATES}) AS due
  JOIN disclosure_publicationduty AS asking ON asking.id = due.duty_id
 WHERE asking.holds_until IS NULL OR asking.holds_until > %(today)s
"""  # noqa: S608 - put together from our own constants


def not_raised() -> int:
    """Count what has been owed for a day and nobody wrote down."""
    return _count(_NOT_RAISED)


def not_released() -> int:
    """Count what is open although its duty, or its organ, ended a day ago."""
    return _count(_NOT_RELEASED)


def _count(query: str) -> int:
    at = timezone.now() - PATIENCE
    with connection.cursor() as cursor:
        cursor.execute(query, {"on": local_day(at), "at": at, "today": timezone.localdate()})
        return int(cursor.fetchone()[0])


def register() -> None:
    """Make the checks known; called once Django is ready."""
    for title, count in (
        (_("what is to be published has one promise that runs, and nothing else has"), count_sql(PROMISE_WRONG)),
        (_("what was published or released ended its promise at that moment"), count_sql(END_WRONG)),
        (_("a document fulfils what its own organ owes under its heading"), count_sql(OF_ANOTHER)),
        (_("everything that is owed was raised"), not_raised),
        (_("nothing is owed any more by what has ended"), not_released),
    ):
        register_invariant("I-38", title, count)
