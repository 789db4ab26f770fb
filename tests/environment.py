"""Sets the environment of a test run before Django reads its settings."""

import os

os.environ.setdefault("SECRET_KEY", "tests-only-" + "k" * 50)
os.environ.setdefault("CODE_KEY", "tests-only-" + "c" * 50)
os.environ.setdefault("FIELD_KEYS", "test:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("PORTAL_TESTING", "1")
os.environ.setdefault("PORTAL_DEMONSTRATION", "1")
os.environ.setdefault("STATIC_FROM_SOURCE", "1")
