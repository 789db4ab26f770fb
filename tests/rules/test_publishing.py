"""A public version of a case, without anybody in it, approved by a second person (docs/domain.md 4.11, P-14, Z-10)."""

from datetime import timedelta

import pytest

from complaints import actions, deidentifying, workflow
from complaints.deidentifying import People
from complaints.enums import Decision, Kind, NamedPerson, RecusalGround, State
from complaints.models import Case, PublicAnswer, PublicAnswerState, Recusal
from efficiency.audit import verify
from efficiency.organs.models import Rank, Role
from efficiency.outbox.models import Message
from tests.factories.cases import TUESDAY, Cast, case_in
from tests.factories.staff import make_post, seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
PUBLIC = {
    "title": "施工许可多久办结",
    "question": "施工许可申请递交后超过一个月没有答复，应当找谁？",
    "answer": "因经办人请假未移交造成延误，已于当日发证。",
}


def answered(cast: Cast, state: State = State.CLOSED, **fields) -> Case:
    """A case of which a version may be public."""
    return case_in(state, cast, **({"consent": True} | fields))


def propose(case: Case, cast: Cast, **changes) -> PublicAnswer:
    given = PUBLIC | {"by": cast.clerk, "at": LATER, "version": case.version} | changes
    event = actions.propose_publication(case, **given)
    return PublicAnswer.objects.get(pk=event.data["publication"])


def publish(case: Case, cast: Cast, *, by=None):
    return actions.publish(case, by=by or cast.leader, at=LATER, version=case.version)


def public(case: Case, cast: Cast) -> PublicAnswer:
    """The version of a case after it was approved."""
    version = propose(case, cast)
    publish(case, cast)
    version.refresh_from_db()
    return version


class TestDraft:
    def test_P14_begins_with_every_trace_replaced(self, cast):
        case = answered(
            cast,
            name="欧阳小明",
            phone="0757-83321234",
            email="ouyang@example.com",
            title="欧阳小明的施工许可没人办",
            description=(
                "我是欧阳小明（身份证１１０１０５１９４９１２３１００２Ｘ），车牌粤E·A1234，"
                "电话 138 1234 5678 或 0757 83321234，"
                "邮箱 ouyang@example.com，上次编号是XN2026000001237，欧阳女士也可以代收。"
            ),
        )

        text = actions.public_text_of(case, at=LATER)

        whole = f"{text.title}{text.question}"
        for hidden in ("欧阳", "小明", "１１０１", "A1234", "5678", "83321234", "@", "XN2026"):
            assert hidden not in whole, hidden
        assert "施工许可没人办" in text.title
        assert "未移交造成延误" in text.answer

    def test_P14_names_of_staff_who_acted_or_hold_a_post_of_the_organ_are_replaced_too(self, cast):
        cast.clerk.full_name = "刘志强"
        cast.clerk.save()
        bystander = seat(Role.CLERK, cast.city.construction)
        bystander.full_name = "司徒美玲"
        bystander.save()
        people = People(others=("刘志强", "司徒美玲"))

        replaced = deidentifying.replaced("刘 志强答复说材料由司徒·美玲保管。", people)

        assert "志强" not in replaced
        assert "美玲" not in replaced
        case = answered(cast)
        with pytest.raises(actions.Invalid):
            propose(case, cast, answer="由刘志强办理完毕。")

    def test_a_text_without_traces_stays_as_it_is(self):
        text = "第12条规定20个工作日内办结，共3张表，2026年11月1日起施行；咨询电话0757-83320000。"

        assert deidentifying.replaced(text, People(("陈小明",), ("13812345678",), ("刘志强",))) == text

    @pytest.mark.parametrize("name", ["", "王", "A"])
    def test_a_name_that_proves_nothing_hides_nothing(self, name):
        assert deidentifying.replaced("王府井大街A座", People(complainants=(name,), others=(name,))) == "王府井大街A座"

    @pytest.mark.parametrize("field", ["title", "question", "answer"])
    @pytest.mark.parametrize(
        "trace",
        ["陈小明", "陈 小·明", "陈先生", "13812345678", "１３８１２３４５６７８", "chen@example.cn", "粤E12345"],
    )
    def test_P07_is_refused_while_a_trace_is_left(self, cast, field, trace):
        case = answered(cast, name="陈小明", email="chen@example.cn")

        with pytest.raises(actions.Invalid) as refusal:
            propose(case, cast, **{field: f"{trace}的申请"})

        assert refusal.value.field == field
        assert trace not in str(refusal.value)

    def test_P06_nobody_finds_out_a_confidential_name_by_trying(self, cast):
        case = answered(cast, kind=Kind.REQUEST, category="", consent=False, name="陈小明")

        assert propose(case, cast, question="陈小明和王小明谁去都可以吗？")

    @pytest.mark.parametrize("field", ["title", "question", "answer"])
    def test_every_part_is_needed(self, cast, field):
        with pytest.raises(actions.Invalid) as refusal:
            propose(answered(cast), cast, **{field: " "})

        assert refusal.value.field == field

    def test_one_version_at_a_time(self, cast):
        case = answered(cast)
        propose(case, cast)

        with pytest.raises(actions.NotInState):
            propose(case, cast)

    def test_whoever_approves_is_told_and_then_whoever_wrote_it(self, cast):
        case = answered(cast)
        public(case, cast)

        def told(kind):
            return set(Message.objects.filter(kind=kind, channel="portal").values_list("recipient", flat=True))

        assert told("complaints.propose_publication") == {cast.leader.pk}
        assert told("complaints.publish") == {cast.clerk.pk}


