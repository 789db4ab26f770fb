"""Case handling in the back office: the queue, the list, the page of a case and of each step, filing for others."""

from complaints.admin import case, queue

__all__ = ["case", "queue"]
