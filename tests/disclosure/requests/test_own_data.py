"""What is kept about an applicant is theirs to see, to correct, to hide and to have erased (docs/trust.md P-13)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disclosure.models import RequestErasure, RequestEvent, RequestIdentity, RequestLook
from disclosure.requests import answering, applying, deadlines, identity, invariants, offers, own_data, personal
from disclosure.requests.enums import Delivery, State
from disclosure.requests.refusals import Invalid, NotAllowed, NotInState
from efficiency.audit.models import AuditRecord
from efficiency.audit.verify import count_sql
from efficiency.deadlines.models import DeadlineState
from efficiency.outbox.models import Message
from efficiency.refusals import WrongCode
from efficiency.timing.due import local_day
from tests.factories import requests as make
from tests.factories.requests import MONDAY

LATER = MONDAY + timedelta(hours=1)
POSTED = {"delivery": Delivery.POST, "consent": True}


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }
    settings.ERASURE_LEDGER = str(tmp_path / "erasures")


@pytest.fixture
def receipt(cast):
    return make.file(cast, proof=[make.PAPER])


@pytest.fixture
def posted(cast):
    applicant = make.Applicant("person", "李晓兰", phone="13812345678", address="佛山市禅城区某路1号")
    return make.file(cast, applicant=applicant, **POSTED)


def ask_erasure(receipt, at=LATER):
    personal.ask_erasure(receipt.request, at=at, code=receipt.code)
    return receipt.request


def decide(request, by, verb, at=LATER, **typed):
    return getattr(personal, verb)(request, by=by, at=at, version=request.version, **typed)


class TestCopy:
    def test_P13_the_applicant_sees_all_that_is_kept_and_that_is_on_record(self, receipt):
        copy = personal.own_copy(receipt.request, at=LATER, code=receipt.code)

        assert (copy.identity.name, copy.identity.phone, copy.identity.email) == (
            "李晓兰",
            "13812345678",
            "lan@example.cn",
        )
        assert copy.file_names == [(1, "test.pdf")]
        assert "李晓兰" not in repr(copy)
        shown = AuditRecord.objects.get(action="inforequest.own_copy")
        assert (shown.actor_id, shown.object_id, shown.detail) == (None, str(receipt.request.pk), {})

    @pytest.mark.parametrize("verb", ["own_copy", "correct_contact", "ask_erasure"])
    def test_P13_needs_the_code_again(self, receipt, verb):
        before = receipt.request.version
        with pytest.raises(WrongCode):
            getattr(personal, verb)(receipt.request, at=LATER, code=receipt.code[::-1])
        receipt.request.refresh_from_db()
        assert receipt.request.version == before


class TestContact:
    def test_P13_P12_the_correction_holds_at_once_and_says_only_what_changed(self, receipt):
        event = personal.correct_contact(
            receipt.request, at=LATER, code=receipt.code, phone="0757-83331234", email="", address="佛山市某路2号"
        )

        now = identity.opened(RequestIdentity.objects.get())
        assert (now.name, now.phone, now.email, now.address) == ("李晓兰", "0757-83331234", "", "佛山市某路2号")
        assert event.data == {"changed": ["phone", "email", "address"]}
        assert (event.public_text, event.internal_text) == ("", "")

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({}, None),
            ({"phone": "13812345678"}, None),
            ({"phone": "", "email": ""}, "phone"),
            ({"phone": "多少"}, "phone"),
            ({"email": "nobody"}, "email"),
        ],
    )
    def test_P13_what_does_not_do_changes_nothing(self, receipt, typed, field):
        with pytest.raises(Invalid) as refusal:
            personal.correct_contact(receipt.request, at=LATER, code=receipt.code, **typed)
        assert refusal.value.field == field
        assert not RequestEvent.objects.filter(action="correct_contact").exists()

    def test_P13_without_the_address_to_which_it_goes_the_answer_is_given_here(self, posted):
        event = personal.correct_contact(posted.request, at=LATER, code=posted.code, address="")
        assert event.data == {"changed": ["address", "delivery"]}
        assert posted.request.delivery == Delivery.ONLINE


class TestHiding:
    def test_P06_consent_is_taken_back_for_good(self, cast):
        receipt = make.file(cast, consent=True)
        assert identity.seats_that_may_look(receipt.request, cast.editor)

        personal.hide_identity(receipt.request, at=LATER)

        assert identity.seats_that_may_look(receipt.request, cast.editor) == []
        with pytest.raises(NotInState):
            personal.hide_identity(receipt.request, at=LATER)

    @pytest.mark.parametrize("hides_first", [True, False])
    def test_P13_no_answer_on_paper_is_owed_to_somebody_whom_the_organ_does_not_know(self, cast, posted, hides_first):
        request = posted.request
        if hides_first:
            personal.hide_identity(request, at=LATER)
        make.answer(request, cast, at=LATER)
        if not hides_first:
            personal.hide_identity(request, at=LATER)
        assert not request.consent

        applying.ask_review(request, at=LATER, reasons="答复不全")
        answering.decide_review(
            request, by=cast.officer, at=LATER, version=request.version, result="again", text="应当重新答复"
        )
        make.draft(request, cast, at=LATER)
        answering.approve(request, by=cast.leader, at=LATER, version=request.version)
        assert (request.state, request.delivery) == (State.ANSWERED, Delivery.ONLINE)

    def test_P13_what_waited_to_be_sent_on_paper_is_given_here_without_a_letter(self, cast, posted):
        request = posted.request
        make.draft(request, cast, at=LATER)
        answering.approve(request, by=cast.leader, at=LATER, version=request.version)
        personal.hide_identity(request, at=LATER)
        answering.deliver(request, by=cast.editor, at=LATER, version=request.version, note="")
        assert request.state == State.ANSWERED


class TestErasure:
    def test_P13_is_decided_by_the_office_within_fifteen_working_days(self, cast, receipt):
        request = ask_erasure(receipt)

        promise = deadlines.running(request, deadlines.ERASURE)
        assert (promise.organ_id, local_day(promise.due_at).isoformat()) == (cast.city.office.pk, "2026-10-10")
        assert offers.waiting_for(cast.officer).filter(pk=request.pk).exists()
        told = set(Message.objects.filter(kind="requests.ask_erasure").values_list("recipient", flat=True))
        assert cast.officer.pk in told
        assert cast.editor.pk not in told
        with pytest.raises(NotInState):
            ask_erasure(receipt)
        for person in (cast.editor, cast.leader, cast.inspector):
            with pytest.raises(NotAllowed):
                decide(request, person, "grant_erasure")

    def test_P11_granted_nobody_knows_any_more_who_asked_and_the_request_goes_on(self, cast, receipt):
        request = ask_erasure(receipt)

        decide(request, cast.officer, "grant_erasure")

        assert not RequestIdentity.objects.exists()
        assert RequestErasure.objects.get().request == request
        assert request.files.get(purpose="proof").sealed_name == ""
        assert deadlines.last(request, deadlines.ERASURE).state == DeadlineState.MET
        assert deadlines.running(request, deadlines.ANSWER) is not None
        for sql in (invariants.ERASED_IS_THERE, invariants.WITHOUT_PROMISE):
            assert count_sql(sql)() == 0
        make.answer(request, cast, at=LATER)
        assert request.state == State.ANSWERED
        with pytest.raises(NotInState):
            personal.own_copy(request, at=LATER, code=receipt.code)

    def test_P13_it_is_decided_although_the_request_has_ended_meanwhile(self, cast, receipt):
        request = ask_erasure(receipt)
        applying.withdraw(request, at=LATER)
        assert count_sql(invariants.WITHOUT_PROMISE)() == 0
        decide(request, cast.officer, "grant_erasure")
        assert request.next_due_at is None

    def test_P13_refused_the_applicant_reads_ground_and_explanation_and_may_ask_again(self, cast, receipt):
        request = ask_erasure(receipt)
        with pytest.raises(Invalid):
            decide(request, cast.officer, "refuse_erasure", ground="open", text=" ")
        decide(request, cast.officer, "refuse_erasure", ground="open", text="尚在办理，答复后可再申请")

        page = own_data.page_of(request, at=LATER)
        assert page.refusal is not None
        assert page.refusal.text == "尚在办理，答复后可再申请"
        assert page.may_ask_erasure
        applying.withdraw(request, at=LATER)
        ask_erasure(receipt)
        assert own_data.page_of(request, at=LATER).refusal is None
        with pytest.raises(Invalid):  # it is open no more
            decide(request, cast.officer, "refuse_erasure", ground="open", text="尚在办理")

    def test_P13_although_paper_is_owed_it_is_granted_and_the_answer_given_here(self, cast, posted):
        request = ask_erasure(posted)
        offered = {each.name: bool(each.why_not) for each in offers.offers(request, cast.officer, at=LATER)}
        assert (offered["grant_erasure"], offered["refuse_erasure"]) == (False, False)
        decide(request, cast.officer, "grant_erasure")
        make.answer(request, cast, at=LATER)
        assert (request.state, request.delivery) == (State.ANSWERED, Delivery.ONLINE)


class TestPages:
    def at(self, receipt, name="data"):
        return reverse(f"disclosure:request_own_{name}", args=[receipt.number])

    def test_P13_from_the_masked_page_to_the_erasure_by_pages_alone(self, client, cast):
        receipt = make.file(cast, at=timezone.now(), proof=[make.PAPER], consent=True)
        RequestLook.objects.create(
            request=receipt.request, by=cast.officer, organ=cast.city.office, at=timezone.now(), category="proof",
            reason="核对",
        )  # fmt: skip
        client.post("/disclosure/requests/track/", {"number": receipt.number, "code": receipt.code})
        code = {"code": receipt.code}

        masked = client.get(self.at(receipt))
        words = masked.content.decode()
        assert "no-store" in masked["Cache-Control"]
        assert "138****5678" in words
        assert "13812345678" not in words
        assert cast.city.office.name in words  # who has looked
        assert "13812345678" in client.post(self.at(receipt), code).content.decode()
        wrong = client.post(self.at(receipt), {"code": receipt.code[::-1]}).content.decode()
        assert "13812345678" not in wrong

        typed = {"phone": "0757-83331234", "drop_email": "on", "address": "某路3号", **code}
        assert client.post(self.at(receipt, "contact"), typed).status_code == 302
        assert identity.opened(RequestIdentity.objects.get()).address == "某路3号"
        assert client.post(self.at(receipt, "hide")).status_code == 302
        assert client.post(self.at(receipt, "erasure"), code).status_code == 302
        receipt.request.refresh_from_db()
        assert not receipt.request.consent
        assert deadlines.running(receipt.request, deadlines.ERASURE) is not None

        desk = Client()
        desk.force_login(cast.officer)
        address = reverse("admin:disclosure_informationrequest_do", args=[receipt.request.pk, "grant_erasure"])
        assert desk.post(address, {"version": receipt.request.version, "confirmed": "on"}).status_code == 302
        assert not RequestIdentity.objects.exists()
        assert client.get(self.at(receipt)).status_code == 200
        assert client.get(self.at(receipt, "contact")).status_code == 302

    @pytest.mark.parametrize("name", ["data", "contact", "hide", "erasure"])
    def test_Z02_nobody_reads_or_changes_it_without_number_and_code(self, client, receipt, name):
        answer = client.post(self.at(receipt, name), {"code": receipt.code})
        assert answer.status_code == 302
        assert answer["Location"].startswith("/disclosure/requests/track/")
        assert RequestIdentity.objects.exists()
        assert not RequestEvent.objects.exclude(action="file").exists()