class TestOfWhichCases:
    @pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.CONSULTATION, Kind.SUGGESTION])
    def test_of_what_accuses_nobody_whoever_asked(self, cast, kind):
        case = answered(cast, kind=kind, category="", consent=False)

        assert public(case, cast).is_public

    @pytest.mark.parametrize("fields", [{"consent": False}, {"anonymous": True, "consent": False}])
    def test_P06_never_of_a_complaint_whose_complainant_stays_unknown(self, cast, fields):
        with pytest.raises(actions.NotInState):
            propose(answered(cast, **fields), cast)

    @pytest.mark.parametrize("about", ["named", "linked", "recused"])
    def test_never_of_one_about_a_person(self, cast, about):
        case = answered(cast)
        if about == "named":
            Case.objects.filter(pk=case.pk).update(named_person="黄科长", named_person_state=NamedPerson.NOBODY)
        elif about == "linked":
            post = make_post(cast.city.construction, Role.CLERK)
            Case.objects.filter(pk=case.pk).update(about_post=post, named_person_state=NamedPerson.LINKED)
        else:
            person = seat(Role.CLERK, cast.city.construction)
            Recusal.objects.create(case=case, user=person, ground=RecusalGround.PERSON_CONCERNED, at=LATER)

        with pytest.raises(actions.NotInState):
            propose(case, cast)

    def test_P06_never_of_a_text_that_gives_the_complainant_away(self, cast):
        case = answered(cast, kind=Kind.REQUEST, category="")
        Case.objects.filter(pk=case.pk).update(wording="withheld")

        with pytest.raises(actions.NotInState):
            propose(case, cast)

    def test_P11_never_of_one_whose_complainant_nobody_can_look_for_any_more(self, cast):
        case = answered(
            cast, kind=Kind.REQUEST, category="", description="我是陈小明，申请递交后没有答复，请督促办理。"
        )
        earlier = public(answered(cast), cast)
        for each in (case, earlier.case):
            each.identity.delete()

        with pytest.raises(actions.NotInState):
            propose(case, cast)
        assert PublicAnswer.objects.public().get() == earlier


class TestSecondPerson:
    def test_P14_nothing_is_public_before_a_second_person_approved(self, cast):
        case = answered(cast)
        version = propose(case, cast)

        assert not PublicAnswer.objects.public().exists()
        publish(case, cast)
        assert PublicAnswer.objects.public().get() == version

    @pytest.mark.parametrize("verb", ["publish", "return_publication"])
    def test_Z10_whoever_wrote_it_does_not_decide_on_it(self, cast, verb):
        case = answered(cast)
        propose(case, cast, by=cast.office_head)
        remark = {"remark": "再改"} if verb == "return_publication" else {}

        with pytest.raises(actions.NotAllowed):
            getattr(actions, verb)(case, by=cast.office_head, at=LATER, version=case.version, **remark)

    def test_Z10_nor_whoever_wrote_one_before_it(self, cast):
        case = answered(cast)
        propose(case, cast, by=cast.office_head)
        actions.return_publication(case, by=cast.leader, at=LATER, version=case.version, remark="请删去地点")
        propose(case, cast)

        with pytest.raises(actions.NotAllowed):
            publish(case, cast, by=cast.office_head)

    def test_Z10_nor_another_account_of_the_same_person(self, cast):
        case = answered(cast)
        propose(case, cast)
        for user in (cast.clerk, cast.leader):
            user.full_name, user.phone = "刘志强", "13900000001"
            user.save()

        with pytest.raises(actions.NotAllowed):
            publish(case, cast)

    def test_P07_a_trace_that_came_to_be_known_meanwhile_stops_it(self, cast):
        case = answered(cast)
        propose(case, cast, question="请问黄秀英窗口在哪里？")
        newcomer = seat(Role.OFFICE_OFFICER, cast.city.office)
        newcomer.full_name = "黄秀英"
        newcomer.save()
        Case.objects.filter(pk=case.pk).update(handler=newcomer)

        with pytest.raises(actions.Invalid):
            publish(case, cast)

    def test_what_is_sent_back_can_be_written_anew(self, cast):
        case = answered(cast)
        first = propose(case, cast)
        actions.return_publication(case, by=cast.leader, at=LATER, version=case.version, remark="请删去地点")

        first.refresh_from_db()
        assert (first.state, first.remark) == (PublicAnswerState.RETURNED, "请删去地点")
        assert public(case, cast).is_public


