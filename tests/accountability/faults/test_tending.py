"""What the worker does for fault cases: what it cannot digest stops nothing else (docs/trust.md D-07)."""

import pytest

from accountability.faults import hearing, inquiry, looked, tasks
from accountability.faults.enums import State
from accountability.faults.files import files
from accountability.models import FaultCase, FaultLook
from efficiency.outbox.models import Message
from tests.factories import faults as make
from tests.factories.cases import local

pytestmark = pytest.mark.django_db


def test_D07_a_job_that_fails_stops_none_of_the_others(monkeypatch):
    done = []

    def fails(*, at):
        raise ValueError("poison")

    monkeypatch.setattr(hearing, "lapse_defences", fails)
    monkeypatch.setattr(inquiry, "lapse_extensions", lambda *, at: done.append("extensions"))
    monkeypatch.setattr(files, "look_at_waiting", lambda *, at: done.append("files"))
    fails.__name__ = "lapse_defences"
    with pytest.raises(ExceptionGroup):
        tasks.tend_faults()
    assert done == ["extensions", "files"]


def test_D07_a_case_that_fails_stops_none_of_the_others(cast, monkeypatch):
    poison = make.announced(cast)
    second = FaultCase.objects.create(
        number="GC20260000019",
        organ=poison.organ,
        office=poison.office,
        state=State.DEFENCE,
        received_at=local(2026, 6, 1),
    )
    looked = []
    lapse = hearing.workflow.lock

    def lock(case):
        looked.append(case.pk)
        if case.pk == poison.pk:
            raise ValueError("poison")
        lapse(case)

    monkeypatch.setattr(hearing.workflow, "lock", lock)
    with pytest.raises(ExceptionGroup):
        hearing.lapse_defences(at=local(2026, 7, 1))
    assert set(looked) == {poison.pk, second.pk}
    second.refresh_from_db()
    assert second.state == State.DECIDING


def test_P04_the_auditor_is_told_each_morning_how_often_names_were_looked_at(cast):
    case = make.investigated(cast)
    for by in (cast.leader, cast.leader, cast.officer):
        FaultLook.objects.create(case=case, by=by, organ=case.office, at=local(2026, 6, 2, 15), reason="安排谈话")
    for at in (local(2026, 6, 3, 8), local(2026, 6, 3, 9), local(2026, 6, 4, 9)):
        looked.tell_of_days(at=at)
    told = Message.objects.get(kind="faults.looks_of_day", recipient=cast.auditor, channel="portal")
    assert told.values == {"day_on": "2026-06-02", "count": 3, "people": 2}
