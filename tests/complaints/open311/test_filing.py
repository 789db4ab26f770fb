"""Filing through Open311: an ordinary case, whoever sends it and however (docs/open311.md, docs/trust.md Z-17)."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints import actions, deadlines
from complaints.enums import Kind, NamedPerson, State
from complaints.models import Attachment, Case, CaseIdentity, FiledRequest
from complaints.open311 import reading
from efficiency import codes
from efficiency.keys import actions as keys
from efficiency.keys.models import Scope
from efficiency.organs.models import Role
from tests.complaints.open311.answers import xml
from tests.factories import cases as make
from tests.factories.staff import seat

pytestmark = pytest.mark.django_db

ROOT = "/open311/v2"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc00000030101"
    "00c9fe92ef0000000049454e44ae426082"
)


def descriptions(response):
    return [error["description"] for error in response.json()]


def address_in(response):
    """The address at which the citizen fetches number and code, without the portal's own."""
    return re.search(r"/open311/receipt/[0-9a-f]{32}/", response.json()[0]["service_notice"])[0]


class TestOrdinaryCase:
    def test_has_number_promises_and_way_of_every_case(self, post, cast):
        with time_machine.travel("2026-11-24T09:00:00+08:00", tick=False):
            response = post(**{"attribute[organ]": cast.city.construction.code, "attribute[title]": "路灯不亮"})

        case = Case.objects.get()
        assert response.status_code == 200
        assert case.number in response.json()[0]["service_notice"]
        assert (case.kind, case.category, case.state) == (Kind.REQUEST, "", State.RECEIVED)
        assert (case.organ, case.office, case.title) == (cast.city.construction, cast.city.office, "路灯不亮")
        assert case.location == "禅城区同济路口 (23.0218, 113.1214)"
        assert case.description == "同济路口的路灯坏了三天，晚上过马路很危险，请尽快维修。"
        assert [each.kind for each in deadlines.of_case(case)] == [deadlines.ACCEPT]
        assert case.next_due_at.astimezone(timezone.get_default_timezone()).date().isoformat() == "2026-12-01"
        assert [event.action for event in case.events.all()] == ["file"]

    def test_a_complaint_has_its_category_and_names_persons_to_the_office_alone(self, post):
        post(service_code="complaint-delay", **{"attribute[named_person]": "李某某"})

        case = Case.objects.get()
        assert (case.kind, case.category) == (Kind.COMPLAINT, "delay")
        assert (case.named_person, case.named_person_state) == ("李某某", NamedPerson.UNRESOLVED)

    def test_Z04_other_fields_change_nothing(self, post):
        post(state="archived", number="XN1", urgent="1", channel="superior", **{"attribute[named_person]": "李某某"})

        case = Case.objects.get()
        assert (case.state, case.urgent, case.channel, case.named_person) == (State.RECEIVED, False, "web", "")

    def test_without_a_title_the_first_words_are_taken(self, post):
        post(description="title: 路灯不亮\n\ndetail: 同济路口的路灯坏了三天。")
        post(description="路" * 100)

        assert [case.title for case in Case.objects.order_by("id")] == ["路灯不亮", "路" * 79 + "…"]

    def test_the_address_of_media_is_kept_as_text(self, post):
        post(media_url="https://example.org/lamp.jpg")

        assert Case.objects.get().description.endswith("\n\nmedia_url: https://example.org/lamp.jpg")

    def test_a_place_may_be_the_code_of_an_organ(self, post, cast):
        nowhere = {"lat": None, "long": None, "address_string": None}
        post(address_id=cast.city.construction.code, **nowhere)

        case = Case.objects.get()
        assert (case.location, case.organ) == (cast.city.construction.name, cast.city.construction)


