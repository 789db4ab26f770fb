"""Office and organs at once on a pilot programme, and a sweep beside them (docs/trust.md I-02, F-09, F-19, F-21)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from supervision.models import Participant, PilotMilestone, Programme
from supervision.pilots import milestones, participants, programmes
from supervision.pilots.enums import CheckKind, MilestoneState, ParticipantState, ProgrammeState, TaskKind
from supervision.pilots.refusals import Changed, NotInState
from tests.concurrency import threads
from tests.factories import pilots as make
from tests.factories.pilots import DOCUMENT, TUESDAY
from tests.soundness import violated

pytestmark = pytest.mark.django_db(transaction=True)
LATE = TUESDAY + timedelta(days=40)


def seen(row, times=2):
    return [make.fresh(row) for _person in range(times)]


def kinds_of(results):
    return [type(failure) for failure in threads.failures(results)]


def sound():
    return violated("ilot")


def test_of_two_at_once_one_begins_hands_in_decides_and_the_other_is_told():
    cast = make.make_cast()
    programme = make.draft(cast)
    first, second = seen(programme)
    begun = threads.at_once(
        lambda: programmes.start(first, by=cast.head, at=TUESDAY, version=1),
        lambda: programmes.start(second, by=cast.other_officer, at=TUESDAY, version=1),
    )
    assert kinds_of(begun) in ([Changed], [NotInState])
    assert Programme.objects.get().state == ProgrammeState.RUNNING
    assert PilotMilestone.objects.count() == 8  # four tasks of two organs, each once

    # Leader and clerk hand the same paper in, while the sweep finds it late.
    plan = make.milestone(cast, programme)
    first, second = seen(plan)
    given = {"at": LATE, "version": plan.version, "text": "已完成。", "attachments": [DOCUMENT]}
    filed = threads.at_once(
        lambda: milestones.file(first, by=cast.leader, **given),
        lambda: milestones.file(second, by=cast.clerk, **given),
        lambda: sweep.run(at=LATE),
    )
    assert kinds_of(filed) in ([Changed], [NotInState])
    plan.refresh_from_db()
    assert (plan.state, plan.files.count()) == (MilestoneState.FILED, 1)

    # Taken on record or sent back; the same form twice is one step (F-19).
    first, second, third = seen(plan, 3)
    decided = threads.at_once(
        lambda: milestones.receive(first, by=cast.officer, at=LATE, version=plan.version, token="r" * 32),
        lambda: milestones.receive(second, by=cast.officer, at=LATE, version=plan.version, token="r" * 32),
        lambda: milestones.send_back(third, by=cast.head, at=LATE, version=plan.version, reason="缺少时间表"),
    )
    assert set(kinds_of(decided)) <= {Changed, NotInState}
    plan.refresh_from_db()
    assert plan.version == plan.events.count() == 3
    assert plan.state in (MilestoneState.RECEIVED, MilestoneState.RETURNED)
    assert engine.running(plan).exists() == (plan.state == MilestoneState.RETURNED)
    assert sound() == []


def test_what_an_organ_hands_in_while_it_is_withdrawn_is_owed_no_more():
    cast = make.make_cast()
    part = make.part_of(cast, make.start(cast))
    plan = part.milestones.get(kind=TaskKind.PLAN)
    participants.propose_withdrawal(part, by=cast.officer, at=TUESDAY, version=part.version, reason="机构撤并")
    given = {"at": LATE, "version": plan.version, "text": "已完成。", "attachments": [DOCUMENT]}
    results = threads.at_once(
        lambda: milestones.file(plan, by=cast.leader, **given),
        lambda: participants.withdraw(part, by=cast.head, at=LATE, version=part.version),
        lambda: sweep.run(at=LATE),
    )

    assert set(kinds_of(results)) <= {Changed, NotInState}
    assert Participant.objects.get(pk=part.pk).state == ParticipantState.WITHDRAWN
    rows = PilotMilestone.objects.filter(participant=part)
    assert set(rows.values_list("state", flat=True)) == {MilestoneState.DROPPED}
    assert not any(engine.running(row).exists() for row in rows)
    assert sound() == []


def test_what_a_check_and_a_self_check_find_at_once_is_asked_for_twice_in_places_of_its_own():
    cast = make.make_cast()
    programme = make.start(cast)
    part = make.part_of(cast, programme)
    own = make.milestone(cast, programme, TaskKind.SELF_CHECK)
    own = make.file(cast, own, has_findings=True, findings="台账不全", at=LATE)
    given = {"result": "窗口无人", "has_findings": True, "checked_on": timezone.localdate(LATE)}
    results = threads.at_once(
        lambda: milestones.receive(own, by=cast.officer, at=LATE, version=own.version),
        lambda: participants.check(
            part, by=cast.other_officer, at=LATE, version=part.version, kind=CheckKind.SPOT, **given
        ),
    )

    assert threads.failures(results) == []
    asked = part.milestones.filter(kind=TaskKind.RECTIFY)
    assert asked.count() == 2
    assert len({(row.phase_id, row.position) for row in part.milestones.all()}) == part.milestones.count()
    assert all(engine.running(row).count() == 1 for row in asked)
    assert sound() == []
