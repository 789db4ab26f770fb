"""
Who is told of a level (docs/domain.md 9.2), in SQL: a fixed number of statements whatever the number of promises.

The persons are those who held the posts on the day on which the threshold was passed, so that a sweep that comes late
tells the same people. Each level tells those of the level before as well.
"""

from efficiency.organs.models import OrganKind, Rank, Role, TenureKind

PARAMETERS = {
    "holder": TenureKind.HOLDER.value,
    "stand_in": TenureKind.STAND_IN.value,
    "clerk": Role.CLERK.value,
    "leader": Role.ORGAN_LEADER.value,
    "officer": Role.OFFICE_OFFICER.value,
    "reviewer": Rank.REVIEWER.value,
    "office": OrganKind.EFFICIENCY_OFFICE.value,
}

# Needs ``written``: escalations with organ_id, post_id, responsible_id, level, passed_at. Gives ``told``: which user is
# told in which group; escalations that agree in who owed what, level and day make one group.
COMMON_TABLES = """
owed AS MATERIALIZED (
    SELECT row_number() OVER () AS owed_id, * FROM (
        SELECT DISTINCT organ_id, coalesce(post_id, 0) AS post_id, coalesce(responsible_id, 0) AS responsible_id, level,
               (passed_at AT TIME ZONE 'Asia/Shanghai')::date AS on_date
          FROM written
    ) AS each
), held AS MATERIALIZED (  -- tenures that run on the day; of an account that is closed none does
    SELECT o.owed_id, t.user_id, t.kind, p.id AS post_id, p.organ_id, p.section, p.superior_id
      FROM owed AS o
      JOIN efficiency_post AS p ON p.organ_id = o.organ_id
      JOIN efficiency_tenure AS t
        ON t.post_id = p.id AND t.since <= o.on_date AND (t.until IS NULL OR t.until > o.on_date)
      JOIN efficiency_user AS u ON u.id = t.user_id AND u.is_active
), person AS (  -- the responsible person, as long as he holds a post there
    SELECT DISTINCT o.owed_id, h.user_id FROM owed AS o
      JOIN held AS h ON h.owed_id = o.owed_id AND h.user_id = o.responsible_id
), seat AS (  -- the posts that owe it: the one that is named, else those that the responsible person holds there
    SELECT o.owed_id, o.post_id FROM owed AS o WHERE o.post_id <> 0
     UNION
    SELECT o.owed_id, h.post_id FROM owed AS o
      JOIN held AS h ON h.owed_id = o.owed_id AND h.user_id = o.responsible_id AND h.kind = %(holder)s
     WHERE o.post_id = 0
), owner AS (
    SELECT owed_id, user_id FROM person
     UNION  -- whoever stands in for the post is told beside its holder
    SELECT h.owed_id, h.user_id FROM held AS h JOIN seat AS s ON s.owed_id = h.owed_id AND s.post_id = h.post_id
     WHERE h.kind = %(stand_in)s OR NOT EXISTS (SELECT FROM person WHERE person.owed_id = h.owed_id)
), handler AS (  -- nobody answers for it by name: those who do the work there
    SELECT h.owed_id, h.user_id FROM held AS h JOIN efficiency_post AS p ON p.id = h.post_id
     WHERE p.role IN (%(clerk)s, %(officer)s) AND NOT EXISTS (SELECT FROM owner WHERE owner.owed_id = h.owed_id)
), area AS (  -- from the organ that owes upwards, nearest first
    SELECT DISTINCT o.organ_id AS of_id, o.organ_id AS organ_id, organ.parent_id, organ.kind, 0 AS distance
      FROM owed AS o JOIN efficiency_organ AS organ ON organ.id = o.organ_id
     UNION ALL
    SELECT a.of_id, above.id, above.parent_id, above.kind, a.distance + 1
      FROM area AS a JOIN efficiency_organ AS above ON above.id = a.parent_id
), in_charge AS (  -- the efficiency office: the organ itself if it is one, else that of the nearest government above
    SELECT DISTINCT ON (a.of_id) a.of_id, office.id AS office_id, office.parent_id AS government_id
      FROM area AS a
      JOIN efficiency_organ AS office
        ON office.kind = %(office)s AND office.until IS NULL
       AND (office.id = a.organ_id OR office.parent_id = a.organ_id)
     WHERE a.distance > 0 OR a.kind IN ('government', %(office)s)
     ORDER BY a.of_id, a.distance, (office.id = a.organ_id) DESC, office.position, office.id
), told_post AS (
    SELECT o.owed_id, p.id AS post_id FROM owed AS o  -- section head or reviewer
      JOIN seat AS s ON s.owed_id = o.owed_id
      JOIN efficiency_post AS owing ON owing.id = s.post_id
      JOIN efficiency_post AS p ON p.id = owing.superior_id
        OR (p.organ_id = owing.organ_id AND p.section = owing.section AND p.section <> '' AND p.rank = %(reviewer)s)
     WHERE o.level >= 2
     UNION
    SELECT o.owed_id, p.id FROM owed AS o  -- the leader of the organ; of an office, its heads
      JOIN efficiency_organ AS organ ON organ.id = o.organ_id
      JOIN efficiency_post AS p ON p.organ_id = o.organ_id
       AND (p.role = %(leader)s OR (p.is_head AND (o.level >= 3 OR organ.kind = %(office)s)))
     WHERE o.level >= 2
     UNION
    SELECT o.owed_id, p.id FROM owed AS o  -- the efficiency office; its heads from red on, or where they are alone
      JOIN in_charge AS c ON c.of_id = o.organ_id
      JOIN efficiency_post AS p ON p.organ_id = c.office_id AND (p.role = %(officer)s OR p.is_head)
     WHERE o.level >= 3
        OR (o.level = 2 AND (NOT p.is_head OR NOT EXISTS (
               SELECT FROM efficiency_post AS other
                 JOIN efficiency_tenure AS t ON t.post_id = other.id
                  AND t.since <= o.on_date AND (t.until IS NULL OR t.until > o.on_date)
                WHERE other.organ_id = c.office_id AND other.role = %(officer)s AND NOT other.is_head
           )))
     UNION
    SELECT o.owed_id, p.id FROM owed AS o  -- the leading group
      JOIN in_charge AS c ON c.of_id = o.organ_id
      JOIN efficiency_post AS p ON p.organ_id = c.government_id AND p.is_head
     WHERE o.level >= 4
), told AS MATERIALIZED (
    SELECT person.owed_id, person.user_id
      FROM (
          SELECT owed_id, user_id FROM owner
           UNION
          SELECT owed_id, user_id FROM handler
           UNION
          SELECT tp.owed_id, t.user_id FROM told_post AS tp
            JOIN owed AS o ON o.owed_id = tp.owed_id
            JOIN efficiency_tenure AS t
              ON t.post_id = tp.post_id AND t.since <= o.on_date AND (t.until IS NULL OR t.until > o.on_date)
      ) AS person
      JOIN efficiency_user AS u ON u.id = person.user_id AND u.is_active
)
"""
