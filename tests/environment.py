"""
Sets the environment of a test run before Django reads its settings, and starts real servers where none are given.

Loaded by ``-p tests.environment``. The servers lie in a folder of their own and end with the run; with pytest-xdist the
controller starts them and the workers share them, each with a database of its own.
"""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
_servers = None
_folder: Path | None = None

os.environ.setdefault("SECRET_KEY", "tests-only-" + "k" * 50)
os.environ.setdefault("CODE_KEY", "tests-only-" + "c" * 50)
os.environ.setdefault("FIELD_KEYS", "test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("PORTAL_TESTING", "1")
os.environ.setdefault("PORTAL_DEMONSTRATION", "1")
os.environ.setdefault("STATIC_FROM_SOURCE", "1")
os.environ.setdefault("LOG_LEVEL", "ERROR")


def _start() -> None:
    global _servers, _folder
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    wanted = [name for name in ("DATABASE_URL", "REDIS_URL") if name not in os.environ]
    _folder = ROOT / "var" / "tests" / str(os.getpid())
    os.environ["PORTAL_DATA"] = str(_folder)
    # Whitenoise warns when the folder for collected files is missing, and a warning is an error in tests.
    (_folder / "static").mkdir(parents=True, exist_ok=True)
    if not wanted:
        return
    from efficiency.runtime import environment
    from efficiency.runtime.servers import Servers

    _servers = Servers(_folder, with_postgres="DATABASE_URL" in wanted, with_redis="REDIS_URL" in wanted, careless=True)
    _servers.take_folder()
    found = _servers.start()
    if "DATABASE_URL" in wanted:
        # Tests make databases and lift guards to bring them back, which only the superuser may.
        found["DATABASE_URL"] = environment.address(environment.kept(_folder), environment.ADMIN)
        os.environ["DATABASE_URL"] = found["DATABASE_URL"]
    if "REDIS_URL" in wanted:
        os.environ["REDIS_URL"] = found.get("REDIS_URL", "")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the servers with the run."""
    global _servers, _folder
    if _servers is not None:
        _servers.stop()
        _servers = None
    if _folder is not None:
        shutil.rmtree(_folder, ignore_errors=True)
        _folder = None


_start()
