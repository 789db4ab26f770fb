"""What must hold for responsibility letters and post sheets after any fault (docs/trust.md I-34, I-35)."""

from django.utils.translation import gettext_lazy as _

from efficiency.audit.verify import count_sql, register_invariant
from efficiency.organs import searching

_VOID = "EXISTS (SELECT FROM efficiency_lettervoid AS v WHERE v.letter_id = l.id)"
_SIGNED = """(
    EXISTS (SELECT FROM efficiency_lettersignature AS s WHERE s.letter_id = l.id AND s.part = 'holder')
    AND (l.leader_post_id IS NULL
         OR EXISTS (SELECT FROM efficiency_lettersignature AS s WHERE s.letter_id = l.id AND s.part = 'leader'))
)"""

# The text is what was signed: neither was changed, whoever wrote to the tables.
TEXT_CHANGED = """
SELECT (SELECT count(*) FROM efficiency_responsibilityletter
         WHERE text_sha256 <> encode(sha256(convert_to(text, 'UTF8')), 'hex'))
     + (SELECT count(*) FROM efficiency_lettersignature AS s
          JOIN efficiency_responsibilityletter AS l ON l.id = s.letter_id WHERE s.text_sha256 <> l.text_sha256)
"""
# The holder signed the own letter, somebody else as the leader, from the post above, and after the holder.
WRONG_SIGNER = """
SELECT count(*) FROM efficiency_lettersignature AS s
  JOIN efficiency_responsibilityletter AS l ON l.id = s.letter_id
  JOIN efficiency_tenure AS t ON t.id = s.tenure_id
 WHERE t.user_id <> s.signed_by_id
    OR CASE s.part WHEN 'holder' THEN s.signed_by_id <> l.holder_id OR s.tenure_id <> l.tenure_id
       ELSE s.signed_by_id = l.holder_id OR t.post_id IS DISTINCT FROM l.leader_post_id
            OR NOT EXISTS (SELECT FROM efficiency_lettersignature AS h
                            WHERE h.letter_id = l.id AND h.part = 'holder' AND h.signed_at <= s.signed_at) END
"""
TWO_LIVING = f"""
SELECT count(*) FROM (
    SELECT FROM efficiency_responsibilityletter AS l WHERE NOT {_VOID} GROUP BY tenure_id, year HAVING count(*) > 1
) AS doubled
"""  # noqa: S608 - put together from our own constants
# A letter that waits has one promise that runs, owed by somebody; any other has none.
PROMISE_WRONG = f"""
SELECT count(*) FROM efficiency_responsibilityletter AS l
 WHERE (NOT {_VOID} AND NOT {_SIGNED})::int <> (
       SELECT count(*) FROM efficiency_deadline AS d
         JOIN django_content_type AS c ON c.id = d.content_type_id
        WHERE c.app_label = 'efficiency' AND c.model = 'responsibilityletter' AND d.object_id = l.id
          AND d.kind = 'letters.sign' AND d.ended_at IS NULL AND d.post_id IS NOT NULL)
"""  # noqa: S608 - put together from our own constants


def register() -> None:
    """Make the checks known; called once Django is ready."""
    register_invariant("I-34", _("The text of a letter is the one that was signed."), count_sql(TEXT_CHANGED))
    register_invariant("I-34", _("Holder and leader signed for themselves, in this order."), count_sql(WRONG_SIGNER))
    register_invariant("I-34", _("A tenure has one living letter a year at most."), count_sql(TWO_LIVING))
    register_invariant("I-34", _("A letter that waits is promised by a post, others not."), count_sql(PROMISE_WRONG))
    register_invariant("I-35", _("Each post is found by what its sheet says."), searching.stale)
