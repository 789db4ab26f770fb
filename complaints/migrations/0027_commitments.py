"""Service items and what is promised for them, version by version."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0026_text_retention"),
        ("efficiency", "0011_post_sheets_and_letters"),
        ('pghistory', '0007_auto_20250421_0444'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ServiceItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True, verbose_name='implementation code')),
                ('basic_code', models.CharField(blank=True, max_length=40, verbose_name='basic code')),
                ('name', models.CharField(max_length=120, verbose_name='name of the item')),
                ('keywords', models.CharField(blank=True, help_text='What people call it; separated by spaces.', max_length=200, verbose_name='other names')),
                ('kind', models.CharField(choices=[('01', 'licence'), ('02', 'penalty'), ('03', 'compulsion'), ('04', 'levy'), ('05', 'payment'), ('06', 'inspection'), ('07', 'confirmation'), ('08', 'reward'), ('09', 'adjudication'), ('10', 'other power'), ('20', 'public service')], max_length=2, verbose_name='type of power')),
                ('theme', models.CharField(choices=[('business', 'starting and changing a business'), ('trade', 'licences of a trade'), ('construction', 'construction projects'), ('housing', 'housing'), ('property', 'sale and letting of homes'), ('utilities', 'water, gas and streets'), ('tax', 'taxes'), ('assets', 'state assets'), ('work', 'work and social security'), ('welfare', 'welfare and old age'), ('family', 'marriage and family'), ('health', 'health'), ('education', 'education'), ('culture', 'culture and sport'), ('transport', 'transport'), ('environment', 'environment and water'), ('land', 'farming and land'), ('information', 'information and archives'), ('other', 'other')], max_length=16, verbose_name='theme')),
                ('audience', models.CharField(choices=[('natural', 'persons'), ('legal', 'companies and bodies'), ('both', 'persons, companies and bodies')], max_length=8, verbose_name='for whom')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken off the list at')),
                ('withdrawal_reason', models.CharField(blank=True, max_length=200, verbose_name='reason for taking it off')),
                ('organ', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='service_items', to='efficiency.organ', verbose_name='organ')),
                ('successor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='complaints.serviceitem', verbose_name='successor')),
                ('withdrawn_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'service item',
                'verbose_name_plural': 'service items',
            },
        ),
        migrations.CreateModel(
            name='ItemVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='version')),
                ('state', models.CharField(choices=[('draft', 'draft'), ('published', 'published')], default='draft', max_length=10, verbose_name='state')),
                ('valid_from', models.DateField(verbose_name='valid from')),
                ('valid_until', models.DateField(blank=True, null=True, verbose_name='no longer valid from')),
                ('matter_type', models.CharField(choices=[('instant', 'settled at once'), ('committed', 'settled within a promised time')], max_length=10, verbose_name='type of matter')),
                ('statutory_number', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='statutory limit')),
                ('statutory_unit', models.CharField(blank=True, choices=[('wd', 'working days'), ('d', 'calendar days'), ('h', 'hours'), ('wh', 'working hours'), ('m', 'months'), ('y', 'years')], max_length=2, verbose_name='unit of the statutory limit')),
                ('statutory_basis', models.CharField(blank=True, max_length=300, verbose_name='basis of the statutory limit')),
                ('committed_number', models.PositiveSmallIntegerField(verbose_name='committed limit')),
                ('committed_unit', models.CharField(choices=[('wd', 'working days'), ('d', 'calendar days'), ('h', 'hours'), ('wh', 'working hours'), ('m', 'months'), ('y', 'years')], default='wd', max_length=2, verbose_name='unit of the committed limit')),
                ('special_procedure', models.TextField(blank=True, verbose_name='procedures whose time is not counted')),
                ('legal_basis', models.TextField(verbose_name='legal basis')),
                ('applicants', models.TextField(verbose_name='who can apply')),
                ('conditions', models.TextField(verbose_name='conditions')),
                ('materials', models.JSONField(blank=True, default=list, verbose_name='materials')),
                ('steps', models.JSONField(blank=True, default=list, verbose_name='steps')),
                ('fees', models.TextField(blank=True, help_text='Left empty: no fee.', verbose_name='fees')),
                ('fee_basis', models.TextField(blank=True, verbose_name='basis of the fees')),
                ('result', models.CharField(max_length=200, verbose_name='result')),
                ('visits', models.PositiveSmallIntegerField(default=0, verbose_name='visits in person')),
                ('section', models.CharField(blank=True, max_length=80, verbose_name='section in charge')),
                ('window', models.CharField(max_length=200, verbose_name='window')),
                ('hours', models.CharField(blank=True, max_length=200, verbose_name='opening hours')),
                ('phone', models.CharField(max_length=60, verbose_name='telephone')),
                ('supervision_phone', models.CharField(max_length=60, verbose_name='telephone for complaints')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='reason of the change')),
                ('drafted_at', models.DateTimeField(verbose_name='drafted at')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published at')),
                ('drafted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='drafted by')),
                ('post', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='efficiency.post', verbose_name='post in charge')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='published by')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='complaints.serviceitem', verbose_name='service item')),
            ],
            options={
                'verbose_name': 'version of a service item',
                'verbose_name_plural': 'versions of service items',
            },
        ),
        migrations.CreateModel(
            name='ServiceItemEvent',
            fields=[
                ('pgh_id', models.AutoField(primary_key=True, serialize=False)),
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('id', models.BigIntegerField()),
                ('code', models.CharField(max_length=40, verbose_name='implementation code')),
                ('basic_code', models.CharField(blank=True, max_length=40, verbose_name='basic code')),
                ('name', models.CharField(max_length=120, verbose_name='name of the item')),
                ('keywords', models.CharField(blank=True, help_text='What people call it; separated by spaces.', max_length=200, verbose_name='other names')),
                ('kind', models.CharField(choices=[('01', 'licence'), ('02', 'penalty'), ('03', 'compulsion'), ('04', 'levy'), ('05', 'payment'), ('06', 'inspection'), ('07', 'confirmation'), ('08', 'reward'), ('09', 'adjudication'), ('10', 'other power'), ('20', 'public service')], max_length=2, verbose_name='type of power')),
                ('theme', models.CharField(choices=[('business', 'starting and changing a business'), ('trade', 'licences of a trade'), ('construction', 'construction projects'), ('housing', 'housing'), ('property', 'sale and letting of homes'), ('utilities', 'water, gas and streets'), ('tax', 'taxes'), ('assets', 'state assets'), ('work', 'work and social security'), ('welfare', 'welfare and old age'), ('family', 'marriage and family'), ('health', 'health'), ('education', 'education'), ('culture', 'culture and sport'), ('transport', 'transport'), ('environment', 'environment and water'), ('land', 'farming and land'), ('information', 'information and archives'), ('other', 'other')], max_length=16, verbose_name='theme')),
                ('audience', models.CharField(choices=[('natural', 'persons'), ('legal', 'companies and bodies'), ('both', 'persons, companies and bodies')], max_length=8, verbose_name='for whom')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='taken off the list at')),
                ('withdrawal_reason', models.CharField(blank=True, max_length=200, verbose_name='reason for taking it off')),
                ('organ', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='efficiency.organ', verbose_name='organ')),
                ('pgh_context', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='pghistory.context')),
                ('pgh_obj', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='complaints.serviceitem')),
                ('successor', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='complaints.serviceitem', verbose_name='successor')),
                ('withdrawn_by', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='serviceitem',
            index=models.Index(fields=['organ', 'code'], name='service_item_of_organ'),
        ),
        migrations.AddConstraint(
            model_name='serviceitem',
            constraint=models.CheckConstraint(condition=models.Q(('code__regex', '^[0-9A-Za-z][0-9A-Za-z-]*$')), name='service_item_code_fits_an_address', violation_error_message='A code has letters, digits and dashes alone, and does not begin with a dash.'),
        ),
        migrations.AddConstraint(
            model_name='serviceitem',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='service_item_has_a_name', violation_error_message='An item needs its name.'),
        ),
        migrations.AddConstraint(
            model_name='serviceitem',
            constraint=models.CheckConstraint(condition=models.Q(('successor__isnull', True), models.Q(('successor', models.F('id')), _negated=True), _connector='OR'), name='service_item_does_not_succeed_itself', violation_error_message='An item cannot be its own successor.'),
        ),
        migrations.AddConstraint(
            model_name='serviceitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawal_reason', ''), ('withdrawn_at__isnull', True), ('withdrawn_by__isnull', True)), models.Q(('withdrawn_at__isnull', False), ('withdrawn_by__isnull', False), models.Q(('withdrawal_reason', ''), _negated=True)), _connector='OR'), name='service_item_withdrawal_is_whole', violation_error_message='Who took an item off the list, when and why belong together.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceitem',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=pgtrigger.compiler.UpsertTriggerSql(func='INSERT INTO "complaints_serviceitemevent" ("audience", "basic_code", "code", "id", "keywords", "kind", "name", "organ_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "successor_id", "theme", "withdrawal_reason", "withdrawn_at", "withdrawn_by_id") VALUES (NEW."audience", NEW."basic_code", NEW."code", NEW."id", NEW."keywords", NEW."kind", NEW."name", NEW."organ_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."successor_id", NEW."theme", NEW."withdrawal_reason", NEW."withdrawn_at", NEW."withdrawn_by_id"); RETURN NULL;', hash='9a6695885ffaf4626ba506fa54a8ee5ae248244f', operation='INSERT', pgid='pgtrigger_insert_insert_630df', table='complaints_serviceitem', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceitem',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD.* IS DISTINCT FROM NEW.*)', func='INSERT INTO "complaints_serviceitemevent" ("audience", "basic_code", "code", "id", "keywords", "kind", "name", "organ_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "successor_id", "theme", "withdrawal_reason", "withdrawn_at", "withdrawn_by_id") VALUES (NEW."audience", NEW."basic_code", NEW."code", NEW."id", NEW."keywords", NEW."kind", NEW."name", NEW."organ_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."successor_id", NEW."theme", NEW."withdrawal_reason", NEW."withdrawn_at", NEW."withdrawn_by_id"); RETURN NULL;', hash='14f5c16bb43ef17910bcc2066cda07f528f31aad', operation='UPDATE', pgid='pgtrigger_update_update_58488', table='complaints_serviceitem', when='AFTER')),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.UniqueConstraint(fields=('item', 'number'), name='item_version_one_number', violation_error_message='There is a version of this number already.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'draft')), fields=('item',), name='item_version_one_draft', violation_error_message='There is a draft for this item already.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state', 'published')), expressions=[(models.Func(models.F('item_id'), models.F('item_id'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), (models.Func(models.F('valid_from'), models.F('valid_until'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='item_version_one_a_day', violation_error_message='Another version of this item is valid on one of these days.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.CheckConstraint(condition=models.Q(('valid_until__isnull', True), ('valid_until__gt', models.F('valid_from')), _connector='OR'), name='item_version_is_valid_for_some_time', violation_error_message='A version ends after it begins.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('published_at__isnull', True), ('published_by__isnull', True), ('state', 'draft')), models.Q(('published_at__isnull', False), ('published_by__isnull', False), ('state', 'published'), models.Q(('published_by', models.F('drafted_by')), _negated=True)), _connector='OR'), name='item_version_was_published_by_another', violation_error_message='Whoever wrote a version cannot publish it.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('statutory_number__isnull', True), ('statutory_unit', '')), models.Q(('statutory_number__isnull', False), models.Q(('statutory_unit', ''), _negated=True)), _connector='OR'), name='item_version_statutory_limit_has_unit', violation_error_message='A statutory limit has a number and a unit.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.CheckConstraint(condition=models.Q(('statutory_number__isnull', True), django.db.models.lookups.LessThanOrEqual(django.db.models.expressions.CombinedExpression(models.F('committed_number'), '*', models.Case(models.When(committed_unit='wd', then=models.Value(336)), models.When(committed_unit='d', then=models.Value(240)), models.When(committed_unit='h', then=models.Value(10)), models.When(committed_unit='wh', then=models.Value(48)), models.When(committed_unit='m', then=models.Value(7200)), models.When(committed_unit='y', then=models.Value(87600)), output_field=models.IntegerField())), django.db.models.expressions.CombinedExpression(models.F('statutory_number'), '*', models.Case(models.When(statutory_unit='wd', then=models.Value(336)), models.When(statutory_unit='d', then=models.Value(240)), models.When(statutory_unit='h', then=models.Value(10)), models.When(statutory_unit='wh', then=models.Value(48)), models.When(statutory_unit='m', then=models.Value(7200)), models.When(statutory_unit='y', then=models.Value(87600)), output_field=models.IntegerField()))), _connector='OR'), name='item_version_keeps_to_the_law', violation_error_message='The committed limit is longer than the statutory one.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.CheckConstraint(condition=models.Q(('statutory_number__isnull', False), django.db.models.lookups.LessThanOrEqual(django.db.models.expressions.CombinedExpression(models.F('committed_number'), '*', models.Case(models.When(committed_unit='wd', then=models.Value(336)), models.When(committed_unit='d', then=models.Value(240)), models.When(committed_unit='h', then=models.Value(10)), models.When(committed_unit='wh', then=models.Value(48)), models.When(committed_unit='m', then=models.Value(7200)), models.When(committed_unit='y', then=models.Value(87600)), output_field=models.IntegerField())), models.Value(6720)), _connector='OR'), name='item_version_is_bounded_without_law', violation_error_message='Without a statutory limit at most 20 working days can be promised.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('committed_number', 0), ('committed_unit', 'wd'), ('matter_type', 'instant')), models.Q(('committed_number__gte', 1), ('matter_type', 'committed')), _connector='OR'), name='item_version_at_once_is_the_same_day', violation_error_message='What is settled at once has a limit of 0 working days, all else at least 1.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.CheckConstraint(condition=models.Q(('fees', ''), models.Q(('fee_basis', ''), _negated=True), _connector='OR'), name='item_version_fee_has_basis', violation_error_message='A fee needs the rule that it rests on.'),
        ),
        migrations.AddConstraint(
            model_name='itemversion',
            constraint=models.CheckConstraint(condition=models.Q(('legal_basis', ''), _negated=True), name='item_version_has_basis', violation_error_message='A version needs its legal basis.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='itemversion',
            trigger=pgtrigger.compiler.Trigger(name='item_version_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF OLD.state = 'draft' THEN\n                        RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;\n                    END IF;\n                    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'valid_until' = to_jsonb(OLD) - 'valid_until'\n                       AND NEW.valid_until IS NOT NULL\n                       AND (OLD.valid_until IS NULL OR NEW.valid_until < OLD.valid_until) THEN\n                        RETURN NEW;\n                    END IF;\n                    RAISE EXCEPTION 'pgtrigger: a published version only ends';\n                ", hash='f833a3247fddf94ad29961f58b13005f18e8a822', operation='UPDATE OR DELETE', pgid='pgtrigger_item_version_stays_15069', table='complaints_itemversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='itemversion',
            trigger=pgtrigger.compiler.Trigger(name='item_version_not_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'this table only grows';", hash='2a027fe99566d95f3e57999cff2f4364dbb02d43', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_item_version_not_emptied_51f0c', table='complaints_itemversion', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='serviceitemevent',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4e35ceafad325e819076ce207b99f45ba2908bb5', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_83a19', table='complaints_serviceitemevent', when='BEFORE')),
        ),
    ]
