"""More time 延期 (docs/domain.md 3.1 rule 9, 3.5): asked for before the end, decided by the head, once."""

import pytest

from complaints import actions, deadlines, obstacles, timeline, workflow
from complaints.enums import State, SuspensionGround
from complaints.models import Case, RequestState
from efficiency.deadlines import sweep
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = local(2026, 3, 4)
OVER = local(2026, 3, 25, 0, 1)  # the reply was due on 24 March


def last_day(case: Case, kind: str):
    promise = deadlines.running(case, kind)
    assert promise is not None
    return local_day(promise.due_at)


def ask(case: Case, by, *, days: int = 5, at=LATER):
    return actions.ask_extension(case, by=by, at=at, version=case.version, days=days, reason="检测尚未完成")


def give(case: Case, cast: Cast, *, days: int = 5, at=LATER):
    return actions.extend(case, by=cast.office_head, at=at, version=case.version, days=days, reason="需委托检测")


def refuse(case: Case, by, *, at=LATER, reason: str = "一个月内已检测过，无需再等"):
    return actions.refuse_extension(case, by=by, at=at, version=case.version, reason=reason)


def told(case: Case, kind: str) -> set[int | None]:
    return set(Message.objects.filter(kind=kind, subject_id=case.pk).values_list("recipient_id", flat=True))


class TestARequest:
    def test_3_1_is_granted_by_the_head_and_told(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)

        give(case, cast)

        request = case.extension_requests.get()
        assert (request.state, request.decided_by, request.decided_at) == (
            RequestState.GRANTED,
            cast.office_head,
            LATER,
        )
        assert last_day(case, deadlines.REPLY) == local(2026, 3, 31).date()

    def test_3_1_is_refused_with_a_reason_that_the_clerk_reads_and_the_old_end_stays(self, cast):
        case = make.case_in(State.HANDLING, cast)
        promised = last_day(case, deadlines.REPLY)
        ask(case, cast.clerk)

        refuse(case, cast.office_head)

        assert last_day(case, deadlines.REPLY) == promised
        assert case.extension_requests.get().state == RequestState.REFUSED
        assert cast.clerk.pk in told(case, "complaints.refuse_extension")
        assert any("无需再等" in entry.text for entry in timeline.internal(case, cast.clerk))
        assert not any("无需再等" in entry.text for entry in timeline.public(case))

    def test_3_1_is_made_once_also_after_it_was_refused(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)
        refuse(case, cast.office_head)

        with pytest.raises(actions.NotInState):
            ask(case, cast.clerk)

    def test_3_1_a_refusal_needs_a_reason(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)

        with pytest.raises(actions.Invalid) as refused:
            refuse(case, cast.office_head, reason=" ")

        assert refused.value.field == "reason"
        assert case.extension_requests.get().state == RequestState.ASKED

    def test_3_1_where_nobody_asked_nothing_is_refused_nor_offered(self, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.NotInState):
            refuse(case, cast.office_head)
        assert "refuse_extension" not in {step.name for step in workflow.next_actions(case, cast.office_head)}

    def test_Z10_whoever_asked_does_not_decide(self, cast):
        case = make.case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=cast.office_head, at=LATER, version=case.version, handling="own")
        ask(case, cast.office_head)

        for decide in (lambda: give(case, cast), lambda: refuse(case, cast.office_head)):
            with pytest.raises(actions.NotAllowed):
                decide()

        refuse(case, seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER))
        assert case.extension_requests.get().state == RequestState.REFUSED

    def test_3_1_one_for_the_reply_is_not_decided_while_the_complainant_is_asked_for_something(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)
        actions.suspend(
            case,
            by=cast.officer,
            at=LATER,
            version=case.version,
            ground=SuspensionGround.SUPPLEMENT,
            reason="请补充申请回执。",
        )
        assert obstacles.waiting_request(case) is None
        assert "refuse_extension" not in {step.name for step in workflow.next_actions(case, cast.office_head)}

        give(case, cast)  # to the complainant

        request = case.extension_requests.get()
        assert request.state == RequestState.ASKED
        actions.resume(case, by=cast.officer, at=LATER, version=case.version, reason="材料已齐。")
        before = last_day(case, deadlines.REPLY)
        give(case, cast)
        request.refresh_from_db()
        assert request.state == RequestState.GRANTED
        assert last_day(case, deadlines.REPLY) > before

    def test_Z10_whoever_handles_the_case_gives_themself_no_time(self, cast):
        case = make.case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=cast.office_head, at=LATER, version=case.version, handling="own")
        actions.assign(
            case, by=cast.office_head, at=LATER, version=case.version, handler=cast.office_head, reason="自办"
        )

        with pytest.raises(actions.NotAllowed):
            give(case, cast)

    def test_3_1_undecided_at_the_end_is_refused_by_itself(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)

        assert actions.lapse_extensions(at=local(2026, 3, 24, 23, 59)) == 0
        assert actions.lapse_extensions(at=OVER) == 1
        assert actions.lapse_extensions(at=OVER) == 0

        case.refresh_from_db()
        assert case.extension_requests.get().state == RequestState.LAPSED
        assert case.events.get(action="lapse_extension").actor is None
        assert cast.clerk.pk in told(case, "complaints.lapse_extension")
        sweep.run(at=OVER, rehearsal=True)
        assert deadlines.running(case, deadlines.REPLY).escalations.filter(level=2).exists()

    def test_3_1_of_a_promise_that_has_ended_is_put_aside_without_a_word(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)
        make.reply(case, cast, at=LATER)

        actions.lapse_extensions(at=LATER)

        assert case.extension_requests.get().state == RequestState.LAPSED
        assert not case.events.filter(action="lapse_extension").exists()


