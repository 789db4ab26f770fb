"""A nudge is a hint: a broker that is away neither fails a request nor holds it up (docs/trust.md F-04)."""

import json
import socket
import time
from collections.abc import Iterator

import pytest
import redis

from efficiency.outbox import nudge

# Before ``conftest`` replaces it for every other test.
really_send = nudge._send

# Long for a request, and short beside the hours that a broker may be away: a busy machine is not a broker that waits.
A_MOMENT = 5.0


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


@pytest.fixture
def patient(monkeypatch):
    """Wait for a broker that is there, however busy the machine is."""
    monkeypatch.setattr(nudge, "LONGEST_WAIT", 60.0)
    monkeypatch.setitem(nudge._IMPATIENT, "socket_timeout", 60.0)
    monkeypatch.setitem(nudge._IMPATIENT, "socket_connect_timeout", 60.0)


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """Listen and never answer, as a stopped process does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


@pytest.mark.redis
@pytest.mark.usefixtures("patient")
class TestBrokerThatIsThere:
    def test_is_reached(self, settings):
        client = redis.Redis.from_url(settings.REDIS_URL)
        client.delete("celery")

        assert nudge.nudge("efficiency.send_messages")

        task = json.loads(client.lpop("celery"))
        assert task["headers"]["task"] == "efficiency.send_messages"
        assert task["headers"]["expires"] is not None

    def test_is_reached_again_after_it_was_restarted(self, settings):
        nudge.nudge("efficiency.send_messages")
        client = redis.Redis.from_url(settings.REDIS_URL)
        for connection in client.client_list():  # ours is cut off, as by a restart
            if connection["cmd"] != "client|list" and connection["db"] == settings.REDIS_URL.rpartition("/")[2]:
                client.client_kill_filter(_id=connection["id"])

        assert nudge.nudge("efficiency.send_messages")
        client.delete("celery")

    def test_is_reached_again_after_a_rest(self, broker, settings, monkeypatch):
        working = settings.REDIS_URL
        broker("redis://127.0.0.1:1/0")
        assert not nudge.nudge("efficiency.send_messages")
        broker(working)
        assert not nudge.nudge("efficiency.send_messages")

        monkeypatch.setattr(nudge, "_rests_until", nudge._rests_until - nudge.REST_AFTER_FAILURE)
        assert nudge.nudge("efficiency.send_messages")
        redis.Redis.from_url(working).delete("celery")


class TestBrokerThatIsAway:
    def test_F04_fails_quietly_and_at_once(self, broker):
        broker("redis://127.0.0.1:1/0")
        begun = time.monotonic()

        assert not nudge.nudge("efficiency.send_messages")

        assert time.monotonic() - begun < A_MOMENT

    def test_F04_when_frozen_costs_a_moment_once(self, broker, silent, monkeypatch):
        broker(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        tried = []
        monkeypatch.setattr(nudge, "_send", lambda task: (tried.append(task), really_send(task)))
        begun = time.monotonic()

        assert not nudge.nudge("efficiency.send_messages")
        assert not nudge.nudge("efficiency.send_messages")

        assert time.monotonic() - begun < A_MOMENT
        assert len(tried) == 1

    @pytest.mark.redis
    def test_F04_when_it_froze_since_the_last_one_costs_a_moment(self, settings):
        nudge.nudge("efficiency.send_messages")
        client = redis.Redis.from_url(settings.REDIS_URL)
        client.execute_command("CLIENT", "PAUSE", 60_000, "WRITE")  # so that it hears of the end
        begun = time.monotonic()

        assert not nudge.nudge("efficiency.send_messages")

        assert time.monotonic() - begun < A_MOMENT
        client.execute_command("CLIENT", "UNPAUSE")
        client.delete("celery")
