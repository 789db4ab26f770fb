"""What may be read: public versions, and of a request whose id one has its state and dates (docs/trust.md Z-17)."""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client

from complaints import actions
from complaints.enums import Kind, Outcome, State
from complaints.models import Case, FiledRequest
from tests.complaints.open311.published import LATER, published
from tests.factories import cases as make

pytestmark = pytest.mark.django_db

ROOT = "/open311/v2"
SPRING = "start_date=2026-03-01T00:00:00%2B08:00&end_date=2026-03-31T00:00:00%2B08:00"


@pytest.fixture
def listed(client):
    def ids(query=SPRING):
        response = client.get(f"{ROOT}/requests.json?{query}")
        assert response.status_code == 200, response.content
        return [each["service_request_id"] for each in response.json()]

    return ids


@pytest.fixture
def filed(cast, new_key):
    """Make a case one that an application filed; return what its id tells."""

    def of(case: Case) -> FiledRequest:
        return FiledRequest.objects.create(case=case, key=new_key.key)

    return of


def told(slug):
    return Client().get(f"{ROOT}/requests/{slug}.json")


class TestList:
    def test_P14_has_what_is_public_with_the_moment_of_its_publication(self, cast, client):
        answer = published(cast, kind=Kind.REQUEST)

        (entry,) = client.get(f"{ROOT}/requests.json?{SPRING}").json()

        assert entry["service_request_id"] == answer.slug
        assert entry["description"] == "路灯多久修好\n路灯报修后没有人来，应当找谁？"
        assert entry["status_notes"] == "已于当日修复，报修电话全天有人接听。"
        assert (entry["service_code"], entry["agency_responsible"]) == ("request", cast.city.construction.name)
        assert datetime.fromisoformat(entry["requested_datetime"]) == answer.decided_at == LATER
        assert entry["requested_datetime"] == entry["updated_datetime"] == "2026-03-03T11:00:00+08:00"
        assert told(answer.slug).json() == [entry]

    def test_Z17_complaints_are_never_in_it(self, cast, listed):
        answer = published(cast)

        assert listed() == []
        assert told(answer.slug).status_code == 404

    def test_what_is_not_public_or_was_taken_back_is_not_in_it(self, cast, listed):
        make.case_in(State.CLOSED, cast, kind=Kind.REQUEST, category="")
        answer = published(cast, kind=Kind.REQUEST)
        assert listed() == [answer.slug]
        case = Case.objects.get(pk=answer.case_id)

        actions.withdraw_publication(case, by=cast.leader, at=LATER, version=case.version, reason="有误。")

        assert listed() == []
        assert told(answer.slug).status_code == 404

    def test_filters_by_service_status_and_time_and_pages(self, cast, listed):
        lamp = published(cast, kind=Kind.REQUEST).slug
        fee = published(cast, kind=Kind.CONSULTATION, at=LATER + timedelta(days=2)).slug

        assert listed() == [fee, lamp]
        assert listed(f"{SPRING}&service_code=consultation,complaint-delay") == [fee]
        assert listed(f"{SPRING}&service_code=nothing") == []
        assert listed(f"{SPRING}&status=open") == []
        assert listed(f"{SPRING}&status=closed, open&service_code=&page=") == [fee, lamp]
        assert listed(f"{SPRING}&page_size=1&page=2") == [lamp]
        # Both ends are included; a plus may have come as a space, and a zone may be missing.
        assert listed("end_date=2026-03-03T11:00:00 08:00") == [lamp]
        assert listed("start_date=2026-03-05T03:00:00Z") == [fee]
        assert listed("start_date=2026-03-03&end_date=2026-03-05T10:59:59") == [lamp]
        # A day alone is included whole, and is as far from another as its date says.
        assert listed("start_date=2026-03-03&end_date=2026-03-05") == [fee, lamp]
        assert listed("start_date=2026-03-05&end_date=2026-03-05") == [fee]
        assert listed("start_date=2025-12-05&end_date=2026-03-05") == [fee, lamp]
        # Ids come before everything else, in the order asked for.
        assert listed(f"service_request_id={lamp},{fee},{lamp}&status=open&start_date=x") == [lamp, fee]

    def test_the_last_ninety_days_unless_asked_for_others(self, cast, listed):
        lamp = published(cast, kind=Kind.REQUEST)

        with time_machine.travel(lamp.decided_at + timedelta(days=90), tick=False):
            assert listed("") == [lamp.slug]
        with time_machine.travel(lamp.decided_at + timedelta(days=90, seconds=1), tick=False):
            assert listed("") == []

    @pytest.mark.parametrize(
        "query",
        [
            "start_date=2026-01-01T00:00:00Z&end_date=2026-04-02T00:00:00Z",
            "start_date=2026-03-02T00:00:00Z&end_date=2026-03-01T00:00:00Z",
            "start_date=2026-13-01T00:00:00Z",
            "end_date=tomorrow",
            "start_date=0001-01-01T00:00:00Z",
            "start_date=9999-12-31T23:59:59-12:00",
            "status=archived",
            "page=0",
            "page=101",
            "page_size=1001",
            "page_size=" + quote("٣"),
            "page=-1",
        ],
    )
    def test_what_cannot_be_answered_is_a_400(self, client, cast, query):
        response = client.get(f"{ROOT}/requests.json?{query}")

        assert response.status_code == 400
        assert response.json()[0]["description"]

    def test_no_more_questions_for_more_rows(self, cast, client, filed, django_assert_num_queries):
        slugs = [published(cast, kind=Kind.REQUEST).slug]
        slugs += [filed(make.file(cast, kind=Kind.REQUEST, category="").case).slug]
        asked = f"{ROOT}/requests.json?service_request_id="
        client.get(asked + slugs[1])
        with django_assert_num_queries(5) as few:
            assert len(client.get(asked + ",".join(slugs)).json()) == 2
        slugs += [filed(make.file(cast, kind=Kind.REQUEST, category="").case).slug for _ in range(3)]
        slugs += [filed(make.case_in(State.HANDLING, cast, kind=Kind.REQUEST, category="")).slug]
        with django_assert_num_queries(len(few)):
            assert len(client.get(asked + ",".join(slugs)).json()) == 6
        with django_assert_num_queries(1):
            client.get(f"{ROOT}/requests.json?{SPRING}")


