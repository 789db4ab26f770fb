"""Who may know of cards, who they concern, and who has had a part in one (docs/trust.md Z-01, Z-07, Z-10)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from accountability.cards.enums import CardState
from accountability.models import Card, CardTerm, SweepWithdrawal
from accountability.models.cards import OF_TREE
from efficiency.access.may import may, register_relation
from efficiency.access.persons import is_same_person
from efficiency.access.rows import register_rows
from efficiency.access.scope import Scope, Seat, scope_of
from efficiency.deadlines.models import Acknowledgement
from efficiency.organs.models import Rank, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from efficiency.access.models import User

    Person = User | AnonymousUser

FAR = (*OF_TREE, Role.AUDITOR)


def seats_to(scope: Scope, card: Card) -> Iterable[Seat]:
    """
    Return the seats from which somebody knows of a card: all of whoever got it, else by the organ.

    What is only proposed is nobody's to know for whom it is about. That a card about a case that concerns somebody is
    absent for them says ``CardQuerySet.visible_to``, which every page and action asks first.
    """
    is_own = card.person_id in scope.account_ids
    if is_own:
        return () if card.state in (CardState.PROPOSED, CardState.DROPPED) else scope.seats
    return [
        seat
        for seat in scope.seats
        if (seat.role in FAR and card.organ_id in seat.organ_ids)
        or (
            seat.role == Role.ORGAN_LEADER
            and card.organ_id == seat.organ_id
            and card.state not in (CardState.PROPOSED, CardState.DROPPED)
        )
    ]


def is_own(card: Card, user: "User") -> bool:
    """Say whether the card was issued to this natural person."""
    return card.person_id in scope_of(user).account_ids


def leads(card: Card, user: "User") -> bool:
    """Say whether the person leads the organ of the card: its leader, of an efficiency office its head."""
    return any(
        seat.organ_id == card.organ_id
        and (seat.role == Role.ORGAN_LEADER or (seat.role == Role.OFFICE_OFFICER and seat.rank == Rank.APPROVER))
        for seat in scope_of(user).seats
    )


def answers_for(card: Card, user: "User") -> bool:
    """Say whether the person may explain a card and appeal against it: whoever got it, or leads the organ."""
    return is_own(card, user) or leads(card, user)


def had_part(card: Card, user: "User") -> bool:
    """
    Say whether the natural person had a part in a card, so that they neither rule on it nor confirm it.

    Whoever got, proposed, confirmed or acknowledged it, explained it, accepted the explanation, wished it revoked, or
    appealed, and whoever leads the organ that got it: the head of an office its cards (docs/trust.md Z-10).
    """
    if leads(card, user):
        return True
    people = [
        card.person,
        card.proposed_by,
        card.confirmed_by,
        card.explained_by,
        card.explanation_accepted_by,
        card.withdrawal_by,
    ]
    if hasattr(card, "appeal"):
        people.append(card.appeal.by)
    if card.escalation_id:
        people += [seen.by for seen in Acknowledgement.objects.filter(escalation=card.escalation).select_related("by")]
    if card.follows_id and card.follows is not None and hasattr(card.follows, "appeal"):
        people.append(card.follows.appeal.ruled_by)
    return any(person is not None and is_same_person(user, person) for person in people)


def terms_of(user: "Person") -> "QuerySet[CardTerm]":
    """Return the points to those who may know of limits."""
    return CardTerm.objects.all() if may(user, "limit.see") else CardTerm.objects.none()


def withdrawals_of(user: "Person") -> "QuerySet[SweepWithdrawal]":
    """Return the withdrawals of sweeps to those who may decide on them."""
    return SweepWithdrawal.objects.all() if may(user, "card.withdraw_sweep") else SweepWithdrawal.objects.none()


def register() -> None:
    """Make the answers known; called once, when the app is ready."""
    register_relation(Card, seats_to)
    # Of a card one may know the header alone; whoever shows text asks ``visible_to`` itself.
    register_rows(Card, Card.objects.headers_visible_to)
    register_rows(CardTerm, terms_of)
    register_rows(SweepWithdrawal, withdrawals_of)
