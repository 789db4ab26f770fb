# What stands at a cut-off is kept with the other figures, by a moment more of each promise. What it adds for what there
# was before is filled in by the worker from notes, batch by batch; until then pages count it as they did.

from django.db import migrations, models

TRIGGERS = (
    (
        """
CREATE FUNCTION figures_deadline_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT about.kind, CASE about.kind WHEN 'promise' THEN changed.id ELSE changed.object_id END AS id  FROM (SELECT each.* FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id CROSS JOIN LATERAL (SELECT n.* UNION ALL SELECT o.* WHERE (n.content_type_id, n.object_id) IS DISTINCT FROM (o.content_type_id, o.object_id)) AS each WHERE (n.organ_id, n.started_at, n.due_at, n.overdue_at, n.red_at, n.met_at, n.ended_at, n.state, n.suspended_days, n.content_type_id, n.object_id, n.promise, n.kind) IS DISTINCT FROM (o.organ_id, o.started_at, o.due_at, o.overdue_at, o.red_at, o.met_at, o.ended_at, o.state, o.suspended_days, o.content_type_id, o.object_id, o.promise, o.kind)) AS changed CROSS JOIN LATERAL (SELECT 
       CASE changed.content_type_id
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'case') THEN 'case'
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'matter') THEN 'matter'
            ELSE 'promise' END AS kind) AS about) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
CREATE TRIGGER figures_deadline_update AFTER UPDATE ON efficiency_deadline REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION figures_deadline_update();
""",
        "DROP TRIGGER figures_deadline_update ON efficiency_deadline; DROP FUNCTION figures_deadline_update();",
    ),
)
# The function is put in the place of the one before: whoever writes promises meanwhile waits for nothing.
MAKE = TRIGGERS[0][0].partition("CREATE TRIGGER")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
BEFORE = MAKE.replace("n.red_at, ", "").replace("o.red_at, ", "")
NOTE = """
INSERT INTO supervision_figurechange (kind, ids)
SELECT kind, array_agg(id ORDER BY id)
  FROM (SELECT kind, id, (row_number() OVER (PARTITION BY kind ORDER BY id) - 1) / 10000 AS batch
          FROM (SELECT 'case' AS kind, id FROM complaints_case
                 UNION ALL
                SELECT 'matter', id FROM complaints_matter
                 UNION ALL
                SELECT 'promise', id FROM efficiency_deadline
                 WHERE content_type_id NOT IN (SELECT id FROM django_content_type
                                                WHERE app_label = 'complaints' AND model IN ('case', 'matter'))
               ) AS subject) AS numbered
 WHERE EXISTS (SELECT FROM supervision_figurestate)
 GROUP BY kind, batch ORDER BY kind, batch
"""


class Migration(migrations.Migration):

    dependencies = [
        ("supervision", "0012_observations_and_turns"),
        ("efficiency", "0025_when_it_turns_red"),
    ]

    operations = [
        migrations.AddField(
            model_name='figurestate',
            name='has_standing',
            field=models.BooleanField(default=False, verbose_name='with what stands'),
        ),
        migrations.RunSQL(MAKE, BEFORE),
        migrations.RunSQL(NOTE, NOTE),
    ]
