"""What the organ reads where the text of a case gives the complainant away, and the summaries of the office."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0007_joint'),
        ('efficiency', '0003_notices'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseSummary',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('text', models.TextField(verbose_name='summary')),
                ('replaces_text', models.BooleanField(default=True, verbose_name='read by the organ in place of the complaint')),
                ('at', models.DateTimeField(verbose_name='written at')),
            ],
            options={
                'verbose_name': 'neutral summary',
                'verbose_name_plural': 'neutral summaries',
            },
        ),
        migrations.AddField(
            model_name='case',
            name='edited_text',
            field=models.TextField(blank=True, db_default='', default='', verbose_name='edited text'),
        ),
        migrations.AddField(
            model_name='case',
            name='edited_title',
            field=models.CharField(blank=True, db_default='', default='', max_length=80, verbose_name='edited title'),
        ),
        migrations.AddField(
            model_name='case',
            name='wording',
            field=models.CharField(choices=[('original', 'as it was written'), ('withheld', 'withheld until the office has edited it'), ('edited', 'as the office edited it')], db_default='original', default='original', max_length=10, verbose_name='read by the organ'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('wording', 'edited'), _negated=True), models.Q(('edited_text__gt', ''), ('edited_title__gt', '')), _connector='OR'), name='case_edited_has_text', violation_error_message='An edited text has title and text.'),
        ),
        migrations.AddField(
            model_name='casesummary',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='casesummary',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='summaries', to='complaints.case', verbose_name='case'),
        ),
        migrations.AddConstraint(
            model_name='casesummary',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('title', ''), _negated=True), models.Q(('text', ''), _negated=True)), name='summary_has_title_and_text'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='casesummary',
            trigger=pgtrigger.compiler.Trigger(name='case_summary_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7398f7a9552e4cdc004e150f06af6c5de41c6b2f', operation='UPDATE OR DELETE', pgid='pgtrigger_case_summary_append_only_77fdd', table='complaints_casesummary', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='casesummary',
            trigger=pgtrigger.compiler.Trigger(name='case_summary_not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'this table only grows';", hash='15a5e8f3eba01da79a27db9be0be8a4714b14eb3', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_case_summary_not_emptied_5d217', table='complaints_casesummary', when='BEFORE')),
        ),
    ]
