"""The form by which a citizen took a step, so that the same form takes it once."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0015_passed_to_and_fro'),
    ]

    operations = [
        migrations.CreateModel(
            name='StepToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='step_token', to='complaints.caseevent')),
            ],
            options={
                'verbose_name': 'token of a step',
                'verbose_name_plural': 'tokens of steps',
            },
        ),
    ]
