"""Filters that people keep, templates and knowledge for replies, and indexes to find like and chased cases by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0005_persons'),
        ('efficiency', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='KnowledgeEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120, verbose_name='question')),
                ('category', models.CharField(blank=True, choices=[('inaction', 'inaction'), ('delay', 'delay or overrun'), ('misconduct', 'misconduct'), ('buck_passing', 'buck-passing'), ('broken_commitment', 'broken service commitment'), ('no_one_time_notice', 'no one-time notice'), ('first_receiver', 'first-receiver duty not kept'), ('arbitrary_fees', 'arbitrary fees'), ('arbitrary_fines', 'arbitrary fines'), ('arbitrary_levies', 'arbitrary levies'), ('door', 'no way in'), ('person', 'nobody to be met'), ('face', 'unfriendly treatment'), ('matter', 'matters made difficult'), ('work_discipline', 'absent or on private business'), ('non_disclosure', 'not disclosed what must be'), ('blockage', 'mid-level blockage, not carried out'), ('integrity', 'extortion of favours, abuse of power'), ('other', 'other')], help_text='Left empty: for every category.', max_length=24, verbose_name='category')),
                ('text', models.TextField(verbose_name='answer')),
                ('source', models.CharField(help_text='The rule with its article, and where it was published.', max_length=200, verbose_name='legal basis')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, help_text='Left empty: valid until further notice.', null=True, verbose_name='no longer valid from')),
            ],
            options={
                'verbose_name': 'knowledge entry',
                'verbose_name_plural': 'knowledge entries',
            },
        ),
        migrations.CreateModel(
            name='ReplyTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('kind', models.CharField(blank=True, choices=[('complaint', 'complaint'), ('request', 'request'), ('consultation', 'consultation'), ('suggestion', 'suggestion')], help_text='Left empty: for every kind of case.', max_length=14, verbose_name='kind')),
                ('category', models.CharField(blank=True, choices=[('inaction', 'inaction'), ('delay', 'delay or overrun'), ('misconduct', 'misconduct'), ('buck_passing', 'buck-passing'), ('broken_commitment', 'broken service commitment'), ('no_one_time_notice', 'no one-time notice'), ('first_receiver', 'first-receiver duty not kept'), ('arbitrary_fees', 'arbitrary fees'), ('arbitrary_fines', 'arbitrary fines'), ('arbitrary_levies', 'arbitrary levies'), ('door', 'no way in'), ('person', 'nobody to be met'), ('face', 'unfriendly treatment'), ('matter', 'matters made difficult'), ('work_discipline', 'absent or on private business'), ('non_disclosure', 'not disclosed what must be'), ('blockage', 'mid-level blockage, not carried out'), ('integrity', 'extortion of favours, abuse of power'), ('other', 'other')], help_text='Left empty: for every category.', max_length=24, verbose_name='category')),
                ('text', models.TextField(verbose_name='text')),
                ('until', models.DateField(blank=True, help_text='Left empty: offered until further notice.', null=True, verbose_name='not offered from')),
            ],
            options={
                'verbose_name': 'reply template',
                'verbose_name_plural': 'reply templates',
            },
        ),
        migrations.CreateModel(
            name='SavedFilter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=40, verbose_name='name')),
                ('query', models.CharField(max_length=500, verbose_name='filters')),
                ('saved_at', models.DateTimeField(verbose_name='saved at')),
            ],
            options={
                'verbose_name': 'saved filter',
                'verbose_name_plural': 'saved filters',
            },
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['organ', 'category', '-received_at', '-id'], name='case_alike'),
        ),
        migrations.AddIndex(
            model_name='caseevent',
            index=models.Index(condition=models.Q(('action', 'chase')), fields=['case', 'number'], name='case_event_chase'),
        ),
        migrations.AddField(
            model_name='knowledgeentry',
            name='organ',
            field=models.ForeignKey(help_text='Shown in this organ and all below it.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.organ', verbose_name='organ'),
        ),
        migrations.AddField(
            model_name='replytemplate',
            name='organ',
            field=models.ForeignKey(help_text='Offered in this organ and all below it.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.organ', verbose_name='organ'),
        ),
        migrations.AddField(
            model_name='savedfilter',
            name='owner',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='knowledgeentry',
            index=models.Index(fields=['category', 'organ'], name='knowledge_of_category'),
        ),
        migrations.AddConstraint(
            model_name='knowledgeentry',
            constraint=models.UniqueConstraint(fields=('organ', 'title', 'valid_from'), name='knowledge_asked_once', violation_error_message='The organ has an entry of this question from this day on already.'),
        ),
        migrations.AddConstraint(
            model_name='knowledgeentry',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='knowledge_is_valid_for_some_time', violation_error_message='An entry ends after it begins.'),
        ),
        migrations.AddConstraint(
            model_name='knowledgeentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('text', ''), _negated=True), models.Q(('source', ''), _negated=True)), name='knowledge_has_text_and_source', violation_error_message='An entry needs its answer and the rule it rests on.'),
        ),
        migrations.AddConstraint(
            model_name='replytemplate',
            constraint=models.UniqueConstraint(fields=('organ', 'title'), name='reply_template_titled_once', violation_error_message='The organ has a template of this title already.'),
        ),
        migrations.AddConstraint(
            model_name='replytemplate',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='reply_template_has_text'),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=models.UniqueConstraint(fields=('owner', 'name'), name='saved_filter_named_once', violation_error_message='You have a filter of this name already.'),
        ),
        migrations.AddConstraint(
            model_name='savedfilter',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('name', ''), _negated=True), models.Q(('query', ''), _negated=True)), name='saved_filter_has_name_and_query'),
        ),
    ]
