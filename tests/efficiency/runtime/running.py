"""A whole portal as child processes of a test: started by its command, watched through its processes and pages."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from efficiency.runtime import environment

ROOT = Path(__file__).resolve().parents[3]
# What a person at a terminal has not set either.
UNSET = re.compile(
    r"SECRET_KEY|CODE_KEY|FIELD_KEYS|DATABASE_.*|REDIS_URL|PORTAL_.*|PYTEST_.*|STATIC_FROM_SOURCE|DJANGO_.*"
)
PROGRAMS = ("web", "worker", "beat")
SERVERS = ("PostgreSQL", "Redis")
# A machine that does much else is slow, and that is no fault.
READY_SECONDS = 240.0


class Portal:
    """One data folder and port, and the portal that runs on them."""

    def __init__(self, folder: Path, **given: str) -> None:
        self.folder = folder
        self.port = environment.free_port()
        self.given = {"PORT": str(self.port), "PORTAL_DATA": str(folder), **given}
        self.process: subprocess.Popen[str] | None = None
        self.log = folder.parent / f"{folder.name[:20]}.console"

    # --- Starting, stopping -------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.launch()
        wait(lambda: "Ctrl-C stops all of it" in self.said() or self.process.poll() is not None, READY_SECONDS)
        assert self.process.poll() is None, self.said()
        assert f"Portal ready: {self.url()}" in self.said(), self.said()

    def launch(self) -> None:
        """Start it, and no more."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "portal"],
                cwd=ROOT,
                env=self.environ(),
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
            )

    def stop(self, *signals: int) -> int:
        """Send the signals, one after the other, wait for the end, and return the exit code."""
        for number in signals or (signal.SIGINT,):
            self.process.send_signal(number)
            time.sleep(0.3)
        return self.process.wait(timeout=120)

    def environ(self) -> dict[str, str]:
        """Return the environment of a terminal in which nothing is set but port and folder."""
        bare = {name: value for name, value in os.environ.items() if not UNSET.fullmatch(name)}
        return {**bare, **self.given}

    # --- Asking -------------------------------------------------------------------------------------------------

    def said(self) -> str:
        """Return what it wrote to its terminal."""
        return self.log.read_text(encoding="utf-8")

    def url(self, path: str = "") -> str:
        """Return the address of a page."""
        return f"http://127.0.0.1:{self.port}/{path}"

    def status(self, path: str = "") -> int:
        """Return the status that a page answers with; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.url(path), timeout=10) as answer:  # noqa: S310 - our own address
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return 0

    def is_whole(self) -> bool:
        """Say whether everything runs and the portal says that it is ready."""
        running = self.running()
        return all(name in running for name in (*PROGRAMS, "PostgreSQL")) and self.status("readyz") == 200

    def running(self) -> dict[str, psutil.Process]:
        """Return its children by name, those that are alive."""
        found = {}
        for name, (pid, _) in json.loads((self.folder / "portal.running").read_text(encoding="utf-8")).items():
            try:
                if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                    found[name] = psutil.Process(pid)
            except psutil.NoSuchProcess:
                continue
        return found

    def children(self, name: str) -> list[psutil.Process]:
        """Return the living children of one of its programs; none while it is started anew."""
        try:
            children = self.running()[name].children()
            return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
        except (KeyError, psutil.NoSuchProcess):
            return []

    def family(self) -> list[psutil.Process]:
        """Return all its processes, itself excepted."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def manage(self, *arguments: str, **given: str) -> subprocess.CompletedProcess[str]:
        """Run a command in a second terminal."""
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environ(), **given},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a statement on its database."""
        kept = environment.read(self.folder / environment.FILE)
        connection = psycopg2.connect(environment.address(kept, environment.ADMIN))
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()
        finally:
            connection.close()

    def count(self, of: str, *values: object) -> int:
        """Return how many rows there are of ``of``: a table and what narrows it."""
        return self.query(f"SELECT count(*) FROM {of}", *values)[0][0]  # noqa: S608 - words of a test


def wait(condition: Callable[[], object], seconds: float) -> None:
    """Wait until the condition holds; fail when it does not in time."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"this did not happen within {seconds:.0f} seconds"
        time.sleep(0.1)


def gone(processes: list[psutil.Process]) -> bool:
    """Say whether none of the processes lives."""
    return not any(process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in processes)
