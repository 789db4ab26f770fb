"""Hand-over beside a step of a clerk, and a counterpart decided by two at once: one after the other, nothing lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from complaints import actions, invariants
from complaints.enums import State
from complaints.models import Case, Holding
from complaints.refusals import Absent, NotAllowed, StaleCase
from efficiency import appointments, counterparts, succession
from efficiency.organs.models import CounterpartChange, Post, Rank, Role
from tests.factories import cases as make
from tests.factories.cases import recently
from tests.factories.staff import seat

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("calendar")]


def at_once(*works):
    """Run the works in connections that begin together, and return what each gave."""
    start = Barrier(len(works))

    def one(work):
        try:
            start.wait(timeout=30)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [each.result() for each in [pool.submit(one, work) for work in works]]


def test_I03_a_hand_over_beside_the_step_of_a_clerk():
    cast, at = make.make_cast(), recently()
    case = make.case_in(State.ASSIGNED, cast, at=at - timedelta(days=1))

    def hand_over():
        return succession.hand_over(
            cast.city.construction, by=cast.office_head, at=at, successor=cast.city.tax, reason="机构改革合并"
        )

    def sign_in():
        try:
            actions.sign_in(Case.objects.get(pk=case.pk), by=cast.clerk, at=at, version=case.version)
        except (Absent, NotAllowed, StaleCase):
            return "too late"
        return "signed in"

    moved, step = at_once(hand_over, sign_in)

    found = Case.objects.get(pk=case.pk)
    assert (moved["parts"], moved["cases"]) == (0, 1)
    assert found.handling_organ == cast.city.tax
    assert found.state == (State.HANDLING if step == "signed in" else State.ASSIGNED)
    assert Holding.objects.get(case=case, until=None).organ == cast.city.tax
    assert invariants.next_due_not_as_counted() == 0


def test_Z10_a_counterpart_is_decided_once_where_two_leaders_approve_at_once():
    cast, at = make.make_cast(), recently()
    a, b = (seat(Role.CLERK, cast.city.construction) for _each in range(2))
    second = seat(Role.ORGAN_LEADER, cast.city.construction, Rank.APPROVER)
    post, other = (Post.objects.get(tenures__user=person) for person in (a, b))
    change = counterparts.propose(post, by=a, at=at, counterpart=other, reason="调整分工")

    def approve(leader):
        try:
            counterparts.approve(CounterpartChange.objects.get(pk=change.pk), by=leader, at=at)
        except appointments.AlreadyDecided:
            return "decided before"
        return "approved"

    found = at_once(lambda: approve(cast.leader), lambda: approve(second))

    assert sorted(found) == ["approved", "decided before"]
    post.refresh_from_db()
    assert post.stand_in == other


def test_I03_two_workers_hand_an_organ_over_once(monkeypatch):
    cast, at = make.make_cast(), recently()
    monkeypatch.setattr(succession, "MOST_IN_A_REQUEST", 0)
    case = make.case_in(State.ASSIGNED, cast, at=at - timedelta(days=1))
    succession.ask(cast.city.construction, by=cast.office_head, at=at, successor=cast.city.tax, reason="机构改革合并")

    done = at_once(*[lambda: succession.do_asked(at=at)] * 2)

    assert sorted(done) == [0, 1]
    assert case.events.filter(action="succeed").count() == 1
    assert Case.objects.get(pk=case.pk).handling_organ == cast.city.tax
