"""Who proposed, checked and approved, as the portal recorded it (docs/domain.md 10.2)."""

from datetime import date

import pytest
from django.utils import timezone

from accountability.faults import chains, liability
from accountability.faults.words import Act, Part, Responsibility
from complaints import actions
from complaints.enums import State
from complaints.models import Reply
from disclosure.documents import actions as documents
from efficiency.deadlines.models import Deadline
from efficiency.organs.models import Post, Rank, Role, Tenure, TenureKind
from tests.factories import documents as make
from tests.factories.cases import TUESDAY, add_reviewer, case_in, make_cast, reply
from tests.factories.staff import make_user, seat

D, M, I = Responsibility  # noqa: E741 - as the table has them


@pytest.fixture
def cast(db):
    """Return the people whom a complaint meets."""
    return make_cast()


def parts(recorded):
    return {(step.part, step.person): step.act for step in recorded.chain.steps}


class TestReply:
    def test_has_drafter_checker_and_approver(self, cast):
        add_reviewer(cast)
        case = reply(case_in(State.HANDLING, cast), cast)

        recorded = chains.read(case)

        assert parts(recorded) == {
            (Part.HANDLER, cast.clerk.pk): Act.PROPOSED,
            (Part.REVIEWER, cast.reviewer.pk): Act.AGREED,
            (Part.APPROVER, cast.leader.pk): Act.AGREED,
        }
        shares = liability.propose(recorded.chain).shares
        assert [(share.person, share.responsibility) for share in shares] == [
            (cast.clerk.pk, D),
            (cast.reviewer.pk, M),
            (cast.leader.pk, I),
        ]

    def test_tells_what_was_sent_back_for_the_inquiry_to_judge(self, cast):
        case = case_in(State.HANDLING, cast)
        words = {"outcome": "upheld", "findings": "经查属实。", "measures": "已办结。", "basis": "规定"}
        actions.propose_reply(case, by=cast.clerk, at=TUESDAY, version=case.version, **words)
        actions.return_reply(case, by=cast.leader, at=TUESDAY, version=case.version, remark="改为不属实。")
        reply(case, cast, outcome="not_upheld")

        recorded = chains.of_case(case)

        assert [(each.person, each.remark) for each in recorded.sent_back] == [(cast.leader.pk, "改为不属实。")]
        found = recorded.chain.found(right=[cast.clerk.pk], changed=[cast.leader.pk])
        allocation = liability.propose(found)
        assert (allocation.row.number, [share.person for share in allocation.shares]) == (7, [cast.leader.pk])

    def test_of_a_case_without_reply_nothing_is_recorded(self, cast):
        assert chains.read(case_in(State.HANDLING, cast)) == chains.NOTHING
        assert not Reply.objects.exists()


class TestDocument:
    @pytest.fixture
    def hands(self, city):
        return make.make_hands(city.construction)

    def test_has_writer_checker_and_approver(self, hands):
        version = make.publish(hands, TUESDAY)

        assert parts(chains.read(version.document)) == {
            (Part.HANDLER, hands.editor.pk): Act.PROPOSED,
            (Part.REVIEWER, hands.checker.pk): Act.AGREED,
            (Part.APPROVER, hands.leader.pk): Act.AGREED,
        }

    def test_a_check_before_it_was_sent_back_counts_no_more(self, hands):
        version = make.draft(hands, TUESDAY)
        version = documents.check_source(version, by=hands.checker, at=TUESDAY)
        version = documents.send_back(version, by=hands.leader, at=TUESDAY, reason="请补充依据。")

        recorded = chains.of_version(version)

        assert parts(recorded) == {(Part.HANDLER, hands.editor.pk): Act.PROPOSED}
        assert [each.person for each in recorded.sent_back] == [hands.leader.pk]


class TestPromise:
    @pytest.fixture
    def overdue(self, cast):
        """Return the promise of a reply that was not kept, owed by the clerk; its day was over on 2026-03-24."""
        case = case_in(State.HANDLING, cast)
        deadline = Deadline.objects.get(object_id=case.pk, kind="complaints.reply")
        post = cast.clerk.tenures.get().post
        Deadline.objects.filter(pk=deadline.pk).update(responsible=cast.clerk, post=post)
        deadline.refresh_from_db()
        return deadline

    def test_has_whoever_owed_it_and_the_leader_of_the_organ(self, cast, overdue):
        assert parts(chains.read(overdue)) == {
            (Part.HANDLER, cast.clerk.pk): Act.OMITTED,
            (Part.APPROVER, cast.leader.pk): Act.AGREED,
        }

    def test_has_the_head_of_the_section_between_them(self, cast, overdue):
        head = seat(Role.CLERK, cast.city.construction, Rank.REVIEWER)
        post = head.tenures.get().post
        Post.objects.filter(pk=overdue.post_id).update(superior=post)
        overdue.post.refresh_from_db()

        allocation = liability.propose(chains.of_promise(overdue).chain)

        assert allocation.row.number == 4
        assert [(share.person, share.responsibility) for share in allocation.shares] == [
            (cast.clerk.pk, D),
            (head.pk, M),
            (cast.leader.pk, I),
        ]

    def test_the_leader_is_who_held_the_post_when_the_day_was_over(self, cast, overdue):
        tenure = cast.leader.tenures.get()
        over_on = timezone.localdate(overdue.overdue_at)
        Tenure.objects.filter(pk=tenure.pk).update(until=over_on)
        later = make_user()
        Tenure.objects.create(user=later, post=tenure.post, since=over_on)

        assert (Part.APPROVER, later.pk) in parts(chains.of_promise(overdue))

    def test_a_stand_in_answers_in_the_days_of_standing_in(self, cast, overdue):
        over_on = timezone.localdate(overdue.overdue_at)
        stand_in = make_user()
        Tenure.objects.create(
            user=stand_in,
            post=cast.leader.tenures.get().post,
            kind=TenureKind.STAND_IN,
            since=over_on,
            until=date(over_on.year + 1, 1, 1),
        )

        assert (Part.APPROVER, stand_in.pk) in parts(chains.of_promise(overdue))


def test_of_anything_else_nothing_is_recorded(city):
    assert chains.read(city.construction) == chains.NOTHING
