"""
Whom a letter names that was put aside, and the end of what was noted about looks at letters (docs/trust.md Z-07, P-10).

As for texts of cases, a trigger lets a reason become what stands where one was, and a function of the owner's does that.
"""

import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

GONE = "〔已清除〕"
FORGET = f"""
CREATE FUNCTION portal_forget_mail_looks() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE complaints_maillook AS k SET reason = '{GONE}'
      FROM complaints_incomingmail AS m
     WHERE m.id = k.mail_id AND k.at <= now() - interval '10 years' AND k.reason <> '{GONE}'
       AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h
                        WHERE h.case_id IN (m.case_id, m.possible_case_id) AND h.lifted_at IS NULL
                          AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date)
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0037_matters_in_full"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='maillook',
            name='mail_look_append_only',
        ),
        migrations.AddField(
            model_name='incomingmail',
            name='named',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), blank=True, db_default=[], default=list, size=None),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='maillook',
            trigger=pgtrigger.compiler.Trigger(name='mail_look_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason'] = to_jsonb(OLD) - ARRAY['reason'] AND NEW.reason IN (OLD.reason, '〔已清除〕') AND OLD.at <= now() - interval '10 years' THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='a2444189c3f2a6431fa160f11d0ca185bf0c0924', operation='UPDATE OR DELETE', pgid='pgtrigger_mail_look_append_only_86ed4', table='complaints_maillook', when='BEFORE')),
        ),
        migrations.RunSQL(FORGET, "DROP FUNCTION portal_forget_mail_looks()"),
    ]
