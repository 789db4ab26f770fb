"""
What the engine withheld because a card by hand stood, and the two cards of one promise (docs/domain.md 9.3, 9.5).

Once the card by hand is revoked the engine issues its own, where the promise was not kept before its threshold as that
stands now: at once, or when the threshold passes after all. The red card replaces the yellow one, whichever came first.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, F, OuterRef, Q, QuerySet, When

from accountability.cards import issuing, messages
from accountability.cards.enums import CardState, Origin
from accountability.enums import Colour
from accountability.models import Card
from efficiency.deadlines import registry
from efficiency.deadlines.models import Deadline, DeadlineState, Escalation
from efficiency.deadlines.registry import Batch

# Of a card or an escalation: the moment of its level, as it stands now.
THRESHOLD = Case(
    When(level=2, then=F("deadline__overdue_at")), default=F("deadline__red_at"), output_field=DateTimeField()
)
# Whether the promise was not kept before ``threshold``, once that has passed.
IS_LATE = (
    Q(deadline__state=DeadlineState.OPEN)
    | Q(deadline__state=DeadlineState.SUSPENDED, deadline__suspended_at__gte=F("threshold"))
    | Q(deadline__ended_at__gte=F("threshold"))
)
BESIDE_ENGINE = (Origin.MANUAL, Origin.REISSUED)


def due(*, at: datetime) -> QuerySet[Escalation]:
    """
    Return the levels whose card the engine withheld and is to issue at ``at``: nothing stands in its place any more.

    What was to be kept later after all waits for that, and what was kept before its threshold brings no card.
    """
    beside = Card.objects.filter(deadline=OuterRef("deadline"), origin__in=BESIDE_ENGINE).standing()
    stands = Q(Exists(beside), level=2) | Q(Exists(beside.filter(colour=Colour.RED)), level=3)
    revoked = Card.objects.filter(origin__in=BESIDE_ENGINE, state=CardState.REVOKED, deadline__isnull=False)
    found = Escalation.objects.filter(level__in=issuing.COLOURS, deadline__in=revoked.values("deadline"))
    found = found.exclude(Exists(Card.objects.filter(escalation=OuterRef("pk"), origin=Origin.ENGINE)))
    found = found.alias(threshold=THRESHOLD).filter(~stands, IS_LATE, threshold__lte=at)
    return found.order_by("level", "pk")


@transaction.atomic
def issue(deadline_id: int, /, *, at: datetime) -> list[Card]:
    """
    Issue what the engine withheld from a promise and is due by now, let follow what follows from it, and return it.

    The promise is locked, so that no sweep raises it meanwhile. Safe to run twice, and two at once.
    """
    Deadline.objects.select_for_update(of=("self",), no_key=True).get(pk=deadline_id)
    levels = list(due(at=at).filter(deadline=deadline_id).values_list("level", "pk"))
    for level, pk in levels:
        batch = Batch(level, (pk,))
        if issuing.issue_later(batch, at):
            for follows in registry.handlers(level):
                if follows is not issuing.issue:
                    follows(batch, at)
    pair(deadline_id)
    cards = Card.objects.filter(escalation__in=[pk for _level, pk in levels], origin=Origin.ENGINE)
    issued = list(cards.select_related("organ", "person").order_by("level"))
    for card in issued:
        messages.tell_of_engine(card, at=at)
    return issued


def pair(deadline_id: int, /) -> None:
    """Let the red card of a promise that stands replace the yellow one that stands: the two cost ten in all (9.5)."""
    standing = Card.objects.standing().filter(deadline=deadline_id).order_by("-pk")
    yellow, red = (standing.filter(colour=colour).first() for colour in (Colour.YELLOW, Colour.RED))
    if yellow is not None and red is not None and red.replaces_id != yellow.pk:
        free(yellow)
        Card.objects.filter(pk=red.pk).update(replaces=yellow)


def free(yellow: Card) -> None:
    """Take a yellow card from the red one that replaced it and does not stand, so that another one can."""
    Card.objects.filter(replaces=yellow).update(replaces=None)
