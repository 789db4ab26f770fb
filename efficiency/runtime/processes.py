"""
Child processes that end with the portal, whatever ends it (docs/decisions/0002-embedded-servers.md).

Three nets under each other: the supervisor stops its children; where the kernel can do it (Linux), a child is sent a
signal when the supervisor is gone; and what runs is written down, so that the next start ends what was left over.
"""

import ctypes
import json
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import psutil

# From <linux/prctl.h> and <linux/capability.h>.
PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 47, 2
CAPABILITY_VERSION_3 = 0x20080522
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2

Child = subprocess.Popen[bytes]


class TroubleStarting(Exception):
    """Something that a person has to put right; the message says what, in words for an operator."""


# --- Starting and stopping -----------------------------------------------------------------------------------------


def start(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | int,
    environment: Mapping[str, str] | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    folder: Path | None = None,
    prepare: Callable[[], None] | None = None,
) -> Child:
    """
    Start a child in a session of its own: a Ctrl-C in the terminal reaches the supervisor alone.

    The caller has one thread: what runs between fork and program could hang on a lock that another thread holds.
    """
    return subprocess.Popen(  # noqa: S603 - commands of this package
        [str(part) for part in command],
        stdin=stdin,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(environment) if environment is not None else None,
        cwd=folder,
        start_new_session=True,
        preexec_fn=prepare or dies_with_parent(),
    )


def stop(child: Child | None, *, how: int = signal.SIGTERM, seconds: Callable[[], float] | float = 10.0) -> None:
    """
    End a child and all that it started: asked first, then without asking.

    :param seconds: how long the child may take; a function is asked again and again, so that patience can run out
    """
    if child is None:
        return
    if child.poll() is None:
        _signal(child, how)
        began = time.monotonic()
        while child.poll() is None and time.monotonic() - began < (seconds() if callable(seconds) else seconds):
            time.sleep(0.05)
    _signal_group(child, signal.SIGKILL)
    child.wait()


def _signal(child: Child, how: int) -> None:
    try:
        child.send_signal(how)
    except ProcessLookupError:
        return


def _signal_group(child: Child, how: int) -> None:
    """What the child left behind in its session goes too."""
    try:
        os.killpg(child.pid, how)
    except (ProcessLookupError, PermissionError):
        return


# --- What a child does before it becomes its program ---------------------------------------------------------------


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _CapabilityData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def dies_with_parent(
    how: int = signal.SIGTERM, *, account: pwd.struct_passwd | None = None, capability: int | None = None
) -> Callable[[], None]:
    """
    Return the preparation of a child: become the account, keep one capability, be sent ``how`` when the parent is gone.

    The order matters: a change of user clears the wish.
    """
    parent = os.getpid()
    libc: Any = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None

    def prepare() -> None:
        if capability is not None:
            libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
        if account is not None:
            os.setgroups([])
            os.setgid(account.pw_gid)
            os.setuid(account.pw_uid)
        if capability is not None:
            _keep(libc, capability)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0)
            if os.getppid() != parent:  # gone before we could ask
                os._exit(1)

    return prepare


def _keep(libc: Any, capability: int) -> None:
    """Keep one capability across the change of user and across the start of the program."""
    header = _CapabilityHeader(CAPABILITY_VERSION_3, 0)
    data = (_CapabilityData * 2)()
    data[0].effective = data[0].permitted = data[0].inheritable = 1 << capability
    if libc.capset(ctypes.byref(header), ctypes.byref(data)) or libc.prctl(
        PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0
    ):
        raise OSError(ctypes.get_errno(), "the capability to pass closed folders cannot be kept")


def can_pass(place: Path, account: pwd.struct_passwd) -> bool:
    """Say whether the account may walk through all folders that lead to ``place``."""
    for folder in place.resolve().parents:
        found = folder.stat()
        shift = 6 if found.st_uid == account.pw_uid else 3 if found.st_gid == account.pw_gid else 0
        if not found.st_mode >> shift & 1:
            return False
    return True


def capability_to_pass() -> int | None:
    """Return the least capability of this process that lets a child walk through closed folders; None without one."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    permitted = next((int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapPrm:")), 0)
    for capability in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE):
        if permitted >> capability & 1:
            return capability
    return None


# --- What runs is written down -------------------------------------------------------------------------------------


class Ledger:
    """The processes that a portal has started, in a file of its data folder; whoever reads it holds the folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.running: dict[str, tuple[int, float]] = {}

    def note(self, name: str, child: Child | None) -> None:
        """Write down that the child runs under this name; None when nothing does any more."""
        known = self.running.pop(name, None)
        if child is None and known is None:
            return  # the file may be that of another portal, beside which this one was refused
        if child is not None:
            try:
                self.running[name] = (child.pid, psutil.Process(child.pid).create_time())
            except psutil.Error:
                return  # gone already
        partial = self.path.with_name(f"{self.path.name}.partial")
        partial.write_text(json.dumps(self.running), encoding="utf-8")
        partial.replace(self.path)  # whole at every moment: somebody may kill us in this very line

    def end_left_over(self) -> list[str]:
        """
        End what an earlier portal left running and return the names.

        A number that belongs to another process by now has another time of birth, and is left alone.
        """
        try:
            before = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        if not isinstance(before, dict):
            return []
        left = {}
        for name, (pid, born) in before.items():
            try:
                process = psutil.Process(pid)
                if abs(process.create_time() - born) < 0.5 and process.status() != psutil.STATUS_ZOMBIE:
                    left[name] = process
            except psutil.Error:
                continue
        for name, process in left.items():
            # SIGINT asks PostgreSQL for a fast shutdown; SIGTERM would wait for every client.
            _end(process, signal.SIGINT if name == "PostgreSQL" else signal.SIGTERM)
        self.path.unlink(missing_ok=True)
        return list(left)


def _end(process: psutil.Process, how: int) -> None:
    try:
        group = process.children(recursive=True)
        process.send_signal(how)
        _, alive = psutil.wait_procs([process], timeout=15)
        for each in (*alive, *group):
            each.kill()
        psutil.wait_procs([process, *group], timeout=5)
    except psutil.NoSuchProcess:
        return
