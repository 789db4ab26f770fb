"""Child processes that end with the portal, whatever ends it (docs/decisions/0002-embedded-servers.md)."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

PR_SET_PDEATHSIG = 1


class TroubleStarting(Exception):
    """Something that a person has to put right; the message says what, in words for an operator."""


def dies_with_parent(how: int = signal.SIGTERM, *, uid: int | None = None, gid: int | None = None) -> Callable[[], None]:
    """
    Return what a child does before it becomes its program: give up root where asked, and ask to be sent ``how`` when
    the parent is gone. The order matters: a change of user clears the wish.
    """
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None

    def prepare() -> None:
        if gid is not None:
            os.setgroups([])
            os.setgid(gid)
        if uid is not None:
            os.setuid(uid)
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, how)

    return prepare


def start(
    command: Sequence[str | Path],
    *,
    log: IO[bytes] | int,
    environment: Mapping[str, str] | None = None,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    folder: Path | None = None,
    prepare: Callable[[], None] | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own: a Ctrl-C in the terminal reaches the supervisor alone."""
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=stdin,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(environment) if environment is not None else None,
        cwd=folder,
        start_new_session=True,
        preexec_fn=prepare or dies_with_parent(),  # noqa: PLW1509 - nothing else runs in the supervisor yet
    )


def stop(child: "subprocess.Popen[bytes] | None", *, how: int = signal.SIGTERM, seconds: float = 10.0) -> None:
    """End a child and all that it started: asked first, then without asking."""
    if child is None:
        return
    if child.poll() is None:
        _signal(child, how)
        until = time.monotonic() + seconds
        while child.poll() is None and time.monotonic() < until:
            time.sleep(0.05)
    _signal_group(child, signal.SIGKILL)
    child.wait()


def _signal(child: "subprocess.Popen[bytes]", how: int) -> None:
    try:
        child.send_signal(how)
    except ProcessLookupError:
        return


def _signal_group(child: "subprocess.Popen[bytes]", how: int) -> None:
    """What the child left behind in its session goes too."""
    try:
        os.killpg(child.pid, how)
    except (ProcessLookupError, PermissionError):
        return
