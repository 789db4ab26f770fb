"""A plan on its way: drafted, put, agreed, approved by another, signed, changed, ended (docs/domain.md 8.1)."""

from datetime import date
from decimal import Decimal

import pytest

from efficiency.deadlines import actions as engine
from efficiency.deadlines import clock
from efficiency.organs.models import Role, Tenure, TenureKind
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from targets.models import Plan, PlanSignature
from targets.plans import changing, drafting, invariants, negotiating, offers, signing, tasks, tending, workflow
from targets.plans.content import BlockContent, IndicatorContent, read
from targets.plans.deadlines import SIGN, office_for, offices_for
from targets.plans.drafting import Begin
from targets.plans.enums import BEFORE, DECIDED, IndicatorKind, RevisionState, Span, State
from targets.plans.refusals import Absent, Changed, Invalid, NotAllowed, NotInState, NotValid
from targets.scoring.methods import Method
from tests.factories import targets as make
from tests.factories.cases import local
from tests.factories.staff import seat
from tests.factories.targets import TUESDAY

WHOLE = (
    BlockContent(
        *("A", "目标任务", Decimal(100)),
        (
            IndicatorContent("A1", "竣工项目", Decimal(60), Method.HIGHER_BETTER, target=Decimal(20), unit="个"),
            IndicatorContent("A2", "按期率", Decimal(40), Method.LINEAR, IndicatorKind.RATIO, "%", target=Decimal(95)),
        ),
    ),
)


def drafted(cast, **fields):
    """A whole draft of the construction bureau."""
    given = {"by": cast.appraiser, "at": TUESDAY, "year": 2026, "begin": Begin.EMPTY} | fields
    plan = drafting.draft(given.pop("organ", cast.city.construction), **given)
    drafting.edit(plan, by=given["by"], at=given["at"], version=plan.version, content=WHOLE)
    return plan


def take(step, plan, by, at=TUESDAY, **fields):
    """Take a step as the page does, with the version that it shows."""
    return step(plan, by=by, at=at, version=plan.version, **fields)


def approved(cast, at=TUESDAY, answering=None, **fields):
    plan = drafted(cast, at=at, **fields)
    take(negotiating.put, plan, cast.appraiser, at)
    take(negotiating.agree, plan, answering or (cast.clerk if plan.post else cast.leader), at)
    take(negotiating.approve, plan, cast.officer, at)
    return plan


def text_of(plan):
    return signing.signed_revision(plan).text_sha256


def in_force(cast, at=TUESDAY, **fields):
    plan = approved(cast, at, **fields)
    take(signing.sign_organ, plan, cast.clerk if plan.post else cast.leader, at, text_sha256=text_of(plan))
    take(signing.sign_office, plan, cast.leader if plan.post else cast.head, at, text_sha256=text_of(plan))
    return plan


def violations():
    """How often each check of plans is broken."""
    from django.db import connection

    found = {}
    for name in dir(invariants):
        if name.isupper() and not name.startswith("_"):
            with connection.cursor() as cursor:
                cursor.execute(getattr(invariants, name))
                found[name] = cursor.fetchone()[0]
    return {name: count for name, count in found.items() if count}


