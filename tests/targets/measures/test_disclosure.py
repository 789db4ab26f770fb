"""Figures of disclosure (docs/domain.md 6, 12): those of its own board and reports, as they were known at a moment."""

from datetime import date

import pytest

from disclosure.catalogue import board
from disclosure.enums import OwedState
from disclosure.models import OwedPublication
from disclosure.requests import figures as of_requests
from disclosure.requests.enums import Outcome
from targets.measures import registry
from targets.measures.registry import Key, Part, Window
from tests.factories import disclosure as make
from tests.factories import requests as make_requests
from tests.moments import local
from tests.targets.measures.conftest import AS_OF, SINCE, UNTIL

pytestmark = pytest.mark.django_db


@pytest.fixture
def organ(cast):
    return cast.city.construction


@pytest.fixture
def owed(organ):
    """Return what a duty asks for by a day in March, published at a moment or not."""
    duty = make.make_duty(organ, "event", holds_from=date(2026, 1, 1), event="test_fact")

    def make_owed(due_on, published=None):
        row = OwedPublication(
            duty=duty,
            organ=organ,
            key=f"{OwedPublication.objects.count()}",
            title="公开事项",
            raised_at=local("2026-03-02 10:00"),
            due_on=due_on,
        )
        if published:
            row.document = make.make_published(organ, duty.column, at=published).document
            row.state, row.published_at = OwedState.PUBLISHED, published
        row.save()
        return row

    return make_owed


class TestCatalogue:
    @pytest.fixture(autouse=True)
    def march(self, owed):
        owed(date(2026, 3, 10), local("2026-03-09 10:00"))
        owed(date(2026, 3, 10), local("2026-03-12 10:00"))
        owed(date(2026, 3, 20))

    def test_they_are_those_of_the_board(self, organ, figure):
        period = board.Period(date(2026, 3, 1), date(2026, 3, 31), AS_OF)
        shown = board.counts_of([organ.pk], period)[organ.pk]

        assert figure("disclosure_completeness", organ)[:2] == (shown.complete, shown.required) == (2, 3)
        assert figure("disclosure_on_time", organ)[:2] == (shown.kept, shown.on_time_base) == (1, 3)

    def test_what_was_published_or_withdrawn_afterwards_changes_nothing(self, organ, figure):
        names = ("disclosure_completeness", "disclosure_on_time")
        before = [figure(name, organ) for name in names]

        missing = OwedPublication.objects.get(published_at=None)
        missing.document = make.make_published(organ, missing.duty.column, at=local("2026-04-15 10:00")).document
        missing.state, missing.published_at = OwedState.PUBLISHED, local("2026-04-15 10:00")
        missing.save()
        first = OwedPublication.objects.order_by("pk").first().document.public_version
        make.withdraw(first, at=local("2026-04-16 10:00"))

        assert [figure(name, organ) for name in names] == before

    @pytest.mark.parametrize("name", ["disclosure_completeness", "disclosure_on_time"])
    def test_the_rows_are_as_many_as_the_figure_says(self, organ, figure, name):
        numerator, denominator, _value = figure(name, organ)
        measure, window = registry.get(name), Window(SINCE, UNTIL, AS_OF)

        assert measure.rows(Key.ORGAN, [organ.pk], window, Part.NUMERATOR).count() == numerator
        assert measure.rows(Key.ORGAN, [organ.pk], window, Part.DENOMINATOR).count() == denominator


class TestRequests:
    def test_answered_in_time_is_what_the_annual_figures_say(self, db, figure):
        cast = make_requests.make_request_cast()
        filed = [make_requests.file(cast, at=local("2026-03-02 10:00")).request for _each in range(3)]
        given = {"outcome": Outcome.NOT_EXIST, "search_note": "档案室检索", "attachments": []}
        make_requests.answer(filed[0], cast, at=local("2026-03-20 10:00"), **given)
        make_requests.answer(filed[1], cast, at=local("2026-03-31 10:00"), **given)
        organ = cast.city.construction

        shown = of_requests.on_time([organ.pk], SINCE, UNTIL, at=AS_OF)
        assert figure("requests_on_time", organ)[:2] == (shown.in_time, shown.of) == (1, 3)
        assert figure("requests_on_time", organ, as_of=local("2026-03-21 10:00"))[:2] == (1, 1)
