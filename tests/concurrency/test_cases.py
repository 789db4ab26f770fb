"""Two people, two tabs, two clicks at once, with real threads on real connections (docs/trust.md S-10, F-19, F-21)."""

from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from django.db import transaction
from django.utils import timezone

from complaints import actions, deadlines, workflow
from complaints.actions import filing
from complaints.enums import State
from complaints.models import Assistance, Case, CaseEvent, CaseIdentity, FilingToken, FormDraft, SupervisionOrder
from efficiency import codes
from efficiency.audit.verify import run as verify
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Deadline, Escalation
from efficiency.outbox.models import Message
from tests.concurrency.threads import PATIENCE, at_once, failures, until_somebody_waits
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local

pytestmark = pytest.mark.django_db(transaction=True)

LATER = TUESDAY + timedelta(hours=2)


@pytest.fixture
def cast():
    return make.make_cast()


def violations() -> list[tuple[str, str, int]]:
    return [(each.number, each.title, each.violations) for each in verify() if each.violations]


def settled() -> None:
    """Nothing is wrong once a sweep has looked at what began at the very moment of the steps."""
    sweep.run(at=local(2026, 3, 26), rehearsal=True)
    assert violations() == []


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

    assert failures(results) == []
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

    assert failures(results) == []
    assert case.events.filter(action="urge").count() == 1
    levels = Escalation.objects.filter(object_id=case.pk).order_by("level").values_list("level", flat=True)
    assert list(levels) == [1, 2]


def test_an_evaluation_sent_twice_at_once_counts_once(cast):
    case = make.case_in(State.REPLIED, cast)

    results = at_once(*[lambda: actions.evaluate(Case.objects.get(pk=case.pk), at=LATER, grade=5)] * 3)

    assert sum(isinstance(result, CaseEvent) for result in results) == 1
    assert sum(isinstance(result, actions.NotInState) for result in results) == 2
    assert case.evaluations.count() == 1


@pytest.mark.parametrize(
    ("state", "verb"),
    # After the first of these the second no longer begins; after the others it would.
    [(State.SUPPLEMENTING, actions.supplement), (State.HANDLING, actions.add_material)],
)
def test_S10_what_a_citizen_hands_in_twice_at_once_arrives_once_and_both_are_told(cast, state, verb):
    case, token = make.case_in(state, cast), codes.new_token()
    before = case.events.count()

    def hand_in():
        return verb(Case.objects.get(pk=case.pk), at=LATER, text="回执见照片。", token=token)

    events = at_once(*[hand_in] * 4)

    assert failures(events) == []
    assert len({event.pk for event in events}) == 1
    assert case.events.count() == before + 1
    settled()


def test_F21_a_supervision_order_and_the_closing_at_once_one_wins(cast):
    case = make.case_in(State.REPORTED, cast)
    version = case.version

    results = at_once(
        lambda: actions.order_supervision(
            Case.objects.get(pk=case.pk), by=cast.inspector, at=LATER, version=version, text="请补充说明整改情况"
        ),
        lambda: actions.close(
            Case.objects.get(pk=case.pk), by=cast.officer, at=LATER, version=version, conclusion="予以办结"
        ),
    )

    winner = next(result for result in results if isinstance(result, CaseEvent))
    loser = next(result for result in results if isinstance(result, actions.StaleCase))
    assert [event.pk for event in loser.changes] == [winner.pk]
    is_ordered = winner.action == "order_supervision"
    assert SupervisionOrder.objects.filter(case=case).exists() == is_ordered
    assert engine.running(case, [deadlines.SUPERVISE]).exists() == is_ordered
    assert engine.running(case, [deadlines.CLOSE_REVIEW]).exists() == is_ordered
    settled()


def test_of_two_inspectors_who_order_at_once_one_order_is_written(cast):
    case = make.case_in(State.HANDLING, cast)
    version = case.version

    results = at_once(
        *[
            lambda by=by: actions.order_supervision(
                Case.objects.get(pk=case.pk), by=by, at=LATER, version=version, text="请限期办理"
            )
            for by in (cast.inspector, cast.officer)
        ]
    )

    assert [type(result) for result in failures(results)] == [actions.StaleCase]
    assert SupervisionOrder.objects.count() == 1
    settled()


