import pytest
from django.test import Client


@pytest.fixture
def log_in():
    """Return a browser in which a person is logged in."""

    def browser_of(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser_of
