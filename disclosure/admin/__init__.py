"""Disclosure in the back office."""

from disclosure.admin import duties, owed

__all__ = ["duties", "owed"]