def test_an_evaluation_and_the_archiving_at_once_lose_neither(cast):
    """The citizen's step depends on no page of the office: it is never stale, whichever comes first."""
    case = make.case_in(State.CLOSED, cast)
    version = case.version

    evaluation, archiving = at_once(
        lambda: actions.evaluate(Case.objects.get(pk=case.pk), at=LATER, grade=1),
        lambda: actions.archive(Case.objects.get(pk=case.pk), by=cast.officer, at=LATER, version=version),
    )

    assert isinstance(evaluation, CaseEvent)
    if isinstance(archiving, actions.StaleCase):  # the office is told and archives again
        case.refresh_from_db()
        actions.archive(case, by=cast.officer, at=LATER, version=case.version)
    case.refresh_from_db()
    assert case.state == State.ARCHIVED
    assert engine.running(case, [deadlines.FOLLOW_UP]).exists()
    settled()


def test_urging_while_the_reply_is_sent_neither_loses_the_reply_nor_the_level(cast):
    case = make.case_in(State.HANDLING, cast)
    late = local(2026, 3, 26)
    actions.propose_reply(
        case, by=cast.clerk, at=LATER, version=case.version, outcome="not_upheld", findings="不属实", basis="法"
    )
    version = case.version

    urging, replying = at_once(
        lambda: actions.urge(Case.objects.get(pk=case.pk), at=late),
        lambda: actions.approve_reply(Case.objects.get(pk=case.pk), by=cast.leader, at=late, version=version),
    )

    if isinstance(replying, actions.StaleCase):  # the call came first
        case.refresh_from_db()
        actions.approve_reply(case, by=cast.leader, at=late, version=case.version)
    assert isinstance(urging, CaseEvent | actions.NotInState)
    promise = engine.of_subject(case).get(kind=deadlines.REPLY)
    assert (promise.state, promise.met_at) == ("met", late)
    assert list(promise.escalations.order_by("level").values_list("level", flat=True)) == [1, 2]
    settled()


def test_Z07_signing_in_while_the_clerk_is_found_to_be_meant_leaves_no_case_with_them(cast):
    case = make.case_in(State.ASSIGNED, cast)
    version, post = case.version, cast.clerk.tenures.get().post

    signing, linking = at_once(
        lambda: actions.sign_in(Case.objects.get(pk=case.pk), by=cast.clerk, at=LATER, version=version),
        lambda: actions.link_person(
            Case.objects.get(pk=case.pk), by=cast.officer, at=LATER, version=version, post=post, reason="经核实"
        ),
    )

    assert isinstance(signing, CaseEvent) != isinstance(linking, CaseEvent)
    if isinstance(linking, actions.StaleCase):
        case.refresh_from_db()
        assert case.handler == cast.clerk
        actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=post, reason="经核实")
    else:
        assert isinstance(signing, actions.Absent)  # asked again under the lock (Z-06)
    case.refresh_from_db()
    assert case.handler is None
    assert not engine.running(case).filter(responsible=cast.clerk).exists()
    settled()


def test_two_workers_pass_a_case_on_once(cast):
    case = make.case_in(State.HANDLING, cast)
    cast.clerk.tenures.update(until=timezone.localdate(LATER))

    results = at_once(*[lambda: actions.pass_on_assignments(at=LATER)] * 3)

    assert failures(results) == []
    assert sum(results) == 1
    assert case.events.filter(action="pass_on").count() == 1


def test_I07_events_are_numbered_without_gap_however_many_write_at_once(cast):
    case = make.case_in(State.HANDLING, cast)

    def save(turn: int) -> CaseEvent:
        while True:
            fresh = Case.objects.get(pk=case.pk)
            try:
                return actions.save_draft(fresh, by=cast.clerk, at=LATER, version=fresh.version, findings=f"第{turn}稿")
            except actions.StaleCase:
                continue

    results = at_once(*[lambda turn=turn: save(turn) for turn in range(6)])

    assert failures(results) == []
    case.refresh_from_db()
    assert list(case.events.order_by("number").values_list("number", flat=True)) == list(range(1, case.version + 1))
    settled()


def test_I19_numbers_stay_unique_where_some_filings_fail(cast, monkeypatch):
    """A number that was drawn and never given to anybody is lost; none is given twice."""
    insert, turns = filing.insert_together, count(1)

    def fails_now_and_then(rows):
        insert(rows)
        if next(turns) % 3 == 0:
            raise OSError("the disk went")

    monkeypatch.setattr(filing, "insert_together", fails_now_and_then)

    results = at_once(*[lambda: make.file(cast) for _ in range(9)])

    receipts = [result for result in results if isinstance(result, actions.Receipt)]
    assert len(receipts) == 6
    assert len({receipt.number for receipt in receipts}) == 6
    assert Case.objects.count() == 6
    settled()


