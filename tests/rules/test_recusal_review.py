"""Whoever wrote the decision under review finds the case absent as long as the review lasts (docs/trust.md Z-07)."""

from datetime import timedelta

import pytest
from django.test import Client

from complaints import actions, deadlines, workflow
from complaints.enums import Decision, Handling, RecusalGround, State
from complaints.models import Case, Recusal
from complaints.relations import seats_to
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.audit import verify
from efficiency.deadlines import actions as engine
from efficiency.organs.models import Rank, Role
from efficiency.outbox import inbox
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast
from tests.factories.staff import make_user, seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
LATER_STILL = LATER + timedelta(hours=1)
PHONE = "13900001111"


def knows(user: User, case: Case) -> bool:
    """Whether the person finds the case: rows, relation, next steps, page, list and search say the same."""
    user, case = User.objects.get(pk=user.pk), Case.objects.get(pk=case.pk)
    browser = Client()
    browser.force_login(user)
    answers = {
        Case.objects.visible_to(user).filter(pk=case.pk).exists(),
        Case.objects.headers_visible_to(user).filter(pk=case.pk).exists(),
        bool(tuple(seats_to(scope_of(user), case))),
        browser.get(f"/admin/complaints/case/{case.pk}/change/").status_code == 200,
        case.number in browser.get("/admin/complaints/case/").content.decode(),
        case.number in browser.get("/admin/complaints/case/", {"q": case.title}).content.decode(),
    }
    assert len(answers) == 1, "the questions disagree"
    return answers.pop()


def ask(case: Case) -> None:
    actions.ask_review(case, at=LATER, reasons="答复没有说明依据。")


def decide(case: Case, cast: Cast, decision: Decision, by: User | None = None) -> None:
    step = actions.decide_final if case.state == State.FINAL_REVIEWING else actions.decide_review
    step(
        case,
        by=by or cast.office_head,
        at=LATER_STILL,
        version=case.version,
        decision=decision,
        text="理由如下。",
    )


def test_4_6_the_office_is_asked_to_decide_and_the_organ_whose_result_it_is_is_only_told(cast):
    colleague = seat(Role.CLERK, cast.city.construction)
    case = make.case_in(State.CLOSED, cast)

    ask(case)

    told = Message.objects.filter(subject_id=case.pk, channel="portal", state="sent", created_at=LATER)
    kinds = set(told.values_list("recipient", "kind"))
    assert {(cast.office_head.pk, "complaints.ask_review"), (colleague.pk, "complaints.under_review")} <= kinds
    assert (colleague.pk, "complaints.ask_review") not in kinds


