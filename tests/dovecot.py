"""Where the IMAP server of the tests is found."""

import os
import shutil
from functools import cache


@cache
def dovecot() -> str | None:
    """Return the path of Dovecot, which lies where not everybody looks; None where there is none."""
    candidates = (shutil.which("dovecot"), "/usr/sbin/dovecot")
    return next((path for path in candidates if path and os.path.exists(path)), None)
