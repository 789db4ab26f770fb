"""A dissatisfaction with an objective cause stays as it was given, marked, and leaves the appraisal (4.8)."""

import pytest

from complaints import actions
from complaints.admin import page as case_page
from complaints.enums import FollowUpCause, Grade, State
from complaints.models import Case, Evaluation
from tests.factories import cases as make
from tests.factories.cases import local

pytestmark = pytest.mark.django_db

LATER = local(2026, 3, 4)


def judged(cast: make.Cast, grade: Grade = Grade.DISSATISFIED) -> Case:
    case = make.case_in(State.REPLIED, cast)
    actions.evaluate(case, at=LATER, grade=grade, text="还是不让办。")
    return case


def called(case: Case, cast: make.Cast, cause: FollowUpCause):
    return actions.record_follow_up(
        case, by=cast.officer, at=LATER, version=case.version, text="已说明依据。", cause=cause
    )


class TestObjective:
    def test_4_8_the_evaluation_stays_as_it_was_given(self, cast):
        case = judged(cast)
        before = Evaluation.objects.values().get(case=case)

        called(case, cast, FollowUpCause.OBJECTIVE)

        assert Evaluation.objects.values().get(case=case) == before
        assert list(Evaluation.objects.objective()) == [case.evaluations.get()]

    def test_4_8_it_leaves_the_base_of_the_appraisal_alone(self, cast):
        objective, subjective, uncalled = judged(cast), judged(cast), judged(cast)
        content = judged(cast, Grade.VERY_SATISFIED)
        called(objective, cast, FollowUpCause.OBJECTIVE)
        called(subjective, cast, FollowUpCause.SUBJECTIVE)

        counted = set(Evaluation.objects.for_appraisal().values_list("case", flat=True))

        assert counted == {subjective.pk, uncalled.pk, content.pk}
        assert Evaluation.objects.count() == 4

    def test_4_8_only_the_evaluation_that_the_call_was_about(self, cast):
        case = judged(cast)
        called(case, cast, FollowUpCause.OBJECTIVE)
        actions.order_rework(case, by=cast.officer, at=LATER, version=case.version, text="未说明依据")
        make.reply(case, cast, at=LATER)
        actions.evaluate(case, at=LATER, grade=Grade.VERY_DISSATISFIED)

        first, second = Evaluation.objects.filter(case=case).order_by("id")

        assert list(Evaluation.objects.objective()) == [first]
        assert list(Evaluation.objects.for_appraisal()) == [second]

    @pytest.mark.parametrize(
        ("cause", "is_objective"),
        [(FollowUpCause.OBJECTIVE, True), (FollowUpCause.SUBJECTIVE, False)],
    )
    def test_4_8_staff_see_the_cause_beside_the_grade(self, cause, is_objective, cast):
        case = judged(cast)
        assert case_page.context(case, cast.officer, at=LATER)["cause"] is None

        called(case, cast, cause)

        shown = case_page.context(case, cast.officer, at=LATER)
        assert (shown["cause"], shown["is_objective"]) == (cause, is_objective)
