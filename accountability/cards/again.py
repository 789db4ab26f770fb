"""
Cards that come again: one was revoked as not due yet, and the promise passes its threshold after all.

The ledger of escalations has each level once, so the engine does not raise it a second time (docs/domain.md 9.3).
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from accountability.cards import deadlines, life, terms, workflow
from accountability.cards.enums import COMES_AGAIN, Origin, RevokeReason
from accountability.cards.withheld import IS_LATE, THRESHOLD
from accountability.models import Card
from accountability.models.cards import CardQuerySet
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Post, Tenure, TenureKind


def due(*, at: datetime) -> CardQuerySet:
    """
    Return the revoked cards that are due at ``at``: the promise was not kept before its threshold, as that stands now.

    What a false clock issued is due by any threshold; what was revoked because its threshold moved, by one that lies
    after the moment of issue. One that came again is not due a second time, and of each colour a promise has one card.
    """
    standing = Card.objects.standing().filter(deadline=OuterRef("deadline"), colour=OuterRef("colour"))
    moved = Q(revoke_reason=RevokeReason.FALSE_CLOCK) | Q(threshold__gt=F("issued_at"))
    revoked = Card.objects.filter(revoke_reason__in=COMES_AGAIN, level__isnull=False, followed_by=None)
    late = revoked.alias(threshold=THRESHOLD).filter(moved, IS_LATE, threshold__lte=at)
    return late.exclude(Exists(standing)).order_by("level", "pk")


@transaction.atomic
def issue(card: Card, /, *, at: datetime) -> Card | None:
    """
    Issue a card that is due anew, with the threshold as its moment, to whoever answered then; None where it is not due.

    Safe to run twice, and two at once: the promise is locked, as by whoever confirms a card by hand for it, then the
    card. A promise has one card of each colour.
    """
    deadlines.lock_promise(card)
    workflow.lock(card)
    if card.deadline_id is None or not due(at=at).filter(pk=card.pk).exists():
        return None
    promise = Deadline.objects.select_related("organ", "post").get(pk=card.deadline_id)
    passed_at = promise.overdue_at if card.level == 2 else promise.red_at
    on = deadlines.day_of(promise.kind, passed_at)
    post = _post_of(card, promise, on)
    organ = post.organ if post else promise.organ
    points = terms.points_of(card.colour, card.rule, on=on)
    person_id = deadlines.answering(post, on) if post else None
    return life.reissue(card, organ, post, person_id, at=at, passed_at=passed_at, points=points)


def _post_of(card: Card, promise: Deadline, on: date) -> Post | None:
    """
    Return the post that answers: the one that a ruling named, else that of the promise.

    Where that names none, the one which whoever is named there held on the day, else as the card had it.
    """
    if card.origin == Origin.REISSUED:
        return card.post
    if promise.post is not None:
        return promise.post
    held = Tenure.objects.running(on).filter(post__organ=promise.organ_id, kind=TenureKind.HOLDER)
    named = held.filter(user=promise.responsible_id) if promise.responsible_id else held.none()
    tenure = named.select_related("post__organ").order_by("-post__is_head", "post__code", "since", "pk").first()
    if tenure is not None:
        return tenure.post
    return card.post if card.organ_id == promise.organ_id else deadlines.head_post(promise.organ)
