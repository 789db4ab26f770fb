"""From decisions and rulings to the ledger (docs/domain.md 10.5 to 10.7)."""

from datetime import date

import pytest

from accountability.faults import imposing, judging, ledger_checks, sanctions
from accountability.faults.enums import AppealLevel, AppealResult, ProposalKind, ProposalState, RespondentKind, Result
from accountability.faults.words import Body, FaultType, Measure, Responsibility, SanctionState, Severity
from accountability.models import Appeal, FaultCase, FaultDecision, FaultProposal, Respondent, Sanction
from efficiency.audit.verify import count_sql
from efficiency.refusals import Invalid
from tests.factories import faults as make
from tests.factories.cases import local

DECIDED = local(2026, 6, 20)
RULED = local(2026, 7, 20)


@pytest.fixture
def case(city):
    return FaultCase.objects.create(
        number="GC20260000019",
        organ=city.construction,
        office=city.office,
        received_at=local(2026, 6, 1),
        opened_at=local(2026, 6, 3),
        fault_type=FaultType.OVERDUE,
        fault_on=date(2026, 5, 11),
    )


@pytest.fixture
def clerk(case, people):
    return Respondent.objects.create(
        case=case,
        kind=RespondentKind.PERSON,
        organ=case.organ,
        post=people["clerk"].tenures.get().post,
        person=people["clerk"],
        added_at=case.received_at,
    )


@pytest.fixture
def organ(case):
    return Respondent.objects.create(case=case, kind=RespondentKind.ORGAN, organ=case.organ, added_at=case.received_at)


def confirmed(case, kind, by, at):
    return FaultProposal.objects.create(
        case=case,
        kind=kind,
        text="事实清楚。",
        proposed_by=by[0],
        proposed_at=at,
        state=ProposalState.CONFIRMED,
        decided_by=by[1],
        decided_at=at,
    )


@pytest.fixture
def decide(case, people):
    def decide_on(measures, *, severity=Severity.ORDINARY, **fields):
        entry = {"responsibility": Responsibility.DIRECT.value, "rule_row": 4, "override_reason": ""}
        entry |= {name: fields.pop(name) for name in ("months",) if name in fields}
        decision = FaultDecision.objects.create(
            case=case,
            number=1,
            proposal=confirmed(case, ProposalKind.DECIDE, (people["officer"], people["office_head"]), DECIDED),
            **{
                "result": Result.ACCOUNTABLE,
                "severity": severity,
                "is_collegial": severity != Severity.ORDINARY,
                "body": Body.EFFICIENCY_OFFICE,
                "parts": {str(one.pk): {**entry, "measures": given} for one, given in measures.items()},
                "facts": "逾期。",
                "basis": "办法",
                "reasons": "属实。",
            }
            | fields,
        )
        imposing.of_decision(decision, DECIDED)
        return decision

    return decide_on


@pytest.fixture
def rule(case, people, clerk):
    def rule_so(result, measures=()):
        appeal = Appeal.objects.create(
            respondent=clerk,
            level=AppealLevel.SAME,
            office=case.office,
            reasons="不服。",
            filed_at=RULED,
            entered_by=people["clerk"],
            result=result,
            measures=list(measures),
            text="复核认定。",
            proposal=confirmed(case, ProposalKind.RULE, (people["inspector"], people["district_officer"]), RULED),
            ruled_at=RULED,
        )
        imposing.of_ruling(appeal, RULED)

    return rule_so


def ledger():
    rows = Sanction.objects.order_by("pk").values_list("measure", "state", "from_on")
    return [(measure, state, from_on and from_on.isoformat()) for measure, state, from_on in rows]


class TestDecision:
    def test_what_the_office_decides_is_in_force_and_cites_the_clause_of_the_day(self, decide, clerk):
        decide({clerk: ["admonishment", "order_to_rectify"]})

        assert ledger() == [
            ("admonishment", SanctionState.IN_FORCE, "2026-06-20"),
            ("order_to_rectify", SanctionState.IN_FORCE, "2026-06-20"),
        ]
        first = Sanction.objects.earliest("pk")
        assert (first.respondent, first.case_number, first.responsibility) == (clerk, "GC20260000019", "direct")
        assert [clause.code for clause in first.clauses.all()] == ["fault-overdue"]

    def test_what_others_decide_is_proposed(self, decide, clerk):
        decide({clerk: ["warning"]}, severity=Severity.SERIOUS)

        sanction = Sanction.objects.get()
        assert (sanction.state, sanction.body) == (SanctionState.PROPOSED, Body.APPOINTING)
        assert sanction.answer_due_on == date(2026, 12, 3)

    def test_10_6_of_a_complex_case_the_body_has_twelve_months(self, decide, clerk):
        decide({clerk: ["warning"]}, severity=Severity.SERIOUS, is_complex=True)

        assert Sanction.objects.get().answer_due_on == date(2027, 6, 3)

    def test_10_7_an_admonishment_lasts_as_long_as_was_decided(self, decide, clerk):
        decide({clerk: ["admonishment"]}, months=3)

        assert Sanction.objects.get().to_on == date(2026, 9, 20)

    def test_what_another_body_has_decided_is_recorded_from_its_day_on(self, decide, clerk):
        decide(
            {clerk: ["removal_from_post"]},
            body=Body.PERSONNEL,
            answer_number="佛建〔2026〕9号",
            answered_on=date(2026, 6, 18),
            answer="同意调离。",
        )

        sanction = Sanction.objects.get()
        assert ledger() == [("removal_from_post", SanctionState.IN_FORCE, "2026-06-18")]
        assert (sanction.body, sanction.decision_number) == (Body.PERSONNEL, "佛建〔2026〕9号")

    def test_the_leading_group_criticises_an_organ_and_takes_to_itself_what_the_office_decides(
        self, decide, organ, clerk
    ):
        decide({organ: ["circulated_criticism"], clerk: ["admonishment"]}, body=Body.LEADING_GROUP)

        assert {sanction.body for sanction in Sanction.objects.all()} == {Body.LEADING_GROUP}
        criticism = Sanction.objects.get(measure=Measure.CIRCULATED_CRITICISM)
        assert (criticism.against, criticism.person, criticism.responsibility) == ("organ", None, "")

    def test_without_accountability_nothing_is_entered(self, decide, clerk):
        decide({clerk: []}, result=Result.NO_ACCOUNTABILITY, severity="", is_collegial=False)

        assert ledger() == []