class TestZ07FormerDecision:
    def test_Z07_who_drafted_and_who_approved_find_the_case_absent_while_it_is_under_review(self, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.CLOSED, cast)
        assert knows(cast.clerk, case)
        assert knows(cast.leader, case)

        ask(case)

        assert not knows(cast.clerk, case)
        assert not knows(cast.leader, case)
        assert knows(colleague, case)
        assert knows(cast.office_head, case)
        recused = Recusal.objects.filter(case=case).values_list("user", "ground")
        assert set(recused) == {
            (cast.clerk.pk, RecusalGround.FORMER_DECISION),
            (cast.leader.pk, RecusalGround.FORMER_DECISION),
        }

    def test_Z07_so_does_a_second_account_of_theirs(self, cast):
        twin = seat(Role.CLERK, cast.city.construction, user=make_user(full_name=cast.clerk.full_name, phone=PHONE))
        User.objects.filter(pk=cast.clerk.pk).update(phone=PHONE)
        case = make.case_in(State.CLOSED, cast)
        assert knows(twin, case)

        ask(case)

        assert not knows(twin, case)

    def test_Z07_who_did_not_accept_it_is_kept_from_the_review_of_that(self, cast):
        case = make.case_in(State.REJECTED, cast)

        ask(case)

        assert not knows(cast.officer, case)
        assert knows(cast.office_head, case)
        decide(case, cast, Decision.TAKEN_ON)
        assert knows(cast.officer, case)

    def test_Z07_the_case_passes_on_from_a_handler_who_wrote_the_reply(self, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        post = cast.clerk.tenures.get().post
        post.stand_in = colleague.tenures.get().post
        post.save()
        case = make.case_in(State.CLOSED, cast)
        actions.order_supervision(case, by=cast.inspector, at=TUESDAY, version=case.version, text="请说明办理情况。")
        assert case.handler == cast.clerk

        ask(case)

        order = engine.running(case, [deadlines.SUPERVISE]).get()
        assert (case.handler, order.responsible) == (colleague, colleague)
        assert list(case.events.order_by("number").values_list("action", flat=True))[-2:] == ["ask_review", "pass_on"]

    def test_Z07_what_they_were_told_of_it_is_taken_back_and_of_the_review_they_hear_nothing(self, cast):
        colleague = seat(Role.CLERK, cast.city.construction)
        case = make.case_in(State.CLOSED, cast)
        assert inbox.unread_count(cast.clerk)

        ask(case)

        assert not inbox.unread_count(User.objects.get(pk=cast.clerk.pk))
        assert not inbox.unread_count(User.objects.get(pk=cast.leader.pk))
        told = inbox.unread_count(User.objects.get(pk=colleague.pk))
        decide(case, cast, Decision.OVERTURNED)
        # What follows from the decision is for the organ again, for all who work there.
        assert inbox.unread_count(User.objects.get(pk=cast.clerk.pk)) == 1
        assert inbox.unread_count(User.objects.get(pk=colleague.pk)) == told + 1

    @pytest.mark.parametrize("decision", [Decision.OVERTURNED, Decision.UPHELD])
    def test_Z07_when_the_review_has_ended_the_case_is_there_again(self, decision, cast):
        case = make.case_in(State.CLOSED, cast)
        ask(case)

        decide(case, cast, decision)

        assert knows(cast.clerk, case)
        assert knows(cast.leader, case)

    def test_Z07_whoever_wrote_the_reply_may_write_the_one_that_the_review_asks_for(self, cast):
        case = make.case_in(State.CLOSED, cast)
        ask(case)
        decide(case, cast, Decision.OVERTURNED)

        make.reply(case, cast, at=LATER_STILL + timedelta(hours=1))

        assert case.state == State.REPLIED
        assert [found.title for found in verify.run() if found.violations] == []
        # That reply can be reviewed in turn, by others again.
        actions.ask_review(case, at=LATER_STILL + timedelta(hours=2), reasons="仍未说明依据。")
        assert not knows(cast.clerk, case)

    def test_Z07_who_decided_the_review_is_kept_from_the_final_one(self, cast):
        second = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        case = make.case_in(State.REVIEWING, cast)
        decide(case, cast, Decision.UPHELD, by=second)
        assert knows(second, case)

        actions.ask_final(case, at=LATER_STILL, reasons="复查没有回应我的理由。")

        assert not knows(second, case)
        assert not knows(cast.clerk, case)
        with pytest.raises(actions.Absent):
            decide(case, cast, Decision.UPHELD, by=second)
        decide(case, cast, Decision.UPHELD)
        assert knows(second, case)

    def test_Z07_a_case_joined_to_it_is_not_under_review(self, cast):
        case = make.case_in(State.CLOSED, cast)
        ask(case)
        decide(case, cast, Decision.OVERTURNED)
        follower = make.file(cast, at=LATER_STILL).case

        actions.merge(
            follower, by=cast.officer, at=LATER_STILL, version=follower.version, leading=case, reason="同一事项。"
        )

        assert not Recusal.objects.filter(case=follower).exists()

    def test_in_own_handling_only_who_wrote_the_reply_is_kept_out_but_nobody_with_a_part_decides(self, cast):
        second = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        third = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        case = make.case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=second, at=TUESDAY, version=case.version, handling=Handling.OWN)
        make.reply(case, cast)

        ask(case)

        assert not knows(cast.officer, case)
        assert not knows(cast.office_head, case)
        assert knows(second, case)
        with pytest.raises(actions.NotAllowed):
            decide(case, cast, Decision.UPHELD, by=second)
        decide(case, cast, Decision.UPHELD, by=third)


def test_nothing_is_broken_while_a_case_is_under_review(cast):
    # The only clerk and the only leader of the organ decided: the review is the office's, and lies with it (I-21).
    for state in workflow.REVIEWS:
        make.case_in(state, cast)

    assert [found.title for found in verify.run() if found.violations] == []
