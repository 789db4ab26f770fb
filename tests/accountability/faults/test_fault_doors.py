"""Doors of fault cases that recusal and need to know keep shut (docs/trust.md Z-07, Z-09, Z-12, P-04)."""

from datetime import date

import pytest
import time_machine
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse

from accountability.faults import appealing, clues, deadlines, deciding, inquiry, offers, telling, workflow
from accountability.faults.access import looks_of, seats_to
from accountability.faults.deciding import Answer
from accountability.faults.enums import ClueKind, RespondentKind, State
from accountability.faults.messages import may_know_respondents
from accountability.faults.refusals import Invalid, NotAllowed, NotInState
from accountability.faults.words import Measure
from accountability.models import (
    Appeal,
    Card,
    Clue,
    Correction,
    FaultAccess,
    FaultCase,
    Investigator,
    Respondent,
    Sanction,
)
from complaints.enums import State as CaseState
from complaints.models import Recusal
from efficiency import handing_over
from efficiency.access.scope import scope_of
from efficiency.audit.models import AuditRecord
from efficiency.deadlines.models import Escalation
from efficiency.organs.models import Post, Tenure, TenureKind
from efficiency.outbox.models import Message
from supervision.escalations.querysets import escalations_visible_to, others_of
from tests.factories import cases as complaints
from tests.factories import faults as make
from tests.factories.faults import DAY, MONDAY

pytestmark = pytest.mark.django_db


def reads(user, case):
    """Say whether somebody reads a case, from rows and relation alike."""
    scope = scope_of(user, fresh=True)
    is_row = FaultCase.objects.visible_to(user).filter(pk=case.pk).exists()
    assert is_row is bool(list(seats_to(scope, case)))
    return is_row


def log_in(user):
    client = Client()
    client.force_login(user)
    return client


def serve(case, cast, respondent, *, at=MONDAY + 8 * DAY):
    """Serve the decision on one respondent."""
    deciding.serve(
        case,
        by=cast.officer,
        at=at,
        version=case.version,
        respondent=respondent,
        served_on=at.date(),
        how="直接送达",
        organ_served_on=at.date(),
    )


