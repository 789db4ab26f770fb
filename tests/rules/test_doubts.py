"""Which closings the office looks at again, and whom it calls (docs/domain.md 4.8)."""

from datetime import timedelta

import pytest

from complaints import actions, deadlines, doubts
from complaints.admin import page
from complaints.enums import FollowUpCause, Grade, Kind, Outcome, State
from complaints.models import Case
from complaints.wording import words_for
from tests.factories import cases as make
from tests.factories.cases import TUESDAY, case_in, file, lead, reply

pytestmark = pytest.mark.django_db

LATER = TUESDAY + timedelta(hours=1)
OTHER = {"name": "李四", "phone": "13900001111"}


def flags(case: Case) -> set[str]:
    case.refresh_from_db()
    return set(case.flags)


class TestADoubtfulClosing:
    def test_the_same_words_as_in_another_case(self, cast):
        first, second = case_in(State.REPLIED, cast), case_in(State.HANDLING, cast, **OTHER)

        reply(second, cast, at=LATER)

        assert flags(second) == {doubts.SAME_REPLY}
        assert flags(first) == set()

    def test_words_of_one_s_own_are_not(self, cast):
        case_in(State.REPLIED, cast)
        case = case_in(State.HANDLING, cast, **OTHER)
        words = {"findings": "经实地查看，工地已停工。", "measures": "已约谈。", "basis": "《条例》"}
        actions.propose_reply(case, by=cast.clerk, at=LATER, version=case.version, outcome=Outcome.UPHELD, **words)

        actions.approve_reply(case, by=cast.leader, at=LATER, version=case.version)

        assert flags(case) == set()

    @pytest.mark.parametrize(("before", "doubtful"), [(59, True), (60, True), (61, False), (-1, False)])
    def test_a_reply_in_the_last_hour_of_its_promise(self, cast, before, doubtful):
        case = case_in(State.HANDLING, cast)
        ends = deadlines.running(case, deadlines.REPLY).overdue_at

        reply(case, cast, at=ends - timedelta(minutes=before))

        assert (doubts.LAST_HOUR in flags(case)) is doubtful

    @pytest.mark.parametrize(("days", "doubtful"), [(1, True), (30, True), (31, False)])
    def test_the_same_person_complains_again_within_thirty_days_of_the_reply(self, cast, days, doubtful):
        answered = case_in(State.REPLIED, cast)

        again = file(cast, at=TUESDAY + timedelta(days=days)).case
        make.accept(again, cast, at=TUESDAY + timedelta(days=days))

        assert (doubts.REPEATED in flags(answered)) is doubtful
        assert flags(again) == set()

    def test_somebody_else_s_complaint_says_nothing(self, cast):
        answered = case_in(State.REPLIED, cast)

        make.accept(file(cast, at=LATER, **OTHER).case, cast, at=LATER)

        assert flags(answered) == set()

    def test_P02_that_it_is_the_same_person_is_shown_to_the_office_alone(self, cast):
        answered = case_in(State.REPLIED, cast)
        make.accept(file(cast, at=LATER).case, cast, at=LATER)
        answered.refresh_from_db()
        word = str(page.FLAGS[doubts.REPEATED])

        def shown_to(user):
            return [str(each) for each, _look in page.flags_of(answered, user, words_for(answered, user))]

        assert word in shown_to(cast.officer)
        assert word not in shown_to(cast.leader)

    def test_the_complainant_says_that_it_is_not_solved(self, cast):
        case = case_in(State.REPLIED, cast)

        actions.evaluate(case, at=LATER, grade=Grade.SATISFIED, solved=False)

        assert flags(case) == {doubts.UNSOLVED}

    def test_the_office_finds_them(self, cast):
        doubtful, _other = case_in(State.REPLIED, cast), case_in(State.CLOSED, cast, organ=cast.city.construction)
        Case.objects.filter(pk=doubtful.pk).update(flags=[doubts.LAST_HOUR])

        assert list(Case.objects.visible_to(cast.officer).doubtful().exclude(pk=_other.pk)) == [doubtful]


class TestWhoIsCalled:
    def closed(self, cast, **fields) -> Case:
        return case_in(State.CLOSED, cast, **fields)

    def test_every_complaint_that_was_upheld(self, cast):
        case = self.closed(cast)

        assert case.outcome == Outcome.UPHELD
        assert deadlines.running(case, deadlines.FOLLOW_UP) is not None

    def test_nobody_who_is_anonymous(self, cast):
        case = self.closed(cast, anonymous=True)

        assert deadlines.running(case, deadlines.FOLLOW_UP) is None

    def test_one_of_five_of_the_rest_whoever_closes_them(self, cast):
        cases = [file(cast, kind=Kind.SUGGESTION, category="").case for _ in range(300)]

        drawn = [case for case in cases if doubts.is_drawn(case)]

        assert 0.1 < len(drawn) / len(cases) < 0.3
        assert drawn == [case for case in cases if doubts.is_drawn(case)]

    def test_nobody_is_called_twice(self, cast):
        case = case_in(State.REPLIED, cast)
        actions.evaluate(case, at=LATER, grade=Grade.DISSATISFIED)
        actions.record_follow_up(
            case, by=cast.officer, at=LATER, version=case.version, text="已说明。", cause=FollowUpCause.OBJECTIVE
        )

        lead(case, cast, State.CLOSED, at=LATER)

        assert deadlines.running(case, deadlines.FOLLOW_UP) is None

    def test_a_drawn_one_may_turn_out_to_be_content(self, cast):
        case = self.closed(cast)

        actions.record_follow_up(
            case, by=cast.officer, at=LATER, version=case.version, text="满意。", cause=FollowUpCause.NONE
        )

        assert deadlines.running(case, deadlines.FOLLOW_UP) is None

    def test_after_a_negative_evaluation_there_is_a_cause(self, cast):
        case = case_in(State.REPLIED, cast)
        actions.evaluate(case, at=LATER, grade=Grade.DISSATISFIED)

        with pytest.raises(actions.Invalid) as refused:
            actions.record_follow_up(
                case, by=cast.officer, at=LATER, version=case.version, text="满意。", cause=FollowUpCause.NONE
            )
        assert refused.value.field == "cause"
