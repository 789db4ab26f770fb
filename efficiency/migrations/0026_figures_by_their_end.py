# What figures count of a month is found by when it ended, of the few kinds that they count. A large table, so the index is
# built while it is written.

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("efficiency", "0025_when_it_turns_red"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(condition=models.Q(('kind__in', ('complaints.accept', 'complaints.reply', 'complaints.rework', 'requests.answer'))), fields=['kind', 'ended_at'], name='deadline_counted'),
        ),
    ]