class TestRecusal:
    def test_Z07_the_stand_in_and_later_holder_of_the_post_of_a_respondent_find_no_case(self, cast):
        case = make.investigated(cast)
        assert reads(cast.leader, case)

        Tenure.objects.create(
            user=cast.leader,
            post=cast.post,
            kind=TenureKind.STAND_IN,
            since=date(2026, 1, 5),
            until=date(2026, 1, 9),
        )

        assert not reads(cast.leader, case)

    @pytest.mark.parametrize(
        "over",
        [
            "complaint",
            "card",
            "reference",
            "correction",
            "correction of a card",
            "card of a correction",
            "card of a correction of a card",
            "correction of a card of a correction",
        ],
    )
    def test_Z07_whoever_is_recused_from_the_complaint_is_so_from_the_case_made_of_it(self, db, over):
        cast = complaints.make_cast()
        complaint = complaints.case_in(CaseState.HANDLING, cast)
        case = FaultCase.objects.create(
            number="GC20260000019",
            organ=complaint.organ,
            office=cast.city.office,
            received_at=MONDAY,
        )
        about = complaint
        for step in [] if over in ("complaint", "reference") else reversed(over.split(" of a ")):
            about = card_about(about, cast) if step == "card" else correction_from(about, cast)
        if over == "complaint":
            clue = {"kind": ClueKind.COMPLAINT, "complaint": complaint}
        elif isinstance(about, Card):
            clue = {"kind": ClueKind.CARD, "card": about}
        else:
            named = {"content_type": ContentType.objects.get_for_model(about), "object_id": about.pk}
            clue = {"kind": ClueKind.CORRECTION if over != "reference" else ClueKind.OTHER, **named}
        Clue.objects.create(case=case, received_at=MONDAY, **clue)
        cards = Card.objects.count()
        assert reads(cast.officer, case)
        assert Card.objects.headers_visible_to(cast.officer).count() == cards

        Recusal.objects.create(case=complaint, user=cast.officer, ground="declared", at=MONDAY, by=cast.officer)

        assert not reads(cast.officer, case)
        assert not FaultCase.objects.headers_visible_to(cast.officer).exists()
        assert not FaultCase.objects.all().keeps(case, scope_of(cast.officer, fresh=True))
        assert not Card.objects.headers_visible_to(cast.officer).exists()
        assert Card.objects.headers_visible_to(cast.inspector).count() == cards
        # Who complained is kept from its words too, and told of a declining (P-06).
        assert telling.complaints_of(case) == [complaint]

    def test_Z07_whoever_takes_part_declares_a_recusal_of_their_own_and_reports_nothing_any_more(self, cast):
        case = make.served(cast)
        row = make.respondent_of(case)
        step = reverse("admin:accountability_faultcase_do", args=[case.pk, "declare_recusal"])
        assert deadlines.running(row, deadlines.EXECUTE).organ == cast.city.construction
        for name in ("leader", "inspector"):
            user = getattr(cast, name)
            client, sent = log_in(user), {"version": case.version, "reason": ""}
            assert client.get(step).status_code == 200
            assert client.post(step, sent).status_code == 200
            listed = client.post(step, sent | {"reason": "与当事人系近亲属。"})
            assert listed.url == reverse("admin:accountability_faultcase_changelist")
            assert not reads(user, case)
            case.refresh_from_db()
        assert not inquiry.investigators(case) or cast.inspector not in inquiry.able(case)
        assert deadlines.running(row, deadlines.EXECUTE).organ == case.office
        told = Message.objects.filter(kind="faults.declare_recusal", channel="portal")
        assert set(told.values_list("recipient_id", flat=True)) == {cast.office_head.pk, cast.deputy.pk}
        assert log_in(cast.auditor).get(step).status_code == 404

    def test_Z07_what_somebody_proposed_who_is_recused_then_is_confirmed_by_nobody(self, cast):
        case = make.checked(cast)
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="应予立案。")
        inquiry.declare_recusal(case, by=cast.officer, at=MONDAY, version=case.version, reason="系亲属。")
        assert workflow.waiting(case) is None
        with pytest.raises(NotInState):
            clues.confirm_opening(case, by=cast.second, at=MONDAY, version=case.version)
        clues.propose_opening(case, by=cast.second, at=MONDAY, version=case.version, text="应予立案。")
        assert workflow.waiting(case).proposed_by == cast.second

    def test_Z07_everybody_who_can_know_of_the_case_can_be_kept_out_by_page_stand_ins_too(self, cast):
        case = make.investigated(cast)
        Tenure.objects.filter(user=cast.third).update(until=date(2030, 1, 1))
        client = log_in(cast.office_head)
        step = reverse("admin:accountability_faultcase_do", args=[case.pk, "keep_out"])
        offered = set(client.get(step).context["form"].fields["person"].queryset)
        people = {getattr(cast, name) for name in ("leader", "mayor", "auditor", "appraiser", "third", "deputy")}
        assert people <= offered
        assert not {cast.clerk, cast.office_head, cast.tax_leader, cast.district_officer} & offered

        for person in (cast.leader, cast.auditor):
            sent = {"version": case.version, "person": person.pk, "reason": "与当事人系近亲属。"}
            assert client.post(step, sent).status_code == 302
            assert not FaultCase.objects.headers_visible_to(person).exists()
            case.refresh_from_db()


def card_about(about, cast):
    """Return a red card about a complaint, or about a correction of which a promise was broken."""
    return Card.objects.create(
        colour="red",
        origin="manual",
        rule="fees",
        state="issued",
        content_type=ContentType.objects.get_for_model(about),
        object_id=about.pk,
        organ=cast.city.construction,
        person=cast.clerk,
        passed_at=MONDAY,
        issued_at=MONDAY,
        points=10,
        proposed_by=cast.inspector,
        confirmed_by=cast.officer,
    )


