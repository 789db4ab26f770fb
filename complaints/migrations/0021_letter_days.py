"""Promises that run by the date of a letter from above keep that date when the calendar is corrected."""

from django.db import migrations

# The report, and the reply as long as the result had not been reported when it began.
FIXED = """
UPDATE efficiency_deadline AS d
   SET fixed_on = o.report_by
  FROM complaints_origin AS o
  JOIN complaints_case AS c ON c.id = o.case_id AND c.channel = 'superior'
  JOIN django_content_type AS t ON t.app_label = 'complaints' AND t.model = 'case'
 WHERE o.report_by IS NOT NULL
   AND d.content_type_id = t.id AND d.object_id = c.id AND d.state IN ('open', 'suspended')
   AND (d.kind = 'complaints.report_up'
        OR d.kind = 'complaints.reply'
           AND NOT EXISTS (SELECT FROM efficiency_deadline AS up
                            WHERE up.content_type_id = t.id AND up.object_id = c.id
                              AND up.kind = 'complaints.report_up' AND up.ended_at <= d.started_at))
"""


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0020_own_motion'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('efficiency', '0004_fixed_day'),
    ]

    operations = [
        # The way back drops the column.
        migrations.RunSQL(FIXED, migrations.RunSQL.noop),
    ]
