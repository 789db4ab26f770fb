# What will turn red is counted with what stands, from the same indexes. A large table, so they are built while it is
# written, and those before go once they are there.

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("efficiency", "0024_plain_names"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(condition=models.Q(('state__in', ['open', 'suspended']), models.Q(('promise', 'owed_by_citizen'), _negated=True)), fields=['state', 'overdue_at'], include=('organ', 'started_at', 'red_at', 'id'), name='deadline_stands'),
        ),
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(condition=models.Q(('ended_at__isnull', False), models.Q(('promise', 'owed_by_citizen'), _negated=True)), fields=['ended_at', 'started_at'], include=('organ', 'overdue_at', 'red_at', 'id'), name='deadline_stood'),
        ),
        RemoveIndexConcurrently(
            model_name='deadline',
            name='deadline_running',
        ),
        RemoveIndexConcurrently(
            model_name='deadline',
            name='deadline_ended',
        ),
    ]
