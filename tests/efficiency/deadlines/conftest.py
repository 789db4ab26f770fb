"""Promises of the construction bureau of a small city."""

import pytest

from efficiency.deadlines import registry
from tests.factories import promises


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the kinds of the tests, and nothing that would follow from a level."""
    monkeypatch.setattr(registry, "_handlers", {})
    promises.register()


@pytest.fixture
def organ(city):
    """Return the organ that owes the promises, and that they are about."""
    return city.construction
