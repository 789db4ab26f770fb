"""Alive, ready, figures (docs/trust.md W-01, W-02)."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from prometheus_client.parser import text_string_to_metric_families

from efficiency.deadlines import clock, sweep
from efficiency.deadlines.models import Deadline, Sweep
from efficiency.outbox.models import Channel, Message, MessageState
from efficiency.pages import health
from tests.factories import promises
from tests.moments import MONDAY_MORNING

pytestmark = pytest.mark.django_db


@pytest.fixture
def swept():
    """Let the engine be fresh."""
    sweep.tick()


def figures(client) -> dict[str, float]:
    answer = client.get("/metrics", REMOTE_ADDR="127.0.0.1")
    assert answer.status_code == 200
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
        if not sample.labels
    }


class TestHealthz:
    def test_W01_asks_nobody(self, client, django_assert_num_queries):
        with django_assert_num_queries(0):
            answer = client.get("/healthz")

        assert (answer.status_code, answer.content) == (200, b"ok\n")
        assert "no-store" in answer["Cache-Control"]


class TestReadyz:
    def test_W01_names_each_part(self, client, swept):
        answer = client.get("/readyz")

        assert answer.status_code == 200
        assert answer.json() == {
            "state": "ok",
            "parts": {"database": "ok", "migrations": "ok", "storage": "ok", "engine": "ok", "broker": "ok"},
        }

    def test_W01_fails_while_no_sweep_was_ever_completed(self, client):
        answer = client.get("/readyz")

        assert (answer.status_code, answer.json()["parts"]["engine"]) == (503, "failed")

    def test_W01_fails_when_the_engine_has_stopped(self, client, swept):
        Sweep.objects.update(finished_at=clock.read().at - timedelta(seconds=301))

        assert client.get("/readyz").status_code == 503

    def test_W01_of_the_web_alone_leaves_the_engine_out(self, client):
        answer = client.get("/readyz?part=web")

        assert answer.status_code == 200
        assert "engine" not in answer.json()["parts"]

    def test_W01_is_degraded_without_a_broker(self, client, swept, settings):
        settings.REDIS_URL = "redis://127.0.0.1:1/0"

        answer = client.get("/readyz")

        assert (answer.status_code, answer.json()["state"]) == (200, "degraded")

    def test_W01_fails_without_a_database_and_says_no_more(self, client, monkeypatch):
        def away() -> str:
            raise OperationalError("connection to server at 10.0.0.5 failed: password of portal is …")

        monkeypatch.setitem(health.CHECKS, "database", away)

        answer = client.get("/readyz")

        assert (answer.status_code, answer.json()["parts"]["database"]) == (503, "failed")
        assert b"10.0.0.5" not in answer.content

    def test_W01_fails_where_files_cannot_be_kept(self, client, swept, monkeypatch):
        monkeypatch.setattr(health.os, "access", lambda *_: False)

        assert client.get("/readyz").json()["parts"]["storage"] == "failed"

    def test_W01_F23_fails_while_a_migration_is_missing(self, client, swept, monkeypatch):
        monkeypatch.setattr(health, "_migrated", False)
        monkeypatch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: [("one", False)])

        assert client.get("/readyz").json()["parts"]["migrations"] == "failed"


class TestMetrics:
    def test_W02_come_from_the_database(self, client, city):
        promises.register()
        promises.promise(city.construction, at=MONDAY_MORNING)
        sweep.tick()

        found = figures(client)

        assert found["portal_sweep_age_seconds"] < 60
        assert found["portal_deadline_lag_seconds"] == 0
        assert {"portal_outbox_oldest_seconds", "portal_dead_letters", "portal_deadlines_quarantined"} <= set(found)
        assert 0 < found["portal_disk_free_ratio"] <= 1

    def test_W02_show_a_stopped_engine(self, client, city):  # T23
        promises.register()
        deadline = promises.promise(city.construction, at=MONDAY_MORNING)
        found = figures(client)

        lag = (clock.read().at - deadline.warn_at).total_seconds()
        assert found["portal_deadline_lag_seconds"] == pytest.approx(lag, abs=60)
        assert "portal_sweep_age_seconds" not in found  # absent: an alert of its own

    def test_W02_show_what_was_set_aside_and_given_up(self, client, city, people):
        promises.register()
        promises.promise(city.construction, at=MONDAY_MORNING)
        Deadline.objects.update(quarantined_at=MONDAY_MORNING, next_check_at=None)
        Message.objects.create(
            event="a",
            kind="tests",
            recipient=people["clerk"],
            channel=Channel.EMAIL,
            created_at=MONDAY_MORNING,
            state=MessageState.DEAD,
        )

        found = figures(client)

        assert (found["portal_deadlines_quarantined"], found["portal_dead_letters"]) == (1, 1)

    def test_W02_are_not_for_strangers(self, client, settings):
        assert client.get("/metrics", REMOTE_ADDR="203.0.113.9").status_code == 403

        settings.METRICS_TOKEN = "a-token-of-the-tests"
        authorised = client.get(
            "/metrics", REMOTE_ADDR="203.0.113.9", headers={"Authorization": "Bearer a-token-of-the-tests"}
        )
        wrong = client.get("/metrics", REMOTE_ADDR="203.0.113.9", headers={"Authorization": "Bearer wrong"})
        assert (authorised.status_code, wrong.status_code) == (200, 403)

    def test_W02_go_on_where_one_source_fails(self, client, monkeypatch):
        def broken(now):
            raise OperationalError("no such table")

        monkeypatch.setattr(health, "_sources", [broken])

        assert "portal_dead_letters" in figures(client)
