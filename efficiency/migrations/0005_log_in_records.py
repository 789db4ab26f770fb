"""
Records of log-ins are deleted after a year (docs/trust.md P-10), by a function that deletes nothing else.

It runs with the rights of whoever owns the table; the role of the running portal may call it and still deletes no row of
the record by itself (L-02).
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


FORGET = """
CREATE FUNCTION portal_forget_log_ins(before timestamptz, batch int) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM efficiency_auditrecord
         WHERE id IN (SELECT id FROM efficiency_auditrecord
                       WHERE action IN ('account.log_in', 'account.log_out')
                         AND at < least(before, now() - interval '1 year')
                       ORDER BY at, id LIMIT batch)
        RETURNING id
    )
    SELECT count(*) FROM gone
$$
"""


class Migration(migrations.Migration):

    dependencies = [
        ('efficiency', '0004_fixed_day'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='auditrecord',
            name='audit_append_only',
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='auditrecord',
            trigger=pgtrigger.compiler.Trigger(name='audit_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n            IF TG_OP = 'DELETE' AND OLD.action IN ('account.log_in', 'account.log_out') AND OLD.at < now() - interval '1 year' THEN\n                RETURN OLD;\n            END IF;\n            RAISE EXCEPTION 'pgtrigger: Cannot % rows from % table', lower(TG_OP), TG_TABLE_NAME;\n        ", hash='8654eaca46cbc9e98dba29fee66ad9d0bb0b4935', operation='UPDATE OR DELETE', pgid='pgtrigger_audit_append_only_d51ee', table='efficiency_auditrecord', when='BEFORE')),
        ),
        migrations.RunSQL(FORGET, "DROP FUNCTION portal_forget_log_ins(timestamptz, int)"),
    ]
