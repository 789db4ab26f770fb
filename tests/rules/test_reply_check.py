"""
A reply is drafted, checked and approved by three persons (docs/domain.md 1, 4.6, docs/trust.md Z-10).

Who takes which step in which state stands in ``test_case_steps.py``; here is what depends on who the persons are.
"""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Exists
from django.utils import timezone, translation

from complaints import actions, checking, obstacles, people, timeline, workflow, worklist
from complaints.enums import Handling, NamedPerson, Outcome, RecusalGround, State
from complaints.models import Case, Recusal, Reply, ReplyState
from efficiency.access.models import User
from efficiency.access.scope import scope_of
from efficiency.organs.models import Post, Rank, Role, Tenure
from efficiency.outbox.models import Message
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

WORDS = {"outcome": Outcome.UPHELD, "findings": "属实。", "measures": "已整改。", "basis": "《行政许可法》"}


@pytest.fixture
def reviewer(cast) -> User:
    return make.add_reviewer(cast)


@pytest.fixture
def proposed(cast, reviewer) -> Case:
    """A case whose reply the clerk has proposed, in an organ with one reviewer."""
    return propose(make.case_in(State.HANDLING, cast), cast.clerk)


def propose(case: Case, by: User) -> Case:
    actions.propose_reply(case, by=by, at=TUESDAY, version=case.version, **WORDS)
    return case


def check(case: Case, by: User) -> None:
    actions.check_reply(case, by=by, at=TUESDAY, version=case.version)


def approve(case: Case, by: User) -> None:
    actions.approve_reply(case, by=by, at=TUESDAY, version=case.version)


def send_back(case: Case, by: User) -> None:
    actions.return_reply(case, by=by, at=TUESDAY, version=case.version, remark="依据不足，请补充。")


def told(case: Case, kind: str) -> set[int | None]:
    messages = Message.objects.filter(kind=f"complaints.{kind}", subject_id=case.pk)
    return set(messages.values_list("recipient_id", flat=True))


def move(case: Case, user: User) -> str:
    """Return the step in the reply that the queue lists for the person, if any; the same by both of its ways."""
    listed = worklist.with_moves(Case.objects.visible_to(user), user).filter(pk=case.pk)
    mine = listed.filter(worklist.waiting_for(user)).first()
    own = worklist.own_move(scope_of(user), mine) if mine else None
    assert listed.filter(worklist.to_approve(user)).exists() == (own is not None and own.action in worklist.DECIDING)
    return own.action if own else ""


def make_one(*accounts: User) -> None:
    """Let accounts bear the marks of one natural person."""
    for user in accounts:
        user.full_name, user.phone = "刘志强", "13900000001"
        user.save()


def complain_about(case: Case, section: str, cast: Cast) -> Post:
    """Let the case be about a post in a section of the organ."""
    post = Post.objects.get(tenures__user=seat(Role.CLERK, cast.city.construction))
    Post.objects.filter(pk=post.pk).update(section=section)
    Case.objects.filter(pk=case.pk).update(about_post=post, named_person_state=NamedPerson.LINKED)
    case.refresh_from_db()
    return post


