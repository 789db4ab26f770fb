"""Cases about one matter are joined to the open one, and its reply answers each complainant (docs/domain.md 4.7)."""

from datetime import date, timedelta

import pytest

from complaints import actions, citizen, deadlines, timeline
from complaints.enums import Grade, State
from complaints.models import Case
from efficiency.audit import verify
from efficiency.deadlines.models import DeadlineState
from efficiency.organs.models import Role
from efficiency.outbox.models import Message
from efficiency.timing.due import local_day
from tests.factories.cases import TUESDAY, Cast, case_in, file, lead, reply
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
SAME = "反映同一工地夜间施工。"


def join(case: Case, leading: Case, cast: Cast, **given) -> Case:
    actions.merge(case, by=cast.officer, at=TUESDAY, version=case.version, leading=leading, reason=SAME, **given)
    leading.refresh_from_db()
    return case


def replied(leading: Case, cast: Cast) -> Case:
    lead(leading, cast, State.HANDLING)
    return reply(leading, cast, at=LATER)


class TestJoining:
    def test_what_was_promised_in_the_joined_case_ends(self, cast):
        leading, case = file(cast).case, file(cast).case

        join(case, leading, cast)

        assert case.state == State.MERGED
        assert case.leading == leading
        assert deadlines.running_kinds(case) == set()
        assert {each.state for each in deadlines.of_case(case)} == {DeadlineState.CANCELLED}

    def test_what_was_broken_before_stays_broken(self, cast):
        case = file(cast, at=TUESDAY - timedelta(days=30)).case

        join(case, file(cast).case, cast)

        assert [each.is_late(at=LATER) for each in deadlines.of_case(case)] == [True]

    def test_the_clock_of_the_leading_case_is_not_touched(self, cast):
        leading, case = case_in(State.HANDLING, cast), file(cast, at=LATER).case
        due = deadlines.running(leading, deadlines.REPLY).due_at

        join(case, leading, cast)

        assert deadlines.running(leading, deadlines.REPLY).due_at == due

    def test_P06_whoever_handles_the_leading_case_reads_what_is_added_and_not_the_joined_case(self, cast):
        leading, case = case_in(State.HANDLING, cast), file(cast, at=LATER).case

        join(case, leading, cast, facts="另有居民反映周六凌晨仍在施工。")

        assert not Case.objects.visible_to(cast.clerk).filter(pk=case.pk).exists()
        assert any("周六凌晨" in str(entry.text) for entry in timeline.internal(leading, cast.clerk))
        assert Message.objects.filter(kind="complaints.take_in", recipient=cast.clerk).exists()

    @pytest.mark.parametrize("state", [State.REPLIED, State.CLOSED, State.ARCHIVED, State.REJECTED, State.WITHDRAWN])
    def test_a_case_that_was_answered_or_has_ended_leads_no_more(self, cast, state):
        leading, case = case_in(state, cast), file(cast, at=LATER).case

        with pytest.raises(actions.Invalid) as refused:
            join(case, leading, cast)

        assert refused.value.field == "leading"

    def test_a_joined_case_does_not_lead(self, cast):
        joined, case = case_in(State.MERGED, cast), file(cast, at=LATER).case

        with pytest.raises(actions.Invalid):
            join(case, joined, cast)

    def test_never_across_respondents(self, cast):
        leading, case = file(cast, organ=cast.city.tax).case, file(cast).case

        with pytest.raises(actions.Invalid):
            join(case, leading, cast)

    def test_never_where_another_person_is_complained_about(self, cast):
        leading, case = file(cast).case, file(cast).case
        post = cast.clerk.tenures.get().post
        actions.link_person(case, by=cast.officer, at=TUESDAY, version=case.version, post=post, reason="来信写明。")

        with pytest.raises(actions.Invalid):
            join(case, leading, cast)

    def test_not_with_itself(self, cast):
        case = file(cast).case

        with pytest.raises(actions.Invalid):
            join(case, case, cast)

    def test_Z02_a_case_that_one_may_not_know_of_is_none(self, cast):
        leading, case = file(cast).case, file(cast).case
        actions.declare_recusal(leading, by=cast.officer, at=TUESDAY, reason="系本人亲属。")

        with pytest.raises(actions.Invalid):
            join(case, leading, cast)

    def test_Z08_a_case_that_names_somebody_is_resolved_first(self, cast):
        leading, case = file(cast).case, file(cast, named_person="王科长").case

        with pytest.raises(actions.Invalid):
            join(case, leading, cast)

    def test_Z08_what_is_added_names_nobody_of_the_organ_that_reads_it(self, cast):
        leading, case = case_in(State.HANDLING, cast), file(cast, at=LATER).case

        with pytest.raises(actions.Invalid) as refused:
            join(case, leading, cast, facts=f"经办人{cast.leader.full_name}态度恶劣。")

        assert refused.value.field == "facts"

    def test_Z07_whoever_is_kept_from_one_is_kept_from_both(self, cast):
        other = seat(Role.OFFICE_OFFICER, cast.city.office)
        leading, case = file(cast).case, file(cast).case
        actions.declare_recusal(leading, by=other, at=TUESDAY, reason="系本人亲属。")

        join(case, leading, cast)

        assert not Case.objects.visible_to(other).exists()

    def test_Z07_a_joined_case_is_about_the_post_that_the_leading_one_is_linked_to(self, cast):
        leading, case = file(cast).case, file(cast).case
        join(case, leading, cast)
        post = cast.clerk.tenures.get().post

        actions.link_person(
            leading, by=cast.officer, at=TUESDAY, version=leading.version, post=post, reason="来信写明。"
        )

        case.refresh_from_db()
        assert case.about_post == post

    def test_those_joined_to_a_case_follow_it_to_another(self, cast):
        first, second, third = file(cast).case, file(cast).case, file(cast).case
        join(second, first, cast)

        join(first, third, cast)

        second.refresh_from_db()
        assert (first.leading, second.leading) == (third, third)