class TestCircumstances:
    def test_10_4_what_one_respondent_has_in_their_favour_lets_the_others_answer(self, case, clerk, organ):
        entry = {"responsibility": "direct", "rule_row": 3, "override_reason": ""}
        opposed = {"responsibility": "", "measures": [], "circumstances": ["opposed"]}
        given = {"result": "accountable", "severity_": "ordinary", "circumstances": []}
        parts = {
            str(clerk.pk): opposed,
            str(organ.pk): {**entry, "measures": ["self_criticism"], "circumstances": ["corrected"]},
        }
        judged = judging.check(case, parts=parts, **given)
        assert judged.parts[str(clerk.pk)]["measures"] == []
        assert judged.parts[str(organ.pk)]["circumstances"] == ["corrected"]
        with pytest.raises(Invalid):
            judging.check(
                case, parts=parts | {str(clerk.pk): {**opposed, **entry, "measures": ["admonition_talk"]}}, **given
            )

    def test_the_ledger_keeps_those_of_all_and_their_own(self, decide, clerk, organ):
        decision = decide({clerk: ["admonishment"]}, circumstances=["minor"])
        decision.parts[str(clerk.pk)]["circumstances"] = ["cooperated", "minor"]
        assert judging.circumstances_of(decision, clerk) == ["minor", "cooperated"]
        assert judging.circumstances_of(decision, organ) == ["minor"]


class TestRuling:
    def test_that_upholds_changes_nothing(self, decide, rule, clerk):
        decide({clerk: ["admonishment"]})
        rule(AppealResult.UPHELD, ["admonishment"])

        assert ledger() == [("admonishment", SanctionState.IN_FORCE, "2026-06-20")]

    def test_that_revokes_leaves_nothing_in_force_or_proposed(self, decide, rule, clerk):
        decide({clerk: ["admonishment", "removal_from_post"]})
        rule(AppealResult.REVOKED)

        assert [state for _measure, state, _from in ledger()] == [SanctionState.REVOKED, SanctionState.NOT_IMPOSED]

    def test_that_is_lighter_stands_in_from_the_first_day_and_keeps_the_rest(self, decide, rule, clerk):
        decide({clerk: ["admonishment", "self_criticism"]})
        rule(AppealResult.LIGHTER, ["admonition_talk", "self_criticism"])

        assert ledger() == [
            ("admonishment", SanctionState.REVOKED, "2026-06-20"),
            ("self_criticism", SanctionState.IN_FORCE, "2026-06-20"),
            ("admonition_talk", SanctionState.IN_FORCE, "2026-06-20"),
        ]
        assert Sanction.objects.latest("pk").replaces == Sanction.objects.earliest("pk")

    @pytest.mark.parametrize("result", [AppealResult.REVOKED, AppealResult.LIGHTER])
    def test_10_6_what_another_body_imposed_is_not_the_portals_to_revoke_nor_proposed_to_it_again(
        self, decide, rule, clerk, people, result
    ):
        decide({clerk: ["warning", "admonishment"]}, severity=Severity.SERIOUS)
        sanctions.record_result(
            Sanction.objects.get(measure="warning"),
            by=people["office_head"],
            at=local(2026, 7, 1),
            body=Body.APPOINTING,
            body_name="任免机关",
            decision_number="佛人〔2026〕7号",
            decided_on=date(2026, 7, 1),
            measure=Measure.DEMERIT,
        )
        rule(result, [] if result == AppealResult.REVOKED else ["warning"])

        assert [row[:2] for row in ledger()] == [
            ("warning", SanctionState.NOT_IMPOSED),
            ("admonishment", SanctionState.REVOKED),
            ("demerit", SanctionState.IN_FORCE),
        ]


class TestCase:
    def test_a_case_leads_from_its_decision_over_an_appeal_to_the_ledger(self, cast):
        case = make.appealed(cast, Measure.ADMONISHMENT)
        assert [state for _measure, state, _from in ledger()] == [SanctionState.IN_FORCE]

        make.rule(case, cast, AppealResult.LIGHTER, Measure.ADMONITION_TALK)

        assert [row[:2] for row in ledger()] == [
            ("admonishment", SanctionState.REVOKED),
            ("admonition_talk", SanctionState.IN_FORCE),
        ]
        assert Sanction.objects.visible_to(cast.clerk).count() == 2
        assert [count_sql(query)() for query in ledger_checks.QUERIES] == [0] * len(ledger_checks.QUERIES)
