"""The ledger of sanctions: entered, answered by others, revoked (docs/domain.md 10.3, 10.6, 10.7)."""

from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accountability.faults import clauses, ledger_checks, sanctions
from accountability.faults.sanctions import Absent, NotAllowed, NotInState
from accountability.faults.words import (
    Against,
    Body,
    Circumstance,
    FaultType,
    Measure,
    SanctionState,
    Severity,
)
from accountability.models import Clause, Sanction
from disclosure.enums import VersionState
from disclosure.models import DocumentVersion
from efficiency.audit.verify import count_sql
from efficiency.refusals import Invalid
from tests.factories.cases import local
from tests.factories.staff import make_user

DECIDED = local(2026, 5, 6)
DECIDED_ON = date(2026, 5, 6)


@pytest.fixture
def impose(people):
    def impose_all(*drafts, **changed):
        given = {"proposed_by": people["officer"], "by": people["office_head"], "at": DECIDED, "decided_on": DECIDED_ON}
        return sanctions.impose(drafts, **given | changed)

    return impose_all


@pytest.fixture
def proposal(impose, draft):
    """A warning that was proposed to the appointing organ."""
    wanted = draft(measure=Measure.WARNING, severity=Severity.SERIOUS, body=Body.APPOINTING, opened_on=date(2026, 4, 1))
    return impose(wanted)[0]


@pytest.fixture
def answer(people):
    def answer_it(proposal, **changed):
        given = {
            "by": people["office_head"],
            "at": local(2026, 6, 10),
            "body": Body.APPOINTING,
            "body_name": "佛山市建设局",
            "decision_number": "佛建〔2026〕12号",
            "decided_on": date(2026, 6, 8),
            "measure": Measure.WARNING,
        }
        return sanctions.record_result(proposal, **given | changed)

    return answer_it


class TestImposing:
    def test_what_is_decided_here_is_in_force_from_its_day_on(self, impose, draft):
        (sanction,) = impose(draft(circumstances=[Circumstance.INTENT]), decision_number="佛效追〔2026〕3号")

        sanction.refresh_from_db()
        assert sanction.state == SanctionState.IN_FORCE
        assert (sanction.from_on, sanction.to_on) == (DECIDED_ON, date(2026, 11, 6))
        assert sanction.circumstances == ["intent"]
        assert [(event.action, event.to_state) for event in sanction.events.all()] == [("impose", "in_force")]

    def test_what_others_decide_is_only_proposed_with_the_time_that_they_have(self, proposal):
        assert proposal.state == SanctionState.PROPOSED
        assert (proposal.decided_on, proposal.from_on, proposal.recorded_by) == (None, None, None)
        assert proposal.answer_due_on == date(2026, 10, 1)

    def test_measures_may_be_ordered_together(self, impose, draft, city):
        organ = {"against": Against.ORGAN, "person": None, "responsibility": None, "body": Body.LEADING_GROUP}
        found = impose(
            draft(), draft(measure=Measure.CIRCULATED_CRITICISM, **organ), draft(measure=Measure.ADMONITION_TALK)
        )

        assert [sanction.to_on for sanction in found] == [date(2026, 11, 6), None, None]

    def test_a_fault_cites_the_wording_that_held_on_its_day(self, impose, draft, people):
        old = Clause.objects.get(code="conduct-in-time")
        new = clauses.reword(
            old, by=people["officer"], at=DECIDED, text="限时办结。", source="新规", valid_from=date(2026, 4, 1)
        )

        (sanction,) = impose(draft(clauses=[old]))

        assert [clause.text for clause in sanction.clauses.all()] == [old.text]
        with pytest.raises(Invalid):
            impose(draft(clauses=[new]))

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"measure": Measure.WARNING}, "body"),
            ({"measure": Measure.ADMONISHMENT, "months": 9}, "months"),
            (
                {
                    "measure": Measure.DISCHARGE,
                    "against": Against.ORGAN,
                    "person": None,
                    "responsibility": None,
                    "body": Body.PERSONNEL,
                },
                "measure",
            ),
        ],
    )
    def test_refuses_what_the_rules_do_not_give(self, impose, draft, changed, field):
        with pytest.raises(Invalid) as refusal:
            impose(draft(**changed))

        assert refusal.value.field == field
        assert not Sanction.objects.exists()


