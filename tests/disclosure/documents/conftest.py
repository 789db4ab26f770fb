"""One organ with those who take its documents through their steps."""

import pytest

from efficiency.organs.models import Rank, Role
from tests.factories.documents import Hands, make_hands
from tests.factories.staff import City, Seat, make_city, seat_all


@pytest.fixture
def small_city(db: None) -> City:
    """A small city."""
    return make_city()


@pytest.fixture
def hands(small_city: City) -> Hands:
    """The people of the construction bureau."""
    return make_hands(small_city.construction)


@pytest.fixture
def others(small_city: City) -> dict:
    """People of other offices and posts, by what they are."""
    return seat_all(
        clerk=Seat(Role.CLERK, small_city.construction),
        second_editor=Seat(Role.DISCLOSURE_EDITOR, small_city.construction),
        officer=Seat(Role.OFFICE_OFFICER, small_city.office),
        inspector=Seat(Role.INSPECTOR, small_city.office),
        auditor=Seat(Role.AUDITOR, small_city.government),
        tax_editor=Seat(Role.DISCLOSURE_EDITOR, small_city.tax),
        tax_leader=Seat(Role.ORGAN_LEADER, small_city.tax, Rank.APPROVER, is_head=True),
    )
