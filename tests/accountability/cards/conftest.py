"""Cards of the construction bureau of a small city."""

from collections.abc import Iterator

import pytest

from tests import known
from tests.factories import cards


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let cards follow from levels and nothing else; what is laid down elsewhere had more follow, so all is taken."""
    cards.only_cards(monkeypatch)
    with known.taken_for_real():
        yield


@pytest.fixture
def organ(city):
    """Return the organ that owes the promises."""
    return city.construction


@pytest.fixture
def hands(city):
    """Return who has to do with its cards."""
    return cards.hands(city)
