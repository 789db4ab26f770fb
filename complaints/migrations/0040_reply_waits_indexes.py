"""Of what replies wait that were there before, and the indexes for it, built while the portal is used."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models, transaction

# So many cases are locked at once, for as long as one statement takes.
BATCH = 500
WAITING = """
SELECT DISTINCT case_id FROM complaints_reply WHERE state IN ('proposed', 'checked') ORDER BY case_id
"""
# Every step locks its case first: behind that lock the next statement sees what its reply waits for now.
LOCK = "SELECT FROM complaints_case WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
FILL = """
UPDATE complaints_case AS c
   SET reply_waits = CASE WHEN r.state = 'proposed' AND r.to_check THEN 'check' ELSE 'approval' END
  FROM complaints_reply AS r
 WHERE r.case_id = c.id AND r.state IN ('proposed', 'checked') AND c.id = ANY(%s)
"""


def fill(apps, schema_editor):
    """
    Say of what replies wait that were there before the trigger, in batches while the portal is used.

    Safe to run twice: what a step has changed since is set to the same.
    """
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        waiting = [row[0] for row in cursor.fetchall()]
        for start in range(0, len(waiting), BATCH):
            cases = waiting[start : start + BATCH]
            with transaction.atomic(using=connection.alias):
                cursor.execute(LOCK, [cases])
                cursor.execute(FILL, [cases])


class Migration(migrations.Migration):
    # The table of cases is written to while its indexes are built.
    atomic = False

    dependencies = [("complaints", "0039_reply_waits")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    models.Q(
                        ("state__in", ["archived", "rejected", "redirected", "withdrawn", "merged"]), _negated=True
                    ),
                    ("reply_waits__in", ["check", "approval"]),
                ),
                fields=["handling_organ", "state", "next_due_at", "id"],
                name="case_reply_waits_organ",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    models.Q(
                        ("state__in", ["archived", "rejected", "redirected", "withdrawn", "merged"]), _negated=True
                    ),
                    ("reply_waits__in", ["check", "approval"]),
                ),
                fields=["office", "state", "next_due_at", "id"],
                name="case_reply_waits_office",
            ),
        ),
    ]
