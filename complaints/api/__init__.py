"""What machines are told: the interface at ``/api/v1/`` (docs/api.md)."""

from complaints.api.site import api

__all__ = ["api"]