class TestZ10TwoPersons:
    def test_Z10_whoever_drafted_it_does_not_let_it_take_effect(self, impose, draft, people):
        with pytest.raises(NotAllowed):
            impose(draft(), by=people["officer"])

    def test_Z10_not_by_another_account_of_the_same_person_either(self, impose, draft):
        first = make_user(full_name="陈一", phone="13800000001")
        second = make_user(full_name="陈一", phone="138 0000 0001")

        with pytest.raises(NotAllowed):
            impose(draft(), proposed_by=first, by=second)

    def test_Z07_nobody_drafts_or_confirms_what_is_against_themselves(self, impose, draft, people):
        with pytest.raises(NotAllowed):
            impose(draft(person=people["office_head"]))
        with pytest.raises(NotAllowed):
            impose(draft(person=people["officer"]))

    def test_Z10_the_database_says_so_too(self, impose, draft, people):
        (sanction,) = impose(draft())
        fields = {
            field.attname: getattr(sanction, field.attname)
            for field in Sanction._meta.concrete_fields
            if field.attname != "id"
        }

        with pytest.raises(IntegrityError), transaction.atomic():
            Sanction.objects.create(**fields | {"recorded_by_id": people["officer"].pk})


class TestAnswer:  # docs/domain.md 10.6: proposal and result only
    def test_what_was_proposed_is_in_force_from_the_day_of_the_decision(self, proposal, answer):
        found = answer(proposal)

        assert found == proposal
        assert found.state == SanctionState.IN_FORCE
        assert (found.from_on, found.to_on) == (date(2026, 6, 8), date(2026, 12, 8))
        assert [event.action for event in found.events.order_by("number")] == ["propose", "answer"]

    def test_another_sanction_stands_in_for_what_was_proposed(self, proposal, answer):
        found = answer(proposal, measure=Measure.DEMERIT, body=Body.SUPERVISORY, body_name="佛山市监委")

        proposal.refresh_from_db()
        assert proposal.state == SanctionState.NOT_IMPOSED
        assert (found.measure, found.replaces, found.to_on) == (Measure.DEMERIT, proposal, date(2027, 6, 8))

    def test_a_day_that_no_calendar_has_is_refused_as_every_other_mistake(self, proposal, answer):
        with pytest.raises(Invalid) as refusal:
            answer(proposal, from_on=date(9999, 12, 31))

        assert refusal.value.field == "from_on"
        assert answer(proposal, from_on=date(2027, 6, 8)).to_on == date(2027, 12, 8)

    def test_nothing_may_be_imposed(self, proposal, answer):
        found = answer(proposal, measure=None)

        assert (found.state, found.from_on) == (SanctionState.NOT_IMPOSED, None)

    def test_is_recorded_once(self, proposal, answer):
        answer(proposal)

        with pytest.raises(NotInState):
            answer(proposal)

    def test_Z10_is_recorded_by_another_than_who_proposed(self, proposal, answer, people):
        with pytest.raises(NotAllowed):
            answer(proposal, by=people["officer"])

    @pytest.mark.parametrize("role", ["clerk", "leader", "district_officer", "editor"])
    def test_Z02_is_absent_for_whom_there_is_no_such_sanction(self, proposal, answer, people, role):
        with pytest.raises(Absent):
            answer(proposal, by=people[role])

    @pytest.mark.parametrize("role", ["inspector", "appraiser", "auditor"])
    def test_is_not_for_those_who_only_see_it(self, proposal, answer, people, role):
        with pytest.raises(NotAllowed):
            answer(proposal, by=people[role])

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"decided_on": date(2026, 6, 11)}, "decided_on"),
            ({"decided_on": date(2026, 3, 9)}, "decided_on"),
            ({"decision_number": " "}, "decision_number"),
            ({"from_on": date(2026, 6, 7)}, "from_on"),
            ({"body": Body.EFFICIENCY_OFFICE}, "body"),
        ],
    )
    def test_refuses_what_cannot_be(self, proposal, answer, changed, field):
        with pytest.raises(Invalid) as refusal:
            answer(proposal, **changed)

        assert refusal.value.field == field


