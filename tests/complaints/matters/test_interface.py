"""``/api/v1/matters`` and its page (docs/api.md; docs/trust.md Z-02, Z-04, R-02, R-07)."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.models import Matter, MatterReport
from efficiency.access import counters
from efficiency.deadlines import levels
from efficiency.keys import actions
from tests.factories.matters import make_item, said
from tests.moments import local

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/matters"


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch):
    """Count in this process alone, from nothing."""
    monkeypatch.setattr(counters, "_shared", counters.Counters(""))


@pytest.fixture
def system(people, city):
    """Return a function that gives a client of an organ's system."""
    make_item(city.construction, "JS-1")
    make_item(city.tax, "TAX-1")

    def client(organ=city.construction, scopes=("matters.push", "matters.see"), at=None) -> Client:
        key = actions.issue(
            by=people["administrator"], at=at or timezone.now(), organ=organ, name="系统", scopes=scopes, days=30
        )
        return Client(headers={"Authorization": f"Bearer {key.text}"})

    return client


def push(client: Client, body: object):
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(ADDRESS, text, content_type="application/json")


def accepted(**fields):
    return said("accepted", timezone.now() - timedelta(days=1), **({"item": "JS-1"} | fields))


class TestReporting:
    def test_one_report_and_a_batch_are_taken_and_each_wrong_row_is_answered(self, system):
        client, first = system(), accepted()

        assert push(client, first).json() == {"new": 1, "repeated": 0, "rejected": []}
        answer = push(client, {"reports": [first, accepted(matter="A-2"), {"id": "x"}, 7]}).json()
        assert (answer["new"], answer["repeated"]) == (1, 1)
        assert [(each["index"], each["code"]) for each in answer["rejected"]] == [
            (2, "missing_field"),
            (3, "not_an_object"),
        ]
        assert all(each["reason"] for each in answer["rejected"])

    def test_each_report_carries_the_key_that_it_came_by(self, system):
        push(system(), accepted())

        assert MatterReport.objects.get().key.name == "系统"

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            ("", 400, "no_json"),
            ("{", 400, "no_json"),
            ("[" * 100_000, 400, "no_json"),
            ("[]", 400, "no_reports"),
            ("3", 400, "no_reports"),
            ('{"reports": []}', 400, "no_reports"),
            ('{"reports": {}}', 400, "no_reports"),
            ('{"reports": [1], "organ": 2}', 400, "no_reports"),
        ],
    )
    def test_Z04_what_is_no_batch_is_refused(self, system, body, status, code):
        answer = push(system(), body)

        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)

    def test_R07_too_many_and_too_large_are_refused_before_they_are_read(self, system, settings):
        client = system()
        assert push(client, {"reports": [1] * 10_001}).json()["error"]["code"] == "too_many"
        settings.API_BODY_BYTES = 100
        answer = push(client, {"reports": [accepted()]})

        assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
        assert not Matter.objects.exists()

    def test_a_statement_that_takes_too_long_leaves_nothing_and_says_to_come_again(self, system, monkeypatch):
        class Stopped(Exception):
            pgcode = "57014"

        def stop(*_given, **_more):
            raise OperationalError("canceling statement due to statement timeout") from Stopped()

        client = system()
        monkeypatch.setattr(levels, "raise_batch", stop)
        begun = said("accepted", timezone.now() - timedelta(days=60), item="JS-1")
        answer = push(client, {"reports": [begun, said("finished", timezone.now(), outcome="granted")]})

        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
        assert int(answer["Retry-After"]) > 0
        assert not MatterReport.objects.exists()


