"""Messages about organs of a small city, and what the tests want to happen to their letters."""

from collections.abc import Collection

import pytest
from django.core import mail

from efficiency.organs.models import Organ
from efficiency.outbox import registry
from tests.factories.promises import label_of


class Rights:
    """Who may know of what: everybody of everything, but for the pairs that a test takes away."""

    def __init__(self) -> None:
        self.lost: set[tuple[int, int]] = set()

    def may_know(self, user_ids: Collection[int], ids: Collection[int]) -> set[tuple[int, int]]:
        return {(user_id, pk) for user_id in user_ids for pk in ids} - self.lost


@pytest.fixture(autouse=True)
def rights(monkeypatch: pytest.MonkeyPatch) -> Rights:
    """Register kinds, subjects and addresses of the tests, and nobody else's."""
    for name in ("_kinds", "_addresses", "_subjects", "_values"):
        monkeypatch.setattr(registry, name, {})
    rights = Rights()
    registry.register_subject(Organ, label_of, rights.may_know, public=public_label)
    registry.register_kind("tests.told", "News of %(number)s", "%(number)s was decided on %(decided_on)s.\n%(address)s")
    registry.register_kind("tests.level", "%(number)s is overdue", "%(number)s\n%(address)s", digest=True)
    registry.register_kind("tests.plain", "Something happened", "It did.")
    registry.register_address("tests.citizen", lambda ids: {pk: f"citizen{pk}@example.org" for pk in ids if pk != 13})
    return rights


def public_label(ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return number and public page of the subjects."""
    return {organ.pk: (organ.code, f"/track/{organ.code}/") for organ in Organ.objects.filter(pk__in=ids)}


@pytest.fixture
def organ(city):
    """Return what the messages are about."""
    return city.construction


@pytest.fixture
def people(people):
    """Return the people of the city, each with an address."""
    for name, person in people.items():
        person.email = f"{name}@example.org"
        person.save()
    return people


@pytest.fixture
def clerk(people):
    """Return a person with an address."""
    return people["clerk"]


@pytest.fixture
def outbox():
    """Return the letters that left."""
    mail.outbox = []
    return mail.outbox
