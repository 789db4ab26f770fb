"""One number for each request, and a line about it that betrays nobody (docs/trust.md P-08, W-04)."""

import json
import logging
import sys

import pytest
import structlog
from django.http import HttpRequest
from django.urls import reverse

from efficiency.audit import logs, measures, request_ids
from tests.factories.staff import PASSWORD, Role, seat

# Planted in everything that a visitor can send.
SECRETS = ("zhang-san-secret", "13800138000", "203.0.113.77", "Secret-Browser/1.0")


@pytest.fixture
def lines():
    """Return what would be written to the log, as it would be written."""
    written: list[dict] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(formatter.format(record)))

    formatter = logs.formatter()
    keeper, root = Keeper(), logging.getLogger()
    level = root.level
    root.addHandler(keeper)
    root.setLevel(logging.INFO)
    yield written
    root.setLevel(level)
    root.removeHandler(keeper)


class TestNumber:
    def test_W04_is_made_and_handed_back(self, client):
        first = client.get("/healthz")["X-Request-ID"]
        second = client.get("/healthz")["X-Request-ID"]

        assert len(first) == 32
        assert first != second

    def test_W04_of_a_proxy_is_kept(self, client):
        assert client.get("/healthz", headers={"X-Request-ID": "edge-0123456789"})["X-Request-ID"] == "edge-0123456789"

    @pytest.mark.parametrize(
        "forged", ["short", "a" * 41, 'x"}\n{"level": "error', "名字名字名字名字", "../../etc/passwd"]
    )
    def test_W04_that_could_forge_a_line_is_replaced(self, client, forged):
        try:
            answer = client.get("/healthz", headers={"X-Request-ID": forged})
        except (UnicodeError, ValueError):  # not even a header
            return

        assert answer["X-Request-ID"] != forged

    def test_W04_is_forgotten_after_the_request(self, client):
        client.get("/healthz")

        assert request_ids.current() == ""


class TestLine:
    def test_P08_carries_request_route_status_time_and_nothing_else(self, client, lines):
        client.get("/healthz", headers={"X-Request-ID": "edge-0123456789"})

        line = next(line for line in lines if line["event"] == "request")
        assert {key: line[key] for key in ("request_id", "route", "method", "status")} == {
            "request_id": "edge-0123456789",
            "route": "pages:healthz",
            "method": "GET",
            "status": 200,
        }
        assert set(line) == {
            "at",
            "level",
            "logger",
            "event",
            "request_id",
            "route",
            "method",
            "status",
            "duration_ms",
        }

    @pytest.mark.django_db
    def test_P08_names_the_account_of_staff(self, client, lines, city):
        clerk = seat(Role.CLERK, city.construction, username="clerk.one")
        type(clerk).objects.filter(pk=clerk.pk).update(is_staff=True)
        client.post(reverse("admin:login"), {"username": "clerk.one", "password": PASSWORD})

        client.get(reverse("admin:index"))

        assert [line for line in lines if line.get("user_id") == clerk.pk and line.get("route") == "admin:index"]
        assert "clerk.one" not in json.dumps(lines)

    @pytest.mark.django_db
    def test_P08_holds_nothing_that_a_visitor_sent(self, client, lines):
        for path in ("/healthz", "/nowhere/zhang-san-secret/", "/about/"):
            client.get(
                path,
                {"q": SECRETS[0]},
                REMOTE_ADDR=SECRETS[2],
                headers={"User-Agent": SECRETS[3], "Referer": f"https://example.org/{SECRETS[1]}"},
            )
            client.post(path, {"phone": SECRETS[1]}, REMOTE_ADDR=SECRETS[2])

        text = json.dumps(lines, ensure_ascii=False)
        assert lines
        assert not [secret for secret in SECRETS if secret in text]

    def test_P08_of_an_exception_has_class_and_place_and_no_values(self, lines):
        phone = SECRETS[1]
        try:
            raise ValueError(f"bad phone {phone}")
        except ValueError:
            logging.getLogger("django.request").error(
                "Internal Server Error: %s",
                f"/track/{phone}/",
                exc_info=sys.exc_info(),
                extra={"request": HttpRequest()},
            )

        (line,) = lines
        assert (line["event"], line["exception"][0]["class"]) == ("Internal Server Error", "builtins.ValueError")
        assert "test_requests.py" in line["exception"][0]["at"][-1]
        assert phone not in json.dumps(line)

    @pytest.mark.django_db
    def test_P08_of_a_refused_look_up_is_not_told_what_was_asked_for(self, client, lines, city):
        client.force_login(seat(Role.OFFICE_OFFICER, city.office))
        answer = client.get(reverse("admin:complaints_case_changelist"), {SECRETS[0]: SECRETS[1]})

        text = json.dumps(lines, ensure_ascii=False)
        assert answer.status_code == 400
        assert "DisallowedModelAdminLookup" in [line["event"] for line in lines]
        assert not [secret for secret in SECRETS if secret in text]

    def test_P08_of_a_task_that_failed_is_not_told_what_the_database_quoted(self, lines):
        fault = f"IntegrityError('Failing row contains ({SECRETS[0]}, {SECRETS[1]})')"
        about = {"id": "1", "name": "efficiency.send_messages", "description": "raised unexpected", "exc": fault}
        logging.getLogger("celery.app.trace").error("Task %(name)s[%(id)s] %(description)s: %(exc)s", about)
        logging.getLogger("celery.worker.request").critical("Task handler raised error: %r", fault)

        text = json.dumps(lines, ensure_ascii=False)
        assert [line["event"] for line in lines] == ["Task", "Task handler raised error"]
        assert not [secret for secret in SECRETS if secret in text]

    def test_P08_shows_the_cause_of_an_exception_too(self, lines):
        try:
            try:
                raise KeyError("inner")
            except KeyError as error:
                raise RuntimeError("outer") from error
        except RuntimeError:
            structlog.get_logger("tests").exception("failed", name="x")

        assert [each["class"] for each in lines[0]["exception"]] == ["builtins.RuntimeError", "builtins.KeyError"]

    def test_P08_drops_fields_that_nobody_allowed(self, lines):
        structlog.get_logger("tests").info("careless", phone=SECRETS[1], body={"text": SECRETS[0]}, count=3)

        assert lines[0]["count"] == 3
        assert not {"phone", "body"} & set(lines[0])


class TestMeasures:
    def test_W02_count_requests_by_route_and_status(self, client):
        def count() -> float:
            return (
                measures.REGISTRY.get_sample_value(
                    "portal_requests_total", {"route": "pages:healthz", "method": "GET", "status": "200"}
                )
                or 0.0
            )

        before = count()
        client.get("/healthz")

        assert count() == before + 1

    @pytest.mark.django_db
    def test_W02_let_nobody_make_up_series(self, client):
        client.get("/made-up-by-somebody/")
        client.generic("MADEUP", "/healthz")

        labels = {tuple(sample.labels.items()) for metric in measures.REGISTRY.collect() for sample in metric.samples}
        assert "made-up" not in str(labels)
        assert "MADEUP" not in str(labels)
