"""Plans of many organs at once, from the usual blocks or the year before (docs/domain.md 8.1)."""

import pytest

from targets.models import Indicator, Plan, PlanEvent
from targets.plans import drafting
from targets.plans.content import indicators_of, read
from targets.plans.drafting import Begin
from targets.plans.enums import State
from targets.plans.refusals import Invalid, NotAllowed
from tests.factories import targets as make
from tests.factories.cases import local
from tests.factories.staff import make_organ
from tests.factories.targets import TUESDAY, Line


def many(cast, *organs, **fields):
    given = {"by": cast.appraiser, "at": TUESDAY, "year": 2026} | fields
    return drafting.draft_many(organs or (cast.city.construction, cast.city.tax), **given)


def test_each_organ_gets_a_whole_draft(cast):
    made = many(cast)
    assert {plan.organ for plan in made.plans} == {cast.city.construction, cast.city.tax}
    assert {plan.office for plan in made.plans} == {cast.city.office}
    for plan in made.plans:
        plan.refresh_from_db()
        assert plan.state == State.DRAFT
        assert len(list(indicators_of(read(drafting.first_revision(plan))))) == 8
    assert PlanEvent.objects.filter(action="draft").count() == 2


def test_a_second_time_nothing_is_made(cast):
    many(cast)
    again = many(cast)
    assert again.plans == []
    assert len(again.there) == 2
    assert Plan.objects.count() == 2


def test_from_the_year_before_with_what_is_carried_now(cast):
    city = cast.city
    old_above = make.make_plan(city.government, city.office, year=2025, state=State.ENDED)
    above = make.make_plan(city.government, city.office)
    blocks = {"A": ("100", [Line("A1", target="7", carries=make.indicator_of(old_above, "A1"))])}
    make.make_plan(city.construction, city.office, year=2025, state=State.ENDED, blocks=blocks, parent=old_above)

    made = many(cast, begin=Begin.BEFORE, parent=above)

    assert [plan.organ for plan in made.plans] == [city.construction]
    assert made.without == [city.tax]
    copied = Indicator.objects.get(revision__plan=made.plans[0])
    assert copied.target == 7
    assert copied.carries == make.indicator_of(above, "A1")


def test_an_organ_out_of_reach_is_refused_whole(cast):
    with pytest.raises(NotAllowed):
        many(cast, cast.city.street, cast.city.construction, by=cast.district_head)
    with pytest.raises(NotAllowed):
        many(cast, by=cast.leader)
    assert not Plan.objects.exists()


def test_a_time_that_is_over_or_far_ahead_is_refused(cast):
    with pytest.raises(Invalid):
        many(cast, year=2028)
    with pytest.raises(Invalid):
        many(cast, at=local(2027, 1, 1))


def test_more_organs_are_no_more_statements(cast, django_assert_num_queries):
    organs = [make_organ(f"440600-X{n}", f"单位{n}", "department", parent=cast.city.government) for n in range(30)]
    many(cast, cast.city.tax)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        many(cast, *organs[:2])
    with CaptureQueriesContext(connection) as more:
        many(cast, *organs)
    assert len(more) == len(few)
