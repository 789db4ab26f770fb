"""Disclosure in the back office."""

from disclosure.admin import documents, duties, owed, requests

__all__ = ["documents", "duties", "owed", "requests"]
