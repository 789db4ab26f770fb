"""Stopping the clock 中止 is asked for by the organ that handles the case, and decided by the office (4.6, 3.4)."""

import pytest

from complaints import actions, deadlines, invariants, obstacles, timeline, workflow, worklist
from complaints.admin.forms import FORMS
from complaints.enums import State, SuspensionGround
from complaints.models import Case, RequestState, SuspensionRequest
from efficiency.access.scope import scope_of
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import local
from tests.factories.staff import seat
from tests.rules.test_two_persons import make_one

pytestmark = pytest.mark.django_db

LATER = local(2026, 3, 4)
OVER = local(2026, 3, 25, 0, 1)  # the reply was due on 24 March
WHY = "共墙归属正由法院审理，确权须以生效裁判为准。"


def ask(case: Case, by, *, ground: str = SuspensionGround.PROCEEDING, reason: str = WHY, at=LATER):
    return actions.ask_suspension(case, by=by, at=at, version=case.version, ground=ground, reason=reason)


def stop(case: Case, by, *, ground: str = SuspensionGround.PROCEEDING, at=LATER):
    return actions.suspend(case, by=by, at=at, version=case.version, ground=ground, reason=WHY)


def refuse(case: Case, by, *, reason: str = "判决与无争议部分无关", at=LATER):
    return actions.refuse_suspension(case, by=by, at=at, version=case.version, reason=reason)


def told(case: Case, kind: str) -> set[int | None]:
    return set(Message.objects.filter(kind=kind, subject_id=case.pk).values_list("recipient_id", flat=True))


def moves(user) -> set[int]:
    cases = worklist.with_moves(Case.objects.visible_to(user), user)
    return set(cases.filter(worklist.waiting_for(user)).values_list("pk", flat=True))


def own_move(user, case: Case):
    return worklist.own_move(scope_of(user), worklist.with_moves(Case.objects.filter(pk=case.pk), user).get())


class TestARequest:
    def test_3_4_the_organ_asks_and_the_clock_runs_on(self, cast):
        case = make.case_in(State.HANDLING, cast)

        ask(case, cast.clerk)

        request = case.suspension_requests.get()
        assert (request.organ, request.ground, request.state) == (cast.city.construction, "proceeding", "asked")
        assert deadlines.running(case, deadlines.REPLY).state == DeadlineState.OPEN
        assert case.state == State.HANDLING
        assert {cast.officer.pk, cast.office_head.pk} <= told(case, "complaints.ask_suspension")
        assert not any(WHY in entry.text for entry in timeline.public(case))
        assert any(WHY in entry.text for entry in timeline.internal(case, cast.officer))

    def test_4_6_the_office_grants_it_by_stopping_the_clock(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)

        stop(case, cast.officer)

        request = case.suspension_requests.get()
        assert (request.state, request.decided_by, request.decided_at) == (RequestState.GRANTED, cast.officer, LATER)
        assert deadlines.running(case, deadlines.REPLY).state == DeadlineState.SUSPENDED
        assert cast.clerk.pk in told(case, "complaints.suspend")

    def test_4_6_the_form_of_the_office_starts_from_what_was_asked(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)

        form = FORMS["suspend"](case=case, viewer=cast.officer)

        assert (form.initial["ground"], form.initial["reason"]) == ("proceeding", WHY)
        assert "reason" not in FORMS["ask_suspension"](case=case, viewer=cast.clerk).initial

    def test_4_6_it_is_refused_with_a_reason_that_the_organ_reads(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)

        with pytest.raises(actions.Invalid) as refused:
            refuse(case, cast.officer, reason=" ")
        assert refused.value.field == "reason"
        refuse(case, cast.officer)

        assert case.suspension_requests.get().state == RequestState.REFUSED
        assert deadlines.running(case, deadlines.REPLY).state == DeadlineState.OPEN
        assert cast.clerk.pk in told(case, "complaints.refuse_suspension")
        assert any("无争议部分" in entry.text for entry in timeline.internal(case, cast.clerk))
        assert not any("无争议部分" in entry.text for entry in timeline.public(case))

    def test_4_6_one_waits_at_a_time_and_another_may_follow(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)

        with pytest.raises(actions.NotInState):
            ask(case, cast.leader)
        refuse(case, cast.officer)
        ask(case, cast.leader, ground=SuspensionGround.FORCE_MAJEURE)

        assert obstacles.asked_suspension(case).asked_by == cast.leader

    def test_3_4_only_for_a_listed_ground(self, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.Invalid) as refused:
            ask(case, cast.clerk, ground="经办人出差")

        assert refused.value.field == "ground"
        assert not SuspensionRequest.objects.exists()

    def test_3_4_material_is_asked_for_once(self, cast):
        case = make.case_in(State.SUSPENDED, cast)
        actions.resume(case, by=cast.officer, at=LATER, version=case.version, reason="材料已齐。")

        with pytest.raises(actions.Invalid) as refused:
            ask(case, cast.clerk, ground=SuspensionGround.SUPPLEMENT)

        assert refused.value.field == "ground"

    def test_3_1_never_once_the_last_day_is_over(self, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.TooLate):
            ask(case, cast.clerk, at=OVER)

    def test_4_6_the_office_stops_the_clock_unasked_as_before(self, cast):
        case = make.case_in(State.HANDLING, cast)

        stop(case, cast.officer)

        assert case.state == State.SUSPENDED
        assert not case.suspension_requests.exists()

    def test_4_6_where_nobody_asked_nothing_is_refused_nor_offered(self, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.NotAsked):
            refuse(case, cast.officer)
        assert "refuse_suspension" not in {step.name for step in workflow.next_actions(case, cast.officer)}

    def test_Z10_whoever_asked_decides_from_no_account(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)
        second = seat(Role.OFFICE_OFFICER, cast.city.office)
        make_one(cast.clerk, second)

        for decide in (stop, refuse):
            with pytest.raises(actions.NotAllowed):
                decide(case, second)

        assert invariants.count_sql(invariants._OWN_REQUEST)() == 0
        SuspensionRequest.objects.update(state=RequestState.REFUSED, decided_by=cast.clerk, decided_at=LATER)
        assert invariants.count_sql(invariants._OWN_REQUEST)() == 1


