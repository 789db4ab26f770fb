"""
The child process: bounds itself, reads one file, answers with its copy or a reason, ends (docs/trust.md U-06).

Started as ``python -I child.py KIND`` by ``efficiency.files.clean``. The answer is one line of JSON and then the
copy's bytes. Exit code 70 says that the decoder itself is broken, which is our fault and never the file's; every other
end without an answer says that the file was too much.
"""

import contextlib
import importlib
import json
import logging
import os
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[3])
OUR_FAULT = 70
MODULES = {
    "jpeg": "image",
    "png": "image",
    "pdf": "pdf",
    "docx": "office",
    "xlsx": "office",
    "txt": "text",
    "preview": "preview",
}


def bound(seconds: int, memory: int, answer: int) -> None:
    """Give this process at most so many seconds of a processor and bytes of memory and output, for good."""
    with contextlib.suppress(ImportError):  # Windows has none of this; there the parent's clock alone bounds us
        import resource

        limits = {
            resource.RLIMIT_CPU: seconds,
            resource.RLIMIT_AS: memory,
            resource.RLIMIT_FSIZE: answer,
            resource.RLIMIT_NOFILE: 32,
            resource.RLIMIT_CORE: 0,
        }
        for which, limit in limits.items():
            try:
                resource.setrlimit(which, (limit, limit))
            except (ValueError, OSError):
                # macOS refuses some; a server's bounds are not optional.
                if sys.platform == "linux":
                    raise


def main() -> int:
    """Decode what comes in as the kind that the command line names."""
    kind = sys.argv[1]
    sys.path.insert(0, ROOT)
    # pypdf would load it for files with a password, which are refused; without it the start takes half the time.
    sys.modules["cryptography"] = None  # type: ignore[assignment]
    logging.disable(logging.CRITICAL)  # a library's words about a file could quote it
    from efficiency.files.rules import CHILD_BYTES, CHILD_SECONDS, MAX_ANSWER_BYTES

    bound(CHILD_SECONDS, CHILD_BYTES, MAX_ANSWER_BYTES)
    try:
        from efficiency.files.decoder.answer import NotTaken

        # Only what this one file needs is loaded: it decides how long the start takes.
        copy_of = importlib.import_module(f"efficiency.files.decoder.{MODULES[kind]}").copy_of
    except (ImportError, KeyError):
        return OUR_FAULT
    content = sys.stdin.buffer.read()
    copy = None
    try:
        copy = copy_of(content, kind)
        head = {"size": len(copy.content), "office_only": copy.office_only}
    except NotTaken as refusal:
        head = {"refused": refusal.code}
    except MemoryError:
        head = {"refused": "too_heavy"}
    except Exception:
        # Libraries raise whatever a broken file leads them to; all of it means the same to the one who sent it.
        head = {"refused": "damaged"}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + (copy.content if copy else b""))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    code = main()
    # Nothing is left to do: do not spend time on taking the process apart.
    os._exit(code)