class TestWay:
    def test_a_plan_goes_from_draft_to_the_end(self, cast):
        plan = in_force(cast)

        assert plan.state == State.IN_FORCE
        assert [event.action for event in plan.events.order_by("number")] == [
            *("draft", "edit", "put", "agree", "approve", "sign_organ", "sign_office"),
        ]
        assert plan.revision.state == RevisionState.APPROVED
        assert plan.revision.in_force_from == date(2026, 1, 1)
        assert not engine.running(plan).exists()
        assert violations() == {}

        assert tending.end(at=local(2027, 3, 31)) == 0
        assert tending.end(at=local(2027, 4, 2)) == 1
        plan.refresh_from_db()
        assert plan.state == State.ENDED
        assert violations() == {}

    def test_remarks_go_back_and_forth_until_it_is_agreed(self, cast):
        plan = drafted(cast)
        take(negotiating.put, plan, cast.appraiser)
        take(negotiating.comment, plan, cast.deputy, text="A1偏高，建议18个。")
        take(negotiating.comment, plan, cast.other_appraiser, text="请附上年数据。")
        take(negotiating.take_back, plan, cast.appraiser, reason="按意见调整")
        assert drafting.first_revision(plan).state == RevisionState.DRAFT
        take(drafting.edit, plan, cast.appraiser, content=WHOLE)
        take(negotiating.put, plan, cast.appraiser)
        take(negotiating.agree, plan, cast.leader)
        assert plan.state == State.AGREED
        assert Message.objects.filter(kind="plans.comment", recipient=cast.leader).count() == 2

    def test_the_organ_does_not_know_of_a_draft(self, cast):
        plan = drafted(cast)
        with pytest.raises(Absent):
            take(negotiating.agree, plan, cast.leader)
        assert not Plan.objects.headers_visible_to(cast.leader).exists()

    def test_a_plan_that_is_not_whole_is_not_put(self, cast):
        plan = drafted(cast)
        take(drafting.edit, plan, cast.appraiser, content=(BlockContent("A", "目标", Decimal(60)),))
        with pytest.raises(NotValid) as refusal:
            take(negotiating.put, plan, cast.appraiser)
        assert {problem.where for problem in refusal.value.problems} == {"", "A"}

    def test_the_same_form_takes_a_step_once(self, cast):
        plan = drafted(cast)
        first = take(negotiating.put, plan, cast.appraiser, token="t" * 32)
        again = negotiating.put(plan, by=cast.appraiser, at=TUESDAY, version=plan.version - 1, token="t" * 32)
        assert first == again

    def test_a_stale_page_is_told_so(self, cast):
        plan = drafted(cast)
        with pytest.raises(Changed):
            negotiating.put(plan, by=cast.appraiser, at=TUESDAY, version=plan.version - 1)

    def test_a_withdrawn_plan_leaves_room(self, cast):
        plan = drafted(cast)
        take(negotiating.withdraw, plan, cast.appraiser, reason="重新编制")
        assert plan.state == State.WITHDRAWN
        assert drafted(cast).pk != plan.pk
        assert violations() == {}

    @pytest.mark.parametrize("steps", [(), (negotiating.put, negotiating.take_back)])
    def test_Z15_what_is_withdrawn_as_a_draft_stays_unknown_to_those_who_had_to_reach_it(self, cast, steps):
        for post, person in ((None, cast.leader), (cast.post, cast.clerk)):
            plan = drafted(cast, post=post)
            for step in steps:
                reason = {"reason": "按意见调整"} if step is negotiating.take_back else {}
                take(step, plan, cast.appraiser, **reason)
            take(negotiating.withdraw, plan, cast.appraiser, reason="重新编制")
            assert not Plan.objects.headers_visible_to(person).filter(pk=plan.pk).exists()
            assert not Message.objects.filter(kind="plans.withdraw", recipient=person).exists()
            with pytest.raises(Absent):
                take(negotiating.comment, plan, person, text="我方已知悉。")

    def test_what_is_withdrawn_after_it_was_put_is_told(self, cast):
        plan = drafted(cast)
        take(negotiating.put, plan, cast.appraiser)
        take(negotiating.withdraw, plan, cast.appraiser, reason="重新编制")
        assert Plan.objects.headers_visible_to(cast.leader).get() == plan
        assert Message.objects.filter(kind="plans.withdraw", recipient=cast.leader).exists()


