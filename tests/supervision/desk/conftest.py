"""A small city in March 2026 with promises kept, kept late and broken, and whoever looks at the overview."""

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from efficiency.organs.models import Level
from tests.factories.staff import make_organ
from tests.moments import local
from tests.targets.measures import rows

NOW = local("2026-04-10 12:00")
ADDRESS = "/supervision/"
MARCH = {"period": "2026-03"}


@pytest.fixture(autouse=True)
def _clock():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def browser(user):
    """Return a browser in which somebody is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def march(cast):
    """Six cases of the construction bureau replied to in March, four in time, and two overdue ones of another."""
    city = cast.city
    kept = rows.cases(6, organ=city.construction, office=city.office, handling_organ=city.construction)
    rows.promises(
        kept[:4], "complaints.reply", organ=city.construction, due="2026-03-24", met=local("2026-03-20 10:00")
    )
    rows.promises(
        kept[4:], "complaints.reply", organ=city.construction, due="2026-03-24", met=local("2026-03-27 10:00")
    )
    broken = rows.cases(2, organ=city.tax, office=city.office, handling_organ=city.tax)
    rows.promises(broken, "complaints.reply", organ=city.tax, due="2026-03-24")
    return kept, broken


def more_organs(cast, number):
    """Add organs with a broken promise each."""
    for place in range(number):
        organ = make_organ(
            f"440600-X{place}{number}", f"新设单位{place}", "department", Level.CITY, cast.city.government
        )
        found = rows.cases(1, organ=organ, office=cast.city.office, handling_organ=organ)
        rows.promises(found, "complaints.reply", organ=organ, due="2026-03-24")
