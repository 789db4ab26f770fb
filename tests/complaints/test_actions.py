"""What each step decides, whom it makes owe what, whom it tells (docs/domain.md 4.6 to 4.9)."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints import actions, deadlines, tasks
from complaints.actions.closing import retention_of
from complaints.enums import (
    Category,
    Complexity,
    FollowUpCause,
    Grade,
    Handling,
    Kind,
    Outcome,
    RejectionGround,
    Retention,
    State,
)
from complaints.models import Case, Evaluation, Reply, ReplyState, SupervisionOrder
from efficiency.audit.models import AuditRecord
from efficiency.audit.models import Outcome as Ended
from efficiency.deadlines import actions as engine
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=2)


def running(case: Case, kind: str) -> Deadline:
    return engine.running(case, [kind]).get()


def told(case: Case, kind: str) -> set[int]:
    return set(
        Message.objects.filter(subject_id=case.pk, kind=kind, channel="portal").values_list("recipient", flat=True)
    )


class TestAccept:
    @pytest.mark.parametrize(
        ("kind", "complexity", "limit", "last_day"),
        [
            (Kind.CONSULTATION, Complexity.STANDARD, 5, date(2026, 3, 10)),
            (Kind.REQUEST, Complexity.STANDARD, 10, date(2026, 3, 17)),
            (Kind.SUGGESTION, Complexity.STANDARD, 10, date(2026, 3, 17)),
            (Kind.COMPLAINT, Complexity.STANDARD, 15, date(2026, 3, 24)),
            (Kind.COMPLAINT, Complexity.COMPLEX, 30, date(2026, 4, 15)),
        ],
    )
    def test_the_limit_of_the_reply_follows_kind_and_complexity(self, kind, complexity, limit, last_day, cast):
        case = make.file(cast).case

        make.accept(case, cast, kind=kind, complexity=complexity)

        promise = running(case, deadlines.REPLY)
        assert (promise.limit_number, promise.limit_unit) == (limit, "wd")
        assert timezone.localdate(promise.due_at) == last_day
        assert (case.kind, case.complexity, case.accepted_at) == (kind, complexity, TUESDAY)

    def test_until_it_is_assigned_the_office_owes_the_reply(self, cast):
        case = make.case_in(State.ACCEPTED, cast)

        promise = running(case, deadlines.REPLY)

        assert (promise.organ, promise.post, promise.responsible) == (cast.city.office, None, None)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"kind": ""}, "kind"),
            ({"category": ""}, "category"),
            ({"category": Category.INTEGRITY}, "category"),
            ({"complexity": "hard"}, "complexity"),
            ({"kind": Kind.REQUEST, "complexity": Complexity.COMPLEX}, "complexity"),
        ],
    )
    def test_each_field_that_does_not_do_is_named(self, changes, field, cast):
        case = make.file(cast).case

        with pytest.raises(actions.Invalid) as refusal:
            make.accept(case, cast, **changes)

        assert refusal.value.field == field
        assert case.events.count() == 1
        assert not engine.of_subject(case).filter(kind=deadlines.REPLY).exists()

    def test_the_office_finds_out_the_organ_that_the_citizen_did_not_know(self, cast):
        case = make.file(cast, organ=None).case

        make.accept(case, cast, organ=cast.city.tax)

        assert case.organ == cast.city.tax
        assert case.office == cast.city.office


class TestReject:
    def test_ground_and_explanation_are_told_and_a_named_complainant_may_ask_for_review(self, cast):
        case = make.case_in(State.REJECTED, cast)

        event = case.events.get(action="reject")
        assert event.data == {"ground": RejectionGround.JUDICIAL}
        assert "人民法院" in event.public_text
        assert set(engine.running(case).values_list("kind", flat=True)) == {deadlines.REVIEW_APPLY}
        assert case.next_due_at is None
        assert not case.is_open

    @pytest.mark.parametrize(("ground", "text", "field"), [("", "说明", "ground"), ("judicial", " ", "text")])
    def test_neither_may_be_missing(self, ground, text, field, cast):
        case = make.file(cast).case

        with pytest.raises(actions.Invalid) as refusal:
            actions.reject(case, by=cast.officer, at=LATER, version=case.version, ground=ground, text=text)
        assert refusal.value.field == field


class TestWayToTheOrgan:
    def test_heads_of_the_office_are_told_of_a_submission_and_the_organ_of_the_instruction(self, cast):
        case = make.case_in(State.ASSIGNED, cast)

        assert told(case, "complaints.submit") == {cast.office_head.pk}
        assert told(case, "complaints.instruct") == {cast.clerk.pk, cast.leader.pk}

    def test_an_organ_without_staff_is_answered_for_by_the_one_above(self, cast):
        above = seat(Role.CLERK, cast.city.district)
        case = make.case_in(State.SUBMITTED, cast)

        actions.instruct(
            case,
            by=cast.office_head,
            at=LATER,
            version=case.version,
            handling=Handling.ASSIGNED,
            organ=cast.city.street,
            instruction="同意",
        )

        assert told(case, "complaints.instruct") == {above.pk}
        actions.sign_in(case, by=above, at=LATER, version=case.version)

    def test_signing_in_makes_the_clerk_the_handler_who_owes_the_reply(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)

        for kind in (deadlines.REPLY, deadlines.CONTACT):
            promise = running(case, kind)
            assert (promise.organ, promise.responsible) == (cast.city.construction, cast.clerk)
            assert promise.post == cast.clerk.tenures.get().post
        assert case.handler == cast.clerk

    def test_own_handling_begins_at_once_with_who_proposed_it(self, cast):
        case = make.case_in(State.SUBMITTED, cast)

        actions.instruct(
            case, by=cast.office_head, at=LATER, version=case.version, handling=Handling.OWN, instruction="自办"
        )

        assert (case.state, case.handling_organ, case.handler) == (State.HANDLING, cast.city.office, cast.officer)
        assert not engine.of_subject(case).filter(kind=deadlines.SIGN_IN).exists()
        assert running(case, deadlines.CONTACT).responsible == cast.officer
        make.reply(case, cast, at=LATER)
        make.report(case, cast, at=LATER)
        assert case.state == State.REPORTED

    @pytest.mark.parametrize("choice", ["none", "office", "ended", "outside"])
    def test_only_an_organ_under_the_offices_government_can_be_given_a_case(self, choice, cast):
        case = make.case_in(State.SUBMITTED, cast)
        officer = cast.office_head
        organ = {"none": None, "office": cast.city.district_office, "ended": cast.city.tax, "outside": cast.city.tax}[
            choice
        ]
        if choice == "ended":
            organ.until = date(2026, 1, 1)
            organ.save()
        if choice == "outside":
            officer = seat(Role.OFFICE_OFFICER, cast.city.district_office, "approver")
            Case.objects.filter(pk=case.pk).update(office=cast.city.district_office)

        with pytest.raises(actions.Invalid) as refusal:
            actions.instruct(case, by=officer, at=LATER, version=case.version, handling=Handling.ASSIGNED, organ=organ)

        assert refusal.value.field == "organ"
        assert case.events.filter(action="instruct").count() == 0

    def test_a_contact_that_reached_nobody_is_no_contact(self, cast):
        case = make.case_in(State.HANDLING, cast)

        actions.record_contact(case, by=cast.officer, at=LATER, version=case.version, text="无人接听", reached=False)
        assert running(case, deadlines.CONTACT).met_at is None

        actions.record_contact(case, by=cast.officer, at=LATER, version=case.version, text="已说明进展", reached=True)
        assert engine.of_subject(case).get(kind=deadlines.CONTACT).met_at == LATER


class TestReply:
    def propose(self, case, cast, **changes):
        words = {"outcome": Outcome.UPHELD, "findings": "属实", "measures": "已整改", "basis": "行政许可法"} | changes
        return actions.propose_reply(case, by=cast.clerk, at=LATER, version=case.version, **words)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"outcome": ""}, "outcome"),
            ({"outcome": "perhaps"}, "outcome"),
            ({"outcome": Outcome.ANSWERED}, "outcome"),
            ({"findings": " "}, "findings"),
            ({"basis": ""}, "basis"),
            ({"measures": ""}, "measures"),
            ({"findings": "长" * 20_001}, "findings"),
            ({"findings": "\x00"}, "findings"),
        ],
    )
    def test_a_reply_is_whole_before_it_is_proposed(self, changes, field, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.Invalid) as refusal:
            self.propose(case, cast, **changes)

        assert refusal.value.field == field
        assert not Reply.objects.filter(case=case).exists()

    def test_a_consultation_is_answered_and_not_upheld(self, cast):
        case = make.case_in(State.HANDLING, cast, kind=Kind.CONSULTATION, category="")

        with pytest.raises(actions.Invalid):
            self.propose(case, cast, outcome=Outcome.UPHELD)
        self.propose(case, cast, outcome=Outcome.ANSWERED, measures="", basis="")

    def test_drafts_are_kept_until_the_reply_is_proposed_and_sent_back_with_a_remark(self, cast):
        case = make.case_in(State.HANDLING, cast)
        actions.save_draft(case, by=cast.clerk, at=LATER, version=case.version, findings="初稿")
        actions.save_draft(case, by=cast.clerk, at=LATER, version=case.version, findings="二稿", basis="法")
        assert Reply.objects.get(case=case).findings == "二稿"

        self.propose(case, cast)
        assert told(case, "complaints.propose_reply") == {cast.leader.pk}
        with pytest.raises(actions.NotInState):
            actions.save_draft(case, by=cast.clerk, at=LATER, version=case.version, findings="三稿")
        with pytest.raises(actions.Invalid):
            actions.return_reply(case, by=cast.leader, at=LATER, version=case.version, remark="")
        actions.return_reply(case, by=cast.leader, at=LATER, version=case.version, remark="依据不足")
        assert told(case, "complaints.return_reply") == {cast.clerk.pk}

        self.propose(case, cast)
        actions.approve_reply(case, by=cast.leader, at=LATER, version=case.version)
        assert list(Reply.objects.filter(case=case).order_by("id").values_list("state", flat=True)) == [
            ReplyState.RETURNED,
            ReplyState.SENT,
        ]

    def test_sending_it_keeps_the_promise_and_opens_what_follows(self, cast):
        case = make.case_in(State.REPLIED, cast)

        reply = Reply.objects.get(case=case)
        assert (reply.decided_by, reply.decided_at, reply.drafted_by) == (cast.leader, TUESDAY, cast.clerk)
        assert (case.outcome, case.replied_at) == (Outcome.UPHELD, TUESDAY)
        assert engine.of_subject(case).get(kind=deadlines.REPLY).met_at == TUESDAY
        kinds = set(engine.running(case).values_list("kind", flat=True))
        assert kinds == {deadlines.REPORT, deadlines.EVALUATE, deadlines.REVIEW_APPLY}
        assert running(case, deadlines.REPORT).responsible == cast.clerk

    def test_T22_the_reply_itself_is_a_contact_if_there_was_none_before(self, cast):
        case = make.case_in(State.REPLIED, cast)

        assert engine.of_subject(case).get(kind=deadlines.CONTACT).met_at == TUESDAY


class TestClosing:
    def test_T28_the_clock_of_the_organ_stops_at_the_report_and_that_of_the_office_starts(self, cast):
        case = make.case_in(State.REPORTED, cast)

        assert engine.of_subject(case).get(kind=deadlines.REPORT).met_at == TUESDAY
        review = running(case, deadlines.CLOSE_REVIEW)
        assert (review.started_at, review.organ) == (TUESDAY, cast.city.office)
        assert not engine.running(case).filter(organ=cast.city.construction).exists()

    @pytest.mark.parametrize(
        ("state", "instruction", "expected"),
        [
            (State.REJECTED, None, Retention.TEN_YEARS),
            (State.CLOSED, "同意", Retention.PERMANENT),
            (State.CLOSED, "", Retention.THIRTY_YEARS),
        ],
    )
    def test_how_long_the_file_is_kept_follows_from_what_happened(self, state, instruction, expected, cast):
        if instruction is None:
            case = make.case_in(state, cast)
        else:
            case = make.case_in(State.SUBMITTED, cast)
            actions.instruct(
                case,
                by=cast.office_head,
                at=LATER,
                version=case.version,
                handling=Handling.ASSIGNED,
                organ=cast.city.construction,
                instruction=instruction,
            )
            actions.sign_in(case, by=cast.clerk, at=LATER, version=case.version)
            make.report(make.reply(case, cast, at=LATER), cast, at=LATER)
            actions.close(case, by=cast.officer, at=LATER, version=case.version, conclusion="办结")

        assert retention_of(case) == expected
        event = actions.archive(case, by=cast.officer, at=LATER, version=case.version)
        assert event.data == {"retention": expected}

    def test_archiving_never_shortens_the_time_of_the_citizen(self, cast):
        case = make.case_in(State.ARCHIVED, cast)

        kinds = set(engine.running(case).values_list("kind", flat=True))

        assert kinds == {deadlines.EVALUATE, deadlines.REVIEW_APPLY, deadlines.FOLLOW_UP}
        actions.evaluate(case, at=LATER, grade=Grade.SATISFIED)
        assert case.next_due_at == engine.running(case, [deadlines.FOLLOW_UP]).get().due_at  # upheld, so it is called


class TestEvaluation:
    def test_each_reply_is_evaluated_once(self, cast):
        case = make.case_in(State.REPLIED, cast)
        actions.evaluate(case, at=LATER, grade=5, contacted_in_time=True, solved=False, text="还行")

        with pytest.raises(actions.NotInState):
            actions.evaluate(case, at=LATER, grade=1)

        evaluation = Evaluation.objects.get(case=case)
        assert (evaluation.grade, evaluation.contacted_in_time, evaluation.solved) == (5, True, False)
        assert engine.of_subject(case).get(kind=deadlines.EVALUATE).met_at == LATER

    @pytest.mark.parametrize("grade", [0, 6, "bad", None])
    def test_there_are_five_grades(self, grade, cast):
        case = make.case_in(State.REPLIED, cast)

        with pytest.raises(actions.Invalid) as refusal:
            actions.evaluate(case, at=LATER, grade=grade)
        assert refusal.value.field == "grade"

    @pytest.mark.parametrize("grade", list(Grade))
    @pytest.mark.parametrize("anonymous", [True, False])
    def test_a_negative_one_of_a_named_case_calls_for_a_follow_up(self, grade, anonymous, cast):
        case = make.case_in(State.REPLIED, cast, anonymous=anonymous)

        actions.evaluate(case, at=LATER, grade=grade)

        negative = grade in (Grade.DISSATISFIED, Grade.VERY_DISSATISFIED)
        assert engine.running(case, [deadlines.FOLLOW_UP]).exists() == (negative and not anonymous)
        assert bool(told(case, "complaints.evaluate")) == negative

    def test_the_follow_up_says_what_caused_it(self, cast):
        case = make.case_in(State.CLOSED, cast)
        actions.evaluate(case, at=LATER, grade=1)
        follow = {"by": cast.officer, "at": LATER, "text": "已解释政策"}
        with pytest.raises(actions.Invalid) as refusal:
            actions.record_follow_up(case, version=case.version, cause="bad luck", **follow)
        assert refusal.value.field == "cause"

        event = actions.record_follow_up(case, version=case.version, cause=FollowUpCause.OBJECTIVE, **follow)

        assert event.data == {"cause": "objective", "evaluation": Evaluation.objects.get().pk}
        assert not engine.running(case, [deadlines.FOLLOW_UP]).exists()
        with pytest.raises(actions.NotInState):
            actions.record_follow_up(case, version=case.version, cause=FollowUpCause.OBJECTIVE, **follow)

    def test_after_its_time_a_reply_can_no_longer_be_evaluated(self, cast):
        case = make.case_in(State.REPLIED, cast)
        last_moment = running(case, deadlines.EVALUATE).due_at

        with pytest.raises(actions.TooLate):
            actions.evaluate(case, at=last_moment + timedelta(seconds=1), grade=5)
        actions.evaluate(case, at=last_moment, grade=5)


class TestSupervision:
    def test_the_holder_owes_the_answer_and_the_one_who_ordered_is_told(self, cast):
        case = make.case_in(State.HANDLING, cast)

        actions.order_supervision(case, by=cast.inspector, at=LATER, version=case.version, text="请限期答复")
        order = SupervisionOrder.objects.get(case=case)
        promise = running(case, deadlines.SUPERVISE)
        assert (order.organ, order.generation) == (cast.city.construction, 1)
        assert (promise.organ, promise.responsible) == (cast.city.construction, cast.clerk)
        assert told(case, "complaints.order_supervision") == {cast.clerk.pk, cast.leader.pk}
        with pytest.raises(actions.NotInState):
            actions.order_supervision(case, by=cast.officer, at=LATER, version=case.version, text="再次督办")

        actions.answer_supervision(case, by=cast.leader, at=LATER, version=case.version, order=order, text="本周内答复")
        order.refresh_from_db()
        assert (order.answer, order.answered_by, order.answered_at) == ("本周内答复", cast.leader, LATER)
        assert told(case, "complaints.answer_supervision") == {cast.inspector.pk}
        with pytest.raises(actions.NotInState):
            actions.answer_supervision(case, by=cast.leader, at=LATER, version=case.version, text="再答")

    def test_before_it_is_assigned_the_office_answers_itself(self, cast):
        case = make.case_in(State.ACCEPTED, cast)
        actions.order_supervision(case, by=cast.inspector, at=LATER, version=case.version, text="请尽快呈批")

        actions.answer_supervision(case, by=cast.officer, at=LATER, version=case.version, text="今日呈批")

        assert SupervisionOrder.objects.get().organ == cast.city.office


class TestTransfer:
    def test_the_new_organ_owes_everything_and_no_clock_restarts(self, cast):
        case = make.case_in(State.HANDLING, cast, consent=True)
        actions.order_supervision(case, by=cast.inspector, at=TUESDAY, version=case.version, text="请限期答复")
        actions.save_draft(case, by=cast.clerk, at=LATER, version=case.version, findings="初稿")
        before = {row.kind: (row.started_at, row.due_at) for row in engine.running(case)}

        actions.transfer(
            case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.tax, reason="属地税局职责"
        )

        assert (case.state, case.handling_organ, case.handler) == (State.ASSIGNED, cast.city.tax, None)
        assert case.transfer_count == 1
        after = {row.kind: (row.started_at, row.due_at) for row in engine.running(case)}
        assert after.pop(deadlines.SIGN_IN)[0] == LATER
        assert after == before
        for row in engine.running(case).exclude(promise="owed_by_citizen"):
            assert (row.organ, row.responsible) == (cast.city.tax, None)
        assert Reply.objects.get(case=case).state == ReplyState.DROPPED
        assert told(case, "complaints.transfer") == {cast.tax_clerk.pk, cast.tax_leader.pk}

        actions.sign_in(case, by=cast.tax_clerk, at=LATER, version=case.version)
        assert running(case, deadlines.CONTACT).started_at == before[deadlines.CONTACT][0]
        assert running(case, deadlines.REPLY).responsible == cast.tax_clerk

    def test_not_to_the_organ_that_has_it(self, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.Invalid) as refusal:
            actions.transfer(
                case, by=cast.officer, at=LATER, version=case.version, organ=cast.city.construction, reason="…"
            )
        assert refusal.value.field == "organ"


class TestUrge:
    def test_the_button_is_dead_until_the_promise_is_broken_and_then_escalates_at_once(self, cast):
        case = make.file(cast).case
        promise = running(case, deadlines.ACCEPT)
        assert promise.overdue_at == local(2026, 3, 11, 0)

        assert actions.urgeable(case, at=promise.due_at) is None
        with pytest.raises(actions.TooEarly) as refusal:
            actions.urge(case, at=promise.due_at)
        assert "2026" in str(refusal.value)
        assert not promise.escalations.exists()

        assert actions.urgeable(case, at=promise.overdue_at) == promise
        event = actions.urge(case, at=promise.overdue_at)

        assert set(promise.escalations.values_list("level", flat=True)) == {1, 2}
        assert (event.actor_kind, event.data) == ("citizen", {"deadline": promise.pk})
        assert told(case, "complaints.urge") == {cast.officer.pk, cast.office_head.pk}

    def test_said_again_or_found_by_the_sweep_before_it_changes_nothing(self, cast):
        from efficiency.deadlines import sweep

        case = make.file(cast).case
        at = local(2026, 3, 11, 9)
        sweep.run(at=at, rehearsal=True)
        promise = running(case, deadlines.ACCEPT)
        levels = list(promise.escalations.values_list("level", "passed_at"))

        first = actions.urge(case, at=at)
        again = actions.urge(case, at=at + timedelta(hours=1))

        assert first == again
        assert actions.urgeable(case, at=at) is None
        assert list(promise.escalations.values_list("level", "passed_at")) == levels
        assert case.events.filter(action="urge").count() == 1
        sweep.run(at=at + timedelta(minutes=1), rehearsal=True)
        assert list(promise.escalations.values_list("level", "passed_at")) == levels

    def test_a_new_broken_promise_can_be_called_late_anew(self, cast):
        case = make.file(cast).case
        actions.urge(case, at=local(2026, 3, 11, 9))
        make.accept(case, cast, at=local(2026, 3, 11, 10))

        with pytest.raises(actions.TooEarly):
            actions.urge(case, at=local(2026, 3, 12))
        actions.urge(case, at=local(2026, 5, 1))

        assert case.events.filter(action="urge").count() == 2


class TestFrame:
    def test_F21_a_stale_page_is_told_what_changed_and_nothing_happens(self, cast):
        case = make.case_in(State.HANDLING, cast)
        seen = case.version
        actions.save_draft(case, by=cast.clerk, at=LATER, version=seen, findings="初稿")
        actions.order_supervision(case, by=cast.inspector, at=LATER, version=case.version, text="请限期答复")

        with pytest.raises(actions.StaleCase) as refusal:
            actions.transfer(case, by=cast.officer, at=LATER, version=seen, organ=cast.city.tax, reason="属地税局职责")

        assert [event.action for event in refusal.value.changes] == ["save_draft", "order_supervision"]
        message = str(refusal.value)
        assert str(cast.inspector) in message
        assert case.events.count() == case.version == seen + 2

    def test_Z06_a_right_that_ended_since_the_page_was_opened_is_gone(self, cast):
        case = make.case_in(State.HANDLING, cast)
        Case.objects.visible_to(cast.clerk).get(pk=case.pk)  # the scope is kept on the user from here on
        cast.clerk.tenures.update(until=date(2026, 3, 3))

        with pytest.raises(actions.Absent):
            actions.save_draft(case, by=cast.clerk, at=LATER, version=case.version, findings="…")

    def test_L01_a_refused_attempt_is_on_record(self, cast):
        case = make.case_in(State.HANDLING, cast)

        with pytest.raises(actions.NotAllowed):
            actions.close(case, by=cast.clerk, at=LATER, version=case.version, conclusion="…")
        with pytest.raises(actions.Absent):
            actions.close(case, by=cast.tax_clerk, at=LATER, version=case.version, conclusion="…")

        attempts = AuditRecord.objects.filter(action="case.close", outcome=Ended.REFUSED).order_by("id")
        assert [(each.actor, each.object_id, each.detail["refusal"]) for each in attempts] == [
            (cast.clerk, str(case.pk), "NotAllowed"),
            (cast.tax_clerk, str(case.pk), "Absent"),
        ]

    def test_a_step_fails_as_a_whole(self, cast, monkeypatch):
        case = make.case_in(State.HANDLING, cast)
        make_reply = {"outcome": "not_upheld", "findings": "不属实", "basis": "法"}
        actions.propose_reply(case, by=cast.clerk, at=LATER, version=case.version, **make_reply)
        version = case.version

        def broken(*args, **kwargs):
            raise OSError("the disk is full")

        monkeypatch.setattr("complaints.messages.tell", broken)
        with pytest.raises(OSError, match="disk"):
            actions.approve_reply(case, by=cast.leader, at=LATER, version=version)

        case = Case.objects.get(pk=case.pk)
        assert (case.state, case.version, case.outcome) == (State.HANDLING, version, "")
        assert running(case, deadlines.REPLY).met_at is None
        assert Reply.objects.get(case=case).state == ReplyState.PROPOSED

    def test_next_due_is_that_of_the_promise_that_comes_first(self, cast):
        case = make.file(cast).case
        assert case.next_due_at == running(case, deadlines.ACCEPT).due_at

        make.accept(case, cast)
        assert case.next_due_at == running(case, deadlines.REGISTER).due_at

        case = make.case_in(State.HANDLING, cast)
        assert case.next_due_at == running(case, deadlines.CONTACT).due_at

    def test_the_citizen_is_written_to_at_their_wish_with_the_number_alone(self, cast):
        case = make.case_in(State.CLOSED, cast, email="chen@example.cn")
        silent = make.case_in(State.CLOSED, cast, email="chen@example.cn", wants_email=False)

        letters = Message.objects.filter(kind="complaints.news")

        assert letters.filter(subject_id=case.pk).count() == 4  # accepted, assigned, replied, closed
        assert not letters.filter(subject_id=silent.pk).exists()


def test_the_worker_passes_on_what_a_handler_can_no_longer_handle(cast):
    case = make.case_in(State.HANDLING, cast)
    cast.clerk.tenures.update(until=date(2026, 3, 4))

    tasks.pass_on_assignments()

    case.refresh_from_db()
    assert (case.handler, case.handling_organ) == (None, cast.city.construction)
    assert case.events.latest("number").actor_kind == "system"
