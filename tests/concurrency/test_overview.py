"""
The overview while cases are filed and swept: every page is whole, and of one moment.

What the pages say is read off the pages: the test client hears of every template of the process, so that its contexts
hold those of the other browsers as well.
"""

import re

import pytest
from django.test import Client
from django.utils import timezone

from complaints.models import Case
from efficiency.deadlines import sweep
from efficiency.timing.due import add_months
from supervision.desk.blocks import OWN
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
            _head, *blocks = page.content.decode().split('<section class="section desk-block"')
            assert len(blocks) > len(OWN)
            assert not any("notice-error" in block for block in blocks)
            seen.append(consistent(browser))
        return seen

    results = at_once(file, look, look, lambda: sweep.run(at=timezone.now()))

    assert failures(results) == []
    assert Case.objects.count() == before + FILED
    for seen in (results[1], results[2]):
        # Nothing that was counted is gone in a later look.
        assert seen == sorted(seen)
    final = Client()
    final.force_login(cast.officer)
    assert consistent(final) == before + FILED


def consistent(browser):
    """Return how many cases were received in thirteen months, after the list of what is overdue was held to its sum."""
    figure, listed, rows_there = numbers(browser.get("/supervision/figures/overdue_promises/"))
    assert figure == listed == rows_there
    last = timezone.localdate()
    figure, listed, _rows = numbers(
        browser.get(
            "/supervision/figures/received/",
            {"period": "range", "since": add_months(last, -12).isoformat(), "last": last.isoformat()},
        )
    )
    assert figure == listed
    return listed


def numbers(page):
    """Return what a page gives as the figure, as the number of its rows, and how many rows it has and hides."""
    assert page.status_code == 200
    text = page.content.decode()
    figure = int(re.search(r'data-figure="(\d+)', text)[1])
    listed = int(re.search(r'role="status">\D*(\d+)', text)[1])
    beyond = re.search(r'data-beyond="(\d+)', text)
    return figure, listed, text.count('data-label="到期"') + int(beyond[1] if beyond else 0)
