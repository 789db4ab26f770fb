"""A small city, and figures asked for by name."""

from datetime import date
from decimal import Decimal

import pytest

from targets.measures import registry
from tests.factories.cases import make_cast
from tests.moments import local

SINCE, UNTIL = date(2026, 3, 1), date(2026, 4, 1)
AS_OF = local("2026-04-10 12:00")


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def figure():
    """Return the figure of an organ in March 2026: numerator, denominator, value."""

    def ask(name, organ, *, since=SINCE, until=UNTIL, as_of=AS_OF):
        found = registry.get(name).of_organs([organ.pk], since, until, as_of)[organ.pk]
        of = None if found.denominator is None else int(found.denominator)
        return int(found.numerator), of, found.value

    return ask


@pytest.fixture
def rounded(figure):
    """Return the value alone, to the second decimal as people read it."""

    def ask(name, organ, **asked):
        value = figure(name, organ, **asked)[2]
        return None if value is None else value.quantize(Decimal("0.01"), "ROUND_HALF_UP")

    return ask
