# What an update changed is found by counting both sides, not by joining them: the plan of a join is made for the first
# update of a session, mostly of one row, and the same plan over a hundred thousand promises would take hours.

from django.db import migrations

TRIGGERS = (
    (
        """
CREATE FUNCTION figures_case_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT DISTINCT kind, id FROM (SELECT 'case' AS kind, changed.id AS id FROM (SELECT id, kind, category, channel, office_id, received_at FROM (SELECT id, kind, category, channel, office_id, received_at FROM new_rows UNION ALL SELECT id, kind, category, channel, office_id, received_at FROM old_rows) AS side GROUP BY id, kind, category, channel, office_id, received_at HAVING count(*) = 1) AS changed) AS side) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
CREATE TRIGGER figures_case_update AFTER UPDATE ON complaints_case REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION figures_case_update();
""",
        "DROP TRIGGER figures_case_update ON complaints_case; DROP FUNCTION figures_case_update();",
    ),
    (
        """
CREATE FUNCTION figures_reply_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT DISTINCT kind, id FROM (SELECT 'case' AS kind, changed.case_id AS id FROM (SELECT id, case_id, state, outcome, decided_at FROM (SELECT id, case_id, state, outcome, decided_at FROM new_rows UNION ALL SELECT id, case_id, state, outcome, decided_at FROM old_rows) AS side GROUP BY id, case_id, state, outcome, decided_at HAVING count(*) = 1) AS changed) AS side) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
CREATE TRIGGER figures_reply_update AFTER UPDATE ON complaints_reply REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION figures_reply_update();
""",
        "DROP TRIGGER figures_reply_update ON complaints_reply; DROP FUNCTION figures_reply_update();",
    ),
    (
        """
CREATE FUNCTION figures_deadline_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT DISTINCT kind, id FROM (SELECT about.kind, CASE about.kind WHEN 'promise' THEN changed.id ELSE changed.object_id END AS id  FROM (SELECT id, organ_id, started_at, due_at, overdue_at, red_at, met_at, ended_at, state, suspended_days, content_type_id, object_id, promise, kind FROM (SELECT id, organ_id, started_at, due_at, overdue_at, red_at, met_at, ended_at, state, suspended_days, content_type_id, object_id, promise, kind FROM new_rows UNION ALL SELECT id, organ_id, started_at, due_at, overdue_at, red_at, met_at, ended_at, state, suspended_days, content_type_id, object_id, promise, kind FROM old_rows) AS side GROUP BY id, organ_id, started_at, due_at, overdue_at, red_at, met_at, ended_at, state, suspended_days, content_type_id, object_id, promise, kind HAVING count(*) = 1) AS changed CROSS JOIN LATERAL (SELECT 
       CASE changed.content_type_id
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'case') THEN 'case'
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'matter') THEN 'matter'
            ELSE 'promise' END AS kind) AS about) AS side) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
CREATE TRIGGER figures_deadline_update AFTER UPDATE ON efficiency_deadline REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION figures_deadline_update();
""",
        "DROP TRIGGER figures_deadline_update ON efficiency_deadline; DROP FUNCTION figures_deadline_update();",
    ),
    (
        """
CREATE FUNCTION figures_suspension_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT DISTINCT kind, id FROM (SELECT about.kind, CASE about.kind WHEN 'promise' THEN promise.id ELSE promise.object_id END AS id  FROM (SELECT id, deadline_id, started_at, ended_at FROM (SELECT id, deadline_id, started_at, ended_at FROM new_rows UNION ALL SELECT id, deadline_id, started_at, ended_at FROM old_rows) AS side GROUP BY id, deadline_id, started_at, ended_at HAVING count(*) = 1) AS changed JOIN efficiency_deadline AS promise ON promise.id = changed.deadline_id CROSS JOIN LATERAL (SELECT 
       CASE promise.content_type_id
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'case') THEN 'case'
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'matter') THEN 'matter'
            ELSE 'promise' END AS kind) AS about) AS side) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
CREATE TRIGGER figures_suspension_update AFTER UPDATE ON efficiency_suspension REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION figures_suspension_update();
""",
        "DROP TRIGGER figures_suspension_update ON efficiency_suspension; DROP FUNCTION figures_suspension_update();",
    ),
    (
        """
CREATE FUNCTION figures_card_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT DISTINCT kind, id FROM (SELECT 'card' AS kind, changed.id FROM (SELECT id, colour, organ_id, passed_at, issued_at, revoked_at FROM (SELECT id, colour, organ_id, passed_at, issued_at, revoked_at FROM new_rows UNION ALL SELECT id, colour, organ_id, passed_at, issued_at, revoked_at FROM old_rows) AS side GROUP BY id, colour, organ_id, passed_at, issued_at, revoked_at HAVING count(*) = 1) AS changed) AS side) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
CREATE TRIGGER figures_card_update AFTER UPDATE ON accountability_card REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION figures_card_update();
""",
        "DROP TRIGGER figures_card_update ON accountability_card; DROP FUNCTION figures_card_update();",
    ),
    (
        """
CREATE FUNCTION figures_calendarday_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT DISTINCT kind, id FROM (SELECT 'calendar' AS kind, min(changed.date) - date '0001-01-01' AS id FROM (SELECT date, ordinal FROM (SELECT date, ordinal FROM new_rows UNION ALL SELECT date, ordinal FROM old_rows) AS side GROUP BY date, ordinal HAVING count(*) = 1) AS changed) AS side) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
CREATE TRIGGER figures_calendarday_update AFTER UPDATE ON efficiency_calendarday REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION figures_calendarday_update();
""",
        "DROP TRIGGER figures_calendarday_update ON efficiency_calendarday; DROP FUNCTION figures_calendarday_update();",
    ),
)
# As they were.
BEFORE = (
    """
CREATE OR REPLACE FUNCTION figures_case_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT 'case' AS kind, changed.id AS id FROM (SELECT n.* FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE (n.kind, n.category, n.channel, n.office_id, n.received_at) IS DISTINCT FROM (o.kind, o.category, o.channel, o.office_id, o.received_at)) AS changed) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
""",
    """
CREATE OR REPLACE FUNCTION figures_reply_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT 'case' AS kind, changed.case_id AS id FROM (SELECT each.* FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id CROSS JOIN LATERAL (SELECT n.* UNION ALL SELECT o.* WHERE (n.case_id) IS DISTINCT FROM (o.case_id)) AS each WHERE (n.case_id, n.state, n.outcome, n.decided_at) IS DISTINCT FROM (o.case_id, o.state, o.outcome, o.decided_at)) AS changed) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
""",
    """
CREATE OR REPLACE FUNCTION figures_deadline_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT about.kind, CASE about.kind WHEN 'promise' THEN changed.id ELSE changed.object_id END AS id  FROM (SELECT each.* FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id CROSS JOIN LATERAL (SELECT n.* UNION ALL SELECT o.* WHERE (n.content_type_id, n.object_id) IS DISTINCT FROM (o.content_type_id, o.object_id)) AS each WHERE (n.organ_id, n.started_at, n.due_at, n.overdue_at, n.red_at, n.met_at, n.ended_at, n.state, n.suspended_days, n.content_type_id, n.object_id, n.promise, n.kind) IS DISTINCT FROM (o.organ_id, o.started_at, o.due_at, o.overdue_at, o.red_at, o.met_at, o.ended_at, o.state, o.suspended_days, o.content_type_id, o.object_id, o.promise, o.kind)) AS changed CROSS JOIN LATERAL (SELECT 
       CASE changed.content_type_id
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'case') THEN 'case'
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'matter') THEN 'matter'
            ELSE 'promise' END AS kind) AS about) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
""",
    """
CREATE OR REPLACE FUNCTION figures_suspension_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT about.kind, CASE about.kind WHEN 'promise' THEN promise.id ELSE promise.object_id END AS id  FROM (SELECT n.* FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE (n.started_at, n.ended_at) IS DISTINCT FROM (o.started_at, o.ended_at)) AS changed JOIN efficiency_deadline AS promise ON promise.id = changed.deadline_id CROSS JOIN LATERAL (SELECT 
       CASE promise.content_type_id
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'case') THEN 'case'
            WHEN (SELECT id FROM django_content_type WHERE app_label = 'complaints' AND model = 'matter') THEN 'matter'
            ELSE 'promise' END AS kind) AS about) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
""",
    """
CREATE OR REPLACE FUNCTION figures_card_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT 'card' AS kind, changed.id FROM (SELECT n.* FROM new_rows AS n JOIN old_rows AS o ON o.id = n.id WHERE (n.colour, n.organ_id, n.passed_at, n.issued_at, n.revoked_at) IS DISTINCT FROM (o.colour, o.organ_id, o.passed_at, o.issued_at, o.revoked_at)) AS changed) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
""",
    """
CREATE OR REPLACE FUNCTION figures_calendarday_update()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO supervision_figurechange (kind, ids)
    SELECT kind, array_agg(id::bigint) FROM (SELECT 'calendar' AS kind, min(changed.date) - date '0001-01-01' AS id FROM (SELECT n.* FROM new_rows AS n JOIN old_rows AS o ON o.date = n.date WHERE (n.ordinal) IS DISTINCT FROM (o.ordinal)) AS changed) AS touched WHERE id IS NOT NULL GROUP BY kind;
    RETURN NULL;
END $$;
""",
)


def _function(make: str) -> str:
    """Return what puts the function in the place of the one before: whoever writes meanwhile waits for nothing."""
    return make.partition("CREATE TRIGGER")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):

    dependencies = [
        ("supervision", "0014_bulletin_work"),
    ]

    operations = [
        migrations.RunSQL(_function(make), before) for (make, _drop), before in zip(TRIGGERS, BEFORE, strict=True)
    ]
