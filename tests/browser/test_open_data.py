"""Open data in a browser: reads on a phone and at a desk, leads to every file."""

import pytest
from django.utils import timezone

from efficiency.organs.models import Rank, Role
from efficiency.timing.due import local_day
from tests.browser.conftest import STANDARDS, is_as_wide_as_the_screen, violations
from tests.factories.commitments import make_item, promise
from tests.factories.staff import Seat, make_city, seat_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def test_pages_of_open_data_fit_and_are_accessible(live_server, page):
    city, now = make_city(), timezone.now()
    people = seat_all(
        editor=Seat(Role.DISCLOSURE_EDITOR, city.government),
        leader=Seat(Role.ORGAN_LEADER, city.government, Rank.APPROVER, is_head=True),
    )
    promise(make_item(city.construction), local_day(now), 5, by=(people["editor"], people["leader"]), at=now)

    for path in ("/disclosure/data/", "/disclosure/data/service-items/"):
        page.goto(live_server.url + path)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert is_as_wide_as_the_screen(page), (path, width)
            assert violations(page, STANDARDS) == [], (path, width)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    assert download.value.suggested_filename == "service-items.csv"
