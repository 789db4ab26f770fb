"""What the rules propose for a case from what the portal recorded (docs/domain.md 10.2, 10.4)."""

from datetime import date

import pytest

from accountability.admin import fault_forms
from accountability.faults import judging, proposing
from accountability.faults.enums import ClueKind, RespondentKind
from accountability.faults.words import Circumstance, Responsibility
from accountability.models import Card, Clue, FaultCase, Respondent
from complaints.enums import State
from efficiency.access.models import User
from efficiency.deadlines.models import Deadline
from efficiency.refusals import Invalid
from tests.factories import sanctions as make_sanctions
from tests.factories.cases import case_in, local, make_cast
from tests.factories.staff import make_user


@pytest.fixture
def complaint_cast(db):
    return make_cast()


@pytest.fixture
def case(complaint_cast):
    """A case about the reply to a complaint that was not given in time; clerk and leader answer in it."""
    found = case_in(State.HANDLING, complaint_cast)
    deadline = Deadline.objects.get(object_id=found.pk, kind="complaints.reply")
    post = complaint_cast.clerk.tenures.get().post
    Deadline.objects.filter(pk=deadline.pk).update(responsible=complaint_cast.clerk, post=post)
    card = make_card(complaint_cast, deadline)
    opened = FaultCase.objects.create(
        number="GC20260000019",
        organ=found.organ,
        office=complaint_cast.city.office,
        received_at=local(2026, 6, 1),
        fault_on=date(2026, 5, 11),
    )
    Clue.objects.create(case=opened, kind=ClueKind.CARD, card=card, received_at=opened.received_at)
    for person in (complaint_cast.clerk, complaint_cast.leader):
        Respondent.objects.create(
            case=opened, kind=RespondentKind.PERSON, organ=found.organ, person=person, added_at=opened.received_at
        )
    return opened


def make_card(cast, deadline):
    return Card.objects.create(
        colour="red",
        origin="manual",
        rule="fees",
        state="issued",
        deadline=deadline,
        organ=deadline.organ,
        person=cast.clerk,
        passed_at=local(2026, 6, 1),
        issued_at=local(2026, 6, 1),
        points=10,
        proposed_by=cast.inspector,
        confirmed_by=cast.officer,
    )


class TestForRespondents:
    def test_whoever_owed_the_promise_answers_directly_and_the_leader_who_let_it_pass(self, case, complaint_cast):
        found = proposing.for_respondents(case)

        people = dict(case.respondents.values_list("person_id", "pk"))
        told = {person: (found[pk].row.number, found[pk].responsibility) for person, pk in people.items()}
        assert told == {
            complaint_cast.clerk.pk: (4, Responsibility.DIRECT),
            complaint_cast.leader.pk: (4, Responsibility.IMPORTANT),
        }

    def test_of_a_clue_from_outside_nothing_was_recorded(self, case):
        Clue.objects.filter(case=case).delete()

        assert proposing.for_respondents(case) == {}

    def test_a_clue_that_fell_away_proposes_nothing(self, case):
        Clue.objects.filter(case=case).update(withdrawn_at=local(2026, 6, 2))

        assert proposing.for_respondents(case) == {}


class TestCircumstances:
    @pytest.mark.parametrize(("day", "found"), [(date(2025, 6, 1), [Circumstance.REPEATED]), (date(2025, 5, 1), [])])
    def test_a_second_fault_in_the_year_is_heavier(self, case, complaint_cast, day, found):
        cast = complaint_cast
        make_sanctions.impose(
            case.organ,
            cast.clerk,
            officer=cast.officer,
            head=cast.office_head,
            at=local(2026, 1, 8),
            fault_on=day,
        )

        row = case.respondents.get(person=cast.clerk)
        # Of this respondent alone, not of all in the case.
        assert proposing.circumstances(case) == ({row.pk: found} if found else {})

    def test_Z10_by_whichever_account_of_the_same_person_it_was_borne(self, case, complaint_cast):
        cast = complaint_cast
        twin = make_user(full_name="陈平", phone="138 0000 0000")
        make_sanctions.impose(
            case.organ,
            twin,
            officer=cast.officer,
            head=cast.office_head,
            at=local(2026, 1, 8),
            fault_on=date(2025, 6, 1),
        )
        assert proposing.circumstances(case) == {}
        User.objects.filter(pk=cast.clerk.pk).update(full_name="陈平", phone="13800000000")
        row = case.respondents.get(person=cast.clerk)
        assert proposing.circumstances(case) == {row.pk: [Circumstance.REPEATED]}


