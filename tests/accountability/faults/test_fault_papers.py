"""Papers, bundle, ledger and demonstration of fault cases (docs/domain.md 10.5, 10.7, 10.10)."""

import pytest

from accountability.faults import appealing, clauses, clues, deciding, papers
from accountability.faults.enums import ClueKind, State
from accountability.faults.words import Measure
from accountability.models import Clause, FaultCase, FaultNotice, Sanction
from accountability.papers import actions, bundling, registry
from complaints.models import Case
from efficiency.access.scope import scope_of
from efficiency.outbox.models import Message
from efficiency.refusals import Invalid, Refused
from tests.factories import faults as make
from tests.factories.cases import file
from tests.factories.faults import DAY, FACTS, MONDAY

pytestmark = pytest.mark.django_db


def words_of(content):
    """Return everything that stands in a paper."""
    said = [content.number, content.title, content.addressee, content.issuer]
    for section in content.sections:
        said += [section.heading, *section.paragraphs, *(word for row in section.rows for word in row)]
    return "\n".join(said)


class TestPapers:
    def test_each_is_there_once_its_step_was_taken(self, cast):
        opened = make.respondent_of(make.opened(cast))
        for content in (papers.opening, papers.intention, papers.decision, papers.service):
            with pytest.raises(Refused):
                content(opened)

    def test_a_page_offers_those_alone_that_could_say_something(self, cast):
        def ready(row):
            return [kind.name for kind in papers.KINDS[:5] if kind.ready(row)]

        case = make.appealed(cast)
        row = make.respondent_of(case)
        assert ready(row) == [papers.OPENING, papers.INTENTION, papers.DECISION, papers.SERVICE]
        make.rule(case, cast, "revoked")
        assert ready(row) == [papers.OPENING, papers.INTENTION, papers.SERVICE, papers.RULING]

    def test_they_say_what_was_told_decided_and_served(self, cast):
        row = make.respondent_of(make.served(cast, Measure.ADMONISHMENT))

        assert all(str(each) in words_of(papers.opening(row)) for each in cast.investigators)
        assert "2026年6月10日" in words_of(papers.intention(row))
        decision = words_of(papers.decision(row))
        assert FACTS in decision
        assert papers.APPEAL_WORDS in decision
        assert "询问笔录" in decision
        assert "2026年7月9日" in words_of(papers.service(row))
        # Outside the portal they say neither who nor what.
        assert papers.decision(row).public_title == papers.TITLES[papers.DECISION]

    def test_10_1_a_decision_names_the_clauses_as_they_read_on_the_day_of_the_fault(self, cast):
        case = make.heard(cast, Measure.ADMONISHMENT)
        named = Clause.objects.get(code="conduct-one-time-notice")
        given = {"basis": "规定", "facts": FACTS, "reasons": "理由", "result": "accountable", "severity": "ordinary"}
        given |= {"by": cast.officer, "at": MONDAY + 7 * DAY, "parts": make.parts(case, Measure.ADMONISHMENT)}
        late = clauses.enter(
            "conduct-late",
            by=cast.officer,
            at=MONDAY,
            kind="conduct",
            text="后来的",
            source="新规",
            valid_from=MONDAY.date(),
        )
        with pytest.raises(Invalid) as refused:
            deciding.propose_decision(case, version=case.version, clauses=[late], **given)
        assert refused.value.field == "clauses"
        deciding.propose_decision(case, version=case.version, clauses=[named], **given)
        # While it waits, and ever after: what the paper prints was in force on the day.
        with pytest.raises(Invalid) as refused:
            clauses.end(named, by=cast.officer, at=MONDAY, on=case.fault_on)
        assert refused.value.field == "on"
        deciding.confirm_decision(case, by=cast.office_head, at=MONDAY + 7 * DAY, version=case.version)
        said = words_of(papers.decision(make.respondent_of(case)))
        assert "违反的规定" in said
        assert named.text in said
        with pytest.raises(Invalid):
            clauses.end(named, by=cast.officer, at=MONDAY, on=case.fault_on)
        cited = Sanction.objects.get().clauses.order_by("code").values_list("code", flat=True)
        assert list(cited) == ["conduct-one-time-notice", "fault-incomplete"]

    def test_after_a_lighter_ruling_the_decision_says_what_holds_now_and_the_ruling_has_a_paper(self, cast):
        case = make.appealed(cast, Measure.ADMONISHMENT)
        row = make.respondent_of(case)
        with pytest.raises(Refused):
            papers.ruling(row)
        old = actions.issue(papers.DECISION, row, by=cast.officer, at=MONDAY + 9 * DAY)
        make.rule(case, cast, "lighter", Measure.ADMONITION_TALK)
        old.refresh_from_db()
        assert old.revocation
        said = words_of(papers.decision(row))
        assert "诫勉谈话" in said
        assert "效能告诫" not in said
        ruling = words_of(papers.ruling(row))
        for words in (
            "效能告诫",
            "诫勉谈话",
            "变更为较轻",
            "经复核，作出以下决定。",
            papers.ABOVE_WORDS,
            "2026年6月26日",
        ):
            assert words in ruling

    def test_a_decision_that_a_ruling_revoked_is_not_handed_out_anew(self, cast):
        case = make.appealed(cast, Measure.ADMONISHMENT)
        make.rule(case, cast, "revoked")
        row = make.respondent_of(case)
        with pytest.raises(Refused):
            papers.decision(row)
        assert papers.FINAL_WORDS in words_of(papers.ruling(row))

    def test_the_service_names_the_first_time_for_an_appeal_also_after_a_ruling(self, cast):
        case = make.appealed(cast)
        make.rule(case, cast, "upheld")
        assert "2026年7月9日" in words_of(papers.service(make.respondent_of(case)))

    def test_a_notice_of_the_intention_holds_until_another_is_told(self, cast):
        case = make.heard(cast)
        row = make.respondent_of(case)
        old = actions.issue(papers.INTENTION, row, by=cast.inspector, at=MONDAY + 4 * DAY)
        make.announce(case, cast, at=MONDAY + 5 * DAY)
        old.refresh_from_db()
        assert old.revocation
        assert "2026年6月12日" in words_of(papers.intention(make.respondent_of(case)))

    def test_P06_no_complainant_and_no_number_of_a_complaint_stands_in_them(self, cast):
        complaint = file(cast, at=MONDAY).case
        Case.objects.filter(pk=complaint.pk).update(
            outcome="upheld", state="closed", closed_at=MONDAY, office=cast.city.office
        )
        complaint.refresh_from_db()
        case = make.opened(cast, make.clue(cast, kind=ClueKind.COMPLAINT, complaint=complaint))
        case.respondents.update(notified_at=MONDAY)
        said = words_of(papers.opening(make.respondent_of(case)))
        for hidden in (complaint.number, complaint.title, "陈小明", "13812345678"):
            assert hidden not in said

    def test_10_7_the_fault_notice_names_the_red_card(self, cast):
        card = make.red_card(cast)
        clues.collect(at=MONDAY)
        notice = FaultNotice.objects.create(
            card=card,
            case=FaultCase.objects.get(),
            organ=card.organ,
            post=card.post,
            person=card.person,
            is_serious=True,
            issued_by=cast.officer,
            at=MONDAY,
        )
        content = papers.notice(notice)
        assert content.title == "严重过失通知单"
        assert card.number in words_of(content)
        paper = actions.issue(papers.NOTICE, notice, by=cast.officer, at=MONDAY)
        clues.card_revoked(card, MONDAY + DAY)
        paper.refresh_from_db()
        assert paper.revocation

    def test_Z01_opened_by_the_concerned_and_by_those_who_read_names(self, cast):
        row = make.respondent_of(make.served(cast))
        kind = registry.get(papers.DECISION)
        for name in ("clerk", "office_head", "deputy", "inspector", "officer"):
            assert kind.is_open_to(getattr(cast, name), row), name
        for name in ("leader", "tax_leader", "auditor", "appraiser", "third", "other_inspector", "mayor"):
            assert not kind.is_open_to(getattr(cast, name), row), name

    def test_Z01_whom_it_is_about_opens_decision_and_ruling_and_reads_the_ledger_once_these_were_served(self, cast):
        def reads(person):
            scope_of(person, fresh=True)
            return [kind.name for kind in papers.KINDS[:5] if kind.is_open_to(person, row) and kind.ready(row)]

        def ledger(person):
            scope_of(person, fresh=True)
            return set(Sanction.objects.headers_visible_to(person).values_list("measure", flat=True))

        case = make.decided(cast, Measure.ADMONISHMENT)
        row = make.respondent_of(case)
        actions.issue(papers.DECISION, row, by=cast.officer, at=MONDAY + 7 * DAY)
        assert reads(cast.clerk) == [papers.OPENING, papers.INTENTION]
        assert papers.DECISION in reads(cast.office_head)

        case = make.appealed(cast, Measure.ADMONISHMENT)
        row = make.respondent_of(case)
        old = actions.issue(papers.DECISION, row, by=cast.officer, at=MONDAY + 9 * DAY)
        assert reads(cast.clerk) == [papers.OPENING, papers.INTENTION, papers.DECISION, papers.SERVICE]
        assert ledger(cast.clerk) == ledger(cast.leader) == {Measure.ADMONISHMENT}

        ruling = make.rule(case, cast, "lighter", Measure.ADMONITION_TALK, is_served=False)
        actions.issue(papers.RULING, row, by=cast.officer, at=MONDAY + 10 * DAY)
        row = make.respondent_of(case)
        told = Message.objects.filter(kind="sanction.revoked", recipient=cast.clerk)
        assert reads(cast.clerk) == [papers.OPENING, papers.INTENTION, papers.SERVICE]
        assert papers.RULING in reads(cast.office_head)
        assert ledger(cast.clerk) == ledger(cast.leader) == set()
        assert actions.valid_paper(papers.DECISION, row) == old
        assert not told.exists()

        make.serve_ruling(case, cast, ruling, at=MONDAY + 11 * DAY)
        everything = [papers.OPENING, papers.INTENTION, papers.DECISION, papers.SERVICE, papers.RULING]
        assert reads(cast.clerk) == everything
        assert ledger(cast.clerk) == {Measure.ADMONISHMENT, Measure.ADMONITION_TALK}
        assert actions.valid_paper(papers.DECISION, row) is None
        assert told.exists()


