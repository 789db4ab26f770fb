"""Intake by staff (docs/domain.md 4.1, 4.7): channels with their papers, first receivers, groups, cases from above."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints import actions, citizen, deadlines, obstacles, timeline, workflow
from complaints.actions.identity import masked
from complaints.enums import Category, Channel, Decision, Handling, Kind, RevealReason, State
from complaints.invariants import (
    identities_that_do_not_open,
    persons_not_unknown,
    promises_nobody_can_keep,
    steps_without_right,
)
from complaints.models import Case, CaseIdentity, Origin
from efficiency.deadlines import sweep
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import Role
from efficiency.timing.due import local_day
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, Cast, local
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LETTER = {"from_whom": "广东省信访局", "reference": "粤信转〔2026〕118号"}
PAPERS = {
    Channel.SUPERIOR: LETTER,
    Channel.HOTLINE: {"reference": "12345-20260303-0871"},
    Channel.MEDIA: {"from_whom": "佛山日报 2026年3月2日 A05版"},
}


def receipt_for(cast: Cast, *, by=None, channel=Channel.PHONE, answer="", at=TUESDAY, filed=None, **added):
    """Type a case in for somebody; ``added`` is what staff add, ``filed`` what the citizen said."""
    sent = {
        "kind": Kind.COMPLAINT,
        "category": Category.DELAY,
        "organ": cast.city.construction,
        "title": "施工许可迟迟不批",
        "description": "来人反映上月递交的施工许可申请至今没有答复，请督促办理。",
        "name": "陈小明",
        "phone": "13812345678",
    }
    intake = actions.Intake(by=by or cast.officer, **{**PAPERS.get(channel, {}), **added})
    return actions.receive(intake=intake, answer=answer, channel=channel, at=at, **{**sent, **(filed or {})})


def take_in(cast: Cast, **what) -> Case:
    """Do the same and return the case."""
    return receipt_for(cast, **what).case


def consult(cast: Cast, *, by, answer="带身份证和回执到三号窗口即可。", **added) -> Case:
    filed = {"kind": Kind.CONSULTATION, "category": "", "title": "办证要带什么", **added.pop("filed", {})}
    return take_in(cast, by=by, channel=Channel.VISIT, answer=answer, filed=filed, **added)


class TestChannels:  # 4.1
    @pytest.mark.parametrize("channel", [each for each in Channel if each not in (Channel.WEB, Channel.OWN_MOTION)])
    def test_4_1_staff_type_in_every_channel(self, cast, channel):
        case = take_in(cast, channel=channel)

        assert (case.channel, case.first_receiver, case.state) == (channel, cast.officer, State.RECEIVED)
        assert Origin.objects.filter(case=case).exists() == (channel in PAPERS)

    def test_4_6_own_motion_is_no_way_in(self, cast):
        with pytest.raises(actions.Invalid) as refused:
            take_in(cast, channel=Channel.OWN_MOTION)

        assert refused.value.field == "channel"

    @pytest.mark.parametrize(
        ("channel", "missing"),
        [
            (Channel.SUPERIOR, "from_whom"),
            (Channel.SUPERIOR, "reference"),
            (Channel.HOTLINE, "reference"),
            (Channel.MEDIA, "from_whom"),
        ],
    )
    def test_4_1_what_the_paper_of_a_channel_asks_for_is_required(self, cast, channel, missing):
        with pytest.raises(actions.Invalid) as refused:
            take_in(cast, channel=channel, **{missing: " "})

        assert refused.value.field == missing
        assert not Case.objects.exists()

    def test_P06_only_the_office_and_inspectors_read_where_a_case_came_from(self, cast):
        from complaints.admin.page import origin_of

        case = make.lead(take_in(cast, channel=Channel.HOTLINE), cast, State.HANDLING)

        assert origin_of(case, cast.officer).reference == PAPERS[Channel.HOTLINE]["reference"]
        assert origin_of(case, cast.inspector) is not None
        assert origin_of(case, cast.clerk) is None
        assert origin_of(case, cast.leader) is None

    def test_4_1_urgent_is_said_at_the_reception_and_decided_on_at_acceptance(self, cast):
        case = take_in(cast, urgent=True)
        assert case.urgent

        make.accept(case, cast, urgent=False)

        assert not Case.objects.get(pk=case.pk).urgent

    @pytest.mark.parametrize(("urgent", "last_day"), [(True, date(2026, 3, 4)), (False, date(2026, 3, 10))])
    def test_3_5_a_supervision_order_in_an_urgent_case_is_answered_within_a_working_day(self, cast, urgent, last_day):
        case = make.file(cast).case
        make.accept(case, cast, urgent=urgent)

        actions.order_supervision(case, by=cast.inspector, at=TUESDAY, version=case.version, text="请即办")

        assert local_day(deadlines.running(case, deadlines.SUPERVISE).due_at) == last_day


class TestFirstReceiver:  # 4.7 no. 1
    def test_4_7_whoever_types_is_first_receiver(self, cast):
        case = take_in(cast, by=cast.clerk)

        filed = case.events.get()
        assert (case.first_receiver, filed.actor, filed.actor_organ) == (cast.clerk, cast.clerk, cast.city.construction)

    def test_4_7_a_colleague_may_type_for_whoever_was_asked_first(self, cast):
        case = take_in(cast, by=cast.clerk, first_receiver=cast.leader)

        assert (case.first_receiver, case.events.get().actor) == (cast.leader, cast.clerk)

    def test_4_7_nobody_of_another_organ_is_made_first_receiver(self, cast):
        with pytest.raises(actions.Invalid) as refused:
            take_in(cast, by=cast.clerk, first_receiver=cast.tax_clerk)

        assert refused.value.field == "first_receiver"

    def test_4_7_the_citizen_sees_the_organ_that_received_them_and_no_person(self, cast):
        cast.clerk.full_name = "经办张三丰"
        cast.clerk.save()
        case = take_in(cast, by=cast.clerk)

        page = citizen.page_of(case, at=TUESDAY)

        assert page.received_by == str(cast.city.construction)
        assert "张三丰" not in str(page)

    def test_4_6_a_first_receiver_answers_a_consultation_on_the_spot(self, cast):
        case = consult(cast, by=cast.clerk)

        assert (case.state, case.handling, case.handling_organ, case.handler) == (
            State.REPLIED,
            Handling.ASSIGNED,
            cast.city.construction,
            cast.clerk,
        )
        reply = obstacles.reply_sent(case)
        assert (reply.on_the_spot, reply.drafted_by, reply.decided_by) == (True, cast.clerk, cast.clerk)
        assert deadlines.running(case, deadlines.ACCEPT) is None
        assert deadlines.running(case, deadlines.REPORT).organ == cast.city.construction
        assert any("三号窗口" in each.findings for each in citizen.page_of(case, at=TUESDAY).replies)
        make.report(case, cast)
        actions.close(case, by=cast.officer, at=TUESDAY, version=case.version, conclusion="已当场答复")
        assert case.state == State.CLOSED
        assert steps_without_right() == 0

    def test_4_6_a_leaders_answer_is_reported_by_the_organ(self, cast):
        case = consult(cast, by=cast.leader)

        assert (case.handling_organ, case.handler) == (cast.city.construction, None)
        make.report(case, cast)

    def test_4_6_an_officers_answer_is_own_handling(self, cast):
        case = consult(cast, by=cast.officer)

        assert (case.handling, case.handling_organ, case.handler) == (Handling.OWN, cast.city.office, cast.officer)

    @pytest.mark.parametrize("kind", [Kind.COMPLAINT, Kind.REQUEST, Kind.SUGGESTION])
    def test_4_6_nothing_but_a_consultation_is_answered_so(self, cast, kind):
        category = Category.DELAY if kind == Kind.COMPLAINT else ""

        with pytest.raises(actions.Invalid) as refused:
            consult(cast, by=cast.clerk, filed={"kind": kind, "category": category})

        assert refused.value.field == "answer"
        assert not Case.objects.exists()

    def test_4_7_what_names_somebody_is_the_offices_and_nothing_is_filed_by_halves(self, cast):
        with pytest.raises(actions.NotInState):
            consult(cast, by=cast.clerk, filed={"named_person": "李科长"})

        assert not Case.objects.exists()

    def test_4_7_nobody_answers_for_another_first_receiver(self, cast):
        with pytest.raises(actions.Invalid) as refused:
            consult(cast, by=cast.clerk, first_receiver=cast.leader)

        assert refused.value.field == "answer"

    def test_4_7_an_inspector_receives_and_does_not_answer(self, cast):
        with pytest.raises(actions.NotAllowed):
            consult(cast, by=cast.inspector)
        assert not Case.objects.exists()
        assert consult(cast, by=cast.inspector, answer="").state == State.RECEIVED

    def test_4_7_nobody_answers_later_what_they_received(self, cast):
        case = consult(cast, by=cast.clerk, answer="")
        make.accept(case, cast)

        with pytest.raises(actions.NotAllowed):
            actions.answer_at_reception(case, by=cast.clerk, at=TUESDAY, answer="到三号窗口")

    def test_4_7_nobody_answers_what_another_received(self, cast):
        case = consult(cast, by=cast.clerk, answer="")

        with pytest.raises(actions.NotAllowed):
            actions.answer_at_reception(case, by=cast.tax_clerk, at=TUESDAY, answer="到三号窗口")

    def test_S10_the_same_form_sent_twice_is_answered_once(self, cast):
        filed = {"token": "0123456789abcdef0123456789abcdef"}

        first, again = (consult(cast, by=cast.clerk, filed=filed) for _ in range(2))

        assert first.pk == again.pk
        assert Case.objects.get().events.filter(action="answer_on_spot").count() == 1


class TestGroups:  # 4.1
    OTHERS = ("黄大力", "梁美玲", "区志强", "何婉仪")

    def test_4_1_a_group_names_five_representatives_at_most(self, cast):
        case = take_in(cast, channel=Channel.VISIT, group_size=38, representatives=self.OTHERS)
        assert case.group_size == 38

        with pytest.raises(actions.Invalid) as refused:
            take_in(cast, channel=Channel.VISIT, group_size=38, representatives=(*self.OTHERS, "冼国华"))
        assert refused.value.field == "representatives"

    def test_P01_the_names_are_sealed_masked_and_shown_after_a_reason(self, cast):
        case = take_in(cast, channel=Channel.VISIT, group_size=38, representatives=self.OTHERS)

        stored = bytes(CaseIdentity.objects.get(case=case).representatives)
        assert stored
        assert not any(name.encode() in stored for name in self.OTHERS)
        assert masked(case).representatives[0] == "黄**"
        seen = actions.reveal(case, by=cast.officer, at=TUESDAY, category=RevealReason.CONTACT, reason="约谈代表")
        assert seen.representatives == self.OTHERS
        assert identities_that_do_not_open() == 0

    def test_P13_the_complainant_sees_them_in_the_copy_of_their_data(self, cast):
        filed = {"token": "0123456789abcdef0123456789abcdef"}
        case = take_in(cast, channel=Channel.VISIT, group_size=38, representatives=self.OTHERS, filed=filed)
        code = actions.receipt_of(filed["token"], at=TUESDAY).code

        assert actions.own_copy(case, at=TUESDAY, code=code).identity.representatives == self.OTHERS

    def test_P05_of_an_anonymous_group_no_name_is_kept(self, cast):
        case = take_in(cast, group_size=12, representatives=self.OTHERS, filed={"anonymous": True})

        assert (case.group_size, case.anonymous) == (12, True)
        assert not CaseIdentity.objects.filter(case=case).exists()

    @pytest.mark.parametrize(
        ("size", "others", "field"),
        [(1, (), "group_size"), (None, ("黄大力",), "group_size"), (2, ("黄大力", "梁美玲"), "representatives")],
    )
    def test_4_1_numbers_that_make_no_group_are_refused(self, cast, size, others, field):
        with pytest.raises(actions.Invalid) as refused:
            take_in(cast, group_size=size, representatives=others)

        assert refused.value.field == field


class TestPassedDownFromAbove:  # 4.7 no. 6
    BY = date(2026, 3, 19)

    def accepted(self, cast, **added) -> Case:
        return make.accept(take_in(cast, channel=Channel.SUPERIOR, **{"report_by": self.BY, **added}), cast)

    def test_4_7_the_date_of_the_letter_comes_before_the_limits(self, cast):
        case = self.accepted(cast)

        assert local_day(deadlines.running(case, deadlines.REPORT_UP).due_at) == self.BY
        assert local_day(deadlines.running(case, deadlines.REPLY).due_at) == self.BY  # by itself: 24 March

    def test_4_7_the_date_is_kept_apart_from_the_days_until_it(self, cast):
        case = self.accepted(cast)

        for kind in (deadlines.REPORT_UP, deadlines.REPLY):
            assert deadlines.running(case, kind).fixed_on == self.BY
        assert deadlines.running(case, deadlines.REGISTER).fixed_on is None

    def test_4_7_it_does_so_where_it_is_later_and_where_it_is_a_free_day(self, cast):
        later = self.accepted(cast, report_by=date(2026, 6, 30))
        assert local_day(deadlines.running(later, deadlines.REPLY).due_at) == date(2026, 6, 30)

        on_sunday = self.accepted(cast, report_by=date(2026, 3, 15))
        assert local_day(deadlines.running(on_sunday, deadlines.REPLY).due_at) == date(2026, 3, 13)

    def test_4_7_without_a_date_the_limits_hold(self, cast):
        case = self.accepted(cast, report_by=None)

        assert local_day(deadlines.running(case, deadlines.REPLY).due_at) == date(2026, 3, 24)
        assert deadlines.running(case, deadlines.REPORT_UP) is None  # there is nothing yet that could be reported
        make.lead(case, cast, State.REPLIED)
        assert local_day(deadlines.running(case, deadlines.REPORT_UP).due_at) == date(2026, 3, 10)

    @pytest.mark.parametrize("end", ["withdraw", "reject", "redirect", "merge"])
    def test_4_7_without_a_date_the_report_is_due_after_the_result(self, cast, end):
        case = take_in(cast, channel=Channel.SUPERIOR, report_by=None)
        asked = {"by": cast.officer, "at": TUESDAY, "version": case.version}
        if end == "withdraw":
            actions.withdraw(case, at=TUESDAY)
        elif end == "reject":
            make.reject(case, cast)
        elif end == "redirect":
            actions.redirect(case, addressee="市中级人民法院", text="请向法院查询。", **asked)
        else:
            leading = make.case_in(State.HANDLING, cast)
            actions.merge(case, leading=leading, reason="同一事项", **asked)
            assert deadlines.running(case, deadlines.REPORT_UP) is None
            leading.refresh_from_db()
            make.reply(leading, cast)
            case.refresh_from_db()

        assert local_day(deadlines.running(case, deadlines.REPORT_UP).due_at) == date(2026, 3, 10)
        actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="已函告结果")
        assert promises_nobody_can_keep() == 0

    def test_4_7_a_report_is_made_once_even_if_the_case_is_answered_again(self, cast):
        case = make.lead(take_in(cast, channel=Channel.SUPERIOR, report_by=None), cast, State.REPORTED)
        actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="已函告结果")
        actions.order_rework(case, by=cast.officer, at=TUESDAY, version=case.version, text="未说明整改时间。")

        make.reply(case, cast)

        assert deadlines.running(case, deadlines.REPORT_UP) is None

    def test_P11_what_leads_to_an_erased_complainant_goes_with_the_report_that_needs_it(self, cast):
        receipt = receipt_for(cast, channel=Channel.SUPERIOR, report_by=self.BY)
        case = receipt.case
        actions.ask_erasure(case, at=TUESDAY, code=receipt.code)
        actions.withdraw(case, at=TUESDAY)
        actions.grant_erasure(case, by=cast.office_head, at=TUESDAY, version=case.version)
        assert Origin.objects.get(case=case).reference == LETTER["reference"]  # the superior organ still waits
        assert persons_not_unknown() == 0

        actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="已函告结果")

        assert not Origin.objects.filter(case=case).exists()
        assert persons_not_unknown() == 0

    def test_P11_of_an_erased_case_no_number_of_another_house_is_left(self, cast):
        receipt = receipt_for(cast, channel=Channel.HOTLINE)
        case = receipt.case
        assert Origin.objects.filter(case=case).exists()
        actions.ask_erasure(case, at=TUESDAY, code=receipt.code)
        actions.withdraw(case, at=TUESDAY)

        actions.grant_erasure(case, by=cast.office_head, at=TUESDAY, version=case.version)

        assert not Origin.objects.filter(case=case).exists()

    def test_4_7_after_the_report_the_date_of_the_letter_rules_no_longer(self, cast):
        case = take_in(cast, channel=Channel.SUPERIOR, report_by=self.BY)
        make.reject(case, cast)
        actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="已函告结果")
        actions.ask_review(case, at=TUESDAY, reasons="不予受理的理由不成立。")
        late = local(2026, 3, 30)

        actions.decide_review(
            case, by=cast.office_head, at=late, version=case.version, decision=Decision.TAKEN_ON, text="应予受理。"
        )

        assert local_day(deadlines.running(case, deadlines.REPLY).due_at) == date(2026, 4, 21)

    def test_4_7_what_is_accepted_after_the_date_is_due_the_same_day(self, cast):
        case = take_in(cast, channel=Channel.SUPERIOR, report_by=date(2026, 3, 4))
        make.accept(case, cast, at=local(2026, 3, 6))

        assert local_day(deadlines.running(case, deadlines.REPLY).due_at) == date(2026, 3, 6)

    def test_4_7_before_acceptance_the_page_shows_the_date_of_the_letter(self, cast):
        from complaints import effects

        case = take_in(cast, channel=Channel.SUPERIOR, report_by=self.BY)

        (effect,) = effects.effects_of(case, "accept", at=TUESDAY)

        reply = [each for each in effect.opens if each.label == deadlines.BY_NAME[deadlines.REPLY].label]
        assert [each.last_day for each in reply] == [self.BY]

    @pytest.mark.parametrize(
        ("channel", "report_by"), [(Channel.LETTER, date(2026, 3, 19)), (Channel.SUPERIOR, date(2026, 3, 2))]
    )
    def test_4_7_a_date_of_nobody_above_or_of_the_past_is_refused(self, cast, channel, report_by):
        with pytest.raises(actions.Invalid) as refused:
            take_in(cast, channel=channel, report_by=report_by)

        assert refused.value.field == "report_by"

    def test_4_7_the_office_reports_the_result_and_the_promise_is_kept(self, cast):
        case = make.lead(take_in(cast, channel=Channel.SUPERIOR, report_by=self.BY), cast, State.REPLIED)

        actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="已函复，编号佛效复〔2026〕9号")

        (promise,) = [each for each in deadlines.of_case(case) if each.kind == deadlines.REPORT_UP]
        assert (promise.state, promise.organ) == (DeadlineState.MET, cast.city.office)
        origin = Origin.objects.get(case=case)
        assert (origin.reported_by, origin.reported_at) == (cast.officer, TUESDAY)
        assert not any("佛效复" in entry.text for entry in timeline.public(case))
        with pytest.raises(actions.NotInState):
            actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="再报一次")

    def test_4_7_there_is_nothing_to_report_before_the_reply(self, cast):
        case = make.lead(take_in(cast, channel=Channel.SUPERIOR, report_by=self.BY), cast, State.HANDLING)

        with pytest.raises(actions.NotInState):
            actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="正在办理")

    @pytest.mark.parametrize("end", ["withdraw", "reject"])
    def test_4_7_however_the_case_ends_the_result_is_owed(self, cast, end):
        case = take_in(cast, channel=Channel.SUPERIOR, report_by=self.BY)
        if end == "withdraw":
            actions.withdraw(case, at=TUESDAY)
        else:
            make.reject(case, cast)

        assert deadlines.running(case, deadlines.REPORT_UP) is not None
        assert actions.put_away_ended(at=TUESDAY + timedelta(days=90)) == 0  # not before it is told
        assert promises_nobody_can_keep() == 0
        actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="已函告结果")
        assert deadlines.running(case, deadlines.REPORT_UP) is None

    def test_4_7_of_a_joined_case_the_result_is_that_of_the_leading_one(self, cast):
        leading = make.case_in(State.HANDLING, cast)
        case = take_in(cast, channel=Channel.SUPERIOR, report_by=self.BY)
        actions.merge(case, by=cast.officer, at=TUESDAY, version=case.version, leading=leading, reason="同一事项")
        with pytest.raises(actions.NotInState):
            actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="已并案")
        leading.refresh_from_db()
        make.reply(leading, cast)
        case.refresh_from_db()

        actions.report_up(case, by=cast.officer, at=TUESDAY, version=case.version, text="已随主案答复")

        assert deadlines.running(case, deadlines.REPORT_UP) is None

    def test_9_2_a_report_that_nobody_makes_is_escalated(self, cast):
        case = self.accepted(cast)

        sweep.run(at=local(2026, 3, 20, 0, 1), rehearsal=True)

        assert deadlines.running(case, deadlines.REPORT_UP).escalations.filter(level=2).exists()

    def test_4_7_the_citizen_sees_who_passed_the_case_down_and_no_number(self, cast):
        page = citizen.page_of(self.accepted(cast), at=TUESDAY)

        assert page.passed_down_by == LETTER["from_whom"]
        assert LETTER["reference"] not in str(page)

    def test_4_7_others_owe_nothing_upward(self, cast):
        case = make.case_in(State.REPLIED, cast)

        assert deadlines.running(case, deadlines.REPORT_UP) is None
        assert "report_up" not in {step.name for step in workflow.next_actions(case, cast.officer)}


def test_4_1_a_district_clerk_types_for_the_office_of_the_city(cast):
    clerk = seat(Role.CLERK, cast.city.street)

    case = take_in(cast, by=clerk, at=timezone.now())

    assert (case.office, case.first_receiver) == (cast.city.office, clerk)
    assert not Case.objects.visible_to(clerk).filter(pk=case.pk).exists()
    assert Case.objects.visible_to(cast.officer).filter(pk=case.pk).exists()
