"""
A hold keeps the texts of a case also from whoever calls the function that forgets them (docs/trust.md P-10).

Both the triggers and the function look at the time of the file and at holds, by the clock of the database. With the
texts go what a redirection names under a key of its step, and what the office noted about promises, whose reasons for
more time a function of their own forgot before.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


GONE = "〔已清除〕"
OF_RECORD = {
    "complaints_caseevent": ("public_text", "internal_text"),
    "complaints_recusal": ("reason",),
    "complaints_reveal": ("reason",),
    "complaints_closingreport": ("facts", "basis", "measures", "responsible"),
    "complaints_evaluation": ("text",),
    "complaints_casesummary": ("title", "text"),
}
KEYS = {"complaints_caseevent": ("data", "addressee")}


def forget(table, columns):
    sets = [f"{column} = CASE {column} WHEN '' THEN '' ELSE '{GONE}' END" for column in columns]
    if table in KEYS:
        column, key = KEYS[table]
        sets.append(f"{column} = jsonb_set({column}, '{{{key}}}', '\"{GONE}\"', false)")
    return f"UPDATE {table} SET {', '.join(sets)} WHERE case_id = ANY(ended);"


FORGET = f"""
CREATE FUNCTION portal_forget_texts(cases bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended bigint[];
    promised bigint[];
BEGIN
    SELECT array_agg(c.id) INTO ended FROM complaints_case AS c
     WHERE c.id = ANY(cases)
       AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'
                                                     WHEN '30y' THEN interval '30 years' END
       AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h
                        WHERE h.case_id = c.id AND h.lifted_at IS NULL
                          AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date);
    {" ".join(forget(table, columns) for table, columns in OF_RECORD.items())}
    SELECT array_agg(d.id) INTO promised
      FROM efficiency_deadline AS d JOIN django_content_type AS t ON t.id = d.content_type_id
     WHERE t.app_label = 'complaints' AND t.model = 'case' AND d.object_id = ANY(ended);
    UPDATE efficiency_extension SET reason = CASE reason WHEN '' THEN '' ELSE '{GONE}' END
     WHERE deadline_id = ANY(promised) AND granted_at <= now() - interval '10 years';
    UPDATE efficiency_acknowledgement AS a SET note = CASE note WHEN '' THEN '' ELSE '{GONE}' END
      FROM efficiency_escalation AS e
     WHERE e.id = a.escalation_id AND e.deadline_id = ANY(promised) AND a.at <= now() - interval '10 years';