class TestBundle:
    def test_whole_file_for_those_who_read_names_never_for_the_concerned(self, cast):
        case = make.appealed(cast)
        for name, allowed in (("deputy", True), ("clerk", False), ("leader", False), ("auditor", False)):
            user = getattr(cast, name)
            scope_of(user, fresh=True)
            assert bundling.may_ask(user, case) is allowed, name


class TestLedger:  # 10.6
    def test_what_is_decided_stands_in_the_ledger_and_an_appeal_takes_it_away(self, cast):
        case = make.appealed(cast, Measure.ADMONISHMENT)
        sanction = Sanction.objects.get()
        assert (sanction.measure, sanction.state, sanction.person) == (Measure.ADMONISHMENT, "in_force", cast.clerk)
        make.rule(case, cast, "lighter", Measure.ADMONITION_TALK)
        states = dict(Sanction.objects.values_list("measure", "state"))
        assert states == {Measure.ADMONISHMENT: "revoked", Measure.ADMONITION_TALK: "in_force"}
        assert Clause.objects.exists()
        assert appealing.open_appeals(case) == []

    def test_what_is_anothers_is_entered_as_a_proposal(self, cast):
        make.decided(cast, Measure.REMOVAL_FROM_POST)
        assert Sanction.objects.get().state == "proposed"


class TestConcurrency:
    def test_the_state_of_the_world_is_read_behind_the_lock(self, cast):
        case = make.checked(cast)
        stale = FaultCase.objects.get(pk=case.pk)
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="应予立案。")
        with pytest.raises(Refused):
            clues.propose_declining(
                stale, by=cast.second, at=MONDAY, version=stale.version, ground="no_fault", text="不构成"
            )
        assert FaultCase.objects.get().state == State.CHECKING