class TestPerson:
    def test_with_name_and_contact_it_is_a_named_case(self, post):
        post(first_name="小明", last_name="陈", phone="13812345678", email="chen@example.cn")

        case = Case.objects.get()
        known = actions.masked(case)
        assert not case.anonymous
        assert not case.consent
        assert known.name.startswith("陈")

    def test_consent_is_an_attribute(self, post):
        post(first_name="Ann", last_name="Lee", phone="13812345678", **{"attribute[consent]": "yes"})

        assert Case.objects.get().consent

    @pytest.mark.parametrize(
        "sent", [{"email": "chen@example.cn"}, {"first_name": "陈小明"}, {"phone": "not a number"}, {}]
    )
    def test_P05_otherwise_it_is_anonymous_and_nothing_is_kept(self, post, sent):
        response = post(device_id="tt222111", account_id="account-77", **sent)

        case = Case.objects.get()
        assert case.anonymous
        assert not CaseIdentity.objects.exists()
        assert ("匿名" in response.json()[0]["service_notice"]) == bool(sent)


class TestWhatDoesNotDo:
    @pytest.mark.parametrize(
        ("changes", "status", "said"),
        [
            ({"service_code": None}, 400, "service_code"),
            ({"service_code": "nothing"}, 404, "service_code"),
            ({"description": None}, 400, "description"),
            ({"description": "太短"}, 400, "description"),
            ({"description": "长" * 4001}, 400, "description"),
            ({"description": "同济路口的路灯坏了\x00三天"}, 400, "description"),
            ({"lat": None}, 400, "lat"),
            ({"lat": "91"}, 400, "lat"),
            ({"long": "nan"}, 400, "long"),
            ({"lat": None, "long": None, "address_string": None}, 400, "address_string"),
            ({"lat": None, "long": None, "address_string": None, "address_id": "545483"}, 400, "address_id"),
            ({"address_string": "路" * 300}, 400, "address_string"),
            ({"attribute[organ]": "nothing"}, 400, "attribute[organ]"),
            ({"attribute[consent]": "maybe"}, 400, "attribute[consent]"),
            ({"attribute[title]": "长" * 81}, 400, "attribute[title]"),
            ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
            ({"media_url": "http://[x"}, 400, "media_url"),
            ({"first_name": "陈", "email": "no-address"}, 400, "email"),
            ({"jurisdiction_id": "elsewhere.gov"}, 404, "jurisdiction_id"),
        ],
    )
    def test_is_said_in_the_format_of_the_standard_and_files_nothing(self, post, changes, status, said):
        response = post(**changes)

        assert response.status_code == status
        assert said in descriptions(response)[0]
        assert {error["code"] for error in response.json()} == {status}
        assert not Case.objects.exists()

    @pytest.mark.parametrize("text", ["\x00", "\ud800", "𝔄" * 5000, "{{7*7}}", "=cmd|' /C calc'!A0", "a\r\nB: c"])
    def test_O06_no_text_of_any_field_is_a_fault_of_ours(self, client, key, post, text):
        names = ["service_code", "lat", "address_string", "address_id", "media_url", "first_name", "phone", "email"]
        names += ["jurisdiction_id", "attribute[title]", "attribute[organ]", "attribute[named_person]", "api_key"]
        for name in names:
            sent = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
            assert post(**{"first_name": "陈", "phone": "13812345678", name: sent}).status_code in (200, 400, 403, 404)

    def test_several_faults_are_said_at_once(self, post):
        assert len(descriptions(post(description=None, lat="x", media_url="ftp://x", **{"attribute[organ]": "x"}))) == 4

    @pytest.mark.parametrize("kind", ["application/json", "text/xml", "text/plain", ""])
    def test_only_forms_are_read(self, client, key, kind):
        response = client.post(f"{ROOT}/requests.json?api_key={key}", b'{"service_code": "request"}', content_type=kind)

        assert response.status_code == 400
        assert response["Content-Type"] == "application/json; charset=utf-8"

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (b"service_code=%B2%E2%CA%D4", "application/x-www-form-urlencoded; charset=gbk"),
            (b"--x\r\nbroken", "multipart/form-data"),
            (b"--x\r\nContent-Disposition: form-data\r\n\r\n--x--", "multipart/form-data; boundary=\xff"),
        ],
    )
    def test_a_broken_body_is_a_400(self, client, key, body, kind):
        response = client.post(f"{ROOT}/requests.xml?api_key={key}", body, content_type=kind)

        assert response.status_code == 400
        assert xml(response.content).tag == "errors"

    def test_R07_too_many_fields_are_a_413(self, client, key):
        body = "&".join(f"f{number}=1" for number in range(201))

        response = client.post(
            f"{ROOT}/requests.json?api_key={key}", body, content_type="application/x-www-form-urlencoded"
        )

        assert response.status_code == 413
        assert descriptions(response)


