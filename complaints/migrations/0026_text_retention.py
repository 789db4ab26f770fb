"""
Texts of cases end when their files are kept no longer (docs/trust.md P-10).

In tables of record a trigger lets a text become what stands where one was, and nothing else; the function does that with
the rights of whoever owns the tables. The role of the running portal may call it and still changes no row of record (L-02).
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


GONE = "〔已清除〕"
OF_RECORD = {
    "complaints_caseevent": ("public_text", "internal_text"),
    "complaints_recusal": ("reason",),
    "complaints_reveal": ("reason",),
    "complaints_closingreport": ("facts", "basis", "measures", "responsible"),
    "complaints_evaluation": ("text",),
    "complaints_casesummary": ("title", "text"),
}


def forget(table, columns):
    sets = ", ".join(f"{column} = CASE {column} WHEN '' THEN '' ELSE '{GONE}' END" for column in columns)
    return f"UPDATE {table} SET {sets} WHERE case_id = ANY(cases);"


FORGET = f"""
CREATE FUNCTION portal_forget_texts(cases bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    {" ".join(forget(table, columns) for table, columns in OF_RECORD.items())}
$$
"""


KEPT = """
UPDATE complaints_case AS c
   SET retention = e.data->>'retention'
  FROM complaints_caseevent AS e
 WHERE e.case_id = c.id AND e.number = (SELECT max(number) FROM complaints_caseevent AS last
                                         WHERE last.case_id = c.id AND last.data ? 'retention')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0025_retention'),
        ('efficiency', '0005_log_in_records'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='caseevent',
            name='case_event_append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='casesummary',
            name='case_summary_append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='closingreport',
            name='closing_report_append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='evaluation',
            name='evaluation_append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='recusal',
            name='recusal_append_only',
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name='reveal',
            name='reveal_append_only',
        ),
        migrations.AddField(
            model_name='case',
            name='retention',
            field=models.CharField(blank=True, choices=[('permanent', 'permanent'), ('30y', '30 years'), ('10y', '10 years')], db_default='', default='', editable=False, max_length=10, verbose_name='kept for'),
        ),
        migrations.AddField(
            model_name='case',
            name='texts_erased_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('archived_at__isnull', False), ('texts_erased_at__isnull', True)), fields=['retention', 'archived_at'], name='case_texts_to_be_erased'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='caseevent',
            trigger=pgtrigger.compiler.Trigger(name='case_event_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['public_text', 'internal_text'] = to_jsonb(OLD) - ARRAY['public_text', 'internal_text'] AND NEW.public_text IN (OLD.public_text, '〔已清除〕') AND NEW.internal_text IN (OLD.internal_text, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END)\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='aad946d7302a21227b94030c8af7e3de2bcf50d5', operation='UPDATE OR DELETE', pgid='pgtrigger_case_event_append_only_a5fa8', table='complaints_caseevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='casesummary',
            trigger=pgtrigger.compiler.Trigger(name='case_summary_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['title', 'text'] = to_jsonb(OLD) - ARRAY['title', 'text'] AND NEW.title IN (OLD.title, '〔已清除〕') AND NEW.text IN (OLD.text, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END)\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='fddefac8c42243ef6b83698687cfc12c7b334046', operation='UPDATE OR DELETE', pgid='pgtrigger_case_summary_append_only_77fdd', table='complaints_casesummary', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closingreport',
            trigger=pgtrigger.compiler.Trigger(name='closing_report_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['facts', 'basis', 'measures', 'responsible'] = to_jsonb(OLD) - ARRAY['facts', 'basis', 'measures', 'responsible'] AND NEW.facts IN (OLD.facts, '〔已清除〕') AND NEW.basis IN (OLD.basis, '〔已清除〕') AND NEW.measures IN (OLD.measures, '〔已清除〕') AND NEW.responsible IN (OLD.responsible, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END)\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='8e9f390e779b9b4a70c4564e56c5e6c17f128bda', operation='UPDATE OR DELETE', pgid='pgtrigger_closing_report_append_only_d349d', table='complaints_closingreport', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evaluation',
            trigger=pgtrigger.compiler.Trigger(name='evaluation_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['text'] = to_jsonb(OLD) - ARRAY['text'] AND NEW.text IN (OLD.text, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END)\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='2ed1b0cf98af585ff47d6118680630485409b990', operation='UPDATE OR DELETE', pgid='pgtrigger_evaluation_append_only_7d1da', table='complaints_evaluation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recusal',
            trigger=pgtrigger.compiler.Trigger(name='recusal_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason'] = to_jsonb(OLD) - ARRAY['reason'] AND NEW.reason IN (OLD.reason, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END)\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='c543923ac317247c614e4df1dc771a77a42bb53f', operation='UPDATE OR DELETE', pgid='pgtrigger_recusal_append_only_3ca11', table='complaints_recusal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reveal',
            trigger=pgtrigger.compiler.Trigger(name='reveal_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason'] = to_jsonb(OLD) - ARRAY['reason'] AND NEW.reason IN (OLD.reason, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END)\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='8f75632960ce6f5ac06be02c4545cac86c3df2d1', operation='UPDATE OR DELETE', pgid='pgtrigger_reveal_append_only_cf8b4', table='complaints_reveal', when='BEFORE')),
        ),
        migrations.RunSQL(FORGET, "DROP FUNCTION portal_forget_texts(bigint[])"),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