class TestById:  # every state: tests/structure/test_open311_secrecy.py
    def test_the_promised_day_is_that_of_the_reply(self, cast, filed):
        case = make.file(cast, kind=Kind.CONSULTATION, category="").case
        slug = filed(case).slug

        # Accepted by 03-10, replied to within five working days of that.
        assert told(slug).json()[0]["expected_datetime"].startswith("2026-03-17T")
        make.accept(case, cast)
        assert told(slug).json()[0]["expected_datetime"].startswith("2026-03-10T")

    def test_it_was_closed_when_it_was_answered(self, cast, filed):
        case = make.case_in(State.REPLIED, cast, kind=Kind.REQUEST, category="")
        slug = filed(case).slug
        make.report(case, cast, at=LATER)

        assert told(slug).json()[0]["updated_datetime"] == "2026-03-03T10:00:00+08:00"

    def test_a_joined_one_goes_the_way_of_the_earlier(self, cast, filed):
        leading = make.case_in(State.HANDLING, cast, kind=Kind.REQUEST, category="")
        case = make.file(cast, kind=Kind.REQUEST, category="").case
        actions.merge(case, by=cast.officer, at=make.TUESDAY, version=1, leading=leading, reason="反映同一事项。")
        slug = filed(case).slug
        assert told(slug).json()[0]["status"] == "open"

        leading.refresh_from_db()
        make.reply(leading, cast, outcome=Outcome.ANSWERED, at=LATER)

        (entry,) = told(slug).json()
        assert (entry["status"], entry["updated_datetime"]) == ("closed", "2026-03-03T11:00:00+08:00")

    def test_Z17_what_is_about_conduct_or_a_person_does_not_exist(self, cast, filed):
        request = {"kind": Kind.REQUEST, "category": ""}
        slugs = [
            filed(make.file(cast).case).slug,
            filed(make.file(cast, kind=Kind.REQUEST, category="integrity").case).slug,
            filed(make.file(cast, named_person="李某某", **request).case).slug,
            filed(make.file(cast, title="李某某的态度", **request).case).slug,
        ]
        Case.objects.filter(filed_request__slug=slugs[3]).update(named_person_state="unresolved")

        nothing = told("nothing")

        assert nothing.status_code == 404
        for slug in slugs:
            assert told(slug).content == nothing.content
            assert Client().get(f"{ROOT}/tokens/{slug}.json").status_code == 404
            assert Client().get(f"{ROOT}/requests.json?service_request_id={slug}").json() == []

    def test_a_request_that_becomes_a_complaint_is_no_longer_told(self, cast, filed):
        case = make.file(cast, kind=Kind.REQUEST, category="").case
        slug = filed(case).slug
        assert told(slug).status_code == 200

        make.accept(case, cast, kind=Kind.COMPLAINT, category="delay")

        assert told(slug).status_code == 404

    def test_nor_one_whose_file_the_citizen_cannot_read_any_more(self, cast, filed):
        case = make.case_in(State.ARCHIVED, cast, kind=Kind.REQUEST, category="")
        slug = filed(case).slug

        with time_machine.travel("2027-03-03T12:00:00+08:00", tick=False):
            assert told(slug).status_code == 200
        with time_machine.travel("2027-03-04T12:00:00+08:00", tick=False):
            assert told(slug).status_code == 404

    def test_P14_the_number_leads_nowhere_and_no_public_text_to_the_request(self, cast, filed):
        answer = published(cast, kind=Kind.REQUEST)
        request = filed(answer.case)

        assert told(answer.case.number).status_code == 404
        assert told(request.slug).json()[0]["description"] is None
        assert request.slug not in told(answer.slug).content.decode()
        assert Client().get(f"{ROOT}/requests.json?{SPRING}").json() == told(answer.slug).json()


