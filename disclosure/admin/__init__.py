"""The back office of disclosure."""

from disclosure.admin import documents

__all__ = ["documents"]