class TestMedia:
    def test_files_go_the_way_of_every_file(self, client, key, post):
        picture = SimpleUploadedFile("lamp.png", PNG, content_type="image/png")

        assert post(media=picture).status_code == 200
        assert Attachment.objects.get().content_type == "image/png"

    def test_what_is_no_picture_is_refused_by_name_and_nothing_is_filed(self, post):
        response = post(media=SimpleUploadedFile("lamp.png", b"<svg/>", content_type="image/png"))

        assert response.status_code == 400
        assert "lamp.png" in descriptions(response)[0]
        assert not Case.objects.exists()

    def test_F12_without_room_it_is_a_503_that_says_when(self, post, monkeypatch):
        monkeypatch.setattr("complaints.open311.filing.store.has_room", lambda: False)

        response = post(media=SimpleUploadedFile("lamp.png", PNG, content_type="image/png"))

        assert (response.status_code, response["Retry-After"]) == (503, "600")


class TestKey:
    def test_may_stand_in_the_address_or_the_body(self, client, key, post):
        assert post().status_code == 200
        assert Client().post(f"{ROOT}/requests.json?api_key={key}").status_code == 400

    def test_of_another_scope_or_revoked_opens_nothing(self, cast, post, new_key):
        administrator = seat(Role.SYSTEM_ADMINISTRATOR, cast.city.government)
        at = timezone.now()
        other = keys.issue(
            by=administrator, at=at, organ=cast.city.tax, name="办件", scopes=[Scope.PUSH_MATTERS], days=9
        )
        keys.revoke(new_key.key, by=administrator, at=at)

        answers = [post(api_key=other.text), post()]

        assert {response.status_code for response in answers} == {403}
        assert answers[0].content == answers[1].content
        assert not Case.objects.exists()

    def test_each_filing_carries_its_key(self, post, new_key):
        post()

        assert FiledRequest.objects.get().key == new_key.key

    def test_the_office_sees_which_application_filed_and_the_organ_does_not(self, cast, post, new_key):
        post(**{"attribute[organ]": cast.city.construction.code})
        case = make.lead(Case.objects.get(), cast, State.HANDLING, at=timezone.now())

        def shown(user) -> bool:
            browser = Client()
            browser.force_login(user)
            page = browser.get(reverse("admin:complaints_case_change", args=[case.pk]))
            assert page.status_code == 200
            return str(new_key.key) in page.content.decode()

        assert shown(cast.officer)
        assert not shown(cast.clerk)

    def test_R02_a_key_files_so_many_an_hour(self, post, settings):
        settings.OPEN311_FILINGS_PER_HOUR, settings.KIOSK_ADDRESSES = 2, ["127.0.0.1"]

        answers = [post() for _ in range(3)]

        assert [response.status_code for response in answers] == [200, 200, 429]
        assert int(answers[2]["Retry-After"]) > 0
        assert descriptions(answers[2])
        assert Case.objects.count() == 2

    def test_R02_a_source_is_refused_ten_times_above_its_limit(self, post, settings):
        settings.FILINGS_PER_10_MINUTES, settings.KIOSK_ADDRESSES = 0, []

        assert post().status_code == 429

    def test_R02_a_call_too_many_is_a_429(self, post, settings):
        settings.API_CALLS_PER_MINUTE = 1

        assert [post(service_code="nothing").status_code for _ in range(2)] == [404, 429]


