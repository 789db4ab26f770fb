"""Back-office pages of target management."""

from targets.admin import appraisals  # noqa: F401 - they register themselves
