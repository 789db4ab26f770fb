"""``manage.py portal``: the whole portal, with servers of its own where none are given; Ctrl-C stops all of it."""

import argparse
import hashlib
import io
import logging
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import environ
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from efficiency.access.models import User
from efficiency.celery import app
from efficiency.deadlines import heartbeat
from efficiency.management.commands.migrate import Command as Migrate
from efficiency.organs.models import Tenure
from efficiency.outbox.nudge import nudge
from efficiency.runtime import environment, start_check
from efficiency.runtime.processes import TroubleStarting
from efficiency.runtime.servers import Servers
from efficiency.runtime.supervisor import Interrupted, StopRequest, Supervisor, tidy_environment

# On a slow machine a step takes a minute, and silence looks like a fault.
SIGN_OF_LIFE_SECONDS = 5.0


class Command(BaseCommand):
    """Start, say so, look after it, stop."""

    help = "Start the whole portal; with --demo the demonstration data are loaded once. Ctrl-C stops all of it."
    # They are run below, when there is a database to check.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take ``--demo``."""
        parser.add_argument("--demo", action="store_true", help="load the demonstration data once")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        """Run until somebody asks to stop."""
        start_check.insist()
        port = _port()
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)  # each line is seen at once, also in a file
        os.umask(0o077)
        # The console is for whoever started this; the programs log into files.
        logging.getLogger("efficiency").setLevel(logging.WARNING)
        logging.getLogger("complaints").setLevel(logging.WARNING)
        stop_request = StopRequest(self._say)
        servers = Servers(
            environment.data_folder(),
            with_postgres=not _given("DATABASE_URL"),
            with_redis=not _given("REDIS_URL"),
        )
        supervisor = Supervisor(
            port,
            servers,
            stop_request,
            say=self._say,
            heartbeat_age=partial(_asked, heartbeat.age),
            work_age=partial(_asked, heartbeat.work_age),
            host=_host(),
        )
        stop_request.watch()
        try:
            servers.take_folder()
            if not environment.is_free(port):
                raise TroubleStarting(
                    f"Port {port} is taken by another program. Stop that, or choose another port: PORT=8001 make demo"
                )
            self._start(supervisor, servers, port, demo=demo)
            stop_request.breaks_off = False
            supervisor.run()
        except TroubleStarting as trouble:
            raise CommandError(str(trouble)) from trouble
        except Interrupted:
            pass
        finally:
            stop_request.breaks_off = False
            if servers.holds_folder():
                # Ctrl-C ends what reads these lines as well (make demo | tee log); everything is stopped all the same.
                with suppress(OSError):
                    self._step("Stopping")
                connection.close()
                supervisor.stop()
                servers.stop(seconds=stop_request.patience(30.0))
        with suppress(OSError):
            self.stdout.write("Stopped.")

    def _start(self, supervisor: Supervisor, servers: Servers, port: int, *, demo: bool) -> None:
        """Start servers and programs, with a line for each step."""
        stop_request = supervisor.stop_request

        def begin(text: str) -> None:
            stop_request.heed()
            self._step(text)

        address = supervisor.address
        servers.say_where(address)
        names = [name for name, own in (("PostgreSQL", servers.with_postgres), ("Redis", servers.with_redis)) if own]
        if names:
            begin(f"Starting {' and '.join(names)}")
        found = servers.start()
        for name, own in (("DATABASE_URL", servers.with_postgres), ("REDIS_URL", servers.with_redis)):
            if not own:
                found.pop(name, None)
        if not servers.with_postgres:
            for name in set(found) - {"REDIS_URL"}:
                del found[name]
            if settings.DEMONSTRATION:
                environment.remember_demonstration(os.environ["DATABASE_URL"])
        for warning in servers.warnings:
            self.stdout.write(self.style.WARNING(warning))
        _adopt(found, redis_url="" if servers.with_redis and servers.redis is None else None)
        begin("Bringing the tables up to date")
        migrate = Migrate()
        migrate.on_applied = self._sign_of_life("{} changes made", stop_request)
        call_command(migrate, verbosity=0, interactive=False)
        # Before anything answers: a backup that was restored must not bring back who was erased (docs/trust.md P-11).
        call_command("replay_erasures", stdout=self.stdout)
        call_command("check", stdout=io.StringIO())
        tidy_environment(port, found)
        begin("Collecting the browser's files")
        _collect_static()
        if demo:
            begin("Loading the demonstration data")
            call_command("load_demo", stdout=self.stdout)
        connection.close()
        begin("Starting web, worker and beat")
        supervisor.start()
        engine_runs = supervisor.wait_until_ready(wake=partial(nudge, "efficiency.check_deadlines"))
        if not engine_runs:
            self.stdout.write(
                self.style.ERROR(f"The engine has not completed a sweep yet; see {supervisor.logs / 'worker.log'}.")
            )
        self._announce(address, demo=demo)

    # --- What is said -------------------------------------------------------------------------------------------

    def _announce(self, address: str, *, demo: bool) -> None:
        # Without colour: whoever waits for this line by a program finds it alone on its line.
        self.stdout.write(f"\nPortal ready: {address}")
        if demo:
            self.stdout.write(f"Staff log in at {address}admin/, each with the password {settings.DEMO_PASSWORD}:")
            for username, name, post in _accounts():
                self.stdout.write(f"  {username:<22} {name} {post}")
        self.stdout.write("Ctrl-C stops all of it.\n")
        connection.close()

    def _sign_of_life(self, text: str, stop_request: StopRequest) -> Callable[[int], None]:
        """Return what writes a line with a count, every few seconds at most; breaks off where that is wanted."""
        said = time.monotonic()

        def report(count: int) -> None:
            nonlocal said
            stop_request.heed()
            if time.monotonic() - said > SIGN_OF_LIFE_SECONDS:
                said = time.monotonic()
                self.stdout.write(f"  {text.format(count)}")

        return report

    def _step(self, text: str) -> None:
        self.stdout.write(f"· {text} …")

    def _say(self, text: str) -> None:
        self.stdout.write(f"{timezone.localtime():%H:%M:%S} {text}")


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise CommandError(f"PORT is {given!r}; it must be a number from 1 to 65535.")
    return int(given)


