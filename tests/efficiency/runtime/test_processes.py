"""Children end with the portal; what a killed one left is found by number and time of birth."""

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from efficiency.runtime import processes
from tests.efficiency.runtime.running import gone, wait

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)",
]


@pytest.fixture
def child() -> Iterator[processes.Child]:
    """Return a child that sleeps."""
    started = processes.start(SLEEP, log=subprocess.DEVNULL)
    yield started
    processes.stop(started, seconds=0)


class TestStop:
    def test_ends_a_child_that_does_not_listen_and_what_it_started(self):
        stubborn = processes.start(STUBBORN, log=subprocess.DEVNULL)
        process = psutil.Process(stubborn.pid)
        wait(process.children, 10)
        family = [process, *process.children()]

        processes.stop(stubborn, seconds=0.2)

        wait(lambda: gone(family), 5)

    def test_patience_can_run_out_meanwhile(self):
        stubborn = processes.start(STUBBORN, log=subprocess.DEVNULL)
        wait(psutil.Process(stubborn.pid).children, 10)
        asked = []

        processes.stop(stubborn, seconds=lambda: asked.append(1) or (60 if len(asked) < 3 else 0))

        assert stubborn.returncode == -signal.SIGKILL

    def test_nothing_to_stop_is_no_trouble(self, child):
        processes.stop(None)
        processes.stop(child)
        processes.stop(child)


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell a child of its parent's death")
class TestDiesWithParent:
    def test_a_child_ends_when_its_parent_is_killed(self):
        program = (
            "import subprocess, time; from efficiency.runtime import processes;"
            f"child = processes.start({SLEEP!r}, log=subprocess.DEVNULL); print(child.pid, flush=True); time.sleep(60)"
        )
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:  # noqa: S603 - our own command
            orphan = psutil.Process(int(parent.stdout.readline()))
            parent.kill()

        wait(lambda: gone([orphan]), 10)

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
    def test_another_account_passes_a_closed_folder_and_reads_nothing_of_others_by_rank(self, tmp_path):
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        (closed / "file").write_text("seen")
        account = pwd.getpwnam("nobody")
        assert not processes.can_pass(closed / "file", account)

        with (tmp_path / "log").open("wb") as log:
            program = "import os, sys; print(os.geteuid(), open(sys.argv[1]).read())"
            child = processes.start(
                ["/usr/bin/env", "python3", "-c", program, closed / "file"],
                log=log,
                prepare=processes.dies_with_parent(account=account, capability=processes.capability_to_pass()),
            )
            child.wait()

        assert (tmp_path / "log").read_text().split() == [str(account.pw_uid), "seen"]


class TestCanPass:
    def test_open_folders_let_everybody_through(self):
        assert processes.can_pass(Path("/usr/bin/env"), pwd.getpwnam("nobody"))


class TestLedger:
    def test_ends_what_is_left_over(self, child, tmp_path):
        left = psutil.Process(child.pid)
        processes.Ledger(tmp_path / "running").note("worker", child)

        assert processes.Ledger(tmp_path / "running").end_left_over() == ["worker"]

        wait(lambda: gone([left]), 10)
        assert not (tmp_path / "running").exists()

    def test_leaves_a_stranger_alone_who_has_the_number_now(self, child, tmp_path):
        (tmp_path / "running").write_text(json.dumps({"worker": [child.pid, 12345.0]}))

        assert processes.Ledger(tmp_path / "running").end_left_over() == []

        assert child.poll() is None

    @pytest.mark.parametrize("torn", ["", "{", "[]"])
    def test_survives_a_file_that_was_cut_off(self, tmp_path, torn):
        (tmp_path / "running").write_text(torn)

        assert processes.Ledger(tmp_path / "running").end_left_over() == []

    def test_a_refused_portal_does_not_touch_what_another_wrote_down(self, child, tmp_path):
        processes.Ledger(tmp_path / "running").note("worker", child)

        processes.Ledger(tmp_path / "running").note("worker", None)

        assert "worker" in json.loads((tmp_path / "running").read_text())
