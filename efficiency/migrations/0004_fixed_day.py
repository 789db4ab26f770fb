"""The last day that a letter from outside fixed; of no promise so far."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('efficiency', '0003_notices'),
    ]

    operations = [
        migrations.AddField(
            model_name='deadline',
            name='fixed_on',
            field=models.DateField(blank=True, null=True, verbose_name='last day fixed by a letter'),
        ),
    ]