class TestThePromisesThatCanBeExtended:  # 3.5
    def test_3_5_a_reply_after_rework_gets_five_working_days_at_most(self, cast):
        case = make.case_in(State.REWORKING, cast)
        assert last_day(case, deadlines.REWORK) == local(2026, 3, 17).date()

        with pytest.raises(actions.Invalid):
            ask(case, cast.clerk, days=6)
        ask(case, cast.clerk, days=5)
        give(case, cast)

        assert last_day(case, deadlines.REWORK) == local(2026, 3, 24).date()

    def test_3_5_what_the_complainant_is_asked_for_gets_five_working_days_at_most(self, cast):
        case = make.case_in(State.SUPPLEMENTING, cast)
        assert last_day(case, deadlines.SUPPLEMENT) == local(2026, 3, 17).date()

        with pytest.raises(actions.Invalid):
            give(case, cast, days=6)
        give(case, cast)

        assert last_day(case, deadlines.SUPPLEMENT) == local(2026, 3, 24).date()
        (entry,) = [each for each in timeline.public(case) if "需委托检测" in each.text]
        assert str(entry.text) != str(timeline._extended({"days": 5}, {}))  # not the time for the reply

    def test_3_5_it_does_so_while_the_clock_of_the_reply_stands_still(self, cast):
        case = make.case_in(State.SUSPENDED, cast)

        ask(case, cast.clerk)
        give(case, cast)

        assert last_day(case, deadlines.SUPPLEMENT) == local(2026, 3, 24).date()
        actions.supplement(case, at=local(2026, 3, 23), text="补充回执")
        assert case.state == State.HANDLING

    def test_3_5_a_clock_that_stands_still_for_another_reason_has_to_run_again_first(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.suspend(
            case,
            by=cast.officer,
            at=TUESDAY,
            version=case.version,
            ground=SuspensionGround.PROCEEDING,
            reason="法院在审",
        )

        with pytest.raises(actions.NotInState) as refused:
            ask(case, cast.clerk)

        elsewhere = obstacles.obstacle(make.file(cast).case, "ask_extension", cast.clerk)
        assert str(refused.value.message) == str(obstacles.obstacle(case, "ask_extension", cast.clerk).message)
        assert str(refused.value.message) != str(elsewhere.message)

    def test_3_5_each_promise_has_its_own_once(self, cast):
        case = make.case_in(State.HANDLING, cast)
        give(case, cast)
        make.reply(case, cast, at=LATER)
        actions.order_rework(case, by=cast.officer, at=LATER, version=case.version, text="未说明整改时间")

        give(case, cast)

        assert deadlines.running(case, deadlines.REWORK).extension_count == 1
        with pytest.raises(actions.NotInState):
            give(case, cast)
