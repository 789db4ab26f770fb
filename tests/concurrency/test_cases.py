"""Two people, two tabs, two clicks at once, with real threads on real connections (docs/trust.md S-10, F-19, F-21)."""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from complaints import actions, codes, deadlines
from complaints.actions import filing
from complaints.enums import State
from complaints.models import Case, CaseEvent, CaseIdentity, FilingToken
from efficiency.audit.verify import run as verify
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local

pytestmark = pytest.mark.django_db(transaction=True)

LATER = TUESDAY + timedelta(hours=2)


@pytest.fixture
def cast():
    return make.make_cast()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; return what each returned or raised."""
    together = Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        try:
            together.wait(timeout=10)
            results[place] = call()
        except Exception as error:  # the test looks at what it was
            results[place] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "the threads wait for each other"
    return results


def violations() -> list[tuple[str, str, int]]:
    return [(each.number, each.title, each.violations) for each in verify() if each.violations]


def test_S10_a_form_sent_several_times_at_once_files_one_case_and_all_get_its_receipt(cast):
    token = codes.new_token()
    # The text is the same each time: it is the same form.
    sent = {"token": token, "title": "同一张表单", "description": "同一张表单连续点击提交按钮，只应形成一件。"}

    receipts = at_once(*[lambda: make.file(cast, **sent)] * 6)

    assert all(isinstance(receipt, actions.Receipt) for receipt in receipts), receipts
    assert Case.objects.count() == FilingToken.objects.count() == CaseIdentity.objects.count() == 1
    assert len({(receipt.number, receipt.code) for receipt in receipts}) == 1
    assert sorted(receipt.again for receipt in receipts) == [False] + [True] * 5
    case = Case.objects.get()
    assert actions.open_tracking(receipts[0].number, receipts[0].code) == case
    assert case.events.count() == 1
    assert Deadline.objects.filter(object_id=case.pk).count() == 1
    assert Message.objects.filter(subject_id=case.pk, kind="complaints.file", channel="portal").count() == 2


def test_S10_the_second_of_two_is_served_when_the_first_fails_after_it_had_begun(cast, monkeypatch):
    token = codes.new_token()
    begun, failing = Barrier(2), [True]
    insert = filing.insert_together

    def fails_once(rows):
        insert(rows)
        if failing.pop() if failing else False:
            begun.wait(timeout=10)  # the other may start now; it has to wait for the token
            raise OSError("the power went")

    monkeypatch.setattr(filing, "insert_together", fails_once)

    def second():
        begun.wait(timeout=10)
        return make.file(cast, token=token)

    first, receipt = at_once(lambda: make.file(cast, token=token), second)

    assert isinstance(first, OSError)
    assert not receipt.again
    assert Case.objects.get().number == receipt.number


def test_numbers_drawn_at_once_differ(cast):
    receipts = at_once(*[lambda: make.file(cast) for _ in range(8)])

    assert len({receipt.number for receipt in receipts}) == 8


def test_F21_of_two_clerks_who_take_one_step_at_once_one_wins_and_the_other_is_told(cast):
    from efficiency.organs.models import Role
    from tests.factories.staff import seat

    colleague = seat(Role.CLERK, cast.city.construction)
    case = make.case_in(State.ASSIGNED, cast)

    def sign_in(user):
        return lambda: actions.sign_in(Case.objects.get(pk=case.pk), by=user, at=LATER, version=case.version)

    results = at_once(sign_in(cast.clerk), sign_in(colleague))

    winner = next(result for result in results if isinstance(result, CaseEvent))
    loser = next(result for result in results if isinstance(result, Exception))
    assert isinstance(loser, actions.StaleCase)
    assert [event.pk for event in loser.changes] == [winner.pk]
    case.refresh_from_db()
    assert case.handler == winner.actor
    assert case.events.filter(action="sign_in").count() == 1


def test_F21_transfer_while_replying_one_wins(cast):
    case = make.case_in(State.HANDLING, cast)
    actions.propose_reply(
        case, by=cast.clerk, at=TUESDAY, version=case.version, outcome="not_upheld", findings="不属实", basis="法"
    )
    version = case.version

    results = at_once(
        lambda: actions.approve_reply(Case.objects.get(pk=case.pk), by=cast.leader, at=LATER, version=version),
        lambda: actions.transfer(
            Case.objects.get(pk=case.pk),
            by=cast.officer,
            at=LATER,
            version=version,
            organ=cast.city.tax,
            reason="属地税局职责",
        ),
    )

    assert sum(isinstance(result, CaseEvent) for result in results) == 1
    # Whoever came second meets a stale case, or, once it was handed over, no case at all.
    assert sum(isinstance(result, actions.StaleCase | actions.Absent) for result in results) == 1
    assert violations() == []


def test_steps_and_two_sweeps_at_once_never_wait_in_a_circle(cast):
    """Steps take the case and then its deadlines, the sweep deadlines alone (docs/architecture.md)."""
    late = local(2026, 4, 15)
    cases = [make.case_in(State.HANDLING, cast) for _ in range(4)]

    def reply(case):
        return lambda: make.reply(Case.objects.get(pk=case.pk), cast, at=late)

    results = at_once(
        *[reply(case) for case in cases],
        lambda: sweep.run(at=late, rehearsal=True),
        lambda: sweep.run(at=late, rehearsal=True),
    )

    assert not [result for result in results if isinstance(result, Exception)]
    for case in cases:
        promise = engine.of_subject(case).get(kind=deadlines.REPLY)
        levels = list(promise.escalations.order_by("level").values_list("level", flat=True))
        assert levels == [level for level, _moment in enumerate((1, 2, 3, 4), start=1) if level <= max(levels)]
        assert promise.met_at == late
    assert Escalation.objects.count() == Escalation.objects.values("deadline", "level").distinct().count()


def test_urge_pressed_twice_at_once_and_beside_a_sweep_escalates_once(cast):
    case = make.file(cast).case
    late = local(2026, 3, 12)

    results = at_once(
        lambda: actions.urge(Case.objects.get(pk=case.pk), at=late),
        lambda: actions.urge(Case.objects.get(pk=case.pk), at=late),
        lambda: sweep.run(at=late, rehearsal=True),
    )

    assert not [result for result in results if isinstance(result, Exception)], results
    assert case.events.filter(action="urge").count() == 1
    levels = Escalation.objects.filter(object_id=case.pk).order_by("level").values_list("level", flat=True)
    assert list(levels) == [1, 2]


def test_an_evaluation_sent_twice_at_once_counts_once(cast):
    case = make.case_in(State.REPLIED, cast)

    results = at_once(*[lambda: actions.evaluate(Case.objects.get(pk=case.pk), at=LATER, grade=5)] * 3)

    assert sum(isinstance(result, CaseEvent) for result in results) == 1
    assert sum(isinstance(result, actions.NotInState) for result in results) == 2
    assert case.evaluations.count() == 1