class TestAnyAnswer:
    @pytest.mark.parametrize(
        "path",
        [
            "requests/%00.json",
            "requests/%ff%fe.json",
            "requests.json?service_request_id=%00,%ed%a0%80,'--",
            "requests.json?service_request_id=" + "0" * 4000,
            "requests.json?service_code=%00&status=%00",
            "requests.json?page=%00&page_size=1e3",
            "requests.json?start_date=%00&end_date=2026-03-01T00:00:00+99:99",
            "services/%00.xml",
            "services/%e2%80%ae.json?jurisdiction_id=%00",
            "tokens/%00.xml",
            "%00/%0d%0a",
            "services.json?locale=%00%ff",
        ],
    )
    def test_whatever_is_asked_for_is_answered(self, client, cast, path):
        response = client.get(f"{ROOT}/{path}", headers={"accept-language": "x" * 900 + ", \x7f;q=9, *"})

        assert response.status_code in (200, 400, 404)
        assert response["Content-Type"].startswith(("text/xml", "application/json"))

    def test_the_format_follows_the_ending_then_what_the_caller_takes(self, client, cast):
        def kind(path, **headers):
            return client.get(f"{ROOT}/{path}", headers=headers)["Content-Type"].partition(";")[0]

        assert kind("services.json") == kind("services", accept="application/json") == "application/json"
        assert kind("services.xml", accept="application/json") == kind("services") == "text/xml"
        assert kind("nothing.json") == "application/json"
        assert kind("services/nothing.json") == "application/json"
        assert kind("requests.html") == "text/xml"

    def test_the_language_follows_the_parameter_then_the_header(self, client, cast):
        def name(query="", **headers):
            response = client.get(f"{ROOT}/services.json{query}", headers=headers)
            return response["Content-Language"], response.json()[0]["service_name"]

        chinese, english = ("zh-hans", "求助"), ("en", "request")
        assert name() == name("?locale=zh_CN", **{"accept-language": "en"}) == chinese
        assert name("?locale=en_GB") == name(**{"accept-language": "fr, en-GB;q=0.8, zh;q=0.5"}) == english
        assert name("?locale=fi_FI", **{"accept-language": "xx"}) == chinese

    def test_reading_is_open_to_every_site_and_filing_to_none(self, client, cast, post):
        assert client.get(f"{ROOT}/services.json")["Access-Control-Allow-Origin"] == "*"
        assert client.get(f"{ROOT}/requests/nothing.json")["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Origin" not in post()
        asked = client.options(f"{ROOT}/requests.json", headers={"Origin": "https://app.example.org"})
        assert asked.status_code == 204
        assert asked["Access-Control-Allow-Methods"] == "GET, HEAD"
        assert asked["Allow"] == "POST, GET, HEAD, OPTIONS"
        assert not any("Access-Control-Allow-Credentials" in each for each in (asked, post()))

    @pytest.mark.parametrize("path", ["services", "services/request", "requests/1", "tokens/1", "discovery"])
    def test_S13_only_requests_are_sent_and_that_without_a_token_of_a_page(self, cast, path):
        strict = Client(enforce_csrf_checks=True)

        refused = strict.post(f"{ROOT}/{path}.json", {"api_key": "x"})

        assert (refused.status_code, refused["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert refused.json()[0]["code"] == 405
        assert strict.post(f"{ROOT}/requests.json", {"service_code": "request"}).status_code == 403
        assert strict.put(f"{ROOT}/requests.json").status_code == 405
        assert strict.delete(f"{ROOT}/nothing.xml").status_code == 404

    def test_C03_carries_the_headers_of_every_answer_and_no_cookie(self, client, cast, post):
        for response in (client.get(f"{ROOT}/services.xml"), client.get(f"{ROOT}/x"), post()):
            assert "default-src 'self'" in response["Content-Security-Policy"]
            assert response["X-Content-Type-Options"] == "nosniff"
            assert response["Cross-Origin-Resource-Policy"] == "same-origin"
            assert not response.cookies
        assert client.get(f"{ROOT}/services.xml")["Cache-Control"] == "public, max-age=300"
        assert client.get(f"{ROOT}/requests.xml")["Cache-Control"] == "no-store"
