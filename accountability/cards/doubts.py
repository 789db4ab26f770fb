"""
Cards that would no longer be due: put before the office, never silently dropped (docs/domain.md 3.1 rule 13).

After the calendar changed, after a department reported that a promise had ended earlier, after a rehearsal of a moment
that turned out otherwise; and a red card for three yellow ones of which fewer stand, or for
the second identical yellow one where the first was revoked.
"""

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Coalesce

from accountability.cards import by_hand
from accountability.cards.accumulating import QUARTER_START, YELLOWS, final_yellow
from accountability.cards.enums import BY_HAND, Origin
from accountability.cards.withheld import THRESHOLD
from accountability.enums import Colour
from accountability.models import Card
from accountability.models.cards import CardQuerySet
from efficiency.access.persons import also_of
from efficiency.deadlines.models import DeadlineState


def doubtful() -> CardQuerySet:
    """
    Return the standing cards whose threshold, as it stands now, had not passed when they were issued.

    Either it moved behind that moment, or the promise ended before it. What the office has let stand since the dates
    moved is left out.
    """
    not_due = (
        Q(threshold__gt=F("issued_at"))
        | Q(deadline__ended_at__lt=F("threshold"))
        | Q(deadline__state=DeadlineState.SUSPENDED, deadline__suspended_at__lt=F("threshold"))
    )
    moved = Coalesce("deadline__moved_at", "deadline__ended_at", "issued_at")
    of_promise = Q(level__isnull=False, deadline__isnull=False) & not_due
    kept = Q(kept_at__isnull=False) & (Q(kept_at__gte=F("moved_on")) | Q(moved_on__isnull=True))
    left = (
        final_yellow()
        .annotate(of_quarter=QUARTER_START)
        .filter(Exists(also_of("person").filter(pk=OuterRef(OuterRef("person")))), of_quarter=OuterRef("quarter"))
        .order_by()
        .values("of_quarter")
        .annotate(yellows=Count("pk"))
        .values("yellows")
    )
    # Of the natural person; counted for the few that were made of three alone.
    yellows = Case(When(origin=Origin.ACCUMULATED, then=Coalesce(Subquery(left), 0)), default=YELLOWS)
    of_quarter = Q(origin=Origin.ACCUMULATED) & Q(yellows__lt=YELLOWS)
    yellow_at_first = [rule for rule, colour in BY_HAND.items() if colour == Colour.YELLOW]
    of_repetition = Q(rule__in=yellow_at_first, colour=Colour.RED) & ~Exists(by_hand.alike())
    return (
        Card.objects.standing()
        .alias(threshold=THRESHOLD, moved_on=moved, yellows=yellows)
        .filter(of_promise & ~kept | (of_quarter | of_repetition) & Q(kept_at__isnull=True))
    )


def is_doubtful(card: Card) -> bool:
    """Say whether a card would no longer be due."""
    return doubtful().filter(pk=card.pk).exists()
