"""
Keeps the portal alive: its servers, the web processes, the worker and beat (docs/operate.md).

Whatever dies is started again. When the engine's heartbeat is old the supervisor has the sweep run and the messages
sent by a process of its own, so that neither beat nor Redis nor the worker is needed for a promise to be found
(docs/trust.md D-04, D-05).
"""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from efficiency.runtime import environment, processes
from efficiency.runtime.processes import TroubleStarting
from efficiency.runtime.servers import REDIS, Servers

MANAGE = Path(__file__).resolve().parents[2] / "manage.py"
LOOK_SECONDS = 0.5
ENGINE_LOOK_SECONDS = 10.0
READY_SECONDS = 120.0
WAKE_SECONDS = 10.0
# How long a program may take to finish what it is doing when it is asked to stop.
PATIENCE = 20.0
# After a second Ctrl-C.
IMPATIENCE = 2.0
LONGEST_PAUSE = 10.0
# A second trigger that runs longer hangs; the next one takes over.
LONGEST_TRIGGER = 300.0
LARGEST_LOG = 10 * 1024 * 1024


def second_trigger_after() -> float:
    """Return the age of the heartbeat in seconds from which the sweep is run without worker and beat."""
    return float(os.environ.get("SECOND_TRIGGER_AFTER") or 300)


def worker_stuck_after() -> float:
    """Return for how many seconds a worker may complete no sweep before it is started again."""
    return float(os.environ.get("WORKER_STUCK_AFTER") or 180)


class Interrupted(BaseException):
    """Somebody asked to stop while the portal was starting."""


class StopRequest:
    """Whether somebody asked to stop: Ctrl-C, SIGTERM, or a closed terminal. The second time means at once."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.count = 0
        # While the portal starts, work is broken off; later the loop looks at the count by itself.
        self.breaks_off = True

    def watch(self) -> None:
        """Take over the signals, before there is anything that could be orphaned."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)

    def _asked(self, number: int, _frame: object) -> None:
        self.count += 1
        if self.count == 2:
            with suppress(OSError):  # whoever reads it may have ended by the same Ctrl-C
                os.write(2, b"\nStopping at once.\n")  # not through a stream that may be in the middle of a write
        if self.breaks_off:
            self.breaks_off = False
            raise Interrupted

    def heed(self) -> None:
        """
        Break the start off where somebody asked to stop and it went on all the same.

        Python drops what is raised while it collects garbage or ends an iterator, and a signal may come just then.

        :raises Interrupted: somebody asked to stop
        """
        if self.count:
            raise Interrupted

    def patience(self, usual: float) -> Callable[[], float]:
        """Return how long to wait for something that stops, asked again and again."""
        return lambda: usual if self.count < 2 else min(usual, IMPATIENCE)


@dataclass
class Program:
    """One child of the portal and how often it had to be started lately."""

    name: str
    command: list[str]
    child: processes.Child | None = None
    failures: int = 0
    not_before: float = 0.0
    started_at: float = 0.0

    def is_alive(self) -> bool:
        """Say whether its process runs."""
        return self.child is not None and self.child.poll() is None


