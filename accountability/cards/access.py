"""Who may know of cards, who they concern, and who has had a part in one (docs/trust.md Z-01, Z-07, Z-10)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from accountability.cards.enums import CardState
from accountability.models import Card, CardTerm, FaultCase, Respondent, SweepWithdrawal
from accountability.models.cards import OF_TREE
from complaints.models import Case
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


def led_by(user: "User") -> frozenset[int]:
    """Return the organs that the person leads: as leader, an efficiency office as its head."""
    return frozenset(
        seat.organ_id
        for seat in scope_of(user).seats
        if seat.role == Role.ORGAN_LEADER or (seat.role == Role.OFFICE_OFFICER and seat.rank == Rank.APPROVER)
    )


def leads(card: Card, user: "User") -> bool:
    """Say whether the person leads the organ of the card."""
    return card.organ_id in led_by(user)


def concerns(card: Card, user: "User") -> bool:
    """
    Say whether a card concerns the natural person, so that they decide nothing about it (docs/trust.md Z-07).

    Whoever got it, holds or held its post, whoever of them it went to, or leads the organ that got it.
    """
    scope = scope_of(user)
    return card.person_id in scope.account_ids or card.post_id in scope.own_post_ids or leads(card, user)


def answers_for(card: Card, user: "User") -> bool:
    """Say whether the person may explain a card and appeal against it: whoever got it, or leads the organ."""
    return is_own(card, user) or leads(card, user)


def had_part(card: Card, user: "User") -> bool:
    """
    Say whether the natural person had a part in a card, so that they neither rule on it nor confirm it.

    Whom it concerns, whoever proposed, confirmed or acknowledged it, explained it, accepted the explanation, wished it
    revoked, or appealed; of one that was issued anew also who had such a part in those before it, or ruled on them
    (docs/trust.md Z-10).
    """
    if concerns(card, user):
        return True
    people: list[User | None] = []
    if card.escalation_id:
        people += [seen.by for seen in Acknowledgement.objects.filter(escalation=card.escalation).select_related("by")]
    each: Card | None = card
    while each is not None:
        people += [
            each.person,
            each.proposed_by,
            each.confirmed_by,
            each.explained_by,
            each.explanation_accepted_by,
            each.withdrawal_by,
        ]
        if hasattr(each, "appeal"):
            people += [each.appeal.by, each.appeal.ruled_by]
        each = each.follows
    return any(person is not None and is_same_person(user, person) for person in people)


def may_see_promise(card: Card, user: "User") -> bool:
    """
    Say whether somebody may read the promise of a card with its account and the words in which more time was asked for.

    Of a complaint that concerns them nothing; of a fault case whoever reads all of it (docs/trust.md Z-01), and of the
    report of an execution the leader of the organ that owes it.
    """
    model, key = card.content_type.model_class() if card.content_type else None, card.object_id or 0
    if model is Case:
        return Case.objects.not_concerning(user).filter(pk=key).exists()
    if model is Respondent and card.organ_id in {seat.organ_id for seat in scope_of(user).seats_as(Role.ORGAN_LEADER)}:
        return True
    if model in (FaultCase, Respondent):
        about = {"pk": key} if model is FaultCase else {"respondents": key}
        return FaultCase.objects.visible_to(user).filter(**about).exists()
    return True


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
