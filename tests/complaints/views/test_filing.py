"""The public form and its receipt, through the browser's door (docs/architecture.md; docs/trust.md S-10, S-13)."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.models import Attachment, Case, CaseIdentity
from efficiency.access import counters
from efficiency.files.models import DraftFile

pytestmark = pytest.mark.django_db

NEW = "/complaints/new/"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture
def limits_start_anew(monkeypatch):
    """Counters of this test alone, in the process."""
    alone = counters.Counters("")
    alone._is_away = False
    monkeypatch.setattr(counters, "shared", lambda: alone)


def contract_fields(cast, **changes):
    """The fields of the contract, filled in by a named citizen."""
    return {
        "kind": "complaint",
        "category": "delay",
        "organ": cast.city.construction.pk,
        "title": "施工许可超过承诺时限",
        "description": "11月3日递交材料,承诺五个工作日办结,至今没有答复,请督促。",
        "location": "建设局一楼3号窗口",
        "named_person": "",
        "name": "陈小明",
        "phone": "13812345678",
        "email": "",
        "consent": "",
    } | changes


def open_form(client):
    """Open the form as a browser does; return its one-time token."""
    page = client.get(NEW)
    return re.search(r'name="token" value="([^"]+)"', page.content.decode())[1]


def receipt_of(response):
    """Number and code as the receipt page carries them."""
    text = response.content.decode()
    number = re.search(r'data-case-number="([^"]+)"', text)
    code = re.search(r'data-case-code="([^"]+)"', text)
    return number and number[1], code and code[1]


class TestFiling:
    def test_the_fields_of_the_contract_alone_file_a_case(self, client, cast):
        response = client.post(NEW, contract_fields(cast), follow=True)

        number, code = receipt_of(response)
        assert re.fullmatch(r"XN20\d{2}\d{6,}\d", number)
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", code)
        assert Case.objects.get(number=number).description == contract_fields(cast)["description"]

    def test_the_receipt_is_kept_by_no_cache_and_holds_no_code_in_its_address(self, client, cast):
        response = client.post(NEW, contract_fields(cast), follow=True)

        _number, code = receipt_of(response)
        assert "no-store" in response["Cache-Control"]
        assert all(code not in address for address, _status in response.redirect_chain)

    def test_the_form_shows_the_dates_of_the_promise_before_it_is_sent(self, client, cast):
        text = client.get(NEW).content.decode()

        assert text.count("data-portal-promise=") == 4

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"kind": ""}, "kind"),
            ({"category": ""}, "category"),
            ({"title": "字"}, "title"),
            ({"description": "太短"}, "description"),
            ({"name": ""}, "name"),
            ({"phone": ""}, "phone"),
            ({"email": "not-an-address"}, "email"),
            ({"organ": "999999"}, "organ"),
        ],
    )
    def test_what_does_not_do_is_said_beside_the_field_and_nothing_typed_is_lost(self, client, cast, changes, field):
        sent = contract_fields(cast, **changes)

        response = client.post(NEW, sent)

        form = response.context["form"]
        assert field in form.errors
        assert form["description"].value() == sent["description"]
        assert f'href="#{form[field].id_for_label}' in response.content.decode() or field in ("kind", "category")
        assert not Case.objects.exists()

    def test_other_kinds_than_complaints_need_no_category(self, client, cast):
        client.post(NEW, contract_fields(cast, kind="consultation", category=""))

        assert Case.objects.get().category == ""

    def test_Z04_other_fields_change_nothing(self, client, cast):
        client.post(
            NEW, contract_fields(cast, state="archived", office=cast.city.tax.pk, channel="superior", version=9)
        )

        case = Case.objects.get()
        assert (case.state, case.channel, case.version, case.office) == ("received", "web", 1, cast.city.office)

    def test_P05_anonymous_drops_name_and_contact_although_they_were_sent(self, client, cast):
        client.post(NEW, contract_fields(cast, anonymous="on", consent="on"))

        case = Case.objects.get()
        assert case.anonymous
        assert not case.consent
        assert not CaseIdentity.objects.exists()

    def test_R06_a_filled_trap_field_is_a_flag_and_no_reason_to_drop(self, client, cast):
        client.post(NEW, contract_fields(cast, website="http://example.com"))

        assert "honeypot" in Case.objects.get().flags

    def test_S13_a_failed_check_of_the_form_gives_it_back_filled(self, cast):
        strict = Client(enforce_csrf_checks=True)
        sent = contract_fields(cast)

        response = strict.post(NEW, sent)

        assert sent["description"] in response.content.decode()
        assert not Case.objects.exists()

    def test_without_javascript_nothing_is_hidden_that_must_be_answered(self, client, cast):
        text = client.get(NEW).content.decode()

        for name in ("kind", "category", "organ", "title", "description", "anonymous", "name", "phone", "attachments"):
            assert f'name="{name}"' in text
        assert 'id="id_website"' in text


class TestS10TheReceiptSurvivesALostAnswer:
    def test_the_same_form_sent_again_gives_one_case_and_the_same_receipt(self, client, cast):
        sent = contract_fields(cast, token=open_form(client))
        client.post(NEW, sent)  # the answer is lost

        again = client.post(NEW, sent, follow=True)

        assert Case.objects.count() == 1
        assert receipt_of(again)[0] == Case.objects.get().number
        assert receipt_of(again)[1]

    def test_after_thirty_minutes_it_says_that_it_had_come_before_and_the_number_alone(self, client, cast, monkeypatch):
        sent = contract_fields(cast, token=open_form(client))
        first = client.post(NEW, sent, follow=True)
        assert "此前已收到您的诉求" not in first.content.decode()
        later = timezone.now() + timedelta(minutes=31)
        monkeypatch.setattr(timezone, "now", lambda: later)

        again = client.post(NEW, sent, follow=True)

        text = again.content.decode()
        assert "此前已收到您的诉求" in text
        assert f'data-case-number="{Case.objects.get().number}"' in text
        assert "data-case-code=" not in text

    def test_reloading_the_receipt_shows_it_again(self, client, cast):
        first = client.post(NEW, contract_fields(cast), follow=True)

        assert receipt_of(client.get(reverse("complaints:receipt"))) == receipt_of(first)

    def test_another_browser_gets_no_receipt_from_the_token(self, client, cast):
        sent = contract_fields(cast, token=open_form(client))
        client.post(NEW, sent)

        other = Client()
        response = other.post(NEW, sent, follow=True)

        # For the other browser the token is none: it filed a case of its own, with a code of its own.
        assert Case.objects.count() == 2
        assert receipt_of(response)[0] != Case.objects.order_by("pk").first().number

    def test_another_browser_does_not_see_the_receipt_page(self, client, cast):
        client.post(NEW, contract_fields(cast))

        assert Client().get(reverse("complaints:receipt")).status_code == 410


class TestFilesOfTheForm:
    def test_good_files_are_kept_when_another_field_is_wrong(self, client, cast):
        token = open_form(client)
        sent = contract_fields(cast, token=token, title="字")

        response = client.post(NEW, sent | {"attachments": [SimpleUploadedFile("证据.png", PNG, "image/png")]})

        assert [draft.name for draft in response.context["drafts"]] == ["证据.png"]
        client.post(NEW, contract_fields(cast, token=token))
        assert Attachment.objects.get().case == Case.objects.get()
        assert not DraftFile.objects.exists()

    def test_a_kept_file_can_be_taken_out_again(self, client, cast):
        token = open_form(client)
        sent = contract_fields(cast, token=token, title="字")
        response = client.post(NEW, sent | {"attachments": [SimpleUploadedFile("证据.png", PNG, "image/png")]})
        draft = response.context["drafts"][0]

        client.post(NEW, contract_fields(cast, token=token, remove_file=draft.id))

        assert Case.objects.exists()
        assert not Attachment.objects.exists()

    def test_U01_a_bad_file_is_named_with_its_reason_and_the_rest_stays(self, client, cast):
        bad = SimpleUploadedFile("病毒.exe", b"MZ\x90\x00", "application/octet-stream")

        response = client.post(NEW, contract_fields(cast, token=open_form(client)) | {"attachments": [bad]})

        assert "病毒.exe" in str(response.context["form"].errors["attachments"])
        assert not Case.objects.exists()


class TestP07PersonalNumbersArePointedOut:
    def test_P07_once_before_filing_with_a_masked_preview(self, client, cast):
        sent = contract_fields(
            cast, token=open_form(client), description="我的身份证号是11010519491231002X,请核对处理。"
        )

        first = client.post(NEW, sent)

        assert "110*************2X" in first.content.decode()
        assert not Case.objects.exists()
        client.post(NEW, sent | {"personal_seen": "1"})
        assert Case.objects.exists()


class TestLimits:
    @pytest.fixture(autouse=True)
    def _no_kiosk(self, settings):
        settings.KIOSK_ADDRESSES = []
        settings.FILINGS_PER_10_MINUTES = 2

    def test_R03_above_the_soft_limit_one_question_is_asked(self, client, cast, limits_start_anew):
        for _ in range(2):
            client.post(NEW, contract_fields(cast))

        asked = client.post(NEW, contract_fields(cast))

        assert asked.context["question"] is not None
        assert Case.objects.count() == 2

    def test_R03_and_whoever_answers_it_goes_on(self, client, cast, limits_start_anew, monkeypatch):
        monkeypatch.setattr("efficiency.pages.question.secrets.choice", lambda numbers: numbers[0])
        for _ in range(2):
            client.post(NEW, contract_fields(cast))
        asked = client.post(NEW, contract_fields(cast))

        client.post(NEW, contract_fields(cast, question=asked.context["question"].signed, answer="4"))

        assert Case.objects.count() == 3

    def test_R02_far_above_it_the_form_comes_back_with_the_time_to_wait(
        self, client, cast, limits_start_anew, settings
    ):
        settings.FILINGS_PER_10_MINUTES = 0

        refused = client.post(NEW, contract_fields(cast))

        assert refused.status_code == 429
        assert int(refused["Retry-After"]) > 0
        assert contract_fields(cast)["description"] in refused.content.decode()
