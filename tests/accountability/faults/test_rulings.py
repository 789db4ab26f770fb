"""What another body rules later on a sanction of its own, and what follows from it (docs/domain.md 10.6, 10.7)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from accountability.faults import appealing, deadlines, deciding, effects, ledger_checks, rulings, sanctions, workflow
from accountability.faults.deadlines import EXECUTE
from accountability.faults.effects import Cause, OrganCap
from accountability.faults.enums import ProposalState
from accountability.faults.invariants import RESPONDENT_PROMISED_OTHERWISE
from accountability.faults.sanctions import Absent, NotAllowed, NotInState
from accountability.faults.words import Against, Body, Measure, RulingKind, RulingState, SanctionState, Severity
from accountability.models import FaultDecision, Sanction, SanctionRuling
from accountability.papers import bundles
from efficiency.audit.verify import count_sql
from efficiency.organs.models import Tenure
from efficiency.outbox.models import Message
from efficiency.refusals import Invalid
from targets.measures.accountability import SANCTIONS
from targets.measures.registry import Key, Window
from tests.factories import faults as make
from tests.factories.cases import local
from tests.factories.faults import DAY, MONDAY

RULED = local(2026, 9, 1)
PAPER = {
    "kind": "appeal",
    "body_name": "中共佛山市委组织部",
    "paper": "佛组申〔2026〕3号",
    "ruled_on": date(2026, 8, 28),
    "text": "经复查，原处分事实清楚。",
}


@pytest.fixture
def warning(people, draft):
    """A demerit of the clerk that the appointing organ imposed in answer to a proposal, in force from 8 June on."""
    drafted = draft(measure=Measure.DEMERIT, severity=Severity.GRAVE, body=Body.APPOINTING, opened_on=date(2026, 4, 1))
    (proposal,) = sanctions.impose(
        [drafted],
        proposed_by=people["officer"],
        by=people["office_head"],
        at=local(2026, 5, 6),
        decided_on=date(2026, 5, 6),
    )
    return sanctions.record_result(
        proposal,
        by=people["office_head"],
        at=local(2026, 6, 10),
        body=Body.APPOINTING,
        body_name="佛山市建设局",
        decision_number="佛建〔2026〕12号",
        decided_on=date(2026, 6, 8),
        measure=Measure.DEMERIT,
    )


def entered(sanction, people, **changed):
    given = PAPER | {"by": people["officer"], "at": RULED, "effect": "upheld"} | changed
    return rulings.enter(sanction, **given)


def ruled(sanction, people, **changed):
    return rulings.confirm(entered(sanction, people, **changed), by=people["office_head"], at=RULED)


def sound():
    return [count_sql(each)() for each in ledger_checks.QUERIES] == [0] * len(ledger_checks.QUERIES)


class TestTwoPersons:
    def test_Z10_nothing_changes_until_a_second_person_confirms(self, warning, people):
        row = entered(warning, people, effect="revoked")
        warning.refresh_from_db()
        assert (warning.state, row.state) == (SanctionState.IN_FORCE, RulingState.WAITING)
        assert Message.objects.filter(kind="sanction.ruling_waits", recipient=people["office_head"]).exists()
        assert not Message.objects.filter(kind="sanction.ruling_waits", recipient=people["clerk"]).exists()
        with pytest.raises(NotAllowed):
            rulings.confirm(row, by=people["officer"], at=RULED)
        with pytest.raises(NotInState):
            entered(warning, people)
        rulings.confirm(row, by=people["office_head"], at=RULED)
        with pytest.raises(NotInState):
            rulings.confirm(row, by=people["office_head"], at=RULED)
        assert sound()

    def test_sent_back_it_has_no_effect_stays_on_record_and_is_entered_anew(self, warning, people):
        row = entered(warning, people, effect="revoked")
        rulings.send_back(row, by=people["office_head"], at=RULED, remark="文号有误")
        warning.refresh_from_db()
        assert warning.state == SanctionState.IN_FORCE
        assert entered(warning, people).position == 2
        assert sound()

    @pytest.mark.parametrize("role", ["inspector", "appraiser", "auditor"])
    def test_is_not_for_those_who_only_see_it(self, warning, people, role):
        with pytest.raises(NotAllowed):
            entered(warning, people, by=people[role])

    def test_Z07_not_for_whom_it_is_against_and_absent_for_others(self, warning, people):
        with pytest.raises(NotAllowed):
            entered(warning, people, by=people["clerk"])
        with pytest.raises(Absent):
            entered(warning, people, by=people["district_officer"])


class TestLimits:
    """One month to ask for a review and one for its ruling, then one to go above and two for that (10.7, 监察法 56)."""

    def test_10_7_a_ruling_later_than_the_law_has_it_says_why(self, warning, people):
        assert rulings.times_of(warning) == (date(2026, 7, 8), date(2026, 8, 8))
        assert rulings.latest_day(warning, RulingKind.APPEAL) == date(2026, 11, 8)
        late = {"kind": "review", "ruled_on": date(2026, 8, 9)}
        with pytest.raises(Invalid) as refused:
            entered(warning, people, **late)
        assert refused.value.field == "late_reason"
        row = entered(warning, people, **late, late_reason="处分决定于六月十五日送达本人。")
        assert row.late_reason == "处分决定于六月十五日送达本人。"
        rulings.confirm(row, by=people["office_head"], at=RULED)

        # The body above counts from the review, and after it nobody looks again.
        assert rulings.times_of(warning) == (date(2026, 9, 9), date(2026, 11, 9))
        above = {"ruled_on": date(2026, 11, 9), "at": local(2026, 12, 1)}
        assert entered(warning, people, **above, late_reason="未超期").late_reason == ""
        rulings.confirm(warning.rulings.get(position=2), by=people["office_head"], at=above["at"])
        assert rulings.times_of(warning) is None
        assert sound()

    def test_10_7_the_ledger_says_until_when_a_review_can_be_asked_for(self, warning, people, client):
        client.force_login(people["clerk"])
        page = client.get(reverse("admin:accountability_sanction_change", args=[warning.pk]))
        assert page.context["review_times"] == (date(2026, 7, 8), date(2026, 8, 8))
        assert "7月8日" in page.content.decode()

    def test_10_7_the_law_sets_no_limit_for_what_is_no_disciplinary_sanction(self):
        removal = Sanction(measure=Measure.REMOVAL_FROM_POST, decided_on=date(2026, 6, 8), state=SanctionState.IN_FORCE)
        assert rulings.times_of(removal) is None
        assert rulings.latest_day(removal, RulingKind.REVIEW) is None


class TestEffects:
    def test_upheld_it_stands_and_that_is_written_down(self, warning, people):
        assert ruled(warning, people) == warning
        assert warning.events.latest("number").action == "ruling"
        assert Message.objects.filter(kind="sanction.ruled", recipient=people["clerk"]).exists()
        assert sound()

    def test_revoked_it_counts_no_more_in_appraisal_and_commendation(self, warning, people, city):
        before = effects.of_organs(2026, at=RULED)[city.construction.pk]
        assert (before.events, before.cap, before.is_vetoed) == ({Cause.SANCTION: 1}, OrganCap.QUALIFIED, True)
        assert people["clerk"].pk in effects.people_without_commendation(2026)
        found = ruled(warning, people, effect="revoked")
        assert (found.state, found.revoked_at) == (SanctionState.REVOKED, RULED)
        assert effects.of_organs(2026, at=RULED) == {}
        assert effects.people_without_commendation(2026) == {}
        assert effects.caps_of_people(2026) == {}
        assert sound()

    def test_what_was_known_at_a_moment_stays_known_of_that_moment(self, warning, people, city):
        ruled(warning, people, effect="revoked")
        year = {"since": date(2026, 1, 1), "until": date(2027, 1, 1)}
        key, organs = Key.ORGAN, [city.construction.pk]

        def held(as_of):
            return SANCTIONS.figures(key, organs, Window(**year, as_of=as_of))[city.construction.pk].numerator

        assert (held(RULED - timedelta(days=1)), held(RULED + timedelta(days=1))) == (1, 0)

    def test_changed_the_lighter_one_stands_in_from_the_old_day_on(self, warning, people):
        found = ruled(warning, people, effect="changed", measure=Measure.WARNING)
        warning.refresh_from_db()
        assert (warning.state, found.measure, found.replaces) == (SanctionState.REVOKED, Measure.WARNING, warning)
        assert (found.from_on, found.to_on) == (date(2026, 6, 8), date(2026, 12, 8))
        assert (found.decision_number, found.decided_on) == (PAPER["paper"], PAPER["ruled_on"])
        # What a body ruled once, it may be asked about again.
        assert ruled(found, people, kind="review").state == SanctionState.IN_FORCE
        assert sound()

    def test_a_ruling_is_never_heavier_and_of_what_that_body_decides(self, warning, people):
        for measure in (Measure.DEMERIT, Measure.EXPULSION, Measure.ADMONISHMENT, ""):
            with pytest.raises(Invalid) as refused:
                entered(warning, people, effect="changed", measure=measure)
            assert refused.value.field == "measure"

    @pytest.mark.parametrize("day", [date(2026, 6, 7), date(2026, 9, 2)])
    def test_its_day_lies_after_the_decision_and_not_ahead(self, warning, people, day):
        with pytest.raises(Invalid) as refused:
            entered(warning, people, ruled_on=day)
        assert refused.value.field == "ruled_on"

    def test_10_6_what_was_decided_here_is_appealed_against_in_the_fault_case(self, people, draft):
        (own,) = sanctions.impose(
            [draft()],
            proposed_by=people["officer"],
            by=people["office_head"],
            at=local(2026, 5, 6),
            decided_on=date(2026, 5, 6),
        )
        with pytest.raises(NotInState):
            entered(own, people)


class TestFaultCase:
    def test_what_was_still_to_be_carried_out_ends_and_no_ruling_of_ours_brings_it_back(self, cast):
        case = make.served(cast, Measure.WITHHELD_ALLOWANCE)
        respondent = make.respondent_of(case)
        proposal = Sanction.objects.get(respondent=respondent)
        assert (proposal.state, proposal.against) == (SanctionState.PROPOSED, Against.PERSON)
        at = MONDAY + 10 * DAY
        imposed = sanctions.record_result(
            proposal,
            by=cast.deputy,
            at=at,
            body=Body.PERSONNEL,
            body_name="佛山市人力资源和社会保障局",
            decision_number="佛人社〔2026〕8号",
            decided_on=at.date(),
            measure=Measure.WITHHELD_ALLOWANCE,
        )
        paper = PAPER | {"ruled_on": at.date(), "by": cast.second, "at": at + DAY, "effect": "revoked"}
        rulings.confirm(rulings.enter(imposed, **paper), by=cast.deputy, at=at + DAY)
        respondent.refresh_from_db()
        assert respondent.measures == []
        assert deadlines.running(respondent, EXECUTE) is None
        assert rulings.measures_gone(respondent) == {Measure.WITHHELD_ALLOWANCE}
        assert case.events.latest("number").action == "note_ruling"
        # The bundle tells of it, and of who answers for what by which row of the rules.
        told = {part.name: part for part in bundles.of(case).parts(case, cast.deputy, at + DAY)}
        assert [table.title for table in told["ledger"].tables] == ["责任追究台账", "其他机关的复核、申诉决定"]
        assert PAPER["paper"] in told["ledger"].tables[1].rows[0]
        (allocated,) = told["decision1"].tables
        assert allocated.rows[0][1:4] == ("直接责任", "责任划分规则第3项", "扣发岗位津贴和奖金")

    def imposed(self, cast, *others, measure=Measure.WITHHELD_ALLOWANCE):
        """Return a case in which the personnel office imposed something in answer to the proposal of the decision."""
        case = make.served(cast, Measure.WITHHELD_ALLOWANCE, *others)
        proposal = Sanction.objects.get(respondent=make.respondent_of(case), state=SanctionState.PROPOSED)
        at = MONDAY + 9 * DAY
        found = sanctions.record_result(
            proposal,
            by=cast.deputy,
            at=at,
            body=Body.PERSONNEL,
            body_name="佛山市人力资源和社会保障局",
            decision_number="佛人社〔2026〕8号",
            decided_on=at.date(),
            measure=measure,
        )
        return case, found

    def enter(self, cast, sanction, **changed):
        at = MONDAY + 10 * DAY
        return rulings.enter(sanction, **PAPER | {"ruled_on": at.date(), "by": cast.third, "at": at} | changed)

    def uphold(self, cast, case):
        """Propose that the appeal changes nothing."""
        case.refresh_from_db()
        (row,) = appealing.open_appeals(case)
        given = {"appeal": row, "result": "upheld", "text": "经复核，维持原决定。"}
        appealing.propose_ruling(case, by=cast.second, at=MONDAY + 10 * DAY, version=case.version, **given)

    def appeal(self, cast, case):
        appealing.appeal(make.respondent_of(case), by=cast.clerk, at=MONDAY + 9 * DAY, reasons="处理过重。")

    def test_10_6_a_ruling_on_an_appeal_leaves_what_another_body_put_in_place_meanwhile(self, cast):
        case, sanction = self.imposed(cast)
        self.appeal(cast, case)
        self.uphold(cast, case)

        row = self.enter(cast, sanction, effect="changed", measure=Measure.ADMONITION_TALK)
        rulings.confirm(row, by=cast.deputy, at=MONDAY + 10 * DAY)

        # What was proposed looked at other measures: it is proposed again.
        assert workflow.waiting(case) is None
        assert set(case.proposals.filter(kind="rule").values_list("state", flat=True)) == {ProposalState.LAPSED}
        self.uphold(cast, case)
        case.refresh_from_db()
        appealing.confirm_ruling(case, by=cast.deputy, at=MONDAY + 10 * DAY, version=case.version)
        respondent = make.respondent_of(case)
        assert respondent.measures == [Measure.ADMONITION_TALK]
        assert deadlines.running(respondent, EXECUTE) is not None

    def test_10_6_no_ruling_brings_back_what_was_proposed_before_another_body_took_it_away(self, cast):
        case, sanction = self.imposed(cast, measure=Measure.GRADED_BASIC)
        self.appeal(cast, case)
        self.uphold(cast, case)

        rulings.confirm(self.enter(cast, sanction, effect="revoked"), by=cast.deputy, at=MONDAY + 10 * DAY)

        respondent = make.respondent_of(case)
        assert rulings.measures_gone(respondent) == {Measure.GRADED_BASIC, Measure.WITHHELD_ALLOWANCE}
        self.uphold(cast, case)
        case.refresh_from_db()
        appealing.confirm_ruling(case, by=cast.deputy, at=MONDAY + 10 * DAY, version=case.version)
        respondent.refresh_from_db()
        assert (respondent.measures, deadlines.running(respondent, EXECUTE)) == ([], None)

    def test_10_6_an_appeal_that_came_meanwhile_waits_for_the_body_that_decided(self, cast):
        case, sanction = self.imposed(cast)
        FaultDecision.objects.filter(case=case).update(body=Body.PERSONNEL)
        row = self.enter(cast, sanction, effect="revoked")
        self.appeal(cast, case)

        with pytest.raises(NotInState):
            rulings.confirm(row, by=cast.deputy, at=MONDAY + 10 * DAY)
        sanction.refresh_from_db()
        assert sanction.state == SanctionState.IN_FORCE

    def test_10_6_nobody_bears_twice_what_the_decision_imposed_beside(self, cast):
        case, sanction = self.imposed(cast, Measure.ADMONITION_TALK)
        assert make.respondent_of(case).measures == [Measure.ADMONITION_TALK, Measure.WITHHELD_ALLOWANCE]
        assert Measure.ADMONITION_TALK not in rulings.lighter(sanction)
        with pytest.raises(Invalid):
            self.enter(cast, sanction, effect="changed", measure=Measure.ADMONITION_TALK)

    @pytest.mark.parametrize(("result", "instead"), [("revoked", []), ("lighter", [Measure.ADMONITION_TALK])])
    def test_10_6_no_ruling_of_ours_empties_the_measure_of_another_body(self, cast, result, instead):
        case, sanction = self.imposed(cast, Measure.CIRCULATED_CRITICISM)
        self.appeal(cast, case)
        case.refresh_from_db()

        make.rule(case, cast, result, *instead)

        respondent = make.respondent_of(case)
        assert respondent.measures == [*instead, Measure.WITHHELD_ALLOWANCE]
        assert deadlines.running(respondent, EXECUTE) is not None
        sanction.refresh_from_db()
        assert sanction.state == SanctionState.IN_FORCE

    @pytest.mark.parametrize("answer", [None, Measure.GRADED_BASIC])
    def test_10_6_what_the_body_answers_is_what_the_respondent_bears(self, cast, answer):
        case, found = self.imposed(cast, measure=answer)
        respondent = make.respondent_of(case)
        assert respondent.measures == ([] if answer is None else [answer])
        assert (deadlines.running(respondent, EXECUTE) is not None) is (answer is not None)
        assert case.events.latest("number").action == "note_answer"
        assert found.state == (SanctionState.NOT_IMPOSED if answer is None else SanctionState.IN_FORCE)
        assert count_sql(RESPONDENT_PROMISED_OTHERWISE)() == 0

    def test_10_5_what_others_decide_is_carried_out_once_they_have(self, cast):
        case = make.served(cast, Measure.WITHHELD_ALLOWANCE)
        row = make.respondent_of(case)
        assert (row.measures, deadlines.last(row, EXECUTE)) == ([Measure.WITHHELD_ALLOWANCE], None)
        assert count_sql(RESPONDENT_PROMISED_OTHERWISE)() == 0


class TestExecution:
    """Who promises to report an execution, from when on (docs/domain.md 10.5)."""

    def test_a_day_that_is_typed_makes_nobody_late(self, cast):
        case = make.decided(cast)
        at, served_on = MONDAY + 11 * DAY, (MONDAY + 8 * DAY).date()
        given = {"by": cast.officer, "at": at, "version": case.version, "respondent": make.respondent_of(case)}
        deciding.serve(case, **given, served_on=served_on, how="直接送达", organ_served_on=served_on)
        row = make.respondent_of(case)
        assert deadlines.running(row, EXECUTE).started_at == at
        assert deadlines.running(row, EXECUTE).organ == cast.city.construction
        assert deadlines.running(row, deadlines.APPEAL).started_at < at

    @pytest.mark.parametrize("held", ["now", "once"])
    def test_the_office_owes_it_of_whoever_holds_or_held_the_post_that_would(self, cast, held):
        case = make.clue(cast)
        post = cast.leader.tenures.get().post
        if held == "once":
            given = {"kind": "holder", "since": date(2020, 1, 6), "until": date(2021, 1, 6)}
            Tenure.objects.create(user=cast.clerk, post=post, **given)
        person = {"post": post, "person": cast.leader} if held == "now" else {"post": None, "person": cast.clerk}
        case.respondents.update(**person)
        promise = deadlines.open_for(make.respondent_of(case), EXECUTE, at=MONDAY)
        assert (promise.organ, promise.post) == (cast.city.office, None)


class TestPages:
    @pytest.mark.parametrize("standing", ["promotion", "commendation"])
    def test_8_5_the_ledger_says_who_is_barred_from_what_until_when(self, warning, people, client, standing):
        ledger, page = (
            reverse("admin:accountability_sanction_changelist"),
            reverse("admin:accountability_sanction_change", args=[warning.pk]),
        )
        with time_machine.travel(RULED, tick=False):
            client.force_login(people["office_head"])
            listed = client.get(ledger, {"standing": standing}).content.decode()
            assert page in listed
            assert "2027" in listed
        with time_machine.travel(local(2027, 7, 1), tick=False):
            client.force_login(people["office_head"])
            assert client.get(page).status_code == 200
            assert page not in client.get(ledger, {"standing": standing}).content.decode()

    def test_the_officer_enters_and_the_head_confirms(self, warning, people, client):
        page = reverse("admin:accountability_sanction_change", args=[warning.pk])
        enter = reverse("admin:accountability_sanction_ruling", args=[warning.pk])
        confirm = reverse("admin:accountability_sanction_confirm_ruling", args=[warning.pk])
        client.force_login(people["officer"])
        assert enter in client.get(page).content.decode()
        given = PAPER | {"effect": "changed", "measure": "warning", "ruled_on": "2026-06-20"}
        assert client.post(enter, given).status_code == 302
        assert client.get(confirm).status_code == 403
        client.force_login(people["clerk"])
        assert PAPER["paper"] not in client.get(page).content.decode()
        assert client.get(enter).status_code == 403
        assert 'id="waiting-rulings"' not in client.get(reverse("admin:index")).content.decode()
        client.force_login(people["office_head"])
        assert 'id="waiting-rulings"' in client.get(reverse("admin:index")).content.decode()
        listed = client.get(reverse("admin:accountability_sanction_changelist"), {"standing": "ruling"})
        assert page in listed.content.decode()
        assert client.post(confirm).status_code == 302
        assert SanctionRuling.objects.get().state == RulingState.CONFIRMED
        assert 'id="waiting-rulings"' not in client.get(reverse("admin:index")).content.decode()
        client.force_login(people["clerk"])
        assert PAPER["paper"] in client.get(page).content.decode()
