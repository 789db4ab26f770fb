"""Requests of the handling organ to stop the clock get rows of their own; so far the office alone stopped it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0017_questions'),
        ('efficiency', '0003_notices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SuspensionRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ground', models.CharField(choices=[('supplement', 'material that only the complainant can give'), ('proceeding', 'the same matter is before a court, in reconsideration or with the discipline organ'), ('force_majeure', 'force majeure')], max_length=20, verbose_name='ground')),
                ('reason', models.TextField(verbose_name='reason')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('state', models.CharField(choices=[('asked', 'waits for a decision'), ('granted', 'granted'), ('refused', 'refused'), ('lapsed', 'lapsed')], default='asked', max_length=8, verbose_name='state')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='suspension_requests', to='complaints.case')),
                ('deadline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.deadline', verbose_name='promise')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organ', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.organ', verbose_name='organ')),
            ],
            options={
                'verbose_name': 'request to stop the clock',
                'verbose_name_plural': 'requests to stop the clock',
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('case',), name='suspension_request_one_waits', violation_error_message='It has been asked for already and waits for the office.'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='suspension_request_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state', 'asked')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['granted', 'refused'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', True), ('state', 'lapsed')), _connector='OR'), name='suspension_request_decision_is_whole')],
            },
        ),
    ]
