"""Start the whole portal: servers of its own where none are given, web, worker, beat; Ctrl-C stops all of it."""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from efficiency.runtime import environment
from efficiency.runtime.processes import TroubleStarting
from efficiency.runtime.servers import Servers
from efficiency.runtime.supervisor import Supervisor


class Command(BaseCommand):
    """``python manage.py portal [--demo]``"""

    help = "Start the whole portal; with --demo the demonstration data are loaded once."
    # The checks run below, when there is a database to check.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take ``--demo`` and ``--port``."""
        parser.add_argument("--demo", action="store_true", help="load the demonstration data once")
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000), help="default: PORT or 8000")

    def handle(self, *args: Any, demo: bool, port: int, **options: Any) -> None:
        """Start, say so, look after it, stop."""
        os.umask(0o077)
        supervisor: Supervisor | None = None
        servers = Servers(
            environment.data_folder(),
            with_postgres=settings.DEMONSTRATION,
            with_redis=settings.DEMONSTRATION or not settings.REDIS_URL,
        )
        if not environment.is_free(port):
            raise CommandError(
                f"Port {port} is taken by another program. Stop it, or choose another one: PORT=8001 make demo"
            )
        try:
            servers.take_folder()
            self._step("Starting PostgreSQL and Redis" if settings.DEMONSTRATION else "Checking the servers")
            if settings.DEMONSTRATION:
                self._adopt(servers.start())
            for warning in servers.warnings:
                self.stdout.write(self.style.WARNING(warning))
            supervisor = Supervisor(port, servers, self._say, _heartbeat_age, _sweep_by_hand)
            supervisor.watch_signals()
            self._prepare(demo)
            self._step("Starting web, worker and beat")
            connection.close()
            supervisor.start_programs()
            supervisor.wait_until_ready()
            if not supervisor.stopping:
                self._announce(port, demo)
            supervisor.run()
            self.stdout.write("Stopping …")
        except TroubleStarting as trouble:
            raise CommandError(str(trouble)) from trouble
        finally:
            connection.close()
            if supervisor is not None:
                supervisor.stop()
            else:
                servers.stop()
        self.stdout.write("Stopped.")

    def _adopt(self, found: dict[str, str]) -> None:
        """Take over addresses that changed while the servers started; children inherit them."""
        os.environ.update(found)
        for name in ("TRUSTED_PROXIES",):
            os.environ.setdefault(name, "0")
        if not found.get("REDIS_URL"):
            os.environ.pop("REDIS_URL", None)
        fresh = _database(found["DATABASE_URL"])
        connection.close()
        settings.DATABASES["default"].update(fresh)
        connection.settings_dict.update(fresh)

    def _prepare(self, demo: bool) -> None:
        """Bring the tables, the assets and the reference data up to date, as the owner of the tables."""
        owner = os.environ.get("DATABASE_OWNER_URL", "")
        as_runtime = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
        self._step("Bringing the tables up to date")
        if owner:
            settings.DATABASE_RUNTIME_ROLE = as_runtime["USER"]
            connection.close()
            connection.settings_dict.update({name: _database(owner)[name] for name in ("USER", "PASSWORD")})
        try:
            call_command("migrate", verbosity=0, interactive=False)
        finally:
            connection.close()
            connection.settings_dict.update(as_runtime)
        call_command("check", verbosity=0)
        self._step("Collecting the browser's files")
        _collect_static()
        if demo:
            self._step("Loading the demonstration data (once)")
            call_command("load_demo", stdout=self.stdout)

    def _announce(self, port: int, demo: bool) -> None:
        self.stdout.write(self.style.SUCCESS(f"\nPortal ready: http://127.0.0.1:{port}/"))
        if demo:
            from django.apps import apps

            accounts = ", ".join(apps.get_model("efficiency", "User").objects.order_by("id").values_list("username", flat=True))
            self.stdout.write(f"Staff: http://127.0.0.1:{port}/admin/ · office: http://127.0.0.1:{port}/supervision/")
            self.stdout.write(f"Accounts: {accounts}")
            self.stdout.write(f"Password of all of them: {settings.DEMO_PASSWORD}")
            if receipt := _demo_receipt():
                self.stdout.write(f"A citizen's case: number {receipt[0]}, code {receipt[1]}")
        self.stdout.write("Ctrl-C stops everything.\n")
        self.stdout.flush()

    def _step(self, text: str) -> None:
        self.stdout.write(f"· {text} …")
        self.stdout.flush()

    def _say(self, text: str) -> None:
        self.stdout.write(f"{timezone.localtime():%H:%M:%S} {text}")
        self.stdout.flush()


def _database(url: str) -> dict[str, Any]:
    import environ

    found: dict[str, Any] = environ.Env.db_url_config(url)
    return {name: found[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}


def _collect_static() -> None:
    """Collect when a source is newer than what was collected last; without the sources' change it takes no time."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    sources = [Path(settings.BASE_DIR) / name for name in ("static", "package-lock.json", "requirements.txt")]
    newest = max(
        (path.stat().st_mtime for source in sources for path in (source, *source.rglob("*")) if path.exists()),
        default=0.0,
    )
    if stamp.exists() and stamp.stat().st_mtime >= newest:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.touch()


def _heartbeat_age() -> float | None:
    from efficiency.deadlines import heartbeat

    try:
        return heartbeat.age(timezone.now())
    finally:
        connection.close()


def _sweep_by_hand() -> None:
    """Do what the worker would, without broker and beat."""
    from efficiency import tasks

    try:
        tasks.check_deadlines()
        tasks.send_messages()
    finally:
        connection.close()


def _demo_receipt() -> tuple[str, str] | None:
    """Return number and code of one case of the demonstration, from the app that has it."""
    from django.utils.module_loading import import_string

    try:
        receipt = import_string("complaints.demo.demo_receipt")()
    except ImportError:
        return None
    return (receipt.number, receipt.code) if receipt and receipt.code else None


