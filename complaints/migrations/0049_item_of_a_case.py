"""Which service item a complaint is about."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0048_duty_unclear"),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='item',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='complaints.serviceitem', verbose_name='service item'),
        ),
    ]
