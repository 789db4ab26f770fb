"""Names of post-holders are found in a text however they were written: what complaints.sql defines since (Z-08)."""

from django.db import migrations

BEFORE = """                  AND length(u.full_name) >= 2 AND strpos(words, u.full_name) > 0);"""
AFTER = """                  AND length(u.full_name) >= 2
                  AND (strpos(words, u.full_name) > 0
                       -- the name as complaints.names writes it in the second half of the words
                       OR (length(translate(normalize(u.full_name, NFKC), ' .·•・‧-', '')) >= 2
                           AND strpos(words, translate(normalize(u.full_name, NFKC), ' .·•・‧-', '')) > 0)));"""
FUNCTION = """
CREATE OR REPLACE FUNCTION complaints_before_filing(addressed_organ bigint, on_date date, words text, print bigint)
RETURNS TABLE (sequence bigint, case_id bigint, event_id bigint, office_id bigint, officer_ids bigint[],
               is_same_text boolean, names_holder boolean)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
BEGIN
RETURN QUERY
WITH RECURSIVE addressed AS (
    SELECT id, parent_id, coalesce(district_id, CASE WHEN level = 'district' THEN id END) AS district_id
      FROM efficiency_organ WHERE id = addressed_organ
), above AS (
    SELECT id, parent_id FROM addressed
    UNION
    SELECT o.id, o.parent_id FROM efficiency_organ AS o JOIN above ON o.id = above.parent_id
), working AS (
    SELECT p.organ_id, t.user_id
      FROM efficiency_tenure AS t
      JOIN efficiency_post AS p ON p.id = t.post_id AND p.role = 'office_officer'
      JOIN efficiency_organ AS o ON o.id = p.organ_id AND o.kind = 'efficiency_office'
      JOIN efficiency_user AS u ON u.id = t.user_id AND u.is_active
     WHERE t.since <= on_date AND (t.until IS NULL OR t.until > on_date)
), office AS (
    SELECT o.id
      FROM efficiency_organ AS o
     WHERE o.kind = 'efficiency_office' AND (o.until IS NULL OR o.until > on_date)
       AND (o.district_id IS NULL
            OR (o.district_id = (SELECT district_id FROM addressed)
                AND EXISTS (SELECT FROM working WHERE working.organ_id = o.id)))
     ORDER BY o.district_id IS NULL, o.position, o.id
     LIMIT 1
)
SELECT nextval('complaints_case_number'),
       nextval(pg_get_serial_sequence('complaints_case', 'id')),
       nextval(pg_get_serial_sequence('complaints_caseevent', 'id')),
       (SELECT id FROM office),
       ARRAY(SELECT DISTINCT user_id FROM working WHERE organ_id = (SELECT id FROM office) ORDER BY user_id),
       EXISTS (SELECT FROM complaints_case WHERE text_print = print),
       EXISTS (SELECT FROM efficiency_tenure AS t
                 JOIN efficiency_post AS p ON p.id = t.post_id
                 JOIN efficiency_user AS u ON u.id = t.user_id
                WHERE p.organ_id IN (SELECT id FROM above)
                  AND t.since <= on_date AND (t.until IS NULL OR t.until > on_date)
%s
END $$;
"""


class Migration(migrations.Migration):
    """One function is replaced; its parameters and its answer stay, so that the release before runs on as well."""

    dependencies = [
        ("complaints", "0004_doubts"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION % AFTER, FUNCTION % BEFORE),
    ]
