
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('efficiency', '0018_hash_chain'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Survey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('open', 'open'), ('ended', 'ended, to be counted'), ('counted', 'counted, to be approved'), ('published', 'published'), ('dropped', 'dropped')], default='draft', max_length=12, verbose_name='state')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='version')),
                ('title', models.CharField(max_length=100, verbose_name='title')),
                ('purpose', models.TextField(verbose_name='purpose')),
                ('audience', models.CharField(choices=[('organs', 'party and government organs'), ('congress', "deputies of the People's Congress"), ('conference', 'members of the CPPCC'), ('society', 'all walks of society'), ('served', 'service users after a matter')], max_length=12, verbose_name='audience')),
                ('way', models.CharField(choices=[('open', 'open to everybody'), ('code', 'with a code that was handed out'), ('paper', 'on paper, typed in')], max_length=8, verbose_name='how it is answered')),
                ('begins_on', models.DateField(verbose_name='first day')),
                ('ends_on', models.DateField(verbose_name='last day')),
                ('year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='year of the appraisal')),
                ('span', models.CharField(blank=True, choices=[('year', 'year'), ('first_half', 'first half-year'), ('second_half', 'second half-year')], max_length=12, verbose_name='period of the appraisal')),
                ('groups', models.JSONField(default=list, verbose_name='groups of questions')),
                ('drafted_at', models.DateTimeField(verbose_name='drafted at')),
                ('opened_at', models.DateTimeField(blank=True, null=True, verbose_name='opened at')),
                ('ends_at', models.DateTimeField(blank=True, null=True, verbose_name='ends at')),
                ('counted_at', models.DateTimeField(blank=True, null=True, verbose_name='counted at')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published at')),
                ('results', models.JSONField(blank=True, null=True)),
                ('checksum', models.CharField(blank=True, max_length=64)),
                ('next_due_at', models.DateTimeField(blank=True, null=True, verbose_name='next due')),
                ('erased_at', models.DateTimeField(blank=True, null=True, verbose_name='texts erased at')),
                ('copied_from', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supervision.survey')),
                ('counted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('office', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.organ', verbose_name='efficiency office')),
                ('opened_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'opinion survey',
                'verbose_name_plural': 'opinion surveys',
            },
        ),
        migrations.CreateModel(
            name='SurveyBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(choices=[('open', 'open to everybody'), ('code', 'with a code that was handed out'), ('paper', 'on paper, typed in')], max_length=8, verbose_name='kind')),
                ('name', models.CharField(blank=True, max_length=60, verbose_name='for whom')),
                ('state', models.CharField(choices=[('open', 'in use'), ('checked', 'looked at by a second person'), ('void', 'void')], default='open', max_length=8, verbose_name='state')),
                ('made', models.PositiveIntegerField(default=0)),
                ('voided', models.PositiveIntegerField(default=0)),
                ('made_at', models.DateTimeField(verbose_name='made at')),
                ('checked_at', models.DateTimeField(blank=True, null=True, verbose_name='checked at')),
                ('checked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='supervision.survey')),
            ],
            options={
                'verbose_name': 'batch',
                'verbose_name_plural': 'batches',
            },
        ),
        migrations.CreateModel(
            name='SurveyAnswer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('way', models.CharField(choices=[('open', 'open to everybody'), ('code', 'with a code that was handed out'), ('paper', 'on paper, typed in')], max_length=8)),
                ('sheet', models.PositiveIntegerField(blank=True, null=True)),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='supervision.survey')),
                ('batch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='supervision.surveybatch')),
            ],
            options={
                'verbose_name': 'answer',
                'verbose_name_plural': 'answers',
            },
        ),
        migrations.CreateModel(
            name='SurveyCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code_hash', models.BinaryField(max_length=32, unique=True)),
                ('batch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='codes', to='supervision.surveybatch')),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supervision.survey')),
            ],
            options={
                'verbose_name': 'answer code',
                'verbose_name_plural': 'answer codes',
            },
        ),
        migrations.CreateModel(
            name='SurveyEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('action', models.CharField(max_length=24, verbose_name='step')),
                ('at', models.DateTimeField(verbose_name='at')),
                ('from_state', models.CharField(blank=True, max_length=16)),
                ('to_state', models.CharField(max_length=16)),
                ('data', models.JSONField(blank=True, default=dict)),
                ('text', models.TextField(blank=True)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('actor_organ', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.organ')),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='supervision.survey')),
            ],
            options={
                'verbose_name': 'step with a survey',
                'verbose_name_plural': 'steps with surveys',
            },
        ),
        migrations.CreateModel(
            name='SurveyOrgan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('organ', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.organ')),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='judged', to='supervision.survey')),
            ],
            options={
                'verbose_name': 'organ judged',
                'verbose_name_plural': 'organs judged',
            },
        ),
        migrations.AddField(
            model_name='survey',
            name='organs',
            field=models.ManyToManyField(related_name='+', through='supervision.SurveyOrgan', to='efficiency.organ', verbose_name='organs judged'),
        ),
        migrations.CreateModel(
            name='SurveyQuestion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('group', models.PositiveSmallIntegerField(verbose_name='group')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('kind', models.CharField(choices=[('grades', 'five grades'), ('single', 'one of several'), ('several', 'any of several'), ('number', 'a number'), ('yes_no', 'yes or no'), ('text', 'free text')], max_length=8, verbose_name='kind')),
                ('text', models.CharField(max_length=200, verbose_name='question')),
                ('help', models.CharField(blank=True, max_length=200, verbose_name='explanation of a question')),
                ('is_required', models.BooleanField(default=False, verbose_name='has to be answered')),
                ('each_organ', models.BooleanField(default=False, verbose_name='asked for each organ')),
                ('options', models.JSONField(blank=True, default=list, verbose_name='choices')),
                ('least', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='at least')),
                ('most', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='at most')),
                ('survey', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='questions', to='supervision.survey')),
            ],
            options={
                'verbose_name': 'question',
                'verbose_name_plural': 'questions',
                'ordering': ('group', 'position', 'pk'),
            },
        ),
        migrations.CreateModel(
            name='SurveyToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token_hash', models.BinaryField(max_length=32, unique=True)),
                ('event', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='token', to='supervision.surveyevent')),
            ],
            options={
                'verbose_name': 'token of a survey',
                'verbose_name_plural': 'tokens of surveys',
            },
        ),
        migrations.CreateModel(
            name='SurveyValue',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('grade', models.PositiveSmallIntegerField(blank=True, choices=[(5, 'very satisfied'), (4, 'satisfied'), (3, 'fairly satisfied'), (2, 'dissatisfied'), (1, 'very dissatisfied')], null=True)),
                ('chosen', models.JSONField(blank=True, default=list)),
                ('number', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ('text', models.TextField(blank=True)),
                ('answer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='values', to='supervision.surveyanswer')),
                ('organ', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.organ')),
                ('question', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='supervision.surveyquestion')),
            ],
            options={
                'verbose_name': 'value',
                'verbose_name_plural': 'values',
            },
        ),
        migrations.AddConstraint(
            model_name='surveybatch',
            constraint=models.CheckConstraint(condition=models.Q(('checked_by__isnull', True), models.Q(('checked_by', models.F('made_by')), _negated=True), _connector='OR'), name='survey_batch_two_persons', violation_error_message='Whoever typed forms in does not look them over.'),
        ),
        migrations.AddConstraint(
            model_name='surveybatch',
            constraint=models.UniqueConstraint(condition=models.Q(('way', 'open')), fields=('survey',), name='survey_one_open_batch'),
        ),
        migrations.AddConstraint(
            model_name='surveyanswer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('batch__isnull', False), ('sheet__isnull', False), ('way', 'paper')), models.Q(models.Q(('way', 'paper'), _negated=True), ('batch__isnull', True), ('sheet__isnull', True)), _connector='OR'), name='survey_answer_on_paper'),
        ),
        migrations.AddConstraint(
            model_name='surveyanswer',
            constraint=models.UniqueConstraint(fields=('batch', 'sheet'), name='survey_answer_sheet_once', violation_error_message='This sheet was typed in already.'),
        ),
        migrations.AddConstraint(
            model_name='surveyevent',
            constraint=models.UniqueConstraint(fields=('survey', 'number'), name='survey_event_number'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='surveyevent',
            trigger=pgtrigger.compiler.Trigger(name='survey_event_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e2ae34152acf3904aabd0d6a2ebd66ed508a8648', operation='UPDATE OR DELETE', pgid='pgtrigger_survey_event_append_only_6febb', table='supervision_surveyevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='surveyevent',
            trigger=pgtrigger.compiler.Trigger(name='survey_event_not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'this table only grows';", hash='ff0932d3dd795e1518b1957b2e5b634770d53771', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_survey_event_not_emptied_c670a', table='supervision_surveyevent', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='surveyorgan',
            constraint=models.UniqueConstraint(fields=('survey', 'organ'), name='survey_organ_once'),
        ),
        migrations.AddIndex(
            model_name='survey',
            index=models.Index(fields=['office', 'state'], name='survey_of_office'),
        ),
        migrations.AddIndex(
            model_name='survey',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['ends_at'], name='survey_to_end'),
        ),
        migrations.AddConstraint(
            model_name='survey',
            constraint=models.CheckConstraint(condition=models.Q(('ends_on__gte', models.F('begins_on'))), name='survey_days', violation_error_message='The last day does not lie before the first.'),
        ),
        migrations.AddConstraint(
            model_name='survey',
            constraint=models.CheckConstraint(condition=models.Q(('way__in', ('open', 'code'))), name='survey_way'),
        ),
        migrations.AddConstraint(
            model_name='survey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ends_at__isnull', False), ('opened_at__isnull', False), ('opened_by__isnull', False)), models.Q(('ends_at__isnull', True), ('opened_at__isnull', True), ('opened_by__isnull', True), ('state__in', ('draft', 'dropped'))), _connector='OR'), name='survey_opened_whole'),
        ),
        migrations.AddConstraint(
            model_name='survey',
            constraint=models.CheckConstraint(condition=models.Q(('opened_by__isnull', True), models.Q(('opened_by', models.F('drafted_by')), _negated=True), _connector='OR'), name='survey_opened_by_another', violation_error_message='Whoever drafted a survey does not open it.'),
        ),
        migrations.AddConstraint(
            model_name='survey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('counted_by__isnull', False), ('published_at__isnull', False), ('published_by__isnull', False), ('results__isnull', False), ('state', 'published')), models.Q(models.Q(('state', 'published'), _negated=True), ('published_at__isnull', True), ('published_by__isnull', True)), _connector='OR'), name='survey_published_whole'),
        ),
        migrations.AddConstraint(
            model_name='survey',
            constraint=models.CheckConstraint(condition=models.Q(('published_by__isnull', True), models.Q(('published_by', models.F('counted_by')), _negated=True), _connector='OR'), name='survey_published_by_another', violation_error_message='Whoever counted a survey does not publish it.'),
        ),
        migrations.AddConstraint(
            model_name='survey',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('span', ''), ('year__isnull', True)), models.Q(('year__isnull', False), models.Q(('span', ''), _negated=True)), _connector='OR'), name='survey_appraisal_whole'),
        ),
        migrations.AddConstraint(
            model_name='surveyquestion',
            constraint=models.CheckConstraint(condition=models.Q(('group__gte', 1), ('group__lte', 5)), name='survey_question_group'),
        ),
        migrations.AddConstraint(
            model_name='surveyquestion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'grades'), _negated=True), ('each_organ', True), _connector='OR'), name='survey_question_grades_organ'),
        ),
        migrations.AddConstraint(
            model_name='surveyvalue',
            constraint=models.UniqueConstraint(fields=('answer', 'question', 'organ'), name='survey_value_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='surveyvalue',
            constraint=models.CheckConstraint(condition=models.Q(('grade__isnull', True), models.Q(('grade__gte', 1), ('grade__lte', 5)), _connector='OR'), name='survey_value_grade'),
        ),
    ]