class TestOneReplyForAll:
    def test_each_complainant_has_the_reply_and_may_judge_it(self, cast):
        leading, case = file(cast).case, file(cast, name="李四", phone="13900001111").case
        join(case, leading, cast)
        replied(leading, cast)
        case.refresh_from_db()

        page = citizen.page_of(case, at=LATER)

        assert [each.findings for each in page.replies] == [leading.replies.get().findings]
        assert page.may_evaluate
        actions.evaluate(case, at=LATER, grade=Grade.SATISFIED)
        actions.evaluate(leading, at=LATER, grade=Grade.DISSATISFIED)
        assert citizen.page_of(case, at=LATER).replies[0].evaluation.grade == Grade.SATISFIED.label
        assert citizen.page_of(leading, at=LATER).replies[0].evaluation.grade == Grade.DISSATISFIED.label

    def test_what_the_leading_case_was_answered_before_is_not_shown(self, cast):
        leading, case = case_in(State.REWORKING, cast), file(cast, at=LATER).case
        actions.merge(case, by=cast.officer, at=LATER, version=case.version, leading=leading, reason=SAME)

        assert citizen.page_of(case, at=LATER).replies == []

    def test_a_reply_is_judged_once_by_each(self, cast):
        leading, case = file(cast).case, file(cast).case
        join(case, leading, cast)
        replied(leading, cast)
        actions.evaluate(case, at=LATER, grade=Grade.SATISFIED)

        with pytest.raises(actions.NotInState):
            actions.evaluate(case, at=LATER, grade=Grade.SATISFIED)

    def test_a_negative_judgement_of_a_named_one_calls_for_a_follow_up(self, cast):
        leading, case = file(cast).case, file(cast).case
        join(case, leading, cast)
        replied(leading, cast)

        actions.evaluate(case, at=LATER, grade=Grade.VERY_DISSATISFIED)

        assert deadlines.running(case, deadlines.FOLLOW_UP) is not None
        actions.record_follow_up(
            case, by=cast.officer, at=LATER, version=case.version, text="已说明原因。", cause="objective"
        )
        assert deadlines.running(case, deadlines.FOLLOW_UP) is None

    def test_until_then_the_page_shows_the_promise_of_the_leading_case(self, cast):
        leading, case = case_in(State.HANDLING, cast), file(cast, at=LATER).case
        join(case, leading, cast)

        page = citizen.page_of(case, at=LATER)

        assert page.next_promise is not None
        assert page.next_promise.due_at == deadlines.running(leading, deadlines.REPLY).due_at
        assert page.urge_from is None
        assert not page.may_urge

    def test_the_leading_case_s_number_is_told_to_nobody_else(self, cast):
        leading, case = case_in(State.HANDLING, cast), file(cast, at=LATER).case
        join(case, leading, cast)

        told = " ".join(f"{entry.word} {entry.text}" for entry in timeline.public(case))

        assert leading.number not in told


