"""What must hold for plans after any fault (docs/trust.md 3.2)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant

_TYPE = "(SELECT id FROM django_content_type WHERE app_label = 'targets' AND model = 'plan')"

# Weights of blocks sum to 100, and so do those of the indicators of each block, and of the parts of each composite, in
# whatever was put or approved.
WEIGHTS_WRONG = """
SELECT (SELECT count(*) FROM targets_revision AS r
         WHERE r.state <> 'draft'
           AND (SELECT sum(weight) FROM targets_block WHERE revision_id = r.id) IS DISTINCT FROM 100)
     + (SELECT count(*) FROM targets_block AS b JOIN targets_revision AS r ON r.id = b.revision_id
         WHERE r.state <> 'draft'
           AND (SELECT sum(weight) FROM targets_indicator
                WHERE block_id = b.id AND part_of = '') IS DISTINCT FROM 100)
     + (SELECT count(*) FROM targets_indicator AS i JOIN targets_revision AS r ON r.id = i.revision_id
         WHERE r.state <> 'draft' AND i.source = 'parts'
           AND (SELECT sum(weight) FROM targets_indicator
                 WHERE block_id = i.block_id AND part_of = i.key) IS DISTINCT FROM 100)
     + (SELECT count(*) FROM targets_indicator AS i JOIN targets_revision AS r ON r.id = i.revision_id
         WHERE r.state <> 'draft' AND i.part_of <> ''
           AND NOT EXISTS (SELECT FROM targets_indicator AS w
                            WHERE w.block_id = i.block_id AND w.key = i.part_of AND w.source = 'parts'))
"""
# A plan that was approved is signed by both sides, or the signature is promised as long as it can be given.
UNSIGNED_WITHOUT_PROMISE = f"""
SELECT count(*) FROM targets_plan AS p
 WHERE (p.state IN ('approved', 'in_force') AND p.signed_at IS NULL)::int <> (
       SELECT count(*) FROM efficiency_deadline AS d
        WHERE d.content_type_id = {_TYPE} AND d.object_id = p.id AND d.kind = 'targets.sign' AND d.ended_at IS NULL)
    OR (p.signed_at IS NOT NULL AND 2 <> (SELECT count(*) FROM targets_plansignature WHERE plan_id = p.id))
"""  # noqa: S608 - put together from our own constants
# What was signed is the text of the revision, nobody signed for both sides, and who reaches the plan signed first.
SIGNED_WRONGLY = """
SELECT (SELECT count(*) FROM targets_plansignature AS s JOIN targets_revision AS r ON r.id = s.revision_id
         WHERE s.sha256 <> r.text_sha256 OR s.plan_id <> r.plan_id
            OR r.text_sha256 <> encode(sha256(convert_to(r.text, 'UTF8')), 'hex'))
     + (SELECT count(*) FROM targets_plansignature AS o
         WHERE o.side = 'office' AND NOT EXISTS (
               SELECT FROM targets_plansignature AS s
                WHERE s.revision_id = o.revision_id AND s.side = 'organ' AND s.at <= o.at AND s.user_id <> o.user_id))
"""
# The revision that holds is the approved one of the very plan; an indicator stands in the revision of its block.
REVISION_WRONG = """
SELECT (SELECT count(*) FROM targets_plan AS p JOIN targets_revision AS r ON r.id = p.revision_id
         WHERE r.plan_id <> p.id OR r.state <> 'approved')
     + (SELECT count(*) FROM targets_indicator AS i JOIN targets_block AS b ON b.id = i.block_id
         WHERE b.revision_id <> i.revision_id)
     + (SELECT count(*) FROM targets_plan AS p JOIN efficiency_post AS s ON s.id = p.post_id
         WHERE s.organ_id <> p.organ_id)
"""
EVENTS_DIFFER = """
SELECT count(*) FROM targets_plan AS p
  JOIN LATERAL (SELECT count(*) AS count, max(number) AS last FROM targets_planevent WHERE plan_id = p.id) AS e ON true
 WHERE e.count <> p.version OR e.last IS DISTINCT FROM p.version
    OR p.state IS DISTINCT FROM (SELECT to_state FROM targets_planevent WHERE plan_id = p.id AND number = p.version)
