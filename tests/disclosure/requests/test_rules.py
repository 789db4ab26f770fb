"""The rules of docs/domain.md 6.3, one by one, with the worked example."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disclosure.models import InformationRequest, RequestEvent, RequestFile
from disclosure.requests import answering, applying, citizen, deadlines, filing, handling, offers, texts, workflow
from disclosure.requests.access import seats_to
from disclosure.requests.enums import DRAFTABLE, Delivery, Ground, Opinion, Outcome, ReportRow, ReviewResult, State
from disclosure.requests.filing import Applicant, Registered
from disclosure.requests.messages import Told
from disclosure.requests.refusals import Absent, Changed, Invalid, NotAllowed, NotInState, TooEarly
from efficiency import codes
from efficiency.access.scope import scope_of
from efficiency.deadlines import actions as engine
from efficiency.deadlines import sweep
from efficiency.deadlines.models import DeadlineState
from efficiency.outbox import registry
from efficiency.outbox.models import Message
from tests.factories import requests as make
from tests.factories.cases import local
from tests.factories.requests import MONDAY, PAPER, TEXT
from tests.soundness import violated

pytestmark = pytest.mark.django_db


def last_day(request, kind):
    return timezone.localdate(deadlines.last(request, kind).due_at)


def why_not(request, user, step, at):
    """Return why a step is offered but cannot be taken."""
    return next(offer.why_not for offer in offers.offers(request, user, at=at) if offer.name == step)


def record_letter(request, cast, day, *, at):
    handling.record_letter(request, by=cast.editor, at=at, version=request.version, received_on=day)


def sound():
    """Say which invariants of requests are violated: none may be."""
    return violated("equest")


class TestWorkedExample:  # received 2026-09-14
    def test_answer_by_2026_10_16_and_supplement_notice_by_2026_09_22(self, request_):
        assert last_day(request_, deadlines.ANSWER) == date(2026, 10, 16)
        assert last_day(request_, deadlines.SUPPLEMENT_NOTICE) == date(2026, 9, 22)
        assert timezone.localdate(request_.next_due_at) == date(2026, 9, 22)

    def test_letter_received_2026_09_17_opinion_by_2026_10_14(self, cast, request_):
        make.consult(request_, cast, at=local(2026, 9, 16))

        handling.record_letter(
            request_, by=cast.editor, at=local(2026, 9, 18), version=request_.version, received_on=date(2026, 9, 17)
        )

        assert last_day(request_, deadlines.THIRD_PARTY) == date(2026, 10, 14)

    def test_the_whole_way_leaves_everything_sound(self, cast, request_):
        handling.take_up(request_, by=cast.editor, at=MONDAY, version=request_.version)
        make.consult(request_, cast, at=local(2026, 9, 16))
        handling.record_opinion(
            request_, by=cast.editor, at=local(2026, 9, 21), version=request_.version, opinion=Opinion.AGREES
        )
        # 16, 17, 18, 20 (a working Sunday) and 21 September are not counted.
        assert last_day(request_, deadlines.ANSWER) == date(2026, 10, 23)
        make.answer(request_, cast, at=local(2026, 10, 20))

        assert request_.state == State.ANSWERED
        assert deadlines.last(request_, deadlines.ANSWER).state == DeadlineState.MET
        assert [event.action for event in request_.events.order_by("number")] == [
            "file", "take_up", "consult", "record_opinion", "draft", "approve_online",
        ]  # fmt: skip
        assert sound() == []


class TestReceipt:
    def test_Art31_on_paper_the_clock_runs_from_the_day_of_receipt(self, cast):
        by_post = Registered(cast.editor, "registered_mail", date(2026, 9, 11))

        request = make.file(cast, registered=by_post).request

        assert timezone.localdate(request.received_at) == date(2026, 9, 11)
        assert last_day(request, deadlines.ANSWER) == date(2026, 10, 15)
        assert request.events.get().at == MONDAY

    @pytest.mark.parametrize(("way", "day"), [("web", date(2026, 9, 14)), ("visit", date(2026, 9, 15))])
    def test_Art31_neither_by_the_net_nor_ahead_of_time(self, cast, way, day):
        with pytest.raises(Invalid):
            make.file(cast, registered=Registered(cast.editor, way, day))

    def test_Z01_nobody_registers_for_another_organ(self, cast):
        for person in (cast.tax_editor, cast.clerk):
            with pytest.raises(NotAllowed):
                make.file(cast, registered=Registered(person, "visit", date(2026, 9, 14)))

    def test_I19_number_says_what_and_when(self, request_):
        assert request_.number.startswith("YS2026")
        assert codes.check_number(request_.number, prefix=codes.REQUEST)
        assert not codes.check_number(request_.number)

    def test_S10_the_same_form_files_once_and_shows_the_code_for_thirty_minutes(self, cast):
        first = make.file(cast, token="a" * 32)
        again = make.file(cast, token="a" * 32, at=MONDAY + timedelta(minutes=30))
        late = filing.receipt_of("a" * 32, at=MONDAY + timedelta(minutes=31))

        assert (again.number, again.code, again.again) == (first.number, first.code, True)
        assert (late.number, late.code) == (first.number, None)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"organ": None}, "organ"),
            ({"title": "x"}, "title"),
            ({"applicant": Applicant("person", "")}, "name"),
            ({"applicant": Applicant("person", "李晓兰")}, "phone"),
            ({"applicant": Applicant("commercial", "某公司", phone="0757-8888888")}, "contact"),
            ({"delivery": Delivery.POST}, "consent"),
            ({"delivery": Delivery.POST, "consent": True}, "address"),
        ],
    )
    def test_what_is_missing_is_named(self, cast, fields, field):
        with pytest.raises(Invalid) as refusal:
            make.file(cast, **fields)

        assert refusal.value.field == field


class TestSupplement:  # Art. 30
    def test_clock_restarts_when_it_arrives(self, cast, request_):
        make.ask_supplement(request_, cast, at=local(2026, 9, 16))
        assert deadlines.running(request_, deadlines.ANSWER) is None
        assert request_.state == State.SUPPLEMENTING

        applying.supplement(request_, at=local(2026, 9, 21), text="祖庙片区，2025年。", files=[PAPER])

        assert request_.state == State.HANDLING
        assert last_day(request_, deadlines.ANSWER) == date(2026, 10, 26)
        assert RequestFile.objects.get(request=request_).purpose == "material"
        assert sound() == []

    def test_is_asked_once(self, cast, request_):
        make.ask_supplement(request_, cast)
        applying.supplement(request_, at=MONDAY, text="祖庙片区")

        with pytest.raises(NotInState):
            make.ask_supplement(request_, cast)

    def test_pitfall_13_is_not_asked_after_seven_working_days(self, cast, request_):
        handling.take_up(request_, by=cast.editor, at=MONDAY, version=request_.version)

        with pytest.raises(NotInState):
            make.ask_supplement(request_, cast, at=local(2026, 9, 23, 0, 0))

        make.ask_supplement(request_, cast, at=local(2026, 9, 22, 23, 59))

    def test_is_abandoned_by_the_worker_once_the_time_is_over(self, cast, request_):
        make.ask_supplement(request_, cast, at=local(2026, 9, 16))
        over = deadlines.last(request_, deadlines.SUPPLEMENT).overdue_at
        with pytest.raises(NotInState):
            handling.abandon(request_, by=cast.editor, at=over - timedelta(seconds=1), version=request_.version)

        handling.abandon(request_, by=cast.editor, at=over, version=request_.version)

        assert (request_.state, request_.reported_as) == (State.ABANDONED, ReportRow.ABANDONED)
        assert sound() == []


class TestOpinion:  # Art. 32 to 34
    def test_silence_ends_with_the_last_day_whenever_the_worker_looks(self, cast, request_):
        make.consult(request_, cast, at=local(2026, 9, 16))
        handling.record_letter(
            request_, by=cast.editor, at=local(2026, 9, 17), version=request_.version, received_on=date(2026, 9, 17)
        )
        assert handling.lapse_opinions(at=local(2026, 10, 14, 23, 59)) == 0

        assert handling.lapse_opinions(at=local(2026, 10, 19)) == 1
        assert handling.lapse_opinions(at=local(2026, 10, 19)) == 0

        standstill = deadlines.last(request_, deadlines.ANSWER).suspensions.get()
        request_.refresh_from_db()
        assert request_.state == State.HANDLING
        assert request_.consultations.get().opinion == Opinion.SILENT
        assert timezone.localdate(standstill.ended_at) == date(2026, 10, 14)
        # Day 1 was 15 September: 19 are left, counted on from 15 October.
        assert last_day(request_, deadlines.ANSWER) == date(2026, 11, 10)
        assert sound() == []

    def test_a_letter_that_nobody_records_stops_the_clock_for_five_working_days_alone(self, cast, request_):
        make.consult(request_, cast, at=local(2026, 9, 16))
        # 17, 18, 20 (a working Sunday), 21 and 22 September.
        assert handling.lapse_opinions(at=local(2026, 9, 22, 23, 59)) == 0

        assert handling.lapse_opinions(at=local(2026, 9, 24)) == 1

        request_.refresh_from_db()
        standstill = deadlines.last(request_, deadlines.ANSWER).suspensions.get()
        assert timezone.localdate(standstill.ended_at) == date(2026, 9, 22)
        assert request_.state == State.HANDLING
        assert request_.consultations.get().opinion == ""
        assert deadlines.running(request_, deadlines.THIRD_PARTY) is None
        assert sound() == []
        with pytest.raises(Invalid) as refusal:
            make.consult(request_, cast, at=local(2026, 9, 24), party=" 某某 置业公司")
        assert refusal.value.field == "party"

    def test_an_objection_is_given_in_words(self, cast, request_):
        make.consult(request_, cast)

        with pytest.raises(Invalid):
            handling.record_opinion(
                request_, by=cast.editor, at=MONDAY, version=request_.version, opinion=Opinion.OBJECTS
            )
        with pytest.raises(Invalid):
            handling.record_opinion(
                request_, by=cast.editor, at=MONDAY, version=request_.version, opinion=Opinion.SILENT
            )

    def test_who_is_asked_stays_inside(self, cast, request_):
        make.consult(request_, cast)

        event = RequestEvent.objects.get(action="consult")
        assert "置业" not in event.public_text + str(event.data)
        assert "third_party" not in {row.kind for row in deadlines.shown_to_applicant(request_)}


class TestMoreTime:  # Art. 33
    def ask(self, request, cast, at=MONDAY, days=20):
        handling.ask_extension(
            request, by=cast.editor, at=at, version=request.version, days=days, reason="跨年度资料多"
        )

    def test_once_at_most_twenty_days_decided_by_another_and_told(self, cast, request_):
        with pytest.raises(NotInState):
            self.ask(request_, cast, days=21)
        self.ask(request_, cast)

        handling.extend(request_, by=cast.leader, at=MONDAY, version=request_.version, reason="资料跨年度")

        assert last_day(request_, deadlines.ANSWER) == date(2026, 11, 13)
        assert RequestEvent.objects.get(action="extend").public_text == "资料跨年度"
        with pytest.raises(NotInState):
            self.ask(request_, cast)

    def test_Z10_whoever_asked_does_not_decide(self, cast, request_):
        handling.ask_extension(
            request_, by=cast.leader, at=MONDAY, version=request_.version, days=5, reason="资料跨年度"
        )

        with pytest.raises(NotAllowed):
            handling.extend(request_, by=cast.leader, at=MONDAY, version=request_.version, reason="资料")
        handling.extend(request_, by=cast.office_head, at=MONDAY, version=request_.version, reason="资料")

    def test_is_neither_given_nor_asked_after_the_end_and_lapses(self, cast, request_):
        self.ask(request_, cast)
        late = local(2026, 10, 17)

        with pytest.raises(NotInState):
            handling.extend(request_, by=cast.leader, at=late, version=request_.version, reason="资料")
        assert handling.lapse_extensions(at=late) == 1
        assert handling.lapse_extensions(at=late) == 0
        request_.refresh_from_db()
        with pytest.raises(NotInState):
            self.ask(request_, cast, at=late)

    def test_a_wish_neither_lapses_nor_is_granted_while_the_clock_stands_still(self, cast, request_):
        self.ask(request_, cast)
        make.consult(request_, cast, at=local(2026, 9, 16))
        record_letter(request_, cast, date(2026, 10, 9), at=local(2026, 10, 9))
        late = local(2026, 10, 20)

        assert handling.lapse_extensions(at=late) == 0
        assert why_not(request_, cast.leader, "extend", late)
        with pytest.raises(NotInState):
            handling.extend(request_, by=cast.leader, at=late, version=request_.version, reason="资料")

    def test_nor_while_the_applicant_is_asked_for_a_supplement(self, cast, request_):
        self.ask(request_, cast)
        make.ask_supplement(request_, cast)

        assert why_not(request_, cast.leader, "extend", MONDAY)
        with pytest.raises(NotInState):
            handling.extend(request_, by=cast.leader, at=MONDAY, version=request_.version, reason="资料")

    def test_what_comes_after_the_last_day_is_refused_and_says_why(self, cast, request_):
        self.ask(request_, cast)
        late = local(2026, 10, 17)

        assert why_not(request_, cast.leader, "extend", late)
        assert why_not(request_, cast.editor, "consult", late)
        with pytest.raises(NotInState):
            make.consult(request_, cast, at=late)


class TestAnswer:  # Art. 36 to 39
    NEEDS = {
        Outcome.GRANTED: ("attachments", {"attachments": [PAPER]}),
        Outcome.PARTLY_GRANTED: ("severed", {"attachments": [PAPER], "severed": "第3页：商业秘密"}),
        Outcome.REFUSED: ("ground", {"ground": Ground.PROCESS}),
        Outcome.NOT_EXIST: ("search_note", {"search_note": "档案室、办公系统，按项目名称检索"}),
        Outcome.NOT_THIS_ORGAN: ("right_organ", {"right_organ": "佛山市生态环境局"}),
    }

    @pytest.mark.parametrize("outcome", list(NEEDS))
    def test_each_outcome_asks_for_what_the_law_asks_for(self, cast, request_, outcome):
        field, given = self.NEEDS[outcome]
        missing = {name: value for name, value in given.items() if name != field}

        with pytest.raises(Invalid) as refusal:
            make.draft(request_, cast, outcome=outcome, **({"attachments": []} | missing))
        assert refusal.value.field == field

        make.draft(request_, cast, outcome=outcome, **({"attachments": []} | given))

    def test_what_was_not_asked_first_cannot_be_said(self, cast, request_):
        for outcome in (Outcome.UNCLEAR, Outcome.EXCESSIVE, Outcome.ABANDONED):
            with pytest.raises(Invalid):
                make.draft(request_, cast, outcome=outcome)

        handling.ask_reasons(request_, by=cast.editor, at=MONDAY, version=request_.version, text="本月已申请四十件")
        with pytest.raises(Invalid):
            make.draft(request_, cast, outcome=Outcome.EXCESSIVE)
        assert handling.why_not_excessive(request_, local(2026, 9, 23)) == ""
        applying.give_reasons(request_, at=MONDAY, text="都需要")
        make.draft(request_, cast, outcome=Outcome.EXCESSIVE)

    def test_Art32_third_party_is_no_ground_before_one_was_asked(self, cast, request_):
        refusal_ = {"outcome": Outcome.REFUSED, "ground": Ground.THIRD_PARTY, "attachments": []}
        with pytest.raises(Invalid) as refusal:
            make.draft(request_, cast, **refusal_)
        assert refusal.value.field == "ground"
        self.object_to(request_, cast)

        make.draft(request_, cast, **refusal_)

    def test_Art32_what_is_given_against_an_objection_names_the_public_interest(self, cast, request_):
        self.object_to(request_, cast)
        with pytest.raises(Invalid) as refusal:
            make.draft(request_, cast)
        assert refusal.value.field == "public_interest"

        make.draft(request_, cast, public_interest="涉及饮用水安全")

        assert RequestEvent.objects.get(action="draft").internal_text == "涉及饮用水安全"

    def object_to(self, request, cast):
        make.consult(request, cast)
        said = {"opinion": Opinion.OBJECTS, "text": "属于商业秘密"}
        handling.record_opinion(request, by=cast.editor, at=MONDAY, version=request.version, **said)

    @pytest.mark.parametrize("outcome", DRAFTABLE)
    def test_each_outcome_has_its_text_with_article_and_both_remedies(self, cast, request_, outcome):
        text = texts.text_of(request_, outcome, Ground.INTERNAL)

        assert "条" in texts.TEMPLATES[outcome].article
        assert texts.TEMPLATES[outcome].article in text
        assert "六十日内依法申请行政复议" in text
        assert "六个月内" in text
        if texts.GAP.search(texts.TEMPLATES[outcome].body):
            assert texts.gaps_left(text, outcome)

    def test_a_gap_of_the_template_is_refused_and_a_document_number_is_none(self, cast, request_):
        number = "佛建〔2026〕12号"
        with pytest.raises(Invalid) as refusal:
            make.draft(request_, cast, text=f"现提供{number}，详见附件：〔附件名称〕。")
        assert refusal.value.field == "text"

        make.draft(request_, cast, text=f"现将{number}提供给您。")

    def test_Z10_whoever_drafted_does_not_approve(self, cast, request_):
        answering.draft(
            request_, by=cast.leader, at=MONDAY, version=request_.version, outcome=Outcome.IS_PETITION, text=TEXT
        )

        with pytest.raises(NotAllowed):
            answering.approve(request_, by=cast.leader, at=MONDAY, version=request_.version)
        with pytest.raises(NotAllowed):
            answering.approve(request_, by=cast.editor, at=MONDAY, version=request_.version)
        answering.approve(request_, by=cast.office_head, at=MONDAY, version=request_.version)

    def test_sent_back_with_a_remark_it_is_drafted_anew(self, cast, request_):
        make.draft(request_, cast)
        answering.return_draft(request_, by=cast.leader, at=MONDAY, version=request_.version, remark="缺附件说明")
        make.answer(request_, cast)

        assert [answer.state for answer in request_.answers.order_by("number")] == ["returned", "sent"]
        assert sound() == []

    def test_U08_is_not_given_while_the_applicant_cannot_fetch_its_files(self, cast, request_, settings):
        settings.SCANNER_URL = "tcp://scanner.test:3310"
        make.draft(request_, cast)
        file = request_.answers.get().files
        for found in ("", "Eicar"):
            file.update(scanned_at=MONDAY if found else None, harmful=found)
            assert why_not(request_, cast.leader, "approve", MONDAY)
            with pytest.raises(NotInState):
                answering.approve(request_, by=cast.leader, at=MONDAY, version=request_.version)

        file.update(scanned_at=MONDAY, harmful="")
        answering.approve(request_, by=cast.leader, at=MONDAY, version=request_.version)

    def test_on_paper_it_counts_when_it_is_sent(self, cast):
        applicant = Applicant("person", "李晓兰", address="佛山市禅城区祖庙路1号")
        request = make.file(cast, applicant=applicant, delivery=Delivery.POST, consent=True).request
        make.draft(request, cast)
        answering.approve(request, by=cast.leader, at=local(2026, 10, 16), version=request.version)
        assert request.state == State.APPROVED
        assert request.answered_at is None

        answering.deliver(request, by=cast.editor, at=local(2026, 10, 19), version=request.version, note="挂号信")

        assert deadlines.last(request, deadlines.ANSWER).is_late(at=local(2026, 10, 19))
        assert sound() == []

    def test_F21_a_stale_page_changes_nothing(self, cast, request_):
        seen = request_.version
        handling.take_up(request_, by=cast.editor, at=MONDAY, version=seen)

        with pytest.raises(Changed):
            answering.draft(request_, by=cast.leader, at=MONDAY, version=seen, outcome=Outcome.IS_PETITION, text=TEXT)
        assert not request_.answers.exists()

    def test_Z02_for_others_it_does_not_exist(self, cast, request_):
        for person in (cast.clerk, cast.tax_editor, cast.auditor):
            with pytest.raises(Absent):
                handling.take_up(request_, by=person, at=MONDAY, version=request_.version)


class TestReview:
    def test_is_decided_by_the_office_and_answered_anew_in_its_own_time(self, cast, request_):
        make.answer(request_, cast)
        assert last_day(request_, deadlines.REVIEW_APPLY) == date(2026, 10, 14)
        applying.ask_review(request_, at=local(2026, 9, 16), reasons="附件不是所申请的文件")
        assert last_day(request_, deadlines.REVIEW) == date(2026, 10, 13)
        assert deadlines.last(request_, deadlines.REVIEW).organ == cast.city.office
        with pytest.raises(NotAllowed):
            answering.decide_review(
                request_, by=cast.leader, at=MONDAY, version=request_.version, result=ReviewResult.UPHELD, text="无误"
            )

        answering.decide_review(
            request_,
            by=cast.officer,
            at=local(2026, 9, 18),
            version=request_.version,
            result=ReviewResult.AGAIN,
            text="附件有误，应重新答复",
        )
        assert last_day(request_, deadlines.ANSWER) == date(2026, 10, 15)
        make.answer(request_, cast, at=local(2026, 9, 21), outcome=Outcome.IS_PETITION, attachments=[])

        assert request_.outcome == Outcome.IS_PETITION
        # Counted once, when and as it was answered first.
        assert (request_.reported_on, request_.reported_as) == (date(2026, 9, 14), ReportRow.GRANTED)
        assert sound() == []

    def test_whoever_approved_does_not_review(self, cast, request_):
        make.draft(request_, cast)
        answering.approve(request_, by=cast.office_head, at=MONDAY, version=request_.version)
        applying.ask_review(request_, at=MONDAY, reasons="不对")

        # Z-07: as long as that lasts it is absent for them, but not for the organ that answered.
        told = Message.objects.filter(kind="requests.ask_review").values_list("recipient_id", flat=True)
        for person, sees in ((cast.office_head, False), (cast.officer, True), (cast.editor, True)):
            assert InformationRequest.objects.visible_to(person).exists() == sees
            assert InformationRequest.objects.headers_visible_to(person).exists() == sees
            assert bool(seats_to(scope_of(person), request_)) == sees
        assert not offers.waiting_for(cast.office_head).exists()
        assert offers.waiting_for(cast.officer).exists()
        assert cast.office_head.pk not in told
        assert cast.officer.pk in told
        with pytest.raises(Absent):
            answering.decide_review(
                request_, by=cast.office_head, at=MONDAY, version=request_.version, result="upheld", text="无误"
            )
        answering.decide_review(
            request_, by=cast.officer, at=MONDAY, version=request_.version, result="upheld", text="无误"
        )
        with pytest.raises(NotInState):
            applying.ask_review(request_, at=MONDAY, reasons="还是不对")

    def test_can_be_asked_for_thirty_days(self, cast, request_):
        make.answer(request_, cast)

        with pytest.raises(NotInState):
            applying.ask_review(request_, at=local(2026, 10, 15, 0, 0), reasons="不对")
        applying.ask_review(request_, at=local(2026, 10, 14, 23, 59), reasons="不对")


class TestWithdrawal:
    def test_ends_every_promise_and_whatever_waits(self, cast, request_):
        make.consult(request_, cast)

        applying.withdraw(request_, at=local(2026, 9, 16), reason="已从网站找到")

        assert (request_.state, request_.reported_as) == (State.WITHDRAWN, ReportRow.OTHER)
        assert not engine.running(request_).exists()
        assert sound() == []

    def test_is_too_late_after_the_answer(self, cast, request_):
        make.answer(request_, cast)

        with pytest.raises(NotInState):
            applying.withdraw(request_, at=MONDAY)


class TestOnPaper:
    def test_a_supplement_by_letter_restarts_the_clock_on_the_day_of_its_receipt(self, cast, request_):
        make.ask_supplement(request_, cast, at=local(2026, 9, 16))
        given = {"by": cast.editor, "at": local(2026, 9, 23), "version": request_.version, "text": "祖庙片区"}
        for day in (date(2026, 9, 15), date(2026, 9, 24)):
            with pytest.raises(Invalid):
                handling.enter_supplement(request_, received_on=day, **given)

        handling.enter_supplement(request_, received_on=date(2026, 9, 21), **given)

        assert request_.state == State.HANDLING
        assert last_day(request_, deadlines.ANSWER) == date(2026, 10, 26)
        assert timezone.localdate(request_.next_due_at) == date(2026, 10, 26)
        assert sound() == []

    def test_withdrawal_and_review_by_letter_are_entered_by_staff(self, cast, request_):
        other = make.file(cast).request
        make.answer(request_, cast)

        self.enter_review(request_, cast, date(2026, 9, 14), at=MONDAY)
        handling.enter_withdrawal(other, by=cast.editor, at=MONDAY, version=other.version, text="9月14日来函")

        assert (request_.state, other.state) == (State.REVIEWING, State.WITHDRAWN)
        assert sound() == []

    def test_a_wish_for_a_review_counts_on_the_day_on_which_the_letter_was_received(self, cast, request_):
        make.answer(request_, cast)
        late = local(2026, 10, 19)
        sweep.run(at=late)
        for day, refusal in (
            (date(2026, 9, 13), Invalid), (date(2026, 10, 20), Invalid), (date(2026, 10, 15), NotInState)
        ):  # fmt: skip
            with pytest.raises(refusal):
                self.enter_review(request_, cast, day, at=late)
        assert why_not(request_, cast.editor, "enter_review", late) == ""

        self.enter_review(request_, cast, date(2026, 10, 14), at=late)

        review = deadlines.last(request_, deadlines.REVIEW)
        assert timezone.localdate(review.started_at) == date(2026, 10, 14)
        assert request_.next_due_at == review.due_at
        assert sound() == []

    def enter_review(self, request, cast, day, *, at):
        given = {"received_on": day, "reasons": "不对"}
        answering.enter_review(request, by=cast.editor, at=at, version=request.version, **given)


class TestEscalation:
    def test_a_late_answer_goes_up_like_every_promise_and_tells_no_clerk(self, cast, request_):
        handling.take_up(request_, by=cast.editor, at=MONDAY, version=request_.version)

        sweep.run(at=local(2026, 10, 19))

        told = Message.objects.filter(kind="deadlines.level_2", subject_id=request_.pk)
        assert deadlines.last(request_, deadlines.ANSWER).level == 2
        assert {cast.editor.pk, cast.leader.pk, cast.officer.pk} <= set(told.values_list("recipient_id", flat=True))
        assert cast.clerk.pk not in set(told.values_list("recipient_id", flat=True))

    def test_I09_every_step_that_tells_staff_has_its_words(self):
        told = [row.action for row in workflow.TABLE if set(row.told) - {Told.APPLICANT}]

        assert told
        assert all(registry.kind(f"requests.{action}") for action in told)

    def test_Z15_letters_hold_the_number_alone(self, cast):
        applicant = Applicant("person", "李晓兰", email="lan@example.cn")
        request = make.file(cast, applicant=applicant, wants_email=True).request
        make.answer(request, cast)

        letters = Message.objects.filter(recipient_ref=f"disclosure.applicant:{request.pk}").order_by("pk")
        assert [letter.kind for letter in letters] == ["requests.received", "requests.news"]
        assert all(letter.values == {} for letter in letters)


class TestCall:
    """The applicant has the office step in once a promise is broken, as complainants can."""

    def test_from_the_first_second_late_once_for_each_promise_and_the_office_is_told(self, cast):
        receipt = make.file(cast)
        request = receipt.request
        promise = deadlines.running(request, deadlines.SUPPLEMENT_NOTICE)
        with pytest.raises(TooEarly) as refusal:
            applying.urge(request, at=promise.due_at)
        assert "2026" in str(refusal.value)
        before = citizen.page_of(request, at=promise.due_at)
        assert (before.may_urge, before.urge_from) == (False, promise.overdue_at)

        late = promise.overdue_at
        assert citizen.page_of(request, at=late).may_urge
        first = applying.urge(request, at=late)
        assert first.data == {"deadline": promise.pk}
        assert promise.escalations.exists()
        told = set(Message.objects.filter(kind="requests.urge").values_list("recipient", flat=True))
        assert cast.officer.pk in told
        assert not told & {cast.editor.pk, cast.leader.pk}
        assert applying.urge(request, at=late + timedelta(hours=1)) == first
        after = citizen.page_of(request, at=late)
        assert (after.may_urge, after.urged) == (False, True)

        answer = deadlines.running(request, deadlines.ANSWER).overdue_at  # another promise, another call
        assert applying.urge(request, at=answer) != first
        assert request.events.filter(action="urge").count() == 2

    def test_what_stands_still_is_not_late(self, cast):
        request = make.file(cast).request
        make.consult(request, cast)
        with pytest.raises(NotInState):
            applying.urge(request, at=MONDAY + timedelta(days=90))

    def test_the_button_of_the_tracking_page(self, cast, client):
        receipt = make.file(cast, at=timezone.now() - timedelta(days=60))
        client.post("/disclosure/requests/track/", {"number": receipt.number, "code": receipt.code})
        page, call = (reverse(f"disclosure:request{name}", args=[receipt.number]) for name in ("", "_urge"))
        assert call in client.get(page).content.decode()
        assert client.post(call).status_code == 302
        assert receipt.request.events.filter(action="urge").exists()
        assert Client().post(call)["Location"].startswith("/disclosure/requests/track/")


class TestFee:
    """A fee may be asked for what is plainly beyond reason (Art. 42)."""

    def asked(self, request, cast, at=MONDAY, amount="40", text="按件计收，汇至财政专户。"):
        handling.ask_fee(request, by=cast.editor, at=at, version=request.version, amount=Decimal(amount), text=text)

    def test_Art42_the_clock_ends_with_the_notice_and_restarts_on_the_day_of_payment(self, cast, request_):
        for amount, text in (("0", "按件"), ("0.001", "按件"), ("40", " ")):
            with pytest.raises(Invalid):
                self.asked(request_, cast, amount=amount, text=text)
        self.asked(request_, cast)
        page = citizen.page_of(request_, at=MONDAY)
        assert (page.fee, page.fee_for, request_.state) == ("40.00", "按件计收，汇至财政专户。", State.UNPAID)
        assert last_day(request_, deadlines.FEE) == date(2026, 10, 16)
        assert deadlines.running(request_, deadlines.ANSWER) is None
        assert sound() == []

        friday = MONDAY + timedelta(days=4)
        handling.record_payment(
            request_, by=cast.editor, at=friday, version=request_.version, received_on=date(2026, 9, 17)
        )
        assert deadlines.last(request_, deadlines.FEE).state == DeadlineState.MET
        assert timezone.localdate(deadlines.running(request_, deadlines.ANSWER).started_at) == date(2026, 9, 17)
        with pytest.raises(NotInState):  # once
            self.asked(request_, cast, at=friday)
        make.answer(request_, cast, at=friday)
        assert sound() == []

    def test_Art42_unpaid_in_time_it_counts_as_given_up_in_a_row_of_its_own(self, cast, request_):
        self.asked(request_, cast)
        over = deadlines.running(request_, deadlines.FEE).overdue_at
        give_up = {"by": cast.editor, "version": request_.version}
        with pytest.raises(NotInState):
            handling.give_up_unpaid(request_, at=over - timedelta(seconds=1), **give_up)
        sweep.run(at=over, rehearsal=True)
        assert why_not(request_, cast.editor, "give_up_unpaid", over) == ""
        handling.give_up_unpaid(request_, at=over, **give_up)
        assert (request_.state, request_.outcome, request_.reported_as) == (
            State.ABANDONED,
            Outcome.UNPAID,
            ReportRow.FEE,
        )
        assert sound() == []
        with pytest.raises(Invalid):
            make.draft(make.file(cast).request, cast, outcome=Outcome.UNPAID)