class TestRevoking:
    def test_takes_it_back_and_keeps_the_entry(self, impose, draft, people):
        (sanction,) = impose(draft())

        revoked = sanctions.revoke([sanction], by=people["office_head"], at=local(2026, 6, 1), text="复核撤销。")
        again = sanctions.revoke([sanction], by=people["office_head"], at=local(2026, 6, 1), text="复核撤销。")

        sanction.refresh_from_db()
        assert (revoked, again) == ([sanction], [])
        assert sanction.state == SanctionState.REVOKED
        assert not sanction.holds_on(date(2026, 6, 2))
        assert [event.number for event in sanction.events.order_by("number")] == [1, 2]

    def test_needs_a_reason(self, impose, draft, people):
        (sanction,) = impose(draft())

        with pytest.raises(Invalid):
            sanctions.revoke([sanction], by=people["office_head"], at=DECIDED, text=" ")


class TestL02Record:
    @pytest.mark.parametrize(
        "changed", [{"measure": "warning"}, {"to_on": date(2030, 1, 1)}, {"state": "proposed"}, {"case_number": "X"}]
    )
    def test_L02_what_a_sanction_is_never_changes(self, impose, draft, changed):
        (sanction,) = impose(draft())

        with pytest.raises(DatabaseError), transaction.atomic():
            Sanction.objects.filter(pk=sanction.pk).update(**changed)

    def test_L02_nothing_is_deleted(self, impose, draft):
        (sanction,) = impose(draft())

        for rows in (sanction.events.all(), sanction.citations.all(), Sanction.objects.all(), Clause.objects.all()):
            if rows.exists():
                with pytest.raises(DatabaseError), transaction.atomic():
                    rows._raw_delete(rows.db)

    def test_I07_and_I18_hold_after_every_step(self, impose, draft, proposal, answer, people):
        (sanction,) = impose(draft(clauses=[Clause.objects.get(code="fault-overdue")]))
        answer(proposal, measure=Measure.DEMERIT)
        sanctions.revoke([sanction], by=people["office_head"], at=local(2026, 6, 20), text="复核撤销。")

        assert not any(count_sql(query)() for query in ledger_checks.QUERIES)


class TestZ02WhoKnows:
    """Who finds which of: one in force against the clerk, one proposed, one revoked."""

    @pytest.fixture
    def found(self, impose, draft, proposal, people):
        (in_force,) = impose(draft())
        (revoked,) = impose(draft(measure=Measure.CIRCULATED_CRITICISM))
        sanctions.revoke([revoked], by=people["office_head"], at=local(2026, 6, 1), text="复核撤销。")
        return {"in force": in_force.pk, "revoked": revoked.pk, "proposed": proposal.pk}

    @pytest.mark.parametrize(
        ("role", "headers", "outcomes", "whole"),
        [
            ("officer", 3, 3, 3),
            ("office_head", 3, 3, 3),
            ("inspector", 3, 3, 3),
            ("appraiser", 3, 3, 0),
            ("auditor", 3, 0, 0),
            ("leader", 2, 2, 2),
            ("clerk", 2, 2, 2),
            ("other_clerk", 0, 0, 0),
            ("editor", 0, 0, 0),
            ("district_officer", 0, 0, 0),
            ("administrator", 0, 0, 0),
            ("social", 0, 0, 0),
            ("nobody", 0, 0, 0),
        ],
    )
    def test_Z02_by_role(self, found, people, role, headers, outcomes, whole):
        user = people[role]

        assert Sanction.objects.headers_visible_to(user).count() == headers
        assert Sanction.objects.outcomes_visible_to(user).count() == outcomes
        assert Sanction.objects.visible_to(user).count() == whole

    def test_Z07_the_office_finds_what_is_against_itself_once_it_took_effect_and_not_before(
        self, impose, draft, people, city
    ):
        against = {"person": people["inspector"], "organ": city.office}
        impose(draft(**against), draft(measure=Measure.WARNING, body=Body.APPOINTING, **against))

        assert [one.measure for one in Sanction.objects.visible_to(people["inspector"])] == [Measure.ADMONISHMENT]
        assert Sanction.objects.visible_to(people["officer"]).count() == 2