def correction_from(about, cast):
    """Return a correction that came from a complaint, or from a card about one."""
    return Correction.objects.create(
        kind="opinion",
        state="draft",
        office=cast.city.office,
        organ=cast.city.construction,
        source="card" if isinstance(about, Card) else "case",
        content_type=ContentType.objects.get_for_model(about),
        object_id=about.pk,
        title="事项",
        drafted_by=cast.officer,
        drafted_at=MONDAY,
    )


class TestLedger:
    def test_Z07_whoever_is_kept_out_of_the_case_finds_nothing_of_it_in_the_ledger(self, cast):
        case = make.served(cast)
        assert Sanction.objects.visible_to(cast.third).exists()

        inquiry.keep_out(
            case, by=cast.office_head, at=MONDAY + 9 * DAY, version=case.version, person=cast.third, reason="亲属"
        )

        assert not Sanction.objects.headers_visible_to(cast.third).exists()
        assert Sanction.objects.visible_to(cast.second).exists()

    def test_Z07_under_appeal_the_ledger_is_shut_for_whoever_decided(self, cast):
        make.appealed(cast)

        assert not Sanction.objects.headers_visible_to(cast.office_head).exists()
        assert Sanction.objects.visible_to(cast.second).exists()

    def test_Z02_a_decision_shows_to_the_person_and_the_leader_once_it_is_served(self, cast):
        case = make.decided(cast)
        for person in (cast.clerk, cast.leader):
            assert not Sanction.objects.headers_visible_to(person).exists()
        assert Sanction.objects.visible_to(cast.officer).exists()

        serve(case, cast, make.respondent_of(case))

        for person in (cast.clerk, cast.leader):
            assert Sanction.objects.visible_to(person).exists()


class TestAppealOfOne:
    def test_an_appeal_is_ruled_on_while_another_respondent_is_still_to_be_served(self, cast):
        case = make.decided(cast)
        clerk = make.respondent_of(case)
        Respondent.objects.create(case=case, kind=RespondentKind.ORGAN, organ=cast.city.tax, added_at=MONDAY)
        serve(case, cast, clerk)
        appealing.appeal(clerk, by=cast.clerk, at=MONDAY + 9 * DAY, reasons="处理过重。")
        case.refresh_from_db()

        assert case.state == State.DECIDED
        assert reads(cast.second, case)
        assert not reads(cast.officer, case)
        assert not reads(cast.office_head, case)

        row = make.rule(case, cast, "upheld")
        assert row.ruled_at is not None
        assert not reads(cast.second, case)
        assert reads(cast.office_head, case)


class TestWhileSomethingWaits:
    def test_a_second_person_confirms_what_was_proposed_about_whom_it_was(self, cast):
        case = make.investigated(cast)
        none = {str(pk): {} for pk in case.respondents.values_list("pk", flat=True)}
        given = {"severity": "", "parts": none, "result": "no_accountability", "facts": make.FACTS}
        deciding.propose_decision(
            case, by=cast.officer, at=MONDAY, version=case.version, basis="第二十六条", reasons="情节不符。", **given
        )
        offered = {each.name: each.why_not for each in offers.offers(case, cast.officer, at=MONDAY)}
        assert offered["add_respondent"]
        assert offered["record_facts"]
        with pytest.raises(NotInState):
            clues.add_respondent(case, by=cast.officer, at=MONDAY, version=case.version, organ=cast.city.tax)

        case.refresh_from_db()
        deciding.confirm_decision(case, by=cast.office_head, at=MONDAY, version=case.version)

        assert case.state == State.DECIDED

    def test_facts_stand_while_the_opening_waits(self, cast):
        case = make.checked(cast)
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="应予立案。")
        with pytest.raises(NotInState):
            clues.record_facts(
                case,
                by=cast.officer,
                at=MONDAY,
                version=case.version,
                facts=make.FACTS,
                fault_type="incomplete",
                fault_on=date(2023, 5, 11),
            )

    def test_the_limitation_is_asked_about_again_when_the_opening_is_confirmed(self, cast):
        case = make.checked(cast)
        clues.propose_opening(case, by=cast.officer, at=MONDAY, version=case.version, text="应予立案。")
        FaultCase.objects.filter(pk=case.pk).update(limitation_on=date(2025, 5, 11))

        with pytest.raises(NotInState):
            clues.confirm_opening(case, by=cast.second, at=MONDAY, version=case.version)

        case.refresh_from_db()
        assert (case.state, case.opened_at) == (State.CHECKING, None)


