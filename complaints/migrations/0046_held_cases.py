"""
Whom a case names is kept out of it and holds it with the office, whoever it is linked to already (Z-07, Z-08).

A supervision order ends with its promise. The function that filing asks gives one column more, behind the others, so
that the release before runs on as well.
"""

from django.db import migrations, models

DROP = "DROP FUNCTION complaints_before_filing(bigint, date, text, bigint);"
BEFORE = """
CREATE FUNCTION complaints_before_filing(addressed_organ bigint, on_date date, words text, print bigint)
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
                  AND length(u.full_name) >= 2
                  AND (strpos(words, u.full_name) > 0
                       -- the name as complaints.names writes it in the second half of the words
                       OR (length(translate(normalize(u.full_name, NFKC), ' .·•・‧-', '')) >= 2
                           AND strpos(words, translate(normalize(u.full_name, NFKC), ' .·•・‧-', '')) > 0)));
END $$;
"""
AFTER = """
CREATE FUNCTION complaints_before_filing(addressed_organ bigint, on_date date, words text, print bigint)
RETURNS TABLE (sequence bigint, case_id bigint, event_id bigint, office_id bigint, officer_ids bigint[],
               is_same_text boolean, names_holder boolean, named_ids bigint[])
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
), over_office AS (
    SELECT id, parent_id FROM efficiency_organ WHERE id = (SELECT id FROM office)
    UNION
    SELECT o.id, o.parent_id FROM efficiency_organ AS o JOIN over_office ON o.id = over_office.parent_id
), reaching AS (  -- from where one reaches what the office has: an efficiency office reaches what its government does
    SELECT o.id FROM efficiency_organ AS o
     WHERE o.id IN (SELECT id FROM over_office)
        OR (o.kind = 'efficiency_office' AND o.parent_id IN (SELECT id FROM over_office))
), named AS (
    SELECT t.user_id, p.organ_id, p.role
      FROM efficiency_tenure AS t
      JOIN efficiency_post AS p ON p.id = t.post_id
      JOIN efficiency_user AS u ON u.id = t.user_id
     WHERE p.organ_id IN (SELECT id FROM above UNION SELECT id FROM reaching)
       AND t.since <= on_date AND (t.until IS NULL OR t.until > on_date)
       AND length(u.full_name) >= 2
       AND (strpos(words, u.full_name) > 0
            -- the name as complaints.names writes it in the second half of the words
            OR (length(translate(normalize(u.full_name, NFKC), ' .·•・‧-', '')) >= 2
                AND strpos(words, translate(normalize(u.full_name, NFKC), ' .·•・‧-', '')) > 0))
)
SELECT nextval('complaints_case_number'),
       nextval(pg_get_serial_sequence('complaints_case', 'id')),
       nextval(pg_get_serial_sequence('complaints_caseevent', 'id')),
       (SELECT id FROM office),
       ARRAY(SELECT DISTINCT user_id FROM working WHERE organ_id = (SELECT id FROM office) ORDER BY user_id),
       EXISTS (SELECT FROM complaints_case WHERE text_print = print),
       EXISTS (SELECT FROM named WHERE organ_id IN (SELECT id FROM above)),
       ARRAY(SELECT DISTINCT user_id FROM named
              WHERE organ_id IN (SELECT id FROM reaching)
                AND role IN ('office_officer', 'inspector', 'appraisal_officer', 'auditor')
              ORDER BY user_id);
END $$;
"""
# Orders whose promise was cancelled when the case went another way: they waited for ever, without a clock.
END_ORDERS = """
UPDATE complaints_supervisionorder AS o SET ended_at = now()
 WHERE o.answered_at IS NULL
   AND NOT EXISTS (SELECT FROM efficiency_deadline AS d
                     JOIN django_content_type AS t ON t.id = d.content_type_id
                    WHERE t.app_label = 'complaints' AND t.model = 'case' AND d.object_id = o.case_id
                      AND d.kind = 'complaints.supervise' AND d.state IN ('open', 'suspended'));
"""


class Migration(migrations.Migration):
    """Nothing that is stored becomes wrong: a constraint is widened, a ground and a column are added."""

    dependencies = [
        ("complaints", "0045_reports_at_less_cost"),
        ("efficiency", "0023_promises_at_less_cost"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.RunSQL(DROP + AFTER, DROP + BEFORE),
        migrations.AlterField(
            model_name="recusal",
            name="ground",
            field=models.CharField(
                choices=[
                    ("person_concerned", "is the person concerned"),
                    ("declared", "has declared a conflict"),
                    ("decided", "was kept out by decision of another person"),
                    ("former_decision", "wrote the decision under review"),
                    ("named", "is named in it, as long as it is not found out who is meant"),
                ],
                max_length=20,
                verbose_name="ground",
            ),
        ),
        migrations.RemoveConstraint(model_name="case", name="case_linked_person_has_post"),
        migrations.AddConstraint(
            model_name="case",
            constraint=models.CheckConstraint(
                name="case_linked_person_has_post",
                condition=models.Q(named_person_state="linked", about_post__isnull=False)
                | models.Q(named_person_state="unresolved")
                | (~models.Q(named_person_state__in=["linked", "unresolved"]) & models.Q(about_post__isnull=True)),
                violation_error_message="A linked person is linked to a post.",
            ),
        ),
        migrations.AddField(
            model_name="supervisionorder",
            name="ended_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunSQL(END_ORDERS, migrations.RunSQL.noop),
        migrations.RemoveIndex(model_name="supervisionorder", name="supervision_order_waiting"),
        migrations.AddIndex(
            model_name="supervisionorder",
            index=models.Index(
                condition=models.Q(("answered_at__isnull", True), ("ended_at__isnull", True)),
                fields=["case"],
                name="supervision_order_unanswered",
            ),
        ),
        migrations.AddConstraint(
            model_name="supervisionorder",
            constraint=models.CheckConstraint(
                name="supervision_order_ends_once",
                condition=models.Q(ended_at__isnull=True) | models.Q(answered_at__isnull=True),
            ),
        ),
    ]