END
$$
"""
FORGET_BEFORE = f"""
CREATE FUNCTION portal_forget_texts(cases bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    {" ".join(
        "UPDATE {0} SET {1} WHERE case_id = ANY(cases);".format(
            table, ", ".join(f"{column} = CASE {column} WHEN '' THEN '' ELSE '{GONE}' END" for column in columns)
        )
        for table, columns in OF_RECORD.items()
    )}
$$
"""
DROP = "DROP FUNCTION portal_forget_texts(bigint[])"


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0030_mail"),
        ("efficiency", "0011_post_sheets_and_letters"),
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
        pgtrigger.migrations.AddTrigger(
            model_name='caseevent',
            trigger=pgtrigger.compiler.Trigger(name='case_event_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func='\n            IF TG_OP = \'UPDATE\' AND to_jsonb(NEW) - ARRAY[\'public_text\', \'internal_text\', \'data\'] = to_jsonb(OLD) - ARRAY[\'public_text\', \'internal_text\', \'data\'] AND NEW.public_text IN (OLD.public_text, \'〔已清除〕\') AND NEW.internal_text IN (OLD.internal_text, \'〔已清除〕\') AND NEW.data IN (OLD.data, jsonb_set(OLD.data, \'{addressee}\', \'"〔已清除〕"\', false)) AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN \'10y\' THEN interval \'10 years\'\n                                                         WHEN \'30y\' THEN interval \'30 years\' END\n           AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h\n                            WHERE h.case_id = c.id AND h.lifted_at IS NULL\n                              AND h.until >= (now() AT TIME ZONE \'Asia/Shanghai\')::date))\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION \'pgtrigger: Cannot % rows from % table\', lower(TG_OP), TG_TABLE_NAME;\n        ', hash='ae140ae50328e3707484f32faa03312a6df41db6', operation='UPDATE OR DELETE', pgid='pgtrigger_case_event_append_only_a5fa8', table='complaints_caseevent', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='casesummary',
            trigger=pgtrigger.compiler.Trigger(name='case_summary_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['title', 'text'] = to_jsonb(OLD) - ARRAY['title', 'text'] AND NEW.title IN (OLD.title, '〔已清除〕') AND NEW.text IN (OLD.text, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END\n           AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h\n                            WHERE h.case_id = c.id AND h.lifted_at IS NULL\n                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='cd4bfea8b7810d0beda5f47eb91d34c770e816d4', operation='UPDATE OR DELETE', pgid='pgtrigger_case_summary_append_only_77fdd', table='complaints_casesummary', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='closingreport',
            trigger=pgtrigger.compiler.Trigger(name='closing_report_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['facts', 'basis', 'measures', 'responsible'] = to_jsonb(OLD) - ARRAY['facts', 'basis', 'measures', 'responsible'] AND NEW.facts IN (OLD.facts, '〔已清除〕') AND NEW.basis IN (OLD.basis, '〔已清除〕') AND NEW.measures IN (OLD.measures, '〔已清除〕') AND NEW.responsible IN (OLD.responsible, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END\n           AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h\n                            WHERE h.case_id = c.id AND h.lifted_at IS NULL\n                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='bf23fb713f4223ea56b096103f94b46acda5d368', operation='UPDATE OR DELETE', pgid='pgtrigger_closing_report_append_only_d349d', table='complaints_closingreport', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='evaluation',
            trigger=pgtrigger.compiler.Trigger(name='evaluation_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['text'] = to_jsonb(OLD) - ARRAY['text'] AND NEW.text IN (OLD.text, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END\n           AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h\n                            WHERE h.case_id = c.id AND h.lifted_at IS NULL\n                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='6022593683017dab5df304b5e32b5292ecc8ca53', operation='UPDATE OR DELETE', pgid='pgtrigger_evaluation_append_only_7d1da', table='complaints_evaluation', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='recusal',
            trigger=pgtrigger.compiler.Trigger(name='recusal_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason'] = to_jsonb(OLD) - ARRAY['reason'] AND NEW.reason IN (OLD.reason, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END\n           AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h\n                            WHERE h.case_id = c.id AND h.lifted_at IS NULL\n                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='5f9eebacbc0149e06bea60e3762960c7693ec7c8', operation='UPDATE OR DELETE', pgid='pgtrigger_recusal_append_only_3ca11', table='complaints_recusal', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='reveal',
            trigger=pgtrigger.compiler.Trigger(name='reveal_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason'] = to_jsonb(OLD) - ARRAY['reason'] AND NEW.reason IN (OLD.reason, '〔已清除〕') AND \nEXISTS (SELECT FROM complaints_case AS c\n         WHERE c.id = OLD.case_id\n           AND c.archived_at <= now() - CASE c.retention WHEN '10y' THEN interval '10 years'\n                                                         WHEN '30y' THEN interval '30 years' END\n           AND NOT EXISTS (SELECT FROM complaints_retentionhold AS h\n                            WHERE h.case_id = c.id AND h.lifted_at IS NULL\n                              AND h.until >= (now() AT TIME ZONE 'Asia/Shanghai')::date))\n THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='8fdabad4628ba969d5843905a2d13cefe62a0b88', operation='UPDATE OR DELETE', pgid='pgtrigger_reveal_append_only_cf8b4', table='complaints_reveal', when='BEFORE')),
        ),
        migrations.RunSQL([DROP, FORGET], [DROP, FORGET_BEFORE]),
    ]
