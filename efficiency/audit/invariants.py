"""That the record can only grow (docs/trust.md L-02), and that what is sealed has its key (I-13)."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from efficiency.access import rotating
from efficiency.access.grants import tables_of_record
from efficiency.audit.verify import register_invariant

# A guard is a trigger of ours that is switched on and fires on UPDATE (16) and DELETE (8).
UNGUARDED = """
SELECT count(*) FROM unnest(%s::text[]) AS listed (name)
 WHERE NOT EXISTS (
       SELECT FROM pg_trigger AS t
        WHERE t.tgrelid = to_regclass(listed.name) AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')
          AND t.tgtype & 24 = 24
 )
"""


def unguarded_tables() -> int:
    """Count the tables of record whose guard is missing or switched off."""
    with connection.cursor() as cursor:
        cursor.execute(UNGUARDED, [tables_of_record()])
        return int(cursor.fetchone()[0])


def register() -> None:
    """Make the check known; called once Django is ready."""
    register_invariant("L-02", _("Tables of record are guarded against change."), unguarded_tables)
    register_invariant("I-13", _("the key of every sealed value is in the ring"), rotating.with_lost_key)
