"""Buck-passing and forecast in a browser, at a desk and on a telephone, looked at by axe (docs/ui.md)."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from complaints import actions
from complaints.enums import State
from efficiency.timing import store
from efficiency.timing.zone import local_day, start_of
from supervision.foresight import forecasting
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import foresight
from tests.factories.cases import Cast, case_in, make_cast

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]
PAGES = ("passing", "passing/passed-on", "forecast", "doubts", "sampling")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def to_see(cast):
    """A case that went to and fro, and a promise with a chance of being missed, on the morning before it is due."""
    now = timezone.now()
    case = case_in(State.HANDLING, cast, at=now - timedelta(minutes=30))
    for minutes, organ, clerk in ((20, cast.city.tax, cast.tax_clerk), (10, cast.city.construction, cast.clerk)):
        at = now - timedelta(minutes=minutes)
        actions.transfer(case, by=cast.officer, at=at, version=case.version, organ=organ, reason="职责不符")
        actions.sign_in(case, by=clerk, at=at, version=case.version)
    calendar = store.load()
    today = calendar.on_or_after(local_day(now))
    before = calendar.nth_working_day(calendar.ordinal(today) - 20)
    foresight.ended(cast.city.construction, before, left=None, count=12, kind="complaints.rework")
    foresight.ended(cast.city.construction, before, left=0, count=12, kind="complaints.rework")
    foresight.running(
        cast.city.construction, calendar.add_working_days(today, 1), object_id=case.pk, kind="complaints.rework"
    )
    forecasting.make(at=start_of(today) + timedelta(hours=9))
    return case


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_all_pages_are_well_at_a_desk_and_on_a_telephone(visit, cast, to_see, size):
    officer = visit(size, user=cast.inspector)
    for page in PAGES:
        officer.open(f"/supervision/{page}/")
        expect(officer.page.locator("h1")).to_be_visible()
        officer.find_all_well()


def test_the_chart_of_holding_time_stands_beside_its_table(visit, cast, to_see):
    officer = visit(DESKTOP, user=cast.inspector)
    officer.open("/supervision/passing/")

    expect(officer.page.locator("[data-portal-chart='holding'] svg")).to_be_visible()
    officer.follow(officer.page.locator("a[href*='/passing/held/']").first)
    expect(officer.page.locator("[data-count]")).to_be_visible()
