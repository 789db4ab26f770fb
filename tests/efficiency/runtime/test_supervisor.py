"""The eye on the engine: a worker that completes nothing is replaced, then one does without it."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from efficiency import tasks
from efficiency.deadlines.clock import ClockDoubtful
from efficiency.deadlines.models import Sweep
from efficiency.management.commands import portal
from efficiency.runtime import processes
from efficiency.runtime.processes import TroubleStarting
from efficiency.runtime.servers import Servers
from efficiency.runtime.supervisor import Interrupted, StopRequest, Supervisor

HOUR = 3600.0


class Engine:
    """A supervisor without processes: starts are noted, the clock and the heartbeat are set by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.started: list[str] = []
        self.said: list[str] = []
        self.now = 10 * HOUR
        self.age: float | None = 0.0
        self.worked: float | None = None
        monkeypatch.setattr("efficiency.runtime.supervisor.time.monotonic", lambda: self.now)
        monkeypatch.setattr(processes, "start", self._start)
        servers = Servers(folder)
        (folder / "logs").mkdir()
        self.supervisor = Supervisor(
            8000,
            servers,
            StopRequest(self.said.append),
            say=self.said.append,
            heartbeat_age=self._age,
            work_age=lambda: self.age if self.worked is None else self.worked,
        )
        for program in self.supervisor.programs:
            program.started_at = self.now

    def _start(self, command: list[str], **_how: object) -> None:
        self.started.append("second_trigger" if "second_trigger" in command else command[command.index("-m") + 1])

    def _age(self) -> float | None:
        if self.age == -1:
            raise ConnectionError
        return self.age

    def pass_time(self, seconds: float) -> None:
        """Stand in for sleep."""
        self.now += seconds

    def after(self, seconds: float, *, age: float | None) -> list[str]:
        """Let time pass, look, and return what was started."""
        self.now += seconds
        self.age = age
        self.started.clear()
        self.supervisor._look_after_engine()
        return list(self.started)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """Return a supervisor to watch."""
    return Engine(monkeypatch, tmp_path)


class TestWorker:
    def test_D04_one_that_completes_sweeps_is_left_alone(self, engine):
        assert engine.after(HOUR, age=50) == []

    def test_D04_one_that_completed_none_for_three_minutes_is_replaced(self, engine):
        assert engine.after(200, age=200) == ["celery", "celery"]

    def test_D04_a_new_one_gets_its_three_minutes(self, engine):
        engine.after(200, age=200)

        assert engine.after(100, age=300) == []

    def test_D04_one_that_catches_up_is_left_alone_though_no_sweep_is_complete(self, engine, monkeypatch):
        engine.worked = 100

        assert engine.after(200, age=200) == []
        assert engine.after(400, age=600) == ["second_trigger"]  # it helps, and nobody is replaced

    def test_D04_it_is_not_its_fault_while_redis_is_away(self, engine, monkeypatch):
        monkeypatch.setattr(engine.supervisor, "_broker_answers", lambda: False)

        assert engine.after(200, age=200) == []


class TestReady:
    def test_a_worker_that_starts_slowly_is_woken_again(self, engine, monkeypatch):
        woken: list[float] = []
        began = engine.now
        monkeypatch.setattr("efficiency.runtime.supervisor.time.sleep", engine.pass_time)
        monkeypatch.setattr(engine.supervisor, "_answers", lambda path: True)
        engine.age = None

        def wake() -> None:
            woken.append(engine.now - began)
            if len(woken) == 3:
                engine.age = 0.0

        assert engine.supervisor.wait_until_ready(wake=wake)

        assert woken[0] == 0
        assert woken[2] < 25

    def test_pages_that_never_answer_are_said_with_the_log_to_read(self, engine, monkeypatch):
        monkeypatch.setattr("efficiency.runtime.supervisor.time.sleep", engine.pass_time)
        monkeypatch.setattr(engine.supervisor, "_answers", lambda path: False)

        with pytest.raises(TroubleStarting, match=r"See .*web\.log"):
            engine.supervisor.wait_until_ready(wake=lambda: None)


