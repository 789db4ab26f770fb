"""
A database of its own for a run of benchmarks, and web servers on local ports; everything is cleaned up at the end.

The database is made on the server of ``DATABASE_URL``, or on an embedded one that lives as long as the run.
"""

import base64
import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
SCRATCH = "portal_bench"
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Scratch:
    """The scratch database of a run: address of the server, and of the database itself."""

    server_url: str
    name: str

    @property
    def url(self) -> str:
        """Address of the database."""
        return with_database(self.server_url, self.name)

    def connect(self) -> "psycopg2.extensions.connection":
        """Return a connection of its own that commits each statement."""
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        return connection

    @contextlib.contextmanager
    def copy(self, suffix: str) -> Iterator["Scratch"]:
        """Lend a copy of the database as it is now; nobody may be connected to this one while it is made."""
        other = Scratch(self.server_url, f"{self.name}_{suffix}")
        run_on_server(self.server_url, f'DROP DATABASE IF EXISTS "{other.name}" WITH (FORCE)')
        run_on_server(self.server_url, f'CREATE DATABASE "{other.name}" TEMPLATE "{self.name}"')
        try:
            yield other
        finally:
            run_on_server(self.server_url, f'DROP DATABASE IF EXISTS "{other.name}" WITH (FORCE)')


def with_database(url: str, name: str) -> str:
    """Return the address of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def run_on_server(url: str, statement: str) -> None:
    """Run one statement that cannot run in a transaction, on the server's own database."""
    connection = psycopg2.connect(with_database(url, "postgres"))
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(statement)


@contextlib.contextmanager
def scratch_database() -> Iterator[Scratch]:
    """Lend an empty database, with every setting of the portal in the environment; drop it at the end."""
    with _server() as server_url:
        scratch = Scratch(server_url, f"{SCRATCH}_{os.getpid()}")
        run_on_server(
            server_url,
            f"CREATE DATABASE \"{scratch.name}\" TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin"
            " BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
        )
        os.environ.update(environment(scratch.url))
        try:
            yield scratch
        finally:
            run_on_server(server_url, f'DROP DATABASE IF EXISTS "{scratch.name}" WITH (FORCE)')


@contextlib.contextmanager
def _server() -> Iterator[str]:
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    from efficiency.runtime.servers import embedded_postgres

    with embedded_postgres(ROOT / "var" / "bench") as url:
        yield url


def environment(database_url: str) -> dict[str, str]:
    """Return the environment of a portal that runs as in production, apart from HTTPS: with limits, without debug."""
    return {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "efficiency.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "CODE_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "PORTAL_DATA": os.environ.get("PORTAL_DATA", str(ROOT / "var" / "bench-data")),
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "1",
        "HTTPS": "0",
        "DEBUG": "0",
        "LOG_LEVEL": "ERROR",
    }


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def gunicorn(application: str, *, extra: Mapping[str, str] | None = None) -> Iterator[int]:
    """Serve an application with the portal's own server set-up, and lend the port."""
    port = free_port()
    environ = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'bench'}"} | dict(extra or {})
    process = subprocess.Popen(  # noqa: S603 - our own program
        [
            sys.executable,
            "-m",
            "gunicorn",
            application,
            f"--bind=127.0.0.1:{port}",
            "--workers=2",
            "--threads=4",
            "--worker-class=gthread",
            "--no-control-socket",
            "--log-level=warning",
        ],
        cwd=ROOT,
        env=environ,
        start_new_session=True,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"The web server ended with {process.returncode} before it answered.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"The web server did not answer within {START_SECONDS:.0f} seconds.")
