"""Disclosure in the back office, by subject."""

from disclosure.admin import requests  # noqa: F401 - registers its pages
