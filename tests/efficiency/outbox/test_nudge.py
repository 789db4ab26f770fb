"""A nudge is a hint: a broker that is away neither fails a request nor holds it up (docs/trust.md F-04)."""

import json
import socket
import time

import pytest
import redis

from efficiency.outbox import nudge

# Before ``conftest`` replaces it for every other test.
really_send = nudge._send


@pytest.fixture(autouse=True)
def real(monkeypatch):
    monkeypatch.setattr(nudge, "_send", really_send)
    monkeypatch.setattr(nudge, "_kept", None)


@pytest.fixture
def broker(settings, monkeypatch):
    """Let the broker be wherever a test says."""

    def at(url: str) -> None:
        from efficiency.celery import app

        settings.REDIS_URL = url
        monkeypatch.setattr(app.conf, "broker_url", url)

    return at


class TestNudge:
    def test_reaches_the_queue(self, settings):
        client = redis.Redis.from_url(settings.REDIS_URL)
        client.delete("celery")

        assert nudge.nudge("efficiency.send_messages")

        task = json.loads(client.lpop("celery"))
        assert task["headers"]["task"] == "efficiency.send_messages"
        assert task["headers"]["expires"] is not None

    def test_F04_to_a_broker_that_is_away_fails_quietly_and_at_once(self, broker):
        broker("redis://127.0.0.1:1/0")
        begun = time.monotonic()

        assert not nudge.nudge("efficiency.send_messages")

        assert time.monotonic() - begun < 0.2

    def test_F04_to_a_broker_that_is_frozen_costs_a_moment_once(self, broker):
        with socket.socket() as silent:  # accepts and never answers, as a stopped process does
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
            begun = time.monotonic()
            assert not nudge.nudge("efficiency.send_messages")
            first = time.monotonic() - begun
            begun = time.monotonic()
            assert not nudge.nudge("efficiency.send_messages")
            second = time.monotonic() - begun

        assert first < 0.2
        assert second < 0.01

    def test_F04_to_a_broker_that_froze_since_the_last_one_costs_a_moment(self, settings):
        nudge.nudge("efficiency.send_messages")
        client = redis.Redis.from_url(settings.REDIS_URL)
        client.execute_command("CLIENT", "PAUSE", 600)
        begun = time.monotonic()

        assert not nudge.nudge("efficiency.send_messages")

        assert time.monotonic() - begun < 0.2
        client.execute_command("CLIENT", "UNPAUSE")
        client.delete("celery")

    def test_goes_on_after_the_broker_was_restarted(self, settings):
        nudge.nudge("efficiency.send_messages")
        client = redis.Redis.from_url(settings.REDIS_URL)
        for connection in client.client_list():  # ours is cut off, as by a restart
            if connection["cmd"] != "client|list" and connection["db"] == settings.REDIS_URL.rpartition("/")[2]:
                client.client_kill_filter(_id=connection["id"])

        assert nudge.nudge("efficiency.send_messages")
        client.delete("celery")

    def test_tries_again_after_a_rest(self, broker, settings, monkeypatch):
        working = settings.REDIS_URL
        broker("redis://127.0.0.1:1/0")
        nudge.nudge("efficiency.send_messages")
        broker(working)
        assert not nudge.nudge("efficiency.send_messages")

        later = time.monotonic() + nudge.REST_AFTER_FAILURE
        monkeypatch.setattr(nudge.time, "monotonic", lambda: later)
        assert nudge.nudge("efficiency.send_messages")
        redis.Redis.from_url(working).delete("celery")
