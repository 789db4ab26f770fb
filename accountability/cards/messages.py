"""Who is told of a step with a card; a message names it by its number and nothing else (docs/trust.md Z-15)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum

from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accountability.cards import deadlines
from accountability.cards.enums import CardState, Origin
from accountability.models import Card, CardEvent, SweepWithdrawal
from efficiency.access.models import User
from efficiency.access.persons import accounts_of
from efficiency.deadlines.messages import register_beside
from efficiency.organs.models import Role, Tenure
from efficiency.outbox import actions as outbox
from efficiency.outbox import registry
from efficiency.outbox.models import Message, MessageGroup
from efficiency.outbox.registry import Line


class Told(Enum):
    """Who may be told of a step."""

    PERSON = "person"  # whoever got the card
    LEADERS = "leaders"  # whoever leads the organ
    OFFICE = "office"  # the efficiency office that answers for the cards of the organ
    PROPOSER = "proposer"


OF_SWEEP = "cards.withdraw_sweep"

# fmt: off
KINDS = (
    ("cards.propose", _("Card %(number)s waits for confirmation"),
     _("Card %(number)s was proposed. It takes effect when a second person confirms it."), MessageGroup.DECISION),
    ("cards.confirm", _("Card %(number)s was issued"),
     _("Card %(number)s was issued. There is time to explain it and to appeal against it."), MessageGroup.ESCALATION),
    ("cards.reissue", _("Card %(number)s was issued"),
     _("Card %(number)s was issued. There is time to explain it and to appeal against it."), MessageGroup.ESCALATION),
    ("cards.accumulate", _("Card %(number)s was issued for three yellow cards"),
     _("Three yellow cards in one quarter made card %(number)s. There is time to explain it and to appeal against it."),
     MessageGroup.ESCALATION),
    ("cards.drop", _("The proposal of card %(number)s was dropped"),
     _("The proposal of card %(number)s was dropped. The card does not take effect."), MessageGroup.PROGRESS),
    ("cards.explain", _("Card %(number)s was explained"),
     _("Card %(number)s was explained. Please decide whether the explanation is accepted."), MessageGroup.WORK),
    ("cards.accept_explanation", _("The explanation of card %(number)s was accepted"),
     _("The explanation of card %(number)s was accepted. The card is cleared as soon as the promise is kept."),
     MessageGroup.PROGRESS),
    ("cards.clear", _("Card %(number)s is cleared"),
     _("Card %(number)s is cleared. Its points stay."), MessageGroup.PROGRESS),
    ("cards.appeal", _("There is an appeal against card %(number)s"),
     _("There is an appeal against card %(number)s. Somebody who had no part in it rules within the limit, "
       "or the card is revoked."), MessageGroup.DECISION),
    ("cards.uphold", _("The appeal against card %(number)s was ruled on: it stands"),
     _("The appeal against card %(number)s was ruled on. The card stands."), MessageGroup.PROGRESS),
    ("cards.grant", _("Card %(number)s is revoked"),
     _("The appeal against card %(number)s was granted. The card is revoked and takes no points."),
     MessageGroup.PROGRESS),
    ("cards.lapse_ruling", _("Card %(number)s is revoked"),
     _("The appeal against card %(number)s was not ruled on in time. The card is revoked and takes no points."),
     MessageGroup.PROGRESS),
    ("cards.ask_withdrawal", _("Card %(number)s is proposed to be revoked"),
     _("Card %(number)s is proposed to be revoked. A second person decides on it."), MessageGroup.DECISION),
    ("cards.withdraw", _("Card %(number)s is revoked"),
     _("Card %(number)s is revoked and takes no points."), MessageGroup.PROGRESS),
)
# fmt: on
# What falls with what it rests on, or goes along with another card, is told as what the office does alike.
SAME_AS = {"fall": "drop", "fall_issued": "ask_withdrawal", "go_along": "withdraw"}


def register() -> None:
    """Make texts and subject known to the outbox; called once, when the app is ready."""
    for name, subject, body, group in KINDS:
        registry.register_kind(name, subject, body, group=group)
    registry.register_kind(
        OF_SWEEP,
        _("Cards revoked: %(count)s"),
        _("%(count)s cards that a sweep had issued in error are revoked and take no points."),
        path=lambda: f"{reverse('admin:accountability_card_changelist')}?state__exact={CardState.REVOKED.value}",
    )
    registry.register_subject(Card, labels_of, may_know)
    register_beside(cards_beside)


def tell(event: CardEvent, told: Iterable[Told]) -> None:
    """Write the messages that a step calls for, with it; nobody is told of their own act."""
    on = timezone.localdate(event.at)
    to = [user_id for audience in told for user_id in people_of(event.card, audience, on)]
    to = [user_id for user_id in dict.fromkeys(to) if user_id != event.actor_id]
    if to:
        kind = f"cards.{SAME_AS.get(event.action, event.action)}"
        outbox.post(f"card-event:{event.pk}", kind, to=to, subject=event.card, at=event.at)


def tell_of_engine(card: Card, /, *, at: datetime) -> None:
    """Tell of a card of the engine that no sweep issued, so that nothing else tells of it."""
    on = timezone.localdate(at)
    to = [user_id for audience in (Told.PERSON, Told.LEADERS) for user_id in people_of(card, audience, on)]
    outbox.post(f"card:{card.pk}:issued", "cards.reissue", to=list(dict.fromkeys(to)), subject=card, at=at)


def tell_of_withdrawal(withdrawal: SweepWithdrawal, ids: Collection[int], /, *, at: datetime) -> None:
    """
    Tell everybody once how many of their cards, or of the organs that they lead, were revoked with those of a sweep.

    Who got cards, and who leads organs that did, were told of them. A fixed number of statements, whatever ``ids``.
    """
    told: dict[int, int] = defaultdict(int)
    cards = Card.objects.filter(pk__in=ids)
    of_person = cards.filter(person__is_active=True).order_by().values_list("person_id").annotate(count=Count("pk"))
    for person_id, count in of_person:
        told[person_id] += count
    of_organ = dict(cards.order_by().values_list("organ_id").annotate(count=Count("pk")))
    leading = Tenure.objects.running(timezone.localdate(at)).filter(
        post__role=Role.ORGAN_LEADER, post__organ_id__in=of_organ, user__is_active=True
    )
    for user_id, organ_id in leading.order_by("user_id").values_list("user_id", "post__organ_id").distinct():
        told[user_id] += of_organ[organ_id]
    own = cards.filter(person_id__in=list(told), organ_id__in=of_organ).order_by()
    led = {(user_id, organ_id) for user_id, organ_id in leading.values_list("user_id", "post__organ_id")}
    for person_id, organ_id, count in own.values_list("person_id", "organ_id").annotate(count=Count("pk")):
        if (person_id, organ_id) in led:  # the leader's own card is one, not two
            told[person_id] -= count
    told.pop(withdrawal.confirmed_by_id or 0, None)
    outbox.post_each(
        f"card-sweep:{withdrawal.pk}", OF_SWEEP, {pk: {"count": count} for pk, count in told.items()}, at=at
    )


def people_of(card: Card, audience: Told, on: date) -> list[int]:
    """Return whom a step concerns; the office's own card is nothing that whoever got it decides on."""
    match audience:
        case Told.PERSON:
            return [card.person_id] if card.person_id else []
        case Told.PROPOSER:
            return [card.proposed_by_id] if card.proposed_by_id else []
        case Told.LEADERS:
            return _holders(card.organ_id, Q(post__role=Role.ORGAN_LEADER), on)
        case Told.OFFICE:
            office = deadlines.office_for(card.organ)
            found = _holders(office.pk, Q(post__role=Role.OFFICE_OFFICER), on) if office else []
            own = accounts_of(card.person) if card.person else []
            return [pk for pk in found if pk not in own]
    return []