class TestThreePersons:
    def test_one_after_the_other_and_the_case_is_replied(self, cast, reviewer, proposed):
        check(proposed, reviewer)
        approve(proposed, cast.leader)

        assert proposed.state == State.REPLIED
        reply = proposed.replies.get()
        assert (reply.drafted_by, reply.checked_by, reply.decided_by) == (cast.clerk, reviewer, cast.leader)
        assert reply.checked_at == TUESDAY
        assert [event.action for event in proposed.events.order_by("-number")[:3]] == [
            "approve_reply",
            "check_reply",
            "propose_reply",
        ]

    def test_it_is_not_approved_before_it_was_checked(self, cast, proposed):
        with pytest.raises(actions.NotInState):
            approve(proposed, cast.leader)

        assert proposed.replies.get().state == ReplyState.PROPOSED

    def test_it_is_checked_once(self, cast, proposed, reviewer):
        second = make.add_reviewer(cast)
        check(proposed, reviewer)

        with pytest.raises(actions.NotInState):
            check(proposed, second)

    def test_nothing_is_checked_before_it_was_proposed(self, cast, reviewer):
        case = make.case_in(State.HANDLING, cast)
        actions.save_draft(case, by=cast.clerk, at=TUESDAY, version=case.version, findings="初稿")

        with pytest.raises(actions.NotInState):
            check(case, reviewer)

    def test_nothing_is_changed_while_it_waits(self, cast, reviewer, proposed):
        check(proposed, reviewer)

        for write in (actions.save_draft, actions.propose_reply):
            with pytest.raises(actions.NotInState):
                write(proposed, by=cast.clerk, at=TUESDAY, version=proposed.version, **WORDS)

    @pytest.mark.parametrize("by", ["reviewer", "leader"])
    def test_what_came_back_is_written_anew_and_checked_anew(self, by, cast, reviewer, proposed):
        check(proposed, reviewer)
        send_back(proposed, getattr(cast, by))
        propose(proposed, cast.clerk)

        first, second = proposed.replies.order_by("id")
        assert (first.state, first.checked_by) == (ReplyState.RETURNED, reviewer)
        assert (second.state, second.checked_by) == (ReplyState.PROPOSED, None)
        with pytest.raises(actions.NotInState):
            approve(proposed, cast.leader)

    def test_the_reviewer_sends_it_back_from_the_check_with_a_remark(self, cast, reviewer, proposed):
        send_back(proposed, reviewer)

        reply = proposed.replies.get()
        assert (reply.state, reply.decided_by, reply.remark) == (ReplyState.RETURNED, reviewer, "依据不足，请补充。")
        assert told(proposed, "return_reply") == {cast.clerk.pk}

    def test_a_check_goes_with_the_case_that_leaves_the_organ(self, cast, reviewer, proposed):
        check(proposed, reviewer)
        actions.transfer(
            proposed, by=cast.officer, at=TUESDAY, version=proposed.version, organ=cast.city.tax, reason="属地税"
        )

        assert proposed.replies.get().state == ReplyState.DROPPED

    def test_own_handling_is_checked_by_the_reviewer_of_the_office(self, cast, reviewer):
        of_office = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.REVIEWER)
        case = make.case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=cast.office_head, at=TUESDAY, version=case.version, handling=Handling.OWN)
        propose(case, cast.officer)

        for refused in (lambda: approve(case, cast.office_head), lambda: check(case, reviewer)):
            with pytest.raises((actions.NotInState, actions.Absent)):
                refused()
        check(case, of_office)
        approve(case, cast.office_head)

        assert case.replies.get().checked_by == of_office

    def test_the_check_is_a_part_in_what_is_reviewed_later(self, cast):
        of_office = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.REVIEWER)
        case = make.case_in(State.SUBMITTED, cast)
        actions.instruct(case, by=cast.office_head, at=TUESDAY, version=case.version, handling=Handling.OWN)
        propose(case, cast.officer)
        check(case, of_office)
        approve(case, cast.office_head)
        seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER, user=of_office)
        make.report(case, cast)
        actions.ask_review(case, at=TUESDAY, reasons="没有说明依据")

        with pytest.raises(actions.NotAllowed):
            actions.decide_review(
                case, by=of_office, at=TUESDAY, version=case.version, decision="upheld", text="原答复正确"
            )

    def test_the_database_keeps_them_apart(self, cast, reviewer, proposed):
        for changes in (
            {"state": ReplyState.CHECKED, "to_check": False},
            {"checked_by": reviewer, "checked_at": TUESDAY},  # of a reply that still waits for its check
            {"state": ReplyState.CHECKED, "to_check": False, "checked_by": cast.clerk, "checked_at": TUESDAY},
            {
                "state": ReplyState.CHECKED,
                "checked_by": reviewer,
                "checked_at": TUESDAY,
            },  # and waits for its check still
            {
                "to_check": False,
                "state": ReplyState.SENT,
                "checked_by": reviewer,
                "checked_at": TUESDAY,
                "decided_by": reviewer,
                "decided_at": TUESDAY,
            },
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Reply.objects.filter(case=proposed).update(**changes)


class TestWhoMayCheck:
    def test_Z10_nobody_who_had_a_hand_in_the_draft(self, cast, reviewer):
        case = make.case_in(State.HANDLING, cast)
        actions.save_draft(case, by=reviewer, at=TUESDAY, version=case.version, findings="初稿")
        propose(case, cast.clerk)
        make.add_reviewer(cast)

        for decide in (check, send_back):
            with pytest.raises(actions.NotAllowed):
                decide(case, reviewer)

    def test_Z10_nor_whoever_wrote_what_came_back_and_it_was_begun_from(self, cast, reviewer):
        case = make.case_in(State.HANDLING, cast)
        actions.save_draft(case, by=reviewer, at=TUESDAY, version=case.version, **WORDS)
        propose(case, cast.clerk)
        send_back(case, cast.leader)
        propose(case, cast.clerk)

        assert people.authors_of(obstacles.reply_in_work(case)) == [cast.clerk, reviewer]
        for step in (check, send_back):
            with pytest.raises(actions.NotAllowed):
                step(case, reviewer)
        assert move(case, reviewer) == ""
        approve(case, cast.leader)  # nobody else could check it

    def test_Z10_what_was_sent_before_is_no_part_of_what_is_written_after_it(self, cast, reviewer):
        case = make.case_in(State.HANDLING, cast)
        actions.save_draft(case, by=reviewer, at=TUESDAY, version=case.version, **WORDS)
        propose(case, cast.clerk)
        send_back(case, cast.leader)
        propose(case, cast.clerk)
        approve(case, cast.leader)
        actions.order_rework(case, by=cast.officer, at=TUESDAY, version=case.version, text="请补充依据。")

        propose(case, cast.clerk)

        assert move(case, reviewer) == "check_reply"
        check(case, reviewer)

    def test_Z10_nobody_from_a_second_account(self, cast, reviewer, proposed):
        make_one(cast.clerk, reviewer)
        second = make.add_reviewer(cast)

        with pytest.raises(actions.NotAllowed):
            check(proposed, reviewer)
        check(proposed, second)

    def test_Z10_the_reviewer_does_not_approve_from_another_post_or_account(self, cast, reviewer, proposed):
        seat(Role.ORGAN_LEADER, cast.city.construction, Rank.APPROVER, user=reviewer)
        check(proposed, reviewer)
        with pytest.raises(actions.NotAllowed):
            approve(proposed, reviewer)

        make_one(cast.leader, reviewer)
        with pytest.raises(actions.NotAllowed):
            approve(proposed, cast.leader)

        approve(proposed, seat(Role.ORGAN_LEADER, cast.city.construction, Rank.APPROVER))
        assert proposed.state == State.REPLIED

    def test_Z10_three_accounts_of_two_persons_are_not_three_persons(self, cast, reviewer, proposed):
        make_one(cast.clerk, cast.leader)
        check(proposed, reviewer)

        with pytest.raises(actions.NotAllowed):
            approve(proposed, cast.leader)

    def test_no_reviewer_above_the_organ_or_of_another(self, cast, proposed):
        above = seat(Role.CLERK, cast.city.government, Rank.REVIEWER)
        beside = seat(Role.CLERK, cast.city.tax, Rank.REVIEWER)

        for decide in (check, send_back):
            with pytest.raises(actions.NotAllowed):
                decide(proposed, above)
            with pytest.raises(actions.Absent):
                decide(proposed, beside)

    def test_nobody_of_the_section_complained_about(self, cast, reviewer, proposed):
        complain_about(proposed, "审批科", cast)
        Post.objects.filter(tenures__user=reviewer).update(section="审批科")
        second = make.add_reviewer(cast)

        with pytest.raises(actions.NotAllowed):
            check(proposed, reviewer)
        assert move(proposed, reviewer) == ""
        check(proposed, second)

    def test_posts_without_a_section_are_of_no_common_section(self, cast, reviewer, proposed):
        complain_about(proposed, "", cast)

        check(proposed, reviewer)


def _is_missing(case: Case, cast: Cast, reviewer: User) -> None:
    Tenure.objects.filter(user=reviewer).update(until=date(2026, 1, 1))


def _is_recused(case: Case, cast: Cast, reviewer: User) -> None:
    actions.declare_recusal(case, by=reviewer, at=TUESDAY, reason="与投诉人系亲属")


def _is_concerned(case: Case, cast: Cast, reviewer: User) -> None:
    post = Post.objects.get(tenures__user=reviewer)
    Case.objects.filter(pk=case.pk).update(about_post=post, named_person_state=NamedPerson.LINKED)
    case.refresh_from_db()


def _is_of_the_section(case: Case, cast: Cast, reviewer: User) -> None:
    complain_about(case, "审批科", cast)
    Post.objects.filter(tenures__user=reviewer).update(section="审批科")


def _has_no_account(case: Case, cast: Cast, reviewer: User) -> None:
    User.objects.filter(pk=reviewer.pk).update(is_active=False)


GONE = (_is_missing, _is_recused, _is_concerned, _is_of_the_section, _has_no_account)


class TestAnOrganWithoutReviewer:
    def test_the_approver_approves_what_was_proposed_and_the_record_says_so(self, cast):
        case = propose(make.case_in(State.HANDLING, cast), cast.clerk)
        approve(case, cast.leader)

        assert case.replies.get().checked_by is None
        event = case.events.get(action="approve_reply")
        assert event.data["checked"] is False
        with translation.override("en"):
            assert "Approved without a check" in timeline.internal(case)[0].text
            assert "check" not in timeline.public(case)[-1].text

    def test_what_was_checked_is_said_to_be(self, cast, reviewer, proposed):
        check(proposed, reviewer)
        approve(proposed, cast.leader)

        assert proposed.events.get(action="approve_reply").data["checked"] is True
        with translation.override("en"):
            assert "without a check" not in timeline.internal(proposed)[0].text

    @pytest.mark.parametrize("leave", GONE)
    def test_so_it_is_where_the_only_one_cannot_check_today(self, leave, cast, reviewer, proposed):
        leave(proposed, cast, reviewer)
        actions.settle_checks(at=TUESDAY)

        assert people.reviewers(proposed.replies.get(), timezone.localdate()) == []
        assert move(proposed, cast.leader) == "approve_reply"
        assert told(proposed, "propose_reply") == {cast.leader.pk}
        approve(proposed, cast.leader)

        assert proposed.state == State.REPLIED

    def test_so_it_is_where_the_only_one_drafted(self, cast, reviewer):
        case = propose(make.case_in(State.HANDLING, cast), reviewer)

        assert told(case, "propose_reply") == {cast.leader.pk}
        assert told(case, "to_check") == set()
        assert move(case, cast.leader) == "approve_reply"
        approve(case, cast.leader)

    def test_so_it_is_where_the_only_one_is_recused_by_another_account(self, cast, reviewer, proposed):
        other = seat(Role.CLERK, cast.city.tax)
        make_one(other, reviewer)
        Recusal.objects.create(case=proposed, user=other, ground=RecusalGround.DECLARED, at=TUESDAY, by=other)
        send_back(proposed, cast.leader)
        propose(proposed, cast.clerk)

        assert actions.settle_checks(at=TUESDAY) == 0
        assert move(proposed, cast.leader) == "approve_reply"
        approve(proposed, cast.leader)

    def test_so_it_is_where_the_only_one_is_the_approver(self, cast, reviewer, proposed):
        make_one(cast.leader, reviewer)

        approve(proposed, cast.leader)

        assert proposed.replies.get().checked_by is None

    def test_whoever_stands_in_for_the_reviewer_checks(self, cast, reviewer, proposed):
        post = Post.objects.get(tenures__user=reviewer)
        Tenure.objects.filter(user=reviewer).update(until=date(2026, 1, 1))
        deputy = seat(Role.CLERK, cast.city.construction)
        until = timezone.localdate() + timedelta(days=30)
        Tenure.objects.create(user=deputy, post=post, since=date(2026, 1, 1), until=until, kind="stand_in")

        with pytest.raises(actions.NotInState):
            approve(proposed, cast.leader)
        check(proposed, deputy)

        assert proposed.events.get(action="check_reply").actor_post == post


class TestWhoseTurn:
    def test_messages_go_to_whoever_has_it(self, cast, reviewer, proposed):
        assert told(proposed, "to_check") == {reviewer.pk}
        assert told(proposed, "propose_reply") == set()

        check(proposed, reviewer)

        assert told(proposed, "check_reply") == {cast.leader.pk}

    def test_the_queue_lists_it_for_the_reviewer_and_then_for_the_approver(self, cast, reviewer, proposed):
        assert (move(proposed, reviewer), move(proposed, cast.leader)) == ("check_reply", "")

        check(proposed, reviewer)

        assert (move(proposed, reviewer), move(proposed, cast.leader)) == ("", "approve_reply")

        send_back(proposed, cast.leader)

        assert (move(proposed, reviewer), move(proposed, cast.leader)) == ("", "")
        assert move(proposed, cast.clerk) == "propose_reply"

    def test_a_recusal_passes_it_on_at_once(self, cast, reviewer, proposed):
        _is_recused(proposed, cast, reviewer)

        assert move(proposed, cast.leader) == "approve_reply"
        assert told(proposed, "propose_reply") == {cast.leader.pk}

    def test_a_recusal_that_somebody_else_decides_does_so_too(self, cast, reviewer, proposed):
        actions.recuse_person(proposed, by=cast.officer, at=TUESDAY, person=reviewer, reason="与投诉人系亲属")

        assert not obstacles.reply_in_work(proposed).to_check

    def test_whoever_decided_what_was_reviewed_may_check_again_and_nothing_is_looked_for_in_vain(
        self, cast, reviewer, proposed
    ):
        on = timezone.localdate(TUESDAY)
        Recusal.objects.create(
            case=proposed, user=reviewer, ground=RecusalGround.FORMER_DECISION, by=cast.officer, at=TUESDAY
        )

        assert people.reviewers(obstacles.reply_in_work(proposed), on) == [reviewer]
        assert checking.UNCHECKED.filter(Exists(checking._reviewing(on))).exists()

    def test_a_reviewer_who_comes_has_the_turn_of_what_waits(self, cast):
        case = propose(make.case_in(State.HANDLING, cast), cast.clerk)
        assert actions.settle_checks(at=TUESDAY) == 0
        reviewer = make.add_reviewer(cast)

        assert actions.settle_checks(at=TUESDAY) == 1

        assert (move(case, reviewer), move(case, cast.leader)) == ("check_reply", "")
        assert told(case, "to_check") == {reviewer.pk}

    def test_nothing_is_done_about_what_is_as_it_was(self, cast, reviewer, proposed):
        assert actions.settle_checks(at=TUESDAY) == 0
        check(proposed, reviewer)

        assert actions.settle_checks(at=TUESDAY) == 0
        assert told(proposed, "propose_reply") == set()

    def test_whoever_checked_is_not_offered_the_approval(self, cast, reviewer, proposed):
        seat(Role.ORGAN_LEADER, cast.city.construction, Rank.APPROVER, user=reviewer)
        check(proposed, reviewer)

        assert move(proposed, reviewer) == ""
        assert "approve_reply" not in {step.name for step in workflow.next_actions(proposed, reviewer) if step.allowed}

    def test_an_author_is_not_offered_the_check(self, cast, reviewer):
        second = make.add_reviewer(cast)
        case = make.case_in(State.HANDLING, cast)
        actions.save_draft(case, by=reviewer, at=TUESDAY, version=case.version, findings="初稿")
        propose(case, cast.clerk)

        assert (move(case, reviewer), move(case, second)) == ("", "check_reply")
        assert told(case, "to_check") == {second.pk}