class TestForm:
    def test_begins_with_what_the_rules_propose(self, case, complaint_cast):
        form = fault_forms.DecisionForm(case=case, viewer=complaint_cast.office_head)

        assert form.fields["responsibility_1"].initial == "direct"
        assert form.fields["rule_row_1"].initial == "4"
        # Nothing was found that makes it heavier, or more than ordinary: the middle of the range (10.3).
        assert form.fields["measures_1"].initial == ["circulated_criticism"]
        assert form.fields["severity"].initial == ""


class TestDeparting:
    """Docs/domain.md 10.2: whoever decides otherwise than the rules propose says why."""

    def _judge(self, case, cast, **of_clerk):
        clerk, leader = (case.respondents.get(person=each).pk for each in (cast.clerk, cast.leader))
        parts = {
            str(clerk): {"responsibility": "direct", "rule_row": 4, "measures": ["circulated_criticism"]} | of_clerk,
            str(leader): {"responsibility": "important", "rule_row": 4, "measures": ["self_criticism"]},
        }
        given = {"result": "accountable", "severity_": "ordinary", "circumstances": [], "parts": parts}
        return judging.check(case, **given).parts[str(clerk)]

    def test_as_proposed_no_reason_is_asked_for(self, case, complaint_cast):
        assert self._judge(case, complaint_cast)["override_reason"] == ""

    @pytest.mark.parametrize(
        "otherwise",
        [
            {"responsibility": "main"},
            {"rule_row": 3},
            {"measures": ["admonition_talk"]},
            {"circumstances": ["intent"]},
            {"circumstances": ["forgiven"]},
        ],
    )
    def test_otherwise_a_reason_is_asked_for_and_kept(self, case, complaint_cast, otherwise):
        with pytest.raises(Invalid):
            self._judge(case, complaint_cast, **otherwise)
        kept = self._judge(case, complaint_cast, **otherwise, override_reason="另有书面授权，责任不同。")
        assert kept["override_reason"] == "另有书面授权，责任不同。"

    @pytest.mark.parametrize(
        ("circumstances", "measure"),
        [
            (["intent"], "admonishment"),
            (["forgiven"], "self_criticism"),
            (["intent", "forgiven"], "circulated_criticism"),
        ],
    )
    def test_10_4_heavier_and_lighter_shift_the_proposal_by_one_step(
        self, case, complaint_cast, circumstances, measure
    ):
        found = self._judge(case, complaint_cast, circumstances=circumstances, measures=[measure])
        assert (found["measures"], found["override_reason"]) == ([measure], "")

    @pytest.mark.parametrize(("months", "is_right"), [(3, True), (6, True), (2, False), (7, False)])
    def test_10_7_an_admonishment_lasts_three_to_six_months(self, case, complaint_cast, months, is_right):
        given = {"measures": ["admonishment"], "circumstances": ["intent"], "months": months}
        if is_right:
            assert self._judge(case, complaint_cast, **given)["months"] == months
        else:
            with pytest.raises(Invalid):
                self._judge(case, complaint_cast, **given)

    def test_10_7_nothing_else_has_months_that_are_chosen(self, case, complaint_cast):
        with pytest.raises(Invalid):
            self._judge(case, complaint_cast, months=4)
        longer = {"measures": ["admonishment"], "months": 6}
        assert judging.lasts_longer(longer, {"measures": ["admonishment"], "months": 3})
        assert not judging.lasts_longer(longer, {"measures": ["admonishment"]})

    def test_10_6_the_office_of_a_district_decides_on_its_own_organs_alone(self, case, complaint_cast):
        clerk, leader = (case.respondents.get(person=each) for each in (complaint_cast.clerk, complaint_cast.leader))
        entry = {"responsibility": "direct", "rule_row": 4, "measures": ["circulated_criticism"]}
        parts = {
            str(clerk.pk): entry,
            str(leader.pk): {"responsibility": "", "measures": [], "override_reason": "未参与"},
        }
        given = {"result": "accountable", "severity_": "ordinary", "circumstances": []}
        judged = judging.check(case, **given, parts=parts)
        assert judging.check_body(case, judged, "efficiency_office", is_answered=False) == "efficiency_office"
        case.office.district_id = case.office_id
        with pytest.raises(Invalid) as refused:
            judging.check_body(case, judged, "efficiency_office", is_answered=False)
        assert refused.value.field == "body"
