"""Whoever filed a joined case asks for a review of the reply alone (docs/domain.md 4.7 no. 3, decision 0015)."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from complaints import actions, citizen, deadlines, obstacles, publishing, worklist
from complaints.actions.reviewing import decisions_for
from complaints.enums import Decision, Grade, Handling, State, Wording
from complaints.models import Case, PublicAnswer
from efficiency.access.scope import scope_of
from efficiency.audit import verify
from efficiency.deadlines import sweep
from efficiency.organs.models import OrganKind, Rank, Role
from efficiency.timing.due import local_day
from tests.factories.cases import TUESDAY, Cast, case_in, file, lead, local, reply
from tests.factories.staff import make_organ, make_post, seat
from tests.rules.test_merging import join

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=2)
REASONS = "答复没有说明我这一户的情况。"


@pytest.fixture
def reviewer(cast):
    """A head of the office who had no part in anything."""
    return seat(Role.OFFICE_OFFICER, cast.city.office, Rank.APPROVER)


def pair(cast, **fields) -> tuple[Case, Case]:
    """A leading case that was answered, and the one that was joined to it before."""
    leading = case_in(State.HANDLING, cast)
    case = join(file(cast, **fields).case, leading, cast)
    reply(leading, cast)
    case.refresh_from_db()
    return leading, case


def ask(case: Case, *, at=LATER) -> Case:
    actions.ask_review(case, at=at, reasons=REASONS)
    return case


def decide(case: Case, by, decision=Decision.OVERTURNED, *, at=LATER):
    return actions.decide_review(
        case, by=by, at=at, version=case.version, decision=decision, text="答复未回应该户情况。"
    )


def sound() -> bool:
    return not [finding for finding in verify.run() if finding.violations]


class TestAsking:
    def test_4_6_within_thirty_days_of_the_reply_it_shares(self, cast):
        _leading, case = pair(cast)

        promise = deadlines.running(case, deadlines.REVIEW_APPLY)
        assert local_day(promise.due_at) == date(2026, 4, 2)
        assert citizen.page_of(case, at=LATER).may_ask_review
        ask(case)

        assert case.state == State.REVIEWING
        assert local_day(deadlines.running(case, deadlines.REVIEW).due_at) == date(2026, 4, 2)
        assert sound()

    def test_afterwards_it_is_too_late(self, cast):
        _leading, case = pair(cast)

        with pytest.raises(actions.TooLate):
            ask(case, at=local(2026, 4, 3))
        sweep.run(at=local(2026, 4, 3))
        with pytest.raises(actions.NotInState):
            ask(case, at=local(2026, 4, 3))

    def test_before_the_reply_there_is_nothing_to_review(self, cast):
        case = join(file(cast).case, case_in(State.HANDLING, cast), cast)

        with pytest.raises(actions.NotInState):
            ask(case)

    def test_4_3_an_anonymous_complainant_files_again(self, cast):
        _leading, case = pair(cast, anonymous=True)

        assert deadlines.running(case, deadlines.REVIEW_APPLY) is None
        assert not citizen.page_of(case, at=LATER).may_ask_review
        with pytest.raises(actions.NotInState):
            ask(case)

    def test_the_leading_case_and_the_others_stay_as_they_are(self, cast):
        leading, case = pair(cast)
        before = (leading.state, leading.version, deadlines.running_kinds(leading))

        ask(case)

        leading.refresh_from_db()
        assert (leading.state, leading.version, deadlines.running_kinds(leading)) == before

    def test_it_is_possible_after_both_were_archived(self, cast):
        leading, case = pair(cast)
        lead(leading, cast, State.ARCHIVED, at=LATER)
        case.refresh_from_db()
        assert case.state == State.ARCHIVED

        ask(case)

        assert (case.state, case.archived_at) == (State.REVIEWING, None)
        assert sound()

    def test_a_case_that_was_separated_has_none(self, cast):
        _leading, case = pair(cast)

        actions.split(case, by=cast.officer, at=LATER, version=case.version, reason="另一事项。")

        assert deadlines.running(case, deadlines.REVIEW_APPLY) is None
        assert sound()


class TestDeciding:
    def test_it_stands_or_is_overturned_and_is_no_refusal(self, cast):
        _leading, case = pair(cast)

        assert decisions_for(ask(case)) == [Decision.UPHELD, Decision.OVERTURNED]

    def test_Z07_whoever_had_a_part_in_the_shared_reply_does_not_decide(self, cast, reviewer):
        leading = case_in(State.HANDLING, cast)
        case = join(file(cast).case, leading, cast)
        # In own handling the office wrote and approved what is looked at; so it goes to the city's office.
        Case.objects.filter(pk=leading.pk).update(handling=Handling.OWN, handling_organ=cast.city.office)
        leading.refresh_from_db()
        reply(leading, cast)
        case.refresh_from_db()

        ask(case)

        assert {cast.officer.pk, cast.office_head.pk} <= set(obstacles.deciders(case).values_list("pk", flat=True))
        assert not Case.objects.visible_to(cast.office_head).filter(pk=case.pk).exists()
        with pytest.raises(actions.Absent):
            decide(case, cast.office_head)
        assert isinstance(obstacles.obstacle(case, "decide_review", cast.office_head), actions.NotAllowed)
        decide(case, reviewer)

    def test_Z07_the_work_list_says_the_same_of_an_instruction_in_own_handling(self, cast, reviewer):
        leading = case_in(State.HANDLING, cast)  # instructed by the head of the office
        case = join(file(cast).case, leading, cast)
        Case.objects.filter(pk=leading.pk).update(handling=Handling.OWN, handling_organ=cast.city.office)
        leading.refresh_from_db()
        writer, approver = (seat(Role.OFFICE_OFFICER, cast.city.office, rank) for rank in (Rank.HANDLER, Rank.APPROVER))
        reply(leading, Cast(**{**vars(cast), "officer": writer, "office_head": approver}))
        case.refresh_from_db()
        ask(case)

        def waits_for(user) -> tuple[bool, bool]:
            cases = worklist.with_moves(Case.objects.visible_to(user).filter(pk=case.pk), user)
            return cases.filter(worklist.waiting_for(user)).exists(), bool(
                [each for each in cases if worklist.own_move(scope_of(user), each)]
            )

        assert isinstance(obstacles.obstacle(case, "decide_review", cast.office_head), actions.NotAllowed)
        assert waits_for(cast.office_head)[0] is False
        assert waits_for(reviewer) == (True, True)

    def test_upheld_it_is_closed_by_itself_and_may_go_to_the_final_review(self, cast, reviewer):
        leading, case = pair(cast)

        decide(ask(case), reviewer, Decision.UPHELD)

        assert (case.state, case.follows) == (State.CLOSED, True)
        assert {deadlines.ARCHIVE, deadlines.FINAL_APPLY} <= deadlines.running_kinds(case)
        actions.archive(case, by=cast.officer, at=LATER, version=case.version)
        leading.refresh_from_db()
        assert (case.state, leading.state) == (State.ARCHIVED, State.REPLIED)
        actions.ask_final(case, at=LATER, reasons=REASONS)
        assert case.state == State.FINAL_REVIEWING
        assert sound()

    def test_upheld_it_gets_what_the_leading_case_is_answered_later(self, cast, reviewer):
        leading, case = pair(cast)
        decide(ask(case), reviewer, Decision.UPHELD)
        again = LATER + timedelta(hours=1)
        leading.refresh_from_db()
        actions.order_rework(leading, by=cast.officer, at=again, version=leading.version, text="未说明整改时间。")

        reply(leading, cast, at=again)

        case.refresh_from_db()
        assert case.state == State.CLOSED
        assert len(citizen.page_of(case, at=again).replies) == 2
        assert {deadlines.REVIEW_APPLY, deadlines.EVALUATE} <= deadlines.running_kinds(case)
        assert sound()


class TestALinkInTheLeadingCase:
    """Whom the leading case is about, the joined one is about too (4.7 no. 3)."""

    def test_Z09_it_leaves_the_review_with_the_office_that_reviews(self, cast):
        leading, case = pair(cast)
        ask(case)
        Case.objects.filter(pk=case.pk).update(office=cast.city.district_office)
        leading.refresh_from_db()
        post = make_post(cast.city.construction, Role.CLERK)

        actions.link_person(leading, by=cast.officer, at=LATER, version=leading.version, post=post, reason="经核实")

        case.refresh_from_db()
        assert (case.about_post, case.office) == (post, cast.city.district_office)

    def test_Z09_where_it_moves_both_the_office_above_owes_what_is_promised(self, cast, settings):
        settings.ABOVE_CITY_OFFICE = "440600-LD"
        above = make_organ("440600-LD", "佛山市机关效能建设领导小组", OrganKind.EFFICIENCY_OFFICE)
        seat(Role.OFFICE_OFFICER, above, Rank.APPROVER)
        leading, case = pair(cast)
        actions.evaluate(case, at=LATER, grade=Grade.DISSATISFIED, text="没有说到我家。")
        leading.refresh_from_db()
        post = seat(Role.OFFICE_OFFICER, cast.city.office).tenures.get().post

        actions.link_person(leading, by=cast.officer, at=LATER, version=leading.version, post=post, reason="经核实")

        case.refresh_from_db()
        assert (case.state, case.office) == (State.MERGED, above)
        assert deadlines.running(case, deadlines.FOLLOW_UP).organ == above


class TestOverturned:
    def test_it_is_handled_again_on_its_own_by_the_organ_that_answered(self, cast, reviewer):
        leading, case = pair(cast)

        decide(ask(case), reviewer)

        assert (case.state, case.handling_organ, case.handler) == (State.REWORKING, cast.city.construction, None)
        assert not case.follows
        assert deadlines.running(case, deadlines.REWORK).organ == cast.city.construction
        assert Case.objects.visible_to(cast.clerk).filter(pk=case.pk).exists()
        leading.refresh_from_db()
        assert leading.state == State.REPLIED
        assert sound()

    def test_the_complainant_keeps_the_first_reply_and_their_judgement_of_it(self, cast, reviewer):
        _leading, case = pair(cast)
        actions.evaluate(case, at=LATER, grade=Grade.DISSATISFIED, text="没有说到我家。")
        decide(ask(case), reviewer)

        [shown] = citizen.page_of(case, at=LATER).replies
        assert shown.evaluation.text == "没有说到我家。"

        later = LATER + timedelta(hours=1)
        reply(case, cast, at=later)

        first, second = reversed(citizen.page_of(case, at=later).replies)
        assert (first.evaluation.text, second.evaluation) == ("没有说到我家。", None)
        assert citizen.page_of(case, at=later).may_evaluate
        lead(case, cast, State.ARCHIVED, at=later)
        assert sound()

    def test_further_replies_of_the_leading_case_are_none_of_its_own(self, cast, reviewer):
        leading, case = pair(cast)
        decide(ask(case), reviewer)
        again = LATER + timedelta(hours=1)
        leading.refresh_from_db()
        actions.order_rework(leading, by=cast.officer, at=again, version=leading.version, text="未说明整改时间。")

        reply(leading, cast, at=again)

        case.refresh_from_db()
        assert len(citizen.page_of(case, at=again).replies) == 1
        assert not case.events.filter(action="share_reply", at=again).exists()

    def test_the_archive_of_the_leading_case_leaves_it_where_it_is(self, cast, reviewer):
        leading, case = pair(cast)
        decide(ask(case), reviewer)

        leading.refresh_from_db()
        lead(leading, cast, State.ARCHIVED, at=LATER)

        case.refresh_from_db()
        assert case.state == State.REWORKING

    @pytest.mark.parametrize("said", ["review", "judgement"])
    def test_Z08_not_while_it_names_somebody_of_that_organ(self, cast, reviewer, said):
        _leading, case = pair(cast)
        named = f"窗口的{cast.leader.full_name}说不归他管。"
        if said == "judgement":
            actions.evaluate(case, at=LATER, grade=Grade.DISSATISFIED, text=named)
        actions.ask_review(case, at=LATER, reasons=named if said == "review" else REASONS)

        with pytest.raises(actions.Invalid):
            decide(case, reviewer)

        case.refresh_from_db()
        assert (case.state, case.handling_organ) == (State.REVIEWING, None)
        decide(case, reviewer, Decision.UPHELD)

    def test_P06_not_before_the_summary_is_written_where_the_text_gives_them_away(self, cast, reviewer):
        _leading, case = pair(cast, name="欧阳小明", description="我是欧阳小明，住三号楼二单元，夜里吵得睡不着。")
        ask(case)
        assert case.wording == Wording.WITHHELD

        with pytest.raises(actions.Invalid):
            decide(case, reviewer)

        case.refresh_from_db()
        actions.write_summary(
            case,
            by=reviewer,
            at=LATER,
            version=case.version,
            title="夜间施工扰民",
            text="请核实该工地夜间施工对周边住户的影响。",
        )
        decide(case, reviewer)
        assert case.state == State.REWORKING
        assert sound()

    def test_what_the_office_answered_itself_is_handled_by_the_office_in_charge(self, cast, reviewer):
        leading = case_in(State.HANDLING, cast)
        case = join(file(cast).case, leading, cast)
        Case.objects.filter(pk=leading.pk).update(handling=Handling.OWN, handling_organ=cast.city.office)
        leading.refresh_from_db()
        reply(leading, cast)
        case.refresh_from_db()

        decide(ask(case), reviewer)

        assert (case.state, case.handling, case.handling_organ) == (State.REWORKING, Handling.OWN, case.office)


def test_a_rework_that_the_office_orders_after_an_upheld_review_leads_it_on_as_well(cast, reviewer):
    _leading, case = pair(cast)
    decide(ask(case), reviewer, Decision.UPHELD)

    actions.order_rework(case, by=cast.officer, at=LATER, version=case.version, text="仍需核实该户情况。")

    assert (case.state, case.handling_organ, case.follows) == (State.REWORKING, cast.city.construction, False)
    assert sound()


class TestPublicVersion:
    def test_4_11_it_is_held_back_while_one_of_several_has_a_review(self, cast, reviewer):
        leading, case = pair(cast)
        Case.objects.filter(pk=leading.pk).update(consent=True)
        leading.refresh_from_db()
        words = {"title": "施工许可多久办结", "question": "一个月没有答复应当找谁？", "answer": "已于当日发证。"}
        actions.propose_publication(leading, by=cast.clerk, at=LATER, version=leading.version, **words)
        actions.publish(leading, by=cast.leader, at=LATER, version=leading.version)
        assert PublicAnswer.objects.public().exists()

        ask(case)

        assert not PublicAnswer.objects.public().exists()
        assert publishing.is_held_back(leading)
        assert Client().get(reverse("complaints:answer", args=[leading.public_answers.get().slug])).status_code == 404
        decide(case, reviewer, Decision.UPHELD)
        assert PublicAnswer.objects.public().exists()

    def test_4_11_nor_is_one_proposed_or_approved_meanwhile(self, cast):
        leading, case = pair(cast)
        Case.objects.filter(pk=leading.pk).update(consent=True)
        leading.refresh_from_db()

        ask(case)

        refusal = obstacles.obstacle(leading, "propose_publication", cast.clerk)
        assert isinstance(refusal, actions.NotInState)
