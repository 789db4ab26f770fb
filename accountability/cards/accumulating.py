"""
Three final yellow cards of one natural person in a calendar quarter make a red one, once (docs/domain.md 9.6).

A yellow card counts when nothing can be said against it any more: the time for an appeal ran out, or an appeal was
ruled on. The red one is stamped with the moment at which the third became so, whatever the order in which they are
looked at; it takes organ and post of that third.
"""

from datetime import date, datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import DateField, Exists, OuterRef
from django.db.models.functions import Cast, Trunc
from django.utils import timezone

from accountability.cards import deadlines, messages, terms, workflow
from accountability.cards.enums import NOT_STANDING, REVOKED_BY_OFFICE, CardState, Origin, Rule, TermOf
from accountability.enums import Colour
from accountability.models import Card
from accountability.models.cards import CardQuerySet
from efficiency.access import persons
from efficiency.access.models import User
from efficiency.timing.due import ZONE

log = structlog.get_logger(__name__)

YELLOWS = 3
# Whole quarters, and far more than a worker stands still: what is older has made its red card.
LOOKED_BACK = timedelta(days=2 * 366)
QUARTER_START = Cast(Trunc("passed_at", "quarter", tzinfo=ZONE), output_field=DateField())

# The third of each (person, quarter) that has no red card yet; the key makes each red one unique. One that the office
# took back makes room for another when a yellow one becomes the third after that, not before.
THIRDS = """
WITH same AS MATERIALIZED (  -- accounts of those who have several, with the first of each natural person
    SELECT * FROM unnest(%(accounts)s::bigint[], %(firsts)s::bigint[]) AS each (account_id, first_id)
), final AS (
    SELECT c.person_id, coalesce(same.first_id, c.person_id) AS natural_id, c.organ_id, c.post_id, c.final_at,
           date_trunc('quarter', c.passed_at AT TIME ZONE 'Asia/Shanghai')::date AS quarter,
           row_number() OVER (
               PARTITION BY coalesce(same.first_id, c.person_id),
                            date_trunc('quarter', c.passed_at AT TIME ZONE 'Asia/Shanghai')
               ORDER BY c.final_at, c.passed_at, c.id
           ) AS place
      FROM accountability_card AS c
      LEFT JOIN same ON same.account_id = c.person_id
     WHERE c.colour = 'yellow' AND c.final_at IS NOT NULL AND c.person_id IS NOT NULL
       AND c.passed_at >= %(since)s
       AND c.state <> ALL(%(not_standing)s)
)
SELECT person_id, organ_id, post_id, final_at, quarter FROM final
 WHERE place = %(yellows)s
   AND NOT EXISTS (SELECT FROM accountability_card AS red
                    WHERE (red.person_id = final.person_id
                           OR red.person_id IN (SELECT account_id FROM same WHERE first_id = final.natural_id))
                      AND red.quarter = final.quarter
                      AND (red.revoke_reason <> ALL(%(by_office)s) OR red.revoked_at > final.final_at))
 ORDER BY final_at, person_id
"""


def final_yellow() -> CardQuerySet:
    """Return the yellow cards that count towards a red one."""
    return Card.objects.standing().filter(colour=Colour.YELLOW, final_at__isnull=False)


def _same_people() -> dict[int, int]:
    """Return, of the accounts with yellow cards of whoever has several, the first of the same natural person."""
    carded = User.objects.filter(Exists(Card.objects.filter(colour=Colour.YELLOW, person=OuterRef("pk"))))
    namesakes = User.objects.filter(full_name=OuterRef("full_name")).exclude(pk=OuterRef("pk"))
    firsts: dict[int, int] = {}
    for given, other in persons.accounts_of_each(carded.filter(Exists(namesakes)).order_by("pk")):
        firsts[given] = min(other, firsts.get(given, given))
    return firsts


def accumulate(*, at: datetime) -> int:
    """Issue the red cards that three yellow ones make and that are not there yet; return how many that were."""
    same = _same_people()
    with connection.cursor() as cursor:
        cursor.execute(
            THIRDS,
            {
                "accounts": list(same),
                "firsts": list(same.values()),
                "not_standing": [state.value for state in NOT_STANDING],
                "by_office": [reason.value for reason in REVOKED_BY_OFFICE],
                "yellows": YELLOWS,
                "since": at - LOOKED_BACK,
            },
        )
        found = cursor.fetchall()
    issued = 0
    for person_id, organ_id, post_id, final_at, quarter in found:
        try:
            with transaction.atomic():
                issued += _is_issued(person_id, organ_id, post_id, final_at, quarter, at)
        except Exception:  # D-07: what fails with one stops no other
            log.exception("card_not_accumulated", person=person_id)
    return issued


def _is_issued(
    person_id: int, organ_id: int, post_id: int | None, final_at: datetime, quarter: date, at: datetime
) -> bool:
    """Issue the red card of a person and quarter; False where another worker was faster."""
    rows = Card.objects.bulk_create(
        [
            Card(
                colour=Colour.RED,
                origin=Origin.ACCUMULATED,
                rule=Rule.ACCUMULATED,
                state=CardState.ISSUED,
                organ_id=organ_id,
                post_id=post_id,
                person_id=person_id,
                passed_at=final_at,
                issued_at=at,
                points=terms.points_of(TermOf.RED, Rule.ACCUMULATED, on=timezone.localdate(final_at)),
                quarter=quarter,
            )
        ],
        ignore_conflicts=True,
    )
    card = Card.objects.filter(person_id=person_id, quarter=quarter, version=0).first()
    if not rows or card is None:
        return False
    event = workflow.first_event(card, "accumulate", by=None, seat=None, at=at)
    deadlines.open_windows(card, at=at)
    messages.tell(event, (workflow.PERSON, workflow.LEADERS, workflow.OFFICE))
    return True
