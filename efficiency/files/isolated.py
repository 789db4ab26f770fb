"""
Have a child process read what somebody sent: little time and memory, no environment, no files (docs/trust.md U-06).
"""

import os
import subprocess
import sys
import threading
from typing import Any

# Where Python's own library lies on some systems, and what Windows cannot start a program without.
_NEEDED_TO_START = ("LD_LIBRARY_PATH", "SYSTEMROOT")


def answer_of(script: str, *arguments: str, content: bytes, seconds: float, at_most: int) -> tuple[bytes, int | None]:
    """
    Return what ``script`` says to ``content`` on its standard input, and its exit code.

    After ``seconds`` by the clock, or with more than ``at_most`` bytes said, it is killed.
    """
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module, no shell, nothing of the content
        [sys.executable, "-I", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        # No key, no address of a database: nothing to find for what might get to run in there.
        env={name: os.environ[name] for name in _NEEDED_TO_START if name in os.environ},
    ) as process:
        watchdog = threading.Timer(seconds, process.kill)
        feeder = threading.Thread(target=_feed, args=(process.stdin, content), daemon=True)
        watchdog.start()
        feeder.start()
        try:
            answer = process.stdout.read(at_most + 1)  # type: ignore[union-attr]  # it is a pipe
            if len(answer) > at_most:
                process.kill()
            process.wait()  # at most until the watchdog bites
        finally:
            process.kill()
            watchdog.cancel()
            feeder.join()
    return answer, process.returncode


def _feed(pipe: Any, content: bytes) -> None:
    try:
        with pipe:
            pipe.write(content)
    except OSError:
        return  # the child ended before it had read everything; its answer, or none, says why