class TestKeys:
    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer xnk_a_b", "Bearer xnk_a\x00_b", "Basic abc", "xnk_a_b"])
    def test_Z02_without_a_working_key_every_address_answers_alike(self, system, header):
        client = Client(headers={"Authorization": header} if header else {})
        answers = [push(client, accepted()), client.get(ADDRESS), client.get(f"{ADDRESS}/A-1")]

        assert {(each.status_code, each.content) for each in answers} == {(401, answers[0].content)}

    def test_a_key_reaches_as_far_as_its_scopes(self, system):
        pushing, seeing = system(scopes=["matters.push"]), system(scopes=["matters.see"])
        push(pushing, accepted())

        assert push(seeing, accepted()).status_code == 403
        assert pushing.get(ADDRESS).status_code == 403
        assert seeing.get(f"{ADDRESS}/A-1").json()["state"] == "running"

    def test_R02_a_key_that_is_used_too_often_waits(self, system, settings):
        settings.API_CALLS_PER_MINUTE = 4
        client = system()
        for _call in range(2):
            assert client.get(ADDRESS).status_code == 200
        answer = client.get(ADDRESS)

        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 60

    def test_Z02_the_matters_of_another_organ_do_not_exist(self, system, city):
        push(system(), accepted())
        other = system(city.tax)

        assert other.get(f"{ADDRESS}/A-1").status_code == 404
        assert other.get(f"{ADDRESS}/A-1").content == other.get(f"{ADDRESS}/A-9").content
        assert other.get(ADDRESS).json() == {"matters": [], "next": None}
        assert push(other, accepted()).json()["rejected"][0]["code"] == "unknown_item"

    def test_a_session_of_staff_is_no_key(self, people, city):
        browser = Client()
        browser.force_login(people["clerk"])

        assert push(browser, accepted()).status_code == 401


class TestReading:
    def test_the_list_goes_page_by_page_without_missing_one(self, system, monkeypatch):
        monkeypatch.setattr("complaints.api.matters.PAGE", 2)
        client = system()
        push(client, {"reports": [accepted(matter=f"A-{number}") for number in range(5)]})
        seen, after = [], ""
        while after is not None:
            page = client.get(ADDRESS, {"after": after, "state": "running"}).json()
            seen += [each["matter"] for each in page["matters"]]
            after = page["next"]

        assert sorted(seen) == [f"A-{number}" for number in range(5)]

    def test_it_says_by_when_what_is_missing_is_told_and_a_licence_handed_over(self, system):
        client = system()
        at = local("2026-03-02 10:00")
        ended = said("finished", at, outcome="granted")
        push(client, {"reports": [said("received", at, item="JS-1"), said("accepted", at, item="JS-1"), ended]})
        shown = client.get(f"{ADDRESS}/A-1").json()
        assert [shown[f"{name}due_at"][:10] for name in ("notice_", "", "delivery_")] == [
            "2026-03-09",
            "2026-03-09",
            "2026-03-16",
        ]

        push(client, said("corrected", at, corrects=ended["id"]))
        assert client.get(f"{ADDRESS}/A-1").json()["delivery_due_at"] is None

    @pytest.mark.parametrize(
        "query", [{"after": "x"}, {"after": "2026-03-02~1"}, {"state": "late"}, {"after": "x" * 99}]
    )
    def test_a_cursor_that_is_none_is_refused(self, system, query):
        assert system().get(ADDRESS, query).status_code == 422


class TestThePage:
    def test_C03_it_needs_no_script_and_no_other_host_and_names_every_address(self, client):
        page = client.get(reverse("complaints:interface"))
        body = page.content.decode()

        assert reverse("complaints:interface") == "/api/v1/docs"
        assert page.status_code == 200
        for each in ("POST /api/v1/matters", "GET /api/v1/matters", "right_at", "personal_number"):
            assert each in body
        assert "ninja" not in body
        assert "http" not in body.split("<main")[1].split("</main>")[0]

    @pytest.mark.parametrize(
        ("language", "texts"),
        [("en", ["Look at one matter", "more time given"]), ("zh-hans", ["列出本单位的办件", "延长"])],
    )
    def test_operations_and_fields_are_told_in_the_language_of_the_reader(self, client, language, texts):
        client.cookies["language"] = language
        body = client.get(reverse("complaints:interface")).content.decode()

        assert all(text in body for text in texts)
        assert ("What happened." in body) == (language == "en")

    def test_the_document_names_the_addresses_and_the_fields(self, client):
        document = client.get("/api/v1/openapi.json").json()

        assert set(document["paths"]) == {"/api/v1/matters", "/api/v1/matters/{number}"}
        assert "corrects" in json.dumps(document["paths"]["/api/v1/matters"]["post"]["requestBody"])
