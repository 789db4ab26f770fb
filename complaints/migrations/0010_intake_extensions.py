"""Requests for more time get rows of their own; the first contact with whoever stays unknown is the office's."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


# What was asked for and waits for a decision, and was only an event so far.
ASKED = """
INSERT INTO complaints_extensionrequest (case_id, deadline_id, days, reason, asked_by_id, asked_at, state)
SELECT DISTINCT ON (d.id) c.id, d.id, (e.data->>'days')::int, e.internal_text, e.actor_id, e.at, 'asked'
  FROM complaints_caseevent AS e
  JOIN complaints_case AS c ON c.id = e.case_id AND c.state = 'handling'
  JOIN efficiency_deadline AS d ON d.object_id = c.id AND d.kind = 'complaints.reply' AND d.state = 'open'
  JOIN django_content_type AS t ON t.id = d.content_type_id AND t.app_label = 'complaints' AND t.model = 'case'
 WHERE e.action = 'ask_extension' AND e.actor_id IS NOT NULL AND e.internal_text <> '' AND d.extension_count = 0
   AND e.at >= d.started_at
 ORDER BY d.id, e.number DESC
"""
CONTACTS = """
UPDATE efficiency_deadline AS d
   SET organ_id = c.office_id, post_id = NULL, responsible_id = NULL
  FROM complaints_case AS c, django_content_type AS t
 WHERE d.kind = 'complaints.contact' AND d.state IN ('open', 'suspended') AND d.object_id = c.id
   AND t.id = d.content_type_id AND t.app_label = 'complaints' AND t.model = 'case'
   AND NOT c.consent AND c.handling_organ_id <> c.office_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0009_public_answers'),
        ('efficiency', '0003_notices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ExtensionRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField(verbose_name='working days')),
                ('reason', models.TextField(verbose_name='reason')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('state', models.CharField(choices=[('asked', 'waits for a decision'), ('granted', 'granted'), ('refused', 'refused'), ('lapsed', 'lapsed')], default='asked', max_length=8, verbose_name='state')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extension_requests', to='complaints.case')),
                ('deadline', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.deadline', verbose_name='promise')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'request for more time',
                'verbose_name_plural': 'requests for more time',
                'indexes': [models.Index(condition=models.Q(('state', 'asked')), fields=['case'], name='extension_request_waiting')],
                'constraints': [models.UniqueConstraint(fields=('deadline',), name='extension_request_once', violation_error_message='More time was asked for or given before; that is done once.'), models.CheckConstraint(condition=models.Q(('days__gte', 1), models.Q(('reason', ''), _negated=True)), name='extension_request_has_days'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('state', 'asked')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['granted', 'refused'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', True), ('state', 'lapsed')), _connector='OR'), name='extension_request_decision_is_whole')],
            },
        ),
        # The way back drops the rows with their table; the events they came from are still there.
        migrations.RunSQL(ASKED, migrations.RunSQL.noop),
        # Nothing to bring back: with each step of a case its promises pass to who owes them.
        migrations.RunSQL(CONTACTS, migrations.RunSQL.noop),
    ]
