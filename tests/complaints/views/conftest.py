"""The hour at which citizens come back to what was done on a Tuesday morning."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.factories.cases import LATER_THAT_DAY


@pytest.fixture
def _later_that_day() -> Iterator[None]:
    """Let it be the afternoon of that day, and stay so."""
    with time_machine.travel(LATER_THAT_DAY, tick=False):
        yield
