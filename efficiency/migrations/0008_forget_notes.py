"""
Notes on escalations end when the file of what was promised is kept no longer (docs/trust.md P-10).

The trigger lets a note become what stands where one was, ten years later, and nothing else. Whose notes and reasons end
is decided where the file is: what forgot reasons by the ids of promises knew of no hold, and goes.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


FORGET_BEFORE = """
CREATE FUNCTION portal_forget_reasons(deadlines bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE efficiency_extension SET reason = CASE reason WHEN '' THEN '' ELSE '〔已清除〕' END
     WHERE deadline_id = ANY(deadlines) AND granted_at <= now() - interval '10 years'
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ("efficiency", "0007_promises_by_kind"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='acknowledgement',
            name='acknowledgement_append_only',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='acknowledgement',
            trigger=pgtrigger.compiler.Trigger(name='acknowledgement_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['note'] = to_jsonb(OLD) - ARRAY['note'] AND NEW.note IN (OLD.note, '〔已清除〕') AND OLD.at <= now() - interval '10 years' THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='da8d7a925487a6cf93a783bed0cede621b33c535', operation='UPDATE OR DELETE', pgid='pgtrigger_acknowledgement_append_only_d2a8a', table='efficiency_acknowledgement', when='BEFORE')),
        ),
        migrations.RunSQL("DROP FUNCTION portal_forget_reasons(bigint[])", FORGET_BEFORE),
    ]