class Pages(BaseHTTPRequestHandler):
    """Answers to one name alone, as ALLOWED_HOSTS makes Django do."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(200 if self.headers["Host"] == "portal.example.gov.cn" else 400)
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        """Stay quiet."""


class TestHost:
    @pytest.mark.parametrize(("host", "answers"), [("portal.example.gov.cn", True), ("", False)])
    def test_pages_are_asked_for_by_a_name_that_they_answer_to(self, tmp_path, host, answers):
        with HTTPServer(("127.0.0.1", 0), Pages) as server:
            threading.Thread(target=server.handle_request, daemon=True).start()
            supervisor = Supervisor(
                server.server_port,
                Servers(tmp_path),
                StopRequest(print),
                say=print,
                heartbeat_age=lambda: None,
                host=host,
            )

            assert supervisor._answers("healthz") is answers

    @pytest.mark.parametrize(
        ("hosts", "host"),
        [(["127.0.0.1", "localhost"], ""), (["*"], ""), ([], ""), (["portal.example.gov.cn"], "portal.example.gov.cn")],
    )
    def test_the_name_is_one_of_those_allowed(self, settings, hosts, host):
        settings.ALLOWED_HOSTS = hosts

        assert portal._host() == host


class TestStop:
    def test_everything_is_stopped_where_nobody_reads_any_more(self, monkeypatch):
        """``make demo | tee log``: the same Ctrl-C ends tee, and to write is refused."""
        stopped: list[str] = []
        lines = SimpleNamespace(write=lambda *_: (_ for _ in ()).throw(BrokenPipeError()))
        command = portal.Command()
        command.stdout = lines
        servers = SimpleNamespace(
            take_folder=lambda: None, holds_folder=lambda: True, stop=lambda **_how: stopped.append("servers")
        )
        supervisor = SimpleNamespace(run=lambda: None, stop=lambda: stopped.append("programs"))
        monkeypatch.setattr(portal, "Servers", lambda *_, **_how: servers)
        monkeypatch.setattr(portal, "Supervisor", lambda *_, **_how: supervisor)
        monkeypatch.setattr(portal.StopRequest, "watch", lambda _self: None)
        monkeypatch.setattr(portal.environment, "is_free", lambda _port: True)
        monkeypatch.setattr(portal.connection, "close", lambda: None)
        monkeypatch.setattr(portal.os, "umask", lambda _mask: 0)
        quiet = SimpleNamespace(getLogger=lambda _name: SimpleNamespace(setLevel=lambda _level: None), WARNING=30)
        monkeypatch.setattr(portal, "logging", quiet)
        monkeypatch.setattr(portal.start_check, "insist", lambda: None)
        monkeypatch.setattr(command, "_start", lambda *_, **_how: None)

        command.handle(demo=False)

        assert stopped == ["programs", "servers"]

    def test_beat_stops_first_then_worker_web_redis_and_postgresql(self, engine, monkeypatch):
        stopped: list[str] = []
        supervisor = engine.supervisor
        for program in supervisor.programs:
            program.child = program.name
        monkeypatch.setattr(processes, "stop", lambda child, **_how: stopped.append(child) if child else None)
        servers = supervisor.servers
        servers.redis, servers.postgres = (
            SimpleNamespace(stop=lambda name=name, **_how: stopped.append(name)) for name in ("Redis", "PostgreSQL")
        )

        supervisor.stop()
        servers.stop()

        assert stopped == ["beat", "worker", "web", "Redis", "PostgreSQL"]


class TestSecondTrigger:
    def test_D05_after_five_minutes_a_sweep_runs_without_worker_and_beat(self, engine, monkeypatch):
        monkeypatch.setattr(engine.supervisor, "_broker_answers", lambda: False)

        assert engine.after(310, age=310) == ["second_trigger"]

    def test_D05_it_is_repeated_every_minute_not_at_every_look(self, engine, monkeypatch):
        monkeypatch.setattr(engine.supervisor, "_broker_answers", lambda: False)
        engine.after(310, age=310)

        assert engine.after(20, age=330) == []
        assert engine.after(50, age=380) == ["second_trigger"]

    def test_D05_a_portal_that_never_swept_is_given_the_same_time(self, engine):
        engine.supervisor._broker_answers = lambda: False

        assert engine.after(200, age=None) == []
        assert engine.after(200, age=None) == ["second_trigger"]

    def test_F05_while_the_database_is_away_nothing_is_restarted_and_it_is_said_once(self, engine):
        assert engine.after(400, age=-1) == []
        assert engine.after(400, age=-1) == []
        assert engine.said == ["The database does not answer: ConnectionError."]


class TestSecondTriggerCommand:
    def test_D05_it_does_nothing_while_the_engine_is_on_time(self, db, capsys):
        now = timezone.now()
        Sweep.objects.create(at=now, started_at=now, finished_at=now)

        call_command("second_trigger")

        assert "nothing to do" in capsys.readouterr().out
        assert Sweep.objects.count() == 1

    def test_D05_it_sweeps_when_nobody_has(self, db, capsys):
        call_command("second_trigger")

        assert "Swept" in capsys.readouterr().out
        assert Sweep.objects.filter(finished_at__isnull=False).count() == 1

    def test_D05_one_part_that_fails_keeps_no_other_from_running(self, db, monkeypatch):
        done: list[str] = []

        def broken(name: str, error: Exception) -> None:
            def fail() -> None:
                done.append(name)
                raise error

            monkeypatch.setattr(tasks, name, fail)

        broken("check_deadlines", ClockDoubtful("The clock ran away."))
        broken("seal", ValueError("a row that cannot be sealed"))
        monkeypatch.setattr(tasks, "send_messages", lambda: done.append("send_messages"))
        monkeypatch.setattr("efficiency.chain.lag.seconds", lambda _at: 1e6)

        # What must not be late comes first: a promise that was broken.
        with pytest.raises(CommandError, match=r"The clock ran away\.\nseal: ValueError"):
            call_command("second_trigger")

        assert done == ["check_deadlines", "send_messages", "seal"]


class TestStopRequest:
    def test_the_second_is_heard_where_nobody_reads_any_more(self, monkeypatch):
        """``make demo 2>&1 | tee log``: the same Ctrl-C ends tee."""

        def gone(*_: object) -> None:
            raise BrokenPipeError

        request = StopRequest(lambda text: None)
        request.breaks_off = False
        request._asked(2, None)
        monkeypatch.setattr("efficiency.runtime.supervisor.os.write", gone)

        request._asked(2, None)

        assert request.patience(20.0)() == 2.0

    def test_the_first_breaks_the_start_off_and_none_breaks_the_stop_off(self):
        request = StopRequest(lambda text: None)

        with pytest.raises(Interrupted):
            request._asked(2, None)
        request._asked(2, None)
        request._asked(2, None)

    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
    def test_the_first_breaks_the_start_off_at_its_next_step_where_python_drops_what_is_raised(self):
        request = StopRequest(lambda text: None)

        class Garbage:
            def __del__(self) -> None:
                request._asked(2, None)

        request.heed()
        garbage = Garbage()
        del garbage  # dropped: "Exception ignored in"
        with pytest.raises(Interrupted):
            request.heed()

    def test_the_second_shortens_the_wait(self):
        request = StopRequest(lambda text: None)
        request.breaks_off = False
        patience: Callable[[], float] = request.patience(20.0)
        request._asked(2, None)
        assert patience() == 20.0

        request._asked(2, None)

        assert patience() == 2.0
