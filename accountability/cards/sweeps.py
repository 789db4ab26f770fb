"""
All cards of one sweep taken back in one act of two persons (docs/trust.md D-08).

For the sweep that ran by a false clock while everything was down, and for a rehearsal that should not have been.
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accountability.cards import following, messages
from accountability.cards.enums import NOT_STANDING, Origin
from accountability.cards.refusals import Invalid, NotAllowed, NotInState
from accountability.models import Card, SweepWithdrawal
from accountability.models.cards import CardQuerySet
from efficiency.access.may import may
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.audit.records import record
from efficiency.deadlines.models import Sweep

# The cards, an event for each, the end of what ran about them and of the appeals; whatever their number.
WITHDRAW = """
WITH taken AS (
    SELECT id, state FROM accountability_card
     WHERE origin = 'engine' AND issued_at = %(sweep_at)s AND state <> ALL(%(not_standing)s)
     ORDER BY id FOR NO KEY UPDATE
), moved AS (
    UPDATE accountability_card AS c
       SET state = 'revoked', revoked_at = %(at)s, revoke_reason = 'false_clock', version = c.version + 1
      FROM taken WHERE c.id = taken.id
    RETURNING c.id, c.version, taken.state AS from_state
), ended AS (
    UPDATE efficiency_deadline AS d
       SET state = 'cancelled', ended_at = %(at)s, next_check_at = NULL
     WHERE d.content_type_id = %(type)s AND d.object_id IN (SELECT id FROM taken) AND d.state = 'open'
), ruled AS (
    UPDATE accountability_cardappeal SET result = 'lapsed', ruled_at = %(at)s
     WHERE card_id IN (SELECT id FROM taken) AND result = ''
), written AS (
    INSERT INTO accountability_cardevent (card_id, number, action, actor_id, at, from_state, to_state, text, data)
    SELECT id, version, 'withdraw_sweep', %(by)s, %(at)s, from_state, 'revoked', %(text)s,
           '{"reason": "false_clock"}' FROM moved ORDER BY id
)
SELECT coalesce(array_agg(id ORDER BY id), '{}') FROM moved
"""


def cards_of(sweep: Sweep) -> CardQuerySet:
    """Return the cards that a sweep issued and that still stand; every card carries the moment of its sweep."""
    return Card.objects.standing().filter(origin=Origin.ENGINE, issued_at=sweep.at)


@transaction.atomic
def propose(sweep: Sweep, /, *, by: User, at: datetime, reason: str) -> SweepWithdrawal:
    """
    Propose to take back all cards of a sweep.

    :raises NotAllowed: ``by`` may not, or some of the cards are outside their reach, or their own
    :raises NotInState: that was proposed already, or there is none left
    :raises Invalid: no reason is given
    """
    if not reason.strip():
        raise Invalid("reason", _("Please give the reason."))
    _in_reach(sweep, by)
    if not cards_of(sweep).exists():
        raise NotInState(_("No card of this sweep stands."))
    try:
        with transaction.atomic():
            found = SweepWithdrawal.objects.create(sweep=sweep, reason=reason.strip(), proposed_by=by, proposed_at=at)
    except IntegrityError as error:
        raise NotInState(_("That was proposed already.")) from error
    record("card.propose_sweep_withdrawal", actor=by, obj=found, at=at)
    return found


@transaction.atomic
def confirm(withdrawal: SweepWithdrawal, /, *, by: User, at: datetime) -> int:
    """
    Confirm it by a second natural person: the cards are revoked; return how many. A fixed number of statements.

    Their notices hold no longer from now on (``Follower.swept``). What rests on them finds by their state what has
    become of them, each minute a batch (``clues.fall_away``).

    :raises NotAllowed: ``by`` may not, proposed it, or has a card among them
    :raises NotInState: it was confirmed already
    """
    found = SweepWithdrawal.objects.select_for_update(of=("self",)).select_related("sweep", "proposed_by")
    withdrawal = found.get(pk=withdrawal.pk)
    _in_reach(withdrawal.sweep, by)
    if is_same_person(by, withdrawal.proposed_by):
        raise NotAllowed(_("A second person confirms this."))
    if withdrawal.confirmed_by_id:
        raise NotInState(_("That was confirmed already."))
    with connection.cursor() as cursor:
        cursor.execute(
            WITHDRAW,
            {
                "sweep_at": withdrawal.sweep.at,
                "not_standing": [state.value for state in NOT_STANDING],
                "at": at,
                "by": by.pk,
                "type": ContentType.objects.get_for_model(Card).pk,
                "text": withdrawal.reason,
            },
        )
        (ids,) = cursor.fetchone()
    for follower in following.followers():
        follower.swept(ids, at)
    withdrawal.confirmed_by, withdrawal.confirmed_at, withdrawal.cards = by, at, len(ids)
    withdrawal.save()
    record("card.withdraw_sweep", actor=by, obj=withdrawal, detail={"count": len(ids)}, at=at)
    messages.tell_of_withdrawal(withdrawal, ids, at=at)
    return len(ids)


@transaction.atomic
def drop(withdrawal: SweepWithdrawal, /, *, by: User, at: datetime) -> None:
    """
    Drop a proposal that nobody has confirmed: it is gone, who proposed and who dropped it stay on record.

    :raises NotAllowed: ``by`` may not
    :raises NotInState: it was confirmed already
    """
    found = SweepWithdrawal.objects.select_for_update(of=("self",)).get(pk=withdrawal.pk)
    if not may(by, "card.withdraw_sweep", fresh=True):
        raise NotAllowed(_("You may not take back all cards of this sweep."))
    if found.confirmed_by_id:
        raise NotInState(_("That was confirmed already."))
    detail = {"sweep": found.sweep_id, "proposed_by": found.proposed_by_id}
    record("card.drop_sweep_withdrawal", actor=by, obj=found, detail=detail, at=at)
    found.delete()


def _in_reach(sweep: Sweep, by: User) -> None:
    """
    Refuse who may not take back every card of the sweep.

    :raises NotAllowed: so it is
    """
    may_at_all = may(by, "card.withdraw_sweep", fresh=True)
    known = Card.objects.visible_to(by).exclude(pk__in=Card.objects.own_of(by).values("pk"))
    known = known.exclude(post_id__in=scope_of(by).own_post_ids)
    if not may_at_all or cards_of(sweep).exclude(pk__in=known.values("pk")).exists():
        raise NotAllowed(_("You may not take back all cards of this sweep."))
