# What stands at a moment is counted from these alone; a large table, so they are built while it is written.

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('efficiency', '0019_duties_that_were_taken_off'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(condition=models.Q(('state__in', ['open', 'suspended']), models.Q(('promise', 'owed_by_citizen'), _negated=True)), fields=['state', 'overdue_at'], include=('organ', 'started_at', 'id'), name='deadline_running'),
        ),
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(condition=models.Q(('ended_at__isnull', False), models.Q(('promise', 'owed_by_citizen'), _negated=True)), fields=['ended_at', 'started_at'], include=('organ', 'overdue_at', 'id'), name='deadline_ended'),
        ),
    ]
