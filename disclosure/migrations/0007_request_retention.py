"""
What was written about a request ends ten years after it, unless a hold is on it (docs/trust.md P-10).

In tables of record a trigger lets a text become what stands where one was, and nothing else; the function does that with
the rights of whoever owns the tables. Both look at the end of the request and at holds, by the clock of the database: the
role of the running portal may call it and still changes no row of record (L-02). It returns whose texts it took.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


GONE = "〔已清除〕"
TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'disclosure' AND model = 'informationrequest')"
FORGET = f"""
CREATE FUNCTION portal_forget_requests(requests bigint[]) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended bigint[];
BEGIN
    SELECT array_agg(r.id) INTO ended FROM disclosure_informationrequest AS r
     WHERE r.id = ANY(requests) AND r.ended_at <= now() - interval '10 years'
       AND NOT EXISTS (SELECT FROM disclosure_requesthold AS h
                        WHERE h.request_id = r.id AND h.lifted_at IS NULL
                          AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date);
    UPDATE disclosure_requestevent
       SET public_text = CASE public_text WHEN '' THEN '' ELSE '{GONE}' END,
           internal_text = CASE internal_text WHEN '' THEN '' ELSE '{GONE}' END
     WHERE request_id = ANY(ended);
    UPDATE disclosure_requestlook SET reason = '{GONE}' WHERE request_id = ANY(ended);
    UPDATE efficiency_extension AS x SET reason = '{GONE}'
      FROM efficiency_deadline AS d
     WHERE d.id = x.deadline_id AND d.content_type_id = {TYPE} AND d.object_id = ANY(ended)
       AND x.granted_at <= now() - interval '10 years' AND x.reason <> '';
    UPDATE efficiency_acknowledgement AS a SET note = '{GONE}'
      FROM efficiency_escalation AS e
     WHERE e.id = a.escalation_id AND e.content_type_id = {TYPE} AND e.object_id = ANY(ended)
       AND a.at <= now() - interval '10 years' AND a.note <> '';
    RETURN coalesce(ended, ARRAY[]::bigint[]);
