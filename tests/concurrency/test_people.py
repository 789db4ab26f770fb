"""Posts and escalations: what two persons decide at once (docs/trust.md Z-10, Z-11)."""

from datetime import timedelta
from threading import Event

import pytest
from django.db import transaction
from django.utils import timezone

from complaints.enums import State
from efficiency import absences, appointments
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Acknowledgement, Escalation
from efficiency.organs.models import Absence, Role, Tenure, TenureKind
from supervision.escalations.acknowledging import AlreadyAcknowledged, acknowledge
from tests.concurrency.threads import PATIENCE, at_once, failures, until_somebody_waits
from tests.factories import cases as make
from tests.factories.cases import local
from tests.factories.staff import every_role, make_city, make_post, make_user, seat

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def city():
    return make_city()


@pytest.fixture
def people(city):
    return every_role(city)


def propose(people, organ, role, user):
    return appointments.propose(
        by=people["administrator"],
        at=timezone.now(),
        user=user,
        post=make_post(organ, role),
        since=timezone.localdate(),
        reason="新任",
    )


def test_Z11_two_of_the_three_offices_confirmed_at_once_for_one_person_are_one(people, city):
    """Also where the person has two accounts, one for each."""
    first, second = (make_user(full_name="刘志强", phone="13900000001") for _ in range(2))
    changes = [
        propose(people, city.government, Role.AUDITOR, first),
        propose(people, city.government, Role.SYSTEM_ADMINISTRATOR, second),
    ]

    results = at_once(
        *[
            lambda change=change, by=by: appointments.confirm(change, by=by, at=timezone.now())
            for change, by in zip(changes, (people["officer"], people["office_head"]), strict=True)
        ]
    )

    assert [type(result) for result in failures(results)] == [appointments.Refused]
    assert Tenure.objects.filter(user__in=[first, second]).count() == 1


def test_of_two_who_stand_in_for_each_other_one_is_away_at_a_time(city):
    pair = [seat(Role.CLERK, city.construction) for _each in range(2)]
    posts = [user.tenures.get().post for user in pair]
    for post, other in zip(posts, reversed(posts), strict=True):
        post.stand_in = other
        post.save()
    today = timezone.localdate()

    results = at_once(
        *[
            lambda user=user: absences.record_absence(
                user.tenures.get(kind=TenureKind.HOLDER),
                by=user,
                at=timezone.now(),
                since=today,
                until=today + timedelta(days=2),
                reason="leave",
            )
            for user in pair
        ]
    )

    assert [type(result) for result in failures(results)] == [appointments.Refused]
    assert Absence.objects.count() == 1


def test_S07_nobody_stands_in_beyond_a_tenure_that_ends_in_this_moment(people, city):
    away, cover = (seat(Role.CLERK, city.construction) for _each in range(2))
    tenure = away.tenures.get()
    tenure.post.stand_in = cover.tenures.get().post
    tenure.post.save()
    today = timezone.localdate()
    end = appointments.propose_end(
        tenure, by=people["administrator"], at=timezone.now(), until=today + timedelta(days=2), reason="调离"
    )

    def end_it():
        with transaction.atomic():
            appointments.confirm(end, by=people["officer"], at=timezone.now())
            until_somebody_waits()

    def record():
        held.wait(timeout=PATIENCE)
        absences.record_absence(
            tenure, by=away, at=timezone.now(), since=today, until=today + timedelta(days=9), reason="leave"
        )

    held = Event()

    def follow(*_tenure):
        held.set()

    appointments.on_end(follow)
    try:
        results = at_once(end_it, record)
    finally:
        appointments._on_end.remove(follow)

    assert [type(result) for result in failures(results)] == [appointments.Refused]
    assert not Tenure.objects.filter(kind=TenureKind.STAND_IN).exists()


def test_a_proposal_is_decided_by_one_of_two_officers(people, city):
    change = propose(people, city.construction, Role.CLERK, people["nobody"])

    results = at_once(
        lambda: appointments.confirm(change, by=people["officer"], at=timezone.now()),
        lambda: appointments.refuse(change, by=people["office_head"], at=timezone.now(), remark="重复"),
    )

    assert [type(result) for result in failures(results)] == [appointments.AlreadyDecided]
    change.refresh_from_db()
    is_confirmed = change.outcome == "confirmed"
    assert Tenure.objects.filter(user=people["nobody"]).exists() == is_confirmed


def test_an_escalation_is_acknowledged_by_one_of_two():
    cast = make.make_cast()
    make.case_in(State.HANDLING, cast)
    sweep.run(at=local(2026, 4, 15))
    escalation = Escalation.objects.filter(level=2).first()

    results = at_once(
        *[lambda by=by: acknowledge(escalation, by=by, at=local(2026, 4, 15)) for by in (cast.officer, cast.inspector)]
    )

    assert [type(result) for result in failures(results)] == [AlreadyAcknowledged]
    assert Acknowledgement.objects.count() == 1
