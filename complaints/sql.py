"""
The one look before a filing, in SQL because filing is the portal's busiest act and takes as few round trips as it can.

The sequence ``complaints_case_number`` and the function are made by migrations; a test compares what is in the database
with what stands here. Numbers may have gaps and never repeat.
"""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from efficiency.outbox import channels
from efficiency.outbox.models import MessageGroup

# One look at everything that a filing depends on. The office in charge is that of the addressed organ's district if
# somebody works there today, else the city's. A name of a present post-holder of the organ, or of one above it, holds
# the case with the office (docs/trust.md Z-08); so does that of somebody whom the office shows it to, who is kept out
# of it (Z-07). A function, because planning it anew costs five times its answer.
FUNCTION = """
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


# The officers come with how each of them is told of new work, so that their messages need no look of their own.
LOOK = f"""
WITH known AS MATERIALIZED (SELECT * FROM complaints_before_filing(%(organ)s, %(on)s, %(words)s, %(print)s)),
asked AS (SELECT unnest(officer_ids) AS user_id, '{MessageGroup.WORK.value}' AS message_group FROM known)
SELECT sequence, case_id, event_id, office_id, officer_ids, is_same_text, names_holder, named_ids,
       ARRAY(SELECT user_id || ':' || channel FROM ({channels.CHOSEN}) AS chosen ORDER BY user_id, channel)
  FROM known
"""  # noqa: S608 - put together from our own constants


# What was done with a form before: filed, by its token; files kept for it, by the hash that these lie under.
SENT_BEFORE = """
SELECT EXISTS (SELECT FROM complaints_filingtoken WHERE token_hash = %s),
       EXISTS (SELECT FROM efficiency_draftfile WHERE token_hash = %s)
"""


@dataclass(frozen=True, slots=True)
class BeforeFiling:
    """What a filing has to know: numbers to use, office in charge and its officers, and what the text tells."""

    sequence: int
    case_id: int
    event_id: int
    office_id: int | None
    officer_ids: list[int]
    is_same_text: bool
    names_holder: bool
    named_ids: list[int]  # who is named of those to whom the office in charge shows its cases
    chosen: dict[int, list[str]]  # by which channels beside the portal each officer is told


def before_filing(*, organ_id: int | None, text: str, text_print: int, on: date) -> BeforeFiling:
    """Look up, in one statement, what a filing on the local date ``on`` depends on, and draw its numbers."""
    with connection.cursor() as cursor:
        asked = {"organ": organ_id, "on": on, "words": text, "print": text_print}
        cursor.execute(LOOK, asked | channels.parameters())
        *found, chosen = cursor.fetchone()
    pairs = (pair.split(":") for pair in chosen)
    found.append(channels.by_person((int(user_id), channel) for user_id, channel in pairs))
    return BeforeFiling(*found)


def sent_before(*, token_hash: bytes, drafts_hash: bytes) -> tuple[bool, bool]:
    """Say of a form whether it was filed, and whether files are kept for it."""
    with connection.cursor() as cursor:
        cursor.execute(SENT_BEFORE, [token_hash, drafts_hash])
        is_filed, has_files = cursor.fetchone()
        return is_filed, has_files