def _holders(organ_id: int, posts: Q, on: date) -> list[int]:
    tenures = Tenure.objects.running(on).filter(posts, user_id=OuterRef("pk"), post__organ_id=organ_id)
    people = User.objects.filter(Exists(tenures), is_active=True)
    return list(people.order_by("pk").values_list("pk", flat=True))


# --- What the outbox asks -------------------------------------------------------------------------------------------


def labels_of(ids: Collection[int]) -> Mapping[int, tuple[str, str]]:
    """Return number and page of each card."""
    return {
        card.pk: (card.number, reverse("admin:accountability_card_change", args=[card.pk]))
        for card in Card.objects.filter(pk__in=ids).only("pk", "passed_at")
    }


def may_know(user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
    """Return the pairs (user, card) in which the person may know of the card at this moment (Z-15)."""
    known: set[tuple[int, int]] = set()
    for user in User.objects.filter(pk__in=user_ids, is_active=True):
        visible = Card.objects.filter(pk__in=ids).headers_visible_to(user)
        known.update((user.pk, pk) for pk in visible.values_list("pk", flat=True))
    return known


def cards_beside(messages: Sequence[Message]) -> dict[int, tuple[Line, ...]]:
    """Return for each message of a level its card with the way to it, as far as the recipient may know of it."""
    of_escalation: dict[int, list[Message]] = defaultdict(list)
    for message in messages:
        cause, _colon, number = message.event.partition(":")
        if cause == "escalation" and number.isdigit() and message.recipient_id is not None:
            of_escalation[int(number)].append(message)
    cards = Card.objects.filter(escalation_id__in=of_escalation, origin=Origin.ENGINE)
    pairs = [(card, message) for card in cards for message in of_escalation[card.escalation_id or 0]]
    recipients = {message.recipient_id for _card, message in pairs if message.recipient_id is not None}
    known = may_know(recipients, {card.pk for card, _message in pairs})
    return {
        message.pk: (
            Line(
                f"{card.get_colour_display()} {card.number}",
                reverse("admin:accountability_card_change", args=[card.pk]),
            ),
        )
        for card, message in pairs
        if (message.recipient_id, card.pk) in known
    }
