"""One item of the construction bureau, and a key of its system."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest

from complaints.matters import reporting
from complaints.matters.reporting import Taken
from complaints.models import Matter, ServiceItem
from efficiency.keys.models import ApiKey
from efficiency.organs.models import Organ
from tests.factories.matters import make_item, make_key
from tests.factories.staff import City
from tests.moments import local

NOW = local("2026-03-31 10:00")


@dataclass(frozen=True)
class Bureau:
    """An organ whose system reports matters."""

    organ: Organ
    item: ServiceItem
    key: ApiKey

    def report(self, *given: Any, at: datetime = NOW) -> Taken:
        """Send reports together."""
        return reporting.report(given, organ=self.organ, key=self.key, at=at)

    def matter(self, number: str = "A-1") -> Matter:
        """Return a matter as it is stored."""
        return Matter.objects.get(organ=self.organ, external_id=number)


@pytest.fixture
def bureau(city: City) -> Bureau:
    """Return the construction bureau with an item that is promised within five working days."""
    return Bureau(city.construction, make_item(city.construction, "JS-1"), make_key(city.construction))
