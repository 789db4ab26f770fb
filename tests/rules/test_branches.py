"""The branches beside the straight way, one test for each rule of docs/domain.md 3.4, 4.6 and 4.7."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from complaints import actions, citizen, deadlines, timeline
from complaints.actions import holding
from complaints.enums import Decision, Handling, Kind, NamedPerson, Outcome, Retention, State, SuspensionGround
from complaints.models import Case, Reply, ReplyState
from complaints.relations import seats_to
from efficiency.access.scope import scope_of
from efficiency.audit import verify
from efficiency.deadlines import sweep
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast, case_in, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)


def last_day(case: Case, kind: str):
    promise = deadlines.running(case, kind)
    assert promise is not None, kind
    return local_day(promise.due_at)


def states_of(case: Case) -> dict[str, str]:
    return {each.kind: each.state for each in deadlines.of_case(case)}


class TestWhatIsMissingIsAskedForOnce:
    def test_the_decision_waits_and_the_citizen_has_ten_working_days(self, cast):
        case = case_in(State.SUPPLEMENTING, cast)

        assert deadlines.running(case, deadlines.ACCEPT) is None
        assert last_day(case, deadlines.SUPPLEMENT) == local(2026, 3, 17).date()

    def test_T18_with_the_answer_the_time_for_the_decision_begins_anew(self, cast):
        case = case_in(State.SUPPLEMENTING, cast)
        answered = local(2026, 3, 6)

        actions.supplement(case, at=answered, text="回执见附件。")

        assert case.state == State.RECEIVED
        assert last_day(case, deadlines.ACCEPT) == local(2026, 3, 13).date()

    @pytest.mark.parametrize("made_necessary", [True, False])
    def test_4_7_a_second_list_is_counted_unless_new_material_made_it_necessary(self, cast, made_necessary):
        case = case_in(State.SUPPLEMENTING, cast)
        actions.supplement(case, at=LATER, text="回执见附件。")

        event = actions.ask_supplement(
            case,
            by=cast.officer,
            at=LATER,
            version=case.version,
            missing="回执上的印章不清，请补一份。",
            made_necessary=made_necessary,
        )

        assert event.data == {"again": True, "made_necessary": made_necessary}
        assert ("second_list" in case.flags) is not made_necessary
        assert deadlines.running(case, deadlines.SUPPLEMENT)

    def test_4_7_the_first_list_is_no_fault(self, cast):
        case = case_in(State.SUPPLEMENTING, cast)

        assert case.flags == []
        assert case.events.get(action="ask_supplement").data == {}

    def test_4_7_a_third_list_is_refused(self, cast):
        case = case_in(State.SUPPLEMENTING, cast)
        actions.supplement(case, at=LATER, text="回执见附件。")
        asked = {"by": cast.officer, "at": LATER, "missing": "还缺一份材料"}
        actions.ask_supplement(case, version=case.version, **asked)
        actions.supplement(case, at=LATER, text="印章见附件。")

        with pytest.raises(actions.NotInState):
            actions.ask_supplement(case, version=case.version, **asked)

    def test_without_an_answer_in_time_the_case_counts_as_withdrawn(self, cast):
        case = case_in(State.SUPPLEMENTING, cast)
        over = local(2026, 3, 18, 0, 1)

        sweep.run(at=over)
        assert actions.lapse_supplements(at=over) == 1
        assert actions.lapse_supplements(at=over) == 0

        case.refresh_from_db()
        assert case.state == State.WITHDRAWN
        assert not deadlines.running_kinds(case)

    def test_too_late_is_too_late_although_nobody_has_looked_yet(self, cast):
        case = case_in(State.SUPPLEMENTING, cast)

        with pytest.raises(actions.TooLate):
            actions.supplement(case, at=local(2026, 3, 18), text="回执见附件。")

    def test_the_list_stands_in_the_story_of_the_citizen(self, cast):
        case = case_in(State.SUPPLEMENTING, cast)

        assert any("申请回执" in entry.text for entry in timeline.public(case))


class TestMaterialIsAddedUnasked:
    def test_no_clock_moves_and_whoever_handles_the_case_is_told(self, cast):
        case = case_in(State.HANDLING, cast)
        due = deadlines.running(case, deadlines.REPLY).due_at

        actions.add_material(case, at=LATER, text="昨夜又施工到两点。")

        assert (case.state, deadlines.running(case, deadlines.REPLY).due_at) == (State.HANDLING, due)
        assert Message.objects.filter(kind="complaints.add_material", recipient=cast.clerk).exists()

    def test_Z08_a_name_of_somebody_of_the_organ_in_it_holds_the_case_with_the_office(self, cast):
        case = case_in(State.HANDLING, cast)

        actions.add_material(case, at=LATER, text=f"当晚值班的{cast.leader.full_name}拒绝登记。")

        assert case.named_person_state == NamedPerson.UNRESOLVED
        assert not Case.objects.visible_to(cast.clerk).filter(pk=case.pk).exists()
        assert deadlines.running(case, deadlines.RESOLVE_PERSON) is not None

    def test_Z08_so_does_a_name_in_what_was_asked_for(self, cast):
        case = case_in(State.SUSPENDED, cast)

        actions.supplement(case, at=LATER, text=f"经办的是{cast.leader.full_name}。")

        assert case.named_person_state == NamedPerson.UNRESOLVED

    def test_five_times_and_no_more(self, cast):
        case = case_in(State.HANDLING, cast)
        for number in range(5):
            actions.add_material(case, at=LATER, text=f"第{number}次补充。")

        with pytest.raises(actions.NotInState):
            actions.add_material(case, at=LATER, text="还有。")

    def test_after_the_reply_nothing_is_added(self, cast):
        case = case_in(State.REPLIED, cast)

        with pytest.raises(actions.NotInState):
            actions.add_material(case, at=LATER, text="还有。")

    def test_Z08_a_name_that_was_added_before_an_organ_had_the_case_is_found_when_it_is_to_have_it(self, cast):
        case = case_in(State.REGISTERED, cast)
        actions.add_material(case, at=LATER, text=f"当晚值班的{cast.leader.full_name}拒绝登记。")

        actions.submit(
            case,
            by=cast.officer,
            at=LATER,
            version=case.version,
            handling=Handling.ASSIGNED,
            organ=cast.city.construction,
            proposal="建议交办。",
        )

        assert case.named_person_state == NamedPerson.UNRESOLVED

    def test_Z08_that_one_name_was_settled_says_nothing_of_the_next(self, cast):
        case = case_in(State.HANDLING, cast)
        organ = cast.city.construction
        settle = {"by": cast.officer, "post": None, "reason": "并无此人。", "organ": organ}
        actions.link_person(case, at=LATER, version=case.version, **settle)

        actions.add_material(case, at=LATER, text=f"当晚值班的{cast.leader.full_name}拒绝登记。")

        assert case.named_person_state == NamedPerson.UNRESOLVED

    def test_what_was_asked_for_is_handed_in_by_its_own_form(self, cast):
        case = case_in(State.SUSPENDED, cast)

        with pytest.raises(actions.NotInState):
            actions.add_material(case, at=LATER, text="还有。")


class TestAConsultationCanBeAnsweredOnTheSpot:
    def test_it_is_replied_to_and_can_be_evaluated(self, cast):
        case = make.file(cast, kind=Kind.CONSULTATION, category="").case

        actions.answer_on_spot(case, by=cast.officer, at=LATER, version=case.version, answer="请到三号窗口办理。")

        assert (case.state, case.outcome) == (State.REPLIED, Outcome.ANSWERED)
        assert deadlines.running_kinds(case) == {deadlines.REPORT, deadlines.EVALUATE}
        assert Reply.objects.get(case=case).state == ReplyState.SENT

    def test_a_complaint_cannot(self, cast):
        case = make.file(cast).case

        with pytest.raises(actions.NotInState):
            actions.answer_on_spot(case, by=cast.officer, at=LATER, version=case.version, answer="已知悉。")


def test_redirecting_tells_who_is_responsible_and_ends_what_was_promised(cast):
    case = case_in(State.REDIRECTED, cast)

    assert states_of(case)[deadlines.ACCEPT] == DeadlineState.MET
    assert not deadlines.running_kinds(case)
    assert any("市中级人民法院" in entry.text for entry in timeline.public(case))


class TestReturnBeforeSigningIn:
    def returned(self, case: Case, cast: Cast, **fields):
        values = {
            "by": cast.leader,
            "at": LATER,
            "version": case.version,
            "reason": "不属本局职责",
            "basis": "三定方案",
        }
        return actions.return_to_office(case, **(values | fields))

    def again_to(self, case: Case, cast: Cast, organ):
        actions.instruct(
            case,
            by=cast.office_head,
            at=LATER,
            version=case.version,
            handling="assigned",
            organ=organ,
            instruction="请依职责办理。",
        )

    def test_the_office_rules_within_two_working_days_and_the_reply_runs_on(self, cast):
        case = case_in(State.ASSIGNED, cast)
        promised = last_day(case, deadlines.REPLY)

        self.returned(case, cast, organ=cast.city.tax)

        assert case.state == State.SUBMITTED
        assert (case.handling_organ, case.proposed_organ) == (None, cast.city.tax)
        assert last_day(case, deadlines.RETURN_RULING) == local(2026, 3, 5).date()
        assert last_day(case, deadlines.REPLY) == promised

    def test_the_organ_does_not_see_it_any_more(self, cast):
        case = case_in(State.ASSIGNED, cast)
        self.returned(case, cast)

        assert not Case.objects.visible_to(cast.leader).filter(pk=case.pk).exists()

    def test_the_ruling_keeps_the_promise_and_the_next_organ_signs_in(self, cast):
        case = case_in(State.ASSIGNED, cast)
        self.returned(case, cast)

        self.again_to(case, cast, cast.city.tax)

        assert states_of(case)[deadlines.RETURN_RULING] == DeadlineState.MET
        assert last_day(case, deadlines.SIGN_IN) == local(2026, 3, 4).date()

    def test_an_organ_returns_a_case_once(self, cast):
        case = case_in(State.ASSIGNED, cast)
        self.returned(case, cast)
        self.again_to(case, cast, cast.city.construction)

        with pytest.raises(actions.NotInState):
            self.returned(case, cast)

    def test_after_two_returns_the_ruling_binds_every_organ(self, cast):
        case = case_in(State.ASSIGNED, cast)
        self.returned(case, cast)
        self.again_to(case, cast, cast.city.tax)
        self.returned(case, cast, by=cast.tax_leader)
        self.again_to(case, cast, cast.city.construction)

        with pytest.raises(actions.NotInState):
            self.returned(case, cast)

    def test_after_signing_in_it_is_not_returned(self, cast):
        case = case_in(State.HANDLING, cast)

        with pytest.raises(actions.NotInState):
            self.returned(case, cast)


class TestPassingOn:
    """Who passed a case on is kept, and one that goes to and fro is found (推诿, docs/domain.md 4.6)."""

    def pass_on(self, case, cast, organ):
        given = {"by": cast.officer, "at": TUESDAY, "organ": organ, "reason": "职责不在该单位"}
        actions.transfer(case, version=case.version, **given)
        clerk = cast.tax_clerk if organ == cast.city.tax else cast.clerk
        actions.sign_in(case, by=clerk, at=TUESDAY, version=case.version)

    def test_4_6_a_case_that_comes_back_over_another_organ_is_flagged(self, cast, client):
        case = make.case_in(State.HANDLING, cast)
        self.pass_on(case, cast, cast.city.tax)
        assert "ping_pong" not in case.flags

        self.pass_on(case, cast, cast.city.construction)

        assert "ping_pong" in case.flags
        assert case.transfer_count == 2
        client.force_login(cast.officer)
        listed = client.get(reverse("admin:complaints_case_changelist"), {"passed": "to_and_fro"})
        assert case.number in listed.content.decode()
        assert list(Case.objects.passed_to_and_fro()) == [case]

    def test_4_6_one_that_the_office_gives_back_to_the_same_organ_is_not(self, cast):
        case = make.case_in(State.ASSIGNED, cast)
        actions.return_to_office(
            case, by=cast.leader, at=TUESDAY, version=case.version, reason="不属我局职责", basis="三定规定第三条"
        )
        actions.instruct(
            case,
            by=cast.office_head,
            at=TUESDAY,
            version=case.version,
            handling=Handling.ASSIGNED,
            organ=cast.city.construction,
            instruction="请你局办理",
        )

        assert "ping_pong" not in case.flags


class TestTheClockStopsForAListedGroundOnly:
    def suspend(self, case: Case, cast: Cast, ground: str, at=LATER):
        return actions.suspend(
            case, by=cast.officer, at=at, version=case.version, ground=ground, reason="同一事项正在行政复议。"
        )

    def test_that_an_official_is_away_is_none(self, cast):
        case = case_in(State.HANDLING, cast)

        with pytest.raises(actions.Invalid) as refused:
            self.suspend(case, cast, "official_away")
        assert refused.value.field == "ground"

    def test_the_days_it_stands_are_not_counted(self, cast):
        case = case_in(State.HANDLING, cast)
        before = last_day(case, deadlines.REPLY)
        self.suspend(case, cast, SuspensionGround.PROCEEDING)

        # Tuesday, Wednesday and Thursday are touched by the suspension.
        actions.resume(case, by=cast.officer, at=local(2026, 3, 5), version=case.version, reason="复议已作出决定。")

        assert case.state == State.HANDLING
        assert (before, last_day(case, deadlines.REPLY)) == (local(2026, 3, 24).date(), local(2026, 3, 26).date())

    def test_after_the_last_day_it_is_too_late(self, cast):
        case = case_in(State.HANDLING, cast)

        with pytest.raises(actions.TooLate):
            self.suspend(case, cast, SuspensionGround.PROCEEDING, at=local(2026, 3, 25))
        assert case.state == State.HANDLING

    def test_what_the_complainant_hands_in_lets_it_run_again(self, cast):
        case = case_in(State.SUSPENDED, cast)

        actions.supplement(case, at=local(2026, 3, 4), text="回执见附件。")

        assert case.state == State.HANDLING
        assert deadlines.running(case, deadlines.REPLY).state == DeadlineState.OPEN

    def test_what_is_not_handed_in_lets_it_run_again_too(self, cast):
        case = case_in(State.SUSPENDED, cast)
        over = local(2026, 3, 18, 0, 1)
        sweep.run(at=over)

        assert actions.lapse_supplements(at=over) == 1

        case.refresh_from_db()
        assert case.state == State.HANDLING
        assert deadlines.running(case, deadlines.REPLY).state == DeadlineState.OPEN

    @pytest.mark.parametrize("seen_at", [local(2026, 3, 18, 0, 1), local(2026, 3, 24, 15)])
    def test_D03_a_worker_that_comes_late_moves_no_date_of_the_citizen(self, cast, seen_at):
        case = case_in(State.SUSPENDED, cast)
        sweep.run(at=seen_at)

        assert actions.lapse_supplements(at=seen_at) == 1

        case.refresh_from_db()
        assert (last_day(case, deadlines.REPLY), case.events.latest("number").at) == (date(2026, 4, 9), seen_at)

    def test_D07_a_case_that_fails_stops_no_other(self, cast, monkeypatch):
        bad, good = (case_in(state, cast) for state in (State.SUPPLEMENTING, State.SUPPLEMENTING))
        over = local(2026, 3, 18, 0, 1)
        sweep.run(at=over)
        release = holding.release

        def fail(case: Case, **how: object) -> None:
            if case.pk == bad.pk:
                raise ValueError(case.pk)
            release(case, **how)

        monkeypatch.setattr(holding, "release", fail)
        assert actions.lapse_supplements(at=over) == 1
        monkeypatch.undo()
        assert actions.lapse_supplements(at=over) == 1

        assert {each.state for each in Case.objects.filter(pk__in=[bad.pk, good.pk])} == {State.WITHDRAWN}

    def test_a_court_takes_the_time_it_takes(self, cast):
        case = case_in(State.HANDLING, cast)
        self.suspend(case, cast, SuspensionGround.PROCEEDING)

        assert actions.lapse_supplements(at=local(2026, 6, 1)) == 0
        case.refresh_from_db()
        assert case.state == State.SUSPENDED

    def test_the_complainant_is_asked_for_material_once(self, cast):
        case = case_in(State.SUSPENDED, cast)
        actions.supplement(case, at=LATER, text="回执见附件。")

        with pytest.raises(actions.Invalid) as refused:
            self.suspend(case, cast, SuspensionGround.SUPPLEMENT)
        assert refused.value.field == "ground"

    def test_the_citizen_is_told_ground_and_reason(self, cast):
        case = case_in(State.HANDLING, cast)
        self.suspend(case, cast, SuspensionGround.PROCEEDING)

        assert any("正在行政复议" in entry.text for entry in timeline.public(case))

    def test_while_it_stands_nothing_is_late_for_the_citizen(self, cast):
        case = case_in(State.HANDLING, cast, anonymous=True)  # to whom no contact is promised either
        self.suspend(case, cast, SuspensionGround.PROCEEDING)

        page = citizen.page_of(case, at=local(2026, 5, 6))

        assert (page.may_urge, page.urged, page.urge_from) == (False, False, None)
        assert page.next_promise is not None
        assert page.next_promise.suspended_reason == "同一事项正在行政复议。"
        assert page.reply_waits

    def test_a_stopped_clock_is_looked_at_every_fifteen_working_days(self, cast):
        case = case_in(State.HANDLING, cast)
        self.suspend(case, cast, SuspensionGround.PROCEEDING)
        assert last_day(case, deadlines.RESUME_CHECK) == local(2026, 3, 24).date()

        actions.keep_suspended(
            case, by=cast.officer, at=local(2026, 3, 24), version=case.version, reason="行政复议尚未审结。"
        )

        assert case.state == State.SUSPENDED
        assert last_day(case, deadlines.RESUME_CHECK) == local(2026, 4, 15).date()

    def test_why_it_stays_stopped_has_to_be_written_down(self, cast):
        case = case_in(State.HANDLING, cast)
        self.suspend(case, cast, SuspensionGround.PROCEEDING)

        with pytest.raises(actions.Invalid):
            actions.keep_suspended(case, by=cast.officer, at=LATER, version=case.version, reason=" ")

    def test_a_look_that_nobody_takes_is_escalated(self, cast):
        case = case_in(State.HANDLING, cast)
        self.suspend(case, cast, SuspensionGround.PROCEEDING)

        sweep.run(at=local(2026, 3, 25))

        check = deadlines.running(case, deadlines.RESUME_CHECK)
        assert check.escalations.filter(level=2).exists()


class TestMoreTimeIsGivenOnce:
    def extend(self, case: Case, cast: Cast, *, days=10, at=LATER, **fields):
        values = {"by": cast.office_head, "version": case.version, "reason": "需委托检测机构检测。"}
        return actions.extend(case, at=at, days=days, **(values | fields))

    def test_it_counts_on_from_the_last_day_and_is_told(self, cast):
        case = case_in(State.HANDLING, cast)

        self.extend(case, cast, days=5)

        assert last_day(case, deadlines.REPLY) == local(2026, 3, 31).date()
        assert any("委托检测" in entry.text for entry in timeline.public(case))

    @pytest.mark.parametrize(("days", "field"), [(0, "days"), (16, "days")])
    def test_a_complaint_gets_fifteen_working_days_at_most(self, cast, days, field):
        case = case_in(State.HANDLING, cast)

        with pytest.raises(actions.Invalid) as refused:
            self.extend(case, cast, days=days)
        assert refused.value.field == field

    def test_a_second_time_is_refused(self, cast):
        case = case_in(State.HANDLING, cast)
        self.extend(case, cast)

        with pytest.raises(actions.NotInState):
            self.extend(case, cast)

    def test_after_the_last_day_it_is_too_late(self, cast):
        case = case_in(State.HANDLING, cast)

        with pytest.raises(actions.TooLate):
            self.extend(case, cast, at=local(2026, 3, 25))

    def test_whoever_asked_for_it_cannot_give_it(self, cast):
        case = case_in(State.SUBMITTED, cast)
        actions.instruct(
            case, by=cast.office_head, at=LATER, version=case.version, handling="own", instruction="由我办直接办理。"
        )
        actions.ask_extension(case, by=cast.office_head, at=LATER, version=case.version, days=5, reason="检测尚未完成")

        with pytest.raises(actions.NotAllowed):
            self.extend(case, cast)

    def test_asking_stops_no_clock_and_comes_before_the_end(self, cast):
        case = case_in(State.HANDLING, cast)
        promised = last_day(case, deadlines.REPLY)

        actions.ask_extension(case, by=cast.clerk, at=LATER, version=case.version, days=5, reason="检测尚未完成")

        assert last_day(case, deadlines.REPLY) == promised
        with pytest.raises(actions.NotInState):
            actions.ask_extension(case, by=cast.clerk, at=LATER, version=case.version, days=5, reason="再次申请")

    def test_after_the_end_nobody_asks(self, cast):
        case = case_in(State.HANDLING, cast)

        with pytest.raises(actions.TooLate):
            actions.ask_extension(
                case, by=cast.clerk, at=local(2026, 3, 25), version=case.version, days=5, reason="检测尚未完成"
            )


class TestWhatWasNotHandledIsPutAway:
    @pytest.mark.parametrize("state", [State.REDIRECTED, State.WITHDRAWN])
    def test_two_weeks_after_the_last_step(self, cast, state):
        case = case_in(state, cast)

        assert actions.put_away_ended(at=TUESDAY + timedelta(days=13)) == 0
        assert actions.put_away_ended(at=TUESDAY + timedelta(days=15)) == 1

        case.refresh_from_db()
        assert (case.state, case.archived_at) == (State.ARCHIVED, TUESDAY + timedelta(days=15))
        assert case.events.last().data == {"retention": Retention.TEN_YEARS}
        assert actions.put_away_ended(at=TUESDAY + timedelta(days=15)) == 0

    def test_a_refusal_waits_until_nobody_can_ask_for_a_review_any_more(self, cast):
        case = case_in(State.REJECTED, cast)
        sweep.run(at=TUESDAY + timedelta(days=20))
        assert actions.put_away_ended(at=TUESDAY + timedelta(days=20)) == 0

        sweep.run(at=TUESDAY + timedelta(days=40))
        actions.put_away_ended(at=TUESDAY + timedelta(days=40))

        case.refresh_from_db()
        assert case.state == State.ARCHIVED


class TestReworkIsAPromiseOfItsOwn:
    def again(self, case: Case, cast: Cast, at=LATER):
        return actions.order_rework(case, by=cast.officer, at=at, version=case.version, text="整改未到位。")

    def through(self, case: Case, cast: Cast):
        make.reply(case, cast, at=LATER)
        make.report(case, cast, at=LATER)

    def test_it_runs_ten_working_days_and_the_old_promise_keeps_its_result(self, cast):
        case = case_in(State.REPORTED, cast)

        self.again(case, cast)

        assert last_day(case, deadlines.REWORK) == local(2026, 3, 17).date()
        assert states_of(case)[deadlines.REPLY] == DeadlineState.MET

    def test_the_second_reply_keeps_it_and_is_evaluated_by_itself(self, cast):
        case = case_in(State.REPORTED, cast)
        actions.evaluate(case, at=TUESDAY, grade=2)
        self.again(case, cast)

        make.reply(case, cast)
        actions.evaluate(case, at=LATER, grade=5)

        assert states_of(case)[deadlines.REWORK] == DeadlineState.MET
        assert list(case.evaluations.order_by("id").values_list("grade", flat=True)) == [2, 5]

    def test_where_nothing_was_replied_nothing_is_worked_on_again(self, cast):
        case = case_in(State.REJECTED, cast)
        actions.ask_review(case, at=LATER, reasons="法院并未受理")
        head = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        actions.decide_review(
            case, by=head, at=LATER, version=case.version, decision=Decision.UPHELD, text="维持不予受理。"
        )

        with pytest.raises(actions.NotInState):
            actions.order_rework(case, by=cast.officer, at=LATER, version=case.version, text="重新办理。")

    def test_before_the_report_the_report_is_no_longer_due(self, cast):
        case = case_in(State.REPLIED, cast)

        self.again(case, cast)

        assert deadlines.REPORT not in deadlines.running_kinds(case)

    def test_after_two_times_the_office_handles_it_itself(self, cast):
        case = case_in(State.REPORTED, cast)
        for _time in range(2):
            self.again(case, cast)
            assert case.handling_organ == cast.city.construction
            self.through(case, cast)

        self.again(case, cast)

        assert case.is_own_handling
        assert case.state == State.REWORKING
        assert not Case.objects.visible_to(cast.clerk).filter(pk=case.pk).exists()


class TestWithdrawal:
    def test_what_was_promised_ends_neither_kept_nor_broken(self, cast):
        case = case_in(State.HANDLING, cast)

        actions.withdraw(case, at=LATER, reason="问题已解决")

        assert case.state == State.WITHDRAWN
        assert states_of(case)[deadlines.REPLY] == DeadlineState.CANCELLED
        assert not deadlines.running_kinds(case)

    def test_what_was_broken_stays_broken(self, cast):
        case = case_in(State.HANDLING, cast)

        actions.withdraw(case, at=local(2026, 3, 30))

        reply = next(each for each in deadlines.of_case(case) if each.kind == deadlines.REPLY)
        assert reply.is_late(at=local(2026, 4, 30))

    def test_after_the_reply_it_is_not_withdrawn(self, cast):
        case = case_in(State.REPLIED, cast)

        with pytest.raises(actions.NotInState):
            actions.withdraw(case, at=LATER)


class TestReview:
    def decide(self, case: Case, cast: Cast, decision: Decision, **fields):
        values = {"by": seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER), "version": case.version}
        step = actions.decide_final if case.state == State.FINAL_REVIEWING else actions.decide_review
        return step(case, at=LATER, decision=decision, text="理由如下。", **(values | fields))

    def test_it_is_asked_for_within_thirty_days_of_the_reply_and_decided_within_thirty(self, cast):
        case = case_in(State.REPLIED, cast)
        assert last_day(case, deadlines.REVIEW_APPLY) == local(2026, 4, 2).date()

        actions.ask_review(case, at=LATER, reasons="没有说明依据")

        assert last_day(case, deadlines.REVIEW) == local(2026, 4, 2).date()
        assert deadlines.REPORT not in deadlines.running_kinds(case)

    def test_after_that_it_is_too_late(self, cast):
        case = case_in(State.CLOSED, cast)

        with pytest.raises(actions.TooLate):
            actions.ask_review(case, at=local(2026, 4, 3), reasons="没有说明依据")

    def test_whoever_stayed_anonymous_files_anew(self, cast):
        case = case_in(State.CLOSED, cast, anonymous=True)

        with pytest.raises(actions.NotInState):
            actions.ask_review(case, at=LATER, reasons="没有说明依据")

    def test_nobody_who_had_a_part_decides(self, cast):
        case = case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=cast.office_head, at=TUESDAY, version=case.version, handling=Handling.OWN)
        make.reply(case, cast)
        actions.ask_review(case, at=LATER, reasons="没有说明依据")

        with pytest.raises(actions.Absent):
            self.decide(case, cast, Decision.UPHELD, by=cast.office_head)

    def test_to_have_given_the_case_to_an_organ_is_no_part_in_its_reply(self, cast):
        case = case_in(State.REVIEWING, cast)

        self.decide(case, cast, Decision.UPHELD, by=cast.office_head)

        assert case.state == State.CLOSED

    def test_what_an_office_answered_itself_stays_absent_for_the_governments_own_staff(self, cast):
        case = case_in(State.SUBMITTED, cast, organ=cast.city.district)
        clerk = seat(Role.CLERK, cast.city.government)
        leader = seat(Role.ORGAN_LEADER, cast.city.district, Rank.APPROVER)
        Case.objects.filter(pk=case.pk).update(office=cast.city.district_office)
        case.refresh_from_db()
        office = cast.city.district_office
        officer, head = seat(Role.OFFICE_OFFICER, office), seat(Role.OFFICE_OFFICER, office, Rank.APPROVER)
        actions.instruct(case, by=head, at=TUESDAY, version=case.version, handling=Handling.OWN)
        words = {"outcome": Outcome.UPHELD, "findings": "属实。", "measures": "已整改。", "basis": "《条例》"}
        actions.propose_reply(case, by=officer, at=TUESDAY, version=case.version, **words)
        actions.approve_reply(case, by=head, at=TUESDAY, version=case.version)

        actions.ask_review(case, at=LATER, reasons="没有说明依据")

        assert case.office == cast.city.office
        for user in (clerk, leader):
            assert not Case.objects.visible_to(user).filter(pk=case.pk).exists()
            assert not list(seats_to(scope_of(user), case))

    def test_the_office_below_does_not_decide_on_what_is_looked_at_above_it(self, cast):
        case = case_in(State.REVIEWING, cast)
        below = seat(Role.OFFICE_OFFICER, cast.city.district_office, Rank.APPROVER)
        Case.objects.filter(pk=case.pk).update(handling_organ=cast.city.district_office)
        case.refresh_from_db()

        with pytest.raises(actions.NotAllowed):
            self.decide(case, cast, Decision.UPHELD, by=below)

    def test_upheld_it_is_closed_and_the_final_review_can_be_asked_for(self, cast):
        case = case_in(State.REVIEWING, cast)

        self.decide(case, cast, Decision.UPHELD)

        assert case.state == State.CLOSED
        assert {deadlines.ARCHIVE, deadlines.FINAL_APPLY} <= deadlines.running_kinds(case)

    def test_overturned_the_organ_handles_it_again(self, cast):
        case = case_in(State.REVIEWING, cast)

        self.decide(case, cast, Decision.OVERTURNED)

        assert (case.state, case.handling_organ) == (State.REWORKING, cast.city.construction)
        assert last_day(case, deadlines.REWORK) == local(2026, 3, 17).date()

    def test_a_refusal_that_is_overturned_is_an_acceptance(self, cast):
        case = case_in(State.REJECTED, cast)
        actions.ask_review(case, at=LATER, reasons="法院并未受理")

        with pytest.raises(actions.Invalid):
            self.decide(case, cast, Decision.OVERTURNED)
        self.decide(case, cast, Decision.TAKEN_ON)

        assert case.state == State.ACCEPTED
        assert {deadlines.REPLY, deadlines.REGISTER} <= deadlines.running_kinds(case)

    def test_what_a_district_answered_itself_goes_to_the_city(self, cast):
        case = case_in(State.CLOSED, cast)
        office = cast.city.district_office
        Case.objects.filter(pk=case.pk).update(office=office, handling_organ=office)
        case.refresh_from_db()

        actions.ask_review(case, at=LATER, reasons="没有说明依据")
        self.decide(case, cast, Decision.OVERTURNED)

        assert (case.office, case.handling_organ) == (cast.city.office, cast.city.office)

    def test_the_final_review_is_the_last_word(self, cast):
        case = case_in(State.FINAL_REVIEWING, cast)

        self.decide(case, cast, Decision.UPHELD)

        assert case.state == State.CLOSED
        with pytest.raises(actions.NotInState):
            actions.ask_final(case, at=LATER, reasons="仍不同意")
        with pytest.raises(actions.NotInState):
            actions.ask_review(case, at=LATER, reasons="仍不同意")

    def test_what_was_archived_comes_back_for_a_review(self, cast):
        case = case_in(State.ARCHIVED, cast)

        actions.ask_review(case, at=LATER, reasons="没有说明依据")

        assert (case.state, case.archived_at) == (State.REVIEWING, None)


@pytest.mark.parametrize("state", [State.REDIRECTED, State.WITHDRAWN, State.REJECTED])
def test_what_was_not_handled_is_archived_for_ten_years(cast, state):
    case = case_in(state, cast)

    event = actions.archive(case, by=cast.officer, at=LATER, version=case.version)

    assert event.data["retention"] == Retention.TEN_YEARS


def test_nothing_is_broken_after_every_branch(cast):
    for state in State:
        case_in(state, cast)

    assert [finding.title for finding in verify.run() if finding.violations] == []
