"""Questions to the complainant get rows of their own: one open at a time."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0016_step_tokens'),
        ('efficiency', '0003_notices'),
    ]

    operations = [
        migrations.CreateModel(
            name='Question',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('asked', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='complaints.caseevent')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='questions', to='complaints.case')),
                ('deadline', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.deadline', verbose_name='promise')),
                ('ended', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='complaints.caseevent')),
            ],
            options={
                'verbose_name': 'question to the complainant',
                'verbose_name_plural': 'questions to the complainant',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended__isnull', True)), fields=('case',), name='question_one_open', violation_error_message='A question waits for its answer; the next one can be asked after it.')],
            },
        ),
    ]
