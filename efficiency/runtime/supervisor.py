"""
Keeps the portal alive: its servers, the web processes, the worker and beat (docs/operate.md).

Whatever dies is started again. When the engine's heartbeat is old the supervisor runs the sweep and sends the messages
itself, so that neither beat nor Redis nor the worker is needed for a promise to be found (docs/trust.md D-05).
"""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from efficiency.runtime import environment, processes
from efficiency.runtime.processes import TroubleStarting
from efficiency.runtime.servers import Servers

LOOK_SECONDS = 1.0
READY_SECONDS = 90.0
# A worker that lives but completes nothing is started again (docs/trust.md D-04); the sweep is run by hand after this.
WORKER_IS_STUCK_AFTER = 180.0
HEARTBEAT_IS_OLD_AFTER = 300.0
LONGEST_PAUSE = 30.0


@dataclass
class Program:
    """One child of the portal and how often it had to be started lately."""

    name: str
    command: list[str]
    child: "subprocess.Popen[bytes] | None" = None
    starts: int = 0
    not_before: float = 0.0
    started_at: float = 0.0


@dataclass
class Supervisor:
    """The whole portal as one process that a person starts and stops."""

    port: int
    servers: Servers | None
    say: Callable[[str], None]
    heartbeat_age: Callable[[], float | None]
    sweep_by_hand: Callable[[], None]
    stopping: bool = False
    programs: list[Program] = field(default_factory=list)
    _swept_by_hand_at: float = 0.0
    _worker_restarted_at: float = 0.0

    def __post_init__(self) -> None:
        python = sys.executable
        celery = [python, "-m", "celery", "-A", "efficiency", "--quiet"]
        self.programs = [
            Program(
                "web",
                [
                    *(python, "-m", "gunicorn", "efficiency.wsgi"),
                    *("--bind", f"127.0.0.1:{self.port}", "--workers", os.environ.get("WEB_WORKERS", "2")),
                    *("--threads", "4", "--worker-class", "gthread", "--timeout", "60", "--graceful-timeout", "10"),
                    *("--no-control-socket", "--log-level", "warning"),
                ],
            ),
            Program(
                "worker",
                [
                    *(*celery, "worker", "--concurrency", "2", "--loglevel", "WARNING"),
                    *("--without-gossip", "--without-mingle", "--hostname", f"portal-{self.port}@localhost"),
                ],
            ),
            Program("beat", [*celery, "beat", "--pidfile=", "--loglevel", "WARNING"]),
        ]

    # --- Start and stop -------------------------------------------------------------------------------------------

    def watch_signals(self) -> None:
        """Take Ctrl-C and SIGTERM as the wish to stop; a second one changes nothing about the order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, number: int, _frame: object) -> None:
        if self.stopping:
            self.say("Still stopping; please wait a moment.")
        self.stopping = True

    def start_programs(self) -> None:
        """Start web, worker and beat."""
        for program in self.programs:
            self._start(program)

    def wait_until_ready(self) -> None:
        """
        Wait until the portal answers that it is ready.

        :raises TroubleStarting: it does not in time; the message names the log to read
        """
        until = time.monotonic() + READY_SECONDS
        while time.monotonic() < until and not self.stopping:
            if self._answers():
                return
            web = self.programs[0].child
            if web is not None and web.poll() is not None:
                break
            time.sleep(0.2)
        if not self.stopping:
            raise TroubleStarting(f"The portal does not answer. See the files in {self._logs()}.")

    def run(self) -> None:
        """Look after everything until somebody asks to stop."""
        while not self.stopping:
            self._look_after_servers()
            for program in self.programs:
                if program.child is not None and program.child.poll() is not None:
                    self.say(f"{program.name} ended (code {program.child.returncode}); it is started again.")
                    self._start(program)
                elif program.child is None and time.monotonic() >= program.not_before:
                    self._start(program)
            self._look_after_engine()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop beat, worker, web, Redis, PostgreSQL, in this order; nothing is left running."""
        for program in reversed(self.programs):
            processes.stop(program.child, seconds=15.0)
            program.child = None
        if self.servers is not None:
            self.servers.stop()

    # --- Inside ---------------------------------------------------------------------------------------------------

    def _start(self, program: Program) -> None:
        """Start a program, at once the first times, then with growing pauses."""
        now = time.monotonic()
        if program.child is not None:
            processes.stop(program.child, seconds=0)
            program.child = None
            program.starts = 0 if now - program.started_at > 60 else program.starts
            if program.starts > 3:
                program.not_before = now + min(LONGEST_PAUSE, 2.0 ** (program.starts - 3))
                program.starts += 1
                return
        self._logs().mkdir(parents=True, exist_ok=True)
        with (self._logs() / f"{program.name}.log").open("ab") as log:
            program.child = processes.start(program.command, log=log, environment=os.environ)
        program.starts += 1
        program.started_at = now

    def _look_after_servers(self) -> None:
        if self.servers is None:
            return
        for name, server in (("PostgreSQL", self.servers.postgres), ("Redis", self.servers.redis)):
            if server is not None and not server.is_alive():
                self.say(f"{name} ended; it is started again.")
                try:
                    server.start()
                except TroubleStarting as trouble:
                    self.say(str(trouble))
                    time.sleep(LOOK_SECONDS)

    def _look_after_engine(self) -> None:
        try:
            age = self.heartbeat_age()
        except Exception as error:  # noqa: BLE001 - whatever keeps the database from answering, the portal is kept up
            self.say(f"The heartbeat cannot be read: {type(error).__name__}.")
            return
        now = time.monotonic()
        worker = self.programs[1]
        up_for = now - worker.started_at
        late = age is None or age > WORKER_IS_STUCK_AFTER
        if late and up_for > WORKER_IS_STUCK_AFTER and self._redis_answers():
            self.say("The worker completes no sweep; it is started again.")
            processes.stop(worker.child, seconds=5)
            worker.child = None
            self._start(worker)
        if (age is None or age > HEARTBEAT_IS_OLD_AFTER) and now - self._swept_by_hand_at > 60:
            if age is None and up_for < HEARTBEAT_IS_OLD_AFTER:
                return
            self._swept_by_hand_at = now
            self.say("The heartbeat is old; the supervisor sweeps itself.")
            try:
                self.sweep_by_hand()
            except Exception as error:  # noqa: BLE001 - tried again in a minute
                self.say(f"The sweep failed: {type(error).__name__}.")

    def _redis_answers(self) -> bool:
        if self.servers is None or self.servers.redis is None:
            return True
        return self.servers.redis.answers()

    def _answers(self) -> bool:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/readyz?part=web")  # noqa: S310 - our own address
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - as above
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _logs(self) -> Path:
        return environment.data_folder() / "logs"