class TestItsEnd:
    def test_3_1_undecided_at_the_end_of_the_last_day_it_has_ended(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)

        assert actions.lapse_suspensions(at=local(2026, 3, 24, 23, 59)) == 0
        assert actions.lapse_suspensions(at=OVER) == 1
        assert actions.lapse_suspensions(at=OVER) == 0

        case.refresh_from_db()
        assert case.suspension_requests.get().state == RequestState.LAPSED
        assert case.events.get(action="lapse_suspension").actor is None
        assert cast.clerk.pk in told(case, "complaints.lapse_suspension")

    def test_4_6_of_a_reply_that_was_sent_it_is_put_aside_without_a_word(self, cast):
        case = make.case_in(State.HANDLING, cast)
        ask(case, cast.clerk)
        make.reply(case, cast, at=LATER)

        assert actions.lapse_suspensions(at=LATER) == 1

        assert case.suspension_requests.get().state == RequestState.LAPSED
        assert not case.events.filter(action="lapse_suspension").exists()

    def test_4_6_what_an_organ_asked_that_has_the_case_no_longer_waits_for_nobody(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)
        ask(case, cast.clerk)
        actions.transfer(
            case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属地税局职责"
        )
        actions.sign_in(case, by=cast.tax_clerk, at=LATER, version=case.version)
        assert obstacles.asked_suspension(case) is None
        assert case.pk not in moves(cast.officer)

        ask(case, cast.tax_clerk)

        assert list(case.suspension_requests.order_by("id").values_list("organ", "state")) == [
            (cast.city.construction.pk, "lapsed"),
            (cast.city.tax.pk, "asked"),
        ]


class TestWhereItWaits:
    def test_4_6_it_is_the_move_of_every_officer(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)
        assert case.pk not in moves(cast.officer)

        ask(case, cast.clerk)

        for user in (cast.officer, cast.office_head):
            assert own_move(user, case) is worklist.DECIDE_STOP
            assert case.pk in moves(user)
            waiting = worklist.with_moves(Case.objects.visible_to(user), user).filter(worklist.to_approve(user))
            assert case in waiting
        assert own_move(cast.clerk, case).action != "suspend"
        refuse(case, cast.officer)
        assert case.pk not in moves(cast.officer)
