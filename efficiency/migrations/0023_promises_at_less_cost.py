# Of most promises nobody in particular is named, and their type of content is never deleted: what asked for both at each
# promise took a sixth of the time in which thousands are reported. A large table, so indexes are built while it is
# written.

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("efficiency", "0022_counterparts_and_duties"),
        ('contenttypes', '0002_remove_content_type_name'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(condition=models.Q(('post__isnull', False)), fields=['post'], name='deadline_of_post'),
        ),
        AddIndexConcurrently(
            model_name='deadline',
            index=models.Index(condition=models.Q(('responsible__isnull', False)), fields=['responsible'], name='deadline_of_responsible'),
        ),
        migrations.AlterField(
            model_name='deadline',
            name='content_type',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='contenttypes.contenttype'),
        ),
        migrations.AlterField(
            model_name='deadline',
            name='post',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.post', verbose_name='responsible post'),
        ),
        migrations.AlterField(
            model_name='deadline',
            name='responsible',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='responsible person'),
        ),
    ]
