"""Acceptance, extension, return, upheld, follow-up and the questions of the evaluation (docs/domain.md 12)."""

import pytest

from complaints.enums import Kind, State
from complaints.models import Evaluation
from efficiency.deadlines.models import Extension
from tests.moments import local
from tests.targets.measures import rows

pytestmark = pytest.mark.django_db
MARCH_5, MARCH_10, MARCH_20 = (local(f"2026-03-{day} 09:00") for day in ("05", "10", "20"))


@pytest.fixture
def organ(cast):
    return cast.city.construction


@pytest.fixture
def case(cast, organ):
    def make(number=1, **fields):
        return rows.cases(number, organ=organ, office=cast.city.office, **fields)

    return make


@pytest.fixture
def replied(cast, organ, case):
    """Return a function that stores so many cases with a reply kept on 20 March."""

    def make(number, **fields):
        answered = case(number)
        rows.promises(answered, "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)
        return rows.replies(answered, at=MARCH_20, by=cast.leader, and_by=cast.clerk, **fields)

    return make


def accepted(each, *, at=MARCH_5):
    each.state = State.ACCEPTED
    rows.event(each, "accept", at=at)


class TestAcceptanceRate:
    @pytest.fixture(autouse=True)
    def cases(self, cast, case):
        self.office = cast.city.office
        taken, spot, redirected, rejected, waiting, late = case(6)
        accepted(taken)
        rows.event(spot, "answer_on_spot", at=MARCH_5)
        rows.event(redirected, "redirect", at=MARCH_5)
        rows.event(rejected, "reject", at=MARCH_5)
        rows.promises([waiting], "complaints.accept", organ=self.office, due="2026-04-20")
        rows.promises([late], "complaints.accept", organ=self.office, due="2026-03-10")

    def test_is_of_what_was_received_less_redirected_and_still_within_the_limit(self, figure):
        assert figure("acceptance_rate", self.office)[:2] == (2, 4)

    def test_what_is_decided_after_the_cut_off_is_still_within_the_limit_or_late(self, case, figure):
        (later,) = case()
        rows.promises([later], "complaints.accept", organ=self.office, due="2026-04-02", met=local("2026-04-01 09:00"))
        accepted(later, at=local("2026-04-01 09:00"))
        assert figure("acceptance_rate", self.office)[:2] == (2, 4)

    def test_what_waits_for_a_supplement_is_within_the_limit(self, case, figure):
        (asked,) = case()
        rows.promises([asked], "complaints.supplement", organ=self.office, due="2026-04-20", promise="owed_by_citizen")
        assert figure("acceptance_rate", self.office)[:2] == (2, 4)


def test_extension_rate_is_of_what_was_replied_in_the_period(cast, organ, case, figure):
    promises = rows.promises(case(3), "complaints.reply", organ=organ, due="2026-03-24", met=MARCH_20)
    for _twice in range(2):
        Extension.objects.create(
            deadline=promises[0], number=5, unit="wd", reason="x", granted_at=MARCH_10, granted_by=cast.office_head
        )
    assert figure("extension_rate", organ)[:2] == (1, 3)


def test_return_rate_is_returns_of_cases_assigned(organ, case, figure):
    for each in case(4):
        rows.event(each, "instruct", at=MARCH_5, handling="assigned", organ=organ.pk)
    rows.event(each, "return", at=MARCH_10, from_organ=organ.pk)
    assert figure("return_rate", organ)[:2] == (1, 4)


class TestUpheldRate:
    def test_leaves_out_what_could_not_be_verified_and_what_is_no_complaint(self, organ, replied, figure):
        for outcome in ("upheld", "partly", "not_upheld", "not_verifiable"):
            rows.event(replied(1, outcome=outcome)[0].case, "close", at=local("2026-03-25 09:00"))
        request = replied(1, outcome="answered")[0].case
        type(request).objects.filter(pk=request.pk).update(kind=Kind.REQUEST)
        rows.event(request, "close", at=local("2026-03-25 09:00"))
        assert figure("upheld_rate", organ)[:2] == (2, 3)

    def test_a_case_belongs_to_the_period_of_its_closing(self, organ, replied, figure):
        rows.event(replied(1, outcome="upheld")[0].case, "close", at=local("2026-04-02 09:00"))
        assert figure("upheld_rate", organ)[:2] == (0, 0)


def test_follow_up_rate_is_of_calls_due_in_the_period(cast, case, figure):
    office = cast.city.office
    made, missed, later, dropped = case(4)
    rows.promises([made], "complaints.follow_up", organ=office, due="2026-03-20", met=MARCH_10)
    rows.promises([missed], "complaints.follow_up", organ=office, due="2026-03-20")
    rows.promises([later], "complaints.follow_up", organ=office, due="2026-04-02", met=MARCH_20)
    ended = {"state": "cancelled", "ended_at": MARCH_10, "next_check_at": None}
    rows.promises([dropped], "complaints.follow_up", organ=office, due="2026-03-20", **ended)
    assert figure("follow_up_rate", office)[:2] == (1, 2)


class TestQuestions:
    def test_only_those_who_answered_count(self, organ, replied, figure):
        rows.evaluations(replied(4), 4, at=MARCH_20)
        assert figure("response_rate", organ) == (0, 0, None)
        answers = ((True, True), (True, False), (False, None))
        Evaluation.objects.bulk_create(
            Evaluation(
                case_id=each.case_id, reply=each, grade=4, at=MARCH_20, contacted_in_time=contacted, solved=solved
            )
            for each, (contacted, solved) in zip(replied(3), answers, strict=True)
        )
        assert figure("response_rate", organ)[:2] == (2, 3)
        assert figure("solved_rate", organ)[:2] == (1, 2)

    def test_objective_causes_stay_in_the_public_satisfaction_and_leave_the_appraisal(self, organ, replied, figure):
        judged = rows.evaluations(replied(2), 1, at=MARCH_20)
        rows.event(judged[0].case, "record_follow_up", at=MARCH_20, cause="objective", evaluation=judged[0].pk)
        assert figure("satisfaction", organ)[:2] == (0, 1)
        assert figure("satisfaction_of_all", organ)[:2] == (0, 2)
        assert figure("dissatisfaction_of_all", organ)[:2] == (2, 2)
