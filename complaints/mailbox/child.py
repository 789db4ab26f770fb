"""
The child process: bounds itself, reads one letter, answers with what it says, ends (docs/trust.md U-06).

Started as ``python -I child.py`` by ``complaints.mailbox.reader``. The answer is one line of JSON and then the files of
the letter, one behind the other. Exit code 70 says that the reader itself is broken; every other end without an answer
says that the letter was too much.
"""

import json
import logging
import os
import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
OUR_FAULT = 70


def main() -> int:
    """Read the letter that comes in."""
    sys.path.insert(0, ROOT)
    logging.disable(logging.CRITICAL)
    try:
        from complaints.mailbox import rules
        from complaints.mailbox.letter import Unreadable, read
        from efficiency.files.decoder.child import bound
    except ImportError:
        return OUR_FAULT
    bound(rules.CHILD_SECONDS, rules.CHILD_BYTES, rules.MAX_ANSWER_BYTES)
    files: list[bytes] = []
    try:
        letter = read(sys.stdin.buffer.read())
        head, files = letter.head(), [part.content for part in letter.files]
    except Unreadable as reason:
        head = {"unreadable": reason.code}
    except MemoryError:
        head = {"unreadable": "heavy"}
    except Exception:
        # A library meets what nobody has thought of; for the letter it means that it cannot be read.
        head = {"unreadable": "broken"}
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    for content in files:
        out.write(content)
    out.flush()
    return 0


if __name__ == "__main__":
    code = main()
    # Nothing is left to do: do not spend time on taking the process apart.
    os._exit(code)