class TestDisclosure:  # docs/domain.md 6.4
    def versions(self):
        return DocumentVersion.objects.filter(document__source="sanction").order_by("pk")

    def test_one_in_force_waits_for_a_person_to_look_at_it_and_names_nobody(self, impose, draft, people, city):
        impose(draft(case_number="ZZ20260001"))

        version = self.versions().get()
        said = version.title + version.body
        assert version.state != VersionState.PUBLISHED
        assert version.document.column.code == "accountability"
        assert city.construction.name in said
        assert "效能告诫" in said
        assert "2026年5月" in said
        hidden = (people["clerk"].full_name, people["clerk"].tenures.get().post.name, "ZZ20260001", "5月6日")
        assert not [word for word in hidden if word in said]

    def test_a_proposal_is_not_told(self, proposal):
        assert not self.versions().exists()

    def test_what_others_imposed_is_told(self, proposal, answer):
        answer(proposal)

        assert "警告" in self.versions().get().body

    def test_one_that_is_revoked_is_withdrawn(self, impose, draft, people):
        (sanction,) = impose(draft())
        sanctions.revoke([sanction], by=people["office_head"], at=local(2026, 6, 1), text="复核撤销。")

        assert self.versions().get().state in (VersionState.WITHDRAWN, VersionState.DISCARDED)


class TestClauses:
    def test_the_first_come_along_with_the_portal(self, db):
        assert {clause.fault_type for clause in Clause.objects.filter(kind="fault")} == set(FaultType)
        assert Clause.objects.filter(code="conduct-first-receiver", valid_until=None).exists()
        assert clauses.ensure() == 0

    def test_a_new_wording_ends_the_one_before(self, people):
        old = Clause.objects.get(code="conduct-explain")

        new = clauses.reword(
            old, by=people["officer"], at=DECIDED, text="应当说明理由。", source="新规", valid_from=date(2026, 6, 1)
        )

        held = [
            [clause.number for clause in Clause.objects.filter(code=old.code).holding_on(day)]
            for day in (date(2026, 5, 31), date(2026, 6, 1))
        ]
        assert held == [[1], [2]]
        with pytest.raises(Invalid):
            clauses.end(old, by=people["officer"], at=DECIDED, on=date(2026, 7, 1))
        clauses.end(new, by=people["officer"], at=DECIDED, on=date(2026, 7, 1))

    def test_a_wording_that_was_cited_held_and_goes_on_having_held(self, impose, draft, people):
        clause = Clause.objects.get(code="fault-overdue")
        impose(draft(clauses=[clause]))

        with pytest.raises(Invalid):
            clauses.end(clause, by=people["officer"], at=DECIDED, on=date(2026, 3, 10))
        clauses.end(clause, by=people["officer"], at=DECIDED, on=date(2026, 3, 11))

    def test_L02_no_wording_is_ever_changed(self, people):
        with pytest.raises(DatabaseError), transaction.atomic():
            Clause.objects.filter(code="fault-overdue").update(text="改写")

    def test_are_entered_by_the_office_alone(self, people):
        given = {"kind": "eight", "text": "要……不得……", "source": "佛府〔2004〕80号", "valid_from": date(2004, 5, 25)}
        clauses.enter("eight-1", by=people["officer"], at=DECIDED, **given)

        with pytest.raises(Invalid):
            clauses.enter("eight-1", by=people["officer"], at=DECIDED, **given)
        with pytest.raises(clauses.NotAllowed):
            clauses.enter("eight-2", by=people["leader"], at=DECIDED, **given)
