"""What the worker does, and that it does it end to end (docs/trust.md D-02, D-03, W-04; T23)."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.db import connection

from efficiency.audit import request_ids
from efficiency.celery import app
from efficiency.deadlines import heartbeat, registry
from efficiency.deadlines.clock import ClockDoubtful
from efficiency.deadlines.models import Escalation, Sweep
from efficiency.outbox import nudge
from efficiency.outbox.models import Channel, Message, MessageState
from efficiency.tasks import check_deadlines, clean_up, send_messages
from tests.factories import promises
from tests.factories.staff import Role, make_city, seat
from tests.moments import MONDAY_MORNING

really_send = nudge._send
NAMES = ("efficiency.check_deadlines", "efficiency.send_messages", "efficiency.clean_up")


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setattr(registry, "_handlers", {})
    promises.register()


def period(schedule: float | crontab) -> float:
    """Return the seconds between two ticks; of a schedule by the clock, between two within the hour."""
    if isinstance(schedule, crontab):
        return 60.0 * min(later - earlier for earlier, later in pairwise(sorted(schedule.minute)))
    return schedule


class TestTasks:
    def test_are_known_by_their_names(self):
        app.loader.import_default_modules()

        assert set(NAMES) <= set(app.tasks)

    def test_D05_that_the_beat_sends_exist_and_expire_after_one_period(self):
        app.loader.import_default_modules()
        for entry in settings.CELERY_BEAT_SCHEDULE.values():
            assert entry["task"] in app.tasks
            assert entry["options"]["expires"] <= period(entry["schedule"])

    @pytest.mark.parametrize("task", [check_deadlines, send_messages, clean_up])
    def test_D02_are_acknowledged_after_the_work_and_keep_no_result(self, task):
        assert task.acks_late
        assert task.ignore_result
        assert task.reject_on_worker_lost

    @pytest.mark.django_db
    def test_sweep_and_send(self, people_with_addresses):
        check_deadlines()
        send_messages()

        assert Escalation.objects.count() == 4
        assert Message.objects.filter(channel=Channel.EMAIL, state=MessageState.SENT).exists()

    @pytest.mark.django_db
    def test_tolerate_arguments_of_a_later_release(self):
        check_deadlines(something_new=1)
        send_messages(something_new=1)
        clean_up(something_new=1)

        assert heartbeat.age(Sweep.objects.get().finished_at) == 0

    @pytest.mark.django_db
    def test_D08_do_not_sweep_by_a_doubtful_clock(self, monkeypatch):
        from efficiency.deadlines import clock

        def doubt(reading):
            raise ClockDoubtful("the clock jumped")

        monkeypatch.setattr(clock, "check", doubt)

        with pytest.raises(ClockDoubtful):
            check_deadlines()

        assert not Sweep.objects.exists()

    @pytest.mark.django_db
    def test_W04_work_under_a_number(self, monkeypatch):
        numbers = []
        monkeypatch.setattr("efficiency.outbox.sending.send_due", lambda at: numbers.append(request_ids.current()))

        send_messages.apply()

        assert len(numbers[0]) == 32  # a new one; that of a request is shown by the worker below
        assert request_ids.current() == ""


@pytest.fixture
def people_with_addresses():
    """Return a promise that is overdue for long, in a city whose people have addresses."""
    city = make_city()
    for role, organ in ((Role.CLERK, city.construction), (Role.OFFICE_OFFICER, city.office)):
        person = seat(role, organ)
        person.email = f"{person.username}@example.org"
        person.save()
    return promises.promise(city.construction, at=MONDAY_MORNING)


@pytest.fixture(params=[pytest.param("redis", marks=pytest.mark.redis), "files"])
def worker(request, transactional_db, tmp_path) -> Iterator[dict[str, str]]:
    """Start a real worker on the test database, by Redis or by files; its environment is returned."""
    environment = {
        **os.environ,
        "DATABASE_URL": urlsplit(os.environ["DATABASE_URL"])
        ._replace(path=f"/{connection.settings_dict['NAME']}")
        .geturl(),
        "REDIS_URL": settings.REDIS_URL if request.param == "redis" else "",
        "PORTAL_DATA": str(tmp_path),
        "EMAIL_URL": "",
        "LOG_LEVEL": "INFO",
    }
    for folder in ("queue/nudges", "queue/control", "static"):
        (tmp_path / folder).mkdir(parents=True)
    log = (tmp_path / "worker.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "efficiency", "worker", "--pool=prefork", "--concurrency=1",
         "--without-gossip", "--without-mingle", "--without-heartbeat", "--queues", "engine-tests"],
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=Path(__file__).resolve().parents[2],
        start_new_session=True,
    )  # fmt: skip
    yield environment
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    log.close()
    if request.param == "redis":
        import redis

        redis.Redis.from_url(settings.REDIS_URL).delete("engine-tests", "unacked", "unacked_index")


def send(environment: dict[str, str], task: str) -> None:
    """Put a task on the worker's queue, from a process with the same environment."""
    program = (
        "import django; django.setup()\n"
        "from efficiency.celery import app\n"
        f"app.send_task({task!r}, queue='engine-tests', headers={{'request_number': 'edge-0123456789'}})\n"
    )
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program],
        env={**environment, "DJANGO_SETTINGS_MODULE": "efficiency.settings"},
        check=True,
        cwd=Path(__file__).resolve().parents[2],
    )


def test_T23_a_worker_finds_the_broken_promise_end_to_end(worker, people_with_addresses):
    send(worker, "efficiency.check_deadlines")
    stop = time.monotonic() + 40
    while not Sweep.objects.filter(finished_at__isnull=False).exists() and time.monotonic() < stop:
        time.sleep(0.2)

    # The line is written after the commit that ended the wait.
    while '"swept"' not in (log := Path(worker["PORTAL_DATA"], "worker.log").read_text()) and time.monotonic() < stop:
        time.sleep(0.2)
    assert Escalation.objects.count() == 4, log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    swept = next(line for line in lines if line["event"] == "swept")
    assert (swept["request_id"], swept["checked"]) == ("edge-0123456789", 1)
