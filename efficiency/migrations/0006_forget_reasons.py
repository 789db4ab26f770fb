"""
Reasons of extensions end when the file of what was promised is kept no longer (docs/trust.md P-10).

The trigger lets a reason become what stands where one was, ten years later, and nothing else; the function does that
with the rights of whoever owns the table. The role of the running portal may call it and still changes no row of record
(L-02).
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


FORGET = """
CREATE FUNCTION portal_forget_reasons(deadlines bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE efficiency_extension SET reason = CASE reason WHEN '' THEN '' ELSE '〔已清除〕' END
     WHERE deadline_id = ANY(deadlines) AND granted_at <= now() - interval '10 years'
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('efficiency', '0005_log_in_records'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='extension',
            name='extension_append_only',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='extension',
            trigger=pgtrigger.compiler.Trigger(name='extension_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason'] = to_jsonb(OLD) - ARRAY['reason'] AND NEW.reason IN (OLD.reason, '〔已清除〕') AND OLD.granted_at <= now() - interval '10 years' THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='530503b27f57b90204b0c3cdee0e3d5ebef072d1', operation='UPDATE OR DELETE', pgid='pgtrigger_extension_append_only_2509d', table='efficiency_extension', when='BEFORE')),
        ),
        migrations.RunSQL(FORGET, "DROP FUNCTION portal_forget_reasons(bigint[])"),
    ]
