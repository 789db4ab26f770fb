"""
A database of its own for a run of benchmarks, and web servers on local ports; everything is cleaned up at the end.

The database is made on the server of ``DATABASE_URL``, or on an embedded one that lives as long as the run; likewise
``REDIS_URL``.
"""

import base64
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
SCRATCH = "portal_bench"
# Names a database of the server that has all tables already; without it they are made, which takes half a minute.
TEMPLATE = "BENCH_TEMPLATE"
PYTHON = (sys.executable,)
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
        # Copied as files, so that a large database does not go through the log of the server.
        run_on_server(self.server_url, f'CREATE DATABASE "{other.name}" TEMPLATE "{self.name}" STRATEGY FILE_COPY')
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
    with _servers() as (server_url, redis_url):
        scratch = Scratch(server_url, f"{SCRATCH}_{os.getpid()}")
        run_on_server(
            server_url,
            f"CREATE DATABASE \"{scratch.name}\" TEMPLATE {os.environ.get(TEMPLATE) or 'template0'} ENCODING 'UTF8'"
            " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
        )
        os.environ.update(environment(scratch.url, redis_url))
        try:
            yield scratch
        finally:
            run_on_server(server_url, f'DROP DATABASE IF EXISTS "{scratch.name}" WITH (FORCE)')


@contextlib.contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    """Lend the addresses of PostgreSQL, as somebody who may make databases there, and of Redis."""
    from efficiency.runtime import environment as runtime
    from efficiency.runtime.servers import Servers

    given = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
    own = Servers(FOLDER, with_postgres=not given["DATABASE_URL"], with_redis=not given["REDIS_URL"])
    try:
        own.take_folder()
        found = own.start()
        admin = runtime.address(runtime.kept(FOLDER), runtime.ADMIN)
        yield given["DATABASE_URL"] or admin, given["REDIS_URL"] or found.get("REDIS_URL", "")
    finally:
        is_mine = own.holds_folder()
        own.stop()
        if is_mine:
            shutil.rmtree(FOLDER, ignore_errors=True)


def environment(database_url: str, redis_url: str) -> dict[str, str]:
    """Return the environment of a portal that runs as in production, apart from HTTPS: with limits, without debug."""
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "efficiency.settings",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "CODE_KEY": secrets.token_urlsafe(50),
        "FIELD_KEYS": f"bench:{base64.b64encode(secrets.token_bytes(32)).decode()}",
        "PORTAL_DATA": str(FOLDER / "data"),
        "ALLOWED_HOSTS": "127.0.0.1",
        "TRUSTED_PROXIES": "1",
        "HTTPS": "0",
        "ASK_DATABASE_AT_START": "0",  # a scratch database belongs to whoever measures
        "ABOVE_CITY_OFFICE": "440600-leading-group",  # of the demonstration, whose organs and people stand there
        **dict.fromkeys(("DEBUG", "PORTAL_DEMONSTRATION", "PORTAL_TESTING", "STATIC_FROM_SOURCE"), "0"),
        "DATABASE_OWNER_URL": "",
    }


def manage(database: Scratch, *arguments: str) -> str:
    """Run a command of the portal on a database and return what it printed."""
    return run_program([*PYTHON, "manage.py", *arguments], database)


def run_program(command: Sequence[str], database: Scratch) -> str:
    """
    Run a program with the environment of the portal on a database and return what it printed.

    :raises subprocess.CalledProcessError: it failed
    """
    return subprocess.run(  # noqa: S603 - our own programs
        command, env=program_environment(database), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def program_environment(database: Scratch) -> dict[str, str]:
    """Return the environment of a program that uses the portal's code, or that of the benchmarks, on a database."""
    path = os.pathsep.join((str(ROOT), str(ROOT / "bench")))
    return os.environ | {"DATABASE_URL": database.url, "PYTHONPATH": path}


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def gunicorn(application: str, database: Scratch) -> Iterator[int]:
    """Serve an application on a database with the portal's own server set-up, and lend the port."""
    port = free_port()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{application.partition(':')[0]}.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [
                *(sys.executable, "-m", "gunicorn", application, f"--bind=127.0.0.1:{port}"),
                *("--worker-class=gthread", "--workers=2", "--threads=4", "--timeout=60"),
                *("--no-control-socket", "--log-level=warning"),
            ],
            cwd=ROOT,
            env=program_environment(database),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(port, process)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"The web server ended with {process.returncode} before it answered.")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"The web server did not answer within {START_SECONDS:.0f} seconds.")
