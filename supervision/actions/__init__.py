"""What the efficiency office does about a broken promise."""

from supervision.actions.escalations import AlreadyAcknowledged, Refused, acknowledge

__all__ = ["AlreadyAcknowledged", "Refused", "acknowledge"]