class TestSecondPerson:  # docs/trust.md Z-10
    def test_whoever_drafted_put_or_agreed_does_not_approve(self, cast):
        plan = drafted(cast, by=cast.officer)
        take(negotiating.put, plan, cast.other_officer)
        take(negotiating.agree, plan, cast.leader)
        for person in (cast.officer, cast.other_officer):
            with pytest.raises(NotAllowed):
                take(negotiating.approve, plan, person)
        take(negotiating.approve, plan, cast.head)

    def test_another_account_of_the_same_person_does_not_approve(self, cast):
        twin = seat(Role.OFFICE_OFFICER, cast.city.office)
        for account in (cast.officer, twin):
            type(account).objects.filter(pk=account.pk).update(full_name="同一人", phone="13800138000")
            account.refresh_from_db()
        plan = drafted(cast, by=cast.officer)
        take(negotiating.put, plan, cast.officer)
        take(negotiating.agree, plan, cast.leader)
        with pytest.raises(NotAllowed):
            take(negotiating.approve, plan, twin)

    def test_Z10_whoever_had_a_part_before_somebody_else_kept_it_again_does_not_approve(self, cast):
        plan = drafted(cast, by=cast.officer)
        take(negotiating.put, plan, cast.head)
        take(negotiating.take_back, plan, cast.appraiser, reason="按意见调整")
        take(drafting.edit, plan, cast.other_officer, content=WHOLE)
        take(negotiating.put, plan, cast.other_officer)
        take(negotiating.agree, plan, cast.leader)
        for person in (cast.officer, cast.head):
            assert plan not in offers.waiting_for(person)
            assert not Message.objects.filter(kind="plans.agree", recipient=person).exists()
            with pytest.raises(NotAllowed):
                take(negotiating.approve, plan, person)
        assert plan in offers.waiting_for(cast.other_head)
        take(negotiating.approve, plan, cast.other_head)
        assert violations() == {}

    def test_Z10_whoever_had_a_part_in_a_change_does_not_decide_on_it_and_may_on_the_next(self, cast):
        plan = in_force(cast)
        take(changing.begin_change, plan, cast.officer)
        take(changing.edit_change, plan, cast.officer, content=CHANGED)
        take(changing.edit_change, plan, cast.other_officer, content=CHANGED)
        take(changing.propose_change, plan, cast.other_officer, reason="更正")
        assert plan not in offers.waiting_for(cast.officer)
        with pytest.raises(NotAllowed):
            take(changing.confirm_change, plan, cast.officer)
        take(changing.refuse_change, plan, cast.head, reason="依据不足")
        take(changing.begin_change, plan, cast.leader)
        take(changing.edit_change, plan, cast.leader, content=CHANGED)
        take(changing.propose_change, plan, cast.leader, reason="更正")
        assert plan in offers.waiting_for(cast.officer)
        take(changing.confirm_change, plan, cast.officer)
        assert violations() == {}

    def test_Z10_no_other_account_of_a_leader_approves_the_plan_of_the_organ(self, cast):
        twin = seat(Role.OFFICE_OFFICER, cast.city.office)
        for account in (cast.leader, twin):
            type(account).objects.filter(pk=account.pk).update(full_name="同一人", phone="13800138000")
            account.refresh_from_db()
        plan = drafted(cast)
        take(negotiating.put, plan, cast.appraiser)
        take(negotiating.agree, plan, cast.deputy)
        assert "approve" not in {offer.name for offer in offers.offers(plan, twin, at=TUESDAY)}
        assert plan not in offers.waiting_for(twin)
        with pytest.raises(NotAllowed):
            take(negotiating.approve, plan, twin)

    def test_an_appraisal_officer_drafts_and_does_not_approve(self, cast):
        plan = drafted(cast)
        take(negotiating.put, plan, cast.appraiser)
        take(negotiating.agree, plan, cast.leader)
        with pytest.raises(NotAllowed):
            take(negotiating.approve, plan, cast.other_appraiser)

    def test_nobody_approves_the_plan_of_an_own_post(self, cast):
        post = cast.officer.tenures.get().post
        plan = make.make_plan(cast.city.office, cast.city.office, post=post, state=State.AGREED)
        with pytest.raises(NotAllowed):
            take(negotiating.approve, plan, cast.officer)

    def test_a_leader_drafts_for_posts_of_the_organ_and_never_for_the_own(self, cast):
        plan = drafted(cast, by=cast.leader, post=cast.post)
        take(negotiating.put, plan, cast.leader)
        take(negotiating.agree, plan, cast.clerk)
        take(negotiating.approve, plan, cast.officer)
        with pytest.raises(NotAllowed):
            drafted(cast, by=cast.leader, post=cast.leader.tenures.get().post, span=Span.FIRST_HALF)
        with pytest.raises(NotAllowed):
            drafted(cast, by=cast.leader, year=2027)

    def test_a_colleague_does_not_know_of_the_plan_of_a_post(self, cast):
        plan = drafted(cast, by=cast.leader, post=cast.post)
        take(negotiating.put, plan, cast.leader)
        with pytest.raises(Absent):
            take(negotiating.agree, plan, cast.colleague)

    def test_plans_of_the_office_itself_go_to_the_office_above(self, cast, settings):
        above = make_above(cast, settings)
        assert office_for(cast.city.office) == above
        assert office_for(cast.city.district_office) == cast.city.office

    def test_8_6_a_district_is_planned_by_the_city_and_its_posts_by_itself(self, cast):
        assert office_for(cast.city.district) == cast.city.office
        assert office_for(cast.city.district, of_post=True) == cast.city.district_office

    def test_the_office_is_the_same_for_one_and_for_many(self, cast, settings):
        make_above(cast, settings)
        organs = [getattr(cast.city, name) for name in cast.city.__dataclass_fields__]
        assert offices_for(organs) == {organ.pk: office_for(organ) for organ in organs if office_for(organ)}


