#!/usr/bin/env python
"""Command line of the portal: ``python manage.py help`` lists what it can do."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "efficiency.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit("Django is not installed here. Run `make setup`, then use .venv/bin/python.") from error
    from django.db import OperationalError

    from efficiency.runtime import environment

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        # Whoever forgot to start the portal needs a sentence, not a traceback.
        if explanation := environment.explain_silence():
            raise SystemExit(explanation) from error
        raise


if __name__ == "__main__":
    main()
