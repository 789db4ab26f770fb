"""
More time that was reported from outside, and goes again when the report is corrected.

The role of the running portal deletes no row of record (docs/trust.md L-02): the function does that with the rights of
whoever owns the table, and for rows that nobody of the portal granted alone.
"""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

TAKE_BACK = """
CREATE FUNCTION portal_take_back_extensions(promises bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    DELETE FROM efficiency_extension WHERE deadline_id = ANY(promises) AND granted_by_id IS NULL
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ("efficiency", "0014_facts_that_wait"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='extension',
            name='extension_append_only',
        ),
        migrations.AlterField(
            model_name='extension',
            name='granted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='extension',
            trigger=pgtrigger.compiler.Trigger(name='extension_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'DELETE' AND OLD.granted_by_id IS NULL THEN\n                RETURN OLD;\n            END IF;\n            IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - ARRAY['reason'] = to_jsonb(OLD) - ARRAY['reason'] AND NEW.reason IN (OLD.reason, '〔已清除〕') AND OLD.granted_at <= now() - interval '10 years' THEN\n                RETURN NEW;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='f2bb9588d8bc9fa9e42e9f195bedfe04ef1bdc6e', operation='UPDATE OR DELETE', pgid='pgtrigger_extension_append_only_2509d', table='efficiency_extension', when='BEFORE')),
        ),
        migrations.RunSQL(TAKE_BACK, "DROP FUNCTION portal_take_back_extensions(bigint[])"),
    ]
