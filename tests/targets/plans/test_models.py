"""What the database itself refuses about target plans (docs/domain.md 8.1)."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, InternalError, transaction

from targets.models import Block, Indicator, Milestone, Plan, PlanEvent, Revision
from targets.plans.enums import RevisionState, Span, State
from tests.factories.staff import make_city, make_post, make_user
from tests.factories.targets import STANDARD, TUESDAY, Line, indicator_of, make_plan, make_revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def city():
    return make_city()


def test_a_plan_is_laid_down_in_every_state(city):
    for year, state in enumerate(State.values, 2020):
        plan = make_plan(city.construction, city.office, year=year, state=state, blocks=STANDARD)
        assert plan.state == state
    assert Plan.objects.counted().count() == 2


def test_an_organ_has_one_plan_for_a_time(city):
    make_plan(city.construction, city.office)
    make_plan(city.construction, city.office, span=Span.FIRST_HALF)
    make_plan(city.construction, city.office, post=make_post(city.construction))
    with pytest.raises(IntegrityError, match="plan_one_of_an_organ"), transaction.atomic():
        make_plan(city.construction, city.office, state=State.DRAFT)


def test_a_withdrawn_plan_leaves_room_for_another(city):
    make_plan(city.construction, city.office, state=State.WITHDRAWN)
    assert make_plan(city.construction, city.office, state=State.DRAFT).pk


def test_a_post_has_one_plan_for_a_time(city):
    post = make_post(city.construction)
    make_plan(city.construction, city.office, post=post)
    with pytest.raises(IntegrityError, match="plan_one_of_a_post"), transaction.atomic():
        make_plan(city.construction, city.office, post=post, state=State.PUT)


def test_whoever_proposed_a_plan_does_not_approve_it(city):
    person = make_user()
    with pytest.raises(IntegrityError, match="by_another"), transaction.atomic():
        make_plan(city.construction, city.office, by=person, approver=person)


def test_approved_plan_has_a_revision_that_holds(city):
    plan = make_plan(city.construction, city.office, state=State.AGREED)
    with pytest.raises(IntegrityError, match="plan_decided_whole"), transaction.atomic():
        Plan.objects.filter(pk=plan.pk).update(state=State.APPROVED)


@pytest.mark.parametrize("weight", ["0", "-1", "100.001"])
def test_the_weight_of_a_block_is_positive_and_at_most_a_hundred(city, weight):
    with pytest.raises(IntegrityError, match="block_weight"), transaction.atomic():
        make_plan(city.construction, city.office, blocks={"A": (weight, [])})


@pytest.mark.parametrize(("kind", "weight"), [("quantity", "0"), ("quantity", "101"), ("veto", "1")])
def test_the_weight_of_an_indicator_is_positive_and_a_veto_bears_none(city, kind, weight):
    with pytest.raises(IntegrityError, match="indicator_weight"), transaction.atomic():
        make_plan(city.construction, city.office, blocks={"A": ("100", [Line("A1", weight, kind=kind)])})


def test_a_key_stands_once_in_a_revision(city):
    blocks = {"A": ("50", [Line("A1")]), "B": ("50", [Line("A1")])}
    with pytest.raises(IntegrityError, match="indicator_key"), transaction.atomic():
        make_plan(city.construction, city.office, blocks=blocks)


def test_what_was_put_or_approved_does_not_change(city):
    plan = make_plan(city.construction, city.office, state=State.PUT)
    with pytest.raises(InternalError, match="does not change"), transaction.atomic():
        Indicator.objects.filter(pk=indicator_of(plan, "A1").pk).update(target=Decimal(1))
    with pytest.raises(InternalError, match="does not change"), transaction.atomic():
        Block.objects.filter(revision__plan=plan).update(weight=Decimal(1))


@pytest.mark.parametrize("state", [State.PUT, State.IN_FORCE])
def test_nothing_is_added_to_what_was_put_or_approved(city, state):
    plan = make_plan(city.construction, city.office, state=state)
    there = indicator_of(plan, "A1")
    with pytest.raises(InternalError, match="does not change"), transaction.atomic():
        Block.objects.create(revision=there.revision, code="B", name="加塞", weight=Decimal(1))
    with pytest.raises(InternalError, match="does not change"), transaction.atomic():
        Indicator.objects.create(
            revision=there.revision,
            block=there.block,
            key="A9",
            name="加塞",
            kind="quantity",
            weight=1,
            method="yes_no",
        )
    with pytest.raises(InternalError, match="does not change"), transaction.atomic():
        Milestone.objects.create(indicator=there, position=9, name="加塞", due_on=TUESDAY.date())


def test_the_text_of_what_was_approved_does_not_change(city):
    plan = make_plan(city.construction, city.office)
    for column in ("text", "text_sha256"):
        with pytest.raises(InternalError, match="does not change"), transaction.atomic():
            Revision.objects.filter(pk=plan.revision_id).update(**{column: "x"})
    Revision.objects.filter(pk=plan.revision_id).update(state=RevisionState.SUPERSEDED)


def test_a_plan_has_one_change_under_way(city):
    plan = make_plan(city.construction, city.office)
    make_revision(plan, by=make_user(), number=2)
    with pytest.raises(IntegrityError, match="revision_one_open"), transaction.atomic():
        make_revision(plan, by=make_user(), number=3)


def test_a_change_has_a_reason_and_is_confirmed_by_another(city):
    plan = make_plan(city.construction, city.office)
    person = make_user()
    change = make_revision(plan, by=person, number=2)
    proposed = {"state": RevisionState.PROPOSED, "proposed_by": person, "proposed_at": TUESDAY}
    with pytest.raises(IntegrityError, match="change_has_reason"), transaction.atomic():
        Revision.objects.filter(pk=change.pk).update(**proposed)
    Revision.objects.filter(pk=change.pk).update(reason="任务调整", **proposed)
    decided = {"state": RevisionState.SUPERSEDED, "confirmed_at": TUESDAY, "in_force_from": TUESDAY.date()}
    with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
        Revision.objects.filter(pk=change.pk).update(confirmed_by=person, **decided)


def test_steps_are_never_changed(city):
    plan = make_plan(city.construction, city.office)
    event = PlanEvent.objects.create(plan=plan, number=1, action="draft", at=TUESDAY, to_state=State.DRAFT)
    with pytest.raises(InternalError), transaction.atomic():
        PlanEvent.objects.filter(pk=event.pk).update(text="x")
