"""The small city that reception days are tested in."""

import pytest

from tests.factories import reception as make


@pytest.fixture
def cast(db):
    return make.make_reception_cast()


@pytest.fixture
def day(cast):
    return make.announce(cast)
