"""The applicant's way through the pages: file once, track, supplement, read the answer; nothing for anybody else."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from disclosure.models import InformationRequest, RequestEvent, RequestFile, RequestIdentity, RequestToken
from disclosure.requests import answering, filing, views
from disclosure.requests.enums import State
from efficiency import codes
from efficiency.files import store
from efficiency.pages import tracking_session
from tests.factories import requests as make

pytestmark = pytest.mark.django_db
NEW, TRACK = "/disclosure/requests/new/", "/disclosure/requests/track/"
CARD = "440601199001011239"


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}},
    }


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def receipt(cast, now):
    return make.file(cast, at=now)


def sent(cast, **changes):
    return {
        "organ": cast.city.construction.pk,
        "title": "旧城改造项目的环评批复",
        "description": "2025年3月前后作出",
        "form": "electronic",
        "delivery": "online",
        "applicant_kind": "person",
        "name": "李晓兰",
        "phone": "0757-83331234",
        "attachments": SimpleUploadedFile("李晓兰身份证.txt", "证件扫描".encode(), "text/plain"),
    } | changes


def token_of(response):
    found = re.search(r'name="token" value="([^"]+)"', response.content.decode())
    assert found
    return found[1]


def opened(browser, receipt):
    return browser.post(TRACK, {"number": receipt.number, "code": receipt.code})


class TestFiling:
    def test_shows_the_promise_and_what_may_be_public_before_sending(self, client, cast):
        page = client.get(NEW, {"q": "没有这样的文件"}).content.decode()

        assert "20" in page
        assert f'<time datetime="{views.answered_by(timezone.now()).date().isoformat()[:7]}' in page
        assert "没有找到已公开的信息" in page or "Nothing public was found" in page
        assert 'value="没有这样的文件"' in page
        # A field for the number of an identity card, or for the purpose, is nowhere.
        assert not re.search(r'name="(identity|id_card|purpose|usage)', page)

    def test_S10_leads_to_one_receipt_however_often_it_is_sent(self, client, cast):
        token = token_of(client.get(NEW))
        first = client.post(NEW, sent(cast, token=token))
        again = client.post(NEW, sent(cast, token=token))

        request = InformationRequest.objects.get()
        page = client.get(first["Location"])
        assert first["Location"] == again["Location"] == "/disclosure/requests/new/received/"
        assert f'data-case-number="{request.number}"' in page.content.decode()
        code = re.search(r'data-case-code="([^"]+)"', page.content.decode())
        assert code
        assert filing.open_tracking(request.number, code[1]) == request
        assert "no-store" in page["Cache-Control"]
        # Nobody else gets it, and after leaving the browser does not either.
        assert Client().get(first["Location"]).status_code == 410
        client.post(f"{TRACK}leave/")
        assert client.get(first["Location"]).status_code == 410

    def test_P07_an_identity_card_number_typed_anywhere_is_pointed_out_once(self, client, cast):
        for field in ("title", "description", "address"):
            page = client.post(NEW, sent(cast, token=token_of(client.get(NEW)), **{field: f"身份证{CARD}"}))
            assert page.status_code == 200
            assert 'name="personal_seen"' in page.content.decode()
        assert not InformationRequest.objects.exists()

        token = token_of(client.get(NEW))
        client.post(NEW, sent(cast, token=token, title=f"身份证{CARD}", personal_seen="1"))
        assert InformationRequest.objects.count() == 1

    def test_errors_name_field_and_cure_and_keep_what_was_typed(self, client, cast):
        page = client.post(NEW, sent(cast, organ="", attachments="", token=token_of(client.get(NEW)))).content.decode()

        assert 'href="#id_organ"' in page
        assert 'href="#id_attachments"' in page
        assert "旧城改造项目的环评批复" in page

    def test_P01_U03_of_the_proof_only_the_sealed_original_is_kept(self, client, cast, tmp_path):
        client.post(NEW, sent(cast, token=token_of(client.get(NEW))))

        proof, row = RequestFile.objects.get(), RequestIdentity.objects.get()
        kept = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert proof.storage_name == ""
        assert [store.read(proof.sealed_name, proof.sealed_sha256)] == [path.read_bytes() for path in kept]
        everything = b"".join(path.read_bytes() for path in kept) + bytes(proof.original_name) + bytes(row.name)
        assert "证件扫描".encode() not in everything
        assert "李晓兰".encode() not in everything

    def test_S13_comes_back_filled_when_the_check_of_its_token_failed(self, cast):
        strict = Client(enforce_csrf_checks=True)

        page = strict.post(NEW, sent(cast))

        assert page.status_code == 403
        assert "旧城改造项目的环评批复" in page.content.decode()
        assert not InformationRequest.objects.exists()


class TestSecrecy:
    def test_S12_unknown_number_and_wrong_code_get_the_same_answer(self, client, receipt, now):
        unknown = codes.number_for(999_999_999, now, prefix=codes.REQUEST)
        answers = [
            client.post(TRACK, {"number": number, "code": "0" * 16}).content.decode().replace(number, "N")
            for number in (unknown, receipt.number)
        ]
        plain = [re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"|nonce-[^"\']+', "", answer) for answer in answers]

        assert plain[0] == plain[1]

    def test_S12_a_mistyped_number_is_called_so_without_looking_it_up(self, client, receipt):
        wrong = receipt.number[:-1] + str((int(receipt.number[-1]) + 1) % 10)

        assert client.post(TRACK, {"number": wrong, "code": receipt.code}).status_code == 200
        assert 'href="#id_number"' in client.post(TRACK, {"number": wrong, "code": receipt.code}).content.decode()

    def test_S08_a_session_opens_one_request_and_ends(self, client, cast, receipt, now, monkeypatch):
        other = make.file(cast, at=now)
        first = opened(client, receipt)

        page = client.get(first["Location"])
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        assert 'data-case-state="received"' in page.content.decode()
        assert client.get(reverse("disclosure:request", args=[other.number]))["Location"].startswith(TRACK)
        assert client.get(f"{TRACK}{receipt.number}%00/")["Location"].startswith(TRACK)  # no database takes it
        later = now + timedelta(seconds=tracking_session.IDLE_SECONDS + 5)
        monkeypatch.setattr(views.timezone, "now", lambda: later)
        assert client.get(first["Location"])["Location"] == f"{TRACK}?ended=1"

    def test_S08_leaving_clears_it(self, client, receipt):
        page = opened(client, receipt)["Location"]

        left = client.post(f"{TRACK}leave/")

        assert left["Clear-Site-Data"] == '"cache"'
        assert client.get(page)["Location"].startswith(TRACK)

    def test_a_code_of_a_request_opens_no_case_and_the_other_way_round(self, client, receipt):
        answer = client.post("/complaints/track/", {"number": receipt.number, "code": receipt.code})

        assert answer.status_code == 200
        assert "request" not in client.cookies

    @pytest.mark.parametrize("page", ["", "withdraw/", "supplement/", "files/1/"])
    def test_Z02_leads_back_without_number_and_code_and_does_nothing(self, receipt, page):
        address = reverse("disclosure:request", args=[receipt.number]) + page
        for send in (Client().get, Client().post):
            answer = send(address)
            assert answer.status_code in (200, 302, 405)
            assert receipt.request.title not in answer.content.decode()
        assert InformationRequest.objects.get().version == 1


class TestSteps:
    def test_supplement_is_taken_once_by_the_same_form(self, client, cast, receipt, now):
        make.ask_supplement(receipt.request, cast, at=now)
        opened(client, receipt)
        address = reverse("disclosure:request_step", args=[receipt.number, "supplement"])
        page = client.get(address)
        assert "请写明项目名称和年份" in page.content.decode()

        for _twice in range(2):
            answer = client.post(address, {"token": token_of(page), "text": "祖庙片区，2025年"})
            assert answer["Location"] == reverse("disclosure:request", args=[receipt.number])

        assert RequestEvent.objects.filter(action="supplement").count() == 1
        assert RequestToken.objects.count() == 1
        # What is no longer possible leads back.
        assert client.get(address)["Location"] == reverse("disclosure:request", args=[receipt.number])

    def test_F20_what_was_being_sent_when_the_session_had_ended_comes_back(self, cast, receipt, now):
        make.ask_supplement(receipt.request, cast, at=now)
        browser = Client()
        address = reverse("disclosure:request_step", args=[receipt.number, "supplement"])
        asked = browser.post(address, {"text": "祖庙片区，2025年"}).content.decode()
        sealed = re.search(r'name="interrupted" value="([^"]+)"', asked)
        assert sealed
        assert "祖庙" not in asked

        form = {"number": receipt.number, "code": receipt.code, "interrupted": sealed[1]}
        back = browser.post(TRACK, form)
        again = browser.post(back["Location"], form)

        assert back.status_code == 307
        assert "祖庙片区，2025年" in again.content.decode()
        assert not RequestEvent.objects.filter(action="supplement").exists()

    def test_the_answer_is_read_with_ground_remedy_and_files_by_its_applicant_alone(self, client, cast, receipt, now):
        make.draft(receipt.request, cast, at=now)
        opened(client, receipt)
        file = reverse("disclosure:request_file", args=[receipt.number, 1])
        page = reverse("disclosure:request", args=[receipt.number])
        # Nothing of a draft is seen before it is approved.
        assert make.TEXT not in client.get(page).content.decode()
        assert client.get(file).status_code == 404

        answering.approve(receipt.request, by=cast.leader, at=now, version=receipt.request.version)

        body = client.get(page).content.decode()
        assert 'data-case-state="answered"' in body
        assert make.TEXT in body
        assert "data-due=" in body
        got = client.get(file)
        assert got.content == make.PAPER.content
        assert "attachment" in got["Content-Disposition"]
        assert got["Content-Security-Policy"] == "sandbox; default-src 'none'"
        review = reverse("disclosure:request_step", args=[receipt.number, "review"])
        client.post(review, {"token": token_of(client.get(review)), "reasons": "附件不对"})
        receipt.request.refresh_from_db()
        assert receipt.request.state == State.REVIEWING

    def test_a_proof_of_identity_is_handed_out_to_nobody_here(self, client, cast, now):
        receipt = make.file(cast, at=now, proof=[make.PAPER])
        opened(client, receipt)

        assert client.get(reverse("disclosure:request_file", args=[receipt.number, 1])).status_code == 404

    def test_the_number_of_questions_does_not_grow_with_the_story(
        self, client, cast, receipt, now, django_assert_max_num_queries
    ):
        make.ask_supplement(receipt.request, cast, at=now)
        make.answer_after_supplement(receipt.request, cast, at=now)
        opened(client, receipt)

        with django_assert_max_num_queries(22):
            client.get(reverse("disclosure:request", args=[receipt.number]))