def _host() -> str:
    """Return the name by which the pages are asked for; nothing where they answer to the address of this machine."""
    hosts: list[str] = settings.ALLOWED_HOSTS
    return "" if not hosts or {"127.0.0.1", "*"} & set(hosts) else hosts[0].lstrip(".")


def _given(name: str) -> bool:
    """Say whether the address of a server was given from outside; what the settings have filled in is our own."""
    value = os.environ.get(name)
    if name == "REDIS_URL" and value == "":
        return True  # none is wanted
    return bool(value) and value != environment.own_environment().get(name)


def _adopt(found: dict[str, str], *, redis_url: str | None) -> None:
    """Take over addresses that changed while the servers started, as the settings were read before."""
    if "DATABASE_URL" in found:
        fresh = environ.Env.db_url_config(found["DATABASE_URL"])
        connection.close()
        for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT"):
            settings.DATABASES["default"][name] = fresh[name]
            connection.settings_dict[name] = fresh[name]
        settings.DATABASE_OWNER_URL = found["DATABASE_OWNER_URL"]
    settings.REDIS_URL = found.get("REDIS_URL", settings.REDIS_URL) if redis_url is None else redis_url
    os.environ["REDIS_URL"] = settings.REDIS_URL
    app.conf.broker_url, app.conf.broker_transport_options = environment.broker(settings.REDIS_URL)
    settings.CELERY_BROKER_URL, settings.CELERY_BROKER_TRANSPORT_OPTIONS = environment.broker(settings.REDIS_URL)
    if not settings.REDIS_URL:
        for name in ("data_folder_in", "control_folder"):
            Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS[name]).mkdir(parents=True, exist_ok=True)


def _collect_static() -> None:
    """Collect the browser's files if one of them changed since; a portal that did not change starts faster."""
    print_of_all = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            print_of_all.update(f"{path} {found.st_size} {found.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == print_of_all.hexdigest():
        return
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)
    stamp.write_text(print_of_all.hexdigest(), encoding="utf-8")


def _asked(age: Callable[[datetime], float | None]) -> float | None:
    """Return a sign of life of the engine; a broken connection is not kept for the next time."""
    try:
        return age(timezone.now())
    except Exception:
        connection.close()
        raise


def _accounts() -> list[tuple[str, str, str]]:
    """Return account, person and post of everybody in the demonstration who has a password."""
    posts: dict[int, str] = {}
    for tenure in Tenure.objects.running(timezone.localdate()).select_related("post__organ").order_by("-id"):
        posts[tenure.user_id] = f"{tenure.post.organ}{tenure.post.name}"
    nobody = "!"  # what a password begins with that nobody can use
    users = User.objects.exclude(password__startswith=nobody).filter(is_active=True).order_by("id")
    return [(user.username, user.full_name, posts.get(user.pk, "")) for user in users]
