"""An application with a key, and the city it files in."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from efficiency.access import counters
from efficiency.keys import actions as keys
from efficiency.keys.models import Scope
from efficiency.organs.models import Role
from tests.factories import cases as make
from tests.factories.staff import seat

ROOT = "/open311/v2"


@pytest.fixture
def cast(db: None) -> make.Cast:
    return make.make_cast()


@pytest.fixture
def new_key(cast: make.Cast) -> keys.NewKey:
    """A key that may file, and its text."""
    administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
    return keys.issue(
        by=administrator, at=timezone.now(), organ=cast.city.office, name="城市随手拍", scopes=[Scope.OPEN311], days=365
    )


@pytest.fixture
def key(new_key: keys.NewKey) -> str:
    return new_key.text


@pytest.fixture(autouse=True)
def counted_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counters of this test alone, in the process."""
    alone = counters.Counters("")
    alone._is_away = False
    monkeypatch.setattr(counters, "shared", lambda: alone)


@pytest.fixture
def post(client: Client, key: str) -> Callable[..., HttpResponse]:
    """File a request for a lamp; ``changes`` change what is sent, None leaves a field out."""

    def posted(suffix: str = ".json", **changes: object) -> HttpResponse:
        sent = {
            "api_key": key,
            "service_code": "request",
            "lat": "23.0218",
            "long": "113.1214",
            "address_string": "禅城区同济路口",
            "description": "同济路口的路灯坏了三天，晚上过马路很危险，请尽快维修。",
        } | changes
        return client.post(f"{ROOT}/requests{suffix}", {name: each for name, each in sent.items() if each is not None})

    return posted
