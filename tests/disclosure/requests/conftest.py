"""The small city that requests for information are tested in."""

import pytest

from tests.factories import requests as make


@pytest.fixture
def cast(db):
    return make.make_request_cast()


@pytest.fixture
def request_(cast):
    return make.file(cast).request
