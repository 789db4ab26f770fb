"""Sets the environment of a test run before Django reads its settings."""

import os
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "tests-only-" + "k" * 50)
os.environ.setdefault("CODE_KEY", "tests-only-" + "c" * 50)
os.environ.setdefault("FIELD_KEYS", "test:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("PORTAL_TESTING", "1")
os.environ.setdefault("PORTAL_DEMONSTRATION", "1")
os.environ.setdefault("STATIC_FROM_SOURCE", "1")

# Whitenoise warns when the folder for collected files is missing, and a warning is an error here.
Path(os.environ.get("PORTAL_DATA", "var"), "static").mkdir(parents=True, exist_ok=True)