def make_above(cast, settings):
    from efficiency.organs.models import OrganKind
    from tests.factories.staff import make_organ

    above = make_organ(settings.ABOVE_CITY_OFFICE, "市效能建设领导小组", OrganKind.EFFICIENCY_OFFICE)
    above.position = 9
    above.save()
    return above


class TestLetter:
    def test_the_letter_is_promised_until_the_last_of_march(self, cast):
        plan = approved(cast)
        promise = engine.running(plan, [SIGN]).get()
        assert local_day(promise.due_at) == date(2026, 3, 31)
        assert promise.post == cast.leader.tenures.get().post
        assert plan.next_due_at == promise.due_at
        take(signing.sign_organ, plan, cast.leader, text_sha256=text_of(plan))
        assert engine.running(plan, [SIGN]).get().post == cast.head.tenures.get().post
        assert plan.state == State.APPROVED
        assert violations() == {}

    def test_what_is_approved_late_has_ten_working_days(self, cast):
        plan = approved(cast, at=local(2026, 4, 7))
        promise = engine.running(plan, [SIGN]).get()
        assert (promise.limit_number, promise.limit_unit) == (10, "wd")

    def test_each_side_has_a_limit_of_its_own_and_answers_for_no_delay_of_the_other(self, cast):
        plan = approved(cast)
        late = local(2026, 4, 7)
        tending.come_into_force(at=local(2026, 4, 1))
        plan.refresh_from_db()
        take(signing.sign_organ, plan, cast.leader, late, text_sha256=text_of(plan))
        first, second = engine.of_subject(plan).filter(kind=SIGN).order_by("generation")
        assert (first.state, first.organ, first.met_at) == ("met", cast.city.construction, late)
        assert (second.organ, second.started_at) == (cast.city.office, late)
        assert (second.limit_number, second.limit_unit) == (10, "wd")
        assert second.overdue_at > local(2026, 4, 21, 0)
        assert violations() == {}
        take(signing.sign_office, plan, cast.head, local(2026, 4, 8), text_sha256=text_of(plan))
        assert not engine.running(plan, [SIGN]).exists()
        second.refresh_from_db()
        assert second.met_at < second.overdue_at

    def test_the_organ_signs_first_and_nobody_for_both(self, cast):
        plan = approved(cast)
        with pytest.raises(NotInState):
            take(signing.sign_office, plan, cast.head, text_sha256=text_of(plan))
        with pytest.raises(NotAllowed):
            take(signing.sign_organ, plan, cast.deputy, text_sha256=text_of(plan))
        take(signing.sign_organ, plan, cast.leader, text_sha256=text_of(plan))
        with pytest.raises(NotInState):
            take(signing.sign_organ, plan, cast.leader, text_sha256=text_of(plan))
        with pytest.raises(NotAllowed):
            take(signing.sign_office, plan, cast.officer, text_sha256=text_of(plan))

    def test_another_text_than_the_one_read_is_not_signed(self, cast):
        plan = approved(cast)
        with pytest.raises(Changed):
            take(signing.sign_organ, plan, cast.leader, text_sha256="0" * 64)

    def test_the_text_says_what_was_agreed(self, cast):
        text = signing.signed_revision(approved(cast)).text
        assert "2026年度目标责任书（全年）" in text
        assert "A1 竣工项目：权重60；目标值20个；越高越好；数据来源：单位报送。" in text
        assert "2026年1月1日起至2026年12月31日止" in text

    def test_the_letter_of_a_post_is_signed_by_its_holder_and_the_head_of_the_organ(self, cast):
        plan = in_force(cast, post=cast.post)
        text = signing.signed_revision(plan).text
        assert f"签订方：{cast.city.construction.name}主要负责人" in text
        assert cast.city.office.name not in text
        signed = PlanSignature.objects.filter(plan=plan).order_by("at", "pk")
        assert [(each.side, each.user) for each in signed] == [("organ", cast.clerk), ("office", cast.leader)]
        assert violations() == {}

    def test_a_stand_in_does_not_sign_for_the_holder_of_a_post(self, cast):
        plan = approved(cast, post=cast.post)
        substitute = Tenure.objects.create(
            user=cast.colleague,
            post=cast.post,
            kind=TenureKind.STAND_IN,
            since=date(2026, 1, 1),
            until=date(2099, 1, 1),
        ).user
        with pytest.raises(NotAllowed):
            take(signing.sign_organ, plan, substitute, text_sha256=text_of(plan))
        take(signing.sign_organ, plan, cast.clerk, text_sha256=text_of(plan))

    def test_D08_nothing_comes_by_a_clock_that_is_doubtful(self, cast, monkeypatch):
        plan = approved(cast)
        monkeypatch.setattr(clock, "believed", lambda: None)
        tasks.tend_plans()
        plan.refresh_from_db()
        assert plan.state == State.APPROVED

    def test_an_unsigned_plan_comes_into_force_and_the_signature_stays_owed(self, cast):
        plan = approved(cast)
        assert tending.come_into_force(at=local(2026, 3, 31)) == 0
        assert tending.come_into_force(at=local(2026, 4, 1)) == 1
        assert tending.come_into_force(at=local(2026, 4, 1)) == 0
        plan.refresh_from_db()
        assert plan.state == State.IN_FORCE
        assert plan.signed_at is None
        assert engine.running(plan, [SIGN]).exists()
        assert violations() == {}
        take(signing.sign_organ, plan, cast.leader, local(2026, 4, 2), text_sha256=text_of(plan))
        take(signing.sign_office, plan, cast.head, local(2026, 4, 2), text_sha256=text_of(plan))
        assert plan.state == State.IN_FORCE
        assert not engine.running(plan, [SIGN]).exists()

    def test_a_plan_that_ends_unsigned_owes_no_signature_any_more_and_its_promise_stays_broken(self, cast):
        plan = approved(cast)
        tending.come_into_force(at=local(2026, 4, 1))
        assert tending.end(at=local(2027, 4, 2)) == 1
        plan.refresh_from_db()
        assert plan.state == State.ENDED
        assert plan.next_due_at is None
        promise = engine.of_subject(plan).get(kind=SIGN)
        assert promise.state == "cancelled"
        assert promise.ended_at >= promise.overdue_at
        assert violations() == {}

    def test_what_is_approved_late_comes_into_force_when_its_ten_working_days_are_over(self, cast):
        plan = approved(cast, at=local(2026, 9, 24))
        promise = engine.running(plan, [SIGN]).get()
        assert promise.overdue_at > local(2026, 10, 9)
        assert tending.come_into_force(at=local(2026, 10, 9)) == 0
        assert tending.come_into_force(at=promise.overdue_at) == 1


