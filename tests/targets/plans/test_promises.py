"""No plan lies unnoticed: what is promised on its way, and the way on where nobody agrees (docs/domain.md 8.1)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import Escalation
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from targets.models import Plan
from targets.plans import changing, deadlines, negotiating, offers, signing, tasks, tending
from targets.plans.deadlines import AGREE, ANSWER, APPROVE, CHANGE, SIGN
from targets.plans.enums import RevisionState, State
from targets.plans.refusals import Invalid, NotAllowed, NotInState
from tests.factories import targets as make
from tests.factories.cases import local
from tests.factories.staff import seat
from tests.factories.targets import TUESDAY
from tests.targets.plans.test_way import CHANGED, drafted, in_force, take, text_of, violations

# Ten working days after Tuesday 3 March 2026 end with Tuesday 17 March.
LAST_DAY, AFTER = local(2026, 3, 17, 17), local(2026, 3, 18, 9)
BECAUSE = "多次沟通未达成一致，指标符合全市部署，依职权确定。"


def put(cast, **fields):
    plan = drafted(cast, **fields)
    take(negotiating.put, plan, fields.get("by", cast.appraiser))
    return plan


def promises(plan):
    """What runs about a plan: kind, organ that owes it, and the last day."""
    found = engine.running(plan).order_by("pk")
    return [(each.kind, each.organ, local_day(each.due_at)) for each in found]


def promise(plan, kind):
    return engine.of_subject(plan).filter(kind=kind).latest("generation")


class TestPromises:
    def test_the_leader_of_the_organ_owes_a_word_ten_working_days_after_it_was_put(self, cast):
        plan = put(cast)
        assert promises(plan) == [(AGREE, cast.city.construction, date(2026, 3, 17))]
        owed = engine.running(plan).get()
        assert owed.post == cast.leader.tenures.get().post
        assert plan.next_due_at == owed.due_at
        assert violations() == {}

    def test_of_a_post_its_holder_owes_it(self, cast):
        assert engine.running(put(cast, post=cast.post)).get().post == cast.post

    def test_the_office_owes_the_approval_five_working_days_after_the_agreement(self, cast):
        plan = put(cast)
        take(negotiating.agree, plan, cast.leader, local(2026, 3, 4))
        assert promise(plan, AGREE).state == "met"
        assert promises(plan) == [(APPROVE, cast.city.office, date(2026, 3, 11))]
        take(negotiating.approve, plan, cast.officer, local(2026, 3, 5))
        assert promise(plan, APPROVE).state == "met"
        assert [kind for kind, *_rest in promises(plan)] == [SIGN]
        assert violations() == {}

    @pytest.mark.parametrize("agreed", [False, True])
    @pytest.mark.parametrize("step", [negotiating.take_back, negotiating.withdraw])
    def test_what_is_taken_back_or_withdrawn_is_promised_no_more(self, cast, step, agreed):
        plan = put(cast)
        if agreed:
            take(negotiating.agree, plan, cast.leader)
        take(step, plan, cast.appraiser, reason="重新编制")
        assert promises(plan) == []
        assert promise(plan, APPROVE if agreed else AGREE).state == "cancelled"
        assert plan.next_due_at is None
        assert violations() == {}

    def test_what_is_put_anew_has_its_time_anew(self, cast):
        plan = put(cast)
        take(negotiating.take_back, plan, cast.appraiser, local(2026, 3, 9), reason="按意见调整")
        take(negotiating.put, plan, cast.appraiser, local(2026, 3, 9))
        assert promises(plan) == [(AGREE, cast.city.construction, date(2026, 3, 23))]

    def test_a_remark_keeps_no_promise(self, cast):
        plan = put(cast)
        take(negotiating.comment, plan, cast.leader, text="请附上年数据。")
        assert promises(plan) == [(AGREE, cast.city.construction, date(2026, 3, 17))]

    def test_it_is_escalated_like_every_other(self, cast):
        plan = put(cast)
        sweep.run(at=AFTER)
        owed = promise(plan, AGREE)
        assert owed.level == 2
        assert Escalation.objects.filter(deadline=owed, level=2).exists()
        told = Message.objects.filter(recipient=cast.leader, kind__startswith="deadlines.")
        assert told.exists()

    def test_what_was_put_before_there_were_promises_is_promised_from_now_on(self, cast):
        rows = [
            make.make_plan(cast.city.construction, cast.city.office, state=State.PUT),
            make.make_plan(cast.city.tax, cast.city.office, state=State.AGREED),
        ]
        make.make_plan(cast.city.construction, cast.city.office, state=State.DRAFT, year=2027)
        assert tending.promise_missing(at=TUESDAY) == 2
        assert tending.promise_missing(at=TUESDAY) == 0
        assert [promises(plan) for plan in rows] == [
            [(AGREE, cast.city.construction, date(2026, 3, 17))],
            [(APPROVE, cast.city.office, date(2026, 3, 10))],
        ]
        for plan in rows:
            plan.refresh_from_db()
            assert plan.next_due_at is not None

    def test_the_worker_does_so(self, cast):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=State.PUT)
        tasks.tend_plans()
        assert engine.running(plan, [AGREE]).exists()


class TestCounterProposal:
    def test_it_keeps_the_promise_and_the_office_owes_an_answer(self, cast):
        plan = put(cast)
        take(negotiating.counter, plan, cast.leader, local(2026, 3, 4), text="A1建议18个。")
        assert promise(plan, AGREE).state == "met"
        assert promises(plan) == [(ANSWER, cast.city.office, date(2026, 3, 11))]
        assert Message.objects.filter(kind="plans.counter", recipient=cast.appraiser).exists()
        assert plan in offers.waiting_for(cast.appraiser)
        assert plan not in offers.waiting_for(cast.leader)
        assert violations() == {}

    def test_an_answer_gives_five_working_days_to_agree(self, cast):
        plan = put(cast)
        take(negotiating.counter, plan, cast.leader, text="A1建议18个。")
        take(negotiating.answer, plan, cast.other_appraiser, local(2026, 3, 5), text="上年已达20个，维持。")
        assert promise(plan, ANSWER).state == "met"
        assert promises(plan) == [(AGREE, cast.city.construction, date(2026, 3, 12))]
        assert Message.objects.filter(kind="plans.answer", recipient=cast.leader).exists()
        assert plan in offers.waiting_for(cast.leader)
        assert violations() == {}
        take(negotiating.agree, plan, cast.leader, local(2026, 3, 5))

    def test_taking_it_back_is_an_answer_too(self, cast):
        plan = put(cast)
        take(negotiating.counter, plan, cast.leader, text="A1建议18个。")
        take(negotiating.take_back, plan, cast.appraiser, reason="采纳")
        assert promise(plan, ANSWER).state == "met"
        take(negotiating.put, plan, cast.appraiser)
        take(negotiating.counter, plan, cast.leader, text="A2也请调整。")
        assert violations() == {}

    def test_there_is_one_until_it_is_put_anew(self, cast):
        plan = put(cast)
        take(negotiating.counter, plan, cast.leader, text="A1建议18个。")
        for _each in range(2):
            with pytest.raises(NotInState):
                take(negotiating.counter, plan, cast.deputy, text="A1建议17个。")
            if plan.answered_at is None:
                take(negotiating.answer, plan, cast.appraiser, text="维持。")
        with pytest.raises(NotInState):
            take(negotiating.answer, plan, cast.appraiser, text="维持。")
        assert {"counter", "answer"}.isdisjoint({each.name for each in offers.offers(plan, cast.leader, at=TUESDAY)})

    def test_it_says_something_and_is_made_by_who_has_to_reach_the_plan(self, cast):
        plan = put(cast)
        with pytest.raises(Invalid):
            take(negotiating.counter, plan, cast.leader, text=" ")
        with pytest.raises(NotAllowed):
            take(negotiating.counter, plan, cast.officer, text="A1建议18个。")

    def test_of_what_the_leader_of_the_organ_put_the_head_there_owes_the_answer(self, cast):
        plan = put(cast, post=cast.post, by=cast.deputy)
        take(negotiating.counter, plan, cast.clerk, text="请减少。")
        owed = engine.running(plan).get()
        assert (owed.organ, owed.post) == (cast.city.construction, cast.leader.tenures.get().post)

    def test_who_agrees_all_the_same_waits_for_no_answer(self, cast):
        plan = put(cast)
        take(negotiating.counter, plan, cast.deputy, text="A1建议18个。")
        take(negotiating.agree, plan, cast.leader)
        assert promise(plan, ANSWER).state == "cancelled"
        assert [kind for kind, *_rest in promises(plan)] == [APPROVE]
        assert violations() == {}


class TestSetWithoutAgreement:
    def test_the_head_of_the_office_sets_it_once_the_time_to_agree_is_over(self, cast):
        plan = put(cast)
        assert plan not in offers.waiting_for(cast.head, at=LAST_DAY)
        with pytest.raises(NotInState):
            take(negotiating.impose, plan, cast.head, LAST_DAY, reason=BECAUSE)
        assert plan in offers.waiting_for(cast.head, at=AFTER)
        take(negotiating.impose, plan, cast.head, AFTER, reason=BECAUSE)
        assert (plan.state, plan.imposed_at, plan.agreed_at, plan.approved_by) == (
            *(State.APPROVED, AFTER, None, cast.head),
        )
        assert plan.revision.state == RevisionState.APPROVED
        owed = promise(plan, AGREE)
        assert (owed.state, owed.is_late(at=AFTER)) == ("cancelled", True)
        assert violations() == {}
        take(signing.sign_organ, plan, cast.leader, AFTER, text_sha256=text_of(plan))
        take(signing.sign_office, plan, cast.head, AFTER, text_sha256=text_of(plan))
        assert plan.state == State.IN_FORCE
        assert violations() == {}

    def test_the_organ_is_told_and_reads_the_reason(self, cast):
        plan = put(cast)
        take(negotiating.impose, plan, cast.head, AFTER, reason=BECAUSE)
        for person in (cast.leader, cast.deputy, cast.appraiser):
            assert Message.objects.filter(kind="plans.impose", recipient=person).exists()
        browser = Client()
        browser.force_login(cast.leader)
        shown = browser.get(reverse("admin:targets_plan_change", args=[plan.pk])).content.decode()
        assert BECAUSE in shown

    def test_a_reason_is_given(self, cast):
        plan = put(cast)
        with pytest.raises(Invalid):
            take(negotiating.impose, plan, cast.head, AFTER, reason=" ")

    def test_nobody_but_the_head_of_the_office_does(self, cast):
        plan = put(cast)
        for person in (cast.officer, cast.other_head, cast.other_appraiser, cast.leader):
            assert plan not in offers.waiting_for(person, at=AFTER) or person == cast.leader
            with pytest.raises(NotAllowed):
                take(negotiating.impose, plan, person, AFTER, reason=BECAUSE)

    def test_Z10_nor_a_head_who_drafted_put_or_answered_from_whatever_account(self, cast):
        twin = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        for account in (cast.head, twin):
            type(account).objects.filter(pk=account.pk).update(full_name="同一人", phone="13800138000")
            account.refresh_from_db()
        plan = put(cast, by=twin)
        assert plan not in offers.waiting_for(cast.head, at=AFTER)
        offered = {each.name: each.why_not for each in offers.offers(plan, cast.head, at=AFTER)}
        assert offered["impose"]
        with pytest.raises(NotAllowed):
            take(negotiating.impose, plan, cast.head, AFTER, reason=BECAUSE)

    def test_Z07_nor_a_head_whose_own_post_it_is(self, cast):
        plan = make.make_plan(
            cast.city.office, cast.city.office, post=cast.head.tenures.get().post, state=State.PUT, by=cast.appraiser
        )
        tending.promise_missing(at=TUESDAY)
        with pytest.raises(NotAllowed):
            take(negotiating.impose, plan, cast.head, AFTER, reason=BECAUSE)

    def test_a_counter_proposal_is_answered_first_and_the_time_after_it_counts(self, cast):
        plan = put(cast)
        take(negotiating.counter, plan, cast.leader, local(2026, 3, 16), text="A1建议18个。")
        with pytest.raises(NotInState):
            take(negotiating.impose, plan, cast.head, AFTER, reason=BECAUSE)
        take(negotiating.answer, plan, cast.appraiser, AFTER, text="维持。")
        with pytest.raises(NotInState):
            take(negotiating.impose, plan, cast.head, local(2026, 3, 25, 17), reason=BECAUSE)
        take(negotiating.impose, plan, cast.head, local(2026, 3, 26, 9), reason=BECAUSE)
        assert violations() == {}

    def test_what_was_agreed_to_is_approved_and_not_set(self, cast):
        plan = put(cast)
        take(negotiating.agree, plan, cast.leader, AFTER)
        with pytest.raises(NotInState):
            take(negotiating.impose, plan, cast.head, AFTER, reason=BECAUSE)
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.objects.filter(pk=plan.pk).update(imposed_at=AFTER)

    def test_I08_what_was_set_too_early_is_found(self, cast):
        plan = put(cast)
        take(negotiating.impose, plan, cast.head, AFTER, reason=BECAUSE)
        engine.of_subject(plan).filter(kind=AGREE).update(
            overdue_at=local(2026, 4, 1), red_at=local(2026, 4, 2), fourth_at=local(2026, 4, 3)
        )
        assert violations() == {"IMPOSED_EARLY": 1}


class TestChange:
    def proposed(self, cast, at):
        plan = in_force(cast)
        take(changing.begin_change, plan, cast.leader, at)
        take(changing.edit_change, plan, cast.leader, at, content=CHANGED)
        assert promises(plan) == []
        take(changing.propose_change, plan, cast.leader, at, reason="政策调整")
        return plan

    @pytest.mark.parametrize("step", [changing.confirm_change, changing.refuse_change])
    def test_the_office_owes_a_decision_within_five_working_days(self, cast, step):
        plan = self.proposed(cast, local(2026, 5, 11))
        assert promises(plan) == [(CHANGE, cast.city.office, date(2026, 5, 18))]
        assert violations() == {}
        reason = {"reason": "依据不足"} if step is changing.refuse_change else {}
        take(step, plan, cast.officer, local(2026, 5, 12), **reason)
        assert promise(plan, CHANGE).state == "met"
        assert promises(plan) == []
        assert violations() == {}

    def test_by_the_last_day_for_changes_where_that_is_sooner(self, cast):
        plan = self.proposed(cast, local(2026, 9, 28))
        assert promises(plan) == [(CHANGE, cast.city.office, date(2026, 9, 30))]

    def test_it_ends_with_the_plan(self, cast):
        plan = self.proposed(cast, local(2026, 5, 11))
        assert tending.end(at=local(2027, 4, 2)) == 1
        assert promise(plan, CHANGE).state == "cancelled"
        assert violations() == {}


def test_I03_a_plan_about_which_nothing_is_promised_is_found(cast):
    plan = make.make_plan(cast.city.construction, cast.city.office, state=State.AGREED)
    assert violations()["PROMISES_DIFFER"] == 1
    assert list(deadlines.without_promise()) == [plan]
