"""Two persons at once on social supervisors: appointed, observing, owed (docs/trust.md I-02, F-09, F-21)."""

from datetime import timedelta
from threading import Barrier

import pytest
from django.db import transaction

from efficiency.access.models import User
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.organs.models import Tenure
from supervision.models import Appointment, GatheringDuty, Observation
from supervision.supervisors import appointing, gathering, observing
from supervision.supervisors.enums import AppointmentState, GatheringKind, ObservationState
from supervision.supervisors.refusals import Absent, Changed, Invalid, NotInState
from tests.concurrency import threads
from tests.factories import supervisors as make
from tests.factories.cases import local
from tests.factories.staff import make_user
from tests.factories.supervisors import TUESDAY
from tests.soundness import violated

pytestmark = pytest.mark.django_db(transaction=True)


def seen(row, times=2):
    return [make.fresh(row) for _person in range(times)]


def kinds_of(results):
    return [type(failure) for failure in threads.failures(results)]


def sound():
    return violated("upervisor", "bservation", "athering")


def test_of_two_at_once_one_appoints_one_ends_and_the_other_is_told():
    cast = make.make_cast()
    # The same natural person, from two accounts: proposed once.
    User.objects.filter(pk=cast.social.pk).update(phone="13900139000")
    twin = make_user("social.twin", full_name=cast.social.full_name, phone="13900139000")
    cast.social.refresh_from_db()
    proposed = threads.at_once(lambda: make.propose(cast), lambda: make.propose(cast, twin, by=cast.other_officer))
    assert kinds_of(proposed) == [Invalid]
    appointment = Appointment.objects.get()

    first, second = seen(appointment)
    decided = threads.at_once(
        lambda: appointing.confirm(first, by=cast.head, at=TUESDAY, version=1),
        lambda: appointing.decline(second, by=_second(cast), at=TUESDAY, version=1, reason="人选不合适"),
    )
    assert kinds_of(decided) in ([Changed], [NotInState])
    appointment.refresh_from_db()
    assert appointment.version == appointment.events.count() == 2
    assert Tenure.objects.filter(user=appointment.person).exists() == (appointment.state == AppointmentState.APPOINTED)

    # Two certificates at once have two numbers.
    people = [make.propose(cast, make_user(f"social.{each}", full_name=name)) for each, name in enumerate(["甲", "乙"])]
    confirmed = threads.at_once(
        *(lambda each=each: appointing.confirm(each, by=cast.head, at=TUESDAY, version=1) for each in people)
    )
    assert threads.failures(confirmed) == []
    assert len({make.fresh(each).number for each in people}) == 2

    # A removal is carried out or refused.
    one = make.fresh(people[0])
    appointing.propose_removal(one, by=cast.officer, at=TUESDAY, version=one.version, reason="以监督员名义谋利")
    first, second = seen(one)
    ended = threads.at_once(
        lambda: appointing.remove(first, by=cast.head, at=TUESDAY, version=first.version),
        lambda: appointing.keep(second, by=_second(cast), at=TUESDAY, version=second.version, reason="查无实据"),
    )
    assert kinds_of(ended) in ([Changed], [NotInState])
    one.refresh_from_db()
    assert (one.left_on is None) == (one.state == AppointmentState.APPOINTED)
    assert sound() == []


def test_office_and_organ_at_once_on_an_observation_with_a_sweep_beside():
    cast = make.make_cast()
    make.appoint(cast)
    made = make.hand_in(cast)
    observing.pass_on(made, by=cast.officer, at=TUESDAY, version=1)
    late = TUESDAY + timedelta(days=30)

    first, second = seen(made)
    results = threads.at_once(
        lambda: observing.draft_answer(first, by=cast.leader, at=late, version=2, text="已整改。"),
        lambda: observing.take_up(
            second,
            by=cast.officer,
            at=late,
            version=2,
            kind="complaint",
            category="inaction",
            title="窗口空岗",
            text="已立为诉求。",
        ),
        lambda: sweep.run(at=late),
    )

    # The organ loses what became a case.
    assert kinds_of(results) in ([Absent], [Changed], [NotInState])
    made = Observation.objects.get(pk=made.pk)
    assert made.version == made.events.count() == 3
    assert (made.case is None) == (made.state == ObservationState.TO_RELEASE)
    assert engine.running(made).exists() == (made.state == ObservationState.TO_RELEASE)
    assert sound() == []


def test_what_is_owed_in_a_quarter_is_laid_once_and_kept_by_what_is_recorded_meanwhile():
    cast = make.make_cast()
    appointment = make.appoint(cast)
    found = make.meet(cast, appointment, at=local(2026, 3, 31), begins_at=local(2026, 4, 1, 8))
    now, begun = local(2026, 4, 1), Barrier(3)

    def record():
        with transaction.atomic():
            make.hold(cast, found, at=now)
            begun.wait(timeout=threads.PATIENCE)
            threads.until_somebody_waits()

    def lay():
        begun.wait(timeout=threads.PATIENCE)
        return gathering.tend_duties(at=now)

    results = threads.at_once(record, lay, lay)

    assert threads.failures(results) == []
    duty = GatheringDuty.objects.get(kind=GatheringKind.TOUR)
    assert duty.gathering == found
    assert not engine.running(duty).exists()
    assert sound() == []


def test_two_at_once_record_a_tour_once():
    cast = make.make_cast()
    found = make.meet(cast, make.appoint(cast))
    later = TUESDAY + timedelta(days=2)

    first, second = seen(found)
    results = threads.at_once(
        lambda: make.hold(cast, first, at=later),
        lambda: gathering.cancel(second, by=cast.other_officer, at=later, version=second.version, reason="台风"),
    )

    assert kinds_of(results) in ([Changed], [NotInState])
    found.refresh_from_db()
    assert found.version == found.events.count() == 2
    assert sound() == []


def _second(cast):
    """Return who may confirm beside the head."""
    return cast.other_officer