class TestTheLeadingCaseEndsWithoutAReply:
    @pytest.mark.parametrize("end", ["withdraw", "reject", "redirect"])
    def test_the_joined_case_is_decided_on_for_itself(self, cast, end):
        leading, case = file(cast).case, file(cast).case
        join(case, leading, cast)
        take = {"by": cast.officer, "version": leading.version, "text": "该事项由法院处理。"}
        match end:
            case "withdraw":
                actions.withdraw(leading, at=LATER)
            case "reject":
                actions.reject(leading, at=LATER, ground="judicial", **take)
            case "redirect":
                actions.redirect(leading, at=LATER, addressee="市中级人民法院", **take)

        joined = Case.objects.exclude(pk=leading.pk).get()
        assert joined.state == State.RECEIVED
        assert joined.leading is None
        assert deadlines.running_kinds(joined) == {deadlines.ACCEPT}

    def test_separated_it_stands_where_it_stood_and_the_days_on_which_it_was_joined_do_not_count(self, cast):
        case = case_in(State.ACCEPTED, cast, at=TUESDAY - timedelta(days=1))
        join(case, file(cast).case, cast)

        days_later = TUESDAY + timedelta(days=3)
        actions.split(case, by=cast.officer, at=days_later, version=case.version, reason="并非同一工地。")

        assert (case.state, case.leading) == (State.ACCEPTED, None)
        assert deadlines.running_kinds(case) == {deadlines.REPLY, deadlines.REGISTER}
        # From Friday, 6 March: of the fifteen days none was over on Tuesday, and the registration begins.
        due = {kind: local_day(deadlines.running(case, kind).due_at) for kind in deadlines.running_kinds(case)}
        assert due == {deadlines.REPLY: date(2026, 3, 27), deadlines.REGISTER: date(2026, 3, 9)}

    def test_what_was_supplemented_before_it_was_joined_counts_from_then_and_by_the_days_that_were_over(self, cast):
        case = case_in(State.SUPPLEMENTING, cast)
        handed_in = TUESDAY + timedelta(days=7)
        actions.supplement(case, at=handed_in, text="补交申请回执。")
        joined = handed_in + timedelta(days=2)
        actions.merge(
            case, by=cast.officer, at=joined, version=case.version, leading=file(cast).case, reason="反映同一事项。"
        )

        separated = joined + timedelta(days=14)
        actions.split(case, by=cast.officer, at=separated, version=case.version, reason="并非同一工地。")

        # Tuesday 10 March; Wednesday was one of five days, so four are left after Thursday, 26 March.
        accept = deadlines.running(case, deadlines.ACCEPT)
        assert local_day(accept.due_at) == date(2026, 4, 1)
        assert separated < accept.overdue_at

    def test_before_its_acceptance_the_decision_on_it_is_owed_as_before(self, cast):
        case = case_in(State.MERGED, cast)

        actions.split(case, by=cast.officer, at=LATER, version=case.version, reason="并非同一工地。")

        assert case.state == State.RECEIVED
        assert deadlines.running_kinds(case) == {deadlines.ACCEPT}

    def test_separated_after_the_reply_nothing_of_it_is_left(self, cast):
        leading, case = file(cast).case, file(cast).case
        join(case, leading, cast)
        replied(leading, cast)
        case.refresh_from_db()
        actions.evaluate(case, at=LATER, grade=Grade.DISSATISFIED)

        actions.split(case, by=cast.officer, at=LATER, version=case.version, reason="并非同一工地。")

        assert (case.outcome, case.replied_at) == ("", None)
        assert deadlines.running_kinds(case) == {deadlines.ACCEPT}
        assert citizen.page_of(case, at=LATER).replies == []