def test_of_two_officers_who_ask_one_organ_at_once_one_asks_it(cast):
    case = make.case_in(State.HANDLING, cast)
    version = case.version

    results = at_once(
        *[
            lambda by=by: actions.join(
                Case.objects.get(pk=case.pk),
                by=by,
                at=LATER,
                version=version,
                organ=cast.city.tax,
                request="请核实税费缴纳情况。",
                days=5,
            )
            for by in (cast.officer, cast.office_head)
        ]
    )

    assert [type(result) for result in failures(results)] == [actions.StaleCase]
    part = Assistance.objects.get()
    assert set(engine.running(part).values_list("kind", flat=True)) == {deadlines.ASSIST, deadlines.ASSIST_SIGN_IN}
    settled()


def test_a_part_is_answered_or_withdrawn_never_both(cast):
    case = make.case_in(State.HANDLING, cast)
    part = make.join(case, cast)
    actions.sign_in_part(part, by=cast.tax_clerk, at=TUESDAY)
    case.refresh_from_db()
    version = case.version

    answering, withdrawing = at_once(
        lambda: actions.answer_part(
            Assistance.objects.get(pk=part.pk), by=cast.tax_clerk, at=LATER, answer="税费已缴清。"
        ),
        lambda: actions.withdraw_part(
            Case.objects.get(pk=case.pk), by=cast.officer, at=LATER, version=version, part=part, reason="已另行核实。"
        ),
    )

    part.refresh_from_db()
    promise = engine.of_subject(part).get(kind=deadlines.ASSIST)
    if isinstance(answering, CaseEvent):
        assert isinstance(withdrawing, actions.StaleCase)
        assert (part.state, promise.state) == ("answered", "met")
    else:
        assert isinstance(answering, actions.NotInState)
        assert isinstance(withdrawing, CaseEvent)
        assert (part.state, promise.state) == ("withdrawn", "cancelled")
    settled()


def test_a_part_that_is_answered_while_the_reply_is_sent_loses_neither(cast):
    case = make.case_in(State.HANDLING, cast)
    part = make.join(case, cast)
    actions.sign_in_part(part, by=cast.tax_clerk, at=TUESDAY)
    case.refresh_from_db()
    actions.propose_reply(
        case, by=cast.clerk, at=TUESDAY, version=case.version, outcome="not_upheld", findings="不属实", basis="法"
    )
    version = case.version

    answering, replying = at_once(
        lambda: actions.answer_part(
            Assistance.objects.get(pk=part.pk), by=cast.tax_clerk, at=LATER, answer="税费已缴清。"
        ),
        lambda: actions.approve_reply(Case.objects.get(pk=case.pk), by=cast.leader, at=LATER, version=version),
    )

    if isinstance(replying, actions.StaleCase):  # the answer came first; the leader reads it and approves
        case.refresh_from_db()
        actions.approve_reply(case, by=cast.leader, at=LATER, version=case.version)
    part.refresh_from_db()
    assert part.state == ("answered" if isinstance(answering, CaseEvent) else "withdrawn")
    assert not engine.running(part).exists()
    settled()


@pytest.mark.parametrize(("column", "place"), [("handling_organ", "tax"), ("office", "district_office")])
def test_Z06_what_came_while_the_lock_was_waited_for_is_what_is_read(cast, column, place):
    case, begun = make.case_in(State.HANDLING, cast), Barrier(2)
    new = getattr(cast.city, place)

    def first():
        with transaction.atomic():
            workflow.lock(Case.objects.get(pk=case.pk))
            Case.objects.filter(pk=case.pk).update(**{column: new})
            begun.wait(timeout=PATIENCE)
            until_somebody_waits()

    def second():
        late = Case.objects.select_related("office", "handling_organ").get(pk=case.pk)
        begun.wait(timeout=PATIENCE)
        with transaction.atomic():
            workflow.lock(late)
            return late.office, late.handling_organ

    _nothing, read = at_once(first, second)

    case.refresh_from_db()
    assert read == (case.office, case.handling_organ)
    assert getattr(case, column) == new


def test_P10_a_draft_that_is_being_kept_while_the_step_is_taken_goes_with_it(cast):
    case, begun = make.case_in(State.REPLIED, cast), Barrier(2)

    def not_yet() -> bool:
        begun.wait(timeout=PATIENCE)
        until_somebody_waits()
        return False

    def drop():
        begun.wait(timeout=PATIENCE)
        actions.drop_form(cast.clerk, "report", case=case)

    results = at_once(
        lambda: actions.keep_form(cast.clerk, "report", {"facts": "属实"}, at=LATER, case=case, is_done=not_yet),
        drop,
    )

    assert failures(results) == []
    assert not FormDraft.objects.exists()
