"""Broken promises of the construction bureau of a small city, and who answers for them."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

from accountability.cards import issuing
from accountability.models import Card
from efficiency.access.models import User
from efficiency.deadlines import registry, sweep
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Post, Rank, Role, Tenure
from tests.factories import promises, staff
from tests.factories.promises import SIGN_IN
from tests.factories.staff import City
from tests.moments import MONDAY_MORNING, local

# A promise of one working day of Monday 03-02 is overdue from 03-04 00:00 on and red from 03-06 00:00 on.
YELLOW_AT, RED_AT = local("2026-03-04 00:00"), local("2026-03-06 00:00")
SWEPT = local("2026-03-04 00:01")


def only_cards(monkeypatch: Any) -> None:
    """Let cards follow from levels and nothing else, about the kinds of promises of the engine's tests."""
    monkeypatch.setattr(registry, "_handlers", {level: [issuing.issue] for level in issuing.COLOURS})
    promises.register()


def hands(city: City) -> SimpleNamespace:
    """Return who has to do with a card of the construction bureau, each with a name."""
    people = staff.seat_all(
        clerk=staff.Seat(Role.CLERK, city.construction),
        colleague=staff.Seat(Role.CLERK, city.construction),
        leader=staff.Seat(Role.ORGAN_LEADER, city.construction, Rank.APPROVER, is_head=True),
        officer=staff.Seat(Role.OFFICE_OFFICER, city.office),
        second=staff.Seat(Role.OFFICE_OFFICER, city.office),
        head=staff.Seat(Role.OFFICE_OFFICER, city.office, Rank.APPROVER, is_head=True),
        inspector=staff.Seat(Role.INSPECTOR, city.office),
        appraiser=staff.Seat(Role.APPRAISAL_OFFICER, city.office),
        auditor=staff.Seat(Role.AUDITOR, city.government),
        stranger=staff.Seat(Role.ORGAN_LEADER, city.tax, Rank.APPROVER, is_head=True),
    )
    return SimpleNamespace(**people)


def post_of(user: User) -> Post:
    """Return the one post that a person holds."""
    return Tenure.objects.select_related("post__organ").get(user=user).post


def broken(hands: SimpleNamespace, *, at: datetime = MONDAY_MORNING, **more: Any) -> Deadline:
    """Return a promise of one working day that the clerk of the bureau owes."""
    post = post_of(hands.clerk)
    return promises.promise(post.organ, SIGN_IN, at=at, post=post, responsible=hands.clerk, **more)


def yellow(hands: SimpleNamespace, *, at: datetime = MONDAY_MORNING, swept: datetime = SWEPT) -> Card:
    """Return the yellow card for such a promise, issued by a sweep."""
    deadline = broken(hands, at=at)
    sweep.run(at=swept, rehearsal=True)
    return Card.objects.get(deadline=deadline, colour="yellow")


def act(step: Any, card: Card, by: User, at: datetime, **values: Any) -> Any:
    """Take a step with the card as it stands now."""
    card.refresh_from_db()
    return step(card, by=by, at=at, version=card.version, **values)