class TestSentAgain:
    def test_S10_the_same_attempt_finds_the_same_case(self, client, key):
        sent = {
            "api_key": key,
            "service_code": "request",
            "address_string": "同济路口",
            "description": "同济路口的路灯坏了三天。",
        }
        tried = {"Idempotency-Key": "8d3f6a5e-2b51-4a0c-9f1e-77c1d2c3b4a5"}

        first, again = (client.post(f"{ROOT}/requests.json", sent, headers=tried) for _ in range(2))
        other = client.post(f"{ROOT}/requests.json", sent, headers={"Idempotency-Key": "x" * 16})
        short = client.post(f"{ROOT}/requests.json", sent, headers={"Idempotency-Key": "1"})

        assert first.json() == again.json() != other.json()
        assert short.status_code == 400
        assert Case.objects.count() == 2

    def test_S10_another_filing_under_the_same_attempt_is_a_case_of_its_own(self, client, key):
        """Copies of an application share its key; none may be led to what somebody else has filed."""
        sent = {
            "api_key": key,
            "service_code": "request",
            "address_string": "同济路口",
            "description": "同济路口的路灯坏了三天。",
        }
        tried = {"Idempotency-Key": "0000000000000000"}

        def posted(**changed):
            return client.post(f"{ROOT}/requests.json", sent | changed, headers=tried)

        def noted(text: str) -> SimpleUploadedFile:
            return SimpleUploadedFile("a.txt", text.encode())

        first, other = posted(device_id="1"), posted(description="汾江路口的路灯坏了三天。")
        with_file, with_other = posted(media=noted("一")), posted(media=noted("二"))

        assert posted(device_id="2").json() == first.json()
        assert posted(media=noted("一")).json() == with_file.json()
        assert len({address_in(each) for each in (first, other, with_file, with_other)}) == 4
        assert Case.objects.count() == 4


class TestReceipt:
    def test_S09_the_code_is_in_no_answer_and_opens_the_case(self, client, post):
        response = post()
        before = response.content.decode()
        page = client.post(address_in(response)).content.decode()

        number = re.search(r'data-case-number="([^"]+)"', page)[1]
        code = re.search(r'data-case-code="([^"]+)"', page)[1]
        assert code not in before
        assert actions.open_tracking(number, code) == Case.objects.get()

    def test_S13_opening_the_page_fetches_nothing(self, client, post):
        address = address_in(post())

        page = client.get(address)

        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        assert "data-case-code" not in page.content.decode()
        assert Client(enforce_csrf_checks=True).post(address).status_code == 403
        assert FiledRequest.objects.get().collected_at is None

    def test_it_is_shown_for_thirty_minutes_from_the_first_time_on(self, client, post):
        start = timezone.now()
        address = address_in(post())

        def shown(after: timedelta) -> int:
            with time_machine.travel(start + after, tick=False):
                return Client().post(address).status_code, Client().get(address).status_code

        first = timedelta(hours=23)
        assert shown(first) == (200, 200)
        assert shown(first + codes.RECEIPT_AGAIN) == (200, 200)
        assert shown(first + codes.RECEIPT_AGAIN + timedelta(seconds=1)) == (410, 410)

    def test_what_nobody_fetched_within_a_day_is_gone(self, client, post):
        address = address_in(post())

        with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1), tick=False):
            assert client.post(address).status_code == 410
        assert client.post(f"/open311/receipt/{'0' * 32}/").status_code == 404

    def test_S11_another_code_has_taken_its_place(self, client, post):
        address = address_in(post())
        Case.objects.update(code_hash=b"x" * 32)

        assert "data-case-code" not in client.post(address).content.decode()


class TestFaultsOfOurs:
    def test_the_database_away_is_a_503_in_the_format(self, client, db, monkeypatch):
        def away(*_args, **_values):
            raise OperationalError

        monkeypatch.setattr(reading, "listing", away)

        response = client.get(f"{ROOT}/requests.json")

        assert (response.status_code, response["Retry-After"]) == (503, "60")
        assert response.json()[0]["code"] == 503

    def test_a_bug_is_loud_and_a_500_in_the_format(self, db, monkeypatch):
        def broken(*_args, **_values):
            raise ZeroDivisionError

        monkeypatch.setattr(reading, "listing", broken)

        assert Client(raise_request_exception=False).get(f"{ROOT}/requests.json").json()[0]["code"] == 500
        with pytest.raises(ZeroDivisionError):
            Client().get(f"{ROOT}/requests.json")