"""
EVENTS_WITH_GAP = """
SELECT count(*) FROM (
    SELECT from_state, lag(to_state, 1, '') OVER (PARTITION BY plan_id ORDER BY number) AS before
      FROM targets_planevent
) AS step WHERE from_state <> before
"""
# Who approved has not drafted, put or agreed at any time; who confirmed a change has had no part in it since it began.
DECIDED_ALONE = """
SELECT (SELECT count(*) FROM targets_plan
         WHERE approved_by_id IN (drafted_by_id, put_by_id, agreed_by_id))
     + (SELECT count(*) FROM targets_revision
         WHERE state IN ('approved', 'superseded') AND confirmed_by_id IN (drafted_by_id, proposed_by_id))
     + (SELECT count(*) FROM targets_planevent AS d
         WHERE d.action IN ('approve', 'impose') AND EXISTS (
               SELECT FROM targets_planevent AS s
                WHERE s.plan_id = d.plan_id AND s.actor_id = d.actor_id
                  AND s.action IN ('draft', 'edit', 'put', 'agree', 'counter', 'answer')))
     + (SELECT count(*) FROM targets_planevent AS d
         WHERE d.action = 'confirm_change' AND EXISTS (
               SELECT FROM targets_planevent AS s
                WHERE s.plan_id = d.plan_id AND s.actor_id = d.actor_id AND s.number < d.number
                  AND s.action IN ('begin_change', 'edit_change', 'propose_change')
                  AND s.number >= (SELECT max(b.number) FROM targets_planevent AS b
                                    WHERE b.plan_id = d.plan_id AND b.number < d.number
                                      AND b.action = 'begin_change')))
"""
# What runs is what the state asks for: the word of who has to reach it, an answer, approval, decision on a change.
PROMISES_DIFFER = f"""
SELECT count(*) FROM targets_plan AS p
  LEFT JOIN LATERAL (
      SELECT array_agg(d.kind::text ORDER BY d.kind::text) AS kinds FROM efficiency_deadline AS d
       WHERE d.content_type_id = {_TYPE} AND d.object_id = p.id AND starts_with(d.kind, 'targets.plan_')
         AND d.ended_at IS NULL
  ) AS runs ON true
 WHERE coalesce(runs.kinds, '{{}}') <> CASE
       WHEN p.state = 'put' AND p.countered_at IS NOT NULL AND p.answered_at IS NULL THEN ARRAY['targets.plan_answer']
       WHEN p.state = 'put' THEN ARRAY['targets.plan_agree']
       WHEN p.state = 'agreed' THEN ARRAY['targets.plan_approve']
       WHEN p.state = 'in_force' AND EXISTS (
            SELECT FROM targets_revision AS r WHERE r.plan_id = p.id AND r.number > 1 AND r.state = 'proposed')
       THEN ARRAY['targets.plan_change']
       ELSE '{{}}'::text[] END
"""  # noqa: S608 - put together from our own constants
# What was set without agreement was set after the time to agree was over, with a reason as long as texts are kept.
IMPOSED_EARLY = f"""
SELECT count(*) FROM targets_planevent AS e JOIN targets_plan AS p ON p.id = e.plan_id
 WHERE e.action = 'impose'
   AND ((e.text = '' AND p.erased_at IS NULL) OR p.imposed_at IS NULL OR NOT EXISTS (
        SELECT FROM efficiency_deadline AS d
         WHERE d.content_type_id = {_TYPE} AND d.object_id = p.id AND d.kind = 'targets.plan_agree'
           AND d.ended_at = e.at AND d.overdue_at <= e.at))
"""  # noqa: S608 - put together from our own constants
DUE_DIFFERS = f"""
SELECT count(*) FROM targets_plan AS p
 WHERE p.next_due_at IS DISTINCT FROM (
       SELECT min(d.due_at) FROM efficiency_deadline AS d
        WHERE d.content_type_id = {_TYPE} AND d.object_id = p.id AND d.state = 'open')
"""  # noqa: S608 - put together from our own constants


def register() -> None:
    """Make the checks known; called once, when the app is ready."""
    register_invariant("I-03", _("Each approved plan is signed, or its signature is promised."),
                       count_sql(UNSIGNED_WITHOUT_PROMISE))  # fmt: skip
    register_invariant("I-03", _("Each plan on its way is promised what its state asks for."),
                       count_sql(PROMISES_DIFFER))  # fmt: skip
    register_invariant("I-08", _("No plan is set without agreement as long as there is time to agree."),
                       count_sql(IMPOSED_EARLY))  # fmt: skip
    register_invariant("I-07", _("Events of plans are numbered without gap."), count_sql(EVENTS_DIFFER))
    register_invariant("I-07", _("Each step of a plan begins where the last ended."), count_sql(EVENTS_WITH_GAP))
    register_invariant("I-07", _("Due days of plans are right."), count_sql(DUE_DIFFERS))
    register_invariant("I-08", _("Nobody decides on the own part in a plan."), count_sql(DECIDED_ALONE))
    register_invariant("I-18", _("Weights of plans sum to 100."), count_sql(WEIGHTS_WRONG))
    register_invariant("I-18", _("The revision of a plan that holds is its own."), count_sql(REVISION_WRONG))
    register_invariant("I-34", _("What is signed is the text of the plan."), count_sql(SIGNED_WRONGLY))