class TestTheJoinedComplainant:
    """Whoever was joined may add and withdraw like everybody, before the reply (docs/domain.md 4.6, 4.7 no. 3)."""

    @pytest.fixture
    def joined(self, cast) -> Case:
        return case_in(State.MERGED, cast)

    def test_4_7_what_they_add_is_passed_on_by_the_office_in_its_own_words(self, joined, cast):
        text = "补充：昨天夜里十一点以后还在浇筑混凝土，家里老人无法休息。"
        actions.add_material(joined, at=LATER, text=text)
        owed = deadlines.running(joined, deadlines.EDIT_TEXT)
        assert owed.organ == cast.city.office
        take = {"by": cast.officer, "at": LATER, "version": joined.version}
        with pytest.raises(actions.Invalid) as refusal:
            actions.pass_facts(joined, **take)
        assert refusal.value.field == "facts"
        with pytest.raises(actions.Invalid):
            actions.pass_facts(joined, **take, facts=text)  # a copy of what the complainant wrote

        actions.pass_facts(joined, **take, facts="另有人反映三月一日夜间仍在施工。")

        assert deadlines.running(joined, deadlines.EDIT_TEXT) is None
        taken = joined.leading.events.get(number=Case.objects.get(pk=joined.leading_id).version)
        assert (taken.action, taken.internal_text) == ("take_in", "另有人反映三月一日夜间仍在施工。")
        with pytest.raises(actions.NotAsked):
            actions.pass_facts(joined, **take | {"version": joined.version}, facts="再转一次")

    def test_4_6_they_may_withdraw_and_the_earlier_case_goes_on(self, joined, cast):
        leading = joined.leading

        actions.withdraw(joined, at=LATER, reason="已经解决")

        assert (joined.state, joined.leading) == (State.WITHDRAWN, None)
        assert not deadlines.running_kinds(joined)
        replied(leading, cast)
        joined.refresh_from_db()
        assert (joined.state, joined.outcome) == (State.WITHDRAWN, "")
        assert all(check.violations == 0 for check in verify.run())

    def test_4_6_after_the_reply_it_is_judged_and_neither_added_to_nor_withdrawn(self, joined, cast):
        page = citizen.page_of(joined, at=LATER)
        assert (page.may_add, page.may_withdraw) == (True, True)
        replied(joined.leading, cast)
        joined.refresh_from_db()

        page = citizen.page_of(joined, at=LATER)

        assert (page.may_add, page.may_withdraw, page.may_evaluate) == (False, False, True)
        for refused in (
            lambda: actions.withdraw(joined, at=LATER),
            lambda: actions.add_material(joined, at=LATER, text="补充照片"),
        ):
            with pytest.raises(actions.NotInState):
                refused()

    def test_Z07_who_is_named_in_what_they_add_is_kept_out_of_it_until_that_is_resolved(self, joined, cast):
        cast.officer.full_name = "欧阳建国"
        cast.officer.save()

        actions.add_material(joined, at=LATER, text="效能办的欧阳建国打过招呼。")

        assert (
            not Case.objects.visible_to(type(cast.officer).objects.get(pk=cast.officer.pk))
            .filter(pk=joined.pk)
            .exists()
        )
        actions.link_person(
            joined, by=cast.office_head, at=LATER, version=joined.version, post=None, reason="经核实无此事"
        )
        assert deadlines.running(joined, deadlines.RESOLVE_PERSON) is None


class TestArchiving:
    def test_the_joined_case_is_archived_with_it_and_may_still_judge(self, cast):
        leading, case = file(cast).case, file(cast).case
        join(case, leading, cast)
        lead(leading, cast, State.ARCHIVED, at=LATER)

        case.refresh_from_db()
        assert case.state == State.ARCHIVED
        assert case.archived_at == LATER
        assert citizen.page_of(case, at=LATER).may_evaluate
        actions.evaluate(case, at=LATER, grade=Grade.SATISFIED)


class TestWhatIsOffered:
    def test_the_same_person_first_then_the_same_text_then_the_newest(self, cast):
        other = file(cast, at=TUESDAY - timedelta(hours=3), name="李四", phone="13900001111").case
        same_text = file(cast, at=TUESDAY - timedelta(hours=5), title="夜间施工", name="王五", phone="13900002222").case
        same_person = file(cast, at=TUESDAY - timedelta(hours=9)).case
        case = file(cast, at=TUESDAY).case
        Case.objects.filter(pk=same_text.pk).update(text_print=case.text_print)

        assert list(actions.offered(case, cast.officer, at=TUESDAY)) == [same_person, same_text, other]

    def test_only_open_ones_of_the_same_organ_are_offered(self, cast):
        case = file(cast).case
        file(cast, organ=cast.city.tax)
        case_in(State.CLOSED, cast)

        assert list(actions.offered(case, cast.officer, at=TUESDAY)) == []

    def test_Z14_what_one_may_not_know_of_is_not_offered(self, cast):
        hidden, case = file(cast).case, file(cast).case
        actions.declare_recusal(hidden, by=cast.officer, at=TUESDAY, reason="系本人亲属。")

        assert list(actions.offered(case, cast.officer, at=TUESDAY)) == []


def test_nothing_is_broken_after_all_of_it(cast):
    leading, case = file(cast).case, file(cast).case
    join(case, leading, cast)
    replied(leading, cast)
    actions.evaluate(case, at=LATER, grade=Grade.VERY_DISSATISFIED)

    assert [found.title for found in verify.run() if found.violations] == []