class TestSecondPerson:
    def test_whoever_inquired_does_not_confirm_though_they_were_released(self, cast):
        case = make.heard(cast)
        Investigator.objects.create(
            case=case, person=cast.office_head, appointed_by=cast.deputy, appointed_at=MONDAY, ended_at=MONDAY + DAY
        )

        with pytest.raises(NotAllowed):
            make.decide(case, cast, at=MONDAY + 7 * DAY)

    def test_Z09_an_office_inquires_about_none_of_its_own(self, cast):
        case = make.checked(cast)
        post = Post.objects.get(tenures__user=cast.third)

        with pytest.raises(Invalid):
            clues.add_respondent(
                case, by=cast.officer, at=MONDAY, version=case.version, organ=cast.city.office, post=post
            )

        case.refresh_from_db()
        clues.add_respondent(case, by=cast.officer, at=MONDAY, version=case.version, organ=cast.city.tax)
        clues.add_respondent(case, by=cast.officer, at=MONDAY, version=case.version, organ=cast.city.district_office)
        assert case.respondents.count() == 3


class TestTwoInquire:
    """At least two persons inquire who can (docs/domain.md 10.5)."""

    @pytest.mark.parametrize("why", ["concerned", "kept out", "without a post"])
    def test_whoever_cannot_does_not_count(self, cast, why):
        case = make.investigated(cast)
        assert inquiry.why_too_few(case) == ""
        if why == "concerned":
            given = {"post": cast.post, "kind": TenureKind.STAND_IN, "since": date(2026, 1, 5)}
            Tenure.objects.create(user=cast.inspector, until=date(2026, 1, 9), **given)
        elif why == "kept out":
            given = {"reason": "亲属", "added_by": cast.deputy, "added_at": MONDAY}
            FaultAccess.objects.create(case=case, user=cast.inspector, kind="kept_out", **given)
        else:
            cast.inspector.tenures.update(until=date(2026, 5, 1))
        assert inquiry.why_too_few(case) != ""
        offered = {each.name: each.why_not for each in offers.offers(case, cast.officer, at=MONDAY)}
        assert offered["propose_decision"]
        decide = {"result": "no_accountability", "facts": "无", "basis": "无", "reasons": "无"}
        with pytest.raises(NotInState):
            deciding.propose_decision(case, by=cast.officer, at=MONDAY, version=case.version, **decide)

    def test_nothing_is_decided_before_everybody_was_told_nor_confirmed_when_one_of_the_two_cannot_any_more(self, cast):
        case = make.opened(cast)
        inquiry.appoint(case, by=cast.office_head, at=MONDAY, version=case.version, people=cast.investigators)
        decide = {"result": "no_accountability", "facts": "属实", "basis": "办法", "reasons": "情节不符。"}
        with pytest.raises(NotInState):
            deciding.propose_decision(case, by=cast.officer, at=MONDAY, version=case.version, **decide)
        case.refresh_from_db()
        inquiry.notify(case, by=cast.inspector, at=MONDAY, version=case.version)
        deciding.propose_decision(case, by=cast.officer, at=MONDAY, version=case.version, **decide)
        cast.inspector.tenures.update(until=date(2026, 5, 1))
        with pytest.raises(NotInState):
            deciding.confirm_decision(case, by=cast.office_head, at=MONDAY, version=case.version)

    def test_Z07_nobody_is_named_whose_post_an_investigator_held(self, cast):
        case = make.investigated(cast)
        post = cast.leader.tenures.get().post
        Tenure.objects.create(
            user=cast.inspector, post=post, kind=TenureKind.HOLDER, since=date(2020, 1, 6), until=date(2021, 1, 6)
        )
        with pytest.raises(NotAllowed):
            clues.add_respondent(
                case, by=cast.officer, at=MONDAY, version=case.version, organ=cast.city.construction, post=post
            )


