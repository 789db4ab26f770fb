"""Cards of the construction bureau of a small city."""

import pytest

from tests.factories import cards


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let cards follow from levels and nothing else."""
    cards.only_cards(monkeypatch)


@pytest.fixture
def organ(city):
    """Return the organ that owes the promises."""
    return city.construction


@pytest.fixture
def hands(city):
    """Return who has to do with its cards."""
    return cards.hands(city)
