import pytest

from tests.factories.staff import City, every_role, make_city


@pytest.fixture
def city(db) -> City:
    return make_city()


@pytest.fixture
def people(city):
    return every_role(city)
