"""A state of its own for matters that ended without an acceptance; those that ended in a year are found by an index."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

# What was ended by a report that counts, not before the receipt, and neither accepted nor decided.
ENDED = """
UPDATE complaints_matter AS m SET state = 'unaccepted'
 WHERE m.state = 'announced' AND NOT 'finished_unaccepted' = ANY (m.doubts) AND EXISTS (
       SELECT FROM complaints_matterreport AS f
         LEFT JOIN LATERAL (SELECT c.right_at, TRUE AS is_there FROM complaints_matterreport AS c
                             WHERE c.matter_id = f.matter_id AND c.kind = 'corrected' AND c.corrects = f.report_id
                             ORDER BY c.at DESC, c.report_id DESC LIMIT 1) AS newest ON TRUE
        WHERE f.matter_id = m.id AND f.kind = 'finished' AND (newest.is_there IS NULL OR newest.right_at IS NOT NULL)
          AND coalesce(newest.right_at, f.at) >= coalesce(
              (SELECT min(r.at) FROM complaints_matterreport AS r WHERE r.matter_id = m.id AND r.kind = 'received'),
              '-infinity'))
"""
NOT_ENDED = "UPDATE complaints_matter SET state = 'announced' WHERE state = 'unaccepted'"
WITHOUT = models.Q(state__in=["announced", "unaccepted"])
NOTHING = models.Q(accepted_at__isnull=True, version__isnull=True, item__isnull=True)
EVERYTHING = models.Q(accepted_at__isnull=False, version__isnull=False, item__isnull=False)


class Migration(migrations.Migration):
    # Reports come in while the index is built; the one before serves until then.
    atomic = False

    dependencies = [
        ("complaints", "0050_looked_back_at"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="matter",
            index=models.Index(fields=["item", "finished_at"], name="matter_ended_of_item"),
        ),
        RemoveIndexConcurrently(model_name="matter", name="matter_of_item"),
        migrations.AlterField(
            model_name="matter",
            name="state",
            field=models.CharField(
                choices=[
                    ("announced", "acceptance not reported yet"),
                    ("unaccepted", "ended without an acceptance"),
                    ("running", "being handled"),
                    ("suspended", "clock stopped"),
                    ("finished", "finished"),
                ],
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.RemoveConstraint(model_name="matter", name="matter_accepted_has_promise"),
        migrations.RunSQL(ENDED, NOT_ENDED),
        migrations.AddConstraint(
            model_name="matter",
            constraint=models.CheckConstraint(
                name="matter_accepted_has_promise",
                condition=models.Q(WITHOUT, NOTHING) | models.Q(~WITHOUT, EVERYTHING),
                violation_error_message="A matter that was accepted is held to a promise.",
            ),
        ),
    ]