CHANGED = (
    BlockContent(
        *("A", "目标任务", Decimal(100)),
        (
            IndicatorContent("A1", "竣工项目", Decimal(60), Method.HIGHER_BETTER, target=Decimal(18), unit="个"),
            WHOLE[0].indicators[1],
        ),
    ),
)


class TestChange:
    def test_a_change_is_proposed_with_a_reason_and_confirmed_by_another(self, cast):
        plan = in_force(cast)
        june = local(2026, 6, 2)
        take(changing.begin_change, plan, cast.leader, june)
        take(changing.edit_change, plan, cast.leader, june, content=CHANGED)
        take(changing.propose_change, plan, cast.leader, june, reason="两个项目缓建")
        assert read(plan.revision) == WHOLE
        take(changing.confirm_change, plan, cast.officer, local(2026, 6, 4))

        assert read(plan.revision) == CHANGED
        assert plan.revision.number == 2
        assert plan.revision.in_force_from == date(2026, 6, 4)
        assert plan.revisions.get(number=1).state == RevisionState.SUPERSEDED
        assert violations() == {}

    def test_a_change_is_asked_for_and_confirmed_until_the_thirtieth_of_september(self, cast):
        plan = in_force(cast)
        september = local(2026, 9, 30)
        take(changing.begin_change, plan, cast.leader, september)
        take(changing.edit_change, plan, cast.leader, september, content=CHANGED)
        with pytest.raises(NotInState):
            take(changing.propose_change, plan, cast.leader, local(2026, 10, 1, 0), reason="太迟")
        take(changing.propose_change, plan, cast.leader, september, reason="两个项目缓建")
        for late in (local(2026, 10, 1, 0), local(2027, 1, 12)):
            with pytest.raises(NotInState):
                take(changing.confirm_change, plan, cast.officer, late)
            offered = {each.name: each.why_not for each in offers.offers(plan, cast.officer, at=late)}
            assert offered["confirm_change"]
            assert not offered["refuse_change"]
        take(changing.confirm_change, plan, cast.officer, local(2026, 9, 30, 23))

    def test_whoever_proposed_or_drafted_a_change_does_not_confirm_it(self, cast):
        plan = in_force(cast)
        take(changing.begin_change, plan, cast.officer)
        take(changing.edit_change, plan, cast.officer, content=CHANGED)
        take(changing.propose_change, plan, cast.other_officer, reason="更正")
        for person in (cast.officer, cast.other_officer):
            with pytest.raises(NotAllowed):
                take(changing.confirm_change, plan, person)
        take(changing.refuse_change, plan, cast.head, reason="依据不足")
        assert read(plan.revision) == WHOLE
        assert violations() == {}

    def test_a_change_without_a_difference_or_a_reason_is_refused(self, cast):
        plan = in_force(cast)
        take(changing.begin_change, plan, cast.leader)
        with pytest.raises(Invalid):
            take(changing.propose_change, plan, cast.leader, reason="没有不同")
        take(changing.edit_change, plan, cast.leader, content=CHANGED)
        with pytest.raises(Invalid):
            take(changing.propose_change, plan, cast.leader, reason=" ")
        take(changing.drop_change, plan, cast.leader)
        assert plan.revisions.count() == 1
        assert violations() == {}

    @pytest.mark.parametrize(("one", "other"), [("leader", "officer"), ("officer", "leader")])
    def test_a_change_is_gone_on_with_by_the_side_that_began_it(self, cast, one, other):
        plan = in_force(cast)
        take(changing.begin_change, plan, getattr(cast, one), local(2026, 6, 2))
        names = {offer.name for offer in offers.offers(plan, getattr(cast, other), at=local(2026, 6, 2))}
        assert not names & {"edit_change", "drop_change", "propose_change"}
        with pytest.raises(NotAllowed):
            take(changing.edit_change, plan, getattr(cast, other), content=CHANGED)
        with pytest.raises(NotAllowed):
            take(changing.drop_change, plan, getattr(cast, other))
        colleague = cast.deputy if one == "leader" else cast.other_officer
        take(changing.edit_change, plan, colleague, content=CHANGED)

    @pytest.mark.parametrize("is_proposed", [False, True])
    def test_a_change_that_is_under_way_ends_with_its_plan(self, cast, is_proposed):
        plan = in_force(cast)
        take(changing.begin_change, plan, cast.leader)
        take(changing.edit_change, plan, cast.leader, content=CHANGED)
        if is_proposed:
            take(changing.propose_change, plan, cast.leader, reason="两个项目缓建")
        assert tending.end(at=local(2027, 4, 2)) == 1
        assert changing.open_change(plan) is None
        if is_proposed:
            assert plan.revisions.get(number=2).state == RevisionState.REFUSED
            assert Message.objects.filter(kind="plans.end", recipient=cast.leader).exists()
        assert violations() == {}

    def test_a_plan_before_its_approval_is_not_changed_but_taken_back(self, cast):
        plan = drafted(cast)
        with pytest.raises(NotInState):
            take(changing.begin_change, plan, cast.appraiser)


