import pytest
from django.test import Client

from tests.factories.cases import Cast, make_cast


@pytest.fixture
def cast(db) -> Cast:
    return make_cast()


@pytest.fixture
def log_in():
    """Return a browser in which a person is logged in."""

    def browser_of(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser_of
