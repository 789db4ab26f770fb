"""The overview while cases are filed and swept: every page is whole, and of one moment."""

import pytest
from django.test import Client
from django.utils import timezone

from complaints.models import Case
from efficiency.deadlines import sweep
from tests.concurrency.threads import at_once, failures
from tests.factories import cases as make
from tests.moments import local
from tests.targets.measures import rows

pytestmark = pytest.mark.django_db(transaction=True)
FILED, LOOKS = 6, 4
PAGE = "/supervision/"


@pytest.fixture
def cast(calendar):
    return make.make_cast()


def test_a_page_is_of_one_moment_while_cases_are_filed_and_swept(cast):
    city = cast.city
    late = rows.cases(20, organ=city.construction, office=city.office, handling_organ=city.construction)
    rows.promises(late, "complaints.reply", organ=city.construction, due="2026-03-24", started_at=local("2026-03-03"))
    before = Case.objects.count()

    def file():
        for number in range(FILED):
            make.file(cast, at=timezone.now(), title=f"反映窗口排队过久（{number}）")

    def look():
        browser, seen = Client(), []
        browser.force_login(cast.officer)
        for _each in range(LOOKS):
            page = browser.get(PAGE, {"whole": 1})
            assert page.status_code == 200
            assert all(each.html for each in page.context["blocks"])
            seen.append(consistent(browser, page))
        return seen

    results = at_once(file, look, look, lambda: sweep.run(at=timezone.now()))

    assert failures(results) == []
    assert Case.objects.count() == before + FILED
    for seen in (results[1], results[2]):
        # Nothing that was counted is gone in a later look.
        assert seen == sorted(seen)
    final = Client()
    final.force_login(cast.officer)
    assert consistent(final, final.get(PAGE, {"whole": 1})) == before + FILED


def consistent(browser, page):
    """Return how many cases were received in all the months of the page, after its list was held against its figure."""
    rows_page = browser.get("/supervision/figures/overdue_promises/")
    assert rows_page.context["total"] == int(rows_page.context["figure"].numerator)
    assert rows_page.context["beyond"] + rows_page.context["page"].paginator.count == rows_page.context["total"]
    asked = page.context["asked"]
    received = browser.get(
        "/supervision/figures/received/",
        {"period": "range", "since": asked.trend.since.isoformat(), "last": asked.trend.last.isoformat()},
    )
    assert received.context["total"] == int(received.context["figure"].numerator)
    return received.context["total"]