class Supervisor:
    """The programs of the portal, and the eye on everything that runs."""

    def __init__(
        self,
        port: int,
        servers: Servers,
        stop_request: StopRequest,
        *,
        say: Callable[[str], None],
        heartbeat_age: Callable[[], float | None],
        work_age: Callable[[], float | None] | None = None,
        host: str = "",
    ) -> None:
        """
        Describe the programs; nothing is started yet.

        :param heartbeat_age: returns how many seconds ago the last complete sweep ended; may raise anything
        :param work_age: the same of whatever shows that the worker works, also while it catches up
        :param host: the name by which its pages are asked for, where they do not answer to the address
        """
        self.servers = servers
        self.stop_request = stop_request
        self.say = say
        self.heartbeat_age = heartbeat_age
        self.work_age = work_age or heartbeat_age
        self.headers = {"Host": host} if host else {}
        self.address = f"http://127.0.0.1:{port}/"
        self.logs = servers.folder / "logs"
        celery = [sys.executable, "-m", "celery", "-A", "efficiency", "--quiet"]
        self.web = Program(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "efficiency.wsgi", "--bind", f"127.0.0.1:{port}"),
                *("--worker-class", "gthread", "--workers", os.environ.get("WEB_WORKERS") or "2", "--threads", "4"),
                *("--timeout", "60", "--graceful-timeout", "10", "--no-control-socket", "--log-level", "warning"),
            ],
        )
        self.worker = Program(
            "worker",
            [
                *(*celery, "worker", "--concurrency", os.environ.get("WORKER_PROCESSES") or "2"),
                *("--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat"),
                *("--hostname", f"portal-{port}@localhost"),
            ],
        )
        # A file for the schedule or the process number can be damaged or left over, and then stops beat.
        self.beat = Program("beat", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"])
        self.programs = [self.web, self.worker, self.beat]
        self.trigger = Program("second-trigger", [sys.executable, str(MANAGE), "second_trigger"])
        self._engine_seen_at = 0.0
        self._database_is_silent = False

    # --- Life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start web, worker and beat."""
        self.logs.mkdir(mode=0o700, exist_ok=True)
        for log in self.logs.glob("*.log"):
            if log.stat().st_size > LARGEST_LOG:
                log.replace(log.with_suffix(".log.1"))
        for program in self.programs:
            self._start(program)

    def wait_until_ready(self, *, wake: Callable[[], object]) -> bool:
        """
        Wait until the pages answer and the worker has completed a sweep; say whether it has.

        :param wake: asks for a sweep; called again and again, as a worker that starts slowly may miss one call
        :raises TroubleStarting: the pages do not answer in time; the message names the log to read
        """
        began = time.monotonic()
        woken_at = -WAKE_SECONDS
        answered = False
        while time.monotonic() - began < READY_SECONDS:
            self._look_after_everything()
            if time.monotonic() - woken_at > WAKE_SECONDS:
                woken_at = time.monotonic()
                wake()
            answered = answered or self._answers("healthz")
            if answered and self._has_swept_since(began) and self._answers("readyz"):
                return True
            time.sleep(LOOK_SECONDS)
        if not answered:
            raise TroubleStarting(f"The portal does not answer. See {self.logs / 'web.log'}.")
        return False

    def run(self) -> None:
        """Look after everything until somebody asks to stop."""
        while not self.stop_request.count:
            self._look_after_everything()
            self._look_after_engine()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop beat, worker and web, in this order."""
        for program in (self.trigger, *reversed(self.programs)):
            processes.stop(program.child, seconds=self.stop_request.patience(PATIENCE))
            program.child = None
            self.servers.ledger.note(program.name, None)

    # --- Inside ---------------------------------------------------------------------------------------------------

    def _start(self, program: Program) -> None:
        with (self.logs / f"{program.name}.log").open("ab") as log:
            program.child = processes.start(program.command, log=log, environment=os.environ, folder=MANAGE.parent)
        program.started_at = time.monotonic()
        self.servers.ledger.note(program.name, program.child)

    def _restart(self, program: Program) -> None:
        """Start a program anew; what was left of it goes first, as it may still hold the port."""
        processes.stop(program.child, seconds=self.stop_request.patience(PATIENCE))
        self._start(program)

    def _look_after_everything(self) -> None:
        try:
            revived = self.servers.revive()
        except TroubleStarting as trouble:
            self.say(str(trouble))
            revived = []
        for name in revived:
            self.say(f"{name} had ended and was started again.")
        if REDIS in revived and self.worker.is_alive():
            # A worker can live on without consuming when the broker comes back; a new one costs a second.
            self._restart(self.worker)
        for program in self.programs:
            self._look_after(program)

    def _look_after(self, program: Program) -> None:
        """Start a program that has ended: at once the first time, then with growing pauses."""
        now = time.monotonic()
        if program.is_alive():
            if program.failures and now - program.started_at > 60:
                program.failures = 0
            return
        if now < program.not_before:
            return
        code = program.child.returncode if program.child is not None else None
        self.say(f"{program.name} had ended (code {code}) and is started again; see {self.logs / program.name}.log.")
        self._restart(program)
        program.not_before = now + min(LONGEST_PAUSE, 0.5 * 2**program.failures)
        program.failures += 1

    def _look_after_engine(self) -> None:
        """Help an engine that completes no sweep: first with a new worker, then without one."""
        now = time.monotonic()
        if now - self._engine_seen_at < ENGINE_LOOK_SECONDS:
            return
        self._engine_seen_at = now
        try:
            age, work_age = self.heartbeat_age(), self.work_age()
        except Exception as error:  # whatever keeps the database from answering, the rest is kept up
            if not self._database_is_silent:
                self.say(f"The database does not answer: {type(error).__name__}.")
            self._database_is_silent = True
            return
        self._database_is_silent = False
        up_for = now - self.worker.started_at
        late = min(up_for, work_age) if work_age is not None else up_for
        if late > worker_stuck_after() and self._broker_answers():
            self.say("The worker completes no sweep; worker and beat are started again.")
            self._restart(self.worker)
            self._restart(self.beat)
        since_trigger = now - self.trigger.started_at
        overdue = age is None or age > second_trigger_after()
        if self.trigger.is_alive():
            if since_trigger > LONGEST_TRIGGER:
                processes.stop(self.trigger.child, seconds=1.0)
        elif overdue and (age is not None or up_for > second_trigger_after()) and since_trigger > 60:
            self.say("The last complete sweep is long ago; one is run without the worker.")
            self._start(self.trigger)

    def _broker_answers(self) -> bool:
        return self.servers.redis is None or self.servers.redis.answers()

    def _has_swept_since(self, began: float) -> bool:
        try:
            age = self.heartbeat_age()
        except Exception:  # asked again in a moment
            return False
        return age is not None and age < time.monotonic() - began

    def _answers(self, path: str) -> bool:
        """Say whether the page is served; one that this portal does not have counts as an answer."""
        try:
            request = urllib.request.Request(self.address + path, headers=self.headers)  # noqa: S310 - our own address
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            with error:
                return error.code == 404
        except OSError:
            return False


def tidy_environment(port: int, found: dict[str, str]) -> None:
    """Make this process's environment the one that the programs inherit."""
    os.environ.update(found)
    os.environ["PORT"] = str(port)
    os.environ["PORTAL_DATA"] = str(environment.data_folder())
    # Set, so that nothing fills them in: no program may connect as the owner, and without Redis none may look for it.
    os.environ["DATABASE_OWNER_URL"] = ""
    os.environ.pop("DATABASE_OWNER_URL_FILE", None)
    os.environ.setdefault("REDIS_URL", "")
