"""Disclosure in the back office."""

from disclosure.admin import documents, duties, owed

__all__ = ["documents", "duties", "owed"]
