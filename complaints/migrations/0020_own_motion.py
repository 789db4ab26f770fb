"""The withdrawn case whose matter the office goes on with, as the paper with which its own case comes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0019_unconfirmed_contact'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='origin',
            name='origin_says_something',
        ),
        migrations.AddField(
            model_name='origin',
            name='withdrawn',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='taken_up', to='complaints.case', verbose_name='case that was withdrawn'),
        ),
        migrations.AddConstraint(
            model_name='origin',
            constraint=models.CheckConstraint(condition=models.Q(('from_whom', ''), ('reference', ''), ('report_by__isnull', True), ('withdrawn__isnull', True), _negated=True), name='origin_says_something'),
        ),
    ]
