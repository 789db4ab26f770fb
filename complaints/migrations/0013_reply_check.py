"""A reply is checked by another person between its proposal and its approval; what waits already is looked at by the worker."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


UNCHECK = "UPDATE complaints_reply SET state = 'proposed' WHERE state = 'checked'"


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0012_search_by_day'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reply',
            name='reply_one_in_work',
        ),
        # On the way back a reply that was checked waits for approval as one that was proposed.
        migrations.RunSQL(migrations.RunSQL.noop, UNCHECK),
        migrations.AddField(
            model_name='reply',
            name='checked_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='checked at'),
        ),
        migrations.AddField(
            model_name='reply',
            name='to_check',
            field=models.BooleanField(default=False, verbose_name='waits for its check'),
        ),
        migrations.AddField(
            model_name='reply',
            name='checked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='checked by'),
        ),
        migrations.AlterField(
            model_name='reply',
            name='remark',
            field=models.TextField(blank=True, verbose_name='why it was sent back'),
        ),
        migrations.AlterField(
            model_name='reply',
            name='state',
            field=models.CharField(choices=[('draft', 'draft'), ('proposed', 'waiting for check or approval'), ('checked', 'waiting for approval'), ('sent', 'sent'), ('returned', 'sent back'), ('dropped', 'set aside')], default='draft', max_length=10, verbose_name='state'),
        ),
        migrations.AddConstraint(
            model_name='reply',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['draft', 'proposed', 'checked'])), fields=('case',), name='reply_one_in_work'),
        ),
        migrations.AddConstraint(
            model_name='reply',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('checked_at__isnull', True), ('checked_by__isnull', True), models.Q(('state', 'checked'), _negated=True)), models.Q(('checked_at__isnull', False), ('checked_by__isnull', False), models.Q(('state__in', ['draft', 'proposed']), _negated=True)), _connector='OR'), name='reply_check_is_whole', violation_error_message='A check has a person and a moment, and is of a reply that was proposed.'),
        ),
        migrations.AddConstraint(
            model_name='reply',
            constraint=models.CheckConstraint(condition=models.Q(('to_check', False), ('state', 'proposed'), _connector='OR'), name='reply_to_check_was_proposed', violation_error_message='Only a reply that was proposed waits for its check.'),
        ),
        migrations.AddConstraint(
            model_name='reply',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by__isnull', True), models.Q(models.Q(('checked_by', models.F('drafted_by')), _negated=True), models.Q(models.Q(('state', 'sent'), _negated=True), models.Q(('checked_by', models.F('decided_by')), _negated=True), _connector='OR')), _connector='OR'), name='reply_check_by_third_person', violation_error_message='A reply is checked by neither its drafter nor its approver.'),
        ),
    ]