class TestAnswerOfAnotherBody:
    @pytest.mark.parametrize(("on", "is_refused"), [(date(2026, 6, 2), True), (date(2026, 6, 8), False)])
    def test_10_5_no_body_answered_before_the_respondents_were_told_what_is_intended(self, cast, on, is_refused):
        case = make.heard(cast)  # told on 3 June
        given = {"body": "leading_group", "answer": Answer("佛效领〔2026〕5号", on, "同意。")}
        if is_refused:
            with pytest.raises(Invalid) as refused:
                make.decide(case, cast, at=MONDAY + 7 * DAY, **given)
            assert refused.value.field == "answered_on"
        else:
            make.decide(case, cast, at=MONDAY + 7 * DAY, **given)


class TestUnderAppeal:
    def test_Z07_an_office_that_reaches_the_case_but_does_not_rule_neither_reads_nor_sends_back(self, cast):
        case = make.appealed(cast)
        FaultCase.objects.filter(pk=case.pk).update(office=cast.city.district_office)
        Appeal.objects.update(office=cast.city.district_office)
        case.refresh_from_db()
        assert not reads(cast.third, case)
        assert reads(cast.district_officer, case)
        # A head of the office above reads every case in reach, and sends nothing back that is not theirs to rule on.
        given = {"result": "upheld", "text": "经复核，维持。", "appeal": appealing.open_appeals(case)[0]}
        appealing.propose_ruling(case, by=cast.district_officer, at=MONDAY + 10 * DAY, version=case.version, **given)
        assert reads(cast.deputy, case)
        with pytest.raises(NotAllowed):
            appealing.return_proposal(
                case, by=cast.deputy, at=MONDAY + 10 * DAY, version=case.version, remark="请补充。"
            )
        offered = {each.name: each.why_not for each in offers.offers(case, cast.deputy, at=MONDAY + 10 * DAY)}
        assert offered.get("return_proposal", "–") != ""


class TestViews:
    def test_L01_each_page_of_a_step_and_the_own_list_is_on_record(self, cast):
        case = make.served(cast)
        rows = AuditRecord.objects.filter(action__in=["fault.view", "fault.own_view"])
        other = make.clue(cast)
        page = reverse("admin:accountability_faultcase_do", args=[other.pk, "take_up"])
        assert log_in(cast.third).get(page).status_code == 200
        assert rows.filter(object_id=str(other.pk)).get().detail == {"step": "take_up"}
        leader = log_in(cast.leader)
        leader.get(reverse("admin:fault_own_list"))
        assert rows.filter(actor_id=cast.leader.pk).get().detail == {"cases": [case.pk]}
        leader.get(reverse("admin:fault_own_step", args=[make.respondent_of(case).pk, "execution"]))
        assert rows.filter(actor_id=cast.leader.pk, object_id=str(case.pk)).count() == 1


class TestFaultNotice:
    def test_a_fault_notice_is_read_by_whom_it_is_for_and_not_by_others_of_the_case(self, cast):
        clues.from_cards(Card.objects.filter(pk=make.red_card(cast).pk), at=MONDAY)
        case = FaultCase.objects.get()
        Respondent.objects.create(
            case=case, kind=RespondentKind.ORGAN, organ=cast.city.tax, added_at=MONDAY, notified_at=MONDAY
        )
        clues.take_up(case, by=cast.officer, at=MONDAY, version=case.version)
        given = {"ground": "minor", "text": "情节轻微。"}
        clues.propose_declining(case, by=cast.officer, at=MONDAY, version=case.version, **given)
        clues.confirm_declining(case, by=cast.second, at=MONDAY, version=case.version)
        of_tax = case.respondents.get(organ=cast.city.tax)

        other, own = log_in(cast.tax_leader), log_in(cast.clerk)
        mine = case.respondents.get(person=cast.clerk)
        assert "过失通知" in own.get(reverse("admin:fault_own_list")).content.decode()
        assert "过失通知" in own.get(reverse("admin:fault_own", args=[mine.pk])).content.decode()
        page = other.get(reverse("admin:fault_own_list")).context
        assert list(page["notices"]) == []
        assert list(other.get(reverse("admin:fault_own", args=[of_tax.pk])).context["notices"]) == []


