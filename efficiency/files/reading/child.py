"""
The child process: bounds itself, reads the words of one cleaned file, ends (docs/trust.md U-06).

Started as ``python -I child.py KIND`` by ``efficiency.files.reading.extract``. The answer is one line of JSON: the
blocks, or that there are none to be had. Exit code 70 says that the reader itself is broken.
"""

import importlib
import json
import logging
import os
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[3])
OUR_FAULT = 70
KINDS = ("docx", "pdf", "xlsx", "txt")


def main() -> int:
    """Read what comes in as the kind that the command line names."""
    kind = sys.argv[1]
    sys.path.insert(0, ROOT)
    # As in the decoder: only needed for files with a password, which are refused.
    sys.modules["cryptography"] = None  # type: ignore[assignment]
    logging.disable(logging.CRITICAL)  # a library's words about a file could quote it
    from efficiency.files.decoder.child import bound
    from efficiency.files.rules import CHILD_BYTES, CHILD_SECONDS, MAX_ANSWER_BYTES

    bound(CHILD_SECONDS, CHILD_BYTES, MAX_ANSWER_BYTES)
    try:
        from efficiency.files.reading.blocks import as_data

        blocks_of = importlib.import_module(f"efficiency.files.reading.{kind}").blocks_of
    except ImportError:
        return OUR_FAULT
    content = sys.stdin.buffer.read()
    try:
        answer = {"blocks": as_data(blocks_of(content))}
    except (Exception, MemoryError):
        # Libraries raise whatever a broken file leads them to; all of it means that it cannot be read.
        answer = {"blocks": []}
    sys.stdout.buffer.write(json.dumps(answer).encode())
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    code = main()
    # Nothing is left to do: do not spend time on taking the process apart.
    os._exit(code)