END
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ("disclosure", "0006_words_across_marks"),
        ('efficiency', '0020_deadlines_counted'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CountedPeriod',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_on', models.DateField()),
                ('last_on', models.DateField()),
                ('counted_at', models.DateTimeField()),
                ('figures', models.JSONField(default=dict)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('first_on', 'last_on'), name='one_count_of_a_period')],
            },
        ),
        migrations.CreateModel(
            name='RequestHold',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField(verbose_name='reason')),
                ('until', models.DateField(verbose_name='last day')),
                ('placed_at', models.DateTimeField(verbose_name='placed at')),
                ('lifted_at', models.DateTimeField(blank=True, null=True, verbose_name='lifted at')),
                ('lift_reason', models.TextField(blank=True, verbose_name='reason for lifting it')),
            ],
            options={
                'verbose_name': 'hold on a request for information',
                'verbose_name_plural': 'holds on requests for information',
            },
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='requestevent',
            name='request_event_append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='requestlook',
            name='request_look_append_only',
        ),
        migrations.AddField(
            model_name='informationrequest',
            name='texts_erased_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='informationrequest',
            index=models.Index(condition=models.Q(('ended_at__isnull', False), ('texts_erased_at__isnull', True)), fields=['ended_at'], name='request_texts_to_erase'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requestevent',
            trigger=pgtrigger.compiler.Trigger(name='request_event_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['public_text', 'internal_text'] = to_jsonb(OLD) - ARRAY['public_text', 'internal_text'] AND NEW.public_text IN (OLD.public_text, '〔已清除〕') AND NEW.internal_text IN (OLD.internal_text, '〔已清除〕') AND \nEXISTS (SELECT FROM disclosure_informationrequest AS r\n         WHERE r.id = OLD.request_id AND r.ended_at <= now() - interval '10 years'\n           AND NOT EXISTS (SELECT FROM disclosure_requesthold AS h\n                            WHERE h.request_id = r.id AND h.lifted_at IS NULL\n                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='9669ad7d51727f7ba221696c18b9ec4087db5a05', operation='UPDATE OR DELETE', pgid='pgtrigger_request_event_append_only_40073', table='disclosure_requestevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='requestlook',
            trigger=pgtrigger.compiler.Trigger(name='request_look_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason'] = to_jsonb(OLD) - ARRAY['reason'] AND NEW.reason IN (OLD.reason, '〔已清除〕') AND \nEXISTS (SELECT FROM disclosure_informationrequest AS r\n         WHERE r.id = OLD.request_id AND r.ended_at <= now() - interval '10 years'\n           AND NOT EXISTS (SELECT FROM disclosure_requesthold AS h\n                            WHERE h.request_id = r.id AND h.lifted_at IS NULL\n                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='c7ce4a0013f0c2b8860383d10e377daf0fe2d96e', operation='UPDATE OR DELETE', pgid='pgtrigger_request_look_append_only_1b7c1', table='disclosure_requestlook', when='BEFORE')),
        ),
        migrations.AddField(
            model_name='requesthold',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='lifted by'),
        ),
        migrations.AddField(
            model_name='requesthold',
            name='placed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='placed by'),
        ),
        migrations.AddField(
            model_name='requesthold',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='disclosure.informationrequest', verbose_name='request for information'),
        ),
        migrations.AddIndex(
            model_name='requesthold',
            index=models.Index(condition=models.Q(('lifted_at__isnull', True)), fields=['request', 'until'], name='request_hold_standing'),
        ),
        migrations.AddIndex(
            model_name='requesthold',
            index=models.Index(fields=['-placed_at', '-id'], name='request_hold_newest'),
        ),
        migrations.AddConstraint(
            model_name='requesthold',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='request_hold_has_reason', violation_error_message='A hold on erasure has a reason.'),
        ),
        migrations.AddConstraint(
            model_name='requesthold',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('lift_reason', ''), ('lifted_at__isnull', True), ('lifted_by__isnull', True)), models.Q(('lifted_at__isnull', False), ('lifted_by__isnull', False), models.Q(('lift_reason', ''), _negated=True)), _connector='OR'), name='request_hold_lift_is_whole', violation_error_message='Whoever lifts a hold on erasure says why.'),
        ),
        migrations.AlterField(
            model_name='informationrequest',
            name='outcome',
            field=models.CharField(blank=True, choices=[('granted', 'granted'), ('already_public', 'public already'), ('partly_granted', 'granted in part'), ('refused', 'refused'), ('not_exist', 'does not exist'), ('not_this_organ', 'for another organ'), ('needs_processing', 'would have to be made first'), ('unclear', 'still unclear after the supplement'), ('other_law', 'under the rules of another law'), ('is_petition', 'petition, report or complaint'), ('repeated', 'repeated'), ('publication', 'public publication'), ('excessive', 'excessive without good reason'), ('reissue', 'confirmation of what was obtained'), ('abandoned', 'abandoned'), ('unpaid', 'given up, as the fee was not paid in time')], max_length=20, verbose_name='outcome'),
        ),
        migrations.AlterField(
            model_name='informationrequest',
            name='state',
            field=models.CharField(choices=[('received', 'received'), ('handling', 'being handled'), ('supplementing', 'waits for the applicant'), ('unpaid', 'waits for the fee'), ('consulting', 'waits for an opinion'), ('drafted', 'answer waits for approval'), ('approved', 'answer waits to be sent'), ('answered', 'answered'), ('abandoned', 'taken as abandoned'), ('withdrawn', 'withdrawn by the applicant'), ('reviewing', 'under review')], default='received', max_length=16, verbose_name='state'),
        ),
        migrations.AlterField(
            model_name='requestanswer',
            name='outcome',
            field=models.CharField(choices=[('granted', 'granted'), ('already_public', 'public already'), ('partly_granted', 'granted in part'), ('refused', 'refused'), ('not_exist', 'does not exist'), ('not_this_organ', 'for another organ'), ('needs_processing', 'would have to be made first'), ('unclear', 'still unclear after the supplement'), ('other_law', 'under the rules of another law'), ('is_petition', 'petition, report or complaint'), ('repeated', 'repeated'), ('publication', 'public publication'), ('excessive', 'excessive without good reason'), ('reissue', 'confirmation of what was obtained'), ('abandoned', 'abandoned'), ('unpaid', 'given up, as the fee was not paid in time')], max_length=20, verbose_name='outcome'),
        ),
        migrations.RunSQL(FORGET, "DROP FUNCTION portal_forget_requests(bigint[])"),
    ]