class TestOnce:
    def test_S10_the_same_form_sent_twice_makes_one_case(self, cast):
        with time_machine.travel(MONDAY, tick=False):
            client, address = log_in(cast.officer), reverse("admin:accountability_faultcase_add")
            token = client.get(address).context["form"].initial["token"]
            typed = {
                "kind": "media", "organ": cast.city.construction.pk, "post": "", "text": "媒体反映窗口无人。",
                "fault_on": "2026-05-11", "fault_type": "abandon", "complaint": "", "token": token,
            }  # fmt: skip
            first, second = client.post(address, typed), client.post(address, typed)
            assert (first.status_code, second.status_code) == (302, 302)
            assert first.url == second.url
            assert FaultCase.objects.count() == 1
            assert client.post(address, typed | {"token": ""}).status_code == 302
            assert FaultCase.objects.count() == 2


class TestExecution:
    """Who owes the report of an execution can give it, whether or not they read the case (docs/domain.md 10.5)."""

    def of_organ(self, cast, organ, **fields):
        """Return a respondent of another organ, on whom the decision was served; the case is decided on the clerk."""
        case = make.served(cast)
        given = {"kind": RespondentKind.ORGAN, "measures": ["order_to_rectify"], "served_at": MONDAY + 8 * DAY}
        return Respondent.objects.create(case=case, organ=organ, added_at=MONDAY, **given | fields)

    @pytest.mark.parametrize("is_organ", [True, False])
    def test_the_leader_of_the_organ_reports_on_the_own_page(self, cast, is_organ):
        person = {} if is_organ else {"kind": RespondentKind.PERSON, "person": cast.district_officer}
        row = self.of_organ(cast, cast.city.tax, **person)
        assert not reads(cast.tax_leader, row.case)
        with time_machine.travel(MONDAY + 9 * DAY, tick=False):
            client, step = log_in(cast.tax_leader), reverse("admin:fault_own_step", args=[row.pk, "execution"])
            assert row.case.number in client.get(reverse("admin:fault_own_list")).content.decode()
            assert step in client.get(reverse("admin:index")).content.decode()
            own = client.get(reverse("admin:fault_own", args=[row.pk]))
            assert step in (own.content.decode() if is_organ else own.url)
            assert may_know_respondents([cast.tax_leader.pk], [row.pk])
            assert client.get(step).status_code == 200
            assert client.post(step, {"text": ""}).status_code == 200
            assert client.post(step, {"text": "已责令整改。"}).status_code == 302
            assert client.get(step).status_code == 404
        row.refresh_from_db()
        assert row.execution == "已责令整改。"
        assert row.case.events.latest("number").actor_organ == cast.city.tax

    def test_10_7_training_is_shown_to_person_leader_and_office_until_it_is_reported(self, cast):
        case = make.decided(cast, Measure.OFF_POST_TRAINING)
        row, ledger = make.respondent_of(case), reverse("admin:accountability_sanction_changelist")
        own, first = reverse("admin:fault_own_list"), reverse("admin:index")
        clerk, leader, officer = (log_in(each) for each in (cast.clerk, cast.leader, cast.officer))
        with time_machine.travel(MONDAY + 9 * DAY, tick=False):
            # Before it is served it is told to nobody.
            assert 'id="fault-trainings"' not in clerk.get(own).content.decode()
            serve(case, cast, row)
            promise = deadlines.running(row, deadlines.EXECUTE)
            (sanction,) = Sanction.objects.all()
            page = reverse("admin:accountability_sanction_change", args=[sanction.pk])
            assert clerk.get(own).context["trainings"][0][1].due_at == promise.due_at
            assert page in clerk.get(own).content.decode()
            assert page in clerk.get(first).content.decode()
            assert clerk.get(page).status_code == 200
            for address in (own, first):
                assert "离岗培训" in leader.get(address).content.decode()
            assert officer.get(ledger, {"standing": "training"}).context["cl"].result_count == 1

            deciding.report_for_organ(row, by=cast.leader, at=MONDAY + 9 * DAY, text="已完成离岗培训。")
            assert page not in clerk.get(own).content.decode() + clerk.get(first).content.decode()
            assert officer.get(ledger, {"standing": "training"}).context["cl"].result_count == 0

    def test_nobody_else_reports_it(self, cast):
        row = self.of_organ(cast, cast.city.tax)
        step = reverse("admin:fault_own_step", args=[row.pk, "execution"])
        for name in ("leader", "mayor", "clerk", "office_head", "auditor"):
            assert log_in(getattr(cast, name)).get(step).status_code == 404, name

    def test_nobody_reports_on_themselves(self, cast):
        row = self.of_organ(cast, cast.city.tax, kind=RespondentKind.PERSON, person=cast.tax_leader)
        step = reverse("admin:fault_own_step", args=[row.pk, "execution"])
        assert log_in(cast.tax_leader).get(step).status_code == 404

    @pytest.mark.parametrize("over", ["another respondent", "a complaint"])
    def test_Z07_a_leader_who_answers_too_or_is_recused_from_what_it_came_from_reports_on_nobody(self, cast, over):
        case = make.decided(cast)
        row = make.respondent_of(case)
        if over == "another respondent":
            given = {"organ": cast.city.construction, "person": cast.leader, "kind": RespondentKind.PERSON}
            Respondent.objects.create(case=case, added_at=MONDAY, **given)
        else:
            complaint = complaints.file(cast, at=MONDAY).case
            Clue.objects.create(case=case, received_at=MONDAY, kind=ClueKind.COMPLAINT, complaint=complaint)
            Recusal.objects.create(case=complaint, user=cast.leader, ground="declared", at=MONDAY, by=cast.officer)

        serve(case, cast, row)

        assert deadlines.running(row, deadlines.EXECUTE).organ == case.office
        assert not Message.objects.filter(kind="faults.serve", recipient=cast.leader).exists()
        assert not may_know_respondents([cast.leader.pk], [row.pk])
        with time_machine.travel(MONDAY + 9 * DAY, tick=False):
            leader = log_in(cast.leader)
            assert case.number not in leader.get(reverse("admin:fault_own_list")).content.decode()
            assert leader.get(reverse("admin:fault_own_step", args=[row.pk, "execution"])).status_code == 404

    def test_the_promise_is_that_of_the_post_in_charge_and_its_holder_is_told(self, cast):
        case = make.served(cast)
        row = make.respondent_of(case)
        promise = deadlines.running(row, deadlines.EXECUTE)
        assert promise.post == Post.objects.get(tenures__user=cast.leader)
        told = Message.objects.filter(kind="faults.serve", channel="portal")
        assert list(told.values_list("recipient_id", flat=True)) == [cast.leader.pk]