class TestTakenBack:
    @pytest.mark.parametrize("by", ["clerk", "leader", "officer"])
    def test_by_hand_with_a_reason(self, cast, by):
        case = answered(cast)
        version = public(case, cast)

        with pytest.raises(actions.Invalid):
            actions.withdraw_publication(case, by=getattr(cast, by), at=LATER, version=case.version, reason=" ")
        case.refresh_from_db()
        actions.withdraw_publication(case, by=getattr(cast, by), at=LATER, version=case.version, reason="内容有误")

        version.refresh_from_db()
        assert (version.state, version.withdrawn_by) == (PublicAnswerState.WITHDRAWN, getattr(cast, by))
        assert not PublicAnswer.objects.public().exists()

    def test_when_the_case_goes_on(self, cast):
        for go_on in (self.order_rework, self.ask_review, self.take_consent_back, self.link_person):
            case = answered(cast)
            version = public(case, cast)

            go_on(case, cast)

            version.refresh_from_db()
            assert (version.state, version.withdrawn_by) == (PublicAnswerState.WITHDRAWN, None), go_on

    def order_rework(self, case, cast):
        actions.order_rework(case, by=cast.officer, at=LATER, version=case.version, text="整改未到位")

    def ask_review(self, case, cast):
        actions.ask_review(case, at=LATER, reasons="没有说明依据")

    def take_consent_back(self, case, cast):
        actions.hide_identity(case, at=LATER)

    def link_person(self, case, cast):
        post = make_post(cast.city.construction, Role.CLERK)
        actions.link_person(case, by=cast.officer, at=LATER, version=case.version, post=post, reason="经核实")

    def test_an_evaluation_or_the_archive_leaves_it(self, cast):
        case = answered(cast)
        version = public(case, cast)

        actions.evaluate(case, at=LATER, grade=5)
        actions.archive(case, by=cast.officer, at=LATER, version=case.version)

        version.refresh_from_db()
        assert version.is_public

    def test_after_a_review_that_upheld_the_reply_another_one_may_be_written(self, cast):
        case = answered(cast)
        public(case, cast)
        self.ask_review(case, cast)
        other_head = seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)
        actions.decide_review(
            case, by=other_head, at=LATER, version=case.version, decision=Decision.UPHELD, text="原答复正确"
        )

        assert public(case, cast).is_public


class TestSteps:
    def test_a_clerk_is_offered_the_draft_and_others_what_waits_for_them(self, cast):
        case = answered(cast)

        def offered(user):
            return {each.name for each in workflow.next_actions(case, user) if "publi" in each.name}

        assert offered(cast.clerk) == {"propose_publication"}
        assert offered(cast.leader) == set()
        propose(case, cast)
        assert offered(cast.leader) == {"publish", "return_publication", "withdraw_publication"}
        publish(case, cast)
        assert offered(cast.leader) == {"withdraw_publication"}

    def test_the_invariants_hold_and_see_what_does_not_belong(self, cast):
        case = answered(cast)
        version = public(case, cast)
        assert not [finding for finding in verify.run() if finding.violations]

        Case.objects.filter(pk=case.pk).update(consent=False)
        assert {finding.number for finding in verify.run() if finding.violations} == {"I-22"}
        Case.objects.filter(pk=case.pk).update(consent=True)
        PublicAnswer.objects.filter(pk=version.pk).update(drafted_by=cast.officer)
        PublicAnswer.objects.create(
            case=case,
            reply=version.reply,
            organ=version.organ,
            kind=version.kind,
            outcome=version.outcome,
            state=PublicAnswerState.WITHDRAWN,
            withdrawn_at=TUESDAY,
            drafted_by=cast.leader,
            drafted_at=TUESDAY,
            **PUBLIC,
        )
        assert {finding.number for finding in verify.run() if finding.violations} == {"I-08"}