class TestRights:
    @pytest.mark.parametrize("state", State.values)
    def test_each_step_is_offered_to_whom_it_belongs_and_to_nobody_else(self, cast, state):
        plan = make.make_plan(cast.city.construction, cast.city.office, state=state)
        offered = {
            name: [offer.name for offer in offers.offers(plan, getattr(cast, name), at=TUESDAY)] for name in make.ROLES
        }
        for name in ("inspector", "clerk", "colleague", "editor", "auditor", "administrator", "tax_leader"):
            assert offered[name] == [], name
        assert offered["district_head"] == []
        assert offered["mayor"] == []
        if state == State.DRAFT:
            assert offered["appraiser"] == ["put", "edit", "withdraw"]
            assert offered["leader"] == []
        if state == State.PUT:
            assert offered["leader"] == ["agree", "counter", "comment"]
            assert offered["officer"] == ["comment", "take_back", "withdraw"]
        if state == State.AGREED:
            assert offered["officer"] == ["approve", "comment", "take_back", "withdraw"]
        if state == State.APPROVED:
            assert offered["leader"] == ["sign_organ"]
        if state in (State.ENDED, State.WITHDRAWN):
            assert not any(offered.values())

    @pytest.mark.parametrize("state", State.values)
    def test_rows_and_relation_say_the_same(self, cast, state):
        from efficiency.access.may import cells_of

        plans = [
            make.make_plan(cast.city.construction, cast.city.office, state=state),
            make.make_plan(cast.city.construction, cast.city.office, state=state, post=cast.post),
            make.make_plan(cast.city.street, cast.city.district_office, state=state),
        ]
        for name in make.ROLES:
            user = getattr(cast, name)
            known = set(Plan.objects.headers_visible_to(user))
            assert known == {plan for plan in plans if cells_of(user, "target.see", plan)}, name

    def test_everybody_of_an_organ_reads_its_plan_once_it_was_agreed(self, cast):
        make.make_plan(cast.city.construction, cast.city.office, state=State.PUT)
        make.make_plan(cast.city.construction, cast.city.office, state=State.AGREED, year=2027)
        assert {plan.year for plan in Plan.objects.visible_to(cast.clerk)} == {2027}

    def test_the_auditor_knows_headers_alone(self, cast):
        make.make_plan(cast.city.construction, cast.city.office)
        assert Plan.objects.headers_visible_to(cast.auditor).count() == 1
        assert not Plan.objects.visible_to(cast.auditor).exists()

    def test_plans_wait_for_whoever_is_next(self, cast):
        waits = lambda person: list(offers.waiting_for(person))  # noqa: E731 - asked after each step
        plan = drafted(cast)
        assert waits(cast.appraiser) == [plan]
        take(negotiating.put, plan, cast.appraiser)
        assert waits(cast.leader) == [plan]
        take(negotiating.agree, plan, cast.leader)
        assert waits(cast.officer) == [plan]
        assert waits(cast.appraiser) == []
        take(negotiating.approve, plan, cast.officer)
        assert waits(cast.leader) == [plan]
        take(signing.sign_organ, plan, cast.leader, text_sha256=text_of(plan))
        assert waits(cast.leader) == []
        assert waits(cast.head) == [plan]
        take(signing.sign_office, plan, cast.head, text_sha256=text_of(plan))
        assert waits(cast.head) == []


def test_the_table_names_every_state():
    sources = {state for row in workflow.TABLE for state in row.sources}
    targets = {row.target for row in workflow.TABLE if row.target}
    assert sources | targets == set(State)
    assert set(BEFORE) | set(DECIDED) | {State.WITHDRAWN} == set(State)