class TestPersonnelFile:
    """A copy goes to the personnel file where the measure says so, within five working days (docs/domain.md 10.5)."""

    def test_10_5_the_copy_is_promised_recorded_by_page_and_gone_for_before_the_case_is_closed(self, cast):
        case = make.served(cast, Measure.ADMONISHMENT)
        row = make.respondent_of(case)
        promise = deadlines.running(row, deadlines.FILE_COPY)
        assert (promise.organ, promise.due_at.date()) == (case.office, date(2026, 6, 16))
        make.report(case, cast, at=MONDAY + 9 * DAY)
        assert "人事档案" in deciding.why_not_closed(case, MONDAY + 60 * DAY)

        with time_machine.travel(MONDAY + 10 * DAY, tick=False):
            client = log_in(cast.officer)
            step = reverse("admin:accountability_faultcase_do", args=[case.pk, "file_copy"])
            sent = {"version": case.version, "respondent": row.pk, "filed_on": date(2026, 6, 8)}
            # Not before the service, not in days to come.
            assert client.post(step, sent).status_code == 200
            assert client.post(step, sent | {"filed_on": date(2026, 6, 12)}).status_code == 200
            assert client.post(step, sent | {"filed_on": date(2026, 6, 10)}).status_code == 302
            case.refresh_from_db()
            assert (
                step
                not in client.get(reverse("admin:accountability_faultcase_change", args=[case.pk])).content.decode()
            )
        row.refresh_from_db()
        assert row.filed_on == date(2026, 6, 10)
        assert deadlines.last(row, deadlines.FILE_COPY).state == "met"
        with pytest.raises(NotInState):
            deciding.file_copy(
                case, by=cast.officer, at=MONDAY + 10 * DAY, version=case.version, respondent=row, filed_on=row.filed_on
            )
        assert deciding.why_not_closed(case, MONDAY + 60 * DAY) == ""

        # What a ruling changes afterwards goes there as well.
        appealing.appeal(row, by=cast.clerk, at=MONDAY + 11 * DAY, reasons="处理过重。")
        case.refresh_from_db()
        make.rule(case, cast, "revoked", at=MONDAY + 12 * DAY)
        row.refresh_from_db()
        assert row.filed_on is None
        assert deadlines.running(row, deadlines.FILE_COPY) is not None

    def test_10_5_a_talk_goes_to_no_file_and_a_ruling_before_the_copy_ends_its_promise(self, cast):
        assert deadlines.last(make.respondent_of(make.served(cast)), deadlines.FILE_COPY) is None
        case = make.appealed(cast, Measure.ADMONISHMENT)
        row = make.respondent_of(case)
        assert deadlines.running(row, deadlines.FILE_COPY) is not None
        make.rule(case, cast, "lighter", Measure.ADMONITION_TALK)
        assert deadlines.running(row, deadlines.FILE_COPY) is None


