"""Which steps a person may take with a card now, and why others cannot be taken; what waits for whom."""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from accountability.cards import access, deadlines, doubts, workflow
from accountability.cards.enums import CardState
from accountability.models import Card
from accountability.models.cards import CardQuerySet
from efficiency.access.models import User
from efficiency.access.persons import is_same_person
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import Deadline, DeadlineState
from efficiency.organs.models import Role
from efficiency.steps.offers import Offer

# The steps of people in the order of the work.
STEPS = (
    "explain",
    "appeal",
    "confirm",
    "drop",
    "accept_explanation",
    "uphold",
    "grant",
    "withdraw",
    "refuse_withdrawal",
    "keep",
    "ask_withdrawal",
)


def offers(card: Card, user: User, /, *, at: datetime) -> list[Offer]:
    """Return the steps that are of this state and of this person, in the order of the work."""
    found = []
    for name in STEPS:
        row = workflow.BY_ACTION[name]
        if card.state not in row.sources or not workflow.seats_that_may(user, row, card):
            continue
        why_not = _why_not(card, user, name, at)
        if why_not is not None:
            found.append(Offer(name, row.label, why_not))
    return found


def _why_not(card: Card, user: User, name: str, at: datetime) -> str | None:
    """Return why a step cannot be taken now: empty where it can, None where it is not meant at all."""
    match name:
        case "explain":
            is_open = deadlines.is_open(card, deadlines.EXPLAIN, at=at)
            return "" if is_open else _("The time for the explanation is over.")
        case "appeal":
            if hasattr(card, "appeal"):
                return None
            return "" if deadlines.is_open(card, deadlines.APPEAL, at=at) else _("The time for the appeal is over.")
        case "accept_explanation":
            if not card.explained_at or card.explanation_accepted_at:
                return None
            own = card.explained_by is not None and is_same_person(user, card.explained_by)
            return _("Whoever had a part in a card does not decide on it.") if own else ""
        case "confirm":
            own = card.proposed_by is not None and is_same_person(user, card.proposed_by)
            return _("A second person confirms this.") if own else ""
        case "uphold" | "grant":
            if access.had_part(card, user):
                return _("Whoever had a part in a card does not decide on it.")
            is_open = deadlines.is_open(card, deadlines.APPEAL_RULING, at=at)
            return "" if is_open else _("The time for the ruling is over: the card is revoked.")
        case "withdraw":
            if card.withdrawal_by is None:
                return None
            return _("A second person confirms this.") if is_same_person(user, card.withdrawal_by) else ""
        case "refuse_withdrawal":
            return None if card.withdrawal_by_id is None else ""
        case "ask_withdrawal":
            return None if card.withdrawal_by_id else ""
        case "keep":
            return "" if doubts.is_doubtful(card) else None
    return ""


def waiting_for(user: User, /, *, at: datetime) -> CardQuerySet:
    """
    Return the cards in which the next step is the person's: to explain the own ones, to decide on others.

    What somebody proposed, confirmed or wished revoked does not wait for them again.
    """
    scope = scope_of(user)
    windows = Deadline.objects.filter(
        content_type=ContentType.objects.get_for_model(Card),
        object_id=OuterRef("pk"),
        kind=deadlines.EXPLAIN,
        state=DeadlineState.OPEN,
        overdue_at__gt=at,
    )
    own = Q(person_id__in=scope.account_ids)
    concerned = own | Q(post_id__in=scope.own_post_ids) | Q(organ_id__in=access.led_by(user))
    not_mine: Q = ~concerned & ~Q(proposed_by_id__in=scope.account_ids) & ~Q(withdrawal_by_id__in=scope.account_ids)
    office = Q(organ_id__in=scope.organ_ids_as(Role.OFFICE_OFFICER))
    second = Q(organ_id__in=scope.organ_ids_as(Role.OFFICE_OFFICER, Role.INSPECTOR))
    rules = Q(state=CardState.APPEALED) & ~Q(confirmed_by_id__in=scope.account_ids)
    explained = Q(explained_at__isnull=False, explanation_accepted_at__isnull=True) & Q(
        state__in=[CardState.EXPLAINED, CardState.UPHELD]
    )
    standing = workflow.BY_ACTION["withdraw"].sources  # under appeal the ruling comes first
    to_confirm = Q(state=CardState.PROPOSED) | Q(withdrawal_by__isnull=False, state__in=standing)
    waits = Q(Exists(windows), own, state=CardState.ISSUED)
    waits |= not_mine & (office & (rules | explained) | second & to_confirm)
    return Card.objects.visible_to(user).filter(waits).order_by("passed_at", "pk")
