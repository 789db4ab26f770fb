"""Files go with a reply: checked and approved with it, and sent with it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0023_calendar_feed'),
    ]

    operations = [
        migrations.AddField(
            model_name='attachment',
            name='reply',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='complaints.reply'),
        ),
        migrations.AddConstraint(
            model_name='attachment',
            constraint=models.CheckConstraint(condition=models.Q(('reply__isnull', True), models.Q(('office_only', False), ('sealed_name', '')), _connector='OR'), name='attachment_of_reply_is_for_all', violation_error_message='What goes with a reply is read by the complainant.'),
        ),
    ]