class TestEndOfATenure:
    def test_Z02_what_a_respondent_has_time_for_is_not_told_to_whoever_ends_their_tenure(self, cast):
        case = make.announced(cast)
        tenure = Tenure.objects.get(user=cast.clerk)
        assert deadlines.running(make.respondent_of(case), deadlines.DEFENCE).responsible == cast.clerk
        assert handing_over.owed_by(tenure) == []


class TestHeaders:
    def test_looks_into_a_case_about_the_auditor_are_absent_for_them(self, cast):
        case = make.investigated(cast)
        inquiry.reveal(case, by=cast.leader, at=MONDAY, reason="安排谈话")
        assert looks_of(cast.auditor).count() == 1

        post = Post.objects.get(tenures__user=cast.auditor)
        Respondent.objects.create(
            case=case, kind=RespondentKind.PERSON, organ=post.organ, post=post, person=cast.auditor, added_at=MONDAY
        )

        assert not looks_of(cast.auditor).exists()

    def test_P04_more_than_twenty_looks_on_a_day_are_pointed_out_once(self, cast):
        case = make.investigated(cast)
        told = Message.objects.filter(kind="faults.many_looks", recipient=cast.auditor, channel="portal")
        for _look in range(20):
            inquiry.reveal(case, by=cast.leader, at=MONDAY, reason="安排谈话")
        assert not told.exists()
        for _look in range(2):
            inquiry.reveal(case, by=cast.leader, at=MONDAY, reason="安排谈话")
        assert told.count() == 1


class TestEscalations:
    def test_broken_promises_of_fault_cases_are_found_by_whoever_reads_the_case(self, cast):
        case = make.served(cast)
        row = make.respondent_of(case)
        broken = [deadlines.last(case, deadlines.DECIDE), deadlines.running(row, deadlines.EXECUTE)]
        found = [
            Escalation.objects.create(
                deadline=each,
                level=3,
                passed_at=MONDAY + 90 * DAY,
                found_at=MONDAY + 90 * DAY,
                kind=each.kind,
                content_type=each.content_type,
                object_id=each.object_id,
                organ=each.organ,
            )
            for each in broken
        ]

        assert set(escalations_visible_to(cast.office_head)) == set(found)
        assert not escalations_visible_to(cast.third).exists()
        assert not escalations_visible_to(cast.district_officer).exists()
        named = others_of(found)
        assert {each.number for each in named.values()} == {case.number}
        client = log_in(cast.office_head)
        assert case.number in client.get(reverse("supervision:escalations")).content.decode()
        for each in found:
            assert client.get(reverse("supervision:escalation", args=[each.pk])).status_code == 200
